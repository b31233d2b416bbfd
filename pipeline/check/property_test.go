package check

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// FuzzPair wants no panic, spans inside their texts, and the same findings
// twice, whatever the texts are.
func FuzzPair(f *testing.F) {
	f.Add("At least 384 people died in Palu.", "Погибли 348 человек.")
	f.Add("\"We\" said U.S. 1,234.5", "«Мы, \u202e天气 Oни https://x.y/z")
	f.Add("", "\xff\xfe")
	f.Add("½ 12.05.2016 8:30 p.m.", "yirmi buçuk %20 Istanbul'da")
	f.Fuzz(func(t *testing.T, src, tgt string) {
		for _, lang := range []language.Tag{language.Russian, language.Turkish, language.German} {
			p := pipeline.Pair{ID: "p1s1", Source: src, Target: tgt, Lang: lang}
			p.Before = &pipeline.Pair{ID: "p1s0", Source: tgt, Target: src, Lang: lang}
			a, b := Pair(p), Pair(p)
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("two judgements of one pair differ: %v and %v", a, b)
			}
			for _, x := range a {
				text := tgt
				if x.Side == pipeline.SourceSide {
					text = src
				}
				if x.Span.Start < 0 || x.Span.Start > x.Span.End || x.Span.End > len(text) {
					t.Fatalf("%s: span %v of %d bytes", x.Check, x.Span, len(text))
				}
			}
			r := PairRow(Row{ID: "r", Lang: lang.String(), Source: src, Target: tgt})
			for _, x := range r.Findings {
				if x.Span.Start < 0 || x.Span.Start > x.Span.End || x.Span.End > len(tgt) {
					t.Fatalf("%s: row span %v of %d bytes", x.Check, x.Span, len(tgt))
				}
			}
		}
	})
}

// FuzzEdits wants edits that never overlap, whose text stands at their span.
func FuzzEdits(f *testing.F) {
	f.Add("He was hit in a back by 11 bullets.", "in a back", "in the back")
	f.Add("No no no", "no", "yes")
	f.Fuzz(func(t *testing.T, text, before, after string) {
		s := pipeline.Sentence{ID: "p1s1", Text: text}
		kept, _ := Edits(s, append(EditsOf(text, after), pipeline.Edit{Before: before, After: after, Category: "grammar"}))
		end := 0
		for _, e := range kept {
			if e.Span.Start < end || text[e.Span.Start:e.Span.End] != e.Before {
				t.Fatalf("edit %+v of %q", e, text)
			}
			end = e.Span.End
		}
	})
}

// FuzzTidy wants a second run to change nothing.
func FuzzTidy(f *testing.F) {
	f.Add("Он  сказал : \"нет\" - и yшёл .")
	f.Add("а\u200bб - 1 - 2 ,")
	f.Fuzz(func(t *testing.T, s string) {
		once, log := Tidy(s, language.Russian)
		twice, _ := Tidy(once, language.Russian)
		if once != twice {
			t.Fatalf("tidied twice: %q, %q, %q (%v)", s, once, twice, log)
		}
	})
}

// The work of the gate grows with the text: ten times the text makes at most
// thirty times the memory asked for, where a square would make a hundred.
func TestPairRowGrowsWithTheText(t *testing.T) {
	src := "The storm number %d hit Samsun at dawn and %d men were lost, the mayor said. "
	tgt := "Шторм номер %d обрушился на Самсун на рассвете, пропали %d человек, сказал мэр. "
	row := func(n int) Row {
		var a, b strings.Builder
		for i := range n {
			fmt.Fprintf(&a, src, 100+i, 3000+i)
			fmt.Fprintf(&b, tgt, 100+i, 3000+i)
		}
		return Row{ID: "r", Lang: "ru", Source: a.String(), Target: b.String()}
	}
	PairRow(row(1)) // the lists are read
	if small, large := testing.AllocsPerRun(1, func() { PairRow(row(20)) }), testing.AllocsPerRun(1, func() { PairRow(row(200)) }); large > 30*small {
		t.Errorf("20 sentences make %.0f allocations, 200 make %.0f", small, large)
	}
}
