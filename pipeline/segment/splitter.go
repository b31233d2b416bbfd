package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/locale"
)

// splitter walks over one paragraph.
type splitter struct {
	text      string
	loc       *locale.Locale
	from, end int // the part of the paragraph not yet in a sentence
}

// run cuts the paragraph at every boundary.
func (s *splitter) run() []Range {
	var out []Range
	add := func(end int) {
		r, ok := trim(s.text, s.from, end)
		if !ok {
			return
		}
		if len(out) > 0 && !hasWord(s.text[r.Start:r.End]) {
			out[len(out)-1].End = r.End // loose marks belong to what stands before them
			return
		}
		out = append(out, r)
	}
	for i := s.from + listMark(s.text[s.from:s.end]); i < s.end; {
		if !mayStop(s.text[i]) {
			i++
			continue
		}
		m, ok := s.mark(i)
		if !ok {
			_, n := utf8.DecodeRuneInString(s.text[i:])
			i += n
			continue
		}
		if s.boundary(m) {
			add(m.end)
			s.from = m.next
			i = m.next + listMark(s.text[m.next:s.end])
			continue
		}
		i = m.end
	}
	add(s.end)
	return out
}

// mark is a place where a sentence might end.
type mark struct {
	at    int    // the first terminator
	stops string // the terminators: ".", "?!", "...", ". . ."
	close string // closing quotes, brackets and note numbers after them
	end   int    // after close
	next  int    // after the white space that follows
}

// mark reads the mark that begins at i, if there is one with white space or
// the end after it.
func (s *splitter) mark(i int) (mark, bool) {
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	if !isStop(r) {
		return mark{}, false
	}
	m := mark{at: i}
	j := i
	for j < s.end {
		r, n := utf8.DecodeRuneInString(s.text[j:])
		if isStop(r) {
			j += n
			continue
		}
		// The spaced ellipsis ". . ." and "! ! !".
		if r == ' ' && j+1 < s.end && isStop(rune(s.text[j+1])) && s.text[j+1] == s.text[i] && !s.digitAt(j+2) {
			j++
			continue
		}
		break
	}
	m.stops = s.text[i:j]
	c := j
	for c < s.end {
		r, n := utf8.DecodeRuneInString(s.text[c:])
		if isClose(r) || r == '"' || r == '\'' {
			c += n
		} else if k := noteMark(s.text[c:s.end]); k > 0 {
			c += k
		} else {
			break
		}
	}
	m.close, m.end = s.text[j:c], c
	rest := s.text[c:s.end]
	m.next = c + len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
	if m.next == c && c < s.end {
		return m, isWide(r) // 。 needs no space after it
	}
	return m, true
}

func (s *splitter) digitAt(i int) bool {
	return i < s.end && s.text[i] >= '0' && s.text[i] <= '9'
}

// boundary decides whether a sentence ends at the mark.
func (s *splitter) boundary(m mark) bool {
	if m.next >= s.end {
		return true
	}
	next := s.following(m.next)
	switch {
	case next.lower:
		return s.verbEnds(m)
	case m.at > s.from && strings.ContainsRune("[(", rune(s.text[m.at-1])):
		return !next.opened && s.starts(next) // "[...]" stands for words
	case next.dash && m.close == "" && s.insideQuote(m.at):
		return false // Russian: «Готов? — спросил он. — Иди».
	case next.dash && strings.ContainsAny(m.close, "»“”\"") && strings.ContainsAny(m.stops, "?!…"):
		return false // «Готов?» — Спросил …
	case next.word == "" && !next.number:
		return false // a mark, a symbol: leave it where it is
	}
	if strings.Trim(m.stops, ".") != "" { // ? ! …
		return !s.speakerFollows(m, next)
	}
	if m.stops != "." {
		return true // an ellipsis before a capital
	}
	if strings.ContainsAny(m.close, "\"'”’»“)]") {
		return s.afterClose(m, next)
	}
	return s.afterStop(m, next)
}

// following is what stands after the white space.
type following struct {
	word   string // the first word, without quotes and brackets before it
	after  string // the word after that
	lower  bool   // it starts with a lower-case letter
	number bool   // it starts with a digit
	dash   bool   // a dash stands before it
	opened bool   // a quote or a bracket opens before it

	initial bool // the word is one letter with a full stop
}

func (s *splitter) following(i int) following {
	var f following
	for i < s.end {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case r == '—' || r == '–' || r == '-':
			f.dash = true
		case isOpen(r) || r == '"' || r == '\'' || r == '’' || r == '_' || r == '*':
			f.opened = true
		case unicode.IsSpace(r) && (f.dash || f.opened):
		default:
			f.word = wordAt(s.text[i:s.end])
			f.lower = unicode.IsLower(r)
			f.number = unicode.IsDigit(r) || unicode.Is(unicode.Sc, r)
			rest := s.text[i+len(f.word) : s.end]
			f.initial = len(f.word) == n && strings.HasPrefix(rest, ".")
			rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
			f.after = wordAt(rest)
			return f
		}
		i += n
	}
	return f
}

// speakerFollows reports whether '…?" Karlov asked' goes on.
func (s *splitter) speakerFollows(m mark, next following) bool {
	if m.close == "" || next.opened || s.starts(next) {
		return false
	}
	saying := s.loc.Set("saying")
	return saying[next.after] || saying[strings.ToLower(next.word)]
}

// afterClose judges a full stop inside closing quotes or brackets.
func (s *splitter) afterClose(m mark, next following) bool {
	before := s.wordBefore(m.at)
	if initials(before) || s.known("abbreviations-final", before) {
		return s.starts(next)
	}
	return true
}

// insideQuote reports whether a « stands open at i in this sentence.
func (s *splitter) insideQuote(i int) bool {
	part := s.text[s.from:i]
	return strings.Count(part, "«") > strings.Count(part, "»")
}

// wordBefore is the run of letters, digits, inner stops, hyphens and
// apostrophes that ends at i.
func (s *splitter) wordBefore(i int) string {
	j := i
	for j > s.from {
		r, n := utf8.DecodeLastRuneInString(s.text[s.from:j])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune(".-'’&", r) {
			break
		}
		j -= n
	}
	return strings.TrimLeft(s.text[j:i], ".-'’&")
}

// known looks a word up in one of the locale's lists: as written, and outside
// English, where case tells no abbreviation from a word, with a small or a
// capital first letter.
func (s *splitter) known(list, word string) bool {
	set := s.loc.Set(list)
	if set[word] {
		return true
	}
	r, n := utf8.DecodeRuneInString(word)
	if s.lang() == "en" || n == len(word) {
		return false
	}
	return set[string(unicode.ToLower(r))+word[n:]] || set[string(unicode.ToUpper(r))+word[n:]]
}

func (s *splitter) lang() string { return s.loc.Tag.String() }

// starts reports whether what follows is a word that begins sentences.
func (s *splitter) starts(next following) bool {
	if next.initial {
		return false // "А. И. Семёнов": И is a starter, but not here
	}
	return next.dash || s.loc.Set("starters")[strings.ReplaceAll(next.word, "’", "'")] ||
		s.loc.Set("starters")[strings.TrimRight(next.word, "'’")]
}
