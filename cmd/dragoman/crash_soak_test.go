//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// TestSoakKilledInRecovery is D3: what goes on after a kill is killed itself
// while it finds its way, and so is what goes on after that. The calls of the
// system that the three die at come early, when a run reads what was left.
func TestSoakKilledInRecovery(t *testing.T) {
	t.Parallel()
	rounds := []string{"openat:%d:6", "pwrite64:%d:1", "fsync:%d:1", "fdatasync:%d:1", "unlinkat:%d:1"}
	if *soak {
		rounds = nil
		for _, call := range []string{"openat", "pwrite64", "fsync", "fdatasync", "ftruncate", "renameat", "unlinkat", "close"} {
			for n := 1; n <= 30; n += 1 + n/3 {
				rounds = append(rounds, call+":%d:"+strconv.Itoa(n))
			}
		}
	}
	const n, deep = 3, 3
	want := undisturbed(t, n)
	died := 0
	for _, round := range rounds {
		call, nth, _ := strings.Cut(round, ":%d:")
		first, err := strconv.Atoi(nth)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%s %d", call, first), func(t *testing.T) {
			d := newDesk(t, "", llmtest.Options{Latency: 5 * time.Millisecond})
			args := []string{"batch", articles(t, d.dir, n), "-o", "out", "-q", "--concurrency", "3"}
			cmd := d.start(args...)
			d.until(cmd, 6)
			d.kill(cmd)
			exitOf(t, cmd)
			underWay := d.model.Tally().MostInFlight
			for i := range deep {
				// strace ends as the program does that it has traced.
				code := exitOf(t, d.traced(fmt.Sprintf("%s:signal=KILL:when=%d", call, first+i), args...))
				if code == -int(syscall.SIGKILL) {
					died++
				} else if code != 0 { // it came to its end before that call
					t.Errorf("recovery %d ends with %d\n%s", i+1, code, d.log())
				}
			}
			d.ends(0, args...)
			// Each of the four that died may have had as many calls under way.
			if again := d.model.Tally().AnsweredAgain; again > (1+deep)*underWay {
				t.Errorf("%d calls were made again, at most %d were under way at %d kills", again, (1+deep)*underWay, 1+deep)
			}
			d.results(filepath.Join(d.dir, "out"), n)
			if got := editionsIn(t, filepath.Join(d.dir, "out")); !maps.Equal(got, want) {
				t.Errorf("%d editions, and not those of an undisturbed run", len(got))
			}
		})
	}
	t.Logf("%d of %d recoveries were killed", died, deep*len(rounds))
	if died < len(rounds) && !t.Skipped() {
		t.Errorf("%d of %d recoveries were killed: little was tested", died, deep*len(rounds))
	}
}

// TestSoakOutOfMemory is D17: the system kills the program for its memory. It
// is as after any other kill.
func TestSoakOutOfMemory(t *testing.T) {
	const n = 40
	d := newDesk(t, "", llmtest.Options{Latency: 50 * time.Millisecond, Quiet: true})
	args := []string{"batch", articles(t, d.dir, n), "-o", "out", "-q", "--concurrency", "16"}
	code := exitOf(t, d.inGroup(args...))
	before := d.model.Tally()
	t.Logf("it ends with %d after %d calls", code, before.Calls)
	if code != -int(syscall.SIGKILL) {
		t.Fatalf("it ends with %d: its memory was enough\n%s", code, d.log())
	}
	d.ends(0, args...)
	// An answer that was read gives its place free before it is stored.
	if again, most := d.model.Tally().AnsweredAgain, 2*before.MostInFlight; again > most {
		t.Errorf("%d calls were made again, at most %d were under way or not stored yet", again, most)
	}
	d.results(filepath.Join(d.dir, "out"), n)
}

// inGroup starts the program in a control group that has less memory than a
// batch takes.
func (d *desk) inGroup(args ...string) *exec.Cmd {
	d.t.Helper()
	if os.Getuid() != 0 || runtime.GOOS != "linux" {
		d.t.Skip("a limit of memory wants root on Linux")
	}
	group, limit := "/sys/fs/cgroup/memory/dragoman-test-"+strconv.Itoa(os.Getpid()), "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		group, limit = "/sys/fs/cgroup/dragoman-test-"+strconv.Itoa(os.Getpid()), "memory.max"
	}
	if err := os.Mkdir(group, 0o755); err != nil {
		d.t.Skipf("no control group can be made here: %v", err)
	}
	d.t.Cleanup(func() {
		for range 100 { // until the system has noticed that nobody is in it
			if os.Remove(group) == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		d.t.Errorf("%s is left", group)
	})
	if _, err := os.Stat(filepath.Join(group, limit)); err != nil {
		d.t.Skipf("this machine's control groups do not limit memory: %v", err)
	}
	cmd := d.command(args...)
	cmd.Args = append([]string{"sh", "-c", `echo $$ > "$GROUP/cgroup.procs" && exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.Env = append(cmd.Env, "GROUP="+group)
	if err := os.WriteFile(filepath.Join(group, limit), []byte("24M"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	return cmd
}
