package facts_test

import (
	"fmt"
	"testing"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

func TestSliceKeepsFactsAndMovesOffsets(t *testing.T) {
	text := "First one. At least 384 people died in Palu."
	whole := facts.Of(text, locale.English)
	part := whole.Slice(facts.Span{Start: 11, End: len(text)})
	fresh := facts.Of(text[11:], locale.English)
	if fmt.Sprint(part.Numbers()) != fmt.Sprint(fresh.Numbers()) || fmt.Sprint(part.Names()) != fmt.Sprint(fresh.Names()) {
		t.Errorf("a slice says %v %v, a fresh reading %v %v", part.Numbers(), part.Names(), fresh.Numbers(), fresh.Names())
	}
	if part.Tokens[0].Glued || part.Tokens[0].Start != 0 {
		t.Errorf("the first token is %+v", part.Tokens[0])
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"1,234.5", "1 234,5 тыс.", "%20", "2½", "12.05.2016", "8:30 p.m.", "½½", "1'", "₺", "XIX", "1/0", "9:99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, loc := range locale.All() {
			end := 0
			for _, n := range facts.Numbers(s, loc) {
				if n.Start < 0 || n.End > len(s) || n.Start >= n.End || n.End < end {
					t.Fatalf("%s: span %v of %q after %d", loc.Name, n.Span, s, end)
				}
				if len(n.Values) == 0 {
					t.Fatalf("%s: %q has no value", loc.Name, n.Text)
				}
				end = n.End
			}
		}
	})
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{"Mr. Karlov's \"plane\"", "«Ё» — О'Нил", "a@b.c #x @y", "İstanbul'da", "\xff\xfe", "'''", "O’", "U.S. and U.K."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, loc := range locale.All() {
			x := facts.Of(s, loc)
			end := 0
			for _, k := range x.Tokens {
				if k.Start < end || k.End <= k.Start || s[k.Start:k.End] != k.Text {
					t.Fatalf("token %+v of %q", k, s)
				}
				end = k.End
			}
			for _, n := range x.Names() {
				_ = s[n.Start:n.End]
			}
			for _, q := range x.Quotations() {
				_ = s[q.Inner.Start:q.Inner.End]
			}
			x.Hedges()
			x.Attributions()
			x.Negations()
		}
	})
}
