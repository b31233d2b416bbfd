package check

import (
	"fmt"
	"math"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// numberValues is T04: a number of the source is missing, or the target has
// one that the source has not. Numbers are compared by value. A number changed
// or lost is a fault; one that is only added is a doubt where a translator may
// have put a figure for a word; a measure converted rightly is a remark.
func numberValues(v *view) {
	missing, extra := diffNumbers(v.src.Numbers(), v.tgt.Numbers())
	if len(missing)+len(extra) == 0 {
		return
	}
	for _, a := range v.around {
		missing = unanswered(missing, a.target.Numbers())
		extra = unanswered(extra, a.source.Numbers())
	}
	if len(extra) > 0 && len(missing) == 0 {
		missing = onlyByOne(v.src.Numbers(), v.tgt.Numbers())
	}
	if len(extra) == 0 {
		missing = v.withoutDoubles(missing)
	}
	for _, m := range missing {
		i := v.partner(m, extra)
		switch {
		case i >= 0 && v.isConverted(m, extra[i]):
			v.number(pipeline.Neutral, m, &extra[i], "%q of the source became %q, a conversion to another unit; the source's figure was expected.")
		case i >= 0:
			v.number(pipeline.Major, m, &extra[i], "The source says %q where the translation says %q.")
		default:
			v.number(pipeline.Major, m, nil, "The number %q of the source is missing in the translation.")
		}
		if i >= 0 {
			extra = append(extra[:i:i], extra[i+1:]...)
		}
	}
	if v.ofNeighbour(extra) {
		return
	}
	for _, x := range extra {
		if x.Measure == 2 && v.hasImperial() {
			continue // half an inch: a conversion of a number in words
		}
		v.addedNumber(x)
	}
}

// hasImperial reports whether the source speaks of miles, feet, pounds …
func (v *view) hasImperial() bool {
	for i := range v.src.Tokens {
		if e := v.src.Tokens[i].Lex; e.Is(locale.Measure) && e.Value == 1 {
			return true
		}
	}
	return false
}

// number reports a number of the source and what became of it.
func (v *view) number(sev pipeline.Severity, m facts.Number, x *facts.Number, format string) {
	r := report{check: "T04", severity: sev, category: "accuracy/omission", at: m.Span, source: true, suggest: m.Text}
	if x == nil {
		r.message = fmt.Sprintf(format, m.Text)
	} else {
		r.source, r.at, r.category = false, x.Span, "accuracy/mistranslation"
		r.message = fmt.Sprintf(format, m.Text, x.Text)
	}
	v.add(r)
}

// partner is the number of extra that stands for a missing one: a conversion
// of it, else the first that is no conversion of another; -1 without one.
func (v *view) partner(m facts.Number, extra []facts.Number) int {
	for i, x := range extra {
		if v.isConverted(m, x) {
			return i
		}
	}
	return min(len(extra), 1) - 1
}

// withoutDoubles leaves out a measure that the source gives twice, in two
// units ("45 miles (72 km)"): one is enough, unless the target still has the
// unit that lost its number.
func (v *view) withoutDoubles(missing []facts.Number) []facts.Number {
	var out []facts.Number
	all := v.src.Numbers()
	for _, m := range missing {
		double := false
		for i := range all {
			if all[i].Start != m.Start || m.Measure == 0 {
				continue
			}
			for _, j := range []int{i - 1, i + 1} {
				double = double || j >= 0 && j < len(all) && all[j].Measure > 0 && all[j].Measure != m.Measure && bracketBetween(v.p.Source, m, all[j])
			}
		}
		if !double || v.orphanUnit() {
			out = append(out, m)
		}
	}
	return out
}

func bracketBetween(raw string, a, b facts.Number) bool {
	if a.Start > b.Start {
		a, b = b, a
	}
	return b.Start-a.End < limits().UnitGap && strings.ContainsAny(raw[a.End:b.Start], "([/,")
}

// orphanUnit reports whether a unit of measure of the target stands without a
// number before it.
func (v *view) orphanUnit() bool {
	ks := v.tgt.Tokens
	for i := range ks {
		if !ks[i].Lex.Is(locale.Measure) {
			continue
		}
		found := false
		for j := max(0, i-3); j < i; j++ {
			found = found || ks[j].Kind == facts.Digit || ks[j].Lex.Is(locale.Cardinal|locale.Scale|locale.Fraction)
		}
		if !found {
			return true
		}
	}
	return false
}

// diffNumbers compares two rows of numbers by value. Missing are the digits of
// the source, extra the digits of the target, that agree with nothing on the
// other side.
func diffNumbers(src, tgt []facts.Number) (missing, extra []facts.Number) {
	return unanswered(src, tgt), unanswered(tgt, src)
}

// onlyByOne are the digits of the source that nothing in the target answers
// but a word for one, which may be an article.
func onlyByOne(src, tgt []facts.Number) []facts.Number {
	var strict []facts.Number
	for _, n := range tgt {
		if !n.One {
			strict = append(strict, n)
		}
	}
	return unanswered(src, strict)
}

// values is a row of numbers as something to look values up in.
type values struct {
	have   map[float64]bool
	strict map[float64]bool // without words for one and names of months
	fine   []float64        // those that are not whole
}

func valuesIn(ns []facts.Number) *values {
	x := &values{have: map[float64]bool{}, strict: map[float64]bool{}}
	for i, n := range ns {
		for _, v := range n.Values {
			x.put(v, n.One || n.Form == facts.Named)
		}
		for _, p := range n.Parts {
			x.put(p, false)
		}
		if i > 0 {
			x.sum(ns[i-1], n)
		}
	}
	return x
}

func (x *values) put(v float64, loose bool) {
	x.have[v] = true
	if !loose {
		x.strict[v] = true
	}
	if v != math.Trunc(v) {
		x.fine = append(x.fine, v)
	}
}

// sum adds two neighbours that make one number: 2 million 300 thousand.
func (x *values) sum(a, b facts.Number) {
	if len(a.Values) == 0 || len(b.Values) == 0 || b.Start-a.End > 3 {
		return
	}
	if p, q := a.Values[0], b.Values[0]; p >= 1000 && q < p && strings.ContainsAny(a.Text, " \u00a0") {
		x.put(p+q, false)
	}
}

// unanswered are the numbers of a, in digits, that agree with no number of b.
func unanswered(a, b []facts.Number) []facts.Number {
	var x *values // of b, once they are needed
	var out []facts.Number
	for _, n := range a {
		if n.Form != facts.Digits || n.Vague {
			continue
		}
		if x == nil {
			x = valuesIn(b)
		}
		if !x.answer(n) {
			out = append(out, n)
		}
	}
	return out
}

func (x *values) answer(n facts.Number) bool {
	parts := len(n.Parts) > 0
	for _, p := range n.Parts {
		parts = parts && x.have[p]
	}
	if parts {
		return true
	}
	for _, v := range n.Values {
		if n.Day && x.strict[v] || !n.Day && x.have[v] {
			return true
		}
		for _, f := range x.fine {
			if math.Abs(f-v) < 1e-6 {
				return true
			}
		}
	}
	return false
}
