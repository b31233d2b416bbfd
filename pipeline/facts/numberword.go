package facts

import "dragoman/pipeline/locale"

// wordNumber reads the run of number words that starts at token i: the value
// of the whole. "Four or five" are two numbers.
func wordNumber(t *Text, i int) ([]Number, int) {
	total, current := 0.0, 0.0
	j := i
	vague, alone := true, 0.0
	for ; j < len(t.Tokens); j++ {
		k := t.Tokens[j]
		if n := halfAfter(t, j); n > 0 && current >= 1 {
			current += 0.5
			j += n - 1
			continue
		}
		if next, ok := andHalf(t, j); ok && j > i {
			current += 0.5
			j = next
			continue
		}
		if !k.Lex.Is(numeral) {
			if j > i && joinsNumber(t, j) {
				continue
			}
			break
		}
		v := k.Lex.Value
		switch {
		case k.Lex.Is(locale.Scale) && k.Lex.Value >= 1000:
			total += orOne(current) * v
			current = 0
		case k.Lex.Is(locale.Scale) || v == 100:
			if v < 100 && current > 0 {
				alone = current // two decades, twelve dozen
			}
			current = orOne(current) * v
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
	for j > i && !t.Tokens[j-1].Lex.Is(numeral) && t.Tokens[j-1].Lower != "половиной" {
		j--
	}
	n := Number{Span: Span{t.Tokens[i].Start, t.Tokens[j-1].End}, Form: Words, Vague: vague}
	n.Text = t.Raw[n.Start:n.End]
	n.Values = append(n.Values, total+current)
	if alone > 0 {
		n.Values = append(n.Values, alone)
	}
	n.One = j == i+1 && total+current == 1 && t.Tokens[i].Lex.Is(locale.Cardinal)
	if v := total + current; v >= 20 && v < 100 && t.Tokens[j-1].Lower != t.Tokens[j-1].Text {
		n.Values = append(n.Values, 1900+v) // the Sixties
	}
	measureAfter(t, j, &n)
	return []Number{n}, j
}

// halfAfter is how many tokens the half at token j takes that adds to the
// number before it: "two and a half", "два с половиной", "iki buçuk"; 0
// without one.
func halfAfter(t *Text, j int) int {
	return t.phraseAt(j, [][]string{{"and", "a", "half"}, {"с", "половиной"}, {"buçuk"}})
}

// andHalf reports whether "and a half" or "с половиной" stands at token j, and
// gives its last token.
func andHalf(t *Text, j int) (last int, ok bool) {
	switch k := &t.Tokens[j]; {
	case k.Lower == "с" && j+1 < len(t.Tokens) && t.Tokens[j+1].Lower == "половиной":
		return j + 1, true
	case k.Lower == "and" && j+2 < len(t.Tokens) && t.Tokens[j+1].Lower == "a" && t.Tokens[j+2].Lower == "half":
		return j + 2, true
	}
	return 0, false
}

// joinsNumber reports whether token j may stand inside a number in words: a
// hyphen, "and" after hundred, "a" in half a million.
func joinsNumber(t *Text, j int) bool {
	if j+1 >= len(t.Tokens) || !t.Tokens[j+1].Lex.Is(locale.Cardinal|locale.Ordinal|locale.Scale) {
		return false
	}
	k, prev := t.Tokens[j], t.Tokens[j-1]
	return k.Text == "-" && k.Glued && t.Tokens[j+1].Glued || k.Lower == "and" && prev.Lex.Is(locale.Scale) ||
		k.Lower == "a" && prev.Lex.Is(locale.Fraction) && t.Tokens[j+1].Lex.Is(locale.Scale)
}

// orOne is one where nothing stands before a scale word.
func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}
