// Package segment splits running text into sentences and says where each one
// stands, in bytes.
//
// It is rules and word lists, no model: a terminator, what closes after it,
// white space, and what starts next. The lists are the locale's
// (abbreviations.txt, abbreviations-final.txt, starters.txt, saying.txt).
//
// # Promises
//
// The ranges are trimmed, in order, do not overlap, and cover every byte that
// is not white space. There is no break before a lower-case letter, but in
// Turkish after a finite verb. The same text gives the same ranges.
package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/locale"
)

// Range is a half-open range of UTF-8 bytes of the text that was split.
type Range struct{ Start, End int }

// Split returns the sentences of a text. Two line breaks always end a
// sentence; a single one does before the mark of a list item. A nil locale is
// taken for English. An empty or blank text has no ranges.
func Split(text string, loc *locale.Locale) []Range {
	if loc == nil {
		loc = locale.English
	}
	var out []Range
	for _, p := range paragraphs(text) {
		s := splitter{text: text, loc: loc, from: p.Start, end: p.End}
		out = append(out, s.run()...)
	}
	return out
}

// Texts is Split with the sentences instead of their places.
func Texts(text string, loc *locale.Locale) []string {
	ranges := Split(text, loc)
	out := make([]string, len(ranges))
	for i, r := range ranges {
		out[i] = text[r.Start:r.End]
	}
	return out
}

// paragraphs cuts the text at blank lines and before list items.
func paragraphs(text string) []Range {
	var out []Range
	start := 0
	add := func(end int) {
		if r, ok := trim(text, start, end); ok {
			out = append(out, r)
		}
	}
	for i, r := range text {
		if i < start {
			continue
		}
		switch {
		case r == '\u2029':
		case r == '\n' && (blankFollows(text[i+1:]) || listMark(text[i+1:]) > 0):
		default:
			continue
		}
		add(i)
		start = i + utf8.RuneLen(r)
	}
	add(len(text))
	return out
}

// blankFollows reports whether the rest starts with an empty line.
func blankFollows(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\u00a0")
	return strings.HasPrefix(rest, "\n")
}

// listMark is the length of a list item's mark at the start of s, spaces
// before and after it included: "- ", "• 9. ", "1. ", "12) ", "(a) ". 0 where
// there is none.
func listMark(s string) int {
	rest := strings.TrimLeft(s, " \t")
	if r, n := utf8.DecodeRuneInString(rest); strings.ContainsRune("•‣⁃∙▪●◦·–—-*", r) {
		if after := strings.TrimLeft(rest[n:], " \t"); len(after) < len(rest[n:]) {
			return len(s) - len(after)
		}
		return 0
	}
	body := strings.TrimPrefix(rest, "(")
	n := 0
	for n < len(body) && n < 3 && body[n] >= '0' && body[n] <= '9' {
		n++
	}
	if n == 0 {
		if r, w := utf8.DecodeRuneInString(body); unicode.IsLetter(r) && unicode.IsLower(r) {
			n = w
		}
	}
	if n == 0 || n == len(body) {
		return 0
	}
	closer := body[n]
	if closer != ')' && (closer != '.' || body != rest) {
		return 0
	}
	n++
	if n < len(body) && closer == '.' && body[n] == ')' {
		n++
	}
	after := strings.TrimLeft(body[n:], " \t")
	if len(after) == len(body[n:]) {
		return 0
	}
	return len(s) - len(after)
}

// trim takes white space off both ends of a range; false where nothing is left.
func trim(text string, start, end int) (Range, bool) {
	part := text[start:end]
	left := strings.TrimLeftFunc(part, unicode.IsSpace)
	start += len(part) - len(left)
	end = start + len(strings.TrimRightFunc(left, unicode.IsSpace))
	return Range{start, end}, start < end
}
