package normalize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEdges removes white space at both ends of every line, and line breaks at
// both ends of the text.
func findEdges(s string, _ *scope) []edit {
	var out []edit
	cut := func(from, to int) {
		if from < to {
			out = append(out, edit{from, to, ""})
		}
	}
	first := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	last := len(strings.TrimRightFunc(s, unicode.IsSpace))
	cut(0, first)
	for i := first; i < last; {
		j := strings.IndexByte(s[i:last], '\n')
		if j < 0 {
			break
		}
		j += i
		cut(max(i, len(strings.TrimRightFunc(s[:j], unicode.IsSpace))), j)
		i = j + 1
		k := i
		for k < last {
			r, n := utf8.DecodeRuneInString(s[k:])
			if r == '\n' || !unicode.IsSpace(r) {
				break
			}
			k += n
		}
		cut(i, k)
		i = k
	}
	if last > first || first == 0 {
		cut(max(last, first), len(s))
	}
	return sorted(out)
}

// findOddSpaces writes an ordinary space for others. In English copy a
// no-break space is a leftover of the page it came from. It stays between
// digits, where it groups a number, and beside a letter that is not ASCII:
// French and Finnish set it on purpose, and it can be the second half of a
// letter that was read in the wrong encoding. Russian and Turkish text keeps
// its own.
func findOddSpaces(s string, c *scope) []edit {
	return runes(s, func(i int, r rune, n int) (string, bool) {
		if r == '\t' {
			return " ", true
		}
		if r == ' ' || r == '\n' || !unicode.Is(unicode.Zs, r) {
			return "", false
		}
		if r != '\u00a0' && r != '\u202f' && r != '\u2009' {
			return " ", true
		}
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		if c.loc.Tag.String() != "en" || isDigit(prev) && isDigit(next) {
			return "", false
		}
		odd := func(r rune) bool { return r >= 0x80 && unicode.IsLetter(r) }
		return " ", r != '\u00a0' || !odd(prev) && !odd(next)
	})
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

var spaces = regexp.MustCompile(` {2,}`)

// findDoubleSpaces keeps one space where prose stands on both sides. Beside
// other marks a run of spaces is a drawing or a column, and stays.
func findDoubleSpaces(s string, _ *scope) []edit {
	var out []edit
	for _, m := range spaces.FindAllStringIndex(s, -1) {
		prev, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		next, _ := utf8.DecodeRuneInString(s[m[1]:])
		word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
		left := word(prev) || strings.ContainsRune(".,;:!?…%)]\"'”’»–—-|&/", prev)
		right := word(next) || strings.ContainsRune("\"'“‘«„([–—-|&$€£₺₽#@/", next) || unicode.Is(unicode.Sc, next)
		if left && right {
			out = append(out, edit{m[0] + 1, m[1], ""})
		}
	}
	return out
}

var spacedMarks = regexp.MustCompile(`([\pL\pN)\]"”’»%]) +([,;:.!?])(\s|$)`)

// findSpacedMarks removes the space in "word , word" and "word ." at the end
// of a word; not before a mark that begins something ( ".50", ":-)" ), and not
// in a spaced ellipsis.
func findSpacedMarks(s string, _ *scope) []edit {
	var out []edit
	for _, m := range spacedMarks.FindAllStringSubmatchIndex(s, -1) {
		if strings.HasPrefix(s[m[4]:], ". .") {
			continue
		}
		out = append(out, edit{m[3], m[4], ""})
	}
	return out
}

// missingSpace: a word in small letters, a stop, a word with a capital.
var missingSpace = regexp.MustCompile(`(?:^|[\s"'“‘(])(\p{Ll}{3,})([.!?])(\p{Lu}\p{Ll}+)(?:$|[\s,;:"'”’)])`)

// findMissingSpaces separates "…website.The…" where both words are plain: the
// token has no other stop, slash or at sign, and does not end like a host
// name.
func findMissingSpaces(s string, c *scope) []edit {
	hosts := c.loc.Set("hosts")
	var out []edit
	for _, m := range missingSpace.FindAllStringSubmatchIndex(s, -1) {
		if hosts[strings.ToLower(s[m[6]:m[7]])] {
			continue
		}
		out = append(out, edit{m[5], m[5], " "})
	}
	return out
}
