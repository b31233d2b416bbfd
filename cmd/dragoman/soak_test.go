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
	"strings"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// soak asks for the kill tests in full: `make soak`. Without it they run with
// few articles, as a part of `make check`.
var soak = flag.Bool("soak", false, "run the kill tests in full (10,000 articles, 25 kills)")

// articleText is the n-th of any number of short articles, each with sentences
// of its own.
func articleText(n int) string {
	towns := []string{"Ashford", "Brinley", "Carrow", "Denholm", "Elsworth", "Fenwick", "Garston", "Harlow", "Ilkley", "Jarrow"}
	town, other := towns[n%10], towns[(n/10)%10]
	return fmt.Sprintf(`%[1]s council approves plan for %[3]d new homes

The council of %[1]s approved a plan for %[3]d new homes on Tuesday, the mayor said. The vote followed a debate of %[4]d hours.

Residents of %[2]s, a village nearby, had asked for a smaller plan. A school for %[5]d children is part of it.

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

// builtProgram builds the program as users have it, without the race detector.
func builtProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dragoman")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return path
}

// start starts the program with its output in a file.
func (d *desk) start(args ...string) *exec.Cmd {
	d.t.Helper()
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
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	return cmd
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

// editions are the Markdown files of an output folder, by path.
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
		files[rel] = string(b)
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
