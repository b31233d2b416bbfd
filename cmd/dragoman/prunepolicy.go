package main

import (
	"context"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
)

// pruneEvery is how often a state is pruned by its policy, at most, by all
// processes on it together.
const pruneEvery = 24 * time.Hour

// pruneMark is where it stands when a state was last pruned: a row among those
// of sources, in a collection that no schedule has.
func pruneMark(looked time.Time) store.Source {
	return store.Source{Collection: "upkeep", Name: "prune", Looked: looked}
}

// prunePolicy prunes a state by its policy, unless that was done in the last
// day or another process is at it. A worker calls it now and then, and
// `schedule run` at its end. What it gives is what went; nil where it was not
// yet time.
func prunePolicy(ctx context.Context, cfg *config.Config, st *store.Store, now time.Time) ([]pruned, error) {
	if st.Keeper == nil {
		return nil, nil
	}
	mark := pruneMark(now)
	last, known, err := st.Sources.Load(ctx, mark.Collection, mark.Name)
	if err != nil || known && now.Sub(last.Looked) < pruneEvery && !last.Looked.After(now) {
		return nil, err
	}
	lock, err := st.Locks.Try(ctx, "prune")
	if err != nil || lock == nil {
		return nil, err
	}
	defer lock.Close()
	schedules, err := st.Schedules.List(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := policyRules(cfg, schedules)
	if err != nil {
		return nil, err
	}
	all := []pruned{}
	if len(rules) > 0 {
		if all, err = pruneBy(ctx, st, rules, now, false); err != nil {
			return all, err
		}
	}
	return all, st.Sources.Save(ctx, mark)
}
