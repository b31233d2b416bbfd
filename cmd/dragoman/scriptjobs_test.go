package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dragoman/cmd/internal/jobs"
)

// behind is dragoman in the background of a script.
type behind struct {
	cmd    *exec.Cmd
	stderr *lockedBuffer
}

// jobCommands are what scripts about jobs have besides.
func jobCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"job":        cmdJob,
		"background": cmdBackground,
		"await":      cmdAwait,
		"ended":      cmdEnded,
		"aged":       cmdAged,
	}
}

// cmdAged makes files an hour old, so that an inbox takes them for whole.
func cmdAged(ts *testscript.TestScript, neg bool, args []string) {
	then := time.Now().Add(-time.Hour)
	for _, name := range args {
		ts.Check(os.Chtimes(ts.MkAbs(name), then, then))
	}
}

// jobsOf lists the jobs of a script's state.
func jobsOf(ts *testscript.TestScript, args ...string) []jobs.Info {
	ts.Check(ts.Exec("dragoman", append([]string{"jobs", "list", "--json"}, args...)...))
	var all []jobs.Info
	for dec := json.NewDecoder(bytes.NewReader([]byte(ts.ReadFile("stdout")))); dec.More(); {
		var i jobs.Info
		ts.Check(dec.Decode(&i))
		all = append(all, i)
	}
	return all
}

// cmdJob sets JOB to the id of an article's job.
func cmdJob(ts *testscript.TestScript, neg bool, args []string) {
	for _, i := range jobsOf(ts) {
		if i.Job.Document == args[0] {
			ts.Setenv("JOB", i.ID)
			return
		}
	}
	ts.Fatalf("no job of %s", args[0])
}

// cmdBackground starts dragoman and goes on.
func cmdBackground(ts *testscript.TestScript, neg bool, args []string) {
	b := &behind{stderr: &lockedBuffer{}}
	b.cmd = started(ts, b.stderr, args)
	server(ts).behind = b
	ts.Defer(func() {
		if b.cmd.ProcessState == nil {
			_ = b.cmd.Process.Kill()
			_ = b.cmd.Wait()
		}
	})
}

// cmdAwait waits for a number of jobs with a status, and sets RUN to the run of
// the last: STATUS NUMBER.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	for range 200 {
		if all := jobsOf(ts, "--status", args[0]); strconv.Itoa(len(all)) == args[1] {
			ts.Setenv("RUN", all[len(all)-1].Job.Run)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("there never were %s %s jobs\n%s", args[1], args[0], server(ts).behind.stderr.String())
}

// cmdEnded waits for the program in the background and holds its exit code
// against what it must be.
func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	b := server(ts).behind
	err := b.cmd.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && !ok {
		ts.Fatalf("%v", err)
	}
	if code := b.cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d (%v), want %s\n%s", code, exit, args[0], b.stderr.String())
	}
}
