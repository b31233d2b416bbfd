package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

func runs(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	run, resumed, err := first.Runs.Begin(ctx, "c", "/out", json.RawMessage(`{"a":"я\u0000"}`))
	if err != nil || resumed || len(run.ID) != 14 || !strings.HasPrefix(run.ID, "r-") || run.State != store.RunOpen || run.Started.IsZero() || !run.Ended.IsZero() {
		t.Fatalf("begun: %+v, %v, %v", run, resumed, err)
	}
	again, resumed, err := second.Runs.Begin(ctx, "c", "/other", json.RawMessage(`{"b":1}`))
	if err != nil || !resumed || again.ID != run.ID || string(again.Plan) != `{"b":1}` || again.Out != "/other" || !again.Started.Equal(run.Started) {
		t.Fatalf("gone on with: %+v, %v, %v", again, resumed, err)
	}
	other, resumed, err := second.Runs.Begin(ctx, "other", "/out", nil)
	if err != nil || resumed || other.ID == run.ID {
		t.Fatalf("another collection: %+v, %v, %v", other, resumed, err)
	}
	again.Plan = json.RawMessage(`[2]`)
	if err := first.Runs.Update(ctx, again); err != nil {
		t.Fatal(err)
	}
	list, err := second.Runs.List(ctx, store.RunFilter{ID: run.ID})
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], again) {
		t.Errorf("listed %+v, %v, want %+v", list, err, again)
	}
	again.State, again.Ended = store.RunDone, time.Date(2026, 11, 28, 1, 2, 3, 4000, time.UTC)
	if err := first.Runs.Update(ctx, again); err != nil {
		t.Fatal(err)
	}
	third, resumed, err := first.Runs.Begin(ctx, "c", "/out", nil)
	if err != nil || resumed || third.ID == run.ID {
		t.Fatalf("after the end: %+v, %v, %v", third, resumed, err)
	}
	all, err := second.Runs.List(ctx, store.RunFilter{})
	if err != nil || len(all) != 3 || all[0].ID != third.ID || !reflect.DeepEqual(all[2], again) {
		t.Errorf("all: %+v, %v", all, err)
	}
	if two, err := second.Runs.List(ctx, store.RunFilter{Limit: 2}); err != nil || len(two) != 2 || two[1].ID != other.ID {
		t.Errorf("two: %+v, %v", two, err)
	}
	if open, err := second.Runs.List(ctx, store.RunFilter{Collection: "c", State: store.RunOpen}); err != nil || len(open) != 1 || open[0].ID != third.ID {
		t.Errorf("open ones of c: %+v, %v", open, err)
	}
	if done, err := second.Runs.List(ctx, store.RunFilter{State: store.RunDone}); err != nil || len(done) != 1 || done[0].ID != run.ID {
		t.Errorf("those that are done: %+v, %v", done, err)
	}
	if none, err := second.Runs.List(ctx, store.RunFilter{ID: "r-0"}); err != nil || len(none) != 0 {
		t.Errorf("an unknown id: %+v, %v", none, err)
	}
	if err := second.Runs.Update(ctx, store.Run{ID: "r-0"}); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("updating an unknown run: %v", err)
	}
}

// Of processes that begin at once, one opens the run and the others go on with
// it.
func runsAtOnce(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	first, second := both(t)
	handles := []*store.Store{first, second}
	var mu sync.Mutex
	ids, opened := map[string]bool{}, 0
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			run, resumed, err := handles[i%2].Runs.Begin(context.Background(), "c", "/out", json.RawMessage(`{}`))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[run.ID] = true
			if !resumed {
				opened++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || opened != 1 {
		t.Errorf("%d runs, %d opened", len(ids), opened)
	}
}

func document(id string) *store.Document {
	return &store.Document{
		Collection: "c", ID: id, Folder: "f-" + id, Origin: "in/" + id, Input: "sha256:1", Settings: "sha256:2", Run: "r-1", State: store.DocWaiting,
		Afresh: true, Report: json.RawMessage(`{"a":"я\u0000"}`), Written: "w", Updated: time.Date(2026, 11, 28, 1, 2, 3, 4000, time.UTC),
		Article: []byte("article \x00\xff of " + id), Result: []byte(strings.Repeat("result of "+id, 100)),
	}
}

// bare is a document as lists give it.
func bare(d *store.Document) *store.Document {
	b := *d
	b.Article, b.Result = nil, nil
	return &b
}

func documents(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	one, two := document("1"), document("2")
	two.State, two.Report, two.Run, two.Updated, two.Article, two.Result = store.DocDone, nil, "r-2", time.Time{}, []byte{}, nil
	other := document("1")
	other.Collection, other.Article = "C", []byte("of another collection")
	if err := first.Documents.Put(ctx, one, two, other); err != nil {
		t.Fatal(err)
	}
	whole, err := second.Documents.Get(ctx, "c", []string{"2", "1", "none"}, true)
	if err != nil || !reflect.DeepEqual(whole, map[string]*store.Document{"1": one, "2": two}) {
		t.Errorf("whole: %+v, %v", whole, err)
	}
	short, err := second.Documents.Get(ctx, "c", []string{"1"}, false)
	if err != nil || !reflect.DeepEqual(short, map[string]*store.Document{"1": bare(one)}) {
		t.Errorf("short: %+v, %v", short, err)
	}
	if none, err := second.Documents.Get(ctx, "c", nil, true); err != nil || len(none) != 0 {
		t.Errorf("none: %v, %v", none, err)
	}
	changed := document("1")
	changed.State, changed.Article, changed.Result, changed.Report, changed.Afresh = store.DocFlagged, nil, []byte("new"), json.RawMessage(`2`), false
	if err := second.Documents.Put(ctx, changed); err != nil {
		t.Fatal(err)
	}
	changed.Article = one.Article // what is not given stays
	if got, err := first.Documents.Get(ctx, "c", []string{"1"}, true); err != nil || !reflect.DeepEqual(got["1"], changed) {
		t.Errorf("changed: %+v, %v", got["1"], err)
	}
	for _, c := range []struct {
		run    string
		states []store.DocState
		want   string
	}{
		{"", nil, "1 2"},
		{"r-1", nil, "1"},
		{"", []store.DocState{store.DocDone, store.DocFailed}, "2"},
		{"r-2", []store.DocState{store.DocFlagged}, ""},
		{"r-1", []store.DocState{store.DocFlagged, store.DocDone}, "1"},
	} {
		var got []string
		for d, err := range first.Documents.List(ctx, "c", c.run, c.states...) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Article != nil || d.Result != nil {
				t.Error("a list has texts")
			}
			got = append(got, d.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("run %q, states %v: %v, want %s", c.run, c.states, got, c.want)
		}
	}
	everywhere(t, first, "r-1", "C/1 c/1")
	everywhere(t, first, "", "C/1 c/1 c/2")
}

// everywhere lists the documents of every collection, over more than one page.
func everywhere(t *testing.T, s *store.Store, run, want string) {
	t.Helper()
	var got []string
	for d, err := range s.Documents.List(context.Background(), "", run) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.Collection+"/"+d.ID)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("run %q of every collection: %v, want %s", run, got, want)
	}
}

func strangeDocuments(t *testing.T, s *store.Store) {
	ctx := context.Background()
	var docs []*store.Document
	want := map[string]*store.Document{}
	for i, id := range hostile {
		d := document(id)
		d.Folder, d.Origin = fmt.Sprint("f", i), id
		docs, want[id] = append(docs, d), d
	}
	if err := s.Documents.Put(ctx, docs...); err != nil {
		t.Fatal(err)
	}
	got, err := s.Documents.Get(ctx, "c", hostile, true)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	listed := 0
	for d, err := range s.Documents.List(ctx, "c", "") {
		if err != nil || !reflect.DeepEqual(d, bare(want[d.ID])) {
			t.Errorf("listed %+v, %v", d, err)
		}
		listed++
	}
	if listed != len(hostile) {
		t.Errorf("listed %d of %d", listed, len(hostile))
	}
}

// More documents than one page or one query holds, in the order of their ids,
// with calls while a list is under way.
func manyDocuments(t *testing.T, s *store.Store) {
	ctx := context.Background()
	const n = 1100
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("id %04d", (i*7)%n))
	}
	for part := range slices.Chunk(ids, 500) {
		var docs []*store.Document
		for _, id := range part {
			d := bare(document(id))
			d.Article = []byte(id)
			docs = append(docs, d)
		}
		if err := s.Documents.Put(ctx, docs...); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Documents.Get(ctx, "c", ids, true)
	if err != nil || len(got) != n || string(got[ids[n-1]].Article) != ids[n-1] {
		t.Errorf("got %d, %v", len(got), err)
	}
	slices.Sort(ids)
	i := 0
	for d, err := range s.Documents.List(ctx, "c", "r-1", store.DocWaiting) {
		if err != nil {
			t.Fatal(err)
		}
		if d.ID != ids[i] {
			t.Fatalf("at %d stands %s", i, d.ID)
		}
		if i%100 == 0 {
			if err := s.Documents.Put(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		i++
	}
	if i != n {
		t.Errorf("listed %d of %d", i, n)
	}
	for range s.Documents.List(ctx, "c", "") {
		break // stopping early is allowed
	}
}

func documentsByMany(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 5 {
				docs := []*store.Document{document("a"), document("b"), document(fmt.Sprint(w, "-", i))}
				if w%2 == 0 {
					slices.Reverse(docs)
				}
				if err := handles[w/4].Documents.Put(ctx, docs...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for _, err := range second.Documents.List(ctx, "c", "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 42 {
		t.Errorf("%d documents, want 42", n)
	}
}
