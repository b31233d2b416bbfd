package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// dates is T06: a month, a weekday or a currency of the source became another
// one. What is only missing is no fault, for a date may be told otherwise.
func dates(v *view) {
	for _, c := range []struct {
		class locale.Class
		what  string
	}{{locale.Month, "month"}, {locale.Weekday, "weekday"}, {locale.Unit, "currency"}} {
		src, tgt := named(v.src, c.class), named(v.tgt, c.class)
		if c.class == locale.Month {
			tgt, src = numericMonths(v.tgt, tgt), numericMonths(v.src, src)
		}
		lost, lostAt := only(src, tgt)
		won, wonAt := only(tgt, src)
		if lost == "" || won == "" {
			continue
		}
		_ = lostAt
		v.add(report{
			check: "T06", category: "accuracy/mistranslation", severity: pipeline.Major, at: wonAt,
			message: fmt.Sprintf("The source's %s %q became %q.", c.what, lost, won),
		})
	}
}

// place is a word and where it stands.
type place struct {
	text string
	at   facts.Span
}

// named are the values of a class in a text, with one word for each. Months
// and weekdays count with a capital where the language writes one.
func named(t *facts.Text, class locale.Class) map[float64]place {
	var out map[float64]place
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if class == locale.Unit && k.Kind == facts.Sign {
			if n, ok := currencySigns[k.Text]; ok {
				out = with(out, n, place{k.Text, k.Span})
			}
		}
		if k.Kind != facts.Word || !k.Lex.Is(class) || k.Lex.Is(locale.Measure) && class == locale.Unit {
			continue
		}
		if t.Loc == locale.English && class != locale.Unit && !k.Upper {
			continue
		}
		if class == locale.Month && !besideNumber(t, i) {
			continue
		}
		out = with(out, k.Lex.Value, place{k.Text, k.Span})
	}
	return out
}

// with puts a place in, and makes the map where there is none.
func with(m map[float64]place, value float64, p place) map[float64]place {
	if m == nil {
		m = map[float64]place{}
	}
	m[value] = p
	return m
}

// currencySigns are signs by the number of their currency in units.txt.
var currencySigns = map[string]float64{"$": 1, "€": 2, "£": 3, "¥": 4, "₽": 5, "₺": 6, "₹": 9}

// besideNumber reports whether a number stands right before or after token i.
func besideNumber(t *facts.Text, i int) bool {
	return i > 0 && t.Tokens[i-1].Kind == facts.Digit || i+1 < len(t.Tokens) && t.Tokens[i+1].Kind == facts.Digit
}

// numericMonths adds the months of dates such as 19.12.2016.
func numericMonths(t *facts.Text, into map[float64]place) map[float64]place {
	for _, n := range t.Numbers() {
		if n.Form == facts.Digits && n.Vague && len(n.Values) > 0 && n.Values[0] >= 1 && n.Values[0] <= 12 {
			into = with(into, n.Values[0], place{n.Text, n.Span})
		}
	}
	return into
}

// only is the single value that a has and b has not; "" where there is none,
// or b lacks nothing of the kind at all.
func only(a, b map[float64]place) (string, facts.Span) {
	for v, p := range a {
		if _, ok := b[v]; !ok && len(a) == 1 && len(b) > 0 {
			return p.text, p.at
		}
	}
	return "", facts.Span{}
}
