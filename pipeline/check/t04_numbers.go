package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// numberValues is T04: a number of the source is missing, or the target has
// one that the source has not. Numbers are compared by value.
func numberValues(v *view) {
	missing, extra := diffNumbers(v.src.Numbers(), v.tgt.Numbers())
	for _, a := range v.around {
		if len(missing) > 0 {
			missing = unanswered(missing, facts.Numbers(a.target, v.loc))
		}
		if len(extra) > 0 {
			extra = unanswered(extra, facts.Numbers(a.source, v.src.Loc))
		}
	}
	missing = withoutDoubles(v.src, missing)
	converted := metric(v.tgt.Numbers())
	for i, m := range missing {
		if m.Measure == 1 && converted {
			v.add(report{
				check: "T04", category: "localeConvention/measurement", severity: pipeline.Minor, at: m.Span, source: true,
				message: fmt.Sprintf("%q seems to have been converted to another unit; the source's figure was expected.", m.Text),
			})
			continue
		}
		r := report{
			check: "T04", category: "accuracy/mistranslation", severity: pipeline.Major, at: m.Span, source: true,
			message: fmt.Sprintf("The number %q of the source is missing in the translation.", m.Text),
		}
		if i < len(extra) {
			r.source, r.at = false, extra[i].Span
			r.message = fmt.Sprintf("The translation says %q where the source says %q.", extra[i].Text, m.Text)
			r.suggest = m.Text
		}
		v.add(r)
	}
	for _, x := range extra[min(len(missing), len(extra)):] {
		v.add(report{
			check: "T04", category: "accuracy/addition", severity: extraSeverity(x), at: x.Span,
			message: fmt.Sprintf("The number %q is not in the source.", x.Text),
		})
	}
}

// extraSeverity: a number that a translator may have put for a word or taken
// from elsewhere in the article (a year, a single digit) is a doubt; any other
// is a fault.
func extraSeverity(n facts.Number) pipeline.Severity {
	return pipeline.Minor
}

// metric reports whether a number stands before a metric unit.
func metric(ns []facts.Number) bool {
	for _, n := range ns {
		if n.Measure == 2 {
			return true
		}
	}
	return false
}

// withoutDoubles leaves out a measure that the source gives twice, in two
// units: "45 miles (72 km)". One of them is enough.
func withoutDoubles(t *facts.Text, missing []facts.Number) []facts.Number {
	var out []facts.Number
	all := t.Numbers()
	for _, m := range missing {
		double := false
		for i := range all {
			if all[i].Start != m.Start || m.Measure == 0 {
				continue
			}
			for _, j := range []int{i - 1, i + 1} {
				double = double || j >= 0 && j < len(all) && all[j].Measure > 0 && all[j].Measure != m.Measure && bracketBetween(t.Raw, m, all[j])
			}
		}
		if !double {
			out = append(out, m)
		}
	}
	return out
}

func bracketBetween(raw string, a, b facts.Number) bool {
	if a.Start > b.Start {
		a, b = b, a
	}
	return b.Start-a.End < 24 && strings.ContainsAny(raw[a.End:b.Start], "([/,")
}

// diffNumbers compares two rows of numbers by value. Missing are the digits of
// the source, extra the digits of the target, that agree with nothing on the
// other side.
func diffNumbers(src, tgt []facts.Number) (missing, extra []facts.Number) {
	return unanswered(src, tgt), unanswered(tgt, src)
}

// unanswered are the numbers of a, in digits, that agree with no number of b,
// nor with two of them (1.5 million for 1 million 500 thousand).
func unanswered(a, b []facts.Number) []facts.Number {
	if len(a) == 0 {
		return nil
	}
	have := map[float64]bool{}
	var fine []float64
	for _, n := range b {
		for _, v := range n.Values {
			have[v] = true
			if v != float64(int64(v)) {
				fine = append(fine, v)
			}
		}
	}
	sums(b, have)
	for _, n := range b {
		for _, p := range n.Parts {
			have[p] = true
		}
	}
	var out []facts.Number
	for _, n := range a {
		if n.Form == facts.Digits && !n.Vague && !answered(n, have, fine) {
			out = append(out, n)
		}
	}
	return out
}

func answered(n facts.Number, have map[float64]bool, fine []float64) bool {
	parts := len(n.Parts) > 0
	for _, p := range n.Parts {
		parts = parts && have[p]
	}
	if parts {
		return true
	}
	for _, v := range n.Values {
		if have[v] {
			return true
		}
		for _, f := range fine {
			if d := f - v; d < 1e-6 && d > -1e-6 {
				return true
			}
		}
	}
	return false
}

// sums adds the sums of neighbours that make one number: 2 million 300
// thousand.
func sums(ns []facts.Number, have map[float64]bool) {
	for i := 1; i < len(ns); i++ {
		a, b := ns[i-1], ns[i]
		if len(a.Values) == 0 || len(b.Values) == 0 || b.Start-a.End > 3 {
			continue
		}
		if x, y := a.Values[0], b.Values[0]; x >= 1000 && y < x && strings.ContainsAny(a.Text, " \u00a0") {
			have[x+y] = true
		}
	}
}
