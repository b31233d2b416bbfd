package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// summaryHedge is M09: the evidence only reports, and the summary states it as
// a fact.
func summaryHedge(v *summaryView) {
	if len(v.s.Evidence) == 0 || len(v.s.Evidence) > limits().HedgeEvidence {
		return
	}
	h, ok := strongHedge(v.cited)
	if !ok || hedges(v.text) {
		return
	}
	v.say("M09", "accuracy/omission", pipeline.Minor, facts.Span{}, fmt.Sprintf("The evidence says %q; the summary states it as a fact.", h.Text))
}
