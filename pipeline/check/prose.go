package check

import (
	"slices"
	"strings"

	"dragoman/pipeline/facts"
)

// prose is the target without what may rightly stand in another language:
// addresses, and titles that the source writes the same.
func (v *view) prose() string {
	cuts := v.foreign()
	if len(cuts) == 0 {
		return v.p.Target
	}
	var b strings.Builder
	at := 0
	for _, c := range cuts {
		if c.Start > at {
			b.WriteString(v.p.Target[at:c.Start])
		}
		b.WriteByte(' ')
		at = max(at, c.End)
	}
	b.WriteString(v.p.Target[at:])
	return b.String()
}

// foreign are the places of the target that may rightly stand in another
// language, in order.
func (v *view) foreign() []facts.Span {
	if v.haveForeign {
		return v.foreignSpans
	}
	v.haveForeign = true
	qs := v.tgt.Quotations()
	q := 0
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		for q < len(qs) && qs[q].Start <= k.Start {
			if inner := v.p.Target[qs[q].Inner.Start:qs[q].Inner.End]; qs[q].Words <= limits().TitleWords && isTitle(inner) && strings.Contains(v.p.Source, trimQuote(inner)) {
				v.foreignSpans = append(v.foreignSpans, qs[q].Inner)
			}
			q++
		}
		if k.Kind == facts.Link {
			v.foreignSpans = append(v.foreignSpans, k.Span)
		}
	}
	return v.foreignSpans
}

func trimQuote(s string) string { return strings.Trim(s, " .,!?:;\"'’”»«“‘") }

// isTitle reports whether most of the longer words of a text start with a
// capital, as in the title of a book or a song.
func isTitle(s string) bool {
	up, low := 0, 0
	for _, w := range strings.Fields(s) {
		w = trimQuote(w)
		switch {
		case len(w) < 4:
		case w[0] >= 'A' && w[0] <= 'Z' || w[0] >= '0' && w[0] <= '9':
			up++
		default:
			low++
		}
	}
	return up > 0 && up >= low
}

// isForeign reports whether a place lies where another language may stand.
func (v *view) isForeign(s facts.Span) bool {
	fs := v.foreign()
	if len(fs) == 0 {
		return false
	}
	i, _ := slices.BinarySearchFunc(fs, s.Start, func(f facts.Span, at int) int { return f.End - at - 1 })
	return i < len(fs) && s.Start < fs[i].End && s.End > fs[i].Start
}
