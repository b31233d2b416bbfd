package llmtest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a piece of a sentence is.
type kind int

const (
	space    kind = iota // one run of white space
	word                 // letters, with apostrophes inside
	short                // an abbreviation with its full stop: "Mr.", "U.S."
	figure               // a number in digits with what is written onto it
	verbatim             // an address or a code, the same in every language
	opening              // an opening quotation mark
	closing              // a closing one
	mark                 // any other character
)

// piece is one part of a sentence.
type piece struct {
	kind kind
	text string
}

// The patterns of the pieces that are more than one character, tried in this
// order where a word could begin.
var patterns = []struct {
	kind kind
	re   *regexp.Regexp
}{
	{verbatim, regexp.MustCompile(`^(?:https?://|www\.)[^\s"«»“”<>]*[^\s"«»“”<>.,;:!?')\]]`)},
	{verbatim, regexp.MustCompile(`^[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)},
	{verbatim, regexp.MustCompile(`^[@#][\p{L}\d_]+`)},
	{verbatim, regexp.MustCompile(`^(?:[A-Za-z0-9-]+\.)+(?:com|org|net|info|gov|edu|ru|tr|uk|de|nl|eu|io)\b(?:/[^\s"«»“”<>]*[^\s"«»“”<>.,;:!?')\]])?`)},
	{verbatim, regexp.MustCompile(`^\p{L}*\p{Lu}\p{L}*-?\d[\p{L}\d]*(?:-\d+)*`)},
	{verbatim, regexp.MustCompile(`^\d+\p{Lu}[\p{Lu}\d]*`)},
	{figure, regexp.MustCompile(`^\d+(?:[.,:]\d+)*(?:(?:st|nd|rd|th|s)\b| ?%| per ?cent\b| ?[ap]\.m\.| ?[ap]m\b|\p{Ll}+)?`)},
	{short, regexp.MustCompile(`^(?:(?:\p{L}\.){2,}|(?:Mr|Mrs|Ms|Dr|St|Prof|Gen|Jr|Sr|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Rev|Hon|No|vs)\.)`)},
	{word, regexp.MustCompile(`^\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*`)},
}

// scan cuts a sentence into pieces; joined they are the sentence again.
func scan(text string) []piece {
	var out []piece
	for i := 0; i < len(text); {
		p := next(text, i)
		out = append(out, p)
		i += len(p.text)
	}
	return out
}

// next is the piece that begins at a byte of the text.
func next(text string, at int) piece {
	rest := text[at:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsSpace(r):
		return piece{space, rest[:len(rest)-len(strings.TrimLeftFunc(rest, unicode.IsSpace))]}
	case unicode.IsLetter(r) && !strings.ContainsAny(run(rest), "0123456789@/."):
		return piece{word, rest[:wordEnd(rest)]}
	case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '@' || r == '#':
		for _, p := range patterns {
			if s := p.re.FindString(rest); s != "" {
				return piece{p.kind, s}
			}
		}
	case strings.ContainsRune(`"“”«»„'‘’`, r):
		return piece{quoteSide(text, at, r, size), rest[:size]}
	}
	return piece{mark, rest[:size]}
}

// run is the text up to the next white space.
func run(s string) string {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i]
	}
	return s
}

// wordEnd is where the word that a text begins with ends: behind its letters,
// and apostrophes with letters on both sides.
func wordEnd(s string) int {
	end := 0
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) || i > 0 && end == i && unicode.Is(unicode.M, r):
			end = i + utf8.RuneLen(r)
		case (r == '\'' || r == '’') && end == i:
		default:
			return end
		}
	}
	return end
}

// quoteSide tells an opening quotation mark from a closing one by what stands
// on either side; an apostrophe that stands alone is a mark.
func quoteSide(text string, at int, r rune, size int) kind {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at+size:])
	open := at == 0 || unicode.IsSpace(before) || strings.ContainsRune("([—–-\"“«'‘", before)
	open = open && at+size < len(text) && !unicode.IsSpace(after)
	switch r {
	case '“', '«', '„', '‘':
		return opening
	case '”', '»':
		return closing
	case '\'', '’':
		return singleSide(text, at, open)
	}
	if open {
		return opening
	}
	return closing
}

// singleSide is quoteSide for the sign that is an apostrophe as well: it
// closes only what a single mark opened before it, and after a plural's s
// ("brothers'") only when no later mark could close.
func singleSide(text string, at int, open bool) kind {
	if open {
		return opening
	}
	depth := 0
	for i := 0; i < at; i++ {
		if strings.HasPrefix(text[i:], "'") || strings.HasPrefix(text[i:], "‘") {
			b, _ := utf8.DecodeLastRuneInString(text[:i])
			if i == 0 || unicode.IsSpace(b) || strings.ContainsRune("([\"“", b) {
				depth = 1
			}
		}
	}
	if depth == 0 {
		return mark
	}
	return closing
}
