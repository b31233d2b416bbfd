package writer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text safe to show: one line, valid UTF-8, nothing that hides,
// reorders or controls. Line breaks and tabs become a space; controls, bidi
// overrides and tag characters become the visible U+FFFD; zero-width characters
// go, but for those inside an emoji or in a script that needs joiners.
func clean(s string) string { return strings.TrimSpace(tidy(s)) }

// tidy is clean for a part of a text: it leaves the spaces at its ends.
func tidy(s string) string {
	if plain(s) {
		return s
	}
	runes := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	var b strings.Builder
	for i, r := range runes {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case keptInvisible(runes, i):
			b.WriteRune(r)
		case r == '\u200B' || r == '\u200C' || r == '\u200D' || r == '\u2060' || r == '\uFEFF' || r == '\u00AD' || isVariation(r):
		case unsafe(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// visible is clean for a text in which spaces matter: where it has any at its
// ends, two together, or another kind of white space, each is shown as a sign.
func visible(s string) string {
	if s == clean(s) && !strings.Contains(s, "  ") && !strings.ContainsFunc(s, oddSpace) {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == ' ':
			b.WriteRune('␣')
		case r == '\n':
			b.WriteRune('↵')
		case r == '\t':
			b.WriteRune('⇥')
		case oddSpace(r) || unsafe(r) || isVariation(r) || unicode.Is(unicode.Cf, r):
			fmt.Fprintf(&b, "U+%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oddSpace reports whether a character is white space other than the space.
func oddSpace(r rune) bool { return r != ' ' && unicode.IsSpace(r) }

// plain reports whether a text has nothing that tidy could change inside it.
func plain(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || r < ' ' || isVariation(r) || r == '\u00AD' || r == '\u2028' || r == '\u2029' || unsafe(r) || unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return true
}

// unsafe reports whether a character controls a terminal, reorders text, or
// carries hidden text.
func unsafe(r rune) bool {
	switch {
	case r < ' ', r >= 0x7F && r <= 0x9F: // C0, DEL, C1
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x206F: // bidi
	case r >= 0xFFF9 && r <= 0xFFFB: // interlinear annotation
	case r >= 0xE0000 && r <= 0xE0FFF: // tags
	case r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF: // not characters
	default:
		return false
	}
	return true
}

func isVariation(r rune) bool { return r >= 0xFE00 && r <= 0xFE0F }

// keptInvisible reports whether an invisible character does its proper work at
// this place: a joiner or selector in an emoji, the tags of a flag, or a joiner
// between letters of a script other than Latin, Cyrillic and Greek.
func keptInvisible(runes []rune, i int) bool {
	if i == 0 {
		return false
	}
	prev, r := runes[i-1], runes[i]
	switch {
	case isVariation(r):
		return unicode.Is(unicode.So, prev) || unicode.Is(unicode.Sm, prev) || prev == '\u203C' || prev == '\u2049' ||
			((prev == '#' || prev == '*' || unicode.IsDigit(prev)) && i+1 < len(runes) && runes[i+1] == '\u20E3')
	case r == '\u200C' || r == '\u200D':
		if i+1 == len(runes) {
			return false
		}
		emoji := unicode.Is(unicode.So, prev) || unicode.Is(unicode.Sk, prev) || isVariation(prev)
		return emoji && unicode.Is(unicode.So, runes[i+1]) || joins(prev) && joins(runes[i+1])
	case r >= 0xE0020 && r <= 0xE007F:
		return inFlag(runes, i)
	}
	return false
}

// joins reports whether a letter's script uses joiners.
func joins(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Inherited)
}

// inFlag reports whether the tag at i is part of a short, closed run of tags
// after a black flag, as in the flag of Scotland.
func inFlag(runes []rune, i int) bool {
	const flag, end, longest = 0x1F3F4, 0xE007F, 7
	start := i
	for start > 0 && runes[start] >= 0xE0020 && runes[start] <= end && i-start <= longest {
		start--
	}
	stop := i
	for stop < len(runes) && runes[stop] >= 0xE0020 && runes[stop] < end && stop-i <= longest {
		stop++
	}
	return runes[start] == flag && stop < len(runes) && runes[stop] == end
}

// escape writes a text so that Markdown shows it as it is: no emphasis, link,
// image, tag, entity, table cell, heading, list or math, whatever it holds. It
// is safe at the start of a line.
func escape(s string) string {
	s = clean(s)
	var b strings.Builder
	for i, r := range s {
		if special(s, i, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// special reports whether the character at i needs a backslash.
func special(s string, i int, r rune) bool {
	switch r {
	case '\\', '`', '*', '_', '[', ']', '{', '}', '<', '>', '#', '|', '~', '$', '^':
		return true
	case '@':
		return i == 0 || !isAlnum(s[i-1]) || strings.Contains(firstWord(s[i:]), ".")
	case '&':
		return i+1 < len(s) && (s[i+1] == '#' || isAlnum(s[i+1]))
	case ':':
		return i == 0 || strings.HasPrefix(s[i:], "://") || hasScheme(s[:i])
	case '.':
		return hasSuffixFold(s[:i], "www") || startsItem(s, i)
	case ')':
		return startsItem(s, i)
	case '-', '+', '=', '%':
		return i == 0
	case '!':
		return i+1 < len(s) && s[i+1] == '['
	}
	return false
}

// startsItem reports whether i is the point after the number of a list item.
func startsItem(s string, i int) bool {
	return i > 0 && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' ')
}

// firstWord is the text up to its first space.
func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

func hasScheme(before string) bool {
	for _, scheme := range []string{"http", "https", "ftp", "mailto", "xmpp", "javascript", "data", "vbscript", "file", "tel"} {
		if hasSuffixFold(before, scheme) {
			return true
		}
	}
	return false
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
