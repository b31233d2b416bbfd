package normalize

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// codec is one encoding in which UTF-8 gets read by mistake.
type codec struct {
	name  string
	chars *charmap.Charmap
}

// codecs are tried in this order; where two explain a text equally well the
// earlier one wins.
var codecs = []codec{
	{"windows-1252", charmap.Windows1252},
	{"windows-1254", charmap.Windows1254},
	{"windows-1251", charmap.Windows1251},
	{"windows-1250", charmap.Windows1250},
	{"windows-1253", charmap.Windows1253},
	{"windows-1257", charmap.Windows1257},
	{"iso-8859-2", charmap.ISO8859_2},
	{"macintosh", charmap.Macintosh},
	{"ibm437", charmap.CodePage437},
	{"koi8-r", charmap.KOI8R},
}

// western reports whether the codec is one of the two in which a capital A
// with a tilde or a circumflex leads a sequence.
func (c codec) western() bool { return c.name == "windows-1252" || c.name == "windows-1254" }

// encode gives the byte that the codec reads as r; false for ASCII and for
// what it cannot have read. A C1 control stands for itself where the codec
// leaves its byte undefined, and in western text, which is read as ISO 8859-1
// as often as as windows-1252.
func (c codec) encode(r rune) (byte, bool) {
	if r < 0x80 {
		return 0, false
	}
	if b, ok := c.chars.EncodeRune(r); ok {
		return b, b >= 0x80
	}
	if r < 0xa0 && (c.western() || c.chars.DecodeByte(byte(r)) == utf8.RuneError) {
		return byte(r), true
	}
	return 0, false
}

// sequence is a stretch of text that is the misread bytes of one character.
type sequence struct {
	start, end int
	lead       rune
	conts      []rune // what stands for the continuation bytes
	out        rune   // the character; U+FFFD where a byte is lost
}

// at reads the sequence that begins at s[i:], if there is one.
func (c codec) at(s string, i int) (sequence, bool) {
	lead, n := utf8.DecodeRuneInString(s[i:])
	b, ok := c.encode(lead)
	if !ok || b < 0xc2 || b > 0xf4 {
		return sequence{}, false
	}
	want := 1
	if b >= 0xe0 {
		want = 2
	}
	if b >= 0xf0 {
		want = 3
	}
	q := sequence{start: i, end: i + n, lead: lead}
	raw := []byte{b}
	for range want {
		r, n := utf8.DecodeRuneInString(s[q.end:])
		if r == utf8.RuneError && n == 3 && len(raw) <= want {
			q.end += n
			q.conts = append(q.conts, r)
			q.out = utf8.RuneError
			return q, true
		}
		b, ok := c.encode(r)
		if !ok || b > 0xbf {
			return sequence{}, false
		}
		raw = append(raw, b)
		q.conts = append(q.conts, r)
		q.end += n
	}
	if raw[0] == 0xed && raw[1] >= 0xa0 {
		return c.pair(s, q, raw)
	}
	r, size := utf8.DecodeRune(raw)
	q.out = r
	return q, r != utf8.RuneError && size == len(raw)
}

// pair reads the second half of a surrogate pair written as two sequences
// (CESU-8), as old databases keep emoji.
func (c codec) pair(s string, q sequence, high []byte) (sequence, bool) {
	raw := make([]byte, 0, 3)
	for range 3 {
		r, n := utf8.DecodeRuneInString(s[q.end:])
		b, ok := c.encode(r)
		if !ok {
			return sequence{}, false
		}
		raw = append(raw, b)
		q.conts = append(q.conts, r)
		q.end += n
	}
	if raw[0] != 0xed || raw[1] < 0xb0 || raw[1] > 0xbf || raw[2] < 0x80 || raw[2] > 0xbf || high[1] > 0xaf {
		return sequence{}, false
	}
	unit := func(b []byte) rune { return rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f) }
	q.out = 0x10000 + (unit(high)-0x800)<<10 + (unit(raw) - 0xc00)
	return q, true
}
