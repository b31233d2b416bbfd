package check

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"dragoman/pipeline/facts"
)

// conversions are the factors from the units of English-speaking countries to
// the others, for units that [unitSizes] does not know: mile to km, foot to m
// and cm, inch to cm and mm, pound to kg, acre to ha, gallon to l, ounce to g, a
// difference of degrees.
var conversions = []float64{1.609, 0.3048, 30.48, 2.54, 25.4, 0.4536, 0.4047, 3.785, 28.35, 1 / 1.8}

// unitSize is what a unit measures, and its size in the metric unit of that.
type unitSize struct {
	what string
	size float64
}

// unitSizes are the units by their words, those that hold for any ending with
// a star.
var unitSizes = sync.OnceValue(func() map[string]unitSize {
	out := map[string]unitSize{}
	for _, l := range lines("unit-sizes") {
		head, words, _ := strings.Cut(l, ":")
		what, size, _ := strings.Cut(head, " ")
		f, _ := strconv.ParseFloat(size, 64)
		for _, w := range strings.Fields(words) {
			out[w] = unitSize{what, f}
		}
	}
	return out
})

// unitAfter is the unit that stands behind a number; the zero value where
// there is none, or none that is known.
func unitAfter(t *facts.Text, n facts.Number) unitSize {
	for i := range t.Tokens {
		k := &t.Tokens[i]
		switch {
		case k.Start < n.End || k.Text == "-":
			continue
		case k.Text == "°" || k.Text == "º":
			return unitSize{"temperature", 1}
		case k.Kind != facts.Word:
			return unitSize{}
		}
		w := facts.Bare(k.Lower)
		if u, ok := unitSizes()[w]; ok {
			return u
		}
		for r := []rune(w); len(r) > 2; r = r[:len(r)-1] {
			if u, ok := unitSizes()[string(r)+"*"]; ok {
				return u
			}
		}
		return unitSize{}
	}
	return unitSize{}
}

// isConverted reports whether x is m in another unit, to the roundness people
// write: 12 %, or a degree and a half.
func (v *view) isConverted(m, x facts.Number) bool {
	if m.Measure == x.Measure || x.Measure == 0 || m.Measure == 0 && x.Measure == 1 || len(m.Values) == 0 || len(x.Values) == 0 {
		return false
	}
	a, b := m.Values[0], x.Values[0]
	from, to := unitAfter(v.src, m), unitAfter(v.tgt, x)
	if from.what != "" && to.what != "" && (from.what != to.what || from.what != "temperature") {
		return from.what == to.what && near(a*from.size, b*to.size)
	}
	for _, f := range conversions {
		if near(a*f, b) || near(b*f, a) {
			return true
		}
	}
	off := limits().Degrees
	return math.Abs((a-32)/1.8-b) <= off || math.Abs((b-32)/1.8-a) <= off
}

func near(a, b float64) bool { return math.Abs(a-b) <= limits().Conversion*math.Max(a, b) }
