package check

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// holdNames is C04: capitalised words must stay. A day, month or people that
// only gets its capital is no name changed.
func holdNames(old, now *facts.Text, e pipeline.Edit) string {
	a, b := capitals(old), capitals(now)
	if slices.Equal(a, b) {
		return ""
	}
	lost, won := minus(a, b), minus(b, a)
	if len(lost) == 0 && onlyCapital(old, won, e) {
		return ""
	}
	return fmt.Sprintf("C04: it changes a name (%s)", changeOf(a, b))
}

// capitals are the capitalised words that are names by their place or by their
// kind, sorted, without possessive endings.
func capitals(t *facts.Text) []string {
	var out []string
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Word || !k.Upper || k.Lex.Is(locale.Pronoun|locale.Weekday) || k.Lex.Is(locale.Month) && k.Lower != "may" || len(k.Text) == 1 {
			continue
		}
		if i == 0 || startsHere(t, i) {
			if k.Lex.Is(locale.Common | locale.Function | locale.Cardinal | locale.Hedge | locale.Negation | locale.Title | locale.Report) {
				continue
			}
		}
		out = append(out, facts.Bare(k.Text))
	}
	slices.Sort(out)
	return out
}

// startsHere reports whether token i follows the end of a sentence or an
// opening quotation mark.
func startsHere(t *facts.Text, i int) bool {
	return strings.Contains(".!?:\"“«'‘", t.Tokens[i-1].Text) && t.Tokens[i-1].Kind == facts.Sign
}

// onlyCapital reports whether every new capitalised word stood in lower case
// where the edit is, and is a day, a month or a people, or starts the sentence.
func onlyCapital(old *facts.Text, won []string, e pipeline.Edit) bool {
	for _, w := range won {
		low := strings.ToLower(w)
		ok := false
		for i := range old.Tokens {
			k := &old.Tokens[i]
			here := k.Start < e.Span.End && k.End > e.Span.Start
			if here && k.Kind == facts.Word && !k.Upper && facts.Bare(k.Lower) == low {
				ok = ok || i == 0 || k.Lex.Is(locale.Month|locale.Weekday|locale.Demonym)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}
