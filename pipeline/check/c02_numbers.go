package check

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// holdNumbers is C02: the numbers must stay, figures as they are written and
// words by their value.
func holdNumbers(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := valueList(old), valueList(now)
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C02: it changes a number (%s)", changeOf(a, b))
}

func valueList(t *facts.Text) []string {
	var out []string
	for _, n := range t.Numbers() {
		if len(n.Values) > 0 && (!n.Vague || n.Form == facts.Digits || n.Form == facts.Words) {
			v := fmt.Sprintf("word for %v", n.Values[0])
			if n.Form == facts.Digits {
				v = n.Text // figures may not become words
			}
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// changeOf names what one sorted list has and the other has not.
func changeOf(a, b []string) string {
	lost, won := minus(a, b), minus(b, a)
	switch {
	case len(lost) > 0 && len(won) > 0:
		return strings.Join(lost, ", ") + " to " + strings.Join(won, ", ")
	case len(lost) > 0:
		return strings.Join(lost, ", ") + " is lost"
	}
	return strings.Join(won, ", ") + " is new"
}

func minus(a, b []string) []string {
	have := map[string]int{}
	for _, x := range b {
		have[x]++
	}
	var out []string
	for _, x := range a {
		if have[x] > 0 {
			have[x]--
		} else {
			out = append(out, x)
		}
	}
	return out
}
