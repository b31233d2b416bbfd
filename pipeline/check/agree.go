package check

import (
	"fmt"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Editions is T25: the editions of one article held against each other. Where
// two translations of one sentence differ in a number or in denying, the one
// that also differs from the source is named.
func Editions(doc *pipeline.Document) []pipeline.Finding {
	var out []pipeline.Finding
	for i := 0; i < len(doc.Translations); i++ {
		for j := i + 1; j < len(doc.Translations); j++ {
			a, b := &doc.Translations[i], &doc.Translations[j]
			out = append(out, agree(a.Article, b.Article, a.Lang, b.Lang)...)
			out = append(out, agree(a.Summary, b.Summary, a.Lang, b.Lang)...)
		}
	}
	return out
}

func agree(a, b []pipeline.Unit, la, lb language.Tag) []pipeline.Finding {
	other := map[string]pipeline.Unit{}
	for _, u := range b {
		other[u.ID] = u
	}
	var out []pipeline.Finding
	for _, u := range a {
		w, ok := other[u.ID]
		if !ok || !u.State.Done() || !w.State.Done() || fold(u.Source) != fold(w.Source) {
			continue
		}
		x := newView(pipeline.Pair{ID: u.ID, Source: u.Source, Target: u.Target, Lang: la})
		y := newView(pipeline.Pair{ID: w.ID, Source: w.Source, Target: w.Target, Lang: lb})
		disagree(x, y)
		disagree(y, x)
		out = append(out, append(x.findings, y.findings...)...)
	}
	return out
}

// disagree reports on v what differs between v and w, and between v and the
// source.
func disagree(v, w *view) {
	for _, n := range v.tgt.Numbers() {
		if n.Form != facts.Words || n.Vague || agrees(n, w.tgt) || agrees(n, v.src) || len(v.src.Numbers()) == 0 {
			continue
		}
		v.add(report{
			check: "T25", category: "accuracy/mistranslation", severity: pipeline.Minor, at: n.Span,
			message: fmt.Sprintf("%q is neither in the source nor in the %s edition.", n.Text, w.loc.Name),
		})
	}
	if src := denies(v.src, true); denies(w.tgt, true) == src && denies(v.tgt, true) != src && (src || len(v.tgt.Negations()) > 0) && len(v.src.Negations()) > 0 == src {
		v.add(report{
			check: "T25", category: "accuracy/mistranslation", severity: pipeline.Minor,
			message: fmt.Sprintf("The source and the %s edition agree in what they deny; this one does not.", w.loc.Name),
		})
	}
}

func agrees(n facts.Number, t *facts.Text) bool {
	for _, m := range t.Numbers() {
		if n.Agrees(m) {
			return true
		}
	}
	return false
}

// Spellings is T15: one name of the article is written in two ways in one
// edition. Names on the sheet are judged by T14.
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
				if !v.mustStand(n, part) || v.onSheet(part) {
					continue
				}
				k, found := findExact(v.tgt, part)
				if !found {
					continue
				}
				prev, seen := first[part]
				if !seen {
					first[part] = k
				} else if !sameStem(prev.Text, k.Text, tr.Lang.String()) {
					v.add(report{
						check: "T15", category: "terminology/inconsistent", severity: pipeline.Minor, at: k.Span, suggest: prev.Text,
						message: fmt.Sprintf("The name %q is written %q here and %q before.", part, k.Text, prev.Text),
					})
				}
			}
		}
		out = append(out, v.findings...)
	}
	return out
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
