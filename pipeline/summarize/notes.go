package summarize

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/llm"
	"dragoman/prompts"
)

// answerRoom is kept free for the rules and the answer, in tokens.
const answerRoom = 1800

// leastRoom is the smallest part worth reading, in tokens: a few sentences.
const leastRoom = 300

// condense reads an article beyond the model's context in parts, and puts the
// notes in the place of its sentences, each with its evidence. It repeats
// until the notes fit. A part whose notes are unusable keeps its sentences.
func (s *state) condense(ctx context.Context, room int) error {
	for range 4 {
		if size(s.parts) <= room {
			return nil
		}
		groups := s.groups(room)
		notes := make([][]part, len(groups))
		var g errgroup.Group
		for i, group := range groups {
			g.Go(func() (err error) {
				notes[i], err = s.notes(ctx, group)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		var next []part
		for _, n := range notes {
			next = append(next, n...)
		}
		if size(next) >= size(s.parts) {
			return nil // it does not get smaller: the endpoint has the last word
		}
		s.parts = next
	}
	return nil
}

func size(parts []part) int {
	n := 0
	for _, p := range parts {
		n += ask.Tokens(p.text) + 6
	}
	return n
}

// groups cuts the parts into lists that fit the room.
func (s *state) groups(room int) [][]part {
	var groups [][]part
	used := room
	for _, p := range s.parts {
		n := ask.Tokens(p.text) + 6
		if used+n > room {
			groups, used = append(groups, nil), 0
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], p)
		used += n
	}
	return groups
}

// notes asks for the notes of one group.
func (s *state) notes(ctx context.Context, group []part) ([]part, error) {
	prompt, err := s.Prompts.Get("summarize/notes")
	if err != nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: "summarize", Err: err}
	}
	object := make(prompts.Object, len(group))
	for i, p := range group {
		object[i] = prompts.Member{Key: fmt.Sprintf("s%d", i+1), Value: p.text}
	}
	local := &state{Job: s.Job, art: s.art, parts: group}
	var out []part
	err = s.insist(ctx, ask.Call{
		Stage: "summarize", Prompt: prompt, Values: map[string]any{"sentences": object}, Units: local.units(),
	}, false, func(resp *llm.Response) error {
		var reply struct{ Notes []sentence }
		if err := json.Unmarshal([]byte(resp.Text), &reply); err != nil {
			return err
		}
		out = nil
		for _, n := range reply.Notes {
			if x := local.sentence("", "", n); x.Text != "" && len(x.Evidence) > 0 {
				out = append(out, part{x.Text, x.Evidence})
			}
		}
		if len(out) == 0 {
			return fmt.Errorf("no note with evidence")
		}
		return nil
	})
	switch {
	case ask.Fatal(err):
		return nil, err
	case err != nil:
		return group, nil
	}
	return out, nil
}
