package sqldb

import (
	"context"
	"encoding/json"
	"errors"

	"dragoman/cmd/internal/store"
)

// runs keeps batch runs.
type runs struct{ db *DB }

const runColumns = "id, collection, out, plan, state, started, ended"

// Begin goes on with the open run of a collection, or opens one. See
// [store.Runs].
func (t *runs) Begin(ctx context.Context, collection, out string, plan json.RawMessage) (run store.Run, resumed bool, err error) {
	id, started := "r-"+randomID(6), t.db.now()
	err = t.db.write(ctx, "beginning a run", func(ctx context.Context, s *session) error {
		run, resumed = store.Run{ID: id, Collection: collection, Out: out, Plan: plan, State: store.RunOpen, Started: moment(stamp(started))}, false
		for {
			n, err := s.exec(ctx, "INSERT INTO runs ("+runColumns+") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				id, text(collection), text(out), plain(plan), string(store.RunOpen), stamp(started), 0)
			if err != nil || n == 1 {
				return err
			}
			open, err := scanRun(func(into ...any) error {
				return s.row(ctx, "UPDATE runs SET out = ?, plan = ? WHERE collection = ? AND state = ? RETURNING "+runColumns,
					[]any{text(out), plain(plan), text(collection), string(store.RunOpen)}, into)
			})
			if errors.Is(err, errNoRow) {
				continue // it ended just now
			}
			run, resumed = open, open.ID != id // else the try whose connection was lost
			return err
		}
	})
	return run, resumed, err
}

// Update changes a stored run. See [store.Runs].
func (t *runs) Update(ctx context.Context, run store.Run) error {
	return t.db.write(ctx, "storing the run", func(ctx context.Context, s *session) error {
		n, err := s.exec(ctx, "UPDATE runs SET plan = ?, state = ?, ended = ? WHERE id = ?",
			plain(run.Plan), string(run.State), stamp(run.Ended), text(run.ID))
		if err == nil && n == 0 {
			return invalid("dragoman jobs list", "there is no run %s", run.ID)
		}
		return err
	})
}

// List gives the runs, newest first. See [store.Runs].
func (t *runs) List(ctx context.Context, f store.RunFilter) ([]store.Run, error) {
	where, args := "", []any{}
	for _, column := range []struct{ name, value string }{{"id", f.ID}, {"collection", f.Collection}, {"state", string(f.State)}} {
		if column.value != "" {
			where, args = where+" AND "+column.name+" = ?", append(args, text(column.value))
		}
	}
	query := "SELECT " + runColumns + " FROM runs WHERE 1 = 1" + where + " ORDER BY started DESC, id DESC LIMIT ?"
	return listed(ctx, t.db, "listing the runs", query, append(args, limit(f.Limit)), scanRun)
}

func scanRun(scan func(...any) error) (store.Run, error) {
	var r store.Run
	var plan []byte
	var state string
	var started, ended int64
	err := scan((*text)(&r.ID), (*text)(&r.Collection), (*text)(&r.Out), &plan, &state, &started, &ended)
	r.Plan, r.State = plan, store.RunState(state)
	if len(plan) == 0 {
		r.Plan = nil
	}
	r.Started, r.Ended = moment(started), moment(ended)
	return r, err
}
