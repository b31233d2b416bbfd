package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
	"dragoman/pipeline/reuse"
)

// Version1 are the tables of version 1 that hold rows of people, with their
// columns, but for runs.paused.
func Version1() map[string]string {
	return map[string]string{
		"exchanges":      "key, sequence, stage, lang, model, prompt, sent, duration_ms, status, body",
		"settled":        "stage, lang, key, sentence_before, sentence_after, rank, body",
		"decisions":      "kind, id, state, reason",
		"profiles":       "endpoint, model, body",
		"documents":      "collection, id, folder, origin, input, settings, run, state, afresh, written, updated, report",
		"document_texts": "collection, id, kind, body",
		"accounts":       "name, currency, spent_micros, spent_tokens, held_micros, held_tokens",
		"rates":          "bucket, due, paused_until",
	}
}

// Fill stores something in each part that version 1 had, but for runs.
func Fill(t *testing.T, s *store.Store) {
	ctx := context.Background()
	hold, err := s.Purse.Reserve(ctx, Account("run", 100), Amount(7))
	if err == nil {
		err = s.Purse.Settle(ctx, hold, Amount(5))
	}
	for _, err := range []error{
		err, s.Ledger.Append(ctx, ledgertest.Exchange(1)), s.Ledger.Append(ctx, ledgertest.Exchange(1)),
		s.Settled.Put([]reuse.Entry{{Key: "k", Stage: "translate", Lang: "ru", Before: "b", Value: json.RawMessage(`"v"`)}}),
		s.Profiles.Save(ctx, "u", "m", llm.Profile{Slots: 3}), s.Documents.Put(ctx, document("1")), s.Rates.Pause(ctx, "b", 1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Decisions.Remember(ctx, decided("e-1", "accepted", "why")); err != nil {
		t.Fatal(err)
	}
}

// Filled checks that what [Fill] stored is there, and that a settled answer of
// an unknown age is none that is old.
func Filled(t *testing.T, s *store.Store) {
	ctx := context.Background()
	if xs, err := s.Ledger.Find(ctx, ledgertest.Exchange(1).Key); err != nil || len(xs) != 2 || !reflect.DeepEqual(xs[0].Reply, ledgertest.Exchange(1).Reply) {
		t.Errorf("exchanges: %+v, %v", xs, err)
	}
	if e, err := s.Settled.Find("translate", "ru", "k"); err != nil || len(e) != 1 || string(e[0].Value) != `"v"` || e[0].Exchange != "" {
		t.Errorf("settled: %+v, %v", e, err)
	}
	if d, err := s.Decisions.Recall(ctx); err != nil || d == nil || d.Edits["e-1"].Reason != "why" {
		t.Errorf("decisions: %+v, %v", d, err)
	}
	if p, stored, err := s.Profiles.Load(ctx, "u", "m"); err != nil || !stored || p.Slots != 3 {
		t.Errorf("profile: %+v, %v, %v", p, stored, err)
	}
	if docs, err := s.Documents.Get(ctx, "c", []string{"1"}, true); err != nil || !reflect.DeepEqual(docs["1"], document("1")) {
		t.Errorf("document: %+v, %v", docs["1"], err)
	}
	if used, err := s.Purse.Spent(ctx, "run"); err != nil || used != Amount(5) {
		t.Errorf("spent: %+v, %v", used, err)
	}
	list, err := s.Runs.List(ctx, store.RunFilter{})
	if err != nil || len(list) != 1 || list[0].ID != "r-1" || list[0].State != store.RunOpen || string(list[0].Plan) != "1" || !list[0].Started.Equal(at(0)) {
		t.Errorf("runs: %+v, %v", list, err)
	}
	if run, resumed, err := s.Runs.Begin(ctx, "c", "/out", json.RawMessage("1")); err != nil || !resumed || run.ID != "r-1" {
		t.Errorf("going on with the run: %+v, %v, %v", run, resumed, err)
	}
}

// InsertRun makes the run that [Filled] looks for, in tables of version 1.
func InsertRun() string {
	return "INSERT INTO runs (id, collection, out, plan, state, paused, started, ended) VALUES ('r-1', 'c', '/out', '1', 'open', 1, 1795827723000004000, 0)"
}
