package store

import (
	"fmt"
	"slices"

	"dragoman/pipeline"
)

// Undecided is the state of a given decision that takes an earlier one back.
const Undecided = "open"

// KnownDecisions checks the states of decisions that were kept. A state of
// another program is an error of code Unavailable: an editor's word is not
// thrown away.
func KnownDecisions(d *pipeline.Decisions) error {
	for _, of := range []struct {
		ids    map[string]pipeline.Decision
		states []string
	}{
		{d.Edits, []string{"accepted", "rejected"}},
		{d.Findings, []string{"waived"}},
	} {
		for id, decided := range of.ids {
			if !slices.Contains(of.states, decided.State) {
				return &pipeline.Error{
					Code: pipeline.Unavailable, Hint: "it was written by another program, or is damaged; nothing was changed",
					Err: fmt.Errorf("the kept decision on %s has the unknown state %q", id, decided.State),
				}
			}
		}
	}
	return nil
}

// Merged puts later decisions over earlier ones; either may be nil.
func Merged(earlier, later *pipeline.Decisions) *pipeline.Decisions {
	if earlier == nil && later == nil {
		return nil
	}
	all := &pipeline.Decisions{Edits: map[string]pipeline.Decision{}, Findings: map[string]pipeline.Decision{}}
	for _, d := range []*pipeline.Decisions{earlier, later} {
		if d == nil {
			continue
		}
		overlay(all.Edits, d.Edits)
		overlay(all.Findings, d.Findings)
	}
	return all
}

func overlay(onto, over map[string]pipeline.Decision) {
	for id, d := range over {
		if d.State == Undecided {
			delete(onto, id)
			continue
		}
		onto[id] = d
	}
}
