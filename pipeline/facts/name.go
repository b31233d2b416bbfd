package facts

import (
	"strings"

	"dragoman/pipeline/locale"
)

// Name is a proper name: a row of capitalised words.
type Name struct {
	Span
	Text    string   // as written, without a possessive ending
	Parts   []string // its words, without particles
	Initial bool     // starts a sentence, so that its capital may mean nothing
	Titled  bool     // after Mr., President …: a person
	Place   bool     // a country or city that each language names in its own way
}

// particles may stand inside a name in lower case.
var particles = map[string]bool{
	"al": true, "el": true, "bin": true, "ibn": true, "van": true, "von": true, "der": true, "den": true,
	"de": true, "da": true, "di": true, "du": true, "la": true, "le": true, "dos": true, "del": true, "ter": true,
}

// readNames finds rows of capitalised words that are no title, demonym, day or
// month.
func readNames(t *Text) []Name {
	var out []Name
	for i := 0; i < len(t.Tokens); {
		if !startsName(t, i) {
			i++
			continue
		}
		j := nameEnd(t, i)
		if n, ok := makeName(t, i, j); ok {
			out = append(out, n)
		}
		i = j
	}
	return out
}

const notName = locale.Title | locale.Demonym | locale.Month | locale.Weekday

// startsName reports whether a name may start at token i.
func startsName(t *Text, i int) bool {
	k := &t.Tokens[i]
	if k.Kind != Word || !k.Upper || len(k.Text) < 2 {
		return false
	}
	low := Bare(k.Lower)
	e := k.Lex
	if low != k.Lower {
		e = t.Loc.Lookup(low)
	}
	if e.Is(notName) {
		return false
	}
	if atStart(t, i) {
		return !e.Is(locale.Function|locale.Common|locale.Negation|locale.Hedge|locale.Pronoun|locale.Cardinal|locale.Ordinal|locale.Scale) &&
			!strings.Contains(k.Lower, "n't")
	}
	if e.Is(locale.Function) && len(k.Text) <= 4 {
		return startsPlace(t, i) // New York
	}
	return !e.Is(locale.Pronoun) && k.Text != "I'm"
}

// startsPlace reports whether tokens i and i+1 are a place of two words.
func startsPlace(t *Text, i int) bool {
	if i+1 >= len(t.Tokens) || !t.Tokens[i+1].Upper {
		return false
	}
	return t.Loc.Lookup(t.Tokens[i].Lower + "-" + Bare(t.Tokens[i+1].Lower)).Is(locale.Place)
}

// atStart reports whether token i starts a sentence or a quotation.
func atStart(t *Text, i int) bool {
	for i--; i >= 0; i-- {
		k := &t.Tokens[i]
		if k.Kind != Sign {
			return false
		}
		switch k.Text {
		case ".", "!", "?", ":", "…", ";", "—", "–", "•", "«", "“", "„", "\"":
			if k.Text == "." && i > 0 && (t.Tokens[i-1].Lex.Is(locale.Title) || len(t.Tokens[i-1].Text) == 1 && t.Tokens[i-1].Upper) {
				return false
			}
			return true
		case "'", "‘", "(", "[", "-", "’", "”", "»", ")", "]":
			continue
		}
		return false
	}
	return true
}

// nameEnd is the token after the name that starts at i: capitalised words,
// hyphens and initials between them, and particles before a capital.
func nameEnd(t *Text, i int) int {
	j := i + 1
	for j < len(t.Tokens) {
		k := &t.Tokens[j]
		prev := &t.Tokens[j-1]
		if possessive(prev.Text) != "" {
			return j
		}
		next := j + 1
		switch {
		case k.Kind == Word && k.Upper && j == i+1 && prev.Lex.Is(locale.Place) && next < len(t.Tokens) && t.Tokens[next].Upper:
			return j // "to Turkey Andrey Karlov": two names
		case k.Kind == Word && k.Upper && !k.Lex.Is(notName&^locale.Demonym):
			j++
			continue
		case k.Kind == Sign && (k.Text == "-" || k.Text == "‑") && k.Glued && next < len(t.Tokens) && t.Tokens[next].Glued && t.Tokens[next].Kind == Word:
			j += 2
			continue
		case k.Kind == Sign && k.Text == "." && k.Glued && len([]rune(prev.Text)) <= 2 && prev.Upper && next < len(t.Tokens) && t.Tokens[next].Upper:
			j++
			continue
		case k.Kind == Word && particles[k.Lower] && t.Loc == locale.English:
			for next < len(t.Tokens) && particles[t.Tokens[next].Lower] {
				next++ // van der Berg
			}
			if next < len(t.Tokens) && t.Tokens[next].Upper {
				j = next + 1
				continue
			}
		}
		break
	}
	return j
}

// makeName puts the name of tokens [i, j) together.
func makeName(t *Text, i, j int) (Name, bool) {
	n := Name{Span: Span{t.Tokens[i].Start, t.Tokens[j-1].End}, Initial: atStart(t, i)}
	if p := possessive(t.Tokens[j-1].Text); p != "" {
		n.End -= len(p)
	}
	n.Text = t.Raw[n.Start:n.End]
	for k := i; k < j; k++ {
		tok := &t.Tokens[k]
		if tok.Kind == Word && tok.Upper && len(tok.Text) > 1 {
			n.Parts = append(n.Parts, Bare(tok.Text))
		}
	}
	if i > 0 {
		p := i - 1
		if t.Tokens[p].Text == "." && p > 0 {
			p--
		}
		n.Titled = t.Tokens[p].Lex.Is(locale.Title)
	}
	if j == i+1 {
		n.Place = t.Loc.Lookup(Bare(t.Tokens[i].Lower)).Is(locale.Place)
		if t.Tokens[i].Lex.Is(locale.Common) || n.Initial && t.Tokens[i].Lex.Is(locale.Report) {
			return n, false
		}
	} else {
		n.Place = t.Loc.Lookup(strings.ToLower(strings.ReplaceAll(n.Text, " ", "-"))).Is(locale.Place)
	}
	return n, len(n.Parts) > 0
}

// possessive is the ending 's of a word, or the bare apostrophe, "" without.
func possessive(w string) string {
	for _, s := range []string{"'s", "’s", "'S", "’S"} {
		if strings.HasSuffix(w, s) {
			return s
		}
	}
	return ""
}

// Bare is a word without what follows an apostrophe: Turkey's is Turkey,
// Ankara'da is Ankara. A word such as O'Brien keeps its own.
func Bare(w string) string {
	for i, r := range w {
		if isApostrophe(r) && i > 1 {
			return w[:i]
		}
	}
	return w
}
