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

// awayTime is how long the state may not answer while a batch waits: a database
// server that restarts is back by then.
const awayTime = time.Minute

// batchWork is a batch at work: what it has submitted, and what became of it.
type batchWork struct {
	*batchRun
	ctx     context.Context
	dir     *outDir
	st      *store.Store
	run     store.Run
	worker  *articleWorker
	engine  *jobs.Engine // nil until there is something to do
	display *batchDisplay

	mu       sync.Mutex
	open     map[string]bool // job ids submitted and not ended
	room     chan struct{}   // closed and replaced when one has ended
	fatal    error           // what ended the run early
	halted   chan struct{}   // closed with it
	seen     time.Time       // when the state was last looked into
	failed   error           // why an article is left without an end, where the run went on
	notes    []string
	paused   bool            // it was said that jobs are paused
	settings string          // of the plan
	over     []string        // runs that this one takes the place of
	twice    []batch.Problem // inputs with an id that was another's
}

// work selects, submits, waits, and reports.
func (b *batchRun) work(ctx context.Context, dir *outDir) (err error) {
	collectSeldom()
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
	f := &batchWork{
		batchRun: b, ctx: ctx, dir: dir, st: st, open: map[string]bool{}, room: make(chan struct{}), halted: make(chan struct{}),
		display: newBatchDisplay(b), settings: b.plan.Settings(),
	}
	over, err := f.supersede(ctx)
	if err != nil {
		return err
	}
	if f.run, _, err = st.Runs.Begin(ctx, b.collection, out, plan); err != nil {
		return err
	}
	spent, err := st.Purse.Spent(ctx, runAccount(f.run.ID))
	if err != nil {
		return err
	}
	f.over, f.display.run = over, f.run.ID
	f.display.begin(f.census.Total(), spent)
	defer f.display.close()
	patient := hearOut(ctx, graceTime, f.display.say)
	defer patient.close()
	f.worker = &articleWorker{env: b.env, cfg: b.cfg, st: st, patient: patient, network: f.network, out: f.opts.Out, events: f.display.event, deliver: f.deliver, ended: f.stops}
	workErr := f.all(ctx)
	if workErr != nil && ctx.Err() != nil {
		workErr = context.Cause(ctx) // whatever it met on its way out
	}
	if workErr == nil {
		workErr = f.failed
	}
	if f.engine != nil {
		workErr = errors.Join(workErr, leaveEngine(ctx, f.engine, f.worker))
	}
	workErr = errors.Join(workErr, f.worker.batches.Close())
	return f.report(ctx, workErr)
}

// supersede ends the open runs of this output folder that were planned with
// other settings: their articles are to be made anew, and this batch has its own
// run. So it does where texts are not stored, since what a run had went with
// its process. It gives their ids.
func (f *batchWork) supersede(ctx context.Context) (over []string, err error) {
	runs, err := f.st.Runs.List(ctx, store.RunFilter{Collection: f.collection, State: store.RunOpen})
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if plan, err := batch.ReadPlan(run.Plan); err == nil && plan.Settings() == f.settings && !plan.NoStoreText && !f.plan.NoStoreText {
			continue
		}
		run.State, run.Ended = store.RunDone, f.env.now()
		if err := f.st.Runs.Update(ctx, run); err != nil {
			return nil, err
		}
		over = append(over, run.ID)
	}
	return over, nil
}

// cancelOver takes the jobs of superseded runs out of the queue.
func (f *batchWork) cancelOver(ctx context.Context) error {
	for _, run := range f.over {
		for _, status := range []jobs.Status{jobs.Queued, jobs.Running} {
			d := &jobAdmin{engine: f.engine}
			var ids []string
			if err := d.each(ctx, jobs.Filter{Run: run, Status: status}, 0, func(i jobs.Info) error {
				ids = append(ids, i.ID)
				return nil
			}); err != nil {
				return err
			}
			if err := f.engine.Cancel(ctx, ids...); err != nil {
				return err
			}
		}
		if err := f.engine.Forget(ctx, run); err != nil {
			return err
		}
	}
	f.over = nil
	return nil
}

// all takes every article that is to be worked on to its end.
func (f *batchWork) all(ctx context.Context) error {
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
func (f *batchWork) ahead() int {
	if f.cfg.Transport == config.Batch {
		return batchArticles + ahead
	}
	return ahead
}

// feed walks the inputs and submits what is to be worked on.
func (f *batchWork) feed(ctx context.Context) (twins []string, err error) {
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
func (f *batchWork) take(ctx context.Context, choices []batch.Choice) (twins []string, err error) {
	var rows []*store.Document
	var ids, again []string
	anew := map[string]*store.Document{}
	for _, c := range choices {
		f.display.chosen(c)
		switch {
		case c.Why == batch.Doubled:
			f.twice = append(f.twice, *batch.ProblemOf(c.Err))
		case c.Why == batch.Unreadable:
			rows = append(rows, c.Doc)
		case c.Why == batch.Rewrite:
			again = append(again, c.ID)
			anew[c.ID] = c.Anew
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
	lost, err := f.rewrite(ctx, again)
	if err != nil {
		return nil, err
	}
	for _, id := range lost {
		f.display.unskip()
		rows, ids = append(rows, anew[id]), append(ids, id)
	}
	if len(rows) > 0 {
		if err := f.st.Documents.Put(ctx, rows...); err != nil {
			return nil, err
		}
	}
	return twins, f.submit(ctx, ids)
}

// submit hands articles to the engine, which is started with the first.
func (f *batchWork) submit(ctx context.Context, ids []string) error {
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
func (f *batchWork) start(ctx context.Context) error {
	if f.engine != nil {
		return nil
	}
	if f.cfg.Transport == config.Batch {
		if _, err := f.worker.viaBatches(); err != nil { // before any job is taken
			return err
		}
	}
	engine, err := openEngine(ctx, f.cfg, f.worker.work, f.endedJob, f.display.say, f.run.ID)
	if err != nil {
		return err
	}
	f.engine = engine
	return f.cancelOver(ctx)
}

// deliver writes the files of an article, whole or not at all. Articles of
// another batch are left to it.
func (f *batchWork) deliver(row *store.Document, doc *pipeline.Document) (done bool, err error) {
	if row.Collection != f.collection {
		return false, nil
	}
	if _, err := f.dir.Write(row.Folder, doc); err != nil {
		return false, &outputError{err}
	}
	return true, nil
}

// rows are the articles that this batch is about.
func (f *batchWork) rows(states ...store.DocState) iter.Seq2[*store.Document, error] {
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
func (f *batchWork) report(ctx context.Context, workErr error) error {
	ctx = context.WithoutCancel(ctx)
	f.display.close()
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
		Spent: f.display.spent(spent), Ending: batch.ProblemOf(workErr), Doubled: f.twice, Gone: gone, Notes: append(f.notes, f.in.Notes()...),
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
	return f.display.finish(head, totals, workErr)
}
