package llmtest

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths the pseudo model keeps to, a little below dragoman's budgets so
// that another way of counting words cannot break them.
const (
	headlineRunes = 60
	headlineWords = 12
	leadWords     = 26
	keyWords      = 11
	shortWords    = 17 // each of three
	longWords     = 20 // each
	longShare     = 5  // the long summary is at most a fifth of the article
	longMost      = 120
)

// line is one sentence of the article as the summary sees it.
type line struct{ key, text string }

// summary collects sentences, each taken from one sentence of the article.
type summary struct {
	lines []line
	taken []string // what was written
	used  map[string]bool
}

// newSummary orders the lines by how well they stand alone.
func newSummary(sentences []pair) *summary {
	var good, rest []line
	for _, s := range sentences {
		l := line{s.key, text(s.value)}
		switch {
		case standsAlone(l.text):
			good = append(good, l)
		case hasLetter(l.text):
			rest = append(rest, l)
		}
	}
	return &summary{lines: append(good, rest...), used: map[string]bool{}}
}

// standsAlone reports whether a sentence is prose that can be quoted without
// its neighbours: no list of keywords, no half of a quotation, no pronoun in
// front.
func standsAlone(s string) bool {
	words := strings.Fields(s)
	if len(words) < 5 || strings.Count(s, ",")*3 >= len(words) || !balanced(s) {
		return false
	}
	known := 0
	for _, w := range words {
		if _, ok := dictionaries()["ru"].words[strings.ToLower(strings.Trim(w, ".,;:!?\"'"))]; ok {
			known++
		}
	}
	first := strings.ToLower(strings.Trim(words[0], ".,;:!?\"'"))
	return known >= 2 && !dangling[first]
}

// dangling are first words that point at an earlier sentence.
var dangling = map[string]bool{
	"he": true, "she": true, "it": true, "they": true, "his": true, "her": true, "their": true, "this": true, "that": true, "these": true,
	"those": true, "but": true, "and": true, "also": true, "then": true, "however": true, "meanwhile": true, "later": true,
}

// take writes one sentence of at most so many words and runes, from the line
// at or after a place in the article (in tenths) that has not been used and
// says nothing yet said. It may take a used line when there is no other.
func (s *summary) take(tenth, words, runes int) (string, []string) {
	n := len(s.lines)
	for _, again := range []bool{false, true} {
		for i := range n {
			l := s.lines[(tenth*n/10+i)%n]
			if s.used[l.key] && !again {
				continue
			}
			if t := shorten(l.text, words, runes); t != "" && !s.said(t) {
				s.used[l.key] = true
				s.taken = append(s.taken, t)
				return t, []string{l.key}
			}
		}
	}
	if n == 0 {
		return "", []string{}
	}
	l := s.lines[tenth*n/10%n]
	return l.text, []string{l.key}
}

// said reports whether more than half of a text's words stand in one that was
// taken already.
func (s *summary) said(t string) bool {
	words := strings.Fields(strings.ToLower(t))
	for _, old := range s.taken {
		before := strings.Fields(strings.ToLower(old))
		same := 0
		for _, w := range words {
			if slices.Contains(before, w) {
				same++
			}
		}
		if same*2 > min(len(words), len(before)) {
			return true
		}
	}
	return false
}

// sentence is one summary sentence of the wire: text and evidence.
func sentence(text string, evidence []string) json.RawMessage {
	return json.RawMessage(written([]pair{{"text", raw(text)}, {"evidence", raw(evidence)}}))
}

// list is a JSON array of values.
func list(values []json.RawMessage) json.RawMessage {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = string(v)
	}
	return json.RawMessage("[" + strings.Join(parts, ",") + "]")
}

// brief answers summarize/brief.
func (q ask) brief() []pair {
	s := newSummary(q.sentences)
	t, e := s.take(0, headlineWords, headlineRunes)
	out := []pair{{"headline", sentence(strings.TrimRight(t, "."), e)}}
	for _, p := range []struct {
		key          string
		tenth, words int
	}{{"lead", 0, leadWords}, {"key1", 2, keyWords}, {"key2", 5, keyWords}, {"key3", 8, keyWords}} {
		t, e := s.take(p.tenth, p.words, 1000)
		out = append(out, pair{p.key, sentence(t, e)})
	}
	var short []json.RawMessage
	for _, tenth := range []int{1, 4, 7} {
		short = append(short, sentence(s.take(tenth, shortWords, 1000)))
	}
	return append(out, pair{"short", list(short)})
}

// long answers summarize/long.
func (q ask) long() []pair {
	s := newSummary(q.sentences)
	total := 0
	for _, l := range s.lines {
		total += len(strings.Fields(l.text))
	}
	var out []json.RawMessage
	for words := 0; len(out) < 6; {
		t, e := s.take(len(out)*10/6, longWords, 1000)
		words += len(strings.Fields(t))
		if len(out) > 0 && words > min(total/longShare, longMost) {
			break
		}
		out = append(out, sentence(t, e))
	}
	return []pair{{"long", list(out)}}
}

// notes answers summarize/notes: every third sentence, shortened.
func (q ask) notes() []pair {
	s := newSummary(q.sentences)
	var out []json.RawMessage
	for i := 0; i < len(s.lines); i += 3 {
		if t := shorten(s.lines[i].text, longWords, 1000); t != "" {
			out = append(out, sentence(t, []string{s.lines[i].key}))
		}
	}
	return []pair{{"notes", list(out)}}
}

// again answers summarize/again: one sentence of the product asked for, other
// than the draft.
func (q ask) again() []pair {
	words, runes := shortWords, 1000
	switch q.product {
	case "headline":
		words, runes = headlineWords, headlineRunes
	case "lead":
		words = leadWords
	case "keyPoint":
		words = keyWords
	}
	s := newSummary(q.sentences)
	s.taken = append(s.taken, q.draft)
	t, e := s.take(0, words, runes)
	if q.product == "headline" {
		t = strings.TrimRight(t, ".")
	}
	return []pair{{"text", raw(t)}, {"evidence", raw(e)}}
}

// shorten cuts a sentence down to so many words and runes: the whole sentence
// where it fits, else up to the last place where it may be cut, and "" where
// there is none. It never cuts inside a quotation, a name or a number.
func shorten(s string, words, runes int) string {
	s = strings.TrimSpace(s)
	if len(strings.Fields(s)) <= words && utf8.RuneCountInString(s) <= runes {
		return stopped(s)
	}
	pieces := scan(s)
	best, clause := "", false
	var b strings.Builder
	var n nesting
	for i, p := range pieces {
		n.add(p)
		if p.kind == space && i+1 < len(pieces) {
			t := strings.TrimRight(b.String(), " ,;:—–-")
			count := len(strings.Fields(t))
			if count > words || utf8.RuneCountInString(t) > runes-1 {
				break
			}
			at := boundary(pieces, i)
			if count >= 4 && n == (nesting{}) && (at == 2 || at == 1 && !clause) {
				best, clause = t, clause || at == 2
			}
		}
		b.WriteString(p.text)
	}
	if best == "" {
		return ""
	}
	return stopped(best)
}

// boundary says how well a sentence can be cut at a space: 2 before a clause,
// 1 between words, 0 not at all.
func boundary(pieces []piece, i int) int {
	before, after := pieces[i-1], pieces[i+1]
	switch {
	case before.kind == mark && strings.ContainsAny(before.text, ",;"):
		return 2
	case before.kind != word:
		return 0
	case after.kind == word && clauses[strings.ToLower(after.text)]:
		return 2
	case after.kind == figure || functionWord(before.text):
		return 0
	case startsUpper(before.text) && startsUpper(after.text):
		return 0
	}
	return 1
}

// clauses are words that begin a clause which may be left out.
var clauses = map[string]bool{
	"that": true, "when": true, "who": true, "which": true, "after": true, "before": true, "while": true, "because": true, "according": true, "although": true, "where": true,
}

// functionWord reports whether a text must not end in a word.
func functionWord(w string) bool {
	w = strings.ToLower(w)
	if strings.ContainsAny(w, "'’") {
		return true
	}
	_, ok := dictionaries()["ru"].words[w]
	return ok
}

// nesting counts the quotation marks and brackets that are open.
type nesting struct{ quotes, brackets int }

func (n *nesting) add(p piece) {
	switch {
	case p.kind == opening:
		n.quotes++
	case p.kind == closing:
		n.quotes--
	case p.text == "(":
		n.brackets++
	case p.text == ")":
		n.brackets--
	}
}

// balanced reports whether every quotation mark and bracket has its partner.
func balanced(s string) bool {
	var n nesting
	for _, p := range scan(s) {
		n.add(p)
	}
	return n == nesting{}
}

// stopped gives a sentence its full stop where it has no end mark.
func stopped(s string) string {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, `"'”’»)`))
	if last == '.' || last == '?' || last == '!' || last == '…' {
		return s
	}
	return strings.TrimRightFunc(s, unicode.IsSpace) + "."
}
