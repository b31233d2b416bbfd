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
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != Word {
			continue
		}
		if k.Lex.Is(locale.Negation) {
			out = append(out, Mention{Span: k.Span, Text: k.Text, Key: k.Lower})
		} else if t.Loc == locale.English && (strings.HasSuffix(k.Lower, "n't") || strings.HasSuffix(k.Lower, "n’t")) {
			out = append(out, Mention{Span: k.Span, Text: k.Text, Key: "n't"})
		}
	}
	return out
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
		if n := t.phraseAt(i, phrases); n > 0 {
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
