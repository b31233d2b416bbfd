package normalize

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// tags are those of HTML that newsroom systems leave in running text. Anything
// else in angle brackets is text.
var tags = regexp.MustCompile(`(?i)</?(p|br|div|span|em|strong|b|i|u|s|sub|sup|small|font|a|q|cite|mark|blockquote|li|ul|ol|h[1-6])(\s+[a-z-]+(\s*=\s*("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))?)*\s*/?>`)

// blockTags end a line.
var blockTags = regexp.MustCompile(`(?i)^</?(p|br|div|blockquote|li|ul|ol|h[1-6])\b`)

// findTags removes tags. Where a block's tag stands between two words it
// leaves a line break.
func findTags(s string, _ *scope) []edit {
	if !strings.Contains(s, "<") {
		return nil
	}
	var out []edit
	for _, m := range tags.FindAllStringIndex(s, -1) {
		after := ""
		if blockTags.MatchString(s[m[0]:m[1]]) && visible(s, m[0], -1) && visible(s, m[1], 1) {
			after = "\n\n"
		}
		if after == "" || !strings.HasSuffix(lastAfter(out, m[0]), "\n") {
			out = append(out, edit{m[0], m[1], after})
		} else {
			out = append(out, edit{m[0], m[1], ""})
		}
	}
	return out
}

// visible reports whether anything but white space stands before or after i.
func visible(s string, i, way int) bool {
	part := s[i:]
	if way < 0 {
		part = s[:i]
	}
	return strings.TrimSpace(part) != ""
}

// lastAfter is what the last edit writes, if it ends where the next begins.
func lastAfter(edits []edit, at int) string {
	if len(edits) == 0 || edits[len(edits)-1].end != at {
		return ""
	}
	return edits[len(edits)-1].after
}

// entity: only the closed form, so that "AT&T" and "?a=1&copy=2" are text.
var entity = regexp.MustCompile(`&(?:amp;)*(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// findEntities decodes entities, those escaped more than once included. "<" is
// left as &lt; where decoding would make a tag of it.
func findEntities(s string, _ *scope) []edit {
	if !strings.Contains(s, "&") {
		return nil
	}
	var out []edit
	for _, m := range entity.FindAllStringSubmatchIndex(s, -1) {
		name := "&" + s[m[2]:m[3]] + ";"
		char := html.UnescapeString(name)
		if char == name || strings.ContainsRune(char, utf8.RuneError) || strings.HasSuffix(char, ";") && name != "&semi;" {
			continue
		}
		if char == "<" {
			next, _ := utf8.DecodeRuneInString(s[m[1]:])
			if next == '/' || next == '!' || next == '&' || next >= 'A' && next <= 'Z' || next >= 'a' && next <= 'z' {
				continue
			}
		}
		out = append(out, edit{m[0], m[1], char})
	}
	return out
}
