package check

import (
	"fmt"
	"slices"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

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
