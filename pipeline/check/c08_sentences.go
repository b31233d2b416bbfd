package check

import (
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// holdSentences is C08: an edit neither ends a sentence nor joins two.
func holdSentences(old, now *facts.Text, _ pipeline.Edit) string {
	if stops(old) == stops(now) {
		return ""
	}
	return "C08: it changes the number of sentences"
}

// stops counts the sentences that end inside a text.
func stops(t *facts.Text) int {
	n := 0
	for i := 0; i+1 < len(t.Tokens); i++ {
		k, next := &t.Tokens[i], &t.Tokens[i+1]
		if k.Kind == facts.Sign && strings.Contains(".!?", k.Text) && !next.Glued && next.Upper {
			n++
		}
	}
	return n
}
