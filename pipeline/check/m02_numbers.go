package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// summaryNumbers is M02: every number of the sentence stands in its evidence.
func summaryNumbers(v *summaryView) {
	for _, n := range missingNumbers(v.text, v.cited) {
		message := fmt.Sprintf("The number %q is not in the article.", n.Text)
		if len(missingOf(n, v.whole)) == 0 {
			message = fmt.Sprintf("The number %q is not in the sentences named as evidence.", n.Text)
		}
		v.say("M02", "accuracy/addition", pipeline.Major, n.Span, message)
	}
}

// missingNumbers are the numbers of a, in digits or definite words, that b has
// not.
func missingNumbers(a, b *facts.Text) []facts.Number {
	var out []facts.Number
	for _, n := range a.Numbers() {
		if n.Form == facts.Digits || n.Form == facts.Words && !n.Vague {
			out = append(out, missingOf(n, b)...)
		}
	}
	return out
}

func missingOf(n facts.Number, t *facts.Text) []facts.Number {
	n.Form, n.Vague = facts.Digits, false
	return unanswered([]facts.Number{n}, t.Numbers())
}
