package correct

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// desk proposes edits by sentence.
type desk map[string][]proposal

func (d desk) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	var user struct{ Sentences map[string]string }
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &user); err != nil {
		return nil, err
	}
	reply := map[string][]proposal{}
	for key, text := range user.Sentences {
		ps, ok := d[text]
		if ok && ps == nil {
			continue // leaves the key out
		}
		reply[key] = append([]proposal{}, ps...)
	}
	raw, err := json.Marshal(reply)
	return &llm.Response{Text: string(raw)}, err
}

func article(texts ...string) *pipeline.Article {
	a := &pipeline.Article{ID: "test", InLanguage: language.English, Body: []pipeline.Block{
		{ID: "d1", Kind: pipeline.Dateline, Sentences: []pipeline.Sentence{{ID: "d1s1", Text: "Monday, December 19 2016"}}},
	}}
	b := pipeline.Block{ID: "p1", Kind: pipeline.Paragraph}
	for i, text := range texts {
		b.Sentences = append(b.Sentences, pipeline.Sentence{ID: fmt.Sprintf("p1s%d", i+1), Text: text})
	}
	a.Body = append(a.Body, b)
	return a
}

func run(t *testing.T, d desk, art *pipeline.Article, decisions *pipeline.Decisions) Result {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), &ask.Asker{Client: d, Model: "m", Reuse: reuse.None{}}, set, art, check.Policy{Decisions: decisions})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

const spoke = "She told reporters, that he is safe."

func TestEditsAreAppliedAndTheTextIsAFunctionOfThem(t *testing.T) {
	d := desk{spoke: {
		{"told reporters,", "told reporters", "punctuation", "no comma before that"},
		{"is safe", "was safe", "grammar", "sequence of tenses"},
	}}
	art := article(spoke, "Nothing to mend here.")
	res := run(t, d, art, nil)
	if got, want := res.Corrected.First(pipeline.Paragraph), "She told reporters that he was safe. Nothing to mend here."; got != want {
		t.Errorf("got %q", got)
	}
	if got := Text(art, res.Edits).First(pipeline.Paragraph); got != res.Corrected.First(pipeline.Paragraph) {
		t.Errorf("Text gives %q", got)
	}
	for i, want := range []pipeline.State{pipeline.Kept, pipeline.Translated, pipeline.Translated} {
		if res.Units[i].State != want {
			t.Errorf("%s is %s", res.Units[i].ID, res.Units[i].State)
		}
	}
}

func TestProtectedTextIsProposedAndDecided(t *testing.T) {
	const said = "He reportedly fired 11 shots."
	d := desk{said: {{"11", "eight", "wordChoice", "the body says eight"}}}
	res := run(t, d, article(said), nil)
	if len(res.Edits) != 1 || res.Edits[0].State != pipeline.Proposed || res.Edits[0].Held == "" {
		t.Fatalf("%+v", res.Edits)
	}
	if got := res.Corrected.First(pipeline.Paragraph); got != said {
		t.Errorf("a proposal was applied: %q", got)
	}
	id := res.Edits[0].ID
	for state, want := range map[string]string{"accepted": "He reportedly fired eight shots.", "rejected": said} {
		res := run(t, d, article(said), &pipeline.Decisions{Edits: map[string]pipeline.Decision{id: {State: state}}})
		if got := res.Corrected.First(pipeline.Paragraph); got != want || string(res.Edits[0].State) != state {
			t.Errorf("%s: %q, %s", state, got, res.Edits[0].State)
		}
	}
}

func TestAnAppliedEditCanBeRejected(t *testing.T) {
	d := desk{spoke: {{"told reporters,", "told reporters", "punctuation", "no comma"}}}
	id := run(t, d, article(spoke), nil).Edits[0].ID
	res := run(t, d, article(spoke), &pipeline.Decisions{Edits: map[string]pipeline.Decision{id: {State: "rejected"}}})
	if got := res.Corrected.First(pipeline.Paragraph); got != spoke {
		t.Errorf("%q", got)
	}
}

func TestASentenceWithoutAnswerIsFailedAndStays(t *testing.T) {
	res := run(t, desk{spoke: nil}, article("A good one.", spoke), nil)
	u := res.Units[2]
	if u.State != pipeline.Failed || u.Note == "" || u.Target != "" {
		t.Errorf("%+v", u)
	}
	if got := res.Corrected.First(pipeline.Paragraph); !strings.HasSuffix(got, spoke) {
		t.Errorf("the sentence is lost: %q", got)
	}
}

func TestApplyIsExactAndSafe(t *testing.T) {
	at := func(start, end int, before, after string) pipeline.Edit {
		return pipeline.Edit{Span: pipeline.Span{Start: start, End: end}, Before: before, After: after, State: pipeline.Applied}
	}
	for _, tc := range []struct {
		name, text string
		edits      []pipeline.Edit
		want       string
	}{
		{"none", "in a back", nil, "in a back"},
		{"one", "in a back", []pipeline.Edit{at(3, 4, "a", "the")}, "in the back"},
		{"in any order", "a b c", []pipeline.Edit{at(4, 5, "c", "z"), at(0, 1, "a", "x")}, "x b z"},
		{"an insertion", "her voice loud", []pipeline.Edit{at(10, 10, "", "was ")}, "her voice was loud"},
		{"a deletion", "media, that", []pipeline.Edit{at(5, 6, ",", "")}, "media that"},
		{"the span holds something else", "in a back", []pipeline.Edit{at(3, 4, "x", "the")}, "in a back"},
		{"out of range", "short", []pipeline.Edit{at(3, 99, "rt", "")}, "short"},
		{"overlapping: the first stands", "abc", []pipeline.Edit{at(0, 2, "ab", "X"), at(1, 3, "bc", "Y")}, "Xc"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Apply(tc.text, tc.edits); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	proposed := at(0, 1, "a", "x")
	proposed.State = pipeline.Proposed
	if got := Apply("abc", []pipeline.Edit{proposed}); got != "abc" {
		t.Errorf("a proposal was applied: %q", got)
	}
}

func FuzzApply(f *testing.F) {
	f.Add("in a back", 3, 4, "the")
	f.Fuzz(func(t *testing.T, text string, start, end int, after string) {
		e := pipeline.Edit{Span: pipeline.Span{Start: start, End: end}, After: after, State: pipeline.Applied}
		if start >= 0 && start <= end && end <= len(text) {
			e.Before = text[start:end]
			if got := Apply(text, []pipeline.Edit{e}); got != text[:start]+after+text[end:] {
				t.Errorf("%q", got)
			}
			return
		}
		e.Before = "x"
		if got := Apply(text, []pipeline.Edit{e}); got != text {
			t.Errorf("%q", got)
		}
	})
}

func TestOneDoubtAboutEverySentenceIsNone(t *testing.T) {
	query := func(text, reason string) []proposal { return []proposal{{text, text, "query", reason}} }
	one, two, three := "The first one is here.", "The second one is there.", "The third one is nowhere."
	res := run(t, desk{one: query(one, "not English"), two: query(two, "not English"), three: query(three, "not English")}, article(one, two, three), nil)
	if len(res.Findings) != 1 || res.Findings[0].Severity != pipeline.Neutral || !strings.Contains(res.Findings[0].Message, "3 sentences") {
		t.Errorf("%+v", res.Findings)
	}
	res = run(t, desk{one: query(one, "who says so?"), two: query(two, "who says so?")}, article(one, two, three), nil)
	if len(res.Findings) != 2 || res.Findings[0].Severity != pipeline.Minor {
		t.Errorf("%+v", res.Findings)
	}
}
