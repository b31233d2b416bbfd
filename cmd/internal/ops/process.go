package ops

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"time"
)

// The names that Prometheus' own libraries have for what holds for every
// process. Those from /proc are left out where there is none.
const (
	goroutines   = "go_goroutines"
	heapBytes    = "go_memstats_heap_alloc_bytes"
	startTime    = "process_start_time_seconds"
	cpuSeconds   = "process_cpu_seconds_total"
	residentRAM  = "process_resident_memory_bytes"
	openFiles    = "process_open_fds"
	ticksASecond = 100 // USER_HZ, the same on every Linux
)

func processFamilies(started time.Time) []*family {
	start := &family{name: startTime, help: "When the process started, in Unix time.", kind: gauge}
	start.of().value = seconds(started)
	return []*family{
		start,
		{name: cpuSeconds, help: "Time of processors that the process has used.", kind: counter},
		{name: residentRAM, help: "Memory of the process that is in RAM.", kind: gauge},
		{name: openFiles, help: "Files and sockets that are open.", kind: gauge},
		{name: goroutines, help: "Goroutines that exist.", kind: gauge},
		{name: heapBytes, help: "Memory of objects on the heap.", kind: gauge},
	}
}

// measureProcess brings the families of processFamilies up to date.
func measureProcess(all []*family) {
	figures := map[string]float64{goroutines: float64(runtime.NumGoroutine())}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	if metrics.Read(sample); sample[0].Value.Kind() == metrics.KindUint64 {
		figures[heapBytes] = float64(sample[0].Value.Uint64())
	}
	if stat, err := os.ReadFile("/proc/self/stat"); err == nil {
		fromStat(stat, figures)
	}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		figures[openFiles] = float64(len(fds))
	}
	for _, f := range all {
		if v, ok := figures[f.name]; ok {
			f.of().value = v
		}
	}
}

// fromStat reads /proc/PID/stat, see proc_pid_stat(5): fields are counted after
// the name of the program, which may hold blanks and brackets.
func fromStat(stat []byte, figures map[string]float64) {
	_, rest, ok := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	fields := bytes.Fields(rest)
	if !ok || len(fields) < 22 {
		return
	}
	figure := func(field int) float64 { // as the manual numbers them; the state is 3
		v, err := strconv.ParseFloat(string(fields[field-3]), 64)
		if err != nil {
			return 0
		}
		return v
	}
	figures[cpuSeconds] = (figure(14) + figure(15)) / ticksASecond
	figures[residentRAM] = figure(24) * float64(os.Getpagesize())
}
