package check

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// controls is T23: characters that are no text: U+FFFD, control characters,
// characters that change the direction of writing, tag characters, and
// invisible ones that the source has not.
func controls(v *view) {
	for i, r := range v.p.Target {
		what := badRune(r)
		if what == "" || what == "an invisible character" && strings.ContainsRune(v.p.Source, r) {
			continue
		}
		sev := pipeline.Major
		if what == "an invisible character" {
			sev = pipeline.Neutral // taken out by [Tidy]
		}
		v.add(report{
			check: "T23", category: "fluency/characterEncoding", severity: sev,
			at:      facts.Span{Start: i, End: i + sizeAt(v.p.Target, i)},
			message: fmt.Sprintf("The answer holds %s (U+%04X).", what, r),
		})
		return
	}
}

// sizeAt is how many bytes the character at i takes; a broken one takes one.
func sizeAt(s string, i int) int {
	_, n := utf8.DecodeRuneInString(s[i:])
	return n
}

func badRune(r rune) string {
	switch {
	case r == unicode.ReplacementChar:
		return "a broken character"
	case r == '\n' || r == '\t' || r == '\r':
		return ""
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return "a control character"
	case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f:
		return "a character that changes the direction of writing"
	case r >= 0xe0000 && r <= 0xe007f:
		return "a tag character"
	case r == 0x200b || r == 0x2060 || r == 0xfeff || r == 0xad:
		return "an invisible character"
	}
	return ""
}

func isLetterRune(r rune) bool { return unicode.IsLetter(r) }
