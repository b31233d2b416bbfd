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
	"dragoman/pipeline/reuse"
)

// prune prunes, after a dry try that must count the same.
func prune(t *testing.T, s *store.Store, k store.Kind, before time.Time, most int64) store.Amounts {
	t.Helper()
	ctx := context.Background()
	was, err := s.Keeper.Sizes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dry, err := s.Keeper.Prune(ctx, k, before, most, true)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := s.Keeper.Sizes(ctx); err != nil || !reflect.DeepEqual(now, was) {
		t.Errorf("a dry prune took away: %v, %v, before %v", now, err, was)
	}
	got, err := s.Keeper.Prune(ctx, k, before, most, false)
	if err != nil || got != dry {
		t.Errorf("pruned %+v, %v, dry %+v", got, err, dry)
	}
	now, err := s.Keeper.Sizes(ctx)
	if left := (store.Amounts{Rows: was[k].Rows - got.Rows, Bytes: was[k].Bytes - got.Bytes}); err != nil || now[k] != left {
		t.Errorf("%+v are left, %v, want %+v", now[k], err, left)
	}
	return got
}

// Replies go by age, but none that an open run may need; a settled answer
// stays when its reply goes.
func prunedReplies(t *testing.T, s *store.Store) {
	ctx := context.Background()
	run, _, err := s.Runs.Begin(ctx, "c", "/out", nil)
	if err != nil {
		t.Fatal(err)
	}
	old, started := reply(t, s, 1, run.Started.Add(-time.Hour)), reply(t, s, 2, run.Started)
	if err := s.Settled.Put([]reuse.Entry{{Key: "k", Stage: "correct", Exchange: old}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Uses.Note(ctx, "a", []string{old, started}); err != nil {
		t.Fatal(err)
	}
	used := func(want ...string) {
		t.Helper()
		slices.Sort(want)
		if got, err := s.Uses.Of(ctx, "a"); err != nil || !slices.Equal(got, want) {
			t.Errorf("used %v, %v, want %v", got, err, want)
		}
	}
	if got := prune(t, s, store.KindReplies, run.Started.Add(-time.Hour), -1); got.Rows != 0 {
		t.Errorf("what is not older went: %+v", got)
	}
	if got := prune(t, s, store.KindReplies, run.Started.Add(time.Hour), 0); got.Rows != 1 {
		t.Errorf("beside an open run went %+v", got)
	}
	if got := replies(t, s); len(got) != 1 || got[0] != started {
		t.Errorf("left are %v", got)
	}
	used(old, started) // the settled answer is there
	if got := prune(t, s, store.KindSettled, time.Now().Add(time.Hour), 0); got.Rows != 0 {
		t.Errorf("a settled answer of an open run went: %+v", got)
	}
	run.State, run.Ended = store.RunDone, time.Now()
	if err := s.Runs.Update(ctx, run); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Settled.Find("correct", "", "k"); err != nil || len(e) != 1 || e[0].Exchange != old {
		t.Errorf("the settled answer: %+v, %v", e, err)
	}
	for _, k := range []store.Kind{store.KindReplies, store.KindSettled} {
		if got := prune(t, s, k, time.Now().Add(time.Hour), -1); got.Rows != 1 {
			t.Errorf("after the run of %s went %+v", k, got)
		}
	}
	used()
	if _, err := s.Keeper.Prune(ctx, "none", time.Now(), -1, false); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("an unknown kind: %v", err)
	}
}

// By size the oldest go, no more than it takes; more than a portion in all.
func prunedBySize(t *testing.T, s *store.Store) {
	ctx := context.Background()
	const n = 1200
	var list []store.Entry
	for i := range n {
		list = append(list, entry(fmt.Sprintf("%04d", i), "content", n-i)) // the later key is older
	}
	if err := s.Entries.Remember(ctx, list...); err != nil {
		t.Fatal(err)
	}
	size := int64(len("0000" + "content" + "o-0000"))
	if got := prune(t, s, store.KindEntries, time.Time{}, n*size); got.Rows != 0 {
		t.Errorf("what fits went: %+v", got)
	}
	if got := prune(t, s, store.KindEntries, time.Time{}, (n-650)*size+size/2); got.Rows != 650 {
		t.Errorf("to be of the size went %+v", got)
	}
	// Both: the age takes more than the size.
	if got := prune(t, s, store.KindEntries, at(n-10), (n-650)*size-1); got.Rows == 0 || got.Rows > n-640 {
		t.Errorf("by age and size went %+v", got)
	}
	next := ""
	for e, err := range s.Entries.All(ctx, "c") {
		if err != nil || e.Key <= next || !e.Looked.After(at(n-11)) {
			t.Fatalf("left is %+v, %v", e, err)
		}
		next = e.Key
	}
	if next == "" {
		t.Error("all are gone")
	}
}

// Texts go with final documents of runs that ended, and the rows stay.
func prunedTexts(t *testing.T, s *store.Store) {
	ctx := context.Background()
	open, _, err := s.Runs.Begin(ctx, "c", "/out", nil)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]func(d *store.Document){
		"done": func(d *store.Document) { d.State = store.DocDone }, "failed": func(d *store.Document) { d.State = store.DocFailed },
		"flagged": func(d *store.Document) { d.State = store.DocFlagged },
		"waiting": func(*store.Document) {}, "stopped": func(d *store.Document) { d.State = store.DocStopped },
		"of an open run":    func(d *store.Document) { d.State, d.Run = store.DocDone, open.ID },
		"of an open firing": func(d *store.Document) { d.State, d.Run = store.DocDone, "r-fired" },
		"held":              func(d *store.Document) { d.State = store.DocFlagged }, "pending": func(d *store.Document) { d.State = store.DocDone },
		"new": func(d *store.Document) { d.State, d.Updated = store.DocDone, at(100) },
	}
	for id, change := range made {
		d := document(id)
		change(d)
		if err := s.Documents.Put(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	fired, held, delivered := firing("s", 0), delivery("held", "v"), delivery("done", "v")
	fired.Run, held.State, delivered.State = "r-fired", store.DeliveryHeld, store.DeliveryDone
	_, _, claim := s.Firings.Claim(ctx, fired)
	for _, err := range []error{claim, s.Deliveries.Add(ctx, held, delivered, delivery("pending", "v"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := prune(t, s, store.KindTexts, at(50), -1); got.Rows != 6 { // two of each that may go
		t.Errorf("went %+v", got)
	}
	docs, err := s.Documents.Get(ctx, "c", []string{"done", "failed", "flagged", "waiting", "stopped", "of an open run", "of an open firing", "held", "pending", "new"}, true)
	if err != nil || len(docs) != len(made) {
		t.Fatalf("%d rows are left, %v", len(docs), err)
	}
	for id, d := range docs {
		gone := id == "done" || id == "failed" || id == "flagged"
		if (d.Article == nil) != gone || (d.Result == nil) != gone || d.Written != "w" {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if got := prune(t, s, store.KindTexts, time.Time{}, 0); got.Rows != 2 { // by size the new one may go
		t.Errorf("by size went %+v", got)
	}
}

// Of firings the last of a schedule stays, and the last that came due.
func prunedFirings(t *testing.T, s *store.Store) {
	ctx := context.Background()
	for _, f := range []struct {
		schedule string
		due      int
		cause    store.Cause
		state    store.FiringState
	}{
		{"s", 1, store.CauseDue, store.FiringDone},
		{"s", 2, store.CauseDue, store.FiringOpen},
		{"s", 3, store.CauseManual, store.FiringDone},
		{"s", 4, store.CauseMissed, store.FiringSkipped},
		{"s", 5, store.CauseManual, store.FiringDone},
		{"s", 6, store.CauseManual, store.FiringDone},
		{"m", 1, store.CauseManual, store.FiringDone},
		{"one", 1, store.CauseDue, store.FiringDone},
	} {
		claimed := store.Firing{Schedule: f.schedule, Due: at(f.due), Cause: f.cause, State: f.state, Report: json.RawMessage(`{}`)}
		if _, made, err := s.Firings.Claim(ctx, claimed); err != nil || !made {
			t.Fatal(made, err)
		}
	}
	prune(t, s, store.KindFirings, at(100), -1)
	list, err := s.Firings.List(ctx, store.FiringFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, f := range list {
		left = append(left, fmt.Sprint(f.Schedule, int(f.Due.Sub(at(0)).Seconds())))
	}
	slices.Sort(left)
	if got := strings.Join(left, " "); got != "m1 one1 s2 s4 s6" {
		t.Errorf("left are %s", got)
	}
}

func prunedDeliveries(t *testing.T, s *store.Store) {
	ctx := context.Background()
	var list []store.Delivery
	for i, state := range []store.DeliveryState{store.DeliveryHeld, store.DeliveryPending, store.DeliveryDone, store.DeliveryDead, store.DeliveryOverruled} {
		d := delivery(fmt.Sprint(i), "v")
		d.State = state
		list = append(list, d)
	}
	late := delivery("late", "v")
	late.State, late.Ended = store.DeliveryDone, at(50)
	if err := s.Deliveries.Add(ctx, append(list, late)...); err != nil {
		t.Fatal(err)
	}
	if got := prune(t, s, store.KindDeliveries, at(40), -1); got.Rows != 3 {
		t.Errorf("went %+v", got)
	}
	want := map[string]store.DeliveryState{"0v": store.DeliveryHeld, "1v": store.DeliveryPending, "latev": store.DeliveryDone}
	if got := states(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("left are %v", got)
	}
}

func prunedRuns(t *testing.T, s *store.Store) {
	ctx := context.Background()
	ids := map[string]bool{}
	for _, c := range []string{"done", "fired", "late", "open"} {
		run, _, err := s.Runs.Begin(ctx, c, "/out", json.RawMessage(`1`))
		if err != nil {
			t.Fatal(err)
		}
		run.State, run.Ended = store.RunDone, at(0)
		switch c {
		case "late":
			run.Ended = at(10)
		case "open":
			run.State, run.Ended = store.RunOpen, time.Time{}
		case "fired":
			f := firing("s", 0)
			f.Run = run.ID
			if _, _, err := s.Firings.Claim(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		ids[run.ID] = c != "done"
		if err := s.Runs.Update(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	if got := prune(t, s, store.KindRuns, at(10), -1); got.Rows != 1 {
		t.Errorf("went %+v", got)
	}
	left, err := s.Runs.List(ctx, store.RunFilter{})
	if err != nil || len(left) != 3 {
		t.Errorf("left are %+v, %v", left, err)
	}
	for _, r := range left {
		if !ids[r.ID] {
			t.Errorf("left is %+v", r)
		}
	}
}

// What others write meanwhile is whole afterwards, and nothing of it goes.
func prunedBeside(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	for i := range 40 {
		d := document(fmt.Sprint(i))
		d.State = store.DocDone
		if err := first.Documents.Put(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 10 { // taken on again, with the stored article
				d := document(fmt.Sprint(w*10 + i))
				d.Updated, d.Article = at(1000), []byte("new")
				if err := second.Documents.Put(ctx, d); err != nil {
					t.Error(err)
				}
				reply(t, second, i, at(1000))
			}
		})
	}
	for range 3 {
		wg.Go(func() {
			for _, k := range store.Kinds() {
				if _, err := first.Keeper.Prune(ctx, k, at(500), -1, false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(replies(t, first)); n != 40 {
		t.Errorf("%d replies", n)
	}
	for i := range 40 {
		id := fmt.Sprint(i)
		docs, err := first.Documents.Get(ctx, "c", []string{id}, true)
		if err != nil || docs[id] == nil || string(docs[id].Article) != "new" || docs[id].Result == nil {
			t.Errorf("%s: %+v, %v", id, docs[id], err)
		}
	}
}
