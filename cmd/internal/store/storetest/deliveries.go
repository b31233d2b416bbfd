package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
)

func delivery(doc, version string) store.Delivery {
	return store.Delivery{
		ID: "msg_" + doc + version, Collection: "c", Document: doc, Version: version, Sink: "web", State: store.DeliveryPending,
		Reason: hostile[5], Headline: hostile[2], Attempts: 2, Next: at(10), Made: at(1), Ended: at(20),
	}
}

// states are the states of all deliveries by document and version.
func states(t *testing.T, s *store.Store) map[string]store.DeliveryState {
	t.Helper()
	all := map[string]store.DeliveryState{}
	for d, err := range s.Deliveries.List(context.Background(), store.DeliveryFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all[d.Document+d.Version] = d.State
	}
	return all
}

func deliveries(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	one, held, dead := delivery("1", "a"), delivery("2", "a"), delivery("3", "a")
	held.State, held.Made, held.Next, held.Ended = store.DeliveryHeld, at(0), time.Time{}, time.Time{}
	dead.State, dead.Made = store.DeliveryDead, at(2)
	done := delivery("4", "a")
	done.State, done.Collection = store.DeliveryDone, "C"
	other := delivery("2", "s")
	other.Sink, other.Made = "site", at(3)
	if err := first.Deliveries.Add(ctx, one, held, dead, done, other); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter store.DeliveryFilter
		want   []store.Delivery
	}{
		{store.DeliveryFilter{}, []store.Delivery{held, one, done, dead, other}},
		{store.DeliveryFilter{Limit: 2}, []store.Delivery{held, one}},
		{store.DeliveryFilter{Collection: "c", Document: "2"}, []store.Delivery{held, other}},
		{store.DeliveryFilter{Sink: "site"}, []store.Delivery{other}},
		{store.DeliveryFilter{States: []store.DeliveryState{store.DeliveryHeld, store.DeliveryDone}}, []store.Delivery{held, done}},
		{store.DeliveryFilter{Due: at(10)}, []store.Delivery{one, other}},
		{store.DeliveryFilter{Due: at(9)}, nil},
	} {
		var got []store.Delivery
		for d, err := range second.Deliveries.List(ctx, c.filter) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, d)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %+v, want %+v", c.filter, got, c.want)
		}
	}
	again := one
	again.State, again.Reason = store.DeliveryHeld, "changed"
	newer := []store.Delivery{again}
	for _, doc := range []string{"2", "3", "4"} {
		d := delivery(doc, "b")
		if doc == "4" {
			d.Collection = "C"
		}
		newer = append(newer, d)
	}
	if err := second.Deliveries.Add(ctx, newer...); err != nil {
		t.Fatal(err)
	}
	if err := first.Deliveries.Add(ctx, held); err != nil { // it is there
		t.Fatal(err)
	}
	want := map[string]store.DeliveryState{
		"1a": store.DeliveryPending, "2a": store.DeliveryOverruled, "2s": store.DeliveryPending, "3a": store.DeliveryOverruled, "4a": store.DeliveryDone,
		"2b": store.DeliveryPending, "3b": store.DeliveryPending, "4b": store.DeliveryPending,
	}
	if got := states(t, first); !reflect.DeepEqual(got, want) {
		t.Errorf("after newer versions: %v, want %v", got, want)
	}
	for d := range first.Deliveries.List(ctx, store.DeliveryFilter{Document: "2", States: []store.DeliveryState{store.DeliveryOverruled}}) {
		if d.Ended.IsZero() {
			t.Errorf("it was overruled, and has not ended: %+v", d)
		}
	}
	deliveriesUpdated(t, first, one)
}

func deliveriesUpdated(t *testing.T, s *store.Store, d store.Delivery) {
	ctx := context.Background()
	d.State, d.Reason, d.Attempts, d.Next, d.Ended = store.DeliveryDone, "why", 3, time.Time{}, at(30)
	changed := d
	changed.Headline, changed.Made, changed.Sink = "", at(0), "other" // they do not count
	for _, c := range []struct {
		from store.DeliveryState
		want bool
	}{{store.DeliveryHeld, false}, {store.DeliveryPending, true}, {store.DeliveryPending, false}} {
		if was, err := s.Deliveries.Update(ctx, changed, c.from); err != nil || was != c.want {
			t.Errorf("from %s: %v, %v", c.from, was, err)
		}
	}
	for got, err := range s.Deliveries.List(ctx, store.DeliveryFilter{Document: d.Document}) {
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("updated: %+v, %v, want %+v", got, err, d)
		}
	}
	if was, err := s.Deliveries.Update(ctx, store.Delivery{ID: "msg_none", State: store.DeliveryDone}, store.DeliveryPending); was || err != nil {
		t.Errorf("an unknown one: %v, %v", was, err)
	}
}

// More deliveries than a page holds, some of one moment, with updates while the
// list is under way.
func manyDeliveries(t *testing.T, s *store.Store) {
	ctx := context.Background()
	const n = 700
	var list []store.Delivery
	var want []string
	for i := range n {
		d := delivery(fmt.Sprintf("%04d", (i*11)%n), "v")
		d.Made = at(0)
		list, want = append(list, d), append(want, d.Document)
	}
	if err := s.Deliveries.Add(ctx, list...); err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	var got []string
	for d, err := range s.Deliveries.List(ctx, store.DeliveryFilter{Due: at(10)}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.Document)
		d.State = store.DeliveryDone
		if was, err := s.Deliveries.Update(ctx, d, store.DeliveryPending); err != nil || !was {
			t.Fatalf("updating %s: %v, %v", d.ID, was, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %d, want %d in order", len(got), n)
	}
	limited := 0
	for range s.Deliveries.List(ctx, store.DeliveryFilter{Limit: 300}) {
		limited++
	}
	if limited != 300 {
		t.Errorf("listed %d with a limit of 300", limited)
	}
}

// Of those who change a delivery at once, one does.
func updatedAtOnce(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	for round := range 5 {
		d := delivery(fmt.Sprint(round), "v")
		if err := first.Deliveries.Add(ctx, d); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		won := 0
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				d := d
				d.State, d.Attempts = store.DeliveryDone, i
				was, err := handles[i%2].Deliveries.Update(ctx, d, store.DeliveryPending)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if was {
					won++
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d changed it", won)
		}
	}
}

// Of versions of one article that come at once, one is left.
func addedAtOnce(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	doc := document("1")
	if err := first.Documents.Put(ctx, doc); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			other := delivery("2", fmt.Sprint(i)) // whose row is nowhere: only that nothing breaks
			if err := handles[i%2].Deliveries.Add(ctx, other, delivery("1", fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var open []string
	for name, state := range states(t, first) {
		if strings.HasPrefix(name, "1") && state == store.DeliveryPending {
			open = append(open, name)
		}
	}
	if len(open) != 1 {
		t.Errorf("pending are %v", open)
	}
}

func locks(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	try := func(s *store.Store, name string) store.Lock {
		t.Helper()
		l, err := s.Locks.Try(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	held := map[string]store.Lock{}
	for i, name := range append(slices.Clone(hostile), "a", "A", "../a") {
		if held[name] = try([]*store.Store{first, second}[i%2], name); held[name] == nil {
			t.Fatalf("%q is held", name)
		}
	}
	for name, l := range held {
		for _, s := range []*store.Store{first, second} {
			if again := try(s, name); again != nil {
				t.Fatalf("%q is held twice", name)
			}
		}
		select {
		case <-l.Lost():
			t.Errorf("%q is lost", name)
		default:
		}
	}
	for _, l := range held {
		for range 2 { // closing twice does no harm
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	l := try(second, "a")
	if l == nil {
		t.Fatal("a lock that was let go is held")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// A name is held by one at a time, whoever asks.
func locksOfMany(t *testing.T, both two) {
	first, second := both(t)
	handles := []*store.Store{first, second}
	var mu sync.Mutex
	inside, took := 0, 0
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				l, err := handles[i%2].Locks.Try(context.Background(), "l")
				if err != nil {
					t.Error(err)
				}
				if l == nil {
					continue
				}
				mu.Lock()
				if inside++; inside > 1 {
					t.Error("two hold one lock")
				}
				took++
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				inside--
				mu.Unlock()
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if took == 0 {
		t.Error("nobody took it")
	}
}
