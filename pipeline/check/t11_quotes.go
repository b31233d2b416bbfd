package check

import (
	"fmt"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// quoteBalance is T11: quotation marks or brackets of the target that do not
// pair, where those of the source do. It is judged per paragraph; where the
// source's own marks do not pair (a quotation goes on over several
// paragraphs), nothing is said.
func quoteBalance(v *view) {
	src, tgt := v.src.Raw, v.tgt.Raw
	for _, p := range pairsOfMarks {
		at, odd := unpaired(v.tgt, p)
		if !odd {
			continue
		}
		if p.quotes && (sourceOdd(v.src) || v.oddTogether != nil && v.oddTogether(p)) || !p.quotes && strings.Count(src, p.open) != strings.Count(src, p.shut) {
			continue
		}
		if p.nested && strings.Count(tgt, p.open) == strings.Count(tgt, p.shut)+1 && opensTwice(tgt, p) || p.open == "“" && strings.Contains(tgt, "„") {
			continue
		}
		v.add(report{
			check: "T11", category: "fluency/punctuation", severity: pipeline.Minor, at: at,
			message: fmt.Sprintf("The marks %s%s of the translation do not pair.", p.open, p.shut),
		})
		return
	}
}

// oddTogether reports whether every group of sentences whose marks do not pair
// has a source whose marks do not pair either: a quotation runs over several
// sentences on both sides, and the imbalance of the whole comes from there.
func (j *rowJudge) oddTogether(p marks) bool {
	for _, s := range j.sides {
		if _, odd := unpaired(s.target, p); odd && !sourceOdd(s.source) {
			return false
		}
	}
	return true
}

type marks struct {
	open, shut string
	quotes     bool // else brackets
	nested     bool // one closing mark may close two quotations
}

var pairsOfMarks = []marks{
	{"«", "»", true, true},
	{"„", "“", true, false},
	{"\"", "\"", true, false},
	{"“", "”", true, false},
	{"(", ")", false, false},
	{"[", "]", false, false},
}

// unpaired gives the first mark of a kind that has no partner.
func unpaired(t *facts.Text, p marks) (facts.Span, bool) {
	depth := 0
	var last facts.Span
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Sign {
			continue
		}
		switch {
		case p.open == p.shut && k.Text == p.open:
			if inchMark(t, i) {
				continue
			}
			depth = 1 - depth
			last = k.Span
		case k.Text == p.open:
			if depth == 0 {
				last = k.Span
			}
			depth++
		case k.Text == p.shut:
			if p.open == "(" && depth == 0 && listMark(t, i) {
				continue
			}
			if p.shut == "“" && depth == 0 {
				continue // opens a quotation of another style
			}
			if depth--; depth < 0 {
				return k.Span, true
			}
		}
	}
	return last, depth != 0
}

// listMark reports whether the bracket at token i closes a number or letter of
// a list: "1)", "a)".
func listMark(t *facts.Text, i int) bool {
	return i > 0 && t.Tokens[i].Glued && len([]rune(t.Tokens[i-1].Text)) <= 2 && (i == 1 || !t.Tokens[i-1].Glued)
}

// inchMark reports whether the straight mark at token i stands for inches.
func inchMark(t *facts.Text, i int) bool {
	return i > 0 && t.Tokens[i].Glued && t.Tokens[i-1].Kind == facts.Digit && i+1 < len(t.Tokens) && t.Tokens[i+1].Kind == facts.Word && !t.Tokens[i+1].Glued
}

// sourceOdd reports whether the double quotation marks of the source do not
// pair, in any style.
func sourceOdd(t *facts.Text) bool {
	straight, open, shut := 0, 0, 0
	for i := range t.Tokens {
		switch t.Tokens[i].Text {
		case "\"":
			straight++
		case "“", "«":
			open++
		case "”", "»":
			shut++
		}
	}
	return straight%2 != 0 || open != shut
}

// opensTwice reports whether a quotation opens inside another, so that one
// closing mark may close both, as Russian prints it. A sentence's end between
// the two marks says that the first was never closed.
func opensTwice(s string, p marks) bool {
	for i := strings.Index(s, p.open); i >= 0; {
		rest := s[i+len(p.open):]
		next, shut := strings.Index(rest, p.open), strings.Index(rest, p.shut)
		if next < 0 {
			return false
		}
		if shut < 0 || next < shut {
			return strings.IndexFunc(rest[:next], unicode.IsLetter) >= 0 && !strings.ContainsAny(rest[:next], ".!?…—\n")
		}
		i += len(p.open) + next
	}
	return false
}
