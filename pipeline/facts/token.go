package facts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/locale"
)

// Kind says what a token is.
type Kind uint8

// The kinds of token.
const (
	Word  Kind = iota // letters, with an apostrophe inside
	Digit             // digits, with a separator between digits
	Link              // URL, e-mail address, handle or hashtag
	Sign              // any other single character that is not a space
)

// Span is a half-open range of UTF-8 bytes.
type Span struct{ Start, End int }

// Token is the smallest piece of a text that has a meaning of its own.
type Token struct {
	Span
	Kind  Kind
	Glued bool // no space before it
	Upper bool // starts with a capital letter
	Text  string
	Lower string       // in the casing of the text's language; Text itself where it has no capital
	Lex   locale.Entry // what the language's lists know of the word
}

// scan cuts a text into tokens in one pass.
func scan(text string, loc *locale.Locale) []Token {
	spaces := strings.Count(text, " ")
	toks := make([]Token, 0, spaces+spaces/4+8) // a sign to four words, as prose has
	mail := strings.IndexByte(text, '@') >= 0
	glued := false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == ' ' || unicode.IsSpace(r) {
			glued = false
			i += n
			continue
		}
		t := Token{Span: Span{Start: i}, Glued: glued}
		switch {
		case mayLink(r, mail) && linkAt(text, i) > 0:
			t.Kind, t.End = Link, i+linkAt(text, i)
		case isDigit(r):
			t.Kind, t.End = Digit, digitsEnd(text, i)
		case isLetter(r) && !isApostrophe(r): // U+02BC is a letter to Unicode
			t.Kind, t.End = Word, wordEnd(text, i)
		default:
			t.Kind, t.End = Sign, i+n
		}
		t.Text = text[t.Start:t.End]
		if t.Kind == Word {
			t.Upper = unicode.IsUpper(r)
			t.Lower = loc.Lower(t.Text)
			t.Lex = loc.Lookup(t.Lower)
		}
		toks = append(toks, t)
		i, glued = t.End, true
	}
	return toks
}

// mayLink reports whether an address may start with a character; mail says
// that the text has an @ somewhere.
func mayLink(r rune, mail bool) bool {
	switch r {
	case 'h', 'H', 'w', 'W', 'f', 'F', '@', '#':
		return true
	}
	return mail && r < utf8.RuneSelf
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r == '½' || r == '¼' || r == '¾' }

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	if r >= 'А' && r <= 'я' {
		return true
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' }

// wordEnd is the end of the word at i: letters and marks, and apostrophes
// that stand between two letters.
func wordEnd(text string, i int) int {
	for i < len(text) {
		switch c := text[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			i++
			continue
		case c == 0xd0 || c == 0xd1 && i+1 < len(text): // Cyrillic, all letters up to U+047F
			if i+1 < len(text) && text[i+1]&0xc0 == 0x80 {
				i += 2
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if isApostrophe(r) {
			if next, _ := utf8.DecodeRuneInString(text[i+n:]); !isLetter(next) {
				return i
			}
		} else if !isLetter(r) {
			return i
		}
		i += n
	}
	return i
}

// digitsEnd is the end of the number at i: digits, and one of . , : between
// two digits. A sign such as ½ ends it.
func digitsEnd(text string, i int) int {
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == '.' || r == ',' || r == ':' {
			if i+1 >= len(text) || text[i+1] < '0' || text[i+1] > '9' {
				return i
			}
		} else if !isDigit(r) {
			return i
		} else if r >= utf8.RuneSelf {
			return i + n
		}
		i += n
	}
	return i
}

// linkAt is the length of the address that starts at i, or 0.
func linkAt(text string, i int) int {
	if i > 0 {
		if r, _ := utf8.DecodeLastRuneInString(text[:i]); isLetter(r) || isDigit(r) {
			return 0
		}
	}
	rest := text[i:]
	switch {
	case hasFold(rest, "http://"), hasFold(rest, "https://"), hasFold(rest, "ftp://"), hasFold(rest, "www."):
		return linkEnd(rest)
	case rest[0] == '@' || rest[0] == '#':
		if n := handleEnd(rest[1:]); n > 1 && !allDigits(rest[1:1+n]) {
			return n + 1
		}
		return 0
	}
	return mailAt(rest)
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && s[0]|0x20 == prefix[0] && strings.EqualFold(s[:len(prefix)], prefix)
}

// linkEnd is the length of a URL without the punctuation that follows it.
func linkEnd(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("<>\"«»“”„", r)
	})
	if end < 0 {
		end = len(s)
	}
	opened := strings.Contains(s[:end], "(")
	for end > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:end])
		if !strings.ContainsRune(".,;:!?'’…", r) && (r != ')' || opened) {
			break
		}
		end -= n
	}
	return end
}

func handleEnd(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return !isLetter(r) && !isDigit(r) && r != '_' })
	if n < 0 {
		return len(s)
	}
	return n
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// mailAt is the length of the e-mail address or bare host name at the start of
// s, or 0. It looks at most 64 bytes ahead for the @.
func mailAt(s string) int {
	at := -1
	for i := 0; i < len(s) && i < 64; i++ {
		c := s[i]
		if c == '@' {
			at = i
			break
		}
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._%+-", c) >= 0) {
			return 0
		}
	}
	if at < 1 {
		return 0
	}
	end := at + 1
	for end < len(s) && (s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z' || s[end] >= '0' && s[end] <= '9' || s[end] == '.' || s[end] == '-') {
		end++
	}
	for end > at && (s[end-1] == '.' || s[end-1] == '-') {
		end--
	}
	if !strings.Contains(s[at+1:end], ".") {
		return 0
	}
	return end
}
