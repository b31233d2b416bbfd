package check

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"dragoman/pipeline"
)

func TestEditsOfTable(t *testing.T) {
	for _, tc := range []struct {
		name, source, corrected string
		want                    []string
	}{
		{"equal", "The boat sank.", "The boat sank.", nil},
		{"both empty", "", "", nil},
		{"spaces only", "The  boat sank.", "The boat sank.", nil},
		{"one word", "The boat sinked.", "The boat sank.", []string{"sinked>sank"}},
		{"two words apart", "They was on a old boat.", "They were on an old boat.", []string{"was>were", "a>an"}},
		{"two words side by side", "They was all lost.", "They were each lost.", []string{"was all>were each"}},
		{"an addition takes the words beside it", "He went home.", "He went straight home.", []string{"went>went straight"}},
		{"a removal takes the word before it", "He went back home.", "He went home.", []string{"went back>went"}},
		{"an addition at the start", "boats left.", "Two boats left.", []string{"boats>Two boats"}},
		{"a removal at the start", "Two boats left.", "boats left.", []string{"Two boats>boats"}},
		{"an addition at the end", "Boats left", "Boats left early", []string{"left>left early"}},
		{"additions on both sides of one word", "boats left", "Two boats soon left", []string{"boats>Two boats soon"}},
		{"a comma goes", "He said, that it sank.", "He said that it sank.", []string{"said,>said"}},
		{"a comma comes", "However it sank.", "However, it sank.", []string{"However>However,"}},
		{"a stop comes", "It sank", "It sank.", []string{"sank>sank."}},
		{"a capital", "it sank.", "It sank.", []string{"it>It"}},
		{"an apostrophe", "Its sunk.", "It's sunk.", []string{"Its>It's"}},
		{"a curly apostrophe", "It's sunk.", "It’s sunk.", []string{"It's>It’s"}},
		{"brackets for a comma", "The pilot, Halil left.", "The pilot (Halil left.", []string{"pilot, Halil>pilot (Halil"}},
		{"a dash for a comma", "He left, alone.", "He left — alone.", []string{"left,>left —"}},
		{"a hyphen comes", "A well known pilot.", "A well-known pilot.", []string{"well known>well-known"}},
		{"everything", "Yes.", "No!", []string{"Yes.>No!"}},
		{"from nothing", "", "It sank.", []string{">It sank."}},
		{"to nothing", "It sank.", "", []string{"It sank.>"}},
		{"letters of several bytes", "Çok güzel bir gun.", "Çok güzel bir gün.", []string{"gun>gün"}},
		{"words change places", "He only eats fish.", "He eats only fish.", []string{"He only>He", "eats>eats only"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			es := EditsOf(tc.source, tc.corrected)
			var got []string
			for _, e := range es {
				got = append(got, e.Before+">"+e.After)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			vetEditsOf(t, tc.source, tc.corrected, es)
		})
	}
}

// vetEditsOf wants edits in order that do not overlap, whose text stands at
// their span, that change something, and that make the corrected text.
func vetEditsOf(t *testing.T, source, corrected string, es []pipeline.Edit) {
	t.Helper()
	end := 0
	for _, e := range es {
		vetSpan(t, "an edit", e.Span, source)
		if e.Span.Start < end {
			t.Errorf("%q to %q: the edit at %d overlaps the one before", source, corrected, e.Span.Start)
			return
		}
		if source[e.Span.Start:e.Span.End] != e.Before || e.Before == e.After || e.Category == "" {
			t.Errorf("edit %+v of %q", e, source)
		}
		end = e.Span.End
	}
	if got := applyAll(source, es); fold(got) != fold(corrected) {
		t.Errorf("%q to %q: applied, the edits give %q", source, corrected, got)
	}
}

// Any two texts: the edits make the one of the other.
func TestEditsOfMakesTheCorrectedText(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 19))
	words := []string{"a", "the", "boat", "Halil", "sank", "not", "14", "köy", "it's", "çok", "old"}
	marks := []string{"", "", "", ",", ".", "?", ";"}
	text := func(n int) string {
		var out []string
		for range n {
			w := words[r.IntN(len(words))]
			if r.IntN(9) == 0 {
				w = "“" + w + "”"
			}
			out = append(out, w+marks[r.IntN(len(marks))])
		}
		return strings.Join(out, " ")
	}
	for range 3000 {
		source, corrected := text(r.IntN(9)), text(r.IntN(9))
		vetEditsOf(t, source, corrected, EditsOf(source, corrected))
		if t.Failed() {
			return
		}
	}
}

// A correction of a few words of a long text changes those words only.
func TestEditsOfIsMinimal(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	for range 300 {
		words := plankWords(12 + r.IntN(20))
		fixed := slices.Clone(words)
		places := map[int]bool{}
		for range 1 + r.IntN(4) {
			places[r.IntN(len(words))] = true
		}
		for i := range places {
			fixed[i] = strings.ToUpper(fixed[i])
		}
		source, corrected := strings.Join(words, " "), strings.Join(fixed, " ")
		es := EditsOf(source, corrected)
		vetEditsOf(t, source, corrected, es)
		changed := 0
		for _, e := range es {
			changed += len(strings.Fields(e.Before))
		}
		if changed != len(places) {
			t.Fatalf("%d words differ, the edits hold %d: %+v", len(places), changed, es)
		}
	}
}

// Edits of a diff pass through the rules like a model's: all that is common
// prose comes out applied.
func TestEditsOfGoThroughTheRules(t *testing.T) {
	source := "The 14 men was taken to a old quay by ferry, that left Trabzon on friday."
	corrected := "The 15 men were taken to an old quay by ferry that left Trabzon on Friday."
	kept, findings := Edits(pipeline.Sentence{ID: "p1s1", Text: source}, EditsOf(source, corrected))
	var got []string
	for _, e := range kept {
		got = append(got, string(e.State)+" "+e.Before)
	}
	want := []string{"proposed 14", "applied was", "applied a", "applied ferry,", "applied friday"}
	if !slices.Equal(got, want) || len(findings) != 0 {
		t.Errorf("got %q %+v, want %q", got, findings, want)
	}
}

func TestSplitWordsPartsSignsFromWords(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" \t\n", nil},
		{"It sank.", []string{"It", "sank", "."}},
		{"It’s Halil's “boat”", []string{"It’s", "Halil's", "“", "boat", "”"}},
		{"well-known", []string{"well", "-", "known"}},
		{"A380: 14%", []string{"A380", ":", "14", "%"}},
		{"çöp\u00a0ğ", []string{"çöp", "ğ"}},
		{"...", []string{".", ".", "."}},
	} {
		var got []string
		for _, w := range splitWords(tc.text) {
			got = append(got, tc.text[w.start:w.end])
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s)
		}
		if strings.Join(got, "") != letters(tc.text) {
			t.Errorf("%q: letters are lost in %q", tc.text, got)
		}
	}
}

// Beyond the bound of the table what stands between the common ends is one
// edit, and the texts are still made of one another.
func TestEditsOfLongTexts(t *testing.T) {
	many := func(word string) string { return strings.Repeat(word+" ", 2100) }
	source, corrected := "Start "+many("old")+"end.", "Start "+many("new")+"end."
	es := EditsOf(source, corrected)
	if len(es) != 1 || es[0].Span.Start != len("Start ") {
		t.Errorf("%d edits", len(es))
	}
	vetEditsOf(t, source, corrected, es)
}
