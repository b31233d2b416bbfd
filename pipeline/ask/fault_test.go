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

// memory is a store that keeps each batch apart.
type memory struct {
	reuse.None
	mu      sync.Mutex
	batches [][]reuse.Entry
	findErr error
	putErr  error
}

func (s *memory) Find(stage, lang, key string) ([]reuse.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []reuse.Entry
	for _, b := range s.batches {
		for _, e := range b {
			if e.Stage == stage && e.Lang == lang && e.Key == key {
				out = append(out, e)
			}
		}
	}
	return out, s.findErr
}

func (s *memory) Put(entries []reuse.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.putErr == nil {
		s.batches = append(s.batches, slices.Clone(entries))
	}
	return s.putErr
}

// client answers by a function.
type client func(n int, sentences map[string]string, problems map[string][]string) (*llm.Response, error)

func (f client) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	var user struct {
		Sentences map[string]string
		Problems  map[string][]string
	}
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &user); err != nil {
		return nil, err
	}
	return f(req.Attempt, user.Sentences, user.Problems)
}

// Each class of error: whether it ends the asking, and whether what failed is
// remembered as the model's own failure.
func TestWhatEachClassOfErrorDoes(t *testing.T) {
	for _, tc := range []struct {
		code  pipeline.Code
		fatal bool
		calls int // for three sentences that never come
		kept  bool
		says  string
	}{
		{pipeline.Auth, true, 1, false, "no answer"},
		{pipeline.Quota, true, 1, false, "no answer"},
		{pipeline.Budget, true, 1, false, "no answer"},
		{pipeline.Unavailable, true, 1, false, "no answer"},
		{pipeline.RateLimit, true, 1, false, "no answer"},
		{pipeline.Invalid, true, 1, false, "no answer"},
		{"", true, 1, false, "no answer"},
		{pipeline.Refused, false, 5, true, "the model refused to answer"},
		{pipeline.Truncated, false, 5, true, "the answer was cut off"},
		{pipeline.BadOutput, false, 5, true, "the answer could not be read: no answer"},
	} {
		t.Run(string(tc.code), func(t *testing.T) {
			var failure error = &pipeline.Error{Code: tc.code, Err: errors.New("no answer\nat all")}
			if tc.code == "" {
				failure = errors.New("no answer\nat all")
			}
			var mu sync.Mutex
			calls := 0
			store := &memory{}
			a := &Asker{Model: "m", Reuse: store, Client: client(func(int, map[string]string, map[string][]string) (*llm.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				calls++
				return nil, failure
			})}
			answers, err := Keyed(t.Context(), a, question(t, texts(3)...))
			if (err != nil) != tc.fatal || Fatal(failure) != tc.fatal {
				t.Errorf("error %v", err)
			}
			if tc.fatal && !errors.Is(err, failure) {
				t.Errorf("another error: %v", err)
			}
			if calls != tc.calls {
				t.Errorf("%d calls", calls)
			}
			for id, ans := range answers {
				if ans.OK || ans.Given || ans.Usable() || !strings.HasPrefix(ans.Reason, tc.says) || strings.Contains(ans.Reason, "\n") {
					t.Errorf("%s: %+v", id, ans)
				}
			}
			kept := len(store.batches) == 1 && len(store.batches[0]) == 3
			if kept != tc.kept {
				t.Errorf("kept %v", store.batches)
			}
		})
	}
}

func TestFatalKnowsAStoppedRun(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{context.Canceled, true},
		{fmt.Errorf("asking: %w", context.DeadlineExceeded), true},
		{&pipeline.Error{Code: pipeline.Truncated, Err: context.Canceled}, true},
		{&pipeline.Error{Code: pipeline.TooLong}, false},
		{fmt.Errorf("asking: %w", &pipeline.Error{Code: pipeline.Refused}), false},
	} {
		if got := Fatal(tc.err); got != tc.want {
			t.Errorf("%v: %v", tc.err, got)
		}
	}
}

// A request beyond the context is halved until it fits, down to one sentence.
func TestHalvingGoesDownToOneSentence(t *testing.T) {
	m := &model{answer: upper, err: func(texts []string, _ int) error {
		if len(texts) > 1 {
			return &pipeline.Error{Code: pipeline.TooLong}
		}
		return nil
	}}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(11)...))
	if err != nil {
		t.Fatal(err)
	}
	for id, a := range answers {
		if !a.OK || a.Reason != "" {
			t.Errorf("%s: %+v", id, a)
		}
	}
	if want := 2*11 - 1; len(m.calls) != want {
		t.Errorf("%d calls, want %d", len(m.calls), want)
	}
	for _, c := range m.calls {
		if len(c.problems) > 0 {
			t.Errorf("a first request quotes %v", c.problems)
		}
	}
}

func TestASentenceBeyondTheContextFailsAlone(t *testing.T) {
	m := &model{answer: upper, err: func(texts []string, _ int) error {
		if slices.Contains(texts, "sentence 2") {
			return &pipeline.Error{Code: pipeline.TooLong, Err: errors.New("too long")}
		}
		return nil
	}}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(5)...))
	if err != nil {
		t.Fatal(err)
	}
	for id, a := range answers {
		if a.OK != (id != "p1s3") {
			t.Errorf("%s: %+v", id, a)
		}
	}
	if why := answers["p1s3"].Reason; !strings.Contains(why, "too long") {
		t.Errorf("reason %q", why)
	}
}

func TestARefusedChunkIsAskedInPiecesSoThatOneSentenceIsLost(t *testing.T) {
	m := &model{answer: upper, err: func(texts []string, _ int) error {
		if slices.Contains(texts, "sentence 7") {
			return &pipeline.Error{Code: pipeline.Refused}
		}
		return nil
	}}
	answers, err := Keyed(t.Context(), asker(m), question(t, texts(12)...))
	if err != nil {
		t.Fatal(err)
	}
	for id, a := range answers {
		if a.OK != (id != "p1s8") {
			t.Errorf("%s: %+v", id, a)
		}
	}
	if want := 1 + 3 + 5; len(m.calls) != want {
		t.Errorf("%d calls, want %d: the chunk, its pieces, and the sentences of the refused piece", len(m.calls), want)
	}
}

// What the model did wrong is said to it under the key that the sentence has in
// the new request.
func TestProblemsAreQuotedUnderTheNewKeys(t *testing.T) {
	for _, tc := range []struct{ name, reply, want string }{
		{"left out", `{"s1":"ONE"}`, "your earlier answer left this key out"},
		{"twice", `{"s1":"ONE","s2":"TWO","s2":"DEUX"}`, "your earlier answer left this key out"},
		{"a number", `{"s1":"ONE","s2":2}`, "your earlier answer for this key had the wrong form"},
		{"a list", `{"s1":"ONE","s2":["TWO"]}`, "your earlier answer for this key had the wrong form"},
		{"null", `{"s1":"ONE","s2":null}`, "your earlier answer for this key had the wrong form"},
		{"judged and found wanting", `{"s1":"ONE","s2":"two"}`, "not upper case"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var asked []string
			a := &Asker{Model: "m", Reuse: reuse.None{}, Client: client(func(_ int, s map[string]string, problems map[string][]string) (*llm.Response, error) {
				asked = append(asked, fmt.Sprint(s, problems))
				if len(asked) == 1 {
					return &llm.Response{Text: tc.reply}, nil
				}
				return &llm.Response{Text: `{"s1":"TWO"}`}, nil
			})}
			answers, err := Keyed(t.Context(), a, question(t, "one", "two"))
			if err != nil || !answers["p1s1"].OK || !answers["p1s2"].OK || answers["p1s2"].Value != "TWO" {
				t.Fatalf("%+v, %v", answers, err)
			}
			if want := fmt.Sprint(map[string]string{"s1": "two"}, map[string][]string{"s1": {tc.want}}); len(asked) != 2 || asked[1] != want {
				t.Errorf("asked %q, want then %q", asked, want)
			}
		})
	}
}

// Of the answers that fail, the best one is delivered, and the first is not
// lost to a later one that is worse or is none.
func TestTheBestOfTheFailingAnswersStays(t *testing.T) {
	for _, tc := range []struct {
		replies []string
		want    string
	}{
		{[]string{"wrong", "bad", "bad"}, "wrong"},
		{[]string{"bad", "wrong", "bad"}, "wrong"},
		{[]string{"bad", "bad", "wrong"}, "wrong"},
		{[]string{"wrong", "wrong too", "bad"}, "wrong too"},
		{[]string{"wrong", "<left out>", "<left out>"}, "wrong"},
		{[]string{"<left out>", "bad", "<left out>"}, "bad"},
	} {
		m := &model{answer: func(_ string, n int) string { return tc.replies[n] }}
		answers, err := Keyed(t.Context(), asker(m), question(t, "one"))
		if a := answers["p1s1"]; err != nil || a.Value != tc.want || a.OK || !a.Given || len(m.calls) != 3 {
			t.Errorf("%v: %+v after %d calls, %v", tc.replies, a, len(m.calls), err)
		}
	}
}

func TestWaivedAndMinorFindingsDoNotGate(t *testing.T) {
	for _, tc := range []struct {
		name    string
		finding pipeline.Finding
		calls   int
	}{
		{"neutral", pipeline.Finding{Severity: pipeline.Neutral}, 1},
		{"minor", pipeline.Finding{Severity: pipeline.Minor}, 1},
		{"major", pipeline.Finding{Severity: pipeline.Major}, 3},
		{"critical", pipeline.Finding{Severity: pipeline.Critical}, 3},
		{"major and waived", pipeline.Finding{Severity: pipeline.Major, Waived: "a joke"}, 1},
		{"critical and waived", pipeline.Finding{Severity: pipeline.Critical, Waived: "a joke"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := &model{answer: upper}
			q := question(t, "one")
			q.Judge = func(Item, string, func(string) (string, bool)) []pipeline.Finding {
				return []pipeline.Finding{tc.finding}
			}
			answers, err := Keyed(t.Context(), asker(m), q)
			a := answers["p1s1"]
			if err != nil || len(m.calls) != tc.calls || a.OK != (tc.calls == 1) || len(a.Findings) != 1 {
				t.Errorf("%d calls, %+v, %v", len(m.calls), a, err)
			}
		})
	}
}

// An answer with nothing worse than a major finding may stand, marked.
func TestUsable(t *testing.T) {
	with := func(given, ok bool, s ...pipeline.Severity) Answer[string] {
		a := Answer[string]{Given: given, OK: ok}
		for _, sev := range s {
			a.Findings = append(a.Findings, pipeline.Finding{Severity: sev})
		}
		return a
	}
	for _, tc := range []struct {
		answer Answer[string]
		want   bool
	}{
		{with(false, false), false},
		{with(true, true), true},
		{with(true, false), true},
		{with(true, false, pipeline.Major, pipeline.Minor), true},
		{with(true, false, pipeline.Minor, pipeline.Critical), false},
		{with(false, false, pipeline.Minor), false},
	} {
		if got := tc.answer.Usable(); got != tc.want {
			t.Errorf("%+v: %v", tc.answer, got)
		}
	}
}

func TestNoItemsCostNothing(t *testing.T) {
	m := &model{answer: upper}
	a := asker(m)
	a.Events = func(e pipeline.Event) { t.Errorf("event %+v", e) }
	answers, err := Keyed(t.Context(), a, question(t))
	if err != nil || len(answers) != 0 || len(m.calls) != 0 {
		t.Errorf("%v, %v, %d calls", answers, err, len(m.calls))
	}
}

func TestAPromptThatCannotBeRenderedIsInvalid(t *testing.T) {
	q := question(t, "one")
	q.Settings = nil
	m := &model{answer: upper}
	if _, err := Keyed(t.Context(), asker(m), q); pipeline.CodeOf(err) != pipeline.Invalid || len(m.calls) != 0 {
		t.Errorf("%v after %d calls", err, len(m.calls))
	}
	a := asker(m)
	if _, err := a.Do(t.Context(), Call{Stage: "translate", Prompt: q.Prompt, Values: map[string]any{"sentences": prompts.Object{}}}); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("%v", err)
	}
	if len(a.Steps()) != 0 {
		t.Error("a call that was never made is in the trace")
	}
}
