package check

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// twins are the Latin letters that look like Cyrillic ones, and back.
var twins = strings.NewReplacer(
	"A", "А", "B", "В", "C", "С", "E", "Е", "H", "Н", "K", "К", "M", "М", "O", "О", "P", "Р", "T", "Т", "X", "Х", "Y", "У",
	"a", "а", "c", "с", "e", "е", "o", "о", "p", "р", "x", "х", "y", "у", "k", "к", "i", "і",
)

// backTwins turns Cyrillic letters into the Latin ones that look like them.
var backTwins = strings.NewReplacer(
	"А", "A", "В", "B", "С", "C", "Е", "E", "Н", "H", "К", "K", "М", "M", "О", "O", "Р", "P", "Т", "T", "Х", "X", "У", "Y",
	"а", "a", "с", "c", "е", "e", "о", "o", "р", "p", "х", "x", "у", "y", "і", "i",
)

// mixedScript is T12: a word of Latin and Cyrillic letters at once, or letters
// of a script that neither the target's language nor the source uses.
func mixedScript(v *view) {
	if v.loc.Script == nil {
		return
	}
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		if k.Kind != facts.Word {
			continue
		}
		latin, cyr, other := scriptsOf(k.Text)
		switch {
		case other != nil && !hasScript(v.p.Source, other):
			v.add(report{
				check: "T12", category: "fluency/characterEncoding", severity: pipeline.Major, at: k.Span,
				message: fmt.Sprintf("%q is written in a script that %s does not use.", k.Text, v.loc.Name),
			})
		case latin && cyr && !strings.Contains(v.p.Source, k.Text):
			v.add(report{
				check: "T12", category: "fluency/characterEncoding", severity: pipeline.Major, at: k.Span, suggest: unmix(k.Text),
				message: fmt.Sprintf("The word %q mixes Latin and Cyrillic letters.", k.Text),
			})
		case cyr && v.loc.Script == unicode.Latin && !hasScript(v.p.Source, unicode.Cyrillic):
			v.add(report{
				check: "T12", category: "fluency/characterEncoding", severity: pipeline.Major, at: k.Span,
				message: fmt.Sprintf("%q is in Cyrillic letters in a %s sentence.", k.Text, v.loc.Name),
			})
		}
	}
}

// scriptsOf says which scripts the letters of a word are of; other is one that
// is neither Latin nor Cyrillic nor Greek.
func scriptsOf(w string) (latin, cyr bool, other *unicode.RangeTable) {
	for _, r := range w {
		switch {
		case r < 0x80:
			latin = latin || r|0x20 >= 'a' && r|0x20 <= 'z'
		case isCyrillicLetter(r):
			cyr = true
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.Is(unicode.Greek, r) || !unicode.IsLetter(r):
		default:
			for _, s := range strays {
				if unicode.Is(s, r) {
					other = s
				}
			}
		}
	}
	return latin, cyr, other
}

// isCyrillicLetter is [unicode.Cyrillic], quick for the letters of Russian.
func isCyrillicLetter(r rune) bool {
	return r >= 'А' && r <= 'я' || r >= utf8.RuneSelf && unicode.Is(unicode.Cyrillic, r)
}

var strays = []*unicode.RangeTable{
	unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Arabic, unicode.Hebrew, unicode.Thai,
	unicode.Devanagari, unicode.Armenian, unicode.Georgian, unicode.Bengali, unicode.Tamil,
}

func hasScript(s string, t *unicode.RangeTable) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(t, r) })
}

// unmix writes a word in the script most of its letters are of, where every
// stray letter has a twin there; "" where one has none.
func unmix(w string) string {
	lat, cyr := 0, 0
	for _, r := range w {
		if r < 0x80 && unicode.IsLetter(r) {
			lat++
		} else if unicode.Is(unicode.Cyrillic, r) {
			cyr++
		}
	}
	out := twins.Replace(w)
	if lat > cyr {
		out = backTwins.Replace(w)
	}
	if l, c, _ := scriptsOf(out); l && c {
		return ""
	}
	return out
}
