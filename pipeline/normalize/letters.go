package normalize

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// findNFC composes, one stretch between boundaries at a time.
func findNFC(s string, _ *scope) []edit {
	if norm.NFC.IsNormalString(s) {
		return nil
	}
	var out []edit
	for i := 0; i < len(s); {
		n := norm.NFC.NextBoundaryInString(s[i:], true)
		if n <= 0 {
			break
		}
		part := s[i : i+n]
		if c := norm.NFC.String(part); c != part {
			out = append(out, edit{i, i + n, c})
		}
		i += n
	}
	return out
}

// ligatures are the Latin ones of Unicode's presentation forms.
var ligatures = map[rune]string{
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "st", 'ﬆ': "st",
}

func findLigatures(s string, _ *scope) []edit {
	return runes(s, func(_ int, r rune, _ int) (string, bool) {
		after, ok := ligatures[r]
		return after, ok
	})
}

// findFullWidth folds full-width forms. Their punctuation stays where Han,
// kana or Hangul stand beside it, whose own it is.
func findFullWidth(s string, _ *scope) []edit {
	return runes(s, func(i int, r rune, n int) (string, bool) {
		if r < 0xff01 || r > 0xff5e {
			return "", false
		}
		folded := r - 0xff01 + '!'
		if unicode.IsLetter(folded) || unicode.IsDigit(folded) {
			return string(folded), true
		}
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		return string(folded), !eastAsian(prev) && !eastAsian(next)
	})
}

func eastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) || r >= 0x3000 && r < 0x3040
}

// Look-alikes of the two alphabets. Those whose likeness depends on the
// typeface are left out.
var (
	toLatin = map[rune]rune{
		'а': 'a', 'с': 'c', 'е': 'e', 'о': 'o', 'р': 'p', 'х': 'x', 'у': 'y', 'і': 'i', 'ј': 'j', 'ѕ': 's',
		'А': 'A', 'В': 'B', 'С': 'C', 'Е': 'E', 'Н': 'H', 'К': 'K', 'М': 'M', 'О': 'O', 'Р': 'P', 'Т': 'T', 'Х': 'X', 'І': 'I', 'Ј': 'J', 'Ѕ': 'S',
		'ο': 'o', 'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Χ': 'X',
	}
	toCyrillic = map[rune]rune{
		'a': 'а', 'c': 'с', 'e': 'е', 'o': 'о', 'p': 'р', 'x': 'х', 'y': 'у',
		'A': 'А', 'B': 'В', 'C': 'С', 'E': 'Е', 'H': 'Н', 'K': 'К', 'M': 'М', 'O': 'О', 'P': 'Р', 'T': 'Т', 'X': 'Х',
	}
)

// findHomoglyphs finds words of one alphabet with a few look-alikes of
// another among their letters: at least twice as many own letters as strange
// ones, three at least, and every strange one a look-alike.
func findHomoglyphs(s string, _ *scope) []edit {
	if isASCII(s) {
		return nil
	}
	var out []edit
	for i := 0; i < len(s); {
		n := letters(s[i:])
		if n == 0 {
			_, w := utf8.DecodeRuneInString(s[i:])
			i += w
			continue
		}
		out = append(out, wordHomoglyphs(s[i:i+n], i)...)
		i += n
	}
	return out
}

// letters is the length of the run of letters at the start of s.
func letters(s string) int {
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) {
			return i
		}
	}
	return len(s)
}

func wordHomoglyphs(word string, at int) []edit {
	latin, cyrillic, greek := 0, 0, 0
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Greek, r):
			greek++
		}
	}
	table, own, strange, script := toLatin, latin, cyrillic+greek, unicode.Latin
	if cyrillic > latin {
		table, own, strange, script = toCyrillic, cyrillic, latin+greek, unicode.Cyrillic
	}
	if strange == 0 || own < 3 || own < 2*strange {
		return nil
	}
	var out []edit
	for i, r := range word {
		if unicode.Is(script, r) || unicode.Is(unicode.Mn, r) {
			continue
		}
		to, ok := table[r]
		if !ok {
			return nil
		}
		out = append(out, edit{at + i, at + i + utf8.RuneLen(r), string(to)})
	}
	return out
}
