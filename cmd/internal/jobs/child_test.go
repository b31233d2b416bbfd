package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWorker is no test: it is the worker that tests kill, in a process of its
// own, with its plan as the argument.
func TestWorker(t *testing.T) {
	if flag.NArg() == 0 {
		return
	}
	if err := worker(flag.Arg(0)); err != nil {
		t.Fatal(err)
	}
}

// plan is what a worker process is told.
type plan struct {
	URL, Leases, Journal string
	Concurrency          int
	Step                 time.Duration // a job has ten
	Attempts             int
	Poison               string // the document whose job kills the process
}

// worker runs jobs until it gets SIGTERM, and writes a line into its journal
// for each that begins ("+") and each whose Work returned ("-").
func worker(arg string) error {
	var p plan
	if err := json.Unmarshal([]byte(arg), &p); err != nil {
		return err
	}
	journal, err := os.OpenFile(p.Journal, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	signalled, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	quit := make(chan struct{})
	e, err := Open(context.Background(), Config{
		URL: p.URL, Leases: p.Leases, Concurrency: p.Concurrency, Attempts: p.Attempts, Runs: []string{"r-1"},
		Poll: 20 * time.Millisecond, Takeover: 200 * time.Millisecond,
		Work: func(ctx context.Context, job Job) (Outcome, error) {
			fmt.Fprintf(journal, "+%s\n", job.Document)
			if job.Document == p.Poison {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			step := p.Step + time.Duration(job.Document[len(job.Document)-1]-'0')*p.Step/10 // never in step
			for range 10 {
				select {
				case <-time.After(step):
				case <-ctx.Done():
					fmt.Fprintf(journal, "!%s %v\n", job.Document, context.Cause(ctx))
					return Outcome{}, context.Cause(ctx)
				case <-quit:
					return Outcome{}, errors.New("interrupted")
				}
			}
			fmt.Fprintf(journal, "-%s\n", job.Document)
			return Outcome{State: "ready"}, nil
		},
	})
	if err != nil {
		return err
	}
	<-signalled.Done()
	e.Stop() // before anything that makes Work return
	close(quit)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(e.Drain(ctx), e.Close())
}

// fleet starts workers and reads what they wrote.
type fleet struct {
	t    *testing.T
	plan plan
	all  []*exec.Cmd
}

// newFleet makes one on a store.
func newFleet(t *testing.T, s place) *fleet {
	f := &fleet{t: t, plan: plan{
		URL: s.url, Leases: s.leases, Journal: filepath.Join(t.TempDir(), "journal"),
		Concurrency: 4, Step: 10 * time.Millisecond,
	}}
	t.Cleanup(func() {
		for _, c := range f.all {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	return f
}

// start starts a worker.
func (f *fleet) start() *exec.Cmd {
	f.t.Helper()
	arg, err := json.Marshal(f.plan)
	if err != nil {
		f.t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		f.t.Fatal(err)
	}
	c := exec.Command(exe, "-test.run=^TestWorker$", "--", string(arg))
	said := new(bytes.Buffer)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.all = append(f.all, c)
	return c
}

// kill ends a worker at once, or by a signal it can hear.
func (f *fleet) kill(c *exec.Cmd, sig os.Signal) {
	f.t.Helper()
	if err := c.Process.Signal(sig); err != nil {
		f.t.Fatal(err)
	}
	err := c.Wait()
	// An engine says nothing that it was not asked for.
	if said := c.Stdout.(*bytes.Buffer).String(); sig == syscall.SIGTERM && (err != nil || !strings.HasPrefix(said, "PASS\n")) {
		f.t.Errorf("a worker that was asked to stop: %v, and says %q", err, said)
	}
}

// counts gives how often each document's job began and returned.
func (f *fleet) counts() (begun, ended map[string]int) {
	f.t.Helper()
	b, err := os.ReadFile(f.plan.Journal)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		f.t.Fatal(err)
	}
	begun, ended = map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(b)) {
		name := strings.TrimSpace(line[1:])
		switch line[0] {
		case '+':
			begun[name]++
		case '-':
			ended[name]++
		}
	}
	return begun, ended
}

// total is the sum of counts.
func total(m map[string]int) (n int) {
	for _, c := range m {
		n += c
	}
	return n
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 2000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited 20 s in vain: %s", what)
}
