package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// stops is what kept articles from their end.
type stops struct {
	fatal  error // for all of them: a cap, an outage
	broken error // for one: its job failed, in the state or by a bug
}

// mostTries is how often a firing is tried at most for an article whose job
// fails. A state that was away is back by then; what fails still is the
// article's, and is left to the next firing.
const mostTries = 5

// stopped notes what kept articles from their end, and says when the firing goes
// on, if it does.
func (t *firing) stopped(ctx context.Context, s stops) (again time.Duration, err error) {
	if err := cmp.Or(s.fatal, s.broken); err != nil { // what ends a run fails its other jobs
		t.problem(err)
	}
	switch {
	case outage(s.fatal):
		return t.away(ctx)
	case s.fatal == nil && s.broken != nil && t.row.Attempts < mostTries:
		return awayFirst, nil
	}
	return 0, nil
}

// The steps in which a firing looks whether its articles have ended.
const (
	firstLook = 50 * time.Millisecond
	mostLook  = 2 * time.Second
)

// await waits until every job has ended, in whatever process.
func (t *firing) await(ctx context.Context, engine *jobs.Engine, open map[string]bool, ended func([]*store.Document)) (all stops, err error) {
	seen := t.env.now()
	for every := firstLook; len(open) > 0; every = min(every*3/2, mostLook) {
		select {
		case <-ctx.Done():
			return all, context.Cause(ctx)
		case <-time.After(every):
		}
		rows, why, err := t.gather(ctx, engine, open)
		if err != nil {
			if ctx.Err() == nil && t.env.now().Sub(seen) < awayTime {
				continue
			}
			return all, err
		}
		seen = t.env.now()
		all.fatal, all.broken = cmp.Or(all.fatal, why.fatal), cmp.Or(all.broken, why.broken)
		if len(rows) > 0 {
			every = firstLook
			ended(rows)
		}
	}
	return all, nil
}

// gather takes the jobs that have ended out of open, and gives their articles
// with an end, and what stopped others.
func (t *firing) gather(ctx context.Context, engine *jobs.Engine, open map[string]bool) (rows []*store.Document, why stops, err error) {
	gone := maps.Clone(open) // one that is not there ended, and was pruned
	names := make([]string, 0, len(open))
	for id := range open {
		names = append(names, jobs.Job{Run: t.run.ID, Document: id}.ID())
	}
	infos, err := engine.Look(ctx, names...)
	if err != nil {
		return nil, why, err
	}
	notes := map[string]string{}
	for _, i := range infos {
		switch i.Status {
		case jobs.Queued, jobs.Running:
			delete(gone, i.Job.Document)
		case jobs.Failed, jobs.Cancelled:
			notes[i.Job.Document] = cmp.Or(i.Outcome.Note, string(i.Status))
		}
	}
	if len(gone) == 0 {
		return nil, why, nil
	}
	found, err := t.st.Documents.Get(ctx, t.collection, slices.Collect(maps.Keys(gone)), false)
	if err != nil {
		return nil, why, err
	}
	for id := range gone {
		delete(open, id)
		row := found[id]
		if row == nil {
			continue // purged meanwhile
		}
		if row.Run == t.run.ID && row.State.Final() {
			rows = append(rows, row)
			t.events.ArticleEnded(t.spec.Name, t.run.ID, id, row.State, nil)
			continue
		}
		if fatal := stopOf(row); fatal != nil {
			why.fatal = cmp.Or(why.fatal, fatal)
		} else if notes[id] != "" && why.broken == nil {
			why.broken = &pipeline.Error{Code: pipeline.Unavailable, Unit: id, Hint: "dragoman jobs list --run " + t.run.ID, Err: errors.New(notes[id])}
		}
	}
	return rows, why, nil
}

// stopOf is what stopped an article, from its account; nil where it has none.
func stopOf(row *store.Document) error {
	var result batch.Result
	if row.State != store.DocStopped || json.Unmarshal(row.Report, &result) != nil || result.Error == nil || result.Error.Code == "" {
		return nil
	}
	why, _, _ := strings.Cut(result.Error.Message, "\n") // many calls may have met it
	return &pipeline.Error{Code: result.Error.Code, Hint: result.Error.Hint, Err: errors.New(why)}
}
