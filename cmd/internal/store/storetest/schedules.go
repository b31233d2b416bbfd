package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// two gives two handles on one fresh state.
type two func(*testing.T) (first, second *store.Store)

// at is a moment of the tests: so many seconds after a fixed one.
func at(seconds int) time.Time {
	return time.Date(2026, 11, 28, 1, 2, 3, 4000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// scheduled is the part of the suite that schedules need.
func scheduled(t *testing.T, both two, fresh func(*testing.T) *store.Store) {
	t.Run("schedules", func(t *testing.T) { schedules(t, both) })
	t.Run("schedules altered by many", func(t *testing.T) { alteredByMany(t, both) })
	t.Run("firings", func(t *testing.T) { firings(t, both) })
	t.Run("firings claimed at once", func(t *testing.T) { claimedAtOnce(t, both) })
	t.Run("entries", func(t *testing.T) { entries(t, both) })
	t.Run("many entries", func(t *testing.T) { manyEntries(t, fresh(t)) })
	t.Run("entries by many", func(t *testing.T) { entriesByMany(t, both) })
	t.Run("sources", func(t *testing.T) { sources(t, both) })
	t.Run("deliveries", func(t *testing.T) { deliveries(t, both) })
	t.Run("many deliveries", func(t *testing.T) { manyDeliveries(t, fresh(t)) })
	t.Run("deliveries updated at once", func(t *testing.T) { updatedAtOnce(t, both) })
	t.Run("deliveries added at once", func(t *testing.T) { addedAtOnce(t, both) })
	t.Run("locks", func(t *testing.T) { locks(t, both) })
	t.Run("locks of many", func(t *testing.T) { locksOfMany(t, both) })
	t.Run("schedules cancelled", func(t *testing.T) { schedulesCancelled(t, fresh(t)) })
}

func schedules(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	if all, err := first.Schedules.List(ctx); err != nil || len(all) != 0 {
		t.Fatalf("an empty state lists %v, %v", all, err)
	}
	folder := store.Place{Kind: store.PlaceFolder, Name: "folder", Path: "/out", Spec: json.RawMessage(`{"folder":"/out"}`)}
	hook := store.Place{Kind: store.PlaceWebhook, Name: "desk"}
	b := store.Schedule{Name: "b", Spec: json.RawMessage(`{"a":"я\u0000"}`), Since: at(0), Applied: at(1)}
	strange := store.Schedule{Name: hostile[2]}
	for _, s := range []store.Schedule{b, {Name: "a", Spec: json.RawMessage(`1`), Places: []store.Place{folder}}, strange} {
		if s.Name == "b" {
			s.Places = []store.Place{hook, folder}
		}
		if err := first.Schedules.Apply(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	err := second.Schedules.Alter(ctx, "b", func(s *store.Schedule) bool {
		if !reflect.DeepEqual(*s, b) {
			t.Errorf("altering %+v, want %+v", s, b)
		}
		s.Paused, s.Since, s.Name, s.Spec = true, at(5), "other", nil // the last two do not count
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	again := store.Schedule{Name: "b", Spec: json.RawMessage(`2`), Since: at(7), Applied: at(8)}
	moved := folder
	moved.Path = "/new"
	hook.Spec = json.RawMessage(`{}`)
	withPlaces := again
	withPlaces.Places = []store.Place{moved, hook}
	if err := first.Schedules.Apply(ctx, withPlaces); err != nil {
		t.Fatal(err)
	}
	if err := first.Schedules.Alter(ctx, "a", func(*store.Schedule) bool { return true }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]store.Place{"a": {folder}, "b": {moved, folder, hook}, "c": nil} { // those of a removed one too
		if got, err := second.Places.Of(ctx, name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("places of %s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	again.Paused, again.Since = true, at(5) // they stay
	all, err := second.Schedules.List(ctx)
	if want := []store.Schedule{strange, again}; err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("listed %+v, %v, want %+v", all, err, want)
	}
	err = second.Schedules.Alter(ctx, "a", func(*store.Schedule) bool {
		t.Error("altering what is not there")
		return false
	})
	if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "no schedule a") {
		t.Errorf("altering an unknown one: %v", err)
	}
}

// What many change is changed one after the other.
func alteredByMany(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	if err := first.Schedules.Apply(ctx, store.Schedule{Name: "s", Since: at(0)}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			err := handles[i%2].Schedules.Alter(ctx, "s", func(s *store.Schedule) bool {
				s.Since = s.Since.Add(time.Second)
				return false
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, err := first.Schedules.List(ctx); err != nil || len(all) != 1 || !all[0].Since.Equal(at(16)) {
		t.Errorf("after 16 changes: %+v, %v", all, err)
	}
}

// firing is one with every field set.
func firing(schedule string, due int) store.Firing {
	return store.Firing{
		Schedule: schedule, Due: at(due), Cause: store.CauseMissed, State: store.FiringOpen, Reason: hostile[5], Run: "r-1",
		Started: at(due + 1), Ended: at(due + 2), Retry: at(due + 3), Attempts: 4, Report: json.RawMessage(`{"a":"я\u0000"}`),
	}
}

func firings(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	one, two, other := firing("s", 0), store.Firing{Schedule: "s", Due: at(60), Cause: store.CauseDue, State: store.FiringSkipped}, firing(hostile[3], 30)
	for _, f := range []store.Firing{two, one, other} {
		if got, made, err := first.Firings.Claim(ctx, f); err != nil || !made || !reflect.DeepEqual(got, f) {
			t.Fatalf("claimed %+v, %v, %v, want %+v", got, made, err, f)
		}
	}
	for _, s := range []*store.Store{first, second} {
		if got, made, err := s.Firings.Claim(ctx, store.Firing{Schedule: "s", Due: at(0), State: store.FiringDone}); err != nil || made || !reflect.DeepEqual(got, one) {
			t.Errorf("claimed again: %+v, %v, %v", got, made, err)
		}
	}
	one.Cause, one.State, one.Reason, one.Run, one.Report = store.CauseManual, store.FiringDone, "", "r-2", nil
	one.Started, one.Ended, one.Retry, one.Attempts = at(7), at(8), time.Time{}, 9
	if err := second.Firings.Update(ctx, one); err != nil {
		t.Fatal(err)
	}
	if err := second.Firings.Update(ctx, store.Firing{Schedule: "s", Due: at(1)}); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("updating an unknown one: %v", err)
	}
	for _, c := range []struct {
		filter store.FiringFilter
		want   []store.Firing
	}{
		{store.FiringFilter{}, []store.Firing{two, other, one}},
		{store.FiringFilter{Limit: 2}, []store.Firing{two, other}},
		{store.FiringFilter{Schedule: "s"}, []store.Firing{two, one}},
		{store.FiringFilter{Schedule: "s", States: []store.FiringState{store.FiringOpen, store.FiringDone}}, []store.Firing{one}},
		{store.FiringFilter{States: []store.FiringState{store.FiringOpen}}, []store.Firing{other}},
		{store.FiringFilter{Schedule: "none"}, nil},
	} {
		if got, err := first.Firings.List(ctx, c.filter); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %+v, %v, want %+v", c.filter, got, err, c.want)
		}
	}
}

// Of those who claim a firing at once, one makes it, and all see it.
func claimedAtOnce(t *testing.T, both two) {
	first, second := both(t)
	handles := []*store.Store{first, second}
	for due := range 5 {
		var mu sync.Mutex
		made, seen := 0, map[string]bool{}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				f := firing("s", due)
				f.Run = fmt.Sprint("r-", i)
				got, ours, err := handles[i%2].Firings.Claim(context.Background(), f)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[got.Run] = true
				if ours {
					made++
					if got.Run != f.Run {
						t.Errorf("made %s, and got %s", f.Run, got.Run)
					}
				}
			})
		}
		wg.Wait()
		if made != 1 || len(seen) != 1 {
			t.Errorf("%d made one, seen were %v", made, seen)
		}
	}
}

func schedulesCancelled(t *testing.T, s *store.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, list := s.Schedules.List(ctx)
	_, _, claim := s.Firings.Claim(ctx, firing("s", 0))
	_, firingList := s.Firings.List(ctx, store.FiringFilter{})
	_, places := s.Places.Of(ctx, "s")
	_, _, known := s.Entries.Known(ctx, "c", []string{"k"}, nil)
	_, _, load := s.Sources.Load(ctx, "c", "s")
	_, sourceList := s.Sources.List(ctx, "")
	_, update := s.Deliveries.Update(ctx, delivery("1", "v"), store.DeliveryPending)
	_, try := s.Locks.Try(ctx, "l")
	for name, err := range map[string]error{
		"apply": s.Schedules.Apply(ctx, store.Schedule{}), "places": places, "alter": s.Schedules.Alter(ctx, "s", nil), "list": list, "claim": claim,
		"firings": firingList, "firing": s.Firings.Update(ctx, firing("s", 0)), "known": known, "remember": s.Entries.Remember(ctx, store.Entry{}),
		"load": load, "save": s.Sources.Save(ctx, store.Source{}), "sources": sourceList, "add": s.Deliveries.Add(ctx, delivery("1", "v")),
		"update": update, "try": try,
	} {
		isCancelled(t, name, err)
	}
	for _, err := range s.Entries.All(ctx, "c") {
		isCancelled(t, "all", err)
	}
	for _, err := range s.Deliveries.List(ctx, store.DeliveryFilter{}) {
		isCancelled(t, "deliveries", err)
	}
}
