package check

import (
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// holdQuotations is C03: what stands between quotation marks must stay, letter
// for letter; the style of the marks does not count.
func holdQuotations(old, now *facts.Text, e pipeline.Edit) string {
	a, b := quoted(old), quoted(now)
	if slices.Equal(a, b) {
		return ""
	}
	for _, q := range old.Quotations() {
		if e.Span.Start < q.Inner.End && e.Span.End > q.Inner.Start {
			return "C03: it touches a quotation"
		}
	}
	return "C03: it changes what is quoted"
}

func quoted(t *facts.Text) []string {
	var out []string
	for _, q := range t.Quotations() {
		out = append(out, straighten(fold(t.Raw[q.Inner.Start:q.Inner.End])))
	}
	return out
}

// straighten makes curly and straight quotation marks equal.
func straighten(s string) string {
	return strings.NewReplacer("’", "'", "‘", "'", "“", "\"", "”", "\"", "«", "\"", "»", "\"").Replace(s)
}
