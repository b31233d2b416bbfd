package reader

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	utf "golang.org/x/text/encoding/unicode"
)

// decoded is a text and how it was got from its bytes.
type decoded struct {
	text    string
	charset string
	guessed bool
}

// Decode turns bytes into text by the first of these that holds: a byte order
// mark; the label the input declares; the whole input is UTF-8; the pattern of
// NUL bytes of UTF-16; a guess among windows-1251, windows-1254, windows-1252,
// KOI8-R and ISO 8859-9. A charset that was guessed is returned with
// " (guessed)" after it. Where nothing holds it is an error: *pipeline.Error,
// code Invalid. A declared UTF-8 that is not is no error by itself, the rest
// of the list is tried.
func Decode(b []byte, declared string) (text, charset string, err error) {
	d, err := decode(b, declared)
	if err != nil {
		return "", "", err
	}
	if d.guessed {
		d.charset += " (guessed)"
	}
	return d.text, d.charset, nil
}

func decode(b []byte, declared string) (decoded, error) {
	if d, ok := byMark(b); ok {
		return d, nil
	}
	if d, ok, err := byLabel(b, declared); ok || err != nil {
		return d, err
	}
	if utf8.Valid(b) && !wide(b) {
		return decoded{text: string(b), charset: "utf-8"}, nil
	}
	if d, ok := byNULs(b); ok {
		return d, nil
	}
	return guess(b)
}

// byMark decodes what begins with a byte order mark.
func byMark(b []byte) (decoded, bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) && utf8.Valid(b):
		return decoded{text: string(b[3:]), charset: "utf-8"}, true
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return utf16(b, utf.LittleEndian, "utf-16le")
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return utf16(b, utf.BigEndian, "utf-16be")
	}
	return decoded{}, false
}

func utf16(b []byte, order utf.Endianness, name string) (decoded, bool) {
	out, err := utf.UTF16(order, utf.UseBOM).NewDecoder().Bytes(b)
	if err != nil {
		out, err = utf.UTF16(order, utf.IgnoreBOM).NewDecoder().Bytes(b)
	}
	return decoded{text: string(out), charset: name}, err == nil
}

// byLabel decodes by the declared label. An unknown label is an error: it
// says that the input is in something we cannot read. A wrong one (declared
// UTF-8 that is not; a single-byte code that leaves control characters where
// UTF-8 would not) is passed over.
func byLabel(b []byte, declared string) (decoded, bool, error) {
	declared = strings.TrimSpace(declared)
	if declared == "" {
		return decoded{}, false, nil
	}
	enc, err := htmlindex.Get(declared)
	if err != nil {
		if utf8.Valid(b) {
			return decoded{}, false, nil
		}
		return decoded{}, false, invalid("", fmt.Errorf("the input declares the unknown encoding %q", declared), "save it as UTF-8")
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "utf-8" || strings.HasPrefix(name, "utf-16") && !hasNULs(b) {
		return decoded{}, false, nil
	}
	if utf8.Valid(b) && !isASCII(b) {
		return decoded{}, false, nil // what can be UTF-8 is UTF-8: chance has no part in it
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return decoded{}, false, invalid("", fmt.Errorf("decoding as %s, which the input declares: %w", name, err), "save it as UTF-8")
	}
	return decoded{text: string(out), charset: name}, true, nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func hasNULs(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }

// wide reports whether one byte in eight is NUL or another of the high bytes
// of European UTF-16: such bytes can be valid UTF-8 and are no text.
func wide(b []byte) bool {
	n := 0
	for _, c := range b {
		if c <= 5 {
			n++
		}
	}
	return n > 1 && n*8 >= len(b)
}

// byNULs finds UTF-16 without a mark: of European text every second byte is
// nearly always NUL (Latin) or 4 (Cyrillic), and never those at both places.
func byNULs(b []byte) (decoded, bool) {
	if len(b) < 4 || len(b)%2 != 0 || !hasNULs(b) {
		return decoded{}, false
	}
	var high [2]int
	for i, c := range b {
		if c <= 5 {
			high[i%2]++
		}
	}
	half := len(b) / 2
	for i, order := range []utf.Endianness{utf.BigEndian, utf.LittleEndian} {
		if high[i]*10 >= half*8 && high[1-i]*10 < half {
			name := "utf-16be"
			if order == utf.LittleEndian {
				name = "utf-16le"
			}
			return utf16(b, order, name)
		}
	}
	return decoded{}, false
}

// guesses are the encodings that are looked for, by the names the detector
// gives them. It calls Turkish text ISO-8859-9, of which windows-1254 is the
// superset that people use.
var guesses = map[string]struct {
	name string
	enc  encoding.Encoding
}{
	"windows-1251": {"windows-1251", charmap.Windows1251},
	"windows-1252": {"windows-1252", charmap.Windows1252},
	"ISO-8859-1":   {"windows-1252", charmap.Windows1252},
	"windows-1254": {"windows-1254", charmap.Windows1254},
	"ISO-8859-9":   {"windows-1254", charmap.Windows1254},
	"KOI8-R":       {"koi8-r", charmap.KOI8R},
}

// guess asks the detector and takes the first of its answers that is among
// the guesses and leaves no control characters.
func guess(b []byte) (decoded, error) {
	none := invalid("", errors.New("the input's encoding cannot be told"), "save it as UTF-8, or declare the encoding")
	if binary(b) {
		return decoded{}, invalid("", errors.New("the input is not text"), "give a text, Markdown or HTML file")
	}
	results, err := chardet.NewTextDetector().DetectAll(b)
	if err != nil {
		return decoded{}, none
	}
	for _, r := range results {
		g, ok := guesses[r.Charset]
		if !ok {
			continue
		}
		if g.name == "windows-1252" && turkishLetters(b) {
			g.name, g.enc = "windows-1254", charmap.Windows1254
		}
		out, err := g.enc.NewDecoder().Bytes(b)
		if err == nil && !bytes.ContainsFunc(out, func(r rune) bool {
			return r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r)
		}) {
			return decoded{text: string(out), charset: g.name, guessed: true}, nil
		}
	}
	return decoded{}, none
}

// turkishLetters tells the two codes apart that share all but six letters,
// where the detector, which counts English words too, does not: ğ, ı, ş and
// their capitals stand at the places of ð, ý, þ. Icelandic and Czech, which
// have those, do not do without á, í, ó, ú or æ.
func turkishLetters(b []byte) bool {
	return bytes.ContainsAny(latin1(b), "ÐÝÞðýþ") && !bytes.ContainsAny(latin1(b), "áÁíÍóÓúÚæÆ")
}

// latin1 is the text of the bytes in ISO 8859-1.
func latin1(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// binary reports whether the bytes hold controls that no text has.
func binary(b []byte) bool {
	n := 0
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			n++
		}
	}
	return n*50 > len(b)
}
