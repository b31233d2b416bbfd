package ask

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/reuse"
)

func cutter(contextTokens int) *keyed[string] {
	return &keyed[string]{
		Asker: &Asker{Reuse: reuse.None{}, Context: contextTokens},
		q:     Question[string]{Tokens: func(it Item) int { return 2 * Tokens(it.Text) }},
	}
}

func itemSize(it Item) int { return 3*Tokens(it.Text) + 8 }

// Whatever the sentences and the model: nothing is lost, changed or moved; no
// part is longer than MaxChunk; none is beyond the room unless it is one
// sentence; and no cut is made that the sizes do not call for.
func TestChunksOfAnyArticle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 400 {
		var items []Item
		for i := range rng.IntN(130) {
			items = append(items, Item{ID: fmt.Sprint(i), Text: strings.Repeat("x", rng.IntN(1+rng.IntN(900)))})
		}
		context, system := 500+rng.IntN(9000), rng.IntN(900)
		k := cutter(context)
		room := k.Room() - system - 200
		var joined []Item
		for _, part := range k.chunks(items, system) {
			if len(part) == 0 || len(part) > MaxChunk {
				t.Fatalf("round %d: a part of %d sentences", round, len(part))
			}
			size := 0
			for _, it := range part {
				size += itemSize(it)
			}
			if size > max(room, 1) && len(part) > 1 {
				t.Fatalf("round %d: %d sentences of %d tokens in a room of %d", round, len(part), size, room)
			}
			joined = append(joined, part...)
		}
		if !slices.Equal(joined, items) {
			t.Fatalf("round %d: %d sentences became %d", round, len(items), len(joined))
		}
	}
}

func TestChunksOfLikeSentencesAreOfLikeSize(t *testing.T) {
	for n, want := range map[int]string{
		0: "[]", 1: "[1]", 40: "[40]", 41: "[21 20]", 79: "[40 39]", 80: "[40 40]", 81: "[27 27 27]", 121: "[31 31 31 28]",
	} {
		var items []Item
		for i := range n {
			items = append(items, Item{ID: fmt.Sprint(i), Text: "The port of Lesna was closed."})
		}
		got := []int{}
		for _, part := range cutter(100_000).chunks(items, 300) {
			got = append(got, len(part))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%d sentences: %v, want %s", n, got, want)
		}
	}
}

// A sentence beyond the whole context is still asked for: the endpoint has the
// last word.
func TestASentenceTooLongForAnyPartStandsAlone(t *testing.T) {
	items := []Item{{ID: "a", Text: "short"}, {ID: "b", Text: strings.Repeat("long ", 5000)}, {ID: "c", Text: "short"}}
	for _, context := range []int{1, 300, 2000} {
		parts := cutter(context).chunks(items, 100)
		if len(parts) != 3 || parts[1][0].ID != "b" {
			t.Errorf("context %d: %v parts", context, len(parts))
		}
	}
}

func TestPieces(t *testing.T) {
	for _, tc := range []struct {
		n, most int
		want    string
	}{{0, 5, "[]"}, {1, 5, "[1]"}, {5, 5, "[5]"}, {6, 5, "[5 1]"}, {11, 5, "[5 5 1]"}, {3, 1, "[1 1 1]"}} {
		items := make([]Item, tc.n)
		got := []int{}
		for _, p := range pieces(items, tc.most) {
			got = append(got, len(p))
		}
		if fmt.Sprint(got) != tc.want {
			t.Errorf("%d in pieces of %d: %v", tc.n, tc.most, got)
		}
	}
}

func TestRoomIsNineTenthsOfTheContext(t *testing.T) {
	for context, want := range map[int]int{0: 7372, -1: 7372, 1000: 900, 8192: 7372, 131072: 117964} {
		if got := (&Asker{Context: context}).Room(); got != want {
			t.Errorf("context %d: room %d, want %d", context, got, want)
		}
	}
}

// An estimate that is too low is a request that the endpoint refuses.
func TestTokensAreEstimatedFromAbove(t *testing.T) {
	for text, words := range map[string]int{
		"":  0,
		"a": 1,
		"The river port of Lesna was closed on Monday after a barge hit a pier.": 16,
		"Речной порт Лесны закрыли в понедельник.":                               14,
	} {
		if got := Tokens(text); got < words {
			t.Errorf("%q: %d tokens, at least %d", text, got, words)
		}
	}
	for n := range 100 {
		if Tokens(strings.Repeat("x", n)) > Tokens(strings.Repeat("x", n+1)) {
			t.Errorf("a longer text of %d has fewer tokens", n+1)
		}
	}
}

func TestNeighboursAndContext(t *testing.T) {
	items := Neighbours([]Item{{Text: "One."}, {Text: "Two."}, {Text: "Three."}})
	for i, want := range []string{"/Two.", "One./Three.", "Two./"} {
		if got := items[i].Before + "/" + items[i].After; got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
	for _, tc := range []struct {
		items []Item
		want  string
	}{{nil, "[]"}, {items, "[]"}, {items[1:], "[One.]"}, {items[2:], "[One. Two.]"}} {
		if got := fmt.Sprint(Before(tc.items)); got != tc.want {
			t.Errorf("context of %d items: %s, want %s", len(tc.items), got, tc.want)
		}
	}
	if Neighbours(nil) != nil {
		t.Error("items out of nothing")
	}
	o := Sentences(items[1:], []string{"s1", "s2"})
	if len(o) != 2 || o[0].Key != "s1" || o[0].Value != "Two." || o[1].Key != "s2" || o[1].Value != "Three." {
		t.Errorf("%+v", o)
	}
}
