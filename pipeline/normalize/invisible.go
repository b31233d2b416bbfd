package normalize

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// escapes: the control sequences of ECMA-48 (CSI … final byte, OSC … BEL or
// ST, and the two-character ones).
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\^_])")

func findEscapes(s string, _ *scope) []edit {
	if !strings.Contains(s, "\x1b") {
		return nil
	}
	return deletions(escapes.FindAllStringIndex(s, -1))
}

// findC1 gives the C1 controls their windows-1252 meaning. U+0085 is that
// code's ellipsis where the text has others of them, and where it stands after
// a letter and before a space or the end; it is a line break otherwise.
func findC1(s string, _ *scope) []edit {
	others := strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 && r <= 0x9f && r != 0x85 })
	return runes(s, func(i int, r rune, n int) (string, bool) {
		if r < 0x80 || r > 0x9f || n == 1 {
			return "", false
		}
		if r == 0x85 && !others {
			prev, _ := utf8.DecodeLastRuneInString(s[:i])
			next, _ := utf8.DecodeRuneInString(s[i+n:])
			if !unicode.IsLetter(prev) || !unicode.IsSpace(next) && i+n < len(s) || next == '\n' {
				return "", false
			}
		}
		out := charmap.Windows1252.DecodeByte(byte(r))
		if out == r || out == utf8.RuneError {
			return "", false // undefined there too: findControls takes it
		}
		return string(out), true
	})
}

// findControls removes what is left of the C0 and C1 controls. A form feed or
// a vertical tab at a line break is part of it.
func findControls(s string, _ *scope) []edit {
	return runes(s, func(_ int, r rune, n int) (string, bool) {
		if r == utf8.RuneError && n == 1 {
			return "\ufffd", true // not UTF-8 at all
		}
		return "", unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

// findZeroWidth removes what has no width and no meaning in the scripts at
// hand. Joiners stay in scripts and emoji that need them.
func findZeroWidth(s string, _ *scope) []edit {
	return runes(s, func(i int, r rune, n int) (string, bool) {
		switch {
		case r == '\u200b', r == '\ufeff', r == '\u2060', r == '\u034f', r == '\u180e',
			r >= '\u2061' && r <= '\u2064', r >= '\ufff9' && r <= '\ufffb',
			r == '\u3164', r == '\uffa0', r == '\u115f', r == '\u1160':
			return "", true
		case r == '\u200c', r == '\u200d':
			prev, _ := utf8.DecodeLastRuneInString(s[:i])
			next, _ := utf8.DecodeRuneInString(s[i+n:])
			return "", european(prev) || european(next) || i == 0 || i+n == len(s)
		case r >= '\ufe00' && r <= '\ufe0f', r >= 0xe0100 && r <= 0xe01ef:
			prev, _ := utf8.DecodeLastRuneInString(s[:i])
			return "", i == 0 || !varies(prev)
		}
		return "", false
	})
}

// european: letters, digits, marks and spaces that joiners do nothing for.
func european(r rune) bool {
	return r < 0x530 || unicode.IsSpace(r) || r >= 0x2010 && r <= 0x205f
}

// varies: characters that a variation selector may follow: emoji and symbols,
// keycap bases, and Han.
func varies(r rune) bool {
	return r == '#' || r == '*' || r >= '0' && r <= '9' || r == '©' || r == '®' ||
		r >= 0x203c && r < 0x3300 || unicode.Is(unicode.Han, r) || r >= 0x1f000 && r < 0x20000
}

func findSoftHyphens(s string, _ *scope) []edit {
	return runes(s, func(_ int, r rune, _ int) (string, bool) { return "", r == '\u00ad' })
}

// findBidi removes embeddings, overrides and isolates always (they can show a
// text in another order than it is read), and the plain marks where the text
// has no letter that is written from right to left.
func findBidi(s string, _ *scope) []edit {
	rtl := strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana)
	})
	return runes(s, func(_ int, r rune, _ int) (string, bool) {
		switch {
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return "", true
		case r == '\u200e', r == '\u200f', r == '\u061c':
			return "", !rtl
		}
		return "", false
	})
}

// findTagCharacters removes them but from the flags of England, Scotland and
// Wales, which are a black flag, tags, and a cancel tag.
func findTagCharacters(s string, _ *scope) []edit {
	flag := false
	return runes(s, func(_ int, r rune, _ int) (string, bool) {
		tag := r >= 0xe0000 && r <= 0xe007f
		if !tag {
			flag = r == 0x1f3f4
			return "", false
		}
		return "", !flag
	})
}

// runes asks f about every character and collects the edits it wants: what
// stands instead, and whether to change anything.
func runes(s string, f func(i int, r rune, n int) (string, bool)) []edit {
	var out []edit
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if after, ok := f(i, r, n); ok {
			out = append(out, edit{i, i + n, after})
		}
		i += n
	}
	return out
}

// deletions are edits that remove the given stretches.
func deletions(at [][]int) []edit {
	out := make([]edit, 0, len(at))
	for _, m := range at {
		out = append(out, edit{m[0], m[1], ""})
	}
	return out
}

// sorted puts edits in order and drops those that overlap an earlier one.
func sorted(edits []edit) []edit {
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].start < edits[j].start })
	out := edits[:0]
	end := -1
	for _, e := range edits {
		if e.start >= end {
			out = append(out, e)
			end = e.end
		}
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
