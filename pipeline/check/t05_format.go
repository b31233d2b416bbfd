package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// numberFormat is T05: a number of the target is written by English rules: a
// point for the decimal sign, a comma between thousands, in Turkish a percent sign
// behind the figure. It takes the source's
// figure to tell, for 1,165 is right in Russian and Turkish where the source
// means one and a bit.
func numberFormat(v *view) {
	if v.loc.Decimal != ',' {
		return
	}
	if v.loc == locale.Turkish {
		percentBehind(v)
	}
	src := map[string]bool{}
	for i := range v.src.Tokens {
		if k := &v.src.Tokens[i]; k.Kind == facts.Digit && strings.ContainsAny(k.Text, ".,") {
			src[k.Text] = true
		}
	}
	if len(src) == 0 {
		return
	}
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		if k.Kind != facts.Digit || !src[k.Text] {
			continue
		}
		if want := localNumber(k.Text, v.loc.Group); want != "" && want != k.Text {
			v.add(report{
				check: "T05", category: "localeConvention/number", severity: pipeline.Minor, at: k.Span, suggest: want,
				message: fmt.Sprintf("%q is written by English rules; %s writes %q.", k.Text, v.loc.Name, want),
			})
		}
	}
}

// percentBehind is T05 for a percent sign behind its figure: Turkish writes it
// before.
func percentBehind(v *view) {
	for i := 1; i < len(v.tgt.Tokens); i++ {
		k, n := &v.tgt.Tokens[i], &v.tgt.Tokens[i-1]
		if k.Text != "%" || n.Kind != facts.Digit || !k.Glued || i > 1 && v.tgt.Tokens[i-2].Text == "%" || i+1 < len(v.tgt.Tokens) && v.tgt.Tokens[i+1].Glued && v.tgt.Tokens[i+1].Kind == facts.Digit {
			continue
		}
		v.add(report{
			check: "T05", category: "localeConvention/number", severity: pipeline.Minor, at: facts.Span{Start: n.Start, End: k.End}, suggest: "%" + n.Text,
			message: fmt.Sprintf("%q is written by English rules; %s writes %q.", n.Text+"%", v.loc.Name, "%"+n.Text),
		})
		return
	}
}

// localNumber writes an English figure with a decimal comma and the given
// sign between thousands; "" where the figure may be a date, a time, a score
// or a version.
func localNumber(s, groups string) string {
	sep := "\u00a0"
	if !strings.Contains(groups, sep) {
		sep = groups[:1]
	}
	switch whole, frac, point := strings.Cut(s, "."); {
	case strings.Contains(frac, ".") || strings.Contains(s, ":"):
		return ""
	case strings.Contains(whole, ","):
		for _, g := range strings.Split(whole, ",")[1:] {
			if len(g) != 3 {
				return ""
			}
		}
		out := strings.ReplaceAll(whole, ",", sep)
		if point {
			out += "," + frac
		}
		return out
	case point && len(frac) != 2 && frac != "" && len(frac) < 3:
		return whole + "," + frac
	case point && len(frac) == 2 && frac > "59":
		return whole + "," + frac // no time of day
	}
	return ""
}
