package textless

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/sqlite"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/ledgertest"
	"dragoman/pipeline/reuse"
)

// both are a store, and the same without texts.
func both(t *testing.T) (plain, bare *store.Store) {
	t.Helper()
	plain, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close() })
	return plain, Wrap(plain)
}

func TestLedger(t *testing.T) {
	ctx := t.Context()
	plain, bare := both(t)
	before, x, again := ledgertest.Exchange(1), ledgertest.Exchange(2), ledgertest.Exchange(2)
	if err := plain.Ledger.Append(ctx, before); err != nil {
		t.Fatal(err)
	}
	if err := bare.Ledger.Append(ctx, x); err != nil {
		t.Fatal(err)
	}
	if err := bare.Ledger.Append(ctx, again); err != nil {
		t.Fatal(err)
	}
	if x.Sequence != 1 || again.Sequence != 2 || x.NoText || len(x.Request.Messages) == 0 {
		t.Errorf("the exchanges after storing: %+v, %+v", x, again)
	}
	found, err := bare.Ledger.Find(ctx, x.Key)
	if err != nil || len(found) != 2 || !reflect.DeepEqual(found[0], x) || !reflect.DeepEqual(found[1], again) {
		t.Errorf("in this process: %+v, %v", found, err)
	}
	found[0].Reply.Body[0]++ // a copy
	if found, err := bare.Ledger.Find(ctx, x.Key); err != nil || !reflect.DeepEqual(found[0], x) {
		t.Errorf("what was given out was no copy: %v", err)
	}
	if found, err := bare.Ledger.Find(ctx, before.Key); err != nil || len(found) != 1 || !reflect.DeepEqual(found[0], before) {
		t.Errorf("what was stored whole: %+v, %v", found, err)
	}
	next := Wrap(plain).Ledger // another process
	if found, err := next.Find(ctx, x.Key); err != nil || len(found) != 0 {
		t.Errorf("in the next process: %+v, %v", found, err)
	}
	n := 0
	for x, err := range next.All(ctx) {
		if err != nil || x.NoText != (x.Key != before.Key) || x.NoText && len(x.Request.Messages) > 0 {
			t.Errorf("listed: %+v, %v", x, err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d exchanges are listed, want 3", n)
	}
}

type weight int64

func (w weight) size() int64 { return int64(w) }

func TestShelf(t *testing.T) {
	s := newShelf[string, weight](10)
	has := func(want string) {
		t.Helper()
		got := ""
		for _, k := range []string{"a", "b", "c", "d"} {
			if _, ok := s.get(k); ok {
				got += k
			}
		}
		if got != want {
			t.Errorf("kept %q, want %q", got, want)
		}
	}
	s.put("a", 4)
	s.put("b", 4)
	has("ab")
	s.put("c", 4) // the oldest goes
	has("bc")
	s.put("b", 1)
	s.put("d", 5)
	has("bcd")
	s.drop("c")
	s.drop("c")
	has("bd")
	s.put("a", 4)
	has("abd")
	s.put("c", 99) // the last one stays, whatever its size
	has("c")
	s.drop("c")
	if has(""); s.bytes != 0 || len(s.order) != 0 {
		t.Errorf("an empty shelf holds %d bytes, %v", s.bytes, s.order)
	}
}

func TestSettled(t *testing.T) {
	plain, bare := both(t)
	entry := func(before, value string) reuse.Entry {
		return reuse.Entry{Key: "k", Stage: "translate", Lang: "ru", Before: before, After: "a", Value: json.RawMessage(value)}
	}
	for _, batch := range [][]reuse.Entry{{entry("x", `"1"`), entry("y", `"2"`)}, {entry("x", `"3"`)}, {{Key: "k", Stage: "correct"}}} {
		if err := bare.Settled.Put(batch); err != nil {
			t.Fatal(err)
		}
	}
	found, err := bare.Settled.Find("translate", "ru", "k")
	if want := []reuse.Entry{entry("y", `"2"`), entry("x", `"3"`)}; err != nil || !reflect.DeepEqual(found, want) {
		t.Errorf("found %+v, %v, want %+v", found, err, want)
	}
	if stored, err := plain.Settled.Find("translate", "ru", "k"); err != nil || len(stored) != 0 {
		t.Errorf("stored: %+v, %v", stored, err)
	}
	if none, err := bare.Settled.Find("translate", "tr", "k"); err != nil || len(none) != 0 {
		t.Errorf("of another language: %+v, %v", none, err)
	}
}

const account = `{"headline":"Canary sings","sentences":3,"error":{"code":"badOutput","message":"the answer says: canary","hint":"ask again"},"bytes":12345678901234567}`

func TestDocuments(t *testing.T) {
	ctx := t.Context()
	plain, bare := both(t)
	row := func(collection string) *store.Document {
		return &store.Document{
			Collection: collection, ID: "1", Folder: "f", State: store.DocWaiting, Updated: time.Unix(5, 0).UTC(), Report: json.RawMessage(account), Article: []byte("canary"),
		}
	}
	old := row("c-1")
	old.Article, old.Result = []byte("an old canary"), []byte("an older canary")
	if err := plain.Documents.Put(ctx, old); err != nil { // before texts were held back
		t.Fatal(err)
	}
	state := func(st *store.Store, collection string) (article, result, report string) {
		t.Helper()
		rows, err := st.Documents.Get(ctx, collection, []string{"1"}, true)
		if err != nil || rows["1"] == nil {
			t.Fatal(rows, err)
		}
		return string(rows["1"].Article), string(rows["1"].Result), string(rows["1"].Report)
	}
	for _, collection := range []string{"c-1", "schedule:s"} {
		waiting := row(collection)
		if err := bare.Documents.Put(ctx, waiting); err != nil || string(waiting.Article) != "canary" {
			t.Fatal(err)
		}
		if article, _, report := state(bare, collection); article != "canary" || report != account {
			t.Errorf("%s waiting: %q, %s", collection, article, report)
		}
		done := row(collection)
		done.State, done.Article, done.Result = store.DocDone, nil, []byte("edition of canary")
		if err := bare.Documents.Put(ctx, done); err != nil {
			t.Fatal(err)
		}
		if article, result, _ := state(bare, collection); article != "" || result != "edition of canary" {
			t.Errorf("%s done: %q, %q", collection, article, result)
		}
		written := row(collection)
		written.State, written.Article, written.Written = store.DocDone, nil, "sha256:1"
		if err := bare.Documents.Put(ctx, written); err != nil {
			t.Fatal(err)
		}
		want := ""
		if collection != "c-1" { // it may be delivered later
			want = "edition of canary"
		}
		if _, result, _ := state(bare, collection); result != want {
			t.Errorf("%s written: %q, want %q", collection, result, want)
		}
		article, result, report := state(plain, collection)
		if article+result != "" || strings.Contains(strings.ToLower(report), "canary") || !strings.Contains(report, "12345678901234567") || !strings.Contains(report, `"code":"badOutput"`) {
			t.Errorf("%s in the store: %q, %q, %s", collection, article, result, report)
		}
	}
	for d, err := range bare.Documents.List(ctx, "c-1", "") {
		if err != nil || string(d.Report) != account {
			t.Errorf("listed %s, %v", d.Report, err)
		}
	}
	elsewhere := row("c-1")
	elsewhere.Report = json.RawMessage(`{"sentences":4}`)
	if err := plain.Documents.Put(ctx, elsewhere); err != nil {
		t.Fatal(err)
	}
	if _, _, report := state(bare, "c-1"); report != `{"sentences":4}` {
		t.Errorf("what another process stored since: %s", report)
	}
}

func TestDecisionsKeepNoReasons(t *testing.T) {
	ctx := t.Context()
	plain, bare := both(t)
	given := &pipeline.Decisions{Edits: map[string]pipeline.Decision{"e-1": {State: "accepted", Reason: "canary"}}, Findings: map[string]pipeline.Decision{"f-1": {State: "waived", Reason: "canary"}}}
	want := fmt.Sprint(given.Edits, given.Findings)
	for range 2 {
		all, err := bare.Decisions.Remember(ctx, given)
		if err != nil || fmt.Sprint(all.Edits, all.Findings) != want {
			t.Errorf("in this process: %+v, %v", all, err)
		}
	}
	if all, err := bare.Decisions.Recall(ctx); err != nil || fmt.Sprint(all.Edits, all.Findings) != want {
		t.Errorf("recalled: %+v, %v", all, err)
	}
	if all, err := plain.Decisions.Recall(ctx); err != nil || fmt.Sprint(all.Edits, all.Findings) != "map[e-1:{accepted }] map[f-1:{waived }]" {
		t.Errorf("stored: %+v, %v", all, err)
	}
	if _, err := bare.Decisions.Remember(ctx, nil); err != nil {
		t.Error(err)
	}
}

func TestSchedulesKeepNoWords(t *testing.T) {
	ctx := t.Context()
	plain, bare := both(t)
	for _, d := range []store.Delivery{
		{ID: "msg_1", Collection: "schedule:s", Document: "1", Sink: "web", State: store.DeliveryHeld, Reason: "p1s1: canary", Headline: "Canary sings"},
		{ID: "msg_2", Collection: "schedule:s", Document: "2", Sink: "web", State: store.DeliveryPending, Headline: "Canary sings"},
	} {
		if err := bare.Deliveries.Add(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for d, err := range plain.Deliveries.List(ctx, store.DeliveryFilter{}) {
		if err != nil || d.Headline != "" || strings.Contains(d.Reason, "canary") || (d.Reason == "") != (d.ID == "msg_2") {
			t.Errorf("stored %+v, %v", d, err)
		}
		n++
	}
	due := time.Unix(100, 0).UTC()
	f := store.Firing{Schedule: "s", Due: due, State: store.FiringOpen, Report: json.RawMessage(`{"items":[{"document":"1","headline":"Canary"}]}`)}
	if _, _, err := bare.Firings.Claim(ctx, f); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		all, err := plain.Firings.List(ctx, store.FiringFilter{})
		if err != nil || len(all) != 1 || string(all[0].Report) != `{"items":[{"document":"1","headline":""}]}` || n != 2 {
			t.Errorf("stored %+v, %v, %d deliveries", all, err, n)
		}
		if err := bare.Firings.Update(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithout(t *testing.T) {
	const id, link, path = "harbour-closes-0a1b2c3d", "https://h/harbour-closes", "/in/harbour.txt"
	purged := store.Purged("a")
	for _, c := range []struct{ article, report, want string }{
		{"a", `{"items":[{"document":"a","headline":"Canary","n":1},{"document":"b","headline":"Other"}]}`, `{"items":[{"document":"` + purged + `","headline":"","n":1},{"document":"b","headline":"Other"}]}`},
		{"a", `{"id":"a","error":{"message":"x"},"message":"of a"}`, `{"error":{"message":"x"},"id":"` + purged + `","message":"what it was is not stored (no-store-text)"}`},
		{"a", `{"items":[{"document":"b","headline":"Other"}],"state":"a"}`, ""},
		{"a", `{"items":[{"document":"a","headline":""}]}`, `{"items":[{"document":"` + purged + `","headline":""}]}`},
		{"a", `no JSON`, ""},
		{"a", "", ""},
		{
			id, `{"problems":["https://h/harbour-closes: no article","https://h/harbour-closes-again: x","https://h/harbour-closes.html","(/in/harbour.txt)."],"reason":"harbour-closes-0a1b2c3d, xharbour-closes-0a1b2c3d"}`,
			`{"problems":["(purged): no article","https://h/harbour-closes-again: x","https://h/harbour-closes.html","((purged))."],"reason":"(purged), xharbour-closes-0a1b2c3d"}`,
		},
		{id, `{"tries":{"https://h/harbour-closes":{"n":1},"https://h/other":{"n":2}}}`, `{"tries":{"https://h/other":{"n":2}}}`},
		{id, `{"about":"https://h/harbour-closes","message":"Canary"}`, `{"about":"(purged)","message":"what it was is not stored (no-store-text)"}`},
	} {
		got, found := Without(json.RawMessage(c.report), c.article, link, path, "")
		if found != (c.want != "") || found && string(got) != c.want || !found && string(got) != c.report {
			t.Errorf("%s: %s, %v, want %s", c.report, got, found, c.want)
		}
	}
}
