package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dragoman/pipeline/llm/llmtest"
)

func TestMain(m *testing.M) {
	testscript.Main(cleaning{m}, map[string]func(){"dragoman": main})
}

// cleaning are the tests, and what is to be removed after them.
type cleaning struct{ *testing.M }

// Run runs the tests.
func (c cleaning) Run() int {
	code := c.M.Run()
	if built.Load() {
		dir, _ := builtIn()
		_ = os.RemoveAll(dir)
	}
	return code
}

// TestScripts runs every script of testdata/script through the real program.
// Beside the usual commands a script has those of scriptCommands.
func TestScripts(t *testing.T) {
	sample, err := os.ReadFile("../../fixtures/cases/ankara-2016/input.txt")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("DRAGOMAN_UPDATE") == "1",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Values["server"] = &served{}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "ankara.txt"), sample, 0o644); err != nil {
				return err
			}
			return nil
		},
		Cmds: scriptCommands(),
	})
}

// served is the pseudo server of one script, nil before "serve".
type served struct {
	*llmtest.Server
	behind *behind // what "background" started
}

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"exits":     cmdExits,
		"serve":     cmdServe,
		"inject":    cmdInject,
		"heal":      cmdHeal,
		"calls":     cmdCalls,
		"hold":      cmdHold,
		"interrupt": cmdInterrupt,
		"damage":    cmdDamage,
		"site":      cmdSite,
		"alike":     cmdAlike,
	}
	maps.Copy(commands, jobCommands())
	return commands
}

// cmdExits runs a program and holds its exit code against the first argument.
// Its output is there for stdout, stderr and cmp.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT]...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("%s: exit code %d, want %s", strings.Join(args[1:], " "), got, want)
	}
}

// cmdAlike holds an edition against another, but for what each says of its run.
func cmdAlike(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: alike EDITION EDITION")
	}
	one, two := ofThisRun.ReplaceAllString(ts.ReadFile(args[0]), ""), ofThisRun.ReplaceAllString(ts.ReadFile(args[1]), "")
	if one != two {
		ts.Fatalf("%s and %s differ:\n%s\n%s", args[0], args[1], one, two)
	}
}

// cmdDamage cuts one stored reply of a state in a folder short and forgets the settled answers, as a
// failing disk might.
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage STATE")
	}
	state := ts.MkAbs(args[0])
	ts.Check(os.RemoveAll(filepath.Join(state, "settled")))
	files, err := filepath.Glob(filepath.Join(state, "replies", "*", "*.json"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("no stored replies in %s", state)
	}
	ts.Check(os.Truncate(files[0], 20))
}

// cmdServe starts the pseudo server and makes it the script's endpoint.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	var opt llmtest.Options
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		var err error
		switch name {
		case "latency":
			opt.Latency, err = time.ParseDuration(value)
		case "batch-latency":
			opt.Batch.Latency, err = time.ParseDuration(value)
		case "context":
			opt.ContextSize, err = strconv.Atoi(value)
		case "no-usage":
			opt.NoUsage = true
		case "no-schema":
			opt.RefuseSchema = true
		default:
			err = fmt.Errorf("unknown option %q", a)
		}
		ts.Check(err)
	}
	s := llmtest.NewServer(opt)
	ts.Check(s.Start("127.0.0.1:0"))
	ts.Defer(func() { s.Close() })
	server(ts).Server = s
	ts.Setenv("OPENAI_BASE_URL", s.URL())
}

func server(ts *testscript.TestScript) *served { return ts.Value("server").(*served) }

// cmdInject puts a fault into answers: KIND [TASK [TO [SENTENCE [TIMES]]]].
func cmdInject(ts *testscript.TestScript, neg bool, args []string) {
	args = append(args, make([]string, 5)...)
	times, _ := strconv.Atoi(args[4])
	server(ts).Inject(llmtest.Injection{Kind: llmtest.Kind(args[0]), Task: args[1], To: args[2], Sentence: args[3], Times: times})
}

// cmdHeal takes all faults away.
func cmdHeal(ts *testscript.TestScript, neg bool, args []string) { server(ts).Heal() }

// cmdCalls holds the number of calls since the last "calls" against its
// argument; "some" is any number above none.
func cmdCalls(ts *testscript.TestScript, neg bool, args []string) {
	got := server(ts).Count()
	server(ts).Reset()
	if args[0] == "some" && got > 0 {
		return
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%d calls, want %s", got, args[0])
	}
}

// cmdHold keeps the lock of an output folder until the end of the script.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	dir, err := openOut(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { dir.Close() })
}

// cmdInterrupt starts dragoman, waits until the server has seen a call, sends
// the signal, and holds the exit code against what it must be: SIGNAL CODE
// ARGUMENT... With "twice" in front the signal is sent again once the program
// says that it hears out its calls.
func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	twice := args[0] == "twice"
	if twice {
		args = args[1:]
	}
	sig := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[args[0]]
	var stderr lockedBuffer
	cmd := started(ts, &stderr, args[2:])
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	await := func(what string, is func() bool) {
		for !is() {
			select {
			case err := <-ended:
				ts.Fatalf("ended before %s: %v\n%s", what, err, stderr.String())
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	await("the signal", func() bool { return server(ts).Count() > 0 })
	ts.Check(cmd.Process.Signal(sig))
	if twice {
		await("the second signal", func() bool { return strings.Contains(stderr.String(), "stopping: ") })
		ts.Check(cmd.Process.Signal(sig))
	}
	exit, ok := errors.AsType[*exec.ExitError](<-ended)
	if !ok || strconv.Itoa(exit.ExitCode()) != args[1] {
		ts.Fatalf("after SIG%s: %v, want exit code %s\n%s", args[0], exit, args[1], stderr.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs("interrupted.stderr"), []byte(stderr.String()), 0o644))
}

// started is dragoman at work.
func started(ts *testscript.TestScript, stderr io.Writer, args []string) *exec.Cmd {
	exe, err := os.Executable()
	ts.Check(err)
	cmd := exec.Command(exe, args...)
	cmd.Args[0], cmd.Dir, cmd.Stderr = "dragoman", ts.MkAbs("."), stderr
	// testscript runs the function whose name the program is called by.
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if name := filepath.Join(dir, "dragoman"); fileExists(name) {
			cmd.Path = name
			break
		}
	}
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "OPENAI_BASE_URL", "PATH", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(cmd.Start())
	return cmd
}

// lockedBuffer can be read while a program writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
