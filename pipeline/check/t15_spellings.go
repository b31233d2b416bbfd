package check

import (
	"fmt"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Spellings is T15: one name of the article is written in two ways in one
// edition, or, where the edition has the letters of the source, with a slip.
// Names on the sheet are judged by T14.
func Spellings(doc *pipeline.Document, tr *pipeline.Translation) []pipeline.Finding {
	loc, ok := locale.For(tr.Lang)
	if !ok || loc == locale.English {
		return nil
	}
	first := map[string]facts.Token{}
	var out []pipeline.Finding
	for _, u := range tr.Article {
		if !u.State.Done() {
			continue
		}
		v := newView(pipeline.Pair{ID: u.ID, Source: u.Source, Target: u.Target, Lang: tr.Lang, Names: doc.Names})
		for _, n := range v.src.Names() {
			for _, part := range n.Parts {
				if v.mustStand(n, part) && !v.onSheet(part) {
					v.spelling(part, first)
				}
			}
		}
		out = append(out, v.findings...)
	}
	return out
}

// spelling holds one name against the forms it had before in the edition.
func (v *view) spelling(part string, first map[string]facts.Token) {
	if k, found := misspelt(v, part); found {
		v.add(report{
			check: "T15", category: "terminology/inconsistent", severity: pipeline.Minor, at: k.Span, suggest: part,
			message: fmt.Sprintf("The name %q is written %q here.", part, k.Text),
		})
		return
	}
	k, found := findExact(v.tgt, part)
	if !found {
		return
	}
	prev, seen := first[part]
	if !seen {
		first[part] = k
	} else if !sameStem(prev.Text, k.Text, v.p.Lang.String()) {
		v.add(report{
			check: "T15", category: "terminology/inconsistent", severity: pipeline.Minor, at: k.Span, suggest: prev.Text,
			message: fmt.Sprintf("The name %q is written %q here and %q before.", part, k.Text, prev.Text),
		})
	}
}

// misspelt finds a capitalised word that is a name of some length but
// for a slip, and no word of the source. It needs an edition in the letters of
// the source.
func misspelt(v *view, part string) (facts.Token, bool) {
	if v.loc.Script != unicode.Latin || len(part) < limits().SlipBytes {
		return facts.Token{}, false
	}
	want := facts.FoldName(part)
	plural := strings.TrimSuffix(want, "s")
	country, named := strings.CutSuffix(want, "ia") // Moravia is Moravya in Turkish
	var near facts.Token
	for i, k := range v.targetWords() {
		if !k.Upper {
			continue
		}
		bare := facts.Bare(k.Text)
		got := facts.FoldName(bare)
		if strings.HasPrefix(got, want) {
			return facts.Token{}, false // it stands there rightly
		}
		if v.copied(i) || got == plural || named && strings.HasPrefix(got, country+"ya") || got[0] != want[0] || bare == k.Text && len(got) > len(want)+1 {
			continue
		}
		if d := facts.Distance(want, got); d > 0 && d <= limits().Slip && len(got) >= len(want)-1 && !holdsWord(v.p.Source, bare) {
			near = *k
		}
	}
	return near, near.Text != ""
}

func (v *view) onSheet(part string) bool {
	for _, n := range v.p.Names {
		if holdsWord(n.Source, part) {
			return true
		}
	}
	return false
}

// sameStem reports whether two words may be forms of one: all but the last
// three letters of the shorter are the same.
func sameStem(a, b, lang string) bool {
	x, y := []rune(Stem(facts.Bare(a), lang)), []rune(Stem(facts.Bare(b), lang))
	n := max(min(len(x), len(y))-3, 2)
	return len(x) >= n && len(y) >= n && string(x[:n]) == string(y[:n])
}
