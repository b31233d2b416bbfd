package check

import (
	"fmt"
	"slices"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// holdNegations is C06: the words that deny must stay.
func holdNegations(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := negations(old), negations(now)
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C06: it changes a negation (%s)", changeOf(a, b))
}

func negations(t *facts.Text) []string {
	var out []string
	for _, m := range t.Negations() {
		k := m.Key
		switch {
		case k == "n't" || k == "cannot":
			k = "not"
		}
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
