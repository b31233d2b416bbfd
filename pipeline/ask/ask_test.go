package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// model answers each sentence by a function of its text and of how often it was
// asked, and counts.
type model struct {
	mu     sync.Mutex
	calls  []call
	asked  map[string]int
	answer func(text string, n int) string
	err    func(texts []string, n int) error // for the n-th call, from 0
	text   func(reply string, n int) string  // damages a whole reply
	stored map[string]*llm.Response          // a ledger by request
}

type call struct {
	texts       []string
	problems    map[string][]string
	temperature float64
	attempt     int
	stored      bool
}

func (m *model) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	var user struct {
		Sentences map[string]string
		Problems  map[string][]string
	}
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &user); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asked == nil {
		m.asked, m.stored = map[string]int{}, map[string]*llm.Response{}
	}
	key := fmt.Sprint(req.Messages, req.Temperature, req.Attempt)
	c := call{problems: user.Problems, temperature: req.Temperature, attempt: req.Attempt}
	if r, ok := m.stored[key]; ok {
		c.stored = true
		m.calls = append(m.calls, c)
		again := *r
		again.Stored = true
		return &again, nil
	}
	n := len(m.calls)
	var o prompts.Object
	for i := 1; ; i++ {
		key := fmt.Sprintf("s%d", i)
		text, ok := user.Sentences[key]
		if !ok {
			break
		}
		c.texts = append(c.texts, text)
		if a := m.answer(text, m.asked[text]); a != "<left out>" {
			o = append(o, prompts.Member{Key: key, Value: a})
		}
		m.asked[text]++
	}
	m.calls = append(m.calls, c)
	raw, _ := prompts.Encode(o)
	resp := &llm.Response{Text: string(raw), Model: req.Model, Usage: pipeline.Usage{Known: true}}
	if m.text != nil {
		resp.Text = m.text(resp.Text, n)
	}
	if m.err != nil {
		if err := m.err(c.texts, n); err != nil {
			switch pipeline.CodeOf(err) {
			case pipeline.Truncated, pipeline.BadOutput:
				return resp, err
			}
			return nil, err
		}
	}
	m.stored[key] = resp
	return resp, nil
}

// sent are the texts of the calls that were not answered from the ledger.
func (m *model) sent() [][]string {
	var out [][]string
	for _, c := range m.calls {
		if !c.stored {
			out = append(out, c.texts)
		}
	}
	return out
}

func upper(text string, _ int) string { return strings.ToUpper(text) }

// question asks for upper-case copies and finds every other answer wrong; an
// answer "bad" is critical.
func question(t *testing.T, texts ...string) Question[string] {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := set.Get("translate/article")
	var items []Item
	for i, text := range texts {
		items = append(items, Item{ID: fmt.Sprintf("p1s%d", i+1), Text: text})
	}
	return Question[string]{
		Stage: "translate", Lang: "ru", Prompt: p, Prefix: "s", Items: Neighbours(items),
		Settings: map[string]any{"to": "ru", "language": "Russian", "note": ""},
		Inputs: func(items []Item, keys []string) map[string]any {
			return map[string]any{"names": nil, "glossary": nil, "before": Before(items), "sentences": Sentences(items, keys)}
		},
		Judge: func(it Item, v string, _ func(string) (string, bool)) []pipeline.Finding {
			switch {
			case v == strings.ToUpper(it.Text):
				return nil
			case v == "bad":
				return []pipeline.Finding{{Severity: pipeline.Critical, Message: "bad"}}
			}
			return []pipeline.Finding{{Severity: pipeline.Major, Message: "not upper case"}}
		},
		Tokens: func(it Item) int { return len(it.Text) },
	}
}

func asker(m *model) *Asker { return &Asker{Client: m, Model: "m", Reuse: reuse.None{}} }

func texts(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("sentence %d", i)
	}
	return out
}

func TestAGoodAnswerCostsOneCall(t *testing.T) {
	m := &model{answer: upper}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(12)...))
	if err != nil || len(m.calls) != 1 || len(answers) != 12 {
		t.Fatalf("%d calls, %d answers, %v", len(m.calls), len(answers), err)
	}
	for id, a := range answers {
		if !a.OK || !a.Usable() || a.Reason != "" {
			t.Errorf("%s: %+v", id, a)
		}
	}
}

func TestOnlyFailingSentencesAreAskedAgainWithTheFindingQuoted(t *testing.T) {
	m := &model{answer: func(text string, n int) string {
		if text == "sentence 3" && n == 0 || text == "sentence 5" && n < 2 {
			return "wrong"
		}
		return upper(text, n)
	}}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(8)...))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.calls) != 3 {
		t.Fatalf("%d calls: %v", len(m.calls), m.sent())
	}
	if got := m.calls[1]; !slices.Equal(got.texts, []string{"sentence 3", "sentence 5"}) || !slices.Equal(got.problems["s1"], []string{"not upper case"}) || got.temperature != 0 {
		t.Errorf("first re-ask: %+v", got)
	}
	if got := m.calls[2]; !slices.Equal(got.texts, []string{"sentence 5"}) || got.temperature != Raise {
		t.Errorf("second re-ask: %+v", got)
	}
	for id, a := range answers {
		if !a.OK {
			t.Errorf("%s: %+v", id, a)
		}
	}
}

func TestASentenceThatIsAlwaysWrongCostsItsReasksAndEndsMarked(t *testing.T) {
	for _, tc := range []struct {
		answer        string
		given, usable bool
	}{
		{"wrong", true, true},
		{"bad", true, false},
		{"<left out>", false, false},
	} {
		t.Run(tc.answer, func(t *testing.T) {
			m := &model{answer: func(text string, n int) string {
				if text == "sentence 1" {
					return tc.answer
				}
				return upper(text, n)
			}}
			answers, err := Keyed(t.Context(), asker(m), question(t, texts(3)...))
			if err != nil || len(m.calls) != 3 {
				t.Fatalf("%d calls, %v", len(m.calls), err)
			}
			a := answers["p1s2"]
			if a.OK || a.Given != tc.given || a.Usable() != tc.usable || a.Reason == "" {
				t.Errorf("%+v", a)
			}
			if !answers["p1s1"].OK || !answers["p1s3"].OK {
				t.Error("the others suffered")
			}
		})
	}
}

func TestACutReplyGivesWhatWasClosedAndTheRestIsAskedInPieces(t *testing.T) {
	m := &model{
		answer: upper,
		text: func(reply string, n int) string {
			if n > 0 {
				return reply
			}
			return reply[:strings.Index(reply, `NCE 4`)]
		},
		err: func(_ []string, n int) error {
			if n == 0 {
				return &pipeline.Error{Code: pipeline.Truncated}
			}
			return nil
		},
	}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(12)...))
	if err != nil {
		t.Fatal(err)
	}
	var again []string
	for _, c := range m.calls[1:] {
		if len(c.texts) > MaxPiece {
			t.Errorf("a piece of %d", len(c.texts))
		}
		again = append(again, c.texts...)
	}
	slices.Sort(again)
	if len(again) != 8 || slices.Contains(again, "sentence 3") {
		t.Errorf("asked again: %v", again)
	}
	for id, a := range answers {
		if !a.OK {
			t.Errorf("%s: %+v", id, a)
		}
	}
}

func TestARequestBeyondTheContextIsHalved(t *testing.T) {
	m := &model{answer: upper, err: func(texts []string, _ int) error {
		if len(texts) > 3 {
			return &pipeline.Error{Code: pipeline.TooLong}
		}
		return nil
	}}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(10)...))
	if err != nil {
		t.Fatal(err)
	}
	for id, a := range answers {
		if !a.OK {
			t.Errorf("%s: %+v", id, a)
		}
	}
}

func TestChunksFitTheContextAndLoseNothing(t *testing.T) {
	for _, n := range []int{1, 2, 39, 40, 41, 400} {
		m := &model{answer: upper}
		a := asker(m)
		a.Context = 2000
		answers, err := Keyed(t.Context(), a, question(t, texts(n)...))
		if err != nil || len(answers) != n {
			t.Fatalf("%d: %d answers, %v", n, len(answers), err)
		}
		total := 0
		for _, c := range m.calls {
			total += len(c.texts)
			if len(c.texts) > MaxChunk {
				t.Errorf("%d: a chunk of %d", n, len(c.texts))
			}
		}
		if total != n {
			t.Errorf("%d: asked for %d", n, total)
		}
	}
}

func TestAFatalErrorEndsTheAskingAndNamesTheReason(t *testing.T) {
	m := &model{answer: upper, err: func(_ []string, n int) error {
		if n == 1 {
			return &pipeline.Error{Code: pipeline.Auth, Err: errors.New("401 bad key")}
		}
		return nil
	}}
	m.answer = func(text string, n int) string {
		if text == "sentence 0" {
			return "wrong"
		}
		return upper(text, n)
	}
	a := asker(m)
	answers, err := Keyed(t.Context(), a, question(t, texts(3)...))
	if pipeline.CodeOf(err) != pipeline.Auth || len(m.calls) != 2 {
		t.Fatalf("%v after %d calls", err, len(m.calls))
	}
	if a := answers["p1s1"]; a.OK || a.Reason == "" {
		t.Errorf("%+v", a)
	}
	if !answers["p1s2"].OK {
		t.Error("an answer that had passed is lost")
	}
	if _, err := Keyed(t.Context(), a, question(t, "another")); pipeline.CodeOf(err) != pipeline.Auth || len(m.calls) != 2 {
		t.Errorf("a call was sent after the end: %v", err)
	}
}

func TestSettledAnswersAreNotAskedAgain(t *testing.T) {
	store, err := reuse.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	m := &model{answer: func(text string, n int) string {
		if text == "sentence 2" {
			return "wrong"
		}
		return upper(text, n)
	}}
	run := func(afresh bool, texts ...string) map[string]Answer[string] {
		t.Helper()
		m.calls = nil
		a := asker(m)
		a.Reuse, a.Afresh = store, afresh
		answers, err := Keyed(t.Context(), a, question(t, texts...))
		if err != nil {
			t.Fatal(err)
		}
		return answers
	}
	list := texts(6)
	run(true, list...)
	t.Run("a failed sentence is not asked by a plain re-run", func(t *testing.T) {
		answers := run(false, list...)
		if len(m.calls) != 0 || answers["p1s3"].OK || answers["p1s3"].Value != "wrong" {
			t.Errorf("%d calls, %+v", len(m.calls), answers["p1s3"])
		}
	})
	t.Run("and is asked afresh, alone, by a run", func(t *testing.T) {
		for range 3 {
			run(true, list...)
			if sent := m.sent(); len(sent) != 1 || !slices.Equal(sent[0], []string{"sentence 2"}) {
				t.Errorf("sent %v", sent)
			}
		}
	})
	t.Run("a changed sentence costs one sentence", func(t *testing.T) {
		changed := slices.Clone(list)
		changed[4] = "a new one"
		run(false, changed...)
		if sent := m.sent(); len(sent) != 1 || !slices.Equal(sent[0], []string{"a new one"}) {
			t.Errorf("sent %v", sent)
		}
	})
	t.Run("once healed it stays", func(t *testing.T) {
		m.answer = upper
		if answers := run(true, list...); !answers["p1s3"].OK {
			t.Errorf("%+v", answers["p1s3"])
		}
		if run(true, list...); len(m.calls) != 0 {
			t.Errorf("%d calls", len(m.calls))
		}
	})
}

func TestStepsTellEveryCall(t *testing.T) {
	m := &model{answer: upper}
	a := asker(m)
	var events []pipeline.Event
	var mu sync.Mutex
	a.Events = func(e pipeline.Event) { mu.Lock(); events = append(events, e); mu.Unlock() }
	if _, err := Keyed(t.Context(), a, question(t, texts(2)...)); err != nil {
		t.Fatal(err)
	}
	steps := a.Steps()
	if len(steps) != 1 || steps[0].Prompt != "translate/article@1" || !slices.Equal(steps[0].Units, []string{"p1s1", "p1s2"}) {
		t.Errorf("%+v", steps)
	}
	if len(events) != 3 || events[0].Type != "started" || events[2].Done != 2 {
		t.Errorf("%+v", events)
	}
}

// A value that failed only because of its neighbour's bad one is judged again,
// for nothing, when the neighbour is mended.
func TestWhatFailedBesideABadNeighbourIsJudgedOnceMore(t *testing.T) {
	bad := true
	m := &model{answer: func(text string, n int) string {
		if text == "sentence 1" && bad {
			return "wrong"
		}
		return upper(text, n)
	}}
	store, err := reuse.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	run := func() map[string]Answer[string] {
		t.Helper()
		q := question(t, texts(3)...)
		alone := q.Judge
		q.Judge = func(it Item, v string, other func(string) (string, bool)) []pipeline.Finding {
			if n, _ := other("p1s2"); it.ID == "p1s3" && n == "wrong" {
				return []pipeline.Finding{{Severity: pipeline.Major, Message: "stands beside a bad one"}}
			}
			return alone(it, v, other)
		}
		a := asker(m)
		a.Reuse, a.Afresh = store, true
		answers, err := Keyed(t.Context(), a, q)
		if err != nil {
			t.Fatal(err)
		}
		return answers
	}
	if answers := run(); answers["p1s3"].OK {
		t.Fatal("the neighbour was not blamed, so the test tests nothing")
	}
	bad, m.calls = false, nil
	for id, a := range run() {
		if !a.OK {
			t.Errorf("%s: %+v", id, a)
		}
	}
	m.calls = nil
	if run(); len(m.calls) != 0 {
		t.Errorf("%d calls in a run that had nothing to heal", len(m.calls))
	}
}
