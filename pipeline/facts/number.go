package facts

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"dragoman/pipeline/locale"
)

// Form says how a number is written.
type Form uint8

// The forms of a number.
const (
	Digits Form = iota // 1,234.5
	Words              // twenty-five
	Roman              // XIX
	Named              // May, as the fifth month: may answer a digit, is never missed
)

// Number is one number of a text.
//
// Values are all the values it may be read as, the likeliest first: "1.234" is
// 1.234 and 1234, "1.5 million" is 1500000, "the 1970s" are 1970 and 70. A time
// of day is [TimeOf] its hour and minute. Two numbers agree when they share a
// value.
type Number struct {
	Span
	Text   string
	Form   Form
	Values []float64
	Code   bool // part of a designation such as B-52 or G20
	Vague  bool // a word that need not be answered: one, both, first

	Parts   []float64 // of digits joined over a space, which may be two numbers after all
	One     bool      // the word for one alone, which may be an article
	Day     bool      // digits beside a month
	Measure int       // 1 before miles, feet, pounds …, 2 before a metric unit, else 0
}

// TimeOf is the value of a time of day, apart from every other number.
func TimeOf(hour, minute int) float64 { return float64(-1 - (hour%24)*60 - minute) }

// Agrees reports whether two numbers share a value.
func (n Number) Agrees(m Number) bool {
	for _, a := range n.Values {
		for _, b := range m.Values {
			if same(a, b) {
				return true
			}
		}
	}
	return false
}

func same(a, b float64) bool {
	return a == b || math.Abs(a-b) < 1e-9*math.Max(math.Abs(a), math.Abs(b))
}

// numeral are the classes of words that make up a number.
const numeral = locale.Cardinal | locale.Ordinal | locale.Scale | locale.Fraction

// readNumbers walks the tokens once.
func readNumbers(t *Text) []Number {
	var out []Number
	for i := 0; i < len(t.Tokens); {
		k := &t.Tokens[i]
		switch {
		case k.Kind == Digit:
			n, next := digitNumber(t, i)
			out = append(out, n...)
			i = next
		case k.Kind == Word && k.Lex.Is(numeral) && len(k.Text) > 1:
			n, next := wordNumber(t, i)
			if next > i+1 || !k.Lex.Is(locale.Indefinite) {
				out = append(out, n...)
			}
			i = next
		case k.Kind == Word && k.Lex.Is(locale.Month):
			out = append(out, Number{Span: k.Span, Text: k.Text, Form: Named, Values: []float64{k.Lex.Value}, Vague: true})
			i++
		case k.Kind == Word && isRoman(k.Text) && (len(k.Text) > 1 || k.Text != "I" || i > 0 && t.Tokens[i-1].Upper):
			out = append(out, Number{Span: k.Span, Text: k.Text, Form: Roman, Values: []float64{romanValue(k.Text)}, Vague: true})
			i++
		default:
			i++
		}
	}
	shareScale(t, out)
	markDays(out)
	return out
}

// markDays notes the digits that stand beside the name of a month.
func markDays(ns []Number) {
	for i := range ns {
		if ns[i].Form != Named {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j >= 0 && j < len(ns) && ns[j].Form == Digits && ns[j].Values[0] <= 31 && max(ns[j].Start, ns[i].Start)-min(ns[j].End, ns[i].End) <= 6 {
				ns[j].Day = true
			}
		}
	}
}

// digitNumber reads the number that starts at token i and says where to go on.
func digitNumber(t *Text, i int) ([]Number, int) {
	k := t.Tokens[i]
	n := Number{Span: k.Span, Text: k.Text}
	if parts := dateParts(t, k); parts != nil {
		return parts, i + 1
	}
	raw, j := mergeGroups(t, i)
	n.End = t.Tokens[j-1].End
	n.Values = readDigits(raw)
	for k := i; k < j && j > i+1; k++ {
		n.Parts = append(n.Parts, readDigits(t.Tokens[k].Text)[:1]...)
	}
	n.Code = codeBefore(t, i)
	j = fractionAfter(t, j, &n)
	j = suffixAfter(t, j, &n, len(raw))
	j = scaleAfter(t, j, &n)
	clockAfter(t, j, &n, raw)
	yearPair(t, i, &n, raw)
	measureAfter(t, j, &n)
	if j < len(t.Tokens) && t.Loc == locale.English && t.Tokens[j].Glued && t.Tokens[j].Kind == Word && len(t.Tokens[j].Text) > 4 {
		n.Vague = true // 247sports: the name of something
	}
	n.Text = t.Raw[n.Start:n.End]
	return []Number{n}, j
}

// mergeGroups joins groups of three digits that are parted by single spaces
// where the language writes them so. It gives the digits without the spaces.
func mergeGroups(t *Text, i int) (string, int) {
	raw := t.Tokens[i].Text
	j := i + 1
	if !strings.ContainsAny(t.Loc.Group, " \u00a0") || len(raw) > 3 || !allDigits(raw) {
		return raw, j
	}
	for ; j < len(t.Tokens); j++ {
		next, prev := t.Tokens[j], t.Tokens[j-1]
		if next.Kind != Digit || !isGroupGap(t.Raw[prev.End:next.Start]) {
			break
		}
		whole, _, cut := strings.Cut(next.Text, ",")
		if len(whole) != 3 || !allDigits(whole) {
			break
		}
		raw += next.Text
		if cut {
			j++
			break
		}
	}
	return raw, j
}

func isGroupGap(s string) bool {
	return s == " " || s == "\u00a0" || s == "\u202f" || s == "\u2009"
}

// readDigits gives every value that digits with separators may have.
func readDigits(raw string) []float64 {
	if v, ok := vulgar(raw); ok {
		return []float64{v}
	}
	sep := strings.Trim(raw, "0123456789½¼¾")
	if sep == "" {
		v, _ := strconv.ParseFloat(raw, 64)
		return []float64{v}
	}
	first := strings.IndexAny(raw, ".,:")
	last := strings.LastIndexAny(raw, ".,:")
	var vs []float64
	switch {
	case raw[first] == ':':
		if vs = appendClock(vs, raw, first); len(vs) > 0 && len(raw)-first == 3 {
			return vs
		}
		for _, p := range strings.FieldsFunc(raw, func(r rune) bool { return r == ':' }) {
			vs = appendNumber(vs, p)
		}
		return vs
	case first == last:
		frac := raw[first+1:]
		dec := raw[:first] + "." + frac
		if len(frac) == 3 && first <= 3 && raw[0] != '0' {
			vs = appendNumber(vs, raw[:first]+frac)
		}
		vs = appendNumber(vs, dec)
		if len(frac) == 2 {
			vs = appendClock(vs, raw, first)
		}
	case raw[first] == raw[last]:
		vs = appendNumber(vs, strings.ReplaceAll(raw, raw[first:first+1], ""))
	default: // 1,234.5 or 1.234,5
		whole := strings.ReplaceAll(raw[:last], raw[first:first+1], "")
		vs = appendNumber(vs, whole+"."+raw[last+1:])
	}
	if len(vs) == 0 { // 1,5½
		vs = appendNumber(vs, raw[:first])
	}
	return vs
}

func appendNumber(vs []float64, s string) []float64 {
	if v, err := strconv.ParseFloat(s, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		vs = append(vs, v)
	}
	return vs
}

// appendClock adds the time of day that raw may be, with sep at the separator.
func appendClock(vs []float64, raw string, sep int) []float64 {
	h, err1 := strconv.Atoi(raw[:sep])
	m, err2 := strconv.Atoi(raw[sep+1 : min(sep+3, len(raw))])
	if err1 != nil || err2 != nil || h > 24 || m > 59 || sep > 2 {
		return vs
	}
	vs = append(vs, TimeOf(h, m))
	if h <= 12 {
		vs = append(vs, TimeOf(h+12, m))
	}
	if m == 0 {
		vs = append(vs, float64(h%24), float64(h))
	}
	return vs
}

func vulgar(s string) (float64, bool) {
	for suffix, v := range map[string]float64{"½": 0.5, "¼": 0.25, "¾": 0.75} {
		if head, ok := strings.CutSuffix(s, suffix); ok {
			w, err := strconv.ParseFloat("0"+head, 64)
			return w + v, err == nil
		}
	}
	return 0, false
}

// dateParts reads dd.mm.yyyy, and any longer row of numbers parted by full
// stops, as its parts; nil where k is no such thing.
func dateParts(t *Text, k Token) []Number {
	parts := strings.Split(k.Text, ".")
	if len(parts) < 3 {
		return nil
	}
	grouped := len(parts[0]) <= 3
	for _, p := range parts[1:] {
		grouped = grouped && len(p) == 3
	}
	if grouped || !allDigits(strings.Join(parts, "")) {
		return nil
	}
	var out []Number
	at := k.Start
	for i, p := range parts {
		n := Number{Span: Span{at, at + len(p)}, Text: p, Values: appendNumber(nil, p)}
		n.Vague = i == 1 && len(parts) == 3 // the month
		if i == 2 && len(p) == 2 {
			n.Values = append(n.Values, 1900+n.Values[0], 2000+n.Values[0])
		}
		out = append(out, n)
		at += len(p) + 1
	}
	return out
}

// codeBefore reports whether the number at token i ends a designation whose
// letters stand right before it, with or without a hyphen.
func codeBefore(t *Text, i int) bool {
	if i == 0 || !t.Tokens[i].Glued {
		return false
	}
	p := t.Tokens[i-1]
	if p.Kind == Word {
		return true
	}
	return i > 1 && p.Glued && (p.Text == "-" || p.Text == "–") && t.Tokens[i-2].Kind == Word && t.Tokens[i-2].Upper
}
