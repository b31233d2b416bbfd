package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// soak asks for the kill tests in full: `make soak`. Without it they run with
// few articles, as a part of `make check`.
var soak = flag.Bool("soak", false, "run the kill tests in full (10,000 articles, 25 kills)")

// townName is the n-th of 250,000 names that no other article has: a name that
// is settled already is not asked for again.
func townName(n int) string {
	const consonants, vowels = "bdfgklmnpr", "aeiou"
	name := ""
	for range 3 {
		name += string(consonants[n%10]) + string(vowels[n/10%5])
		n /= 50
	}
	return strings.ToUpper(name[:1]) + name[1:] + "ton"
}

// articleText is the n-th of any number of short articles, each with sentences
// of its own.
func articleText(n int) string {
	town, other := townName(2*n), townName(2*n+1)
	return fmt.Sprintf(`%[1]s council approves plan for %[3]d new homes

The council of %[1]s approved a plan for %[3]d new homes on Tuesday, the mayor said. The vote followed a debate of %[4]d hours in %[2]s.

Residents of %[2]s, a village nearby, had asked for a smaller plan. A school for %[5]d children in %[1]s is part of it.

Work on the site number %[3]d will begin in spring, according to the builders.
`, town, other, 100+n, 2+n%7, 200+n)
}

// articles writes n articles as files of a folder, or as rows of one file.
func articles(t *testing.T, dir string, n int) string {
	t.Helper()
	name := filepath.Join(dir, "articles.jsonl")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	enc := json.NewEncoder(f)
	for i := range n {
		if err := enc.Encode(map[string]string{"id": fmt.Sprintf("a%05d", i), "text": articleText(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// desk is a place where batches are run: a state, an output folder, a model.
type desk struct {
	t      *testing.T
	dir    string
	state  string
	model  *llmtest.Server
	binary string
	rows   string // the articles
	env    []string
	keys   int // API keys given out: each process has its own
}

func newDesk(t *testing.T, state string, opt llmtest.Options) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), state: state, model: llmtest.NewServer(opt)}
	if d.state == "" {
		d.state = filepath.Join(d.dir, "state")
	}
	if err := d.model.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.model.Close(); err != nil {
			t.Error(err)
		}
	})
	d.binary = builtProgram(t)
	return d
}

// builtProgram builds the program as users have it, without the race detector,
// once for all tests.
func builtProgram(t *testing.T) string {
	t.Helper()
	built.Store(true)
	dir, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "dragoman")
}

// built says that some test wanted the program.
var built atomic.Bool

// builtIn is the folder of the built program. TestMain removes it.
var builtIn = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dragoman-built-")
	if err != nil {
		return "", err
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "dragoman"), ".").CombinedOutput(); err != nil {
		return dir, fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return dir, nil
})

// start starts the program with its output in the desk's log, with an API key
// of its own.
func (d *desk) start(args ...string) *exec.Cmd {
	d.t.Helper()
	cmd := d.command(args...)
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	return cmd
}

// command is the program, ready to be started.
func (d *desk) command(args ...string) *exec.Cmd {
	d.t.Helper()
	d.keys++
	log, err := os.OpenFile(filepath.Join(d.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = log.Close() })
	cmd := exec.Command(d.binary, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, d.dir
	cmd.Env = []string{
		"HOME=" + d.dir, "PATH=" + d.dir, "TMPDIR=" + d.dir,
		"DRAGOMAN_STATE=" + d.state, "OPENAI_BASE_URL=" + d.model.URL(), "DRAGOMAN_MODEL=" + llmtest.ModelName,
		"OPENAI_API_KEY=key-of-process-" + strconv.Itoa(d.keys),
	}
	cmd.Env = append(cmd.Env, d.env...)
	d.t.Cleanup(func() {
		if cmd.Process != nil && cmd.ProcessState == nil { // the test has failed
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return cmd
}

// keyOf is the API key of a process, by which the model's journal knows it.
func keyOf(cmd *exec.Cmd) string {
	for _, v := range cmd.Env {
		if key, ok := strings.CutPrefix(v, "OPENAI_API_KEY="); ok {
			return key
		}
	}
	return ""
}

// run runs the program to its end and gives its exit code.
func (d *desk) run(args ...string) int {
	d.t.Helper()
	return exitOf(d.t, d.start(args...))
}

// exitOf waits for a program; a signal that killed it is its negative.
func exitOf(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	err := cmd.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0
	case !ok:
		t.Fatal(err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return -int(status.Signal())
	}
	return exit.ExitCode()
}

// log is the end of what the program said.
func (d *desk) log() string {
	b, err := os.ReadFile(filepath.Join(d.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}

// ofThisRun is what an edition says of the run that made it: the time of day,
// and how many calls were made.
var ofThisRun = regexp.MustCompile(`(?:\d+ \S+ \d{4},? )?\d\d:\d\d UTC|(?m)^Calls: .*$`)

// editionsIn are the Markdown files of an output folder, by path.
func editionsIn(t *testing.T, out string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(out, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if strings.Contains(e.Name(), temporaryMark) {
			t.Errorf("%s was left behind", path)
		}
		if !strings.HasSuffix(path, ".md") || filepath.Dir(path) == out {
			return nil
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(out, path)
		files[rel] = ofThisRun.ReplaceAllString(string(b), "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// temporaryMark is in the name of every file that is not whole yet.
const temporaryMark = ".dragoman-tmp-"

// pause waits for a random time until the model has seen some more calls.
func (d *desk) pause(cmd *exec.Cmd, calls int) {
	want := d.model.Count() + 1 + rand.IntN(calls)
	for d.model.Count() < want && cmd.Process.Signal(syscall.Signal(0)) == nil {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
}

// TestSoakKills kills a batch without warning, over and over, and
// starts it again each time: no article is lost or doubled, and no more calls
// are made again than were under way at the kills. The calls are counted by the
// model and not by us.
func TestSoakKills(t *testing.T) {
	n, kills := 60, 6
	if *soak {
		n, kills = 10_000, 25
	}
	d := newDesk(t, "", llmtest.Options{Latency: 5 * time.Millisecond, Quiet: true})
	d.survivesKills(n, kills, func() { d.run("batch", d.rows, "-o", "whole", "--concurrency", "16", "-q") })
}

// survivesKills is the test on one desk. The undisturbed run is made last, on
// a state of its own.
func (d *desk) survivesKills(n, kills int, undisturbed func()) {
	t := d.t
	t.Helper()
	d.rows = articles(t, d.dir, n)
	perKill := max(1, 8*n/(kills+2)) // calls between two kills, 8 an article
	args := []string{"batch", d.rows, "-o", "out", "--concurrency", "16", "-q"}
	underWay := 0
	for i := range kills {
		cmd := d.start(args...)
		d.pause(cmd, perKill)
		underWay += d.kill(cmd)
		if code := exitOf(t, cmd); code != -int(syscall.SIGKILL) {
			t.Fatalf("before kill %d the batch ended by itself with %d\n%s", i+1, code, d.log())
		}
	}
	if code := d.run(args...); code != 0 {
		t.Fatalf("the last run ends with %d\n%s", code, d.log())
	}
	d.asUndisturbed(n, kills, underWay, undisturbed)
}

// asUndisturbed holds what came of n articles after some kills against an
// undisturbed run on another state.
func (d *desk) asUndisturbed(n, kills, underWay int, undisturbed func()) {
	t := d.t
	t.Helper()
	got := editionsIn(t, filepath.Join(d.dir, "out"))
	journal := d.model.Tally()
	if again := journal.AnsweredAgain; again > underWay {
		t.Errorf("%d calls were made again, %d were under way at %d kills", again, underWay, kills)
	}
	t.Logf("%d articles, %d kills: %d calls, %d of them made again, %d were under way", n, kills, journal.Calls, journal.AnsweredAgain, underWay)
	d.results(filepath.Join(d.dir, "out"), n)

	d.model.Reset()
	d.state = filepath.Join(d.dir, "another-state")
	undisturbed()
	want := editionsIn(t, filepath.Join(d.dir, "whole"))
	if len(got) != len(want) || len(want) != 3*n {
		t.Errorf("%d files, the undisturbed run has %d, want %d", len(got), len(want), 3*n)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is not as in the undisturbed run:\n%s\n---\n%s", name, got[name], text)
			return
		}
	}
	if calls := d.model.Tally().Calls; journal.Distinct != calls {
		t.Errorf("%d different calls were made, %d in the undisturbed run", journal.Distinct, calls)
	}
}

// answerTime bounds how long an answer takes from the model into the ledger:
// a call that was answered before that is stored.
const answerTime = 100 * time.Millisecond

// kill kills a program without warning. It gives how many of its calls were
// under way, by the model's count: those without an answer, and those whose
// answer may not have been stored yet.
func (d *desk) kill(cmd *exec.Cmd) int {
	d.t.Helper()
	key := keyOf(cmd)
	before := d.model.Tally().Callers[key]
	time.Sleep(answerTime)
	if err := cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	for d.model.Tally().Callers[key].InFlight > 0 {
		time.Sleep(time.Millisecond)
	}
	return before.InFlight + d.model.Tally().Callers[key].Calls - before.Calls
}

// results holds results.jsonl against the number of articles: each once, each
// done.
func (d *desk) results(out string, n int) {
	d.t.Helper()
	f, err := os.Open(filepath.Join(out, "results.jsonl"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	dec := json.NewDecoder(f)
	for dec.More() {
		var line struct{ ID, State string }
		if err := dec.Decode(&line); err != nil {
			d.t.Fatal(err)
		}
		if seen[line.ID] || line.State != "done" {
			d.t.Errorf("%s is %s (seen before: %v)", line.ID, line.State, seen[line.ID])
		}
		seen[line.ID] = true
	}
	if len(seen) != n {
		d.t.Errorf("results.jsonl has %d articles, want %d", len(seen), n)
	}
}
