package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
)

// summaryQuotations is M04: what the summary quotes stands in the article word
// for word.
func summaryQuotations(v *summaryView) {
	cited, whole := quoteKey(v.citedRaw), quoteKey(v.wholeRaw)
	for _, q := range v.text.Quotations() {
		key := strings.TrimRight(quoteKey(v.s.Text[q.Inner.Start:q.Inner.End]), ".,!?;: ")
		if key == "" || strings.Contains(cited, key) {
			continue
		}
		message := fmt.Sprintf("The quotation %q does not stand in the article word for word.", clip(v.s.Text[q.Inner.Start:q.Inner.End]))
		if strings.Contains(whole, key) {
			message = fmt.Sprintf("The quotation %q does not stand in the sentences named as evidence.", clip(v.s.Text[q.Inner.Start:q.Inner.End]))
		}
		v.say("M04", "accuracy/mistranslation", pipeline.Major, q.Span, message)
	}
}

// quoteKey makes the writings of one quotation equal: case, spaces, and the
// style of marks.
func quoteKey(s string) string { return strings.ToLower(straighten(fold(s))) }
