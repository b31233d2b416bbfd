package facts

import "dragoman/pipeline/locale"

// wordNumber reads the run of number words that starts at token i: the value
// of the whole, and the values of its parts, for a translation may write
// "twenty-five" as 25 or "four or five" as two numbers.
func wordNumber(t *Text, i int) ([]Number, int) {
	total, current := 0.0, 0.0
	var parts []float64
	j := i
	vague := true
	for ; j < len(t.Tokens); j++ {
		k := t.Tokens[j]
		if !k.Lex.Is(numeral) {
			if j > i && joinsNumber(t, j) {
				continue
			}
			break
		}
		v := k.Lex.Value
		parts = append(parts, v)
		switch {
		case k.Lex.Is(locale.Fraction) && k.Lower == "buçuk":
			current += v
		case k.Lex.Is(locale.Scale) && k.Lex.Value >= 1000:
			total += max(current, 1) * v
			current = 0
		case k.Lex.Is(locale.Scale) || v == 100:
			current = max(current, 1) * v
		case v < 10 && int(current)%10 == 0 || v < 100 && int(current)%100 == 0 || current == 0:
			current += v
		default: // "four, five": a new number
			goto done
		}
		if k.Lex.Is(locale.Cardinal) && v > 1 || k.Lex.Is(locale.Scale) {
			vague = false
		}
	}
done:
	for j > i && !t.Tokens[j-1].Lex.Is(numeral) {
		j--
	}
	n := Number{Span: Span{t.Tokens[i].Start, t.Tokens[j-1].End}, Form: Words, Vague: vague}
	n.Text = t.Raw[n.Start:n.End]
	n.Values = append(n.Values, total+current)
	n.One = j == i+1 && total+current == 1 && t.Tokens[i].Lex.Is(locale.Cardinal)
	for _, p := range parts {
		if len(parts) > 1 && p > 0 {
			n.Values = append(n.Values, p)
		}
	}
	if v := total + current; v >= 20 && v < 100 && t.Tokens[j-1].Lower != t.Tokens[j-1].Text {
		n.Values = append(n.Values, 1900+v) // the Sixties
	}
	measureAfter(t, j, &n)
	return []Number{n}, j
}

// joinsNumber reports whether token j may stand inside a number in words: a
// hyphen, or "and" after hundred.
func joinsNumber(t *Text, j int) bool {
	if j+1 >= len(t.Tokens) || !t.Tokens[j+1].Lex.Is(locale.Cardinal|locale.Ordinal|locale.Scale) {
		return false
	}
	k, prev := t.Tokens[j], t.Tokens[j-1]
	return k.Text == "-" && k.Glued && t.Tokens[j+1].Glued || k.Lower == "and" && prev.Lex.Is(locale.Scale)
}
