package llmtest

import (
	"strings"
	"unicode"
)

// russian is pseudo-Russian: English spelled in Cyrillic letters.
func russian() voice {
	return voice{
		lex:        dictionaries()["ru"],
		spell:      spellRussian,
		possessive: func(stem string) string { return stem },
		upper:      strings.ToUpper,
		number:     numberRussian,
		quotes:     [2]string{"«", "»"},
		inner:      [2]string{"«", "»"},
		stopAfter:  true,
		spacedDash: true,
	}
}

// cyrillic spells groups of Latin letters, the longest first.
var cyrillic = []struct{ latin, cyr string }{
	{"shch", "щ"},
	{"tion", "ция"},
	{"sch", "ш"},
	{"tch", "ч"},
	{"ght", "т"},
	{"sh", "ш"},
	{"ch", "ч"},
	{"zh", "ж"},
	{"kh", "х"},
	{"th", "т"},
	{"ph", "ф"},
	{"ts", "ц"},
	{"ck", "к"},
	{"qu", "кв"},
	{"ee", "и"},
	{"oo", "у"},
	{"ou", "оу"},
	{"ya", "я"},
	{"yu", "ю"},
	{"yo", "йо"},
	{"ye", "е"},
	{"ay", "ай"},
	{"ey", "ей"},
	{"oy", "ой"},
	{"uy", "уй"},
	{"ce", "це"},
	{"ci", "ци"},
	{"cy", "ци"},
	{"ss", "сс"},
	{"a", "а"},
	{"b", "б"},
	{"c", "к"},
	{"d", "д"},
	{"e", "е"},
	{"f", "ф"},
	{"g", "г"},
	{"h", "х"},
	{"i", "и"},
	{"j", "дж"},
	{"k", "к"},
	{"l", "л"},
	{"m", "м"},
	{"n", "н"},
	{"o", "о"},
	{"p", "п"},
	{"q", "к"},
	{"r", "р"},
	{"s", "с"},
	{"t", "т"},
	{"u", "у"},
	{"v", "в"},
	{"w", "в"},
	{"x", "кс"},
	{"y", "и"},
	{"z", "з"},
	{"ç", "ч"},
	{"ş", "ш"},
	{"ğ", "г"},
	{"ı", "ы"},
	{"ö", "о"},
	{"ü", "у"},
	{"â", "а"},
	{"î", "и"},
	{"û", "у"},
	{"á", "а"},
	{"à", "а"},
	{"ä", "э"},
	{"ã", "а"},
	{"å", "о"},
	{"æ", "э"},
	{"é", "е"},
	{"è", "е"},
	{"ê", "е"},
	{"ë", "е"},
	{"í", "и"},
	{"ï", "и"},
	{"ñ", "нь"},
	{"ó", "о"},
	{"ô", "о"},
	{"õ", "о"},
	{"ø", "о"},
	{"ú", "у"},
	{"ß", "сс"},
	{"č", "ч"},
	{"š", "ш"},
	{"ž", "ж"},
	{"ć", "ч"},
	{"ł", "л"},
	{"ń", "н"},
	{"ś", "с"},
	{"ż", "ж"},
	{"ź", "з"},
	{"ę", "е"},
	{"ą", "о"},
	{"ý", "и"},
	{"ř", "р"},
	{"ě", "е"},
	{"ů", "у"},
}

// The endings of common words, after a consonant and after a vowel. A word
// with a capital takes a vowel only, so that its consonants stay those of its
// source. Each has an ы, which tells Russian from Bulgarian in the shortest
// sentence.
var (
	afterConsonant = []string{"ы", "ый", "ым", "ые", "ых", "ы"}
	afterVowel     = []string{"ный", "ные", "ных", "вы", "ны"}
)

// spellRussian spells one word in Cyrillic.
func spellRussian(w string, s style) string {
	out := spellCyrillic(strings.ToLower(w))
	if hasUpper(w) {
		out = copyCapitals(w, out)
	}
	if s == nominal || len(w) < 2 {
		return out
	}
	vowel := strings.ContainsAny(lastRune(out), "аеёиоуыэюяй")
	switch {
	case s == title && vowel:
		return out
	case s == title:
		return out + "ы"
	case vowel:
		return out + afterVowel[choose(w, len(afterVowel))]
	}
	return out + afterConsonant[choose(w, len(afterConsonant))]
}

// spellCyrillic spells lower-case letters, longest group first; a first e
// is э.
func spellCyrillic(w string) string {
	var b strings.Builder
	for i := 0; i < len(w); {
		n := 1
		matched := false
		for _, g := range cyrillic {
			if strings.HasPrefix(w[i:], g.latin) {
				cyr := g.cyr
				if i == 0 && g.latin == "e" {
					cyr = "э"
				}
				b.WriteString(cyr)
				n, matched = len(g.latin), true
				break
			}
		}
		if !matched {
			n = runeLen(w[i:])
			if r := w[i : i+n]; !unicode.Is(unicode.Latin, []rune(r)[0]) && !unicode.Is(unicode.Mn, []rune(r)[0]) {
				b.WriteString(r)
			}
		}
		i += n
	}
	return b.String()
}

// copyCapitals gives a spelled word the capital of its source's first letter,
// and one after an apostrophe.
func copyCapitals(source, out string) string {
	r := []rune(out)
	if startsUpper(source) && len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	for i := 1; i < len(r); i++ {
		if r[i-1] == '\'' || r[i-1] == '’' {
			r[i] = unicode.ToUpper(r[i])
		}
	}
	return string(r)
}

// numberRussian writes a number as Russian does: a no-break space between
// thousands, a comma before the fraction.
func numberRussian(digits, tail string) string {
	n := localized(digits, "\u00a0", ",")
	switch tail {
	case "%":
		return n + "%"
	case "percent":
		return n + " процентов"
	case "st", "nd", "rd", "th":
		return n + "-й"
	case "s":
		return n + "-х"
	}
	return n
}

func lastRune(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return ""
	}
	return string(r[len(r)-1:])
}
