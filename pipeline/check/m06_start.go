package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
)

// danglingStart is M06: a summary's first words point back to something it has
// not said: a pronoun, "also", "however".
func danglingStart(v *summaryView) {
	ws := wordsOf(v.text)
	if len(ws) == 0 || !standsAlone(v.s) {
		return
	}
	w := ws[0]
	if !danglingStarts()[w.Lower] {
		return
	}
	if w.Lower == "it" && len(ws) > 1 && (ws[1].Lower == "is" || ws[1].Lower == "was" || ws[1].Lower == "has") {
		return // "It is unclear whether …"
	}
	v.say("M06", "fluency/coherence", pipeline.Minor, w.Span, fmt.Sprintf("The sentence starts with %q, which points to something not said before.", w.Text))
}

// danglingStarts are the words that may not start a summary.
var danglingStarts = listSet("dangling-starts")

// standsAlone reports whether a sentence is read without another before it.
func standsAlone(s pipeline.SummarySentence) bool {
	switch s.Product {
	case pipeline.SummaryHeadline, pipeline.SummaryLead, pipeline.KeyPoint:
		return true
	}
	return s.ID == "" || strings.HasSuffix(s.ID, "s1") || strings.HasSuffix(s.ID, "g1")
}
