package facts

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Skeleton is the sound of a name without its vowels, in ten coarse classes of
// consonants that are the same for Latin and Cyrillic letters, so that
// "Karlov" and "Карлов" share it. It serves to see which name a form belongs
// to, not to prove that a form is right.
func Skeleton(name string) string {
	var small [32]byte
	return string(appendSkeleton(small[:0], name))
}

// appendSkeleton appends the skeleton of a name to out.
func appendSkeleton(out []byte, name string) []byte {
	last := byte(0)
	low := strings.ToLower(name)
	prev := rune(0)
	for i, r := range low {
		next := rune(0)
		if at := i + utf8.RuneLen(r); at < len(low) {
			next, _ = utf8.DecodeRuneInString(low[at:])
		}
		c := consonant(r, prev, next)
		prev = r
		if c == 0 {
			if !isApostrophe(r) && r != 'ь' && r != 'ъ' && r != 'h' {
				last = 0
			}
			continue
		}
		if c != last {
			out = append(out, c)
		}
		last = c
	}
	return out
}

// Skeletons are the skeletons a Latin name may have in another language, for
// letters that are read in two ways: w and silent, g and ch before e or i, j.
// The first is [Skeleton]'s.
func Skeletons(name string) []string {
	low := strings.ToLower(name)
	out := []string{Skeleton(name)}
	if rest, ok := strings.CutPrefix(low, "h"); ok {
		out = append(out, Skeleton(rest), Skeleton(strings.TrimSuffix(rest, "x")))
	}
	for _, r := range readings {
		if !strings.Contains(low, r[0]) {
			continue
		}
		if s := Skeleton(strings.ReplaceAll(low, r[0], r[1])); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// readings are letters and what they may sound like instead.
var readings = [][2]string{
	{"w", ""},
	{"eux", "e"},
	{"ault", "o"},
	{"b", "v"},
	{"th", "f"},
	{"mc", "mak"},
	{"ge", "je"},
	{"gi", "ji"},
	{"gy", "jy"},
	{"ch", "k"},
	{"j", "y"},
	{"j", "k"},
	{"gh", "g"},
	{"gn", "n"},
	{"x", "ks"},
	{"x", "s"},
	{"x", "h"},
	{"q", "s"},
	{"ow", "ov"},
	{"eu", "ev"},
	{"tz", "s"},
	{"ti", "si"},
	{"sc", "sk"},
	{"ci", "si"},
	{"cc", "k"},
	{"igh", "i"},
	{"ough", "o"},
	{"kn", "n"},
	{"wr", "r"},
	{"lk", "k"},
	{"z", "ts"},
}

// consonant is the class of a letter between its neighbours, 0 for a vowel or
// a silent letter.
func consonant(r, prev, next rune) byte {
	switch r {
	case 'b', 'б':
		return 'b'
	case 'p', 'п':
		if next == 'h' {
			return 'f'
		}
		return 'p'
	case 'v', 'f', 'в', 'ф':
		return 'f'
	case 'w':
		if isVowel(next) {
			return 'f'
		}
		return 0
	case 'd', 't', 'д', 'т':
		if (r == 'д' || r == 'd') && (next == 'ж' || next == 'j') || r == 'т' && next == 'ч' || r == 't' && next == 'c' {
			return 0
		}
		return 't'
	case 'g', 'k', 'q', 'г', 'к', 'х':
		if r == 'g' && (next == 'h' || prev == 'n' && next == 0) {
			return 0
		}
		return 'k'
	case 'h':
		if prev == 0 || isVowel(prev) && isVowel(next) {
			return 'k'
		}
		return 0
	case 'c':
		if next == 'h' || next == 'e' || next == 'i' || next == 'y' || next == 'z' || next == 's' {
			return 's'
		}
		return 'k'
	case 'x':
		return 'k'
	case 's', 'z', 'j', 'ş', 'ç', 'š', 'č', 'ž', 'ś', 'ć', 'с', 'з', 'ж', 'ш', 'щ', 'ч', 'ц':
		return 's'
	case 'l', 'ł', 'л':
		return 'l'
	case 'm', 'м':
		return 'm'
	case 'n', 'ñ', 'н':
		return 'n'
	case 'r', 'р':
		return 'r'
	}
	return 0
}

func isVowel(r rune) bool { return strings.ContainsRune("aeiouyöüıâîāéèáóí", r) }

// Distance is how far two skeletons are apart: edits for each class of the
// longer one, 0 to 1. An ending more on b (an inflected form) costs half.
func Distance(a, b string) float64 {
	if a == "" || b == "" {
		if a == b {
			return 0
		}
		return 1
	}
	if strings.HasPrefix(b, a) {
		return 0.5 * float64(len(b)-len(a)) / float64(len(b))
	}
	return float64(levenshtein(a, b)) / float64(max(len(a), len(b)))
}

func levenshtein(a, b string) int {
	var small [24]int
	var row []int
	if len(b) < len(small) {
		row = small[:len(b)+1]
	} else {
		row = make([]int, len(b)+1)
	}
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := prev
			if a[i-1] != b[j-1] {
				cost = 1 + min(prev, row[j], row[j-1])
			}
			prev, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

// FoldName makes the spellings of one name equal: lower case, no diacritics,
// all four Turkish i the same, ё as е.
func FoldName(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(foldRune, s)
		}
	}
	return strings.ToLower(s)
}

func foldRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'а' && r <= 'я':
		return r
	case r >= 'A' && r <= 'Z':
		return r + ('a' - 'A')
	case r >= 'А' && r <= 'Я':
		return r + ('а' - 'А')
	}
	switch r {
	case 'ı', 'İ', 'î', 'í', 'ï':
		return 'i'
	case 'ş', 'Ş', 'š', 'Š', 'ś':
		return 's'
	case 'ç', 'Ç', 'č', 'Č', 'ć':
		return 'c'
	case 'ğ', 'Ğ':
		return 'g'
	case 'ö', 'Ö', 'ó', 'ø', 'ô', 'õ':
		return 'o'
	case 'ü', 'Ü', 'ú', 'û', 'ù':
		return 'u'
	case 'â', 'á', 'à', 'ä', 'ã', 'å', 'ă', 'Á':
		return 'a'
	case 'é', 'è', 'ê', 'ë', 'É':
		return 'e'
	case 'ñ', 'ń':
		return 'n'
	case 'ž', 'ż', 'ź':
		return 'z'
	case 'ł':
		return 'l'
	case 'ё', 'Ё':
		return 'е'
	}
	return unicode.ToLower(r)
}
