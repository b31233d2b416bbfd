package main

import (
	"context"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// decisions are what holds for a run: what was decided earlier, and over it what
// the file of --decisions says, which is remembered from now on. A replay and
// the pseudo model have no state: there the file alone holds.
func decisions(ctx context.Context, kept *keeping, opts runOptions, given *pipeline.Decisions) (*pipeline.Decisions, error) {
	if opts.Replay != "" || opts.Pseudo {
		return store.Merged(nil, given), nil
	}
	nothing := given == nil || len(given.Edits)+len(given.Findings) == 0
	if nothing && !kept.exists() {
		return nil, nil
	}
	st, err := kept.store(ctx)
	if err != nil {
		return nil, err
	}
	if nothing {
		return st.Decisions.Recall(ctx)
	}
	return st.Decisions.Remember(ctx, given)
}
