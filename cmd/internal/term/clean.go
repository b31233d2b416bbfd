// Package term writes to a terminal: cleaned text, one status line, tables.
//
// What a model or an article says is data. Before it reaches a terminal it is
// stripped of every character that could move the cursor, change colours or
// turn the direction of reading around. Colours and cursor movements are made
// here and nowhere else, and only where the output is a terminal and the
// environment does not ask for plain text.
package term

import (
	"io"
	"unicode/utf8"
)

// Clean returns a writer that leaves out control, bidirectional, invisible tag
// and line-separator characters, except the newline and the tab, and writes
// U+FFFD for bytes that are not UTF-8. A character may be split over two
// writes. Write reports the length it was given, as the caller expects.
func Clean(w io.Writer) io.Writer { return &cleaner{w: w} }

type cleaner struct {
	w    io.Writer
	tail []byte // the first bytes of a character that has not arrived whole
}

func (c *cleaner) Write(p []byte) (int, error) {
	b := p
	if len(c.tail) > 0 {
		b = append(c.tail, p...)
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 && utf8.FullRune(b) {
		r, size := utf8.DecodeRune(b)
		if Safe(r) {
			out = utf8.AppendRune(out, r)
		}
		b = b[size:]
	}
	c.tail = append([]byte(nil), b...)
	if len(out) > 0 {
		if _, err := c.w.Write(out); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// String is s without what Clean leaves out, on one line: a newline or a tab
// becomes a space.
func String(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			out = append(out, ' ')
		case Safe(r):
			out = append(out, r)
		}
	}
	return string(out)
}

// Safe reports whether a character may reach a terminal.
func Safe(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < 0x20, r == 0x7f, r >= 0x80 && r <= 0x9f: // C0, DEL, C1
		return false
	case r == 0x061c, r == 0x200e, r == 0x200f: // marks of direction
		return false
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
		return false
	case r == 0x2028, r == 0x2029, r == 0xfeff: // line and paragraph separators, byte order mark
		return false
	case r >= 0xe0000 && r <= 0xe007f: // tags
		return false
	}
	return true
}
