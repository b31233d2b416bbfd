// Package setting reads the texts of settings that stand in more than one place:
// in a configuration as a whole and in one of its schedules. Its errors go after
// the setting's name: "max-cost must be an amount above zero …".
package setting

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// Whole reads a whole number of 1 or more; 1_000 is 1000.
func Whole(v string) (int, error) {
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(v), "_", ""))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("must be a whole number from 1, not %q", v)
	}
	return n, nil
}

// Switch reads true or false.
func Switch(v string) (bool, error) {
	b, err := strconv.ParseBool(strings.TrimSpace(v))
	if err != nil {
		return false, fmt.Errorf("must be true or false, not %q", v)
	}
	return b, nil
}

// Languages reads language tags separated by commas, each named once.
func Languages(v string) ([]language.Tag, error) {
	var tags []language.Tag
	seen := map[language.Tag]bool{}
	for _, w := range strings.Split(v, ",") {
		tag, err := language.Parse(strings.TrimSpace(w))
		if err != nil || tag == language.Und {
			return nil, fmt.Errorf("must be language tags separated by commas, such as ru,tr; %q is none", strings.TrimSpace(w))
		}
		if seen[tag] {
			return nil, fmt.Errorf("names %s twice; name each language once", tag)
		}
		seen[tag] = true
		tags = append(tags, tag)
	}
	return tags, nil
}

// Writes reports whether dragoman writes editions in a language: one that it has
// rules for, and that is not the articles' own.
func Writes(tag language.Tag) bool {
	base, _ := tag.Base()
	_, ok := locale.For(tag)
	return ok && base.String() != "en"
}

// Severity reads the name of a severity.
func Severity(v string) (pipeline.Severity, error) {
	s := pipeline.Severity(strings.ToLower(strings.TrimSpace(v)))
	if s.Rank() < 0 {
		return "", fmt.Errorf("must be neutral, minor, major or critical, not %q", v)
	}
	return s, nil
}

// Money reads "0.50" (US dollars) or "0.50 EUR" without going through binary
// fractions.
func Money(v string) (*pipeline.Money, error) {
	bad := fmt.Errorf("must be an amount above zero such as 0.50 or \"0.50 EUR\", not %q", v)
	parts := strings.Fields(v)
	if len(parts) == 0 || len(parts) > 2 {
		return nil, bad
	}
	m := pipeline.Money{Currency: "USD"}
	if len(parts) == 2 {
		if m.Currency = strings.ToUpper(parts[1]); len(m.Currency) != 3 {
			return nil, bad
		}
	}
	units, frac, _ := strings.Cut(parts[0], ".")
	if len(frac) > 6 || len(units) > 9 {
		return nil, bad
	}
	n, err := strconv.ParseInt("0"+units+frac+strings.Repeat("0", 6-len(frac)), 10, 64)
	if err != nil || n <= 0 {
		return nil, bad
	}
	m.Micros = n
	return &m, nil
}

// Nearest is the name that a mistyped one stands for: one that differs only in
// case and separators, or by two letters at most; "" is none.
func Nearest(word string, names []string) string {
	flat := func(s string) string { return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s)) }
	best, least := "", 3
	for _, n := range names {
		if d := distance(flat(n), flat(word)); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
