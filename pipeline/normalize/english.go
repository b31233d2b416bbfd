package normalize

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// What is asked of English text beside the guess of locale.Detect: at least
// half its letters Latin, and, from signatureWords words on, one word in
// signatureShare from the list of words that English cannot do without.
const (
	signatureWords = 40
	signatureShare = 10
)

// english refuses what is certainly in another language. A text too short to
// be judged passes, and so does English with a passage of another script: most
// of its letters are Latin. Such a passage is a finding (N07).
func english(unit, text string) error {
	refuse := func(what string) error {
		return &pipeline.Error{
			Code: pipeline.Invalid, Stage: stage, Unit: unit,
			Err:  fmt.Errorf("the article is %s, not in English", what),
			Hint: "give the English original: other languages are not read",
		}
	}
	guess := locale.Detect(text)
	if base, _ := guess.Tag.Base(); guess.Certain && base.String() != "en" && (!passage(guess.Tag) || script(text) != "") {
		return refuse("in " + display.English.Tags().Name(guess.Tag))
	}
	if name := script(text); name != "" {
		return refuse("in " + name + " letters")
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	signature, n := locale.English.Set("signature"), 0
	for _, w := range words {
		if signature[w] {
			n++
		}
	}
	if len(words) >= signatureWords && n*signatureShare < len(words) {
		return refuse("in a language without \"the\", \"of\" and \"and\"")
	}
	return nil
}

// passage reports whether a language is not written in Latin letters, so that
// a passage of it may stand in an English text.
func passage(tag language.Tag) bool {
	s, _ := tag.Script()
	return s != language.MustParseScript("Latn")
}

// script names the script of a text of which fewer than half the letters are
// Latin, or "".
func script(text string) string {
	if latin, other := locale.Letters(text, unicode.Latin); latin >= other {
		return ""
	}
	best, most := "other than Latin", 0
	for name, table := range map[string]*unicode.RangeTable{
		"Arabic": unicode.Arabic, "Hebrew": unicode.Hebrew, "Chinese": unicode.Han, "Korean": unicode.Hangul,
		"Japanese": unicode.Hiragana, "Greek": unicode.Greek, "Cyrillic": unicode.Cyrillic,
		"Devanagari": unicode.Devanagari, "Thai": unicode.Thai, "Armenian": unicode.Armenian, "Georgian": unicode.Georgian,
	} {
		if n, _ := locale.Letters(text, table); n > most || n == most && n > 0 && name < best {
			best, most = name, n
		}
	}
	return best
}
