package reuse

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func rank(e Entry, before, after string) int {
	n := 0
	if e.Before == before {
		n++
	}
	if e.After == after {
		n++
	}
	return n
}

// Whatever is kept: what is chosen has a neighbour in common, none has more in
// common, and of those with as much it is the last.
func TestChooseOfAnyEntries(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	name := func() string { return []string{"", "a", "b", "c"}[rng.IntN(4)] }
	for range 2000 {
		var entries []Entry
		for i := range rng.IntN(6) {
			entries = append(entries, Entry{Key: fmt.Sprint(i), Before: name(), After: name()})
		}
		before, after := name(), name()
		got, ok := Choose(entries, before, after)
		best, want := 0, Entry{}
		for _, e := range entries {
			if r := rank(e, before, after); r > 0 && r >= best {
				best, want = r, e
			}
		}
		if ok != (best > 0) || got.Key != want.Key {
			t.Fatalf("%+v between %q and %q: %+v, want %+v", entries, before, after, got, want)
		}
	}
}

func TestNeighbourDigests(t *testing.T) {
	if Neighbour("") != "" {
		t.Error("no neighbour has a digest")
	}
	seen := map[string]string{}
	for _, text := range []string{"He said no.", "He said no", "he said no.", " He said no.", "Он отказался."} {
		d := Neighbour(text)
		if other, dup := seen[d]; dup || d == "" || d != Neighbour(text) {
			t.Errorf("%q has the digest of %q", text, other)
		}
		seen[d] = text
	}
}

// Keys are on disk: a changed digest would cost every sentence again.
func TestKeysAreTheSameForever(t *testing.T) {
	k := Key{Stage: "translate", Lang: "ru", Text: "He said no.", Names: "Lesna=Лесна", Prompt: "sha256:1", Model: "m"}
	if got, want := k.String(), "2841ffc31e76297f26103bb245fbbe7b"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := Neighbour("He said no."), "6c509c5d824aba9f"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
