//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// The rows of the table of faults that a disk, a database or an input can bring
// about, as far as a test can: D2, D7, D8, D9, D10, D19, D21, D22. Signals and
// locks are in signal_soak_test.go, kills in soak_test.go, fleet_soak_test.go and
// crash_soak_test.go, the loss of power in powerloss_soak_test.go, D11, D18 and
// D23 in state_soak_test.go; D5 is in package sqlite, D6 and D12 are with the
// ledgers and in package batch.

// mounted mounts a file system in memory for the test; it is skipped where
// this user may not.
func (d *desk) mounted(name, options string) string {
	d.t.Helper()
	dir := filepath.Join(d.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		d.t.Fatal(err)
	}
	if os.Getuid() != 0 || runtime.GOOS != "linux" {
		d.t.Skip("mounting a file system in memory wants root on Linux")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "none", dir).CombinedOutput(); err != nil {
		d.t.Skipf("mounting a file system in memory: %v %s", err, out)
	}
	d.t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			d.t.Errorf("unmounting: %v %s", err, out)
		}
	})
	return dir
}

// TestFullDisk is D7: no call is made where the disk has no room, none after it
// has filled up in mid-run, and what was answered is not paid again.
func TestFullDisk(t *testing.T) {
	d := newDesk(t, "", llmtest.Options{Latency: 150 * time.Millisecond})
	rows := articles(t, d.dir, 10)
	small := d.mounted("small", "size=4m")
	d.ends(5, "batch", rows, "-o", small+"/out", "-q")
	if said := d.log(); !strings.Contains(said, small+"/out") {
		t.Errorf("the folder is not named:\n%s", said)
	}
	d.called(0, "a disk without room")

	disk := d.mounted("disk", "size=80m")
	out := filepath.Join(disk, "out")
	args := []string{"batch", rows, "-o", out, "-q", "--concurrency", "4"}
	cmd := d.start(args...)
	d.until(cmd, 12)
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 30<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	full := time.Now()
	if code := exitOf(t, cmd); code != 5 {
		t.Errorf("exit code %d, want 5\n%s", code, d.log())
	}
	for _, r := range d.model.Requests() {
		if r.At.Sub(full) > noCallAfter {
			t.Errorf("a call of %s came %s after the disk was full", r.Task, r.At.Sub(full))
		}
	}
	if said := d.log(); !strings.Contains(said, out) {
		t.Errorf("the folder is not named:\n%s", said)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	d.ends(0, args...)
	if again := d.model.Tally().AnsweredAgain; again > 0 {
		t.Errorf("%d calls were paid again", again)
	}
	d.results(out, 10)
}

// TestOutputThatCannotBe is D9: what is no folder that takes files is told of
// before the first call.
func TestOutputThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		out  func(d *desk) string
		code int
	}{
		"a file":               {func(d *desk) string { return d.write("out", "a file") }, 2},
		"a file as its parent": {func(d *desk) string { return filepath.Join(d.write("out", "a file"), "out") }, 2},
		"read-only":            {func(d *desk) string { return d.mounted("ro", "ro") }, 5},
		"in what is read-only": {func(d *desk) string { return d.mounted("ro", "ro") + "/out" }, 2},
		"a link to nowhere": {func(d *desk) string {
			if err := os.Symlink("/nowhere/at/all", filepath.Join(d.dir, "link")); err != nil {
				d.t.Fatal(err)
			}
			return filepath.Join(d.dir, "link")
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "", llmtest.Options{})
			out := c.out(d)
			code := d.run("batch", articles(t, d.dir, 2), "-o", out, "-q")
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, d.log())
			}
			if said := d.log(); !strings.Contains(said, out) && !strings.Contains(said, filepath.Dir(out)+":") {
				t.Errorf("the folder is not named:\n%s", d.log())
			}
			d.called(0, name)
		})
	}
}

// TestSoakStates is D9 and D19 for the state: told of before the first
// call. What a state in trouble does in mid-run is tested in package sqlite
// (TestCorruptDatabase, TestNewerVersion, TestLocked, TestDamagedRows).
func TestSoakStates(t *testing.T) {
	for name, state := range map[string]func(d *desk) string{
		"read-only": func(d *desk) string { return d.mounted("ro", "ro") },
		"a broken file": func(d *desk) string {
			return filepath.Dir(d.write("state/dragoman.db", strings.Repeat("no database ", 1000)))
		},
		"a dead database": func(*desk) string { return "postgres://dragoman@127.0.0.1:1/none?sslmode=disable&connect_timeout=1" },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a dead database" && !*soak {
				t.Skip("only with -soak: a database that is starting is waited for")
			}
			d := newDesk(t, "", llmtest.Options{})
			d.state = state(d)
			d.ends(5, "batch", articles(t, d.dir, 2), "-o", "out", "-q")
			if !strings.Contains(d.log(), "hint: ") {
				t.Errorf("no hint:\n%s", d.log())
			}
			d.called(0, name)
		})
	}
}

// limited is the program under a limit of the shell's ulimit.
func (d *desk) limited(limit string, args ...string) *exec.Cmd {
	d.t.Helper()
	cmd := d.command(args...)
	cmd.Args = append([]string{"sh", "-c", "ulimit " + limit + ` && exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	return cmd
}

// TestLimits is D10: too few open files, or too small ones. The run ends with
// an error or does its work; it never says that all is well with an article
// missing, and the next run goes on.
func TestLimits(t *testing.T) {
	for _, limit := range []string{"-n 20", "-n 32", "-n 40", "-f 8", "-f 1600"} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, "", llmtest.Options{Latency: 5 * time.Millisecond})
			args := []string{"batch", articles(t, d.dir, 4), "-o", "out", "-q", "--concurrency", "4"}
			d.survives(exitOf(t, d.limited(limit, args...)), args, 4)
		})
	}
}

// loaderFailed is the exit code where the system could not begin the program.
const loaderFailed = 127

// survives holds a run in trouble against its exit code, and goes on with it.
func (d *desk) survives(code int, args []string, n int) {
	d.t.Helper()
	if code == 0 {
		d.results(filepath.Join(d.dir, "out"), n)
	}
	if code > 0 && !slices.Contains([]int{3, 5, loaderFailed}, code) {
		d.t.Errorf("exit code %d\n%s", code, d.log())
	}
	paid := d.model.Tally()
	d.ends(0, args...)
	d.results(filepath.Join(d.dir, "out"), n)
	d.t.Logf("exit code %d after %d calls; %d paid again", code, paid.Answered, d.model.Tally().AnsweredAgain)
	// What was in flight, or could not be stored, is all that may be lost.
	if again, open := d.model.Tally().AnsweredAgain, d.model.Tally().MostInFlight; again > open {
		d.t.Errorf("%d calls were paid again, at most %d were under way\n%s", again, open, d.log())
	}
}

// strace is the path of strace.
func (d *desk) strace() string {
	d.t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("DRAGOMAN_REQUIRE_SERVICES") == "1" {
			d.t.Fatal("no strace on this machine, and DRAGOMAN_REQUIRE_SERVICES=1")
		}
		d.t.Skip("no strace on this machine: faults of system calls are not tested")
	}
	return strace
}

// traced is the program under strace, which puts a fault into a system call.
func (d *desk) traced(inject string, args ...string) *exec.Cmd {
	d.t.Helper()
	strace := d.strace()
	call, _, _ := strings.Cut(inject, ":")
	cmd := d.command(args...)
	cmd.Args = append([]string{"strace", "-f", "-o", os.DevNull, "-e", "trace=" + call, "-e", "inject=" + inject, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = strace
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	return cmd
}

// TestSoakSystemCalls is D2 and D8: a system call is the last, or fails, the
// Nth time that a thread makes it. The run that goes on comes to what an
// undisturbed one does.
func TestSoakSystemCalls(t *testing.T) {
	faults := []string{
		"fsync:error=EIO:when=2", "fdatasync:error=EIO:when=1", "pwrite64:error=EIO:when=12+", "pwrite64:error=ENOSPC:when=9", "renameat:error=EIO:when=1", "openat:error=EIO:when=20",
		"fsync:signal=KILL:when=2", "pwrite64:signal=KILL:when=9", "renameat:signal=KILL:when=2", "write:signal=KILL:when=20", "ftruncate:signal=KILL:when=1",
	}
	if *soak {
		faults = nil
		for _, call := range []string{"openat", "write", "pwrite64", "fsync", "fdatasync", "renameat", "ftruncate", "close", "unlinkat"} {
			for n := 1; n <= 40; n += 1 + n/4 {
				for _, fault := range []string{"signal=KILL", "error=EIO", "error=ENOSPC"} {
					if call == "write" && fault != "signal=KILL" {
						continue // Go's own: a thread that cannot be woken ends the program
					}
					faults = append(faults, fmt.Sprintf("%s:%s:when=%d", call, fault, n))
				}
			}
		}
	}
	want := undisturbed(t, 3)
	for _, fault := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, "", llmtest.Options{Latency: 5 * time.Millisecond})
			args := []string{"batch", articles(t, d.dir, 3), "-o", "out", "-q", "--concurrency", "3"}
			d.survives(exitOf(t, d.traced(fault, args...)), args, 3)
			if got := editionsIn(t, filepath.Join(d.dir, "out")); !maps.Equal(got, want) {
				t.Errorf("%d editions, and not those of an undisturbed run", len(got))
			}
		})
	}
}

// undisturbed are the editions of n articles.
func undisturbed(t *testing.T, n int) map[string]string {
	t.Helper()
	d := newDesk(t, "", llmtest.Options{})
	d.ends(0, "batch", articles(t, d.dir, n), "-o", "out", "-q")
	return editionsIn(t, filepath.Join(d.dir, "out"))
}

// TestInputsChangeInMidRun is D21: an article is what it was when it was read.
// One that changed meanwhile is taken on by the next run, one that was deleted
// keeps its edition.
func TestInputsChangeInMidRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 100 * time.Millisecond})
	for i := range 6 {
		d.write(fmt.Sprintf("in/a%d.txt", i), articleText(i))
	}
	args := []string{"batch", "in", "-o", "out", "-q", "--concurrency", "2"}
	cmd := d.start(args...)
	d.until(cmd, 3)
	d.write("in/a4.txt", articleText(44))
	if err := os.Remove(filepath.Join(d.dir, "in", "a5.txt")); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, cmd); code != 0 {
		t.Fatalf("exit code %d\n%s", code, d.log())
	}
	edition := func(id string) string {
		b, err := os.ReadFile(filepath.Join(d.dir, "out", id, "en.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, i := range []int{4, 5} {
		if !strings.Contains(edition(fmt.Sprintf("a%d", i)), townName(2*i)) {
			t.Errorf("a%d is not what it was when it was read", i)
		}
	}
	d.model.Reset()
	d.ends(0, args...)
	d.called(8, "one article changed")
	if !strings.Contains(edition("a4"), townName(88)) {
		t.Error("the changed article has no edition of its own")
	}
	edition("a5")
}

// TestSoakMemory is the bound on memory: 10,000 articles in at most
// 150 MB. It takes minutes, so it is part of `make soak` alone.
func TestSoakMemory(t *testing.T) {
	if !*soak {
		t.Skip("only with -soak")
	}
	const n = 10_000
	d := newDesk(t, "", llmtest.Options{Quiet: true, Latency: 20 * time.Millisecond})
	rows := articles(t, d.dir, n)
	for _, what := range []string{"at first", "again"} {
		d.fits(what, "batch", rows, "-o", "out", "-q", "--concurrency", "64")
	}
	d.results(filepath.Join(d.dir, "out"), n)
}

// TestSoakManyRows is D22: a source of 1,000,000 articles, of which a sample is
// worked on, and what all of them would take, is within the same bound.
func TestSoakManyRows(t *testing.T) {
	n := 5_000
	if *soak {
		n = 1_000_000
	}
	d := newDesk(t, "", llmtest.Options{Quiet: true})
	rows := articles(t, d.dir, n)
	for _, what := range []string{"at first", "again"} {
		d.fits(what, "batch", rows, "-o", "out", "-q", "--sample", "10")
		d.results(filepath.Join(d.dir, "out"), 10)
	}
	d.called(80, "a sample of 10")
	d.fits("an estimate", "estimate", rows, "-o", "out")
	d.called(0, "an estimate")
}

// fits runs the program to its end, and holds its memory against the bound.
func (d *desk) fits(what string, args ...string) {
	d.t.Helper()
	const most = 150 << 10 // KiB
	began := time.Now()
	cmd := d.start(args...)
	if code := exitOf(d.t, cmd); code != 0 {
		d.t.Fatalf("%s: exit code %d\n%s", what, code, d.log())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok || runtime.GOOS != "linux" {
		d.t.Skip("this system does not tell how much memory a process had, in KiB")
	}
	d.t.Logf("%s: %d MiB at most, %s of processor time in %s", what, usage.Maxrss>>10,
		cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), time.Since(began).Round(time.Second))
	if own := ownMemory(d.t); own > most { // a process begins with the memory of the one that starts it
		d.t.Logf("the bound is not held: the tests themselves had %d MiB", own>>10)
		return
	}
	if usage.Maxrss > most {
		d.t.Errorf("%s: %d MiB, want at most %d", what, usage.Maxrss>>10, most>>10)
	}
}

// ownMemory is the most memory that the tests have had, in KiB.
func ownMemory(t *testing.T) int64 {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return usage.Maxrss
}
