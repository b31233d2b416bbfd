package facts_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// The languages, short for the tables.
var (
	en = locale.English
	ru = locale.Russian
	tr = locale.Turkish
)

// value writes a value of a number: a time of day as 20:30, anything else as
// the plain number.
func value(v float64) string {
	if v < 0 {
		m := int(-v) - 1
		return fmt.Sprintf("%02d:%02d", m/60, m%60)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// values writes every value of a number, the likeliest first.
func values(n facts.Number) string {
	var out []string
	for _, v := range n.Values {
		out = append(out, value(v))
	}
	return strings.Join(out, "|")
}

// firsts writes the likeliest value of each number.
func firsts(ns []facts.Number) string {
	var out []string
	for _, n := range ns {
		out = append(out, value(n.Values[0]))
	}
	return strings.Join(out, " ")
}

// written puts the passages of several spans between bars, so that a table can
// show them; it fails the test where a span does not hold the text it claims.
func written(t *testing.T, text string, spans []facts.Span, claimed []string) string {
	t.Helper()
	var out []string
	for i, s := range spans {
		if s.Start < 0 || s.End > len(text) || s.Start >= s.End {
			t.Fatalf("%q: span %v is outside the text", text, s)
		}
		if got := text[s.Start:s.End]; claimed != nil && got != claimed[i] {
			t.Errorf("%q: span holds %q, claims %q", text, got, claimed[i])
		}
		out = append(out, text[s.Start:s.End])
	}
	return strings.Join(out, " | ")
}

// numbersIn writes the numbers of a text as they stand in it.
func numbersIn(t *testing.T, text string, ns []facts.Number) string {
	t.Helper()
	var spans []facts.Span
	var claimed []string
	for _, n := range ns {
		spans, claimed = append(spans, n.Span), append(claimed, n.Text)
	}
	return written(t, text, spans, claimed)
}

// mentionsIn writes the mentions of a text as they stand in it.
func mentionsIn(t *testing.T, text string, ms []facts.Mention) string {
	t.Helper()
	var spans []facts.Span
	var claimed []string
	for _, m := range ms {
		spans, claimed = append(spans, m.Span), append(claimed, m.Text)
	}
	return written(t, text, spans, claimed)
}

// namesIn writes the names of a text as they stand in it.
func namesIn(t *testing.T, text string, ns []facts.Name) string {
	t.Helper()
	var spans []facts.Span
	var claimed []string
	for _, n := range ns {
		spans, claimed = append(spans, n.Span), append(claimed, n.Text)
	}
	return written(t, text, spans, claimed)
}
