package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/sink"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline/llm/wire"
)

// firings does what the firings of schedules are for: it polls the sources,
// has the articles made into editions, and has the editions delivered.
type firings struct {
	env     *environment
	cfg     *config.Config
	st      *store.Store
	patient *patience
	client  *fetch.Client
	events  *ops.Events
	say     func(string)
	lost    func() int64  // lines of the log that nobody read in time
	outages sink.Outages  // of the sinks of all schedules
	health  wire.Breakers // of the endpoints

	mu       sync.Mutex
	troubled map[string]string // what does not go just now, and why

	// Of a worker: the engine that all firings share, and what makes it look for
	// a run that was just begun. Without them a firing that has something to ask
	// has its own.
	engine *jobs.Engine
	begun  func(run string)
}

// firing is one try at a firing.
type firing struct {
	*firings
	cfg        *config.Config // with the schedule's settings over it
	spec       schedule.Spec
	row        store.Firing
	collection string
	account    account.Account
	before     []account.Condition // what was wrong when this was last looked at: of the try before, or the firing before
	last       []account.Condition // of the firing before
	courier    *sink.Courier
	pinger     *ops.Pinger         // of the first try; nil where nobody is pinged
	heldMu     sync.Mutex          // guards account.Held
	problems   []error             // that ended a part of it early; the exit code comes of them
	seen       []account.Condition // what a look at the sources finds wrong
	unkept     []unkept
	lost       map[string]*lost // by id
	again      map[string]bool  // articles that are asked for once more; the courier's Again
	run        store.Run
}

// scheduler puts the firings under a scheduler.
func (w *firings) scheduler() *scheduler.Scheduler {
	return &scheduler.Scheduler{
		Schedules: w.st.Schedules, Firings: w.st.Firings, Locks: w.st.Locks, Work: w.work, Now: w.env.now, Say: w.say,
		Began: w.events.FiringStarted,
		Ended: func(f store.Firing) {
			switch f.State {
			case store.FiringSkipped:
				w.events.FiringSkipped(f)
			case store.FiringOpen:
				w.events.FiringStopped(f, errors.New(f.Reason))
			}
		},
	}
}

// work is one try at a firing: see scheduler.Work.
func (w *firings) work(ctx context.Context, spec schedule.Spec, f store.Firing) (scheduler.Result, error) {
	t := &firing{firings: w, spec: spec, row: f, collection: schedule.Collection(spec.Name), cfg: withSpec(w.cfg, spec)}
	if err := t.begin(ctx); err != nil {
		return scheduler.Result{}, err
	}
	again, err := t.all(ctx)
	result := scheduler.Result{Run: t.run.ID, Again: again}
	if err != nil {
		return result, err // the process ends, or the state is away: what was done is done
	}
	if err := t.settle(context.WithoutCancel(ctx), again); err != nil {
		return result, err
	}
	result.Reason = t.account.Problem
	result.Report, err = t.account.Encode()
	return result, err
}

// begin reads what an earlier try and the firing before it left.
func (t *firing) begin(ctx context.Context) error {
	before, err := t.st.Firings.List(ctx, store.FiringFilter{Schedule: t.spec.Name, States: []store.FiringState{store.FiringDone}, Limit: 1})
	if err != nil {
		return err
	}
	for _, f := range before {
		if a, err := account.Read(f.Report); err == nil { // of another version: as if nothing had been told
			t.before, t.last = a.Conditions, a.Conditions
		}
	}
	if a, err := account.Read(t.row.Report); err == nil && len(t.row.Report) > 0 {
		t.account, t.before = a, a.Conditions // an earlier try told of them
		t.seen = slices.DeleteFunc(slices.Clone(a.Conditions), func(c account.Condition) bool {
			return c.Type != account.SourceSilent && c.Type != account.ItemUnusable
		})
	}
	t.account.Exit, t.account.Problem, t.account.Held = 0, "", nil
	if t.row.Attempts == 1 {
		t.pingBegun(ctx)
	}
	courier, err := t.firings.courier(t.spec)
	if err != nil {
		t.problem(&usageError{err: err, hint: hintOf(err)}) // editions are made all the same, and wait for that sink
	}
	t.courier, t.again = courier, map[string]bool{}
	courier.Again = t.again
	return nil
}

// getenv reads a variable that a schedule names for a secret.
func (w *firings) getenv(name string) string {
	v, _ := w.env.env(name)
	return v
}

// problem notes what ended a part of the firing early.
func (t *firing) problem(err error) {
	t.problems = append(t.problems, err)
	if t.account.Problem == "" {
		t.account.Problem = term.String(oneLine(err))
	}
}

// all is the work itself. Again is when an outage lets it go on.
func (t *firing) all(ctx context.Context) (again time.Duration, err error) {
	if t.dueForLook() {
		if err := t.look(ctx); err != nil {
			return 0, err
		}
	}
	deliver := t.beginDelivering(ctx)
	again, err = t.edit(ctx, deliver.kick)
	if dErr := deliver.end(); err == nil {
		err = dErr
	}
	return again, errors.Join(err, t.commitEnded(context.WithoutCancel(ctx)))
}

// dueForLook reports whether the sources are to be looked at: at the first try,
// and while an outage lasts whenever the schedule would have been due, so that a
// feed does not lose what it drops meanwhile. Where no text is stored, what an
// earlier try found is to be found again.
func (t *firing) dueForLook() bool {
	if t.account.Looked.IsZero() || t.cfg.NoStoreText {
		return true
	}
	next := t.spec.Next(t.account.Looked)
	return !next.IsZero() && !next.After(t.env.now())
}

// delivering works deliveries off while articles are made.
type delivering struct {
	t    *firing
	rows chan []*store.Document
	done sync.WaitGroup
	err  error
	ctx  context.Context
}

// beginDelivering begins with what was left.
func (t *firing) beginDelivering(ctx context.Context) *delivering {
	d := &delivering{t: t, rows: make(chan []*store.Document, 1), ctx: ctx}
	d.done.Go(func() {
		d.round(nil)
		for rows := range d.rows {
			d.round(rows)
		}
	})
	return d
}

// round plans and delivers. What it cannot do now, the last round does, or the
// next firing.
func (d *delivering) round(rows []*store.Document) {
	if d.err != nil || d.ctx.Err() != nil {
		return
	}
	planned, err := d.t.courier.Plan(d.ctx, rows...)
	if err == nil {
		d.t.planned(planned)
		var tally sink.Tally
		if tally, err = d.t.courier.Round(d.ctx); err == nil {
			d.t.faults(d.t.spec.Name, tally)
		}
	}
	if d.ctx.Err() == nil {
		d.err = err
	}
}

// kick hands ended articles over.
func (d *delivering) kick(rows []*store.Document) {
	select {
	case d.rows <- rows:
	case <-d.ctx.Done():
	}
}

// end waits for the last round, which plans whatever this firing's run has made.
func (d *delivering) end() error {
	close(d.rows)
	d.done.Wait()
	if d.err != nil || d.ctx.Err() != nil {
		return errors.Join(d.err, context.Cause(d.ctx))
	}
	return nil
}

// planned counts what waits for a person.
func (t *firing) planned(planned []store.Delivery) {
	t.heldMu.Lock() // deliveries are planned while articles are made, and at their end
	defer t.heldMu.Unlock()
	for _, p := range planned {
		if p.State == store.DeliveryHeld {
			t.account.Held = append(t.account.Held, account.Held{Document: p.Document, Sink: p.Sink, Delivery: p.ID, Reason: p.Reason})
			t.events.DeliveryHeld(t.spec.Name, p)
		}
	}
}

// withSpec is the configuration with a schedule's own settings over it.
func withSpec(cfg *config.Config, spec schedule.Spec) *config.Config {
	out := *cfg
	if len(spec.To) > 0 {
		out.To = spec.To
	}
	if spec.Long != nil {
		out.Long = *spec.Long
	}
	if spec.Model != "" {
		out.Model = spec.Model
	}
	if spec.FailOn != "" {
		out.FailOn = spec.FailOn
	}
	if spec.Glossary != "" {
		out.Glossary = spec.Glossary
	}
	if spec.MaxCost != nil {
		out.MaxCost = spec.MaxCost
	}
	if spec.MaxTokens > 0 {
		out.MaxTokens = spec.MaxTokens
	}
	return &out
}

// exitOf is the exit code of a firing, from what became of it, and what is wrong
// since.
func (t *firing) exitOf() int {
	begun, _ := account.Changes(t.last, t.account.Conditions)
	unusable, other := false, false
	for _, c := range begun {
		unusable = unusable || c.Type == account.ItemUnusable
		other = other || c.Type.Once() && c.Type != account.ItemUnusable
	}
	end := &outcome{errs: t.problems, failOn: t.cfg.FailOn, counts: state{
		noEdition: t.account.Articles[store.DocFailed] > 0 || t.sourcesFailed() || unusable,
		flagged:   t.account.Articles[store.DocFlagged] > 0 || other,
	}}
	return end.code()
}

// sourcesFailed reports whether a source could not be read.
func (t *firing) sourcesFailed() bool {
	return slices.ContainsFunc(t.account.Sources, func(s account.Source) bool { return s.Error != "" })
}
