package check

import (
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// Transcribe writes a Turkish name in Russian letters by the practical
// transcription: a hint for the editor, "" where the name is not Turkish
// enough to judge or the language is not Russian. Established forms (Стамбул)
// are not its business.
func Transcribe(name string, lang language.Tag) string {
	if base, _ := lang.Base(); base.String() != "ru" || !strings.ContainsAny(name, "çğışöüÇĞİŞÖÜ") {
		return ""
	}
	rs := []rune(name)
	var b strings.Builder
	for i := 0; i < len(rs); i++ {
		low := lowerTurkish(rs[i])
		prev, next := rune(0), rune(0)
		if i > 0 {
			prev = lowerTurkish(rs[i-1])
		}
		if i+1 < len(rs) {
			next = lowerTurkish(rs[i+1])
		}
		s, skip := turkishLetter(low, prev, next)
		if unicode.IsUpper(rs[i]) && s != "" {
			out := []rune(s)
			out[0] = unicode.ToUpper(out[0])
			s = string(out)
		}
		b.WriteString(s)
		i += skip
	}
	return b.String()
}

func lowerTurkish(r rune) rune {
	switch r {
	case 'I':
		return 'ı'
	case 'İ':
		return 'i'
	}
	return unicode.ToLower(r)
}

var turkishPlain = map[rune]string{
	'a': "а", 'b': "б", 'c': "дж", 'ç': "ч", 'd': "д", 'f': "ф", 'g': "г", 'h': "х", 'i': "и", 'j': "ж", 'k': "к", 'm': "м",
	'n': "н", 'o': "о", 'p': "п", 'r': "р", 's': "с", 'ş': "ш", 't': "т", 'u': "у", 'v': "в", 'w': "в", 'z': "з", 'â': "а", 'î': "и", 'û': "у",
}

func isTurkishVowel(r rune) bool { return strings.ContainsRune("aeıioöuüâîû", r) && r != 0 }

// startsSyllable reports whether a vowel behind prev starts a word or follows
// another vowel.
func startsSyllable(prev rune) bool {
	return prev == 0 || prev == ' ' || prev == '-' || isTurkishVowel(prev)
}

func isFront(r rune) bool { return strings.ContainsRune("eiöü", r) && r != 0 }

// turkishLetter is one letter between its neighbours, and how many letters
// after it are taken too.
func turkishLetter(r, prev, next rune) (string, int) {
	switch r {
	case 'e':
		if startsSyllable(prev) {
			return "э", 0
		}
		return "е", 0
	case 'ı':
		if strings.ContainsRune("cçjşy", prev) && prev != 0 {
			return "и", 0
		}
		return "ы", 0
	case 'ö':
		if startsSyllable(prev) {
			return "о", 0
		}
		return "ё", 0
	case 'ü':
		if startsSyllable(prev) {
			return "у", 0
		}
		return "ю", 0
	case 'l':
		if isFront(prev) && !isTurkishVowel(next) {
			return "ль", 0
		}
		return "л", 0
	case 'y':
		if s, ok := map[rune]string{'a': "я", 'u': "ю", 'e': "е", 'o': "йо", 'ı': "йы", 'ü': "ю"}[next]; ok {
			return s, 1
		}
		return "й", 0
	case 'ğ':
		if isFront(prev) {
			return "й", 0
		}
		return "г", 0
	}
	if s, ok := turkishPlain[r]; ok {
		return s, 0
	}
	return string(r), 0
}
