// Dragoman corrects, summarizes and translates news articles. `dragoman help`
// lists the commands; each has a file of its own here: flags, an options
// struct, a plain function, what is printed. wire.go puts the parts together.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// run is the program: it parses the arguments, runs one command, says on
// stderr what went wrong, and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := onSignal(ctx)
	defer stop()
	env := &environment{
		stdin:  stdin,
		stdout: stdout,
		stderr: term.Clean(stderr),
		live:   term.Is(stderr) && !config.PlainTerminal(config.Env),
		raw:    stderr,
		env:    config.Env,
		now:    time.Now,
	}
	if term.Is(stdout) {
		env.stdout = term.Clean(stdout)
	}
	err := dispatch(ctx, env, args)
	end, ok := errors.AsType[*outcome](err)
	if !ok && err != nil {
		end = &outcome{errs: []error{err}}
	}
	end.tell(env.stderr)
	return end.code()
}

// code is the exit code of an outcome; nil is all well.
func (o *outcome) code() int {
	if o == nil {
		return 0
	}
	return survey(o.docs, o.errs, o.failOn).and(o.counts).code()
}

// exitCode is the code of articles and errors. docs and errs run in parallel,
// one pair an article; errors beyond the last document belong to the run.
func exitCode(docs []*pipeline.Document, errs []error, failOn pipeline.Severity) int {
	return survey(docs, errs, failOn).code()
}

// code is the one place that knows the program's exit codes. They come from
// this state and nothing else.
func (s state) code() int {
	switch {
	case s.signal == syscall.SIGTERM:
		return 143 // stopped, resumable
	case s.signal != nil:
		return 130 // interrupted, resumable
	case s.locked:
		return 75 // another run holds the lock
	case s.unreachable:
		return 5 // endpoint or state not configured, refused, unreachable or full
	case s.overBudget:
		return 4 // cap or quota reached, resumable
	case s.missing:
		return 2 // a replay without a recording: what came is no repeat, whatever it looks like
	case s.noEdition:
		return 3 // an article has no edition
	case s.flagged:
		return 1 // an edition exists, with a failed sentence or a gating finding
	case s.usage:
		return 2 // usage or configuration
	}
	return 0
}

// onSignal cancels the context on the first SIGINT or SIGTERM, with the signal
// as its cause, so that no new call is made and what is there is kept. The
// second one quits at once; every file is whole at any moment.
func onSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case sig := <-ch:
			cancel(&interrupted{sig: sig})
		case <-done:
			return
		}
		select {
		case sig := <-ch:
			os.Exit(exitCode(nil, []error{&interrupted{sig: sig}}, ""))
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(done)
		cancel(nil)
	}
}
