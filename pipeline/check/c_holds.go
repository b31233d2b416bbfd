package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// holdNumbers is C02: the numbers must stay, figures as they are written and
// words by their value.
func holdNumbers(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := valueList(old), valueList(now)
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C02: it changes a number (%s)", changeOf(a, b))
}

func valueList(t *facts.Text) []string {
	var out []string
	for _, n := range t.Numbers() {
		if len(n.Values) > 0 && (!n.Vague || n.Form == facts.Digits || n.Form == facts.Words) {
			v := fmt.Sprintf("word for %v", n.Values[0])
			if n.Form == facts.Digits {
				v = n.Text // figures may not become words
			}
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// changeOf names what one sorted list has and the other has not.
func changeOf(a, b []string) string {
	lost, won := minus(a, b), minus(b, a)
	switch {
	case len(lost) > 0 && len(won) > 0:
		return strings.Join(lost, ", ") + " to " + strings.Join(won, ", ")
	case len(lost) > 0:
		return strings.Join(lost, ", ") + " is lost"
	}
	return strings.Join(won, ", ") + " is new"
}

func minus(a, b []string) []string {
	have := map[string]int{}
	for _, x := range b {
		have[x]++
	}
	var out []string
	for _, x := range a {
		if have[x] > 0 {
			have[x]--
		} else {
			out = append(out, x)
		}
	}
	return out
}

// holdQuotations is C03: what stands between quotation marks must stay, letter
// for letter; the style of the marks does not count.
func holdQuotations(old, now *facts.Text, e pipeline.Edit) string {
	a, b := quoted(old), quoted(now)
	if slices.Equal(a, b) {
		return ""
	}
	for _, q := range old.Quotations() {
		if e.Span.Start < q.Inner.End && e.Span.End > q.Inner.Start {
			return "C03: it touches a quotation"
		}
	}
	return "C03: it changes what is quoted"
}

func quoted(t *facts.Text) []string {
	var out []string
	for _, q := range t.Quotations() {
		out = append(out, straighten(fold(t.Raw[q.Inner.Start:q.Inner.End])))
	}
	return out
}

// straighten makes curly and straight quotation marks equal.
func straighten(s string) string {
	return strings.NewReplacer("’", "'", "‘", "'", "“", "\"", "”", "\"", "«", "\"", "»", "\"").Replace(s)
}

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

// holdAddresses is C05: URLs, e-mail addresses, handles, hashtags, days, months
// and currency signs must stay.
func holdAddresses(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := fixed(old), fixed(now)
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C05: it changes an address, a date or a currency (%s)", changeOf(a, b))
}

func fixed(t *facts.Text) []string {
	var out []string
	for i := range t.Tokens {
		k := &t.Tokens[i]
		switch {
		case k.Kind == facts.Link, k.Kind == facts.Sign && isCurrency(k.Text):
			out = append(out, k.Text)
		case k.Kind == facts.Word && (k.Lex.Is(locale.Weekday) || k.Lex.Is(locale.Month) && (k.Upper || k.Lower != "may" && k.Lower != "march" && k.Lower != "mar")):
			out = append(out, facts.Bare(k.Lower))
		}
	}
	slices.Sort(out)
	return out
}

func isCurrency(s string) bool {
	for _, r := range s {
		return unicode.Is(unicode.Sc, r) || r == '%'
	}
	return false
}

// holdNegations is C06: the words that deny must stay.
func holdNegations(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := negations(old), negations(now)
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C06: it changes a negation (%s)", changeOf(a, b))
}

func negations(t *facts.Text) []string {
	var out []string
	for _, m := range t.Negations() {
		k := m.Key
		switch {
		case k == "n't" || k == "cannot":
			k = "not"
		}
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// holdHedges is C11 for certainty: reportedly, allegedly, may …
func holdHedges(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := keysOf(old.Hedges()), keysOf(now.Hedges())
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C11: it changes how certain the statement is (%s)", changeOf(a, b))
}

func keysOf(ms []facts.Mention) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Key)
	}
	slices.Sort(out)
	return out
}

// holdAttributions is C11 for the speaker and the verb of saying. A comma or
// an article beside them does not count.
func holdAttributions(old, now *facts.Text, e pipeline.Edit) string {
	a, b := keysOf(old.Attributions()), keysOf(now.Attributions())
	if !slices.Equal(a, b) {
		return fmt.Sprintf("C11: it changes a word of saying (%s)", changeOf(a, b))
	}
	x, y := speakers(old), speakers(now)
	if !slices.Equal(x, y) {
		return fmt.Sprintf("C11: it changes who says it (%s)", changeOf(x, y))
	}
	return ""
}

// speakers are the words of meaning beside the words of saying: up to three
// before a verb, up to four after "according to", within the same clause.
// Articles are not counted, so that one more or less moves nothing else into
// the reach, and "it" before a form of be ("it was added") names nobody.
func speakers(t *facts.Text) []string {
	var out []string
	for _, m := range t.Attributions() {
		step, limit, at := -1, 3, m.Start
		if strings.HasPrefix(m.Key, "according") {
			step, limit, at = 1, 4, m.End
		}
		i, _ := slices.BinarySearchFunc(t.Tokens, at, func(k facts.Token, p int) int { return k.Start - p })
		if step < 0 {
			i--
		}
		for n := 0; n < limit && i >= 0 && i < len(t.Tokens); i += step {
			k := &t.Tokens[i]
			if k.Kind == facts.Sign {
				break
			}
			if articles[k.Lower] {
				continue
			}
			n++
			if (!k.Lex.Is(locale.Function) || k.Lex.Is(locale.Pronoun)) && !dummy(t, i) {
				out = append(out, facts.Bare(k.Lower))
			}
		}
	}
	slices.Sort(out)
	return out
}

var articles = map[string]bool{"a": true, "an": true, "the": true}

// dummy reports whether token i is the "it" of "it is said", which stands for
// no speaker.
func dummy(t *facts.Text, i int) bool {
	if t.Tokens[i].Lower != "it" || i+1 >= len(t.Tokens) {
		return false
	}
	switch t.Tokens[i+1].Lower {
	case "is", "was", "has", "had":
		return true
	}
	return false
}

// holdSentences is C08: an edit neither ends a sentence nor joins two.
func holdSentences(old, now *facts.Text, _ pipeline.Edit) string {
	if stops(old) == stops(now) {
		return ""
	}
	return "C08: it changes the number of sentences"
}

// stops counts the sentences that end inside a text.
func stops(t *facts.Text) int {
	n := 0
	for i := 0; i+1 < len(t.Tokens); i++ {
		k, next := &t.Tokens[i], &t.Tokens[i+1]
		if k.Kind == facts.Sign && strings.Contains(".!?", k.Text) && !next.Glued && next.Upper {
			n++
		}
	}
	return n
}
