package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline/llm/ledgertest"
)

// keeping is the part of the suite about taking away.
func keeping(t *testing.T, both two, fresh func(*testing.T) *store.Store) {
	t.Run("uses", func(t *testing.T) { uses(t, both) })
	t.Run("uses by many", func(t *testing.T) { usesByMany(t, both) })
	t.Run("sizes", func(t *testing.T) { sizes(t, fresh(t)) })
	t.Run("pruned replies", func(t *testing.T) { prunedReplies(t, fresh(t)) })
	t.Run("pruned by size", func(t *testing.T) { prunedBySize(t, fresh(t)) })
	t.Run("pruned texts", func(t *testing.T) { prunedTexts(t, fresh(t)) })
	t.Run("pruned firings", func(t *testing.T) { prunedFirings(t, fresh(t)) })
	t.Run("pruned deliveries", func(t *testing.T) { prunedDeliveries(t, fresh(t)) })
	t.Run("pruned runs and entries", func(t *testing.T) { prunedRuns(t, fresh(t)) })
	t.Run("pruned beside writers", func(t *testing.T) { prunedBeside(t, both) })
	t.Run("purge", func(t *testing.T) { purge(t, both) })
	t.Run("purge of what is under way", func(t *testing.T) { purgeUnderWay(t, fresh(t)) })
	t.Run("purge of what another took", func(t *testing.T) { purgeTaken(t, fresh(t)) })
	t.Run("purge of names", func(t *testing.T) { purgeNames(t, both) })
	t.Run("prune of one collection", func(t *testing.T) { pruneOf(t, fresh(t)) })
	t.Run("prune of what was taken", func(t *testing.T) { pruneTaken(t, fresh(t)) })
	t.Run("purge of much", func(t *testing.T) { purgeOfMuch(t, fresh(t)) })
	t.Run("purge of nothing", func(t *testing.T) { purgeOfNothing(t, fresh(t)) })
}

func uses(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	if keys, err := first.Uses.Of(ctx, "a"); err != nil || len(keys) != 0 {
		t.Fatalf("an empty state has %v, %v", keys, err)
	}
	var many []string
	for i := range 700 {
		many = append(many, fmt.Sprintf("k%03d", 699-i))
	}
	for _, keys := range [][]string{nil, {""}, {"b", "a", "b"}, {"a", "c"}} {
		if err := first.Uses.Note(ctx, hostile[2], keys); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.Uses.Note(ctx, "many", many); err != nil {
		t.Fatal(err)
	}
	if keys, err := second.Uses.Of(ctx, hostile[2]); err != nil || strings.Join(keys, " ") != "a b c" {
		t.Errorf("used %v, %v", keys, err)
	}
	slices.Sort(many)
	if keys, err := first.Uses.Of(ctx, "many"); err != nil || !slices.Equal(keys, many) {
		t.Errorf("used %d, %v", len(keys), err)
	}
}

func usesByMany(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			keys := []string{"a", "b", fmt.Sprint(i)}
			if i%2 == 0 {
				slices.Reverse(keys)
			}
			for range 5 {
				if err := handles[i/4].Uses.Note(ctx, "x", keys); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if keys, err := first.Uses.Of(ctx, "x"); err != nil || len(keys) != 10 {
		t.Errorf("used %v, %v", keys, err)
	}
}

// reply stores an exchange and gives its key.
func reply(t *testing.T, s *store.Store, i int, sent time.Time) string {
	t.Helper()
	x := ledgertest.Exchange(i)
	x.Sent = sent
	if err := s.Ledger.Append(context.Background(), x); err != nil {
		t.Fatal(err)
	}
	return x.Key
}

func replies(t *testing.T, s *store.Store) (keys []string) {
	t.Helper()
	for x, err := range s.Ledger.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, x.Key)
	}
	return keys
}

func sizes(t *testing.T, s *store.Store) {
	ctx := context.Background()
	got, err := s.Keeper.Sizes(ctx)
	if err != nil || len(got) != len(store.Kinds()) {
		t.Fatalf("an empty state: %v, %v", got, err)
	}
	for k, a := range got {
		if a != (store.Amounts{}) {
			t.Errorf("an empty state has %+v of %s", a, k)
		}
	}
	fillAll(t, s)
	if got, err = s.Keeper.Sizes(ctx); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[store.Kind]int64{
		store.KindReplies: 2, store.KindSettled: 1, store.KindTexts: 2, store.KindFirings: 1, store.KindDeliveries: 1, store.KindRuns: 1, store.KindEntries: 1,
	} {
		if got[k].Rows != want || got[k].Bytes <= 0 {
			t.Errorf("%s: %+v, want %d", k, got[k], want)
		}
	}
}

// fillAll stores something of every kind.
func fillAll(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	Fill(t, s)
	_, _, claim := s.Firings.Claim(ctx, firing("s", 0))
	_, _, begin := s.Runs.Begin(ctx, "c", "/out", json.RawMessage(`1`))
	for _, err := range []error{claim, begin, s.Deliveries.Add(ctx, delivery("1", "v")), s.Entries.Remember(ctx, entry("k", "c", 0))} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
