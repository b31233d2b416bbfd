package summarize

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// reading is the state of a summary of n sentences, before it is condensed.
func reading(t *testing.T, a *answerer, n int) *state {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	s := &state{Job: Job{Ask: &ask.Asker{Client: a, Model: "m", Reuse: reuse.None{}}, Prompts: set}, art: article(story...)}
	for i := range n {
		s.parts = append(s.parts, part{fmt.Sprintf("Item %d: %s", i+1, story[i%len(story)]), []string{fmt.Sprintf("p%ds1", i+1)}})
	}
	return s
}

func covered(parts []part) map[string]bool {
	ids := map[string]bool{}
	for _, p := range parts {
		for _, id := range p.evidence {
			ids[id] = true
		}
	}
	return ids
}

// noteOf all of a request's sentences in one, with so many words.
func noteOf(u user, n int) string {
	x := sentence{Text: nWords(n, "Note")}
	for i := range len(u.Sentences) {
		x.Evidence = append(x.Evidence, fmt.Sprintf("s%d", i+1))
	}
	return string(mustJSON2(map[string]any{"notes": []sentence{x}}))
}

func TestWhatFitsIsNotCondensed(t *testing.T) {
	a := &answerer{}
	s := reading(t, a, 10)
	before := slices.Clone(s.parts)
	if err := s.condense(t.Context(), size(s.parts)); err != nil || len(a.asked) != 0 || fmt.Sprint(s.parts) != fmt.Sprint(before) {
		t.Errorf("%v after %v", err, a.asked)
	}
}

// Notes of notes still name the article's own sentences, all of them.
func TestCondensingConvergesAndKeepsTheEvidence(t *testing.T) {
	for _, room := range []int{1200, 600, 300} {
		a := &answerer{give: func(u user, _ int) (*llm.Response, error) { return says(noteOf(u, 12)) }}
		s := reading(t, a, 200)
		if err := s.condense(t.Context(), room); err != nil {
			t.Fatal(err)
		}
		if size(s.parts) > room {
			t.Errorf("room %d: %d tokens are left", room, size(s.parts))
		}
		if n := len(covered(s.parts)); n != 200 {
			t.Errorf("room %d: the notes rest on %d of 200 sentences", room, n)
		}
		for _, u := range a.users {
			n := 0
			for _, text := range u.Sentences {
				n += ask.Tokens(text) + 6
			}
			if n > room && len(u.Sentences) > 1 {
				t.Errorf("room %d: a part of %d tokens", room, n)
			}
		}
	}
}

// Notes that are no shorter than what they are about help nobody: the
// sentences stay, and no more is asked.
func TestCondensingStopsWhereItDoesNotGetSmaller(t *testing.T) {
	a := &answerer{give: func(u user, _ int) (*llm.Response, error) { return says(noteOf(u, 900)) }}
	s := reading(t, a, 100)
	before := fmt.Sprint(s.parts)
	if err := s.condense(t.Context(), 700); err != nil || fmt.Sprint(s.parts) != before {
		t.Errorf("%v, %d parts", err, len(s.parts))
	}
	if groups := len(s.groups(700)); len(a.asked) != groups {
		t.Errorf("%d calls for %d parts", len(a.asked), groups)
	}
}

// A part whose notes are unusable keeps its sentences.
func TestNotesThatCannotBeUsed(t *testing.T) {
	for name, bad := range map[string]string{
		"no JSON":            "Sure!",
		"no notes":           `{"notes":[]}`,
		"another shape":      `{"notes":"none"}`,
		"without evidence":   `{"notes":[{"text":"The port.","evidence":[]}]}`,
		"without text":       `{"notes":[{"text":"  ","evidence":["s1"]}]}`,
		"refused":            "",
		"another task's key": `{"long":[{"text":"The port.","evidence":["s1"]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
				if !strings.HasPrefix(u.Sentences["s1"], "Item 1:") {
					return says(noteOf(u, 5))
				}
				if bad == "" {
					return nil, &pipeline.Error{Code: pipeline.Refused}
				}
				return says(bad)
			}}
			s := reading(t, a, 60)
			first := s.groups(900)[0]
			if err := s.condense(t.Context(), 900); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(s.parts[:len(first)]); got != fmt.Sprint(first) {
				t.Errorf("the first part became %s", got)
			}
			if n := len(covered(s.parts)); n != 60 {
				t.Errorf("%d sentences are left", n)
			}
			warm := 0
			for _, call := range a.asked {
				if strings.HasSuffix(call, "0.4/0") {
					warm++
				}
			}
			if warm == 0 {
				t.Errorf("asked once only: %v", a.asked)
			}
		})
	}
}

func TestAnOutageWhileCondensingEndsTheStage(t *testing.T) {
	a := &answerer{give: func(user, int) (*llm.Response, error) {
		return nil, &pipeline.Error{Code: pipeline.Auth, Err: errors.New("bad key")}
	}}
	s := reading(t, a, 60)
	if err := s.condense(t.Context(), 900); pipeline.CodeOf(err) != pipeline.Auth {
		t.Errorf("%v", err)
	}
}

func TestGroupsLoseNothing(t *testing.T) {
	s := reading(t, &answerer{}, 57)
	for _, room := range []int{1, 50, 300, 900, 100_000} {
		var joined []part
		for _, g := range s.groups(room) {
			if len(g) == 0 || size(g) > room && len(g) > 1 {
				t.Errorf("room %d: a group of %d, %d tokens", room, len(g), size(g))
			}
			joined = append(joined, g...)
		}
		if fmt.Sprint(joined) != fmt.Sprint(s.parts) {
			t.Errorf("room %d: %d of %d sentences", room, len(joined), len(s.parts))
		}
	}
	if got := (&state{}).groups(100); got != nil {
		t.Errorf("groups of nothing: %v", got)
	}
}
