package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

func workerCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "worker",
		Usage:     "run schedules, and work on the articles of every batch on the same state and endpoint, until it is stopped",
		ArgsUsage: " ",
		Description: "A batch has a worker in itself. Further ones, on this machine or on others with the same\n" +
			"postgres:// state, share its work; the batch writes the files. What a dead worker had is taken\n" +
			"over within seconds. The schedules of the state are run by whichever worker is first, each once;\n" +
			"--no-schedules leaves them to others. Batches with --transport batch have one worker: their own, or one with\n" +
			"that flag that goes on where they were stopped. SIGTERM ends it in good order: calls in flight are heard out, no finished\n" +
			"call is paid again.",
		Flags: append(settings("concurrency", "timeout", "transport", "state", "prices", "fallback-api-key-file", "log-format", "log-level", "no-store-text", "contact"),
			&cli.StringFlag{Name: "listen", Usage: "serve /metrics, /healthz and /readyz on `ADDRESS`, such as 127.0.0.1:9464 (default: nowhere)"},
			&cli.BoolFlag{Name: "no-schedules", Usage: "run no schedules"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a finished article on stdout"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr but warnings"},
		),
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runWorker(c.Context, env, cfg, workerOptions{
				JSON: c.Bool("json"), Quiet: c.Bool("quiet"), Listen: c.String("listen"), NoSchedules: c.Bool("no-schedules"),
			})
		},
	}
}

// workerOptions is what `worker` is told by flags alone.
type workerOptions struct {
	Listen      string
	NoSchedules bool
	JSON        bool
	Quiet       bool
}

// workerEvent is one line of `worker --json`.
type workerEvent struct {
	Type    string `json:"type"` // job
	Run     string `json:"run"`
	Article string `json:"article"`
	Status  string `json:"status"` // of the job
	State   string `json:"state"`  // of the article
	Note    string `json:"note,omitempty"`
}

// runWorker works until it is told to stop, which is how it is meant to end.
func runWorker(ctx context.Context, env *environment, cfg *config.Config, opts workerOptions) (err error) {
	if !cfg.Configured() {
		return &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New(unconfigured)}
	}
	if err := batchesPossible(cfg); err != nil {
		return err
	}
	kept := &keeping{cfg: cfg, now: env.now}
	defer func() { err = closing(err, kept.close) }()
	st, err := kept.store(ctx)
	if err != nil {
		return err
	}
	if st.Documents == nil {
		return badUsage("set DRAGOMAN_STATE to a database", "a worker needs a database, and %s is a folder of files", cfg.StateName())
	}
	w, away, err := openFirings(ctx, &scheduleAdmin{env: env, cfg: cfg, kept: kept, st: st}, opts.Quiet, false)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, away) }()
	out := newReporter(env, runOptions{JSON: true})
	p := &articleWorker{env: env, cfg: cfg, st: st, patient: w.patient, health: &w.health, kick: make(chan struct{}, 1), ended: func(run string, err error) {
		w.events.Trouble("run "+run, err)
	}}
	p.events = w.asking(p)
	if cfg.Transport == config.Batch {
		if _, err := p.viaBatches(); err != nil {
			return err
		}
	}
	defer func() { err = closing(err, func() error { return p.batches.Close() }) }()
	engine, err := openEngine(ctx, cfg, p.work, func(i jobs.Info) {
		if opts.JSON {
			out.line(workerEvent{"job", i.Job.Run, i.Job.Document, string(i.Status), i.Outcome.State, i.Outcome.Note})
		}
		w.events.JobEnded(i.Job.Run, i.Job.Document, string(i.Status), store.DocState(i.Outcome.State))
	}, w.say)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away; the work goes on
	w.engine, w.begun = engine, p.look
	if err := w.serve(ctx, p, opts); err != nil {
		return errors.Join(err, leaveEngine(ctx, engine, p))
	}
	if err := leaveEngine(ctx, engine, p); err != nil {
		return err
	}
	return &outcome{errs: []error{told{stopped(ctx)}}}
}

// idleTime is how long a loop of a worker may stand still before the worker
// counts as sick: longer than any wait of a loop, and than a database server
// takes to start again.
const idleTime = 5 * time.Minute

// serve runs the loops of a worker until ctx ends.
func (w *firings) serve(ctx context.Context, p *articleWorker, opts workerOptions) error {
	health := ops.NewHealth(w.env.now)
	health.Needs("state", "does not answer", func(ctx context.Context) error {
		_, err := w.st.Runs.List(ctx, store.RunFilter{Limit: 1})
		return err
	})
	if opts.Listen != "" {
		w.events.Metrics = ops.NewMetrics(buildVersion(), w.env.now, w.lost)
		server, err := ops.Serve(ctx, opts.Listen, health, w.events.Metrics)
		if err != nil {
			return &usageError{err: err, hint: "choose another --listen address"}
		}
		defer func() { _ = server.Close() }() // the process ends
		w.note("serving /metrics, /healthz and /readyz on " + server.Addr())
	}
	w.note(fmt.Sprintf("working on the batches and schedules of %s, %d articles at once", w.cfg.StateName(), articlesAtOnce(w.cfg)))
	var loops sync.WaitGroup
	if !opts.NoSchedules && w.st.Schedules != nil && w.cfg.Transport != config.Batch {
		firings, deliveries := health.Loop("schedules", idleTime), health.Loop("deliveries", idleTime)
		loops.Go(func() { w.scheduler().Serve(ctx, firings.Tick); firings.End() })
		loops.Go(func() { w.deliverAll(ctx, deliveries); deliveries.End() })
	}
	runs := health.Loop("runs", idleTime)
	p.follow(ctx, w.engine, w.say, runs.Tick)
	runs.End()
	loops.Wait()
	return nil
}

// note is told to whoever looks at a worker as it starts.
func (w *firings) note(line string) { w.events.Log.Info(line) }

// followEvery is how often a worker looks for new runs.
const followEvery = 2 * time.Second

// follow takes the jobs of every open run on this process's endpoint, until ctx
// ends. A state that does not answer is waited for.
func (p *articleWorker) follow(ctx context.Context, engine *jobs.Engine, say func(string), tick func()) {
	var taken []string
	for away := false; ; {
		runs, err := p.openRuns(ctx)
		if err == nil && !slices.Equal(runs, taken) {
			if err = engine.Take(ctx, runs...); err == nil {
				taken = runs
			}
		}
		if err != nil && ctx.Err() == nil && !away {
			say("the state does not answer, and is waited for: " + err.Error())
		}
		away = err != nil
		tick()
		select {
		case <-ctx.Done():
			return
		case <-p.kick:
		case <-time.After(followEvery):
		}
	}
}

// look makes follow look for new runs now; this process has begun one.
func (p *articleWorker) look(run string) {
	p.mu.Lock()
	if p.own == nil {
		p.own = map[string]bool{}
	}
	p.own[run] = true
	p.mu.Unlock()
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// begins reports whether a run was begun, or gone on with, by a schedule of this
// process.
func (p *articleWorker) begins(run string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.own[run]
}

// asking tells of what is asked by a worker.
func (w *firings) asking(p *articleWorker) func(run string, e pipeline.Event) {
	return func(run string, e pipeline.Event) {
		if e.Step != nil {
			of, model := p.askedFor(run)
			w.events.ModelCall(ops.Call{Schedule: of, Run: run, Document: e.Article, Model: model}, e.Step)
		}
	}
}

// askedFor is the schedule, or "", and the model of a run in this process.
func (p *articleWorker) askedFor(run string) (of, model string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	have, ok := p.runs[run]
	if !ok {
		return "", ""
	}
	return schedule.NameOf(have.run.Collection), have.plan.Model
}

// openRuns are the runs that are planned for this process's endpoint and
// transport and not at their end.
func (p *articleWorker) openRuns(ctx context.Context) ([]string, error) {
	runs, err := p.st.Runs.List(ctx, store.RunFilter{State: store.RunOpen})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, run := range runs {
		plan, err := batch.ReadPlan(run.Plan)
		if err != nil {
			continue // of another version of the program, which has workers of its own
		}
		if (plan.NoStoreText || p.cfg.NoStoreText) && !p.begins(run.ID) {
			continue // its texts are in the process that began it alone, or would not leave this one
		}
		if _, err := asPlanned(p.cfg, plan); err == nil && string(plan.Transport) == p.cfg.Transport {
			ids = append(ids, run.ID)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// leaveEngine ends an engine in good order: what is in flight is heard out,
// and what is not at its end goes on in another process.
func leaveEngine(ctx context.Context, engine *jobs.Engine, p *articleWorker) error {
	engine.Stop()
	p.halt()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.patient.grace+drainTime)
	defer cancel()
	return errors.Join(engine.Drain(ctx), engine.Close())
}

// drainTime is what jobs have, beyond the grace of their calls, to store what
// they came to.
const drainTime = 5 * time.Second
