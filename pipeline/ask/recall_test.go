package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// askWith asks with a store.
func askWith(t *testing.T, m *model, store reuse.Store, afresh bool, q Question[string]) map[string]Answer[string] {
	t.Helper()
	m.calls = nil
	answers, err := Keyed(t.Context(), &Asker{Client: m, Model: "m", Reuse: store, Afresh: afresh}, q)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// A null where a list is wanted is no answer, though it can be read as one.
func TestNullIsNotNothingToChange(t *testing.T) {
	base := question(t, "one")
	q := Question[[]string]{
		Stage: base.Stage, Lang: base.Lang, Prompt: base.Prompt, Prefix: "s", Items: base.Items, Settings: base.Settings, Inputs: base.Inputs, Tokens: base.Tokens,
		Judge: func(Item, []string, func(string) ([]string, bool)) []pipeline.Finding { return nil },
	}
	for reply, ok := range map[string]bool{`{"s1":null}`: false, `{"s1": null }`: false, `{"s1":[]}`: true, `{"s1":["a"]}`: true} {
		a := &Asker{Model: "m", Reuse: reuse.None{}, Client: client(func(int, map[string]string, map[string][]string) (*llm.Response, error) {
			return &llm.Response{Text: reply}, nil
		})}
		answers, err := Keyed(t.Context(), a, q)
		if err != nil || answers["p1s1"].OK != ok || answers["p1s1"].Given != ok {
			t.Errorf("%s: %+v, %v", reply, answers, err)
		}
	}
}

func TestOneChunkIsKeptInOneWrite(t *testing.T) {
	m := &model{answer: func(text string, n int) string {
		if text == "sentence 1" || text == "sentence 6" && n == 0 {
			return "wrong"
		}
		return upper(text, n)
	}}
	store := &memory{}
	askWith(t, m, store, false, question(t, texts(9)...))
	if len(store.batches) != 1 || len(store.batches[0]) != 9 {
		t.Fatalf("%d writes", len(store.batches))
	}
	for i, e := range store.batches[0] {
		if e.Stage != "translate" || e.Lang != "ru" || e.Model != "m" || e.Key == "" {
			t.Errorf("%+v", e)
		}
		if e.Failed != (i == 1) || (len(e.Problems) > 0) != (i == 1) {
			t.Errorf("sentence %d: %+v", i, e)
		}
		if want := fmt.Sprintf("%q", strings.ToUpper(fmt.Sprintf("sentence %d", i))); i != 1 && string(e.Value) != want {
			t.Errorf("kept %s, want %s", e.Value, want)
		}
		if (e.Before == "") != (i == 0) || (e.After == "") != (i == 8) {
			t.Errorf("neighbours of sentence %d: %q %q", i, e.Before, e.After)
		}
	}
	askWith(t, m, store, false, question(t, texts(9)...))
	if len(store.batches) != 1 {
		t.Error("what was recalled is kept again")
	}
}

// Settled answers are judged by the checks of today.
func TestARecalledAnswerIsJudgedAgain(t *testing.T) {
	store := &memory{}
	m := &model{answer: upper}
	askWith(t, m, store, false, question(t, texts(3)...))
	stricter := question(t, texts(3)...)
	stricter.Judge = func(it Item, v string, _ func(string) (string, bool)) []pipeline.Finding {
		if v == "SENTENCE 1" {
			return []pipeline.Finding{{Severity: pipeline.Major, Message: "a new check"}}
		}
		return nil
	}
	m.answer = func(string, int) string { return "SENTENCE ONE" }
	answers := askWith(t, m, store, false, stricter)
	if len(m.calls) != 1 || !slices.Equal(m.calls[0].texts, []string{"sentence 1"}) || !slices.Equal(m.calls[0].problems["s1"], []string{"a new check"}) {
		t.Fatalf("%+v", m.calls)
	}
	if a := answers["p1s2"]; !a.OK || a.Value != "SENTENCE ONE" {
		t.Errorf("%+v", a)
	}
	if m.calls[0].temperature != Raise {
		t.Errorf("asked alone at temperature %v", m.calls[0].temperature)
	}
	if askWith(t, m, store, false, stricter); len(m.calls) != 0 {
		t.Error("the new answer was not kept")
	}
}

// A check that was mended heals what it had failed, for nothing.
func TestAnAnswerThatFailedAndPassesTodayIsTaken(t *testing.T) {
	store := &memory{}
	m := &model{answer: func(string, int) string { return "wrong" }}
	askWith(t, m, store, false, question(t, "one"))
	kinder := question(t, "one")
	kinder.Judge = func(Item, string, func(string) (string, bool)) []pipeline.Finding { return nil }
	for _, afresh := range []bool{false, true} {
		if a := askWith(t, m, store, afresh, kinder)["p1s1"]; !a.OK || a.Value != "wrong" || a.Reason != "" || len(m.calls) != 0 {
			t.Errorf("afresh %v: %+v after %d calls", afresh, a, len(m.calls))
		}
	}
}

func TestAFailureWithoutAnAnswerKeepsItsReason(t *testing.T) {
	store := &memory{}
	m := &model{answer: func(string, int) string { return "<left out>" }}
	first := askWith(t, m, store, false, question(t, "one"))["p1s1"]
	again := askWith(t, m, store, false, question(t, "one"))["p1s1"]
	if len(m.calls) != 0 || again.OK || again.Given || again.Reason == "" || !strings.Contains(first.Reason, "left this key out") {
		t.Errorf("first %+v, recalled %+v", first, again)
	}
	m.answer = upper
	if a := askWith(t, m, store, true, question(t, "one"))["p1s1"]; !a.OK || len(m.calls[0].problems["s1"]) != 1 {
		t.Errorf("%+v, asked with %v", a, m.calls[0].problems)
	}
}

// Asked afresh, a sentence is judged by the stored answers first and sent for
// the first attempt that has none.
func TestAskedAfreshGoesThroughTheStoredAnswers(t *testing.T) {
	var attempts []int
	replies := []string{"wrong", "bad", "ONE", "never asked"}
	a := func(store reuse.Store, stored int) *Asker {
		attempts = nil
		return &Asker{Model: "m", Reuse: store, Afresh: true, Client: client(func(n int, _ map[string]string, _ map[string][]string) (*llm.Response, error) {
			attempts = append(attempts, n)
			return &llm.Response{Text: fmt.Sprintf(`{"s1":%q}`, replies[n]), Stored: n < stored}, nil
		})}
	}
	for _, tc := range []struct {
		stored int
		ok     bool
		want   []int
	}{
		{0, false, []int{0}},
		{1, false, []int{0, 1}},
		{2, true, []int{0, 1, 2}},
		{4, true, []int{0, 1, 2}},
	} {
		store := &memory{}
		askWith(t, &model{answer: func(string, int) string { return "wrong" }}, store, false, question(t, "one"))
		answers, err := Keyed(t.Context(), a(store, tc.stored), question(t, "one"))
		if err != nil || !slices.Equal(attempts, tc.want) || answers["p1s1"].OK != tc.ok {
			t.Errorf("%d stored: attempts %v, %+v, %v", tc.stored, attempts, answers["p1s1"], err)
		}
		if last := store.batches[len(store.batches)-1]; len(last) != 1 || last[0].Failed == tc.ok {
			t.Errorf("kept %+v", last)
		}
	}
}

func TestTheSearchForANewAnswerHasAnEnd(t *testing.T) {
	store := &memory{}
	askWith(t, &model{answer: func(string, int) string { return "wrong" }}, store, false, question(t, "one"))
	calls := 0
	a := &Asker{Model: "m", Reuse: store, Afresh: true, Client: client(func(int, map[string]string, map[string][]string) (*llm.Response, error) {
		calls++
		return &llm.Response{Text: `{"s1":"wrong"}`, Stored: true}, nil
	})}
	if _, err := Keyed(t.Context(), a, question(t, "one")); err != nil || calls != maxAttempts {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// What an answer depends on: another prompt setting, model, name or memory is
// another question.
func TestWhatMakesASettledAnswerAnother(t *testing.T) {
	for name, change := range map[string]func(a *Asker, q *Question[string]){
		"nothing":               func(*Asker, *Question[string]) {},
		"another model":         func(a *Asker, _ *Question[string]) { a.Model = "m2" },
		"another note":          func(_ *Asker, q *Question[string]) { q.Settings["note"] = "Write briefly." },
		"another name used":     func(_ *Asker, q *Question[string]) { q.Items[0].Names = "Lesna=Лесна" },
		"another language":      func(_ *Asker, q *Question[string]) { q.Lang = "tr" },
		"another memory":        func(_ *Asker, q *Question[string]) { q.Memory = "summary" },
		"both neighbours other": func(_ *Asker, q *Question[string]) { q.Items[0].Before, q.Items[0].After = "x", "y" },
	} {
		store := &memory{}
		m := &model{answer: upper}
		askWith(t, m, store, false, question(t, "one"))
		m.calls = nil
		q := question(t, "one")
		a := &Asker{Client: m, Model: "m", Reuse: store}
		change(a, &q)
		if _, err := Keyed(t.Context(), a, q); err != nil || (len(m.calls) == 0) != (name == "nothing") {
			t.Errorf("%s: %d calls, %v", name, len(m.calls), err)
		}
	}
}

func TestAStoreThatFailsEndsTheAskingAndLosesNoAnswer(t *testing.T) {
	full := errors.New("no space left")
	m := &model{answer: upper}
	a := asker(m)
	a.Reuse = &memory{putErr: full}
	answers, err := Keyed(t.Context(), a, question(t, texts(2)...))
	if pipeline.CodeOf(err) != pipeline.Unavailable || !errors.Is(err, full) || !answers["p1s1"].OK || !answers["p1s2"].OK {
		t.Errorf("%+v, %v", answers, err)
	}
	m = &model{answer: upper}
	a = asker(m)
	a.Reuse = &memory{findErr: full}
	answers, err = Keyed(t.Context(), a, question(t, texts(2)...))
	if pipeline.CodeOf(err) != pipeline.Unavailable || len(m.calls) != 0 || answers["p1s1"].Reason != "not asked" {
		t.Errorf("%+v, %v", answers, err)
	}
}

// A run that is stopped keeps what had come, sends nothing more, and remembers
// no failure of the model.
func TestAStoppedRunKeepsWhatCame(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	store := &memory{}
	m := &model{answer: func(text string, n int) string {
		cancel()
		if text == "sentence 1" {
			return "wrong"
		}
		return upper(text, n)
	}}
	a := asker(m)
	a.Reuse = store
	answers, err := Keyed(ctx, a, question(t, texts(3)...))
	if !errors.Is(err, context.Canceled) || len(m.calls) != 1 {
		t.Fatalf("%v after %d calls", err, len(m.calls))
	}
	if !answers["p1s1"].OK || !answers["p1s3"].OK || answers["p1s2"].OK {
		t.Errorf("%+v", answers)
	}
	if len(store.batches) != 1 || len(store.batches[0]) != 3 {
		t.Errorf("kept %+v", store.batches)
	}
	m.calls = nil
	store = &memory{}
	a = asker(m)
	a.Reuse = store
	answers, err = Keyed(ctx, a, question(t, "another"))
	if !errors.Is(err, context.Canceled) || len(m.calls) != 0 || answers["p1s1"].Reason != context.Canceled.Error() || len(store.batches) > 1 {
		t.Errorf("%+v, %v after %d calls", answers, err, len(m.calls))
	}
	for _, b := range store.batches {
		if len(b) > 0 {
			t.Errorf("a sentence that was never asked for is remembered: %+v", b)
		}
	}
}

// Models are those that really answered, the ones of earlier runs included.
func TestModels(t *testing.T) {
	store := &memory{}
	named := func(name string) *Asker {
		return &Asker{Model: "m", Reuse: store, Client: client(func(_ int, s map[string]string, _ map[string][]string) (*llm.Response, error) {
			return &llm.Response{Text: fmt.Sprintf(`{"s1":%q}`, strings.ToUpper(s["s1"])), Model: name}, nil
		})}
	}
	if got := named("x").Models(); len(got) != 0 {
		t.Errorf("before any call: %v", got)
	}
	for _, tc := range []struct {
		name  string
		texts []string
		want  []string
	}{
		{"beta-2024", []string{"one"}, []string{"beta-2024"}},
		{"alpha-2024", []string{"one", "two"}, []string{"alpha-2024", "beta-2024"}},
		{"", []string{"one", "three"}, []string{"beta-2024"}},
	} {
		a := named(tc.name)
		q := question(t, tc.texts...)
		q.Items[0].After = "" // the same neighbours in each run
		if _, err := Keyed(t.Context(), a, q); err != nil {
			t.Fatal(err)
		}
		if got := a.Models(); !slices.Equal(got, tc.want) {
			t.Errorf("%q: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// A settled answer names the exchange that it came from, also where it is kept
// a second time, and who takes it in place of asking can tell which it was.
func TestASettledAnswerNamesItsExchange(t *testing.T) {
	store := &memory{}
	ask := func(exchange string, texts ...string) *Asker {
		a := &Asker{Model: "m", Reuse: store, Client: client(func(_ int, s map[string]string, _ map[string][]string) (*llm.Response, error) {
			var o prompts.Object
			for key, text := range s {
				o = append(o, prompts.Member{Key: key, Value: strings.ToUpper(text)})
			}
			b, err := json.Marshal(o)
			return &llm.Response{Text: string(b), Key: exchange}, err
		})}
		if _, err := Keyed(t.Context(), a, question(t, texts...)); err != nil {
			t.Fatal(err)
		}
		return a
	}
	from := func() map[string]string {
		of := map[string]string{}
		for _, batch := range store.batches {
			for _, e := range batch {
				of[string(e.Value)] = e.Exchange
			}
		}
		return of
	}
	if got := ask("first", "one", "two").Recalled(); len(got) != 0 {
		t.Errorf("nothing was settled, and recalled is %v", got)
	}
	second := ask("second", "one", "two", "three")
	if want := map[string]string{`"ONE"`: "first", `"TWO"`: "first", `"THREE"`: "second"}; !maps.Equal(from(), want) {
		t.Errorf("exchanges %v, want %v", from(), want)
	}
	var keys []string
	for _, e := range store.batches[0] {
		keys = append(keys, e.Key)
	}
	slices.Sort(keys)
	if got := second.Recalled(); !slices.Equal(got, keys) {
		t.Errorf("recalled %v, want %v", got, keys)
	}
}

// Many questions may be asked of one Asker side by side.
func TestAskersAreSafeSideBySide(t *testing.T) {
	m := &model{answer: upper}
	var mu sync.Mutex
	told := 0
	a := &Asker{Client: m, Model: "m", Reuse: &memory{}, Context: 2000, Events: func(e pipeline.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Type == "call" {
			told++
		}
	}}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			list := texts(60)
			for j := range list {
				list[j] += fmt.Sprintf(" of article %d", i)
			}
			answers, err := Keyed(t.Context(), a, question(t, list...))
			if err != nil || len(answers) != 60 {
				t.Errorf("%d answers, %v", len(answers), err)
			}
			for id, ans := range answers {
				if !ans.OK {
					t.Errorf("%s: %+v", id, ans)
				}
			}
		})
	}
	wg.Wait()
	if steps := a.Steps(); told != len(steps) || told != len(m.calls) {
		t.Errorf("%d events and %d steps of %d calls", told, len(steps), len(m.calls))
	}
}

func TestEventsCountWhatIsSettled(t *testing.T) {
	m := &model{answer: func(text string, n int) string {
		if text == "sentence 1" {
			return "wrong"
		}
		return upper(text, n)
	}}
	var events []pipeline.Event
	a := asker(m)
	a.Events = func(e pipeline.Event) { events = append(events, e) }
	q := question(t, texts(3)...)
	q.Part = "article"
	if _, err := Keyed(t.Context(), a, q); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%s %d/%d", e.Type, e.Done, e.Total))
		if e.Stage != "translate" || e.Lang != "ru" || (e.Step != nil) != (e.Type == "call") || (e.Part == "article") != (e.Type != "call") {
			t.Errorf("%+v", e)
		}
	}
	if want := "started 0/3, call 0/0, call 0/0, call 0/0, finished 2/3"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
	steps := a.Steps()
	for i, want := range []float64{0, 0, Raise} {
		if steps[i].Temperature != want || steps[i].Attempt != 0 || !steps[i].Usage.Known {
			t.Errorf("step %d: %+v", i, steps[i])
		}
	}
	steps[0].Stage = "changed"
	if a.Steps()[0].Stage != "translate" {
		t.Error("the trace is not a copy")
	}
}

// A step tells of a failed call too, and of the model that was meant to answer.
func TestStepsTellOfFailedCalls(t *testing.T) {
	m := &model{answer: upper, err: func([]string, int) error { return &pipeline.Error{Code: pipeline.Quota, Err: errors.New("no money")} }}
	a := asker(m)
	if _, err := Keyed(t.Context(), a, question(t, "one")); err == nil {
		t.Fatal("no error")
	}
	if s := a.Steps(); len(s) != 1 || s[0].Error != "no money" || s[0].Model != "m" || s[0].Cost != nil {
		t.Errorf("%+v", s)
	}
	if got := a.Models(); len(got) != 0 {
		t.Errorf("%v gave no answer", got)
	}
}
