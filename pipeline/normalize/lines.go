package normalize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// breaks are the line breaks that are no line feed, and the line feed after a
// carriage return. Form feed and vertical tab count beside another break.
var breaks = regexp.MustCompile("\r\n?|\u2028|\u2029|\u0085")

// findBreaks writes "\n" for each, and "\n\n" for the paragraph separator.
func findBreaks(s string, _ *scope) []edit {
	var out []edit
	for _, m := range breaks.FindAllStringIndex(s, -1) {
		after := "\n"
		if s[m[0]:m[1]] == "\u2029" {
			after = "\n\n"
		}
		out = append(out, edit{m[0], m[1], after})
	}
	return out
}

// divided: a small letter, a hyphen, a line break, a small letter.
var divided = regexp.MustCompile(`(\pL+)-[ \t]*\n[ \t]*(\pL)`)

// findDivided joins the parts. The hyphen stays where the first part is the
// head of compounds ("well-known") or the text writes the whole word with it
// elsewhere.
func findDivided(s string, c *scope) []edit {
	heads := c.loc.Set("hyphenheads")
	var out []edit
	for _, m := range divided.FindAllStringSubmatchIndex(s, -1) {
		first, hyphen, next := s[m[2]:m[3]], m[3], m[4]
		last, _ := utf8.DecodeLastRuneInString(first)
		r, _ := utf8.DecodeRuneInString(s[next:])
		word := s[next : next+letters(s[next:])]
		switch {
		case !unicode.IsLower(last):
			continue
		case !unicode.IsLower(r), heads[strings.ToLower(first)], strings.Contains(s, first+"-"+word):
			out = append(out, edit{hyphen + 1, next, ""})
		default:
			out = append(out, edit{hyphen, next, ""})
		}
	}
	return out
}

// findWraps joins a line to the one before it where both are of one paragraph:
// always in running text, and in an article where the line goes on with a
// small letter or the one before was as full as the page is wide. The mark of
// a list item starts a line of its own.
func findWraps(s string, c *scope) []edit {
	var out []edit
	for i := 0; i < len(s); i++ {
		if s[i] != '\n' {
			continue
		}
		end := i + 1
		for end < len(s) && (s[end] == ' ' || s[end] == '\t') {
			end++
		}
		start := len(strings.TrimRight(s[:i], " \t"))
		if start == 0 || end == len(s) || s[end] == '\n' || s[start-1] == '\n' {
			i = end - 1
			continue
		}
		if !itemMark.MatchString(s[end:]) {
			out = append(out, edit{start, end, " "})
		}
		i = end - 1
	}
	return out
}

// itemMark is a list item's mark: a bullet, a number or a letter in brackets.
var itemMark = regexp.MustCompile(`^(?:[•‣⁃∙▪●◦·*–—-]|\(?[0-9]{1,3}[.)]|\(?[a-z]\))[ \t]+\S`)

var blankLines = regexp.MustCompile(`\n[ \t]*\n(?:[ \t]*\n)+|\n[ \t]+\n`)

func findBlankLines(s string, _ *scope) []edit {
	var out []edit
	for _, m := range blankLines.FindAllStringIndex(s, -1) {
		out = append(out, edit{m[0], m[1], "\n\n"})
	}
	return out
}
