package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// edit has everything that waits in the collection made into editions: what this
// firing found, and what earlier ones left. Ended is told of articles as they
// end. Again above zero: the endpoint is away, and the firing goes on later.
func (t *firing) edit(ctx context.Context, ended func([]*store.Document)) (again time.Duration, err error) {
	open, err := t.openRun(ctx)
	if err != nil {
		return 0, err
	}
	todo, err := t.waiting(ctx)
	if err != nil {
		return 0, err
	}
	if len(todo) == 0 {
		if open == nil {
			return 0, nil
		}
		t.run = *open // its last article ended, and the process with it
		return 0, t.endRun(ctx, ended)
	}
	plan, again, err := t.plan(ctx)
	if plan == nil || err != nil {
		return again, err
	}
	text, err := plan.JSON()
	if err != nil {
		return 0, err
	}
	if t.run, _, err = t.st.Runs.Begin(ctx, t.collection, "", text); err != nil {
		return 0, err
	}
	again, err = t.ask(ctx, todo, plan.Settings(), ended)
	if err != nil {
		return 0, err
	}
	if again > 0 { // the run stays open: its account goes on too
		ended(t.finished(ctx))
		return again, nil
	}
	return 0, t.endRun(ctx, ended)
}

// openRun is the run of the collection that is not at its end, or nil.
func (t *firing) openRun(ctx context.Context) (*store.Run, error) {
	runs, err := t.st.Runs.List(ctx, store.RunFilter{Collection: t.collection, State: store.RunOpen})
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return &runs[0], nil // a collection has one at most
}

// waiting are the articles to be worked on, those that wait longest first.
func (t *firing) waiting(ctx context.Context) ([]*store.Document, error) {
	var todo []*store.Document
	for row, err := range t.st.Documents.List(ctx, t.collection, "", store.DocWaiting, store.DocStopped) {
		if err != nil {
			return nil, err
		}
		todo = append(todo, row)
	}
	slices.SortFunc(todo, func(a, b *store.Document) int {
		return cmp.Or(a.Updated.Compare(b.Updated), strings.Compare(a.ID, b.ID))
	})
	if most := t.spec.MaxItems; most > 0 && len(todo) > most {
		todo = todo[:most]
	}
	return todo, nil
}

// plan is what the run does with an article. It is nil where nothing can be
// asked: again says when it can.
func (t *firing) plan(ctx context.Context) (plan *batch.Plan, again time.Duration, err error) {
	if !t.cfg.Configured() {
		t.problem(&pipeline.Error{Code: pipeline.Unavailable, Err: errors.New(unconfigured)})
		return nil, awayMost, nil
	}
	if again, err = t.answering(ctx); again > 0 || err != nil {
		return nil, again, err
	}
	refuse := func(err error) (*batch.Plan, time.Duration, error) { // a mistake of the settings: the next firing tries again
		t.problem(err)
		return nil, 0, nil
	}
	model, err := modelOf(ctx, t.cfg)
	if err != nil {
		t.problem(err)
		if outage(err) {
			again, err = t.away(ctx)
			return nil, again, err
		}
		return nil, 0, nil
	}
	prices, err := priceList(t.cfg, &answers{})
	if err != nil {
		return refuse(err)
	}
	if err := affordable(t.cfg, prices, model); err != nil {
		return refuse(err)
	}
	decided, err := t.st.Decisions.Recall(ctx)
	if err != nil {
		return nil, 0, err
	}
	if plan, err = planBatch(t.cfg, model, false, decided); err != nil {
		return refuse(err)
	}
	return plan, 0, nil
}

// ask submits articles and waits for their end. Again above zero is when the run
// goes on, which an outage or a state that was away has stopped.
func (t *firing) ask(ctx context.Context, todo []*store.Document, settings string, ended func([]*store.Document)) (again time.Duration, err error) {
	if err := t.claim(ctx, todo, settings); err != nil {
		return 0, err
	}
	engine, leave, err := t.engineFor(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = closing(err, leave) }()
	open := map[string]bool{}
	var names []string
	list := make([]jobs.Job, len(todo))
	for i, row := range todo {
		list[i] = jobs.Job{Run: t.run.ID, Collection: t.collection, Document: row.ID}
		names = append(names, list[i].ID())
		open[row.ID] = true
	}
	if err := engine.Submit(ctx, list...); err != nil {
		return 0, err
	}
	if _, err := engine.Again(ctx, true, names...); err != nil { // those that an earlier try ended
		return 0, err
	}
	stop, err := t.await(ctx, engine, open, ended)
	if err != nil {
		return 0, err
	}
	again, err = t.stopped(ctx, stop)
	if err == nil && again == 0 { // the run ends, and with it its queue
		err = engine.Forget(ctx, t.run.ID)
	}
	return again, err
}

// claim puts articles under the run. One that is there already as the run wants
// it may be under way, and is left alone.
func (t *firing) claim(ctx context.Context, todo []*store.Document, settings string) error {
	var rows []*store.Document
	for _, row := range todo {
		if row.Run == t.run.ID && row.Settings == settings && row.State == store.DocWaiting {
			continue
		}
		row.Run, row.Settings, row.State = t.run.ID, settings, store.DocWaiting
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return t.st.Documents.Put(ctx, rows...)
}

// engineFor is the engine that this firing's articles go to: the worker's, or
// its own.
func (t *firing) engineFor(ctx context.Context) (*jobs.Engine, func() error, error) {
	if t.engine != nil {
		t.begun(t.run.ID)
		return t.engine, func() error { return nil }, nil
	}
	worker := &articleWorker{env: t.env, cfg: t.cfg, st: t.st, patient: t.patient, health: &t.health}
	worker.events = t.asking(worker)
	engine, err := openEngine(ctx, t.cfg, worker.work, nil, t.say, t.run.ID)
	if err != nil {
		return nil, nil, err
	}
	return engine, func() error {
		return errors.Join(leaveEngine(ctx, engine, worker), worker.batches.Close())
	}, nil
}

// finished are the articles of the run that have ended.
func (t *firing) finished(ctx context.Context) []*store.Document {
	var rows []*store.Document
	for row, err := range t.st.Documents.List(ctx, t.collection, t.run.ID, store.DocDone, store.DocFlagged, store.DocFailed) {
		if err != nil {
			t.problem(err)
			break
		}
		rows = append(rows, row)
	}
	return rows
}

// endRun ends the run: every article of it has its deliveries, or is left to the
// next firing.
func (t *firing) endRun(ctx context.Context, ended func([]*store.Document)) error {
	rows := t.finished(ctx)
	planned, err := t.courier.Plan(ctx, rows...)
	if err != nil {
		return err
	}
	t.planned(planned)
	ended(nil) // to be delivered
	t.run.State, t.run.Ended = store.RunDone, t.env.now()
	return t.st.Runs.Update(ctx, t.run)
}

// count reads the account of the articles from their rows.
func (t *firing) count(ctx context.Context) error {
	a := &t.account
	a.Articles, a.Findings = map[store.DocState]int{}, map[pipeline.Severity]int{}
	a.Calls, a.Stored, a.Unpriced, a.Cost, a.Usage, a.Sinks = 0, 0, 0, nil, pipeline.Usage{Known: true}, nil
	a.Waiting, a.Failed = 0, nil
	for _, err := range t.st.Documents.List(ctx, t.collection, "", store.DocWaiting, store.DocStopped) {
		if err != nil {
			return err
		}
		a.Waiting++
	}
	if t.run.ID == "" {
		return nil
	}
	for row, err := range t.st.Documents.List(ctx, t.collection, t.run.ID, store.DocDone, store.DocFlagged, store.DocFailed, store.DocStopped) {
		if err != nil {
			return err
		}
		line := batch.LineOf(row)
		if row.State != store.DocStopped { // that one waits, is judged when it goes on, and was paid for so far
			a.Articles[row.State]++
			for severity, n := range line.Findings {
				a.Findings[severity] += n
			}
			if row.State == store.DocFailed {
				t.failed(line)
			}
			if err := t.countDeliveries(ctx, row); err != nil {
				return err
			}
		}
		a.Usage = a.Usage.Add(batch.AskedOf(row).Usage)
		a.Calls += line.Calls
		a.Stored += line.Stored
		a.Unpriced += line.Unpriced
		a.Pay(line.Cost...)
	}
	return nil
}

// countDeliveries adds where the version of an article stands with each sink.
func (t *firing) countDeliveries(ctx context.Context, row *store.Document) error {
	for d, err := range t.st.Deliveries.List(ctx, store.DeliveryFilter{Collection: t.collection, Document: row.ID}) {
		if err != nil {
			return err
		}
		if d.Version == row.Written {
			t.account.Deliver(d.Sink, d.State, 1)
		}
	}
	return nil
}
