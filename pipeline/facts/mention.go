package facts

import (
	"strings"

	"dragoman/pipeline/locale"
)

// Mention is a word or phrase of a class: a negation, a hedge, a word of
// saying.
type Mention struct {
	Span
	Text string // as written
	Key  string // in lower case, for comparing
}

// Negations are the words that deny: not, no, n't, without …
func (t *Text) Negations() []Mention {
	var out []Mention
	endings := t.Loc.Words("negative-endings")
	start := sameStart(endings)
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != Word {
			continue
		}
		if k.Lex.Is(locale.Negation) {
			out = append(out, Mention{Span: k.Span, Text: k.Text, Key: k.Lower})
		} else if t.Loc == locale.English && (strings.HasSuffix(k.Lower, "n't") || strings.HasSuffix(k.Lower, "n’t")) {
			out = append(out, Mention{Span: k.Span, Text: k.Text, Key: "n't"})
		} else if len(endings) > 0 && deniesByEnding(k.Lower, endings, start) && !t.before(i) {
			out = append(out, Mention{Span: k.Span, Text: k.Text, Key: k.Lower})
		}
	}
	return out
}

// sameStart is the byte that all of the words start with, 0 where they differ.
func sameStart(words []string) byte {
	first := byte(0)
	for i, w := range words {
		if i > 0 && w[0] != first {
			return 0
		}
		first = w[0]
	}
	return first
}

// before reports whether a Turkish converb in -madan/-meden says "before" with
// the word behind it ("gelmeden önce"), and denies nothing.
func (t *Text) before(i int) bool {
	return i+1 < len(t.Tokens) && t.Tokens[i+1].Lower == "önce" &&
		(strings.HasSuffix(t.Tokens[i].Lower, "madan") || strings.HasSuffix(t.Tokens[i].Lower, "meden"))
}

// deniesByEnding reports whether a word has one of the endings of denial behind
// a stem of two letters or more. "$" marks an ending that ends the word; start
// is the byte that all endings start with, or 0.
func deniesByEnding(word string, endings []string, start byte) bool {
	const stem = 2
	if len(word) <= stem || start != 0 && strings.IndexByte(word[stem:], start) < 0 {
		return false
	}
	for _, e := range endings {
		if whole, last := strings.CutSuffix(e, "$"); last {
			if len(word) > stem+len(whole) && strings.HasSuffix(word, whole) {
				return true
			}
		} else if strings.Contains(word[stem:], e) {
			return true
		}
	}
	return false
}

// Hedges are the words and phrases that make a statement less than certain.
func (t *Text) Hedges() []Mention { return t.mentions(locale.Hedge, "hedges") }

// Attributions are the words and phrases of saying.
func (t *Text) Attributions() []Mention { return t.mentions(locale.Report, "reports") }

// mentions finds the words of a class and the phrases of its list.
func (t *Text) mentions(class locale.Class, list string) []Mention {
	phrases := t.Loc.Phrases(list)
	var out []Mention
	for i := 0; i < len(t.Tokens); i++ {
		k := &t.Tokens[i]
		if k.Kind != Word {
			continue
		}
		if n := t.phraseAt(i, phrases.Starting(k.Lower)); n > 0 {
			s := Span{k.Start, t.Tokens[i+n-1].End}
			text := t.Raw[s.Start:s.End]
			out = append(out, Mention{Span: s, Text: text, Key: t.Loc.Lower(text)})
			i += n - 1
		} else if k.Lex.Is(class) {
			out = append(out, Mention{Span: k.Span, Text: k.Text, Key: k.Lower})
		}
	}
	return out
}

// phraseAt is how many tokens the longest phrase that starts at token i takes.
func (t *Text) phraseAt(i int, phrases [][]string) int {
	best := 0
	for _, p := range phrases {
		if len(p) <= best || i+len(p) > len(t.Tokens) {
			continue
		}
		fits := true
		for j, w := range p {
			if !matches(t.Tokens[i+j].Lower, w) {
				fits = false
				break
			}
		}
		if fits {
			best = len(p)
		}
	}
	return best
}

// matches holds a word against a pattern of a list: "stem*" or the whole word.
func matches(word, pattern string) bool {
	if stem, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(word, stem)
	}
	return word == pattern
}
