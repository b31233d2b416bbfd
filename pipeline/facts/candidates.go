package facts

import (
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// Candidates are the proper names of an article that want one spelling in each
// language, in the order they first appear, the longer form before the shorter
// one that is part of it ("Andrey Karlov", then "Karlov"). Places, demonyms,
// titles, days and months are left out: every language has its own words for
// them.
func Candidates(art *pipeline.Article, loc *locale.Locale) []string {
	s := sheet{seen: map[string]bool{}, lower: map[string]bool{}, inside: map[string]bool{}}
	var texts []*Text
	for b, sent := range art.Sentences() {
		if b.Kind == pipeline.Boilerplate || b.Kind == pipeline.Dateline || b.Kind == pipeline.Keywords {
			continue
		}
		t := Of(sent.Text, loc)
		texts = append(texts, t)
		s.learn(t, titleCase(t))
	}
	for _, t := range texts {
		s.add(t, titleCase(t))
	}
	return s.order()
}

type sheet struct {
	names  []string
	seen   map[string]bool
	lower  map[string]bool // words met in lower case
	inside map[string]bool // words met capitalised inside a sentence
}

// learn notes how the words of a text are written where a capital means
// something.
func (s *sheet) learn(t *Text, title bool) {
	for i := range t.Tokens {
		k := &t.Tokens[i]
		switch {
		case k.Kind != Word:
		case !k.Upper:
			s.lower[Bare(k.Lower)] = true
		case !title && !atStart(t, i):
			s.inside[Bare(k.Text)] = true
		}
	}
}

func (s *sheet) add(t *Text, title bool) {
	for _, n := range t.Names() {
		if n.Place || title && !s.knows(n) {
			continue
		}
		if n.Initial && len(n.Parts) == 1 && (!s.inside[n.Parts[0]] && s.lower[strings.ToLower(n.Parts[0])] || t.Loc.Lookup(strings.ToLower(n.Parts[0])).Is(locale.Common)) {
			continue
		}
		if s.seen[n.Text] {
			continue
		}
		s.seen[n.Text] = true
		s.names = append(s.names, n.Text)
	}
}

// knows reports whether every part of a name stands capitalised in running
// text too.
func (s *sheet) knows(n Name) bool {
	for _, p := range n.Parts {
		if !s.inside[p] {
			return false
		}
	}
	return true
}

// order puts each name's longer form before it.
func (s *sheet) order() []string {
	var out []string
	put := map[string]bool{}
	for _, n := range s.names {
		if put[n] {
			continue
		}
		for _, long := range s.names {
			if !put[long] && long != n && hasPart(long, n) {
				put[long] = true
				out = append(out, long)
			}
		}
		put[n] = true
		out = append(out, n)
	}
	return out
}

// hasPart reports whether the words of short stand in long.
func hasPart(long, short string) bool {
	return strings.Contains(" "+long+" ", " "+short+" ")
}

// titleCase reports whether a text is written with a capital on most words, as
// headlines are, so that a capital says nothing.
func titleCase(t *Text) bool {
	up, low := 0, 0
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Kind == Word && len(k.Text) > 3 && i > 0 {
			if k.Upper {
				up++
			} else {
				low++
			}
		}
	}
	return up > 2 && up > 2*low
}
