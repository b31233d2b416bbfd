package facts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/locale"
)

// fractionAfter reads "2 1/2", "2½", "two and a half": here the half that
// follows digits.
func fractionAfter(t *Text, j int, n *Number) int {
	if j >= len(t.Tokens) {
		return j
	}
	k := t.Tokens[j]
	switch {
	case k.Lex.Is(locale.Fraction) && k.Lower == "buçuk":
		return addHalf(n, k, j+1)
	case k.Lower == "с" && j+1 < len(t.Tokens) && t.Tokens[j+1].Lower == "половиной":
		return addHalf(n, t.Tokens[j+1], j+2)
	case k.Lower == "and" && j+2 < len(t.Tokens) && t.Tokens[j+1].Lower == "a" && t.Tokens[j+2].Lower == "half":
		return addHalf(n, t.Tokens[j+2], j+3)
	case k.Kind == Sign && k.Glued && k.Text == "/" && j+1 < len(t.Tokens) && t.Tokens[j+1].Kind == Digit && t.Tokens[j+1].Glued:
		return slashAfter(t, j, n)
	case k.Kind == Digit && k.Text != "½" && j+2 < len(t.Tokens) && t.Tokens[j+1].Text == "/" && t.Tokens[j+1].Glued:
		if d, err := strconv.ParseFloat(t.Tokens[j+2].Text, 64); err == nil && d > 1 && d <= 10 {
			if m, err := strconv.ParseFloat(k.Text, 64); err == nil && m < d {
				n.Values = []float64{n.Values[0] + m/d, n.Values[0]}
				n.End = t.Tokens[j+2].End
				return j + 3
			}
		}
	}
	return j
}

func addHalf(n *Number, k Token, next int) int {
	for i := range n.Values {
		n.Values[i] += 0.5
	}
	n.End = k.End
	return next
}

// slashAfter gives 1/2 its value as a fraction beside its parts: the second
// part is read as a number of its own.
func slashAfter(t *Text, j int, n *Number) int {
	d, err := strconv.ParseFloat(t.Tokens[j+1].Text, 64)
	if err == nil && d > 0 && len(n.Values) > 0 && n.Values[0] < d && d <= 10 {
		n.Values = append([]float64{n.Values[0] / d}, n.Values...)
		n.End = t.Tokens[j+1].End
		return j + 2
	}
	return j
}

// suffixAfter reads what is glued to digits: st nd rd th, s (a decade), a
// Russian ending after a hyphen, a Turkish one after an apostrophe. A decade
// is also its century's year and its century.
func suffixAfter(t *Text, j int, n *Number, digits int) int {
	if j >= len(t.Tokens) || !t.Tokens[j].Glued {
		return j
	}
	k := t.Tokens[j]
	next := j + 1
	joint := k.Kind == Sign && (k.Text == "-" || k.Text == "‑" || isApostrophe([]rune(k.Text)[0]))
	if joint {
		if next >= len(t.Tokens) || !t.Tokens[next].Glued || t.Tokens[next].Kind != Word {
			return j
		}
		k = t.Tokens[next]
		next++
	}
	if k.Kind != Word {
		return j
	}
	switch {
	case isDecade(k.Lower):
		decade(n, digits)
	case joint && t.Loc == locale.English:
		return j // "6-foot", "45-year"
	case k.Lex.Is(locale.Scale), utf8.RuneCountInString(k.Text) > 4 && t.Loc != locale.Turkish, k.Lower == "am", k.Lower == "pm":
		if !joint {
			return j
		}
		if !k.Lex.Is(locale.Scale) {
			n.End = k.End // "4-летний"
			if k.Lex.Is(locale.Measure) {
				n.Measure = measureOf(k.Lex) // "300-килограммовый"
			}
			return next
		}
		return j + 1 // over the joint: "5-миллионный"
	}
	n.End = k.End
	return next
}

func isDecade(suffix string) bool {
	switch suffix {
	case "s", "х", "е", "ми", "м":
		return true
	}
	return strings.HasPrefix(suffix, "ler") || strings.HasPrefix(suffix, "lar") || suffix == "li" || suffix == "lı" || suffix == "lu" || suffix == "lü"
}

func decade(n *Number, digits int) {
	v := n.Values[0]
	switch {
	case v >= 1000 && v < 2100:
		n.Values = append(n.Values, float64(int(v)%100))
		if int(v)%100 == 0 {
			n.Values = append(n.Values, float64(int(v)/100+1))
		}
	case v >= 10 && v < 100 && digits == 2:
		n.Values = append(n.Values, 1900+v)
	}
}

// scaleAfter multiplies by the scale words that follow: 1.5 million,
// 2 млн 300 тыс.
func scaleAfter(t *Text, j int, n *Number) int {
	if j < len(t.Tokens) && t.Tokens[j].Text == "." && t.Tokens[j].Glued {
		return j
	}
	for j < len(t.Tokens) {
		k := t.Tokens[j]
		if k.Kind == Sign && k.Text == "-" && j+1 < len(t.Tokens) && t.Tokens[j+1].Lex.Is(locale.Scale) {
			k = t.Tokens[j+1]
			j++
		}
		if !k.Lex.Is(locale.Scale) || !k.Glued && len(k.Text) == 1 {
			return j
		}
		for i, v := range n.Values {
			if n.Values[i] = v * k.Lex.Value; k.Lex.Value < 100 {
				n.Values = append(n.Values, v) // two decades, twelve dozen
			}
		}
		n.End = k.End
		j++
	}
	return j
}

// measureAfter notes the unit of measure that follows.
func measureAfter(t *Text, j int, n *Number) {
	for ; j < len(t.Tokens) && j-1 >= 0; j++ {
		k := &t.Tokens[j]
		if k.Kind == Sign && (k.Text == "-" || k.Text == "°" || k.Text == "º") {
			if k.Text != "-" {
				n.Measure = 2
			}
			continue
		}
		if k.Kind == Word && k.Lex.Is(locale.Measure) {
			n.Measure = measureOf(k.Lex)
		}
		return
	}
}

// measureOf is the system of a unit; a letter that is a scale word too (m) is
// metric.
func measureOf(e locale.Entry) int {
	if e.Value == 1 {
		return 1
	}
	return 2
}

// clockAfter adds the times of day where a.m. or p.m. or an hour word follows.
func clockAfter(t *Text, j int, n *Number, raw string) {
	if j >= len(t.Tokens) {
		return
	}
	k := t.Tokens[j].Lower
	pm, am := k == "pm" || k == "p", k == "am" || k == "a"
	if (k == "p" || k == "a") && (j+2 >= len(t.Tokens) || t.Tokens[j+2].Lower != "m") {
		return
	}
	if !pm && !am {
		return
	}
	h, m := n.Values[0], 0.0
	if i := strings.IndexAny(raw, ".:"); i > 0 {
		hh, _ := strconv.Atoi(raw[:i])
		mm, _ := strconv.Atoi(raw[i+1:])
		h, m = float64(hh), float64(mm)
	}
	if h < 0 || h > 12 {
		return
	}
	n.Values = append(n.Values, TimeOf(int(h), int(m)), TimeOf(int(h)+12, int(m)))
	if m == 0 {
		n.Values = append(n.Values, h, h+12)
		if h == 12 {
			n.Values = append(n.Values, 0)
		}
	}
}

// yearPair lets the second number of 2016/17 and 2016-17 be 2017.
func yearPair(t *Text, i int, n *Number, raw string) {
	if i < 2 || len(raw) != 2 || len(n.Values) == 0 || !t.Tokens[i].Glued || !t.Tokens[i-1].Glued {
		return
	}
	p := t.Tokens[i-2]
	if p.Kind == Digit && len(p.Text) == 4 && allDigits(p.Text) && strings.Contains("-–/", t.Tokens[i-1].Text) {
		c, _ := strconv.Atoi(p.Text[:2])
		n.Values = append(n.Values, float64(c)*100+n.Values[0])
	}
}

// shareScale lets "3" in "3–5 million" and "from 3 to 5 million" be 3 million
// too: the scale of a number holds for the one just before it, when nothing
// but a joint stands between them.
func shareScale(t *Text, ns []Number) {
	for i := len(ns) - 1; i > 0; i-- {
		b, a := &ns[i], &ns[i-1]
		if b.Form == Named || a.Form == Named || len(b.Values) == 0 || b.Start-a.End > 24 || b.Start < a.End {
			continue
		}
		if !isJoint(t.Raw[a.End:b.Start]) {
			continue
		}
		if a.Measure == 0 {
			a.Measure = b.Measure
		}
		scale := scaleOf(b.Text, t.Loc)
		if scale == 0 || scaleOf(a.Text, t.Loc) != 0 {
			continue
		}
		for _, v := range a.Values[:len(a.Values):len(a.Values)] {
			a.Values = append(a.Values, v*scale)
		}
	}
}

// scaleOf is the scale word that ends a number's text, 0 without one.
func scaleOf(text string, loc *locale.Locale) float64 {
	if i := strings.LastIndexFunc(text, func(r rune) bool { return r == '-' || unicode.IsSpace(r) }); i >= 0 {
		_, n := utf8.DecodeRuneInString(text[i:])
		text = text[i+n:]
	}
	if e := loc.Lookup(loc.Lower(strings.TrimLeft(text, "0123456789.,½"))); e.Is(locale.Scale) {
		return e.Value
	}
	return 0
}

// isJoint reports whether only what joins two ends of a range stands there.
func isJoint(s string) bool {
	s = strings.Trim(s, " \u00a0$€£₺₽\"'’")
	switch s {
	case "-", "–", "—", "to", "and", "or", "до", "и", "или", "ile", "ila", "ve", "veya", "-$", "–$", "–£", "–€", "ya da", ",":
		return true
	}
	return false
}

func isRoman(s string) bool {
	if c := s[0]; c != 'I' && c != 'V' && c != 'X' && c != 'L' && c != 'C' && c != 0xd0 {
		return false
	}
	return strings.Trim(s, "IVXLCХІ") == "" && len(s) > 0 && (len(s) > 1 || s != "C" && s != "L")
}

// romanValue reads a Roman numeral, in Latin letters or the Cyrillic ones
// that look like them.
func romanValue(s string) float64 {
	total, last := 0, 0
	for _, r := range s {
		v := 0
		switch r {
		case 'I', 'І':
			v = 1
		case 'V':
			v = 5
		case 'X', 'Х':
			v = 10
		case 'L':
			v = 50
		case 'C':
			v = 100
		}
		if last < v {
			total -= 2 * last
		}
		total += v
		last = v
	}
	return float64(total)
}
