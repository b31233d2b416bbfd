// Package storetest holds the suite that every place of the state passes: the
// folder, SQLite and PostgreSQL.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
	"dragoman/pipeline/reuse"
)

// hostile are strings that no store may choke on or change.
var hostile = []string{
	"", " ", "a\x00b", "\xff\xfe", "\x01\"x\"", "Привет, Çavuşoğlu", "'; DROP TABLE runs; --", "\u2028\u202e</script>", `\"%_?$1`, "\U0001F600",
}

// Run runs the suite. open gives a fresh, empty state, which the suite closes;
// reopen gives a second handle on the same, as another process would hold it.
// What only databases have is left out where Runs is nil; then all of it must
// be.
func Run(t *testing.T, open func(t *testing.T) *store.Store, reopen func(t *testing.T, first *store.Store) *store.Store) {
	fresh := func(t *testing.T) *store.Store { return closing(t, open(t)) }
	both := func(t *testing.T) (first, second *store.Store) {
		first = fresh(t)
		return first, closing(t, reopen(t, first))
	}
	t.Run("ledger", func(t *testing.T) {
		handles := map[llm.Ledger]*store.Store{}
		ledgertest.Run(t, func(t *testing.T) llm.Ledger {
			s := fresh(t)
			handles[s.Ledger] = s
			return s.Ledger
		}, func(t *testing.T, first llm.Ledger) llm.Ledger {
			return closing(t, reopen(t, handles[first])).Ledger
		})
	})
	t.Run("settled", func(t *testing.T) { settled(t, both) })
	t.Run("settled by many", func(t *testing.T) { settledByMany(t, both) })
	t.Run("decisions", func(t *testing.T) { decisions(t, both) })
	t.Run("decisions of many", func(t *testing.T) { decisionsOfMany(t, both) })
	t.Run("unknown decisions", func(t *testing.T) { unknownDecisions(t, fresh(t)) })
	t.Run("profiles", func(t *testing.T) { profiles(t, both) })
	t.Run("closed", func(t *testing.T) { closed(t, open(t)) })
	s := fresh(t)
	if s.Runs == nil {
		if s.Documents != nil || s.Purse != nil || s.Rates != nil {
			t.Error("a state without runs has documents, a purse or rates")
		}
		if s.Schedules != nil || s.Places != nil || s.Firings != nil || s.Entries != nil || s.Sources != nil || s.Deliveries != nil || s.Locks != nil || s.Uses != nil || s.Keeper != nil {
			t.Error("a state without runs has what schedules need")
		}
		return
	}
	t.Run("runs", func(t *testing.T) { runs(t, both) })
	t.Run("runs begun at once", func(t *testing.T) { runsAtOnce(t, both) })
	t.Run("documents", func(t *testing.T) { documents(t, both) })
	t.Run("documents of strange names", func(t *testing.T) { strangeDocuments(t, fresh(t)) })
	t.Run("many documents", func(t *testing.T) { manyDocuments(t, fresh(t)) })
	t.Run("documents by many", func(t *testing.T) { documentsByMany(t, both) })
	t.Run("purse", func(t *testing.T) { purse(t, fresh(t)) })
	t.Run("purse of two accounts", func(t *testing.T) { twoAccounts(t, fresh(t)) })
	t.Run("purse of currencies", func(t *testing.T) { purseCurrencies(t, fresh(t)) })
	t.Run("purse of many", func(t *testing.T) { purseOfMany(t, both) })
	t.Run("rates", func(t *testing.T) { rates(t, fresh(t)) })
	t.Run("rates of many", func(t *testing.T) { ratesOfMany(t, both) })
	t.Run("failures of others", func(t *testing.T) { failuresOfOthers(t, fresh(t)) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, fresh(t)) })
	scheduled(t, both, fresh)
	keeping(t, both, fresh)
}

func closing(t *testing.T, s *store.Store) *store.Store {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// settled entries: the latest of equals, oldest first, all or none.
func settled(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	first, second := both(t)
	entry := func(before, value string) reuse.Entry {
		return reuse.Entry{Key: "k", Stage: "translate", Lang: "ru", Before: before, After: "a", Value: json.RawMessage(value), Model: "m", Problems: []string{hostile[5]}}
	}
	ask := func(key, before, after string) reuse.Asked {
		return reuse.Asked{Key: key, Before: before, After: after}
	}
	if got, err := first.Settled.Find("translate", "ru", "k"); err != nil || len(got) != 0 {
		t.Fatalf("an empty state finds %v, %v", got, err)
	}
	others := []reuse.Entry{{Key: "k", Stage: "translate", Lang: "tr"}, {Key: "k", Stage: "correct"}, {Key: "other", Stage: "translate", Lang: "ru", Failed: true}}
	for _, batch := range [][]reuse.Entry{nil, {entry("x", `"1"`), entry("y", `"2"`)}, others, {entry("x", `"3"`)}} {
		if err := first.Settled.Put(batch); err != nil {
			t.Fatal(err)
		}
	}
	for name, s := range map[string]*store.Store{"first": first, "second": second} {
		got, err := s.Settled.Find("translate", "ru", "k")
		if err != nil || len(got) < 2 {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		// A folder keeps what was replaced before what replaced it; Choose
		// takes the latest.
		if e, ok := reuse.Choose(got, "x", "a"); !ok || string(e.Value) != `"3"` || !reflect.DeepEqual(e, entry("x", `"3"`)) {
			t.Errorf("%s: between x and a: %+v, %v", name, e, ok)
		}
		if e, ok := reuse.Choose(got, "y", "a"); !ok || string(e.Value) != `"2"` {
			t.Errorf("%s: between y and a: %+v, %v", name, e, ok)
		}
		if last := got[len(got)-1]; string(last.Value) != `"3"` {
			t.Errorf("%s: the latest is not the last: %+v", name, got)
		}
		asked := []reuse.Asked{ask("k", "x", "a"), ask("nowhere", "x", "a"), ask("k", "y", "b"), ask("k", "z", "a"), ask("k", "z", "b"), ask("k", "x", "a")}
		many, err := reuse.ChooseAll(s.Settled, "translate", "ru", asked)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"3", "", "2", "3", "", "3"} { // z and b are nobody's neighbours; of equals the latest is taken
			if e := many[i]; (e == nil) != (want == "") || e != nil && string(e.Value) != strconv.Quote(want) {
				t.Errorf("%s: of many, %v: %+v, want %q", name, asked[i], e, want)
			}
		}
		if got, err := s.Settled.Find("translate", "ru", "other"); err != nil || len(got) != 1 || !got[0].Failed {
			t.Errorf("%s: the other: %+v, %v", name, got, err)
		}
	}
}

func settledByMany(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	first, second := both(t)
	handles := []*store.Store{first, second}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 10 {
				var batch []reuse.Entry
				for k := range 5 {
					n := k
					if w%2 == 1 {
						n = 4 - k // in the other order
					}
					batch = append(batch, reuse.Entry{Key: fmt.Sprint("k", n), Stage: "correct", Before: fmt.Sprint(w), After: fmt.Sprint(i), Value: json.RawMessage(`1`)})
				}
				if err := handles[w%2].Settled.Put(batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if first.Runs == nil {
		return // a folder's handle reads a file once
	}
	for k := range 5 {
		if got, err := first.Settled.Find("correct", "", fmt.Sprint("k", k)); err != nil || len(got) != 80 {
			t.Errorf("k%d: %d entries, %v", k, len(got), err)
		}
	}
}

func decided(id, state, reason string) *pipeline.Decisions {
	d := map[string]pipeline.Decision{id: {State: state, Reason: reason}}
	if state == "waived" {
		return &pipeline.Decisions{Findings: d}
	}
	return &pipeline.Decisions{Edits: d}
}

func decisions(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	if d, err := first.Decisions.Recall(ctx); d != nil || err != nil {
		t.Fatalf("an empty state recalls %v, %v", d, err)
	}
	if d, err := first.Decisions.Remember(ctx, nil); d != nil || err != nil {
		t.Errorf("remembering nothing gives %v, %v", d, err)
	}
	for _, given := range []*pipeline.Decisions{
		decided("e-1", "accepted", "why"), decided("f-1", "waived", "Çok iyi \u2028"), decided("e-1", "rejected", "no"),
		decided("e-2", "accepted", ""), decided("e-2", store.Undecided, ""), decided("e-3", store.Undecided, ""),
	} {
		if _, err := first.Decisions.Remember(ctx, given); err != nil {
			t.Fatal(err)
		}
	}
	want := &pipeline.Decisions{
		Edits:    map[string]pipeline.Decision{"e-1": {State: "rejected", Reason: "no"}},
		Findings: map[string]pipeline.Decision{"f-1": {State: "waived", Reason: "Çok iyi \u2028"}},
	}
	if d, err := second.Decisions.Recall(ctx); err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("recalled %+v, %v, want %+v", d, err, want)
	}
	want.Edits["e-4"] = pipeline.Decision{State: "accepted"}
	if d, err := second.Decisions.Remember(ctx, decided("e-4", "accepted", "")); err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("remembering gives %+v, %v, want %+v", d, err, want)
	}
}

func decisionsOfMany(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			given := decided(fmt.Sprint("e-", i), "accepted", "")
			given.Edits["e-all"] = pipeline.Decision{State: "rejected"}
			if _, err := handles[i%2].Decisions.Remember(ctx, given); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if d, err := first.Decisions.Recall(ctx); err != nil || len(d.Edits) != 17 {
		t.Errorf("recalled %+v, %v", d, err)
	}
}

func unknownDecisions(t *testing.T, s *store.Store) {
	ctx := context.Background()
	if _, err := s.Decisions.Remember(ctx, decided("e-1", "accepted", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decisions.Remember(ctx, decided("e-2", "maybe", "")); pipeline.CodeOf(err) != pipeline.Unavailable {
		t.Errorf("an unknown state: %v", err)
	}
	if d, err := s.Decisions.Recall(ctx); err != nil || len(d.Edits) != 1 {
		t.Errorf("afterwards: %+v, %v", d, err)
	}
}

func profiles(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	const url, model = "http://127.0.0.1:8080/v1", "Модель/7b"
	if p, stored, err := first.Profiles.Load(ctx, url+"/", model); stored || err != nil || p != (llm.Profile{Endpoint: url, Model: model}) {
		t.Errorf("an empty state has %+v, %v, %v", p, stored, err)
	}
	want := llm.Profile{Endpoint: url, Model: model, Server: "vllm", Rung: llm.RungObject, Context: 4096, NoUsage: true, Probed: time.Date(2026, 11, 28, 1, 2, 3, 0, time.UTC)}
	for _, p := range []llm.Profile{{Endpoint: "elsewhere", Model: "other", Slots: 9}, want} {
		if err := first.Profiles.Save(ctx, url+"/", model, p); err != nil {
			t.Fatal(err)
		}
	}
	if p, stored, err := second.Profiles.Load(ctx, url, model); !stored || err != nil || p != want {
		t.Errorf("loaded %+v, %v, %v, want %+v", p, stored, err, want)
	}
	if _, stored, err := second.Profiles.Load(ctx, url, "other"); stored || err != nil {
		t.Errorf("another model: %v, %v", stored, err)
	}
}

// A closed state answers with errors, not with a crash or with silence.
func closed(t *testing.T, s *store.Store) {
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if s.Runs == nil {
		return // a folder has nothing to close but its answers
	}
	if err := s.Ledger.Append(context.Background(), ledgertest.Exchange(1)); err == nil {
		t.Error("a closed ledger appends")
	}
	if _, err := s.Ledger.Find(context.Background(), ledgertest.Exchange(1).Key); err == nil {
		t.Error("a closed ledger finds")
	}
}

// Writes that fail leave alone those that run beside them.
func failuresOfOthers(t *testing.T, s *store.Store) {
	ctx := context.Background()
	const n = 40
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := s.Ledger.Append(ctx, ledgertest.Exchange(1)); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			given := decided("e-good", "accepted", "")
			given.Findings = map[string]pipeline.Decision{"f-bad": {State: "maybe"}}
			if _, err := s.Decisions.Remember(ctx, given); pipeline.CodeOf(err) != pipeline.Unavailable {
				t.Errorf("half a decision: %v", err)
			}
		})
		wg.Go(func() {
			if err := s.Runs.Update(ctx, store.Run{ID: "r-none"}); pipeline.CodeOf(err) != pipeline.Invalid {
				t.Errorf("no run: %v", err)
			}
		})
	}
	wg.Wait()
	if xs, err := s.Ledger.Find(ctx, ledgertest.Exchange(1).Key); err != nil || len(xs) != n {
		t.Errorf("%d of %d exchanges, %v", len(xs), n, err)
	}
	if d, err := s.Decisions.Recall(ctx); err != nil || d != nil {
		t.Errorf("a write that failed left %+v, %v", d, err)
	}
}

// cancelled calls are errors and leave nothing behind.
func cancelled(t *testing.T, s *store.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, recall := s.Decisions.Recall(ctx)
	_, remember := s.Decisions.Remember(ctx, decided("e-1", "accepted", ""))
	_, _, load := s.Profiles.Load(ctx, "u", "m")
	_, _, begin := s.Runs.Begin(ctx, "c", "o", nil)
	_, list := s.Runs.List(ctx, store.RunFilter{})
	_, get := s.Documents.Get(ctx, "c", []string{"1"}, true)
	_, reserve := s.Purse.Reserve(ctx, account("a", 0, 0), amount(1, 1))
	_, spent := s.Purse.Spent(ctx, "a")
	_, take := s.Rates.Take(ctx, "b", 1, 60)
	for name, err := range map[string]error{
		"recall": recall, "remember": remember, "load": load, "save": s.Profiles.Save(ctx, "u", "m", llm.Profile{}), "begin": begin, "list": list,
		"put": s.Documents.Put(ctx, &store.Document{ID: "1"}), "get": get, "reserve": reserve, "settle": s.Purse.Settle(ctx, "h", amount(0, 0)),
		"spent": spent, "take": take, "pause": s.Rates.Pause(ctx, "b", time.Hour), "return": s.Rates.Return(ctx, "b", 1, 60),
	} {
		if !errors.Is(err, context.Canceled) || pipeline.CodeOf(err) != "" {
			t.Errorf("%s with a cancelled context: %v", name, err)
		}
	}
	for _, err := range s.Documents.List(ctx, "c", "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("listing with a cancelled context: %v", err)
		}
	}
	ctx = context.Background()
	if d, err := s.Decisions.Recall(ctx); d != nil || err != nil {
		t.Errorf("decisions were kept: %v, %v", d, err)
	}
	if all, err := s.Runs.List(ctx, store.RunFilter{}); len(all) != 0 || err != nil {
		t.Errorf("a run was begun: %v, %v", all, err)
	}
	if wait, err := s.Rates.Take(ctx, "b", 0, 60); wait != 0 || err != nil {
		t.Errorf("a rate was paused: %v, %v", wait, err)
	}
}
