package llmtest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// turkish is pseudo-Turkish: names as they are, every other word respelled
// with the vowels in harmony and a Turkish ending.
func turkish() voice {
	return voice{
		lex:        dictionaries()["tr"],
		spell:      spellTurkish,
		possessive: possessiveTurkish,
		upper:      func(s string) string { return strings.ToUpperSpecial(unicode.TurkishCase, s) },
		number:     numberTurkish,
		quotes:     [2]string{`"`, `"`},
		inner:      [2]string{`"`, `"`},
	}
}

// respelled are the letters that Turkish does not write, the longest first.
var respelled = strings.NewReplacer(
	"tion", "syon", "sch", "ş", "tch", "ç", "ght", "yt", "sh", "ş", "ch", "ç", "th", "t", "ph", "f", "ck", "k", "qu", "kv",
	"ce", "se", "ci", "si", "cy", "si", "c", "k", "j", "c", "w", "v", "x", "ks", "q", "k", "ee", "i", "oo", "u", "ea", "e", "ou", "u",
)

// The two harmonies of Turkish vowels.
var (
	backVowels  = strings.NewReplacer("e", "a", "i", "ı", "ö", "o", "ü", "u")
	frontVowels = strings.NewReplacer("a", "e", "ı", "i", "o", "ö", "u", "ü")
)

// The endings of common words in either harmony.
var (
	backEndings  = []string{"lar", "da", "ın", "ı", "dı", "lık", "a", "ı"}
	frontEndings = []string{"ler", "de", "in", "i", "di", "lik", "e", "i"}
)

// spellTurkish spells one word as Turkish would; a name stays as it is.
func spellTurkish(w string, s style) string {
	if s == nominal {
		return w
	}
	out := respelled.Replace(w)
	back := choose(w, 2) == 0
	if back {
		out = backVowels.Replace(out)
	} else {
		out = frontVowels.Replace(out)
	}
	if len(w) < 3 && s == title {
		return out
	}
	switch {
	case s == title && strings.ContainsAny(lastRune(out), "aeıioöuü"):
		return out
	case s == title && back:
		return out + "ı"
	case s == title:
		return out + "i"
	case back:
		return out + backEndings[choose(w, len(backEndings))]
	}
	return out + frontEndings[choose(w, len(frontEndings))]
}

// possessiveTurkish puts the genitive behind a name, with an apostrophe.
func possessiveTurkish(stem string) string {
	suffix := "in"
	for _, r := range strings.ToLowerSpecial(unicode.TurkishCase, stem) {
		switch r {
		case 'a', 'ı', 'â':
			suffix = "ın"
		case 'e', 'i', 'é':
			suffix = "in"
		case 'o', 'u':
			suffix = "un"
		case 'ö', 'ü':
			suffix = "ün"
		}
	}
	if strings.ContainsAny(strings.ToLower(lastRune(stem)), "aeıioöuüâé") {
		suffix = "n" + suffix
	}
	return stem + "'" + suffix
}

// numberTurkish writes a number as Turkish does: a dot between thousands, a
// comma before the fraction, the percent sign in front.
func numberTurkish(digits, tail string) string {
	n := localized(digits, ".", ",")
	switch tail {
	case "%":
		return "%" + n
	case "percent":
		return "yüzde " + n
	case "st", "nd", "rd", "th":
		return n + "'inci"
	case "s":
		return n + "'ler"
	}
	return n
}

// runeLen is the length in bytes of the first character.
func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
