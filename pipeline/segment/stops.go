package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// afterStop judges one full stop with nothing closing after it.
func (s *splitter) afterStop(m mark, next following) bool {
	word := s.wordBefore(m.at)
	if word == "" {
		return true
	}
	switch {
	case next.number && s.known("abbreviations-number", word):
		return false
	case s.known("abbreviations", word) && !s.unitAfterNumber(word, m.at):
		return false
	case s.known("abbreviations-final", word):
		return s.afterFinal(m, word, next)
	case initials(word):
		before, _ := utf8.DecodeLastRuneInString(s.text[s.from : m.at-len(word)])
		return before == '°' || s.starts(next)
	case s.spacedAbbreviation(m.at):
		return s.afterFinal(m, word, next)
	case s.lang() == "tr" && ordinal(word):
		return s.starts(next) || next.number
	}
	return true
}

// afterFinal judges the stop of an abbreviation that may end a sentence: it
// does before a word that starts sentences, and in Russian after a year or a
// measure that stands late in its sentence ("… в 1998 г. Карлов"), not in its
// opening words ("В 2012 г. Карлов").
func (s *splitter) afterFinal(m mark, word string, next following) bool {
	if s.starts(next) {
		return true
	}
	if s.lang() != "ru" || !next.capital() {
		return next.opened && !next.number && s.lang() == "en"
	}
	before := strings.TrimRight(s.text[s.from:m.at-len(word)], " \u00a0.")
	words := len(strings.Fields(before))
	r, _ := utf8.DecodeLastRuneInString(before)
	measured := unicode.IsDigit(r) || strings.HasSuffix(before, "-х") || strings.HasSuffix(before, "-е")
	switch word {
	case "г", "гг", "в", "вв":
		return measured && words > 4
	}
	return words > 4
}

// unitAfterNumber: "5 с." and "10 ст." are measures, not abbreviations that
// want a name after them.
func (s *splitter) unitAfterNumber(word string, at int) bool {
	if s.lang() != "ru" || !s.known("abbreviations-final", word) {
		return false
	}
	before := strings.TrimRight(s.text[s.from:at-len(word)], " \u00a0")
	r, _ := utf8.DecodeLastRuneInString(before)
	return unicode.IsDigit(r)
}

// spacedAbbreviation finds the lists' entries that hold a space ("н. э",
// "et al") before the stop at i.
func (s *splitter) spacedAbbreviation(i int) bool {
	part := strings.ReplaceAll(s.text[s.from:i], "\u00a0", " ")
	for _, w := range s.loc.Words("abbreviations-final") {
		if strings.Contains(w, " ") && strings.HasSuffix(part, " "+w) {
			return true
		}
	}
	return false
}

// verbEnds reports whether a Turkish sentence ends at a lone full stop though
// a lower-case letter follows: a finite verb, which stands last, is before it
// ("Şikâyetçi oldu. sorgusunun ardından"). In no other language is there a
// break before a lower-case letter.
func (s *splitter) verbEnds(m mark) bool {
	if s.lang() != "tr" || m.stops != "." || m.close != "" {
		return false
	}
	word := s.wordBefore(m.at)
	if utf8.RuneCountInString(word) < 4 || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLower(r) }) {
		return false
	}
	return strings.HasSuffix(word, "yor") || finite(word)
}

// finite reports whether a Turkish word has the ending of a past, a hearsay
// past or a future: -dı, -mış, -acak with the persons.
func finite(word string) bool {
	for _, person := range []string{"", "lar", "ler", "m", "k", "n"} {
		stem, ok := strings.CutSuffix(word, person)
		if !ok {
			continue
		}
		if strings.HasSuffix(stem, "acak") || strings.HasSuffix(stem, "ecek") {
			return true
		}
		r := []rune(stem)
		n := len(r)
		if n >= 4 && strings.ContainsRune("ıiuü", r[n-1]) && strings.ContainsRune("dt", r[n-2]) {
			return true
		}
		if n >= 5 && r[n-1] == 'ş' && strings.ContainsRune("ıiuü", r[n-2]) && r[n-3] == 'm' {
			return true
		}
	}
	return false
}

// capital reports whether the next word starts with an upper-case letter.
func (f following) capital() bool {
	r, _ := utf8.DecodeRuneInString(f.word)
	return unicode.IsUpper(r)
}

// initials: one capital letter, or several with stops between ("J", "J.R",
// "Л.Н", "U.S"), hyphens allowed ("J.-P").
func initials(word string) bool {
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '.' || r == '-' }) {
		r, n := utf8.DecodeRuneInString(part)
		if n != len(part) || !unicode.IsUpper(r) {
			return false
		}
	}
	return word != ""
}

// ordinal: a number of at most three digits, a range of them, or a Roman
// numeral: in Turkish the stop after it makes it an ordinal.
func ordinal(word string) bool {
	digits, roman := 0, 0
	for _, r := range word {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("IVXLC", r):
			roman++
		case r != '-':
			return false
		}
	}
	return digits > 0 && digits <= 3 && roman == 0 || roman > 0 && digits == 0
}

// wordAt is the word at the start of s: letters, digits, inner apostrophes
// and hyphens.
func wordAt(s string) string {
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && r != '\'' && r != '’' && r != '-' {
			if i == 0 {
				return ""
			}
			return s[:i]
		}
	}
	return s
}

func hasWord(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// isStop: what ends a sentence.
func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '‽', '⁇', '⁈', '⁉', '。', '！', '？':
		return true
	}
	return false
}

// mayStop reports whether a character of [isStop] may start with this byte.
func mayStop(c byte) bool {
	switch c {
	case '.', '!', '?', 0xe2, 0xe3, 0xef:
		return true
	}
	return false
}

// isWide: the terminators of East Asian text, which no space follows.
func isWide(r rune) bool { return r == '。' || r == '！' || r == '？' }

// isClose: what may stand between a terminator and the space. “ closes in
// German and Russian text.
func isClose(r rune) bool {
	switch r {
	case ')', ']', '}', '”', '’', '»', '“', '›', '*', '_':
		return true
	}
	return false
}

// isOpen: what may stand before the first letter of a sentence.
func isOpen(r rune) bool {
	switch r {
	case '(', '[', '{', '“', '‘', '«', '„', '‹', '¿', '¡':
		return true
	}
	return false
}

// noteMark is the length of a footnote mark such as "[1]" or "[12]" at the
// start of s, or 0.
func noteMark(s string) int {
	if !strings.HasPrefix(s, "[") {
		return 0
	}
	i := strings.IndexByte(s, ']')
	if i < 2 || i > 5 || strings.Trim(s[1:i], "0123456789–-,") != "" {
		return 0
	}
	return i + 1
}
