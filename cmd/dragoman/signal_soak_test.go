//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// noCallAfter is how long after a signal a call may still come: it was on its
// way. The issue names it.
const noCallAfter = 100 * time.Millisecond

// until waits for so many calls.
func (d *desk) until(cmd *exec.Cmd, calls int) {
	d.t.Helper()
	for d.model.Tally().Callers[keyOf(cmd)].Calls < calls {
		if cmd.Process.Signal(syscall.Signal(0)) != nil {
			d.t.Fatalf("it ended before its call %d\n%s", calls, d.log())
		}
		time.Sleep(time.Millisecond)
	}
}

// signalled sends a signal to a program that is at work, waits for its end,
// and holds against the model's journal that it made no call afterwards and
// heard out those that it had.
func (d *desk) signalled(cmd *exec.Cmd, sig syscall.Signal, want int) {
	d.t.Helper()
	if err := cmd.Process.Signal(sig); err != nil {
		d.t.Fatal(err)
	}
	at := time.Now()
	open := d.model.Tally().Callers[keyOf(cmd)].InFlight
	if code := exitOf(d.t, cmd); code != want {
		d.t.Errorf("after %s it ends with %d, want %d\n%s", sig, code, want, d.log())
	}
	if open == 0 {
		d.t.Error("no call was in flight: nothing was tested")
	}
	for _, r := range d.model.Requests() {
		if late := r.At.Sub(at); late > noCallAfter && r.Caller == keyOf(cmd) {
			d.t.Errorf("a call of %s came %s after %s", r.Task, late, sig)
		}
	}
	if cut := d.model.Tally().Statuses[499]; cut > 0 {
		d.t.Errorf("%d calls in flight were not heard out", cut)
	}
}

// TestBatchIsSignalled is D15 on a batch: no new call, calls in flight are
// heard out, nothing is paid again by the run that goes on.
func TestBatchIsSignalled(t *testing.T) {
	for sig, code := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
		for _, when := range []int{1, 30, 100} { // at the first calls, in the middle, near the end
			t.Run(fmt.Sprintf("%s at call %d", sig, when), func(t *testing.T) {
				t.Parallel()
				const n = 16 // 128 calls
				d := newDesk(t, "", llmtest.Options{Latency: 250 * time.Millisecond})
				args := []string{"batch", articles(t, d.dir, n), "-o", "out", "--concurrency", "8"}
				cmd := d.start(args...)
				d.until(cmd, when)
				d.signalled(cmd, sig, code)
				if code := d.run(args...); code != 0 {
					t.Fatalf("the run that goes on ends with %d\n%s", code, d.log())
				}
				if got := d.model.Tally(); got.AnsweredAgain > 0 {
					t.Errorf("%d calls were paid again", got.AnsweredAgain)
				}
				d.results(filepath.Join(d.dir, "out"), n)
			})
		}
	}
}

// TestWorkerIsSignalled is the same on a worker: the batch goes on with what
// it had.
func TestWorkerIsSignalled(t *testing.T) {
	const n = 24
	f := newFleet(t, "", n, llmtest.Options{Latency: 250 * time.Millisecond})
	f.startBatch()
	worker := f.startWorker()
	f.until(worker, 10)
	f.signalled(worker, syscall.SIGTERM, 143)
	if code := exitOf(t, f.batch); code != 0 {
		t.Fatalf("the batch ends with %d\n%s", code, f.log())
	}
	if got := f.model.Tally(); got.AnsweredAgain > 0 {
		t.Errorf("%d calls were paid again", got.AnsweredAgain)
	}
	f.results(filepath.Join(f.dir, "out"), n)
}

// TestSecondSignal is D16: the second signal quits at once, and the next run
// finds nothing in its way. So does a hang-up, which the program does not
// handle.
func TestSecondSignal(t *testing.T) {
	for name, signals := range map[string][]syscall.Signal{
		"twice":   {syscall.SIGTERM, syscall.SIGTERM},
		"hang-up": {syscall.SIGHUP},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "hang-up" && signal.Ignored(syscall.SIGHUP) {
				t.Skip("a hang-up is ignored here (nohup), and so by every program that is started")
			}
			d := newDesk(t, "", llmtest.Options{Latency: 200 * time.Millisecond})
			args := []string{"batch", articles(t, d.dir, 4), "-o", "out", "--concurrency", "2"}
			cmd := d.start(args...)
			d.until(cmd, 2)
			began := time.Now()
			for i, sig := range signals {
				for i > 0 && !strings.Contains(d.log(), "stopping: ") {
					time.Sleep(time.Millisecond)
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			code := exitOf(t, cmd)
			if want := map[string]int{"twice": 143, "hang-up": -int(syscall.SIGHUP)}[name]; code != want {
				t.Errorf("it ends with %d, want %d", code, want)
			}
			// The journal tells it without a clock: what was in flight was cut.
			for d.model.Tally().InFlight > 0 {
				time.Sleep(time.Millisecond)
			}
			if cut := d.model.Tally().Statuses[499]; cut == 0 {
				t.Errorf("no call was cut: it waited %s for the answers", time.Since(began))
			}
			if code := d.run(args...); code != 0 {
				t.Fatalf("the run that goes on ends with %d\n%s", code, d.log())
			}
			d.results(filepath.Join(d.dir, "out"), 4)
		})
	}
}

// TestStoppedAndContinued is D16 as well: a batch that is stopped (control-Z)
// for longer than another process waits for a dead one goes on, and pays
// nothing twice.
func TestStoppedAndContinued(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 50 * time.Millisecond})
	cmd := d.start("batch", articles(t, d.dir, 8), "-o", "out", "--concurrency", "4", "-q")
	d.until(cmd, 8)
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, cmd); code != 0 {
		t.Fatalf("it ends with %d\n%s", code, d.log())
	}
	if got := d.model.Tally(); got.AnsweredAgain > 0 || got.Statuses[499] > 0 {
		t.Errorf("%d calls were paid again, %d were cut", got.AnsweredAgain, got.Statuses[499])
	}
	d.results(filepath.Join(d.dir, "out"), 8)
}

// TestReaderGoesAway is D16's SIGPIPE: who reads the events ends early, as
// `| head -1` does. The editions are made nevertheless, or the run ends; it
// never says that all is well with an article missing.
func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 20 * time.Millisecond})
	rows := articles(t, d.dir, 6)
	cmd := d.command("batch", rows, "-o", "out", "--json")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = nil, &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	if code := exitOf(t, cmd); !slices.Contains([]int{-int(syscall.SIGPIPE), 5}, code) {
		t.Errorf("it ends with %d\n%s", code, stderr.String())
	}
	if code := d.run("batch", rows, "-o", "out", "-q"); code != 0 {
		t.Fatalf("the run that goes on ends with %d\n%s", code, d.log())
	}
	d.results(filepath.Join(d.dir, "out"), 6)
}

// TestTwoOnOneOutput is D13 and D14: of two runs on one output folder the
// second ends with 75, having asked nothing; the lock of a killed one is free.
func TestTwoOnOneOutput(t *testing.T) {
	d := newDesk(t, "", llmtest.Options{Latency: 300 * time.Millisecond})
	args := []string{"batch", articles(t, d.dir, 4), "-o", "out", "-q"}
	first := d.start(args...)
	d.until(first, 1)
	second := d.start(args...)
	if code := exitOf(t, second); code != 75 || first.Process.Signal(syscall.Signal(0)) != nil {
		t.Fatalf("the second run ends with %d\n%s", code, d.log())
	}
	if calls := d.model.Tally().Callers[keyOf(second)].Calls; calls > 0 {
		t.Errorf("the second run made %d calls", calls)
	}
	underWay := d.kill(first)
	exitOf(t, first)
	if _, err := os.Stat(filepath.Join(d.dir, "out", ".dragoman.lock")); err != nil {
		t.Errorf("the lock file of the killed run: %v", err)
	}
	if code := d.run(args...); code != 0 {
		t.Fatalf("the next run ends with %d\n%s", code, d.log())
	}
	if again := d.model.Tally().AnsweredAgain; again > underWay {
		t.Errorf("%d calls were made again, %d were under way", again, underWay)
	}
	d.results(filepath.Join(d.dir, "out"), 4)
}

// TestJobsThatWereLeft lists the jobs of a batch while it is under way, and
// after it was killed: those that it had are told from those that somebody has.
func TestJobsThatWereLeft(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 300 * time.Millisecond})
	args := []string{"batch", articles(t, d.dir, 4), "-o", "out", "-q", "--concurrency", "2"}
	cmd := d.start(args...)
	d.until(cmd, 2)
	listed := func(status string) int {
		out, err := d.output("jobs", "list", "--json", "--status", status)
		if err != nil {
			t.Fatalf("%v\n%s", err, d.log())
		}
		return strings.Count(out, `"status":"`+status+`"`)
	}
	if running, left := listed("running"), listed("left"); running == 0 || left != 0 {
		t.Errorf("while it is under way %d are running, %d are left", running, left)
	}
	d.kill(cmd)
	exitOf(t, cmd)
	if running, left := listed("running"), listed("left"); running != 0 || left == 0 {
		t.Errorf("after the kill %d are running, %d are left", running, left)
	}
	d.ends(0, args...)
	if done, left := listed("done"), listed("left"); done != 4 || left != 0 {
		t.Errorf("at the end %d are done, %d are left", done, left)
	}
}
