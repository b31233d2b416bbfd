package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// isCancelled checks the error of a call whose context had ended.
func isCancelled(t *testing.T, name string, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) || pipeline.CodeOf(err) != "" {
		t.Errorf("%s with a cancelled context: %v", name, err)
	}
}

func entry(key, content string, first int) store.Entry {
	return store.Entry{Collection: "c", Key: key, Content: content, Offered: "o-" + key, Document: "d-" + key, Tag: "t-" + key, Modified: "m-" + key, First: at(first), Looked: at(first + 1)}
}

func entries(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	later, earlier, elsewhere := entry("1", "same", 5), entry("2", "same", 3), entry("1", "same", 1)
	elsewhere.Collection = "C"
	var list []store.Entry
	for i, key := range hostile {
		list = append(list, entry(key, fmt.Sprint(key, "content"), i))
	}
	if err := first.Entries.Remember(ctx, append(list, later, earlier, elsewhere)...); err != nil {
		t.Fatal(err)
	}
	keys := append(slices.Clone(hostile), "1", "none", "1")
	byKey, byContent, err := second.Entries.Known(ctx, "c", keys, []string{"same", "none", "1"})
	if err != nil || len(byKey) != len(hostile)+1 || !reflect.DeepEqual(byKey["1"], later) {
		t.Errorf("by key: %+v, %v", byKey, err)
	}
	for _, e := range list {
		if !reflect.DeepEqual(byKey[e.Key], e) {
			t.Errorf("%q: %+v, want %+v", e.Key, byKey[e.Key], e)
		}
	}
	if !reflect.DeepEqual(byContent, map[string]store.Entry{"same": earlier}) { // the first met counts
		t.Errorf("by content: %+v", byContent)
	}
	byKey, byContent, err = second.Entries.Known(ctx, "c", nil, nil)
	if err != nil || byKey == nil || byContent == nil || len(byKey)+len(byContent) != 0 {
		t.Errorf("none: %v, %v, %v", byKey, byContent, err)
	}
	changed := store.Entry{Collection: "c", Key: "2", Content: "new", Offered: "", Document: "d", First: at(99), Looked: at(100)}
	if err := second.Entries.Remember(ctx, entry("2", "old", 50), changed); err != nil { // of one key the last counts
		t.Fatal(err)
	}
	changed.First = earlier.First
	byKey, byContent, err = first.Entries.Known(ctx, "c", []string{"2"}, []string{"same", "new", "old"})
	if err != nil || !reflect.DeepEqual(byKey["2"], changed) || !reflect.DeepEqual(byContent, map[string]store.Entry{"same": later, "new": changed}) {
		t.Errorf("changed: %+v, %+v, %v", byKey, byContent, err)
	}
	if err := first.Entries.Remember(ctx); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

// More entries than one page or one query holds.
func manyEntries(t *testing.T, s *store.Store) {
	ctx := context.Background()
	const n = 1100
	var list []store.Entry
	var keys, contents []string
	for i := range n {
		e := entry(fmt.Sprintf("k%04d", (i*7)%n), fmt.Sprint("c", i%600), i)
		list, keys, contents = append(list, e), append(keys, e.Key), append(contents, e.Content)
	}
	if err := s.Entries.Remember(ctx, list...); err != nil {
		t.Fatal(err)
	}
	byKey, byContent, err := s.Entries.Known(ctx, "c", keys, contents)
	if err != nil || len(byKey) != n || len(byContent) != 600 || byContent["c0"].Key != list[0].Key {
		t.Errorf("%d by key, %d by content, %v", len(byKey), len(byContent), err)
	}
	slices.Sort(keys)
	var got []string
	for e, err := range s.Entries.All(ctx, "c") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Key)
		if len(got)%100 == 0 { // calls while a list is under way
			if err := s.Entries.Remember(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(got, keys) {
		t.Errorf("listed %d, want %d in order", len(got), n)
	}
	for range s.Entries.All(ctx, "c") {
		break // stopping early is allowed
	}
	for e := range s.Entries.All(ctx, "none") {
		t.Errorf("of no collection: %+v", e)
	}
}

func entriesByMany(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 5 {
				list := []store.Entry{entry("a", "x", w), entry("b", "x", w), entry(fmt.Sprint(w, "-", i), "y", w)}
				if w%2 == 0 {
					slices.Reverse(list)
				}
				if err := handles[w/4].Entries.Remember(ctx, list...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	byKey, byContent, err := first.Entries.Known(ctx, "c", []string{"a", "b", "7-4"}, []string{"x", "y"})
	if err != nil || len(byKey) != 3 || len(byContent) != 2 {
		t.Errorf("%v, %v, %v", slices.Collect(maps.Keys(byKey)), slices.Collect(maps.Keys(byContent)), err)
	}
}

func sources(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	if s, known, err := first.Sources.Load(ctx, "c", "s"); err != nil || known || !reflect.DeepEqual(s, store.Source{}) {
		t.Errorf("an empty state has %+v, %v, %v", s, known, err)
	}
	full := store.Source{
		Collection: "c", Name: "https://h/feed?a=\x00", Tag: `W/"\xff"`, Modified: "Sat, 28 Nov 2026 01:02:03 GMT", Digest: "sha256:1", Looked: at(1), Fresh: at(2),
		Failing: at(3), Failure: hostile[5], NotBefore: at(4), Extra: json.RawMessage(`{"a":"я\u0000"}`),
	}
	bare := store.Source{Collection: "c", Name: "a"}
	other := store.Source{Collection: "C", Name: full.Name}
	for _, s := range []store.Source{full, bare, other} {
		if err := first.Sources.Save(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if s, known, err := second.Sources.Load(ctx, "c", full.Name); err != nil || !known || !reflect.DeepEqual(s, full) {
		t.Errorf("loaded %+v, %v, %v, want %+v", s, known, err, full)
	}
	bare.Tag, bare.Extra = "t", json.RawMessage(`1`)
	if err := second.Sources.Save(ctx, bare); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, collection := range []string{"c", "", "none"} {
		list, err := first.Sources.List(ctx, collection)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			names = append(names, s.Collection+s.Name[:1])
		}
		names = append(names, "|")
		if collection == "c" && !reflect.DeepEqual(list[slices.IndexFunc(list, func(s store.Source) bool { return s.Name == "a" })], bare) {
			t.Errorf("listed %+v", list)
		}
	}
	got := strings.Join(names, " ")
	for _, part := range []string{"ca", "ch", "Ch"} {
		if want := map[string]int{"ca": 2, "ch": 2, "Ch": 1}[part]; strings.Count(got, part) != want {
			t.Errorf("listed %s", got)
		}
	}
}
