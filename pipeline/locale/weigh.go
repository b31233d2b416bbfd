package locale

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// weigh adds up, word by word, what speaks for each language.
func weigh(text string) scores {
	var s scores
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) {
			i += n
			continue
		}
		start, cyr := i, unicode.Is(unicode.Cyrillic, r)
		for i < len(text) {
			r, n = utf8.DecodeRuneInString(text[i:])
			if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && r != '\'' && r != '’' {
				break
			}
			i += n
		}
		s.word(strings.TrimRight(text[start:i], "'’"), cyr)
	}
	return s
}

// word weighs one word. A capital inside a text marks a name, which says
// little: it counts by its letters alone.
func (s *scores) word(w string, cyrillic bool) {
	n := utf8.RuneCountInString(w)
	s.letters += n
	first, last := en, de
	if cyrillic {
		s.cyrillic += n
		if bulgarianOnly()[w] {
			s.bulgarian++
		}
		first, last = ru, bg
	}
	low := Turkish.Lower(w)
	plain := strings.ToLower(w)
	r, _ := utf8.DecodeRuneInString(w)
	name := unicode.IsUpper(r)
	for i := first; i <= last; i++ {
		j := &judged[i]
		l := plain
		if i == tr || i == az {
			l = low
		}
		switch {
		case j.words()[l]:
			s.score[i]++
		case !name && endsWith(l, j.ends):
			s.score[i] += 0.5
		}
		for _, in := range j.inner {
			if (!name || in[0] >= 0x80) && strings.Contains(l, in) {
				s.score[i] += 0.25
				break
			}
		}
	}
	s.marks(plain)
}

// marks weighs the letters that rule a language in or out.
func (s *scores) marks(w string) {
	for _, r := range w {
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
