package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// headNumbers is S01.
func headNumbers(v *view, body *facts.Text) {
	for _, n := range missingNumbers(v.src, body) {
		v.add(report{
			check: "S01", category: "verity", severity: pipeline.Minor, at: n.Span, source: true,
			message: fmt.Sprintf("The number %q of the headline is not in the body.", n.Text),
		})
	}
}

// headNames is S01 for names: a name of the headline or the keywords, no word
// of which stands in the body, also as another form ("Turkish" for Turkey). Words
// that may only have a capital because they stand in a headline are passed
// over.
func headNames(v *view, body *facts.Text) {
	for _, n := range v.src.Names() {
		if n.Initial && len(n.Parts) == 1 || titleCased(v.src, n) || !v.nameOfHead(n, body) {
			continue
		}
		v.add(report{
			check: "S01", category: "verity", severity: pipeline.Minor, at: n.Span, source: true,
			message: fmt.Sprintf("The name %q of the headline is not in the body.", v.p.Source[n.Start:n.End]),
		})
	}
}

// nameOfHead reports whether a name is one, and nothing of it stands in the
// body.
func (v *view) nameOfHead(n facts.Name, body *facts.Text) bool {
	proper := false
	for _, part := range n.Parts {
		if nameHeard(part, body) {
			return false
		}
		proper = proper || n.Place || v.src.Loc.Lookup(strings.ToLower(part)).Class&^locale.Place == 0
	}
	return proper
}

// nameHeard reports whether a word of a text starts with the first letters of
// a word of a name, or is its initial letters ("UN").
func nameHeard(part string, body *facts.Text) bool {
	want := facts.FoldName(facts.Bare(part))
	stem := want[:min(len(want), max(4, len(want)-3))]
	for i := range body.Tokens {
		if k := &body.Tokens[i]; k.Kind == facts.Word && strings.HasPrefix(body.Fold(i), stem) {
			return true
		}
	}
	return false
}
