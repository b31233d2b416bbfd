package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// endedJob notes that a job has ended, in this process or in another.
func (f *batchWork) endedJob(info jobs.Info) {
	if info.Job.Run != f.run.ID || !f.drop(info.ID) {
		return
	}
	state := store.DocState(info.Outcome.State)
	var row *store.Document
	if f.opts.JSON || state != store.DocDone {
		row = f.rowOf(info)
	}
	f.display.done(state, row)
	switch {
	case f.opts.FailFast && state == store.DocFailed:
		f.stops(f.run.ID, &pipeline.Error{Code: pipeline.BadOutput, Unit: info.Job.Document, Err: errors.New("no edition came of this article, and --fail-fast ends the run")})
	case info.Status == jobs.Failed && state == "":
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.failed == nil {
			f.failed = &pipeline.Error{
				Code: pipeline.Unavailable, Unit: info.Job.Document, Err: errors.New(info.Outcome.Note),
				Hint: "the same command again takes on what is not done",
			}
		}
	}
}

// rowOf is the row of a job's article, for what is told of it; nil where it
// cannot be had.
func (f *batchWork) rowOf(info jobs.Info) *store.Document {
	rows, err := f.st.Documents.Get(context.WithoutCancel(f.ctx), f.collection, []string{info.Job.Document}, false)
	if err != nil {
		return nil
	}
	return rows[info.Job.Document]
}

// drop makes room for another job. It reports whether the job was open.
func (f *batchWork) drop(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open[id] {
		return false
	}
	delete(f.open, id)
	close(f.room)
	f.room = make(chan struct{})
	return true
}

// stops ends the run early.
func (f *batchWork) stops(run string, err error) {
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
func (f *batchWork) wait(ctx context.Context, most int) error {
	f.seen = f.env.now()
	for {
		f.mu.Lock()
		n, room, fatal := len(f.open), f.room, f.fatal
		f.mu.Unlock()
		if fatal != nil || n <= most {
			return fatal
		}
		select {
		case <-room:
		case <-f.halted:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lookEvery):
			f.tellPause(ctx)
			switch err := f.gather(ctx); {
			case err == nil:
				f.seen = f.env.now()
			case f.env.now().Sub(f.seen) > awayTime:
				return err
			}
		}
	}
}

// tellPause says once that the jobs are paused.
func (f *batchWork) tellPause(ctx context.Context) {
	paused, err := f.engine.Paused(ctx)
	if err == nil && paused && !f.paused {
		f.display.say("the jobs are paused; dragoman jobs resume lets them go on")
	}
	f.paused = err == nil && paused
}

// gather takes in what other workers have finished, and what was cancelled
// before anybody had it.
func (f *batchWork) gather(ctx context.Context) error {
	f.mu.Lock()
	names := make([]string, 0, len(f.open))
	for name := range f.open {
		names = append(names, name)
	}
	f.mu.Unlock()
	infos, err := f.engine.Look(ctx, names...)
	if err != nil {
		return err
	}
	ended := map[string]jobs.Info{} // by document
	for _, name := range names {    // one that is not there ended, and was pruned
		job := jobs.Job{Run: f.run.ID, Collection: f.collection, Document: name[len(f.run.ID)+1:]}
		ended[job.Document] = jobs.Info{ID: name, Job: job, Status: jobs.Done}
	}
	for _, i := range infos {
		ended[i.Job.Document] = i
		if i.Status == jobs.Queued || i.Status == jobs.Running {
			delete(ended, i.Job.Document)
		}
	}
	ids := slices.Collect(maps.Keys(ended))
	rows, err := f.st.Documents.Get(ctx, f.collection, ids, false)
	if err != nil {
		return err
	}
	var elsewhere []string
	for id, row := range rows {
		if row.Run == f.run.ID && row.Written == "" && row.Settings == f.settings && (row.State == store.DocDone || row.State == store.DocFlagged) {
			elsewhere = append(elsewhere, id)
		}
	}
	lost, err := f.rewrite(ctx, elsewhere)
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		return &pipeline.Error{Code: pipeline.Unavailable, Unit: lost[0], Err: errors.New("the edition that another worker made is not in the state"), Hint: "run the batch again"}
	}
	for id, info := range ended {
		row := rows[id]
		if row != nil && row.State == store.DocStopped {
			f.stoppedElsewhere(info, row)
		}
		if row != nil && info.Outcome.State == "" && info.Status == jobs.Done {
			info.Outcome.State = string(row.State)
		}
		f.endedJob(info)
	}
	return nil
}

// stoppedElsewhere ends the run where another worker met what ends it: a cap,
// an outage.
func (f *batchWork) stoppedElsewhere(info jobs.Info, row *store.Document) {
	if why := stopOf(row); info.Status == jobs.Failed && why != nil {
		f.stops(f.run.ID, why)
	}
}

// rewrite puts the files of articles that are done in their place: they are
// missing, or another worker made the edition. It gives those whose edition is
// not in the state any more.
func (f *batchWork) rewrite(ctx context.Context, ids []string) (lost []string, err error) {
	const portion = 16 // documents held at once
	for len(ids) > 0 {
		n := min(len(ids), portion)
		rows, err := f.st.Documents.Get(ctx, f.collection, ids[:n], true)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if len(row.Result) == 0 {
				lost = append(lost, row.ID)
				continue
			}
			doc, written, err := batch.Stored(row)
			if err != nil {
				return nil, err
			}
			if _, err := f.deliver(row, doc); err != nil {
				return nil, err
			}
			row.Written, row.Result, row.Article = written, nil, nil
			if err := f.st.Documents.Put(ctx, row); err != nil {
				return nil, err
			}
		}
		ids = ids[n:]
	}
	return lost, nil
}
