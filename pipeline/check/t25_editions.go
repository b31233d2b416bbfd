package check

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// Editions is T25: the editions of one article held against each other. Where
// two translations of one sentence differ in a number, in a name or in denying,
// the one that also differs from the source is named. Figures are left to T04,
// and names whose form the names sheet gives for the edition to T14, which say
// more.
func Editions(doc *pipeline.Document) []pipeline.Finding {
	var out []pipeline.Finding
	for i := 0; i < len(doc.Translations); i++ {
		for j := i + 1; j < len(doc.Translations); j++ {
			a, b := &doc.Translations[i], &doc.Translations[j]
			out = append(out, agree(a.Article, b.Article, a.Lang, b.Lang, doc.Names)...)
			out = append(out, agree(a.Summary, b.Summary, a.Lang, b.Lang, doc.Names)...)
		}
	}
	return out
}

func agree(a, b []pipeline.Unit, la, lb language.Tag, names []pipeline.Name) []pipeline.Finding {
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
		x := newView(pipeline.Pair{ID: u.ID, Source: u.Source, Target: u.Target, Lang: la, Names: names})
		y := newView(pipeline.Pair{ID: w.ID, Source: w.Source, Target: w.Target, Lang: lb, Names: names})
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
		if n.Form != facts.Words || n.Vague || unsureNumbers()[v.loc.Lower(n.Text)] || agrees(n, w.tgt) || agrees(n, v.src) || len(v.src.Numbers()) == 0 {
			continue
		}
		v.add(report{
			check: "T25", category: "accuracy/mistranslation", severity: pipeline.Minor, at: n.Span,
			message: fmt.Sprintf("%q is neither in the source nor in the %s edition.", n.Text, w.loc.Name),
		})
	}
	v.denialUnlike(w)
	lacksName(v, w)
}

// unsureNumbers are words that may be a number or something else.
var unsureNumbers = listSet("unsure-numbers")

// denialUnlike reports that v denies what the source and w do not, or the
// other way round. Both are told in many ways: a denial that is only added is a
// remark, for of those in good translations next to none is a fault.
func (v *view) denialUnlike(w *view) {
	src := denies(v.src, true)
	if denies(w.tgt, true) != src || denies(v.tgt, true) == src || src != (len(v.src.Negations()) > 0) || !src && len(v.tgt.Negations()) == 0 {
		return
	}
	sev := pipeline.Neutral
	if src {
		sev = pipeline.Minor
	}
	v.add(report{
		check: "T25", category: "accuracy/mistranslation", severity: sev,
		message: fmt.Sprintf("The source and the %s edition agree in what they deny; this one does not.", w.loc.Name),
	})
}

// lacksName reports the first name of the source that w has, by its form on
// the names sheet or by its very sound, and v has not, not even by a like one.
func lacksName(v, w *view) {
	var others *nameMatch
	for _, n := range v.src.Names() {
		for _, part := range n.Parts {
			if !v.mustStand(n, part) || v.formOf(part) != "" || !w.hasName(part) {
				continue
			}
			if others == nil {
				others = v.matchNames()
			}
			if others.found(part) || soundsIn(v.tgt, part) {
				continue
			}
			at := n.Start + max(strings.Index(v.p.Source[n.Start:], part), 0)
			v.add(report{
				check: "T25", category: "accuracy/omission", severity: pipeline.Minor, source: true, at: facts.Span{Start: at, End: at + len(part)},
				message: fmt.Sprintf("The name %q of the source stands in the %s edition and was not found in this one.", part, w.loc.Name),
			})
			return
		}
	}
}

// soundsIn reports whether a capitalised word of a text sounds about like a
// name, also where both are in Latin letters (Shanghai, Şanghay).
func soundsIn(t *facts.Text, part string) bool {
	skel := facts.Skeleton(part)
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Kind == facts.Word && k.Upper && facts.Distance(skel, t.Skel(i)) <= limits().NearName {
			return true
		}
	}
	return false
}

// formOf is the form that the names sheet gives for the edition to the name a
// word belongs to; "" where it gives none.
func (v *view) formOf(part string) string {
	for _, n := range v.p.Names {
		if form := n.Forms[v.p.Lang.String()]; form != "" && holdsWord(n.Source, part) && holdsWord(v.p.Source, n.Source) {
			return form
		}
	}
	return ""
}

// hasName reports whether the target surely has the name: in its form on the
// sheet, or in a word that sounds just like it.
func (v *view) hasName(part string) bool {
	if form := v.formOf(part); form != "" && wordIn(v.tgt, lastWord(form)) {
		return true
	}
	_, ok := findExact(v.tgt, part)
	return ok
}

func agrees(n facts.Number, t *facts.Text) bool {
	for _, m := range t.Numbers() {
		if n.Agrees(m) {
			return true
		}
	}
	return false
}
