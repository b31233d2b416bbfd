package locale

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// weigh adds up, word by word, what speaks for each language.
func weigh(text string) scores {
	var s scores
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !isLetter(r) {
			i += n
			continue
		}
		start, cyr := i, unicode.Is(unicode.Cyrillic, r)
		for i < len(text) {
			r, n = utf8.DecodeRuneInString(text[i:])
			if !isLetter(r) && r != '\'' && r != '’' && !unicode.Is(unicode.Mn, r) {
				break
			}
			i += n
		}
		s.word(strings.TrimRight(text[start:i], "'’"), cyr)
	}
	return s
}

// isLetter is [unicode.IsLetter], quick for the letters of the languages
// judged most.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return r >= 'А' && r <= 'я' || unicode.IsLetter(r)
}

// word weighs one word. A capital inside a text marks a name, which says
// little: it counts by its letters alone.
func (s *scores) word(w string, cyrillic bool) {
	n := utf8.RuneCountInString(w)
	s.letters += n
	g := grammar()
	first, last := en, de
	if cyrillic {
		s.cyrillic += n
		if bulgarianOnly()[w] {
			s.bulgarian++
		}
		first, last = ru, bg
	}
	plain, low := w, w // by the rules of most languages, and by those of Turkish
	if hasUpper(w) {
		plain = strings.ToLower(w)
		if low = plain; !cyrillic {
			low = Turkish.Lower(w)
		}
	}
	words := g.words[plain] &^ turkic
	if !cyrillic {
		words |= g.words[low] & turkic
	}
	r, _ := utf8.DecodeRuneInString(w)
	name := unicode.IsUpper(r)
	held := bytesOf(plain) | bytesOf(low)
	for i := first; i <= last; i++ {
		l := plain
		if i == tr || i == az {
			l = low
		}
		switch {
		case words&(1<<i) != 0:
			s.score[i]++
		case !name && l != "" && endsWith(l, g.ends[i][l[len(l)-1]]):
			s.score[i] += 0.5
		}
		for _, in := range g.inner[i] {
			if in.bytes&^held == 0 && (!name || in.text[0] >= 0x80) && strings.Contains(l, in.text) {
				s.score[i] += 0.25
				break
			}
		}
	}
	s.marks(plain)
}

// turkic are the languages whose words are looked up in the lower case of
// Turkish, as bits.
const turkic = 1<<tr | 1<<az

// grammarTable is what the languages judged are told by, in the form it is
// looked up in.
type grammarTable struct {
	words map[string]uint8           // words of grammar, to the languages that have them, as bits
	ends  [len(judged)][256][]string // of each language, by their last byte
	inner [len(judged)][]within      // of each language
}

// within is a piece of a word and the bytes it is made of.
type within struct {
	text  string
	bytes uint64
}

// grammar is the table, made at its first use.
var grammar = sync.OnceValue(func() *grammarTable {
	g := &grammarTable{words: map[string]uint8{}}
	for i := range judged {
		for w := range judged[i].words() {
			g.words[w] |= 1 << i
		}
		for _, e := range judged[i].ends {
			c := e[len(e)-1]
			g.ends[i][c] = append(g.ends[i][c], e)
		}
		for _, in := range judged[i].inner {
			g.inner[i] = append(g.inner[i], within{in, bytesOf(in)})
		}
	}
	return g
})

// bytesOf is the set of a text's bytes as bits, several bytes to a bit: a text
// can only hold another whose bits it has all.
func bytesOf(s string) uint64 {
	set := uint64(0)
	for i := 0; i < len(s); i++ {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// marks weighs the letters that rule a language in or out.
func (s *scores) marks(w string) {
	for _, r := range w {
		if r < utf8.RuneSelf {
			continue
		}
		switch r {
		case 'ı', 'ğ':
			s.score[tr] += 0.5
			s.score[az] += 0.4
		case 'ş', 'ç':
			s.score[tr] += 0.3
			s.score[az] += 0.25
		case 'ö', 'ü':
			s.score[tr] += 0.15
			s.score[de] += 0.15
			s.score[az] += 0.1
		case 'ə':
			s.score[az] += 1.5
			s.schwas++
		case 'ß', 'ä':
			s.score[de] += 0.7
		case 'ы', 'э', 'ё':
			s.score[ru] += 0.4
			s.score[bg] -= 1
			s.score[uk] -= 1
		case 'і', 'ї', 'є', 'ґ':
			s.ukrainian++
			s.score[uk] += 0.7
			s.score[ru]--
			s.score[bg]--
		case 'ъ':
			s.hardSigns++
			s.score[bg] += 0.4
			s.score[uk]--
		case 'щ':
			s.score[bg] += 0.1
		}
	}
}

func endsWith(w string, ends []string) bool {
	for _, e := range ends {
		if len(w) > len(e)+1 && strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}
