package main

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"sync"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// ahead is how many articles a batch submits beyond those that are worked on,
// so that workers never wait for it and its memory stays flat.
const ahead = 512

// lookEvery is how often a batch looks into the state for what other workers
// have finished.
const lookEvery = 2 * time.Second

// floor is a batch at work: what it has submitted, and what became of it.
type floor struct {
	*batchRun
	ctx    context.Context
	dir    *outDir
	st     *store.Store
	run    store.Run
	press  *press
	engine *jobs.Engine // nil until there is something to do
	board  *board

	mu     sync.Mutex
	open   map[string]bool // job ids submitted and not ended
	room   chan struct{}   // closed and replaced when one has ended
	fatal  error           // what ended the run early
	halted chan struct{}   // closed with it
	notes  []string
	twice  []batch.Problem // inputs with an id that was another's
}

// work selects, submits, waits, and reports.
func (b *batchRun) work(ctx context.Context, dir *outDir) (err error) {
	st, err := b.kept.store(ctx)
	if err != nil {
		return err
	}
	out, err := filepath.Abs(b.opts.Out)
	if err != nil {
		return badUsage("", "%w", err)
	}
	plan, err := b.plan.JSON()
	if err != nil {
		return err
	}
	f := &floor{
		batchRun: b, ctx: ctx, dir: dir, st: st, open: map[string]bool{}, room: make(chan struct{}), halted: make(chan struct{}),
		board: newBoard(b),
	}
	if f.run, _, err = st.Runs.Begin(ctx, b.collection, out, plan); err != nil {
		return err
	}
	defer f.board.close()
	patient := hearOut(ctx, graceTime, f.board.say)
	defer patient.close()
	f.press = &press{env: b.env, cfg: b.cfg, st: st, patient: patient, network: f.network, out: f.opts.Out, events: f.board.event, deliver: f.deliver, ended: f.stops}
	workErr := f.all(ctx)
	if f.engine != nil {
		workErr = errors.Join(workErr, leaveEngine(ctx, f.engine, f.press))
	}
	workErr = errors.Join(workErr, f.press.batches.Close())
	return f.report(ctx, workErr)
}

// all takes every article that is to be worked on to its end.
func (f *floor) all(ctx context.Context) error {
	f.board.total(f.census.Total())
	twins, err := f.feed(ctx)
	if err == nil {
		err = f.wait(ctx, 0)
	}
	// An article with the text of another waits for it: what it asks is
	// answered then.
	for len(twins) > 0 && err == nil {
		n := min(len(twins), ahead)
		if err = f.submit(ctx, twins[:n]); err == nil {
			err = f.wait(ctx, f.ahead())
		}
		twins = twins[n:]
	}
	if err == nil {
		err = f.wait(ctx, 0)
	}
	return err
}

// ahead is how many articles may be submitted and not ended.
func (f *floor) ahead() int {
	if f.cfg.Transport == config.Batch {
		return batchArticles + ahead
	}
	return ahead
}

// feed walks the inputs and submits what is to be worked on.
func (f *floor) feed(ctx context.Context) (twins []string, err error) {
	selection := f.selection(f.run.ID)
	selection.Present = func(folder string, size int64) bool {
		have, ok := f.dir.Size(filepath.ToSlash(filepath.Join(folder, "document.json")))
		return ok && have == size
	}
	for choices, err := range batch.Select(ctx, f.in, f.census, f.st.Documents, selection) {
		if err != nil {
			return nil, err
		}
		later, err := f.take(ctx, choices)
		if err != nil {
			return nil, err
		}
		twins = append(twins, later...)
		if err := f.wait(ctx, f.ahead()); err != nil {
			return nil, err
		}
	}
	return twins, nil
}

// take stores and submits one chunk of choices. It returns the ids of those
// that have the text of another.
func (f *floor) take(ctx context.Context, choices []batch.Choice) (twins []string, err error) {
	var rows []*store.Document
	var ids, again []string
	for _, c := range choices {
		f.board.chosen(c)
		switch {
		case c.Why == batch.Doubled:
			f.twice = append(f.twice, *batch.ProblemOf(c.Err))
		case c.Why == batch.Unreadable:
			rows = append(rows, c.Doc)
		case c.Why == batch.Rewrite:
			again = append(again, c.ID)
		case c.Why.Asks():
			if !c.Stands {
				rows = append(rows, c.Doc)
			}
			if c.Twin {
				twins = append(twins, c.ID)
			} else {
				ids = append(ids, c.ID)
			}
		}
	}
	if len(rows) > 0 {
		if err := f.st.Documents.Put(ctx, rows...); err != nil {
			return nil, err
		}
	}
	if err := f.rewrite(ctx, again); err != nil {
		return nil, err
	}
	return twins, f.submit(ctx, ids)
}

// submit hands articles to the engine, which is started with the first.
func (f *floor) submit(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := f.start(ctx); err != nil {
		return err
	}
	todo := make([]jobs.Job, len(ids))
	names := make([]string, len(ids))
	f.mu.Lock()
	for i, id := range ids {
		todo[i] = jobs.Job{Run: f.run.ID, Collection: f.collection, Document: id}
		names[i] = todo[i].ID()
		f.open[names[i]] = true
	}
	f.mu.Unlock()
	if err := f.engine.Submit(ctx, todo...); err != nil {
		return err
	}
	_, err := f.engine.Again(ctx, true, names...) // those that an earlier try ended
	return err
}

// start opens the engine.
func (f *floor) start(ctx context.Context) error {
	if f.engine != nil {
		return nil
	}
	if f.cfg.Transport == config.Batch {
		if _, err := f.press.viaBatches(); err != nil { // before any job is taken
			return err
		}
	}
	engine, err := openEngine(ctx, f.cfg, f.press.work, f.endedJob)
	if err != nil {
		return err
	}
	f.engine = engine
	return nil
}

// endedJob notes that a job of this process has ended.
func (f *floor) endedJob(info jobs.Info) {
	if info.Job.Run != f.run.ID {
		return
	}
	f.drop(info.ID)
	state := store.DocState(info.Outcome.State)
	f.board.done(state)
	if f.opts.FailFast && state == store.DocFailed {
		f.stops(f.run.ID, &pipeline.Error{Code: pipeline.BadOutput, Unit: info.Job.Document, Err: errors.New("no edition came of this article, and --fail-fast ends the run")})
	}
}

// drop makes room for another job.
func (f *floor) drop(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open[id] {
		return
	}
	delete(f.open, id)
	close(f.room)
	f.room = make(chan struct{})
}

// stops ends the run early.
func (f *floor) stops(run string, err error) {
	if run != f.run.ID {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fatal == nil {
		f.fatal = err
		close(f.halted)
	}
}

// wait waits until at most so many jobs are open. Its error says why the run
// cannot go on: a signal, a cap, an outage.
func (f *floor) wait(ctx context.Context, most int) error {
	for {
		f.mu.Lock()
		n, room := len(f.open), f.room
		f.mu.Unlock()
		if n <= most {
			return nil
		}
		select {
		case <-room:
		case <-f.halted:
			return f.fatal
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lookEvery):
			if err := f.gather(ctx); err != nil {
				return err
			}
		}
	}
}

// gather takes in what other workers have finished.
func (f *floor) gather(ctx context.Context) error {
	f.mu.Lock()
	ids := make([]string, 0, len(f.open))
	for id := range f.open {
		ids = append(ids, id[len(f.run.ID)+1:])
	}
	f.mu.Unlock()
	rows, err := f.st.Documents.Get(ctx, f.collection, ids, false)
	if err != nil {
		return err
	}
	var elsewhere []string
	for id, row := range rows {
		if row.Run != f.run.ID || !row.State.Final() {
			continue
		}
		if row.Written == "" && row.State != store.DocFailed {
			elsewhere = append(elsewhere, id)
			continue
		}
	}
	if err := f.rewrite(ctx, elsewhere); err != nil {
		return err
	}
	for _, id := range elsewhere {
		f.board.done(rows[id].State)
		f.drop(jobs.Job{Run: f.run.ID, Document: id}.ID())
	}
	return nil
}

// rewrite puts the files of articles that are done in their place: they are
// missing, or another worker made the edition.
func (f *floor) rewrite(ctx context.Context, ids []string) error {
	const portion = 16 // documents held at once
	for len(ids) > 0 {
		n := min(len(ids), portion)
		rows, err := f.st.Documents.Get(ctx, f.collection, ids[:n], true)
		if err != nil {
			return err
		}
		for _, row := range rows {
			doc, written, err := batch.Stored(row)
			if err != nil {
				return err
			}
			if _, err := f.deliver(row, doc); err != nil {
				return err
			}
			row.Written, row.Result, row.Article = written, nil, nil
			if err := f.st.Documents.Put(ctx, row); err != nil {
				return err
			}
		}
		ids = ids[n:]
	}
	return nil
}

// deliver writes the files of an article, whole or not at all. Articles of
// another batch are left to it.
func (f *floor) deliver(row *store.Document, doc *pipeline.Document) (done bool, err error) {
	if row.Collection != f.collection {
		return false, nil
	}
	if _, err := f.dir.Write(row.Folder, doc); err != nil {
		return false, &outputError{err}
	}
	return true, nil
}

// rows are the articles that this batch is about.
func (f *floor) rows(states ...store.DocState) iter.Seq2[*store.Document, error] {
	return func(yield func(*store.Document, error) bool) {
		for row, err := range f.st.Documents.List(context.WithoutCancel(f.ctx), f.collection, "", states...) {
			if err == nil && !f.census.Includes(row.ID) {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// report writes what became of the articles, ends the run where nothing is
// left of it, and returns what the command ends with.
func (f *floor) report(ctx context.Context, workErr error) error {
	ctx = context.WithoutCancel(ctx)
	f.board.close()
	gone, _, err := f.census.Gone(ctx, f.st.Documents, f.collection)
	if err != nil {
		return errors.Join(workErr, err)
	}
	spent, err := f.st.Purse.Spent(ctx, runAccount(f.run.ID))
	if err != nil {
		return errors.Join(workErr, err)
	}
	head := batch.Head{
		Run: f.run.ID, Collection: f.collection, Model: f.plan.Model, Started: f.run.Started, Ended: f.env.now(), Finished: workErr == nil,
		Spent: f.board.spent(spent), Ending: batch.ProblemOf(workErr), Doubled: f.twice, Gone: gone, Notes: append(f.notes, f.in.Notes()...),
	}
	totals, err := batch.WriteReport(f.dir.Dir, head, f.rows)
	if err != nil {
		return errors.Join(workErr, &outputError{err})
	}
	if workErr == nil && totals.States[store.DocStopped]+totals.States[store.DocWaiting] == 0 {
		f.run.State, f.run.Ended = store.RunDone, f.env.now()
		if err := f.st.Runs.Update(ctx, f.run); err != nil {
			return err
		}
	}
	return f.board.finish(head, totals, workErr)
}
