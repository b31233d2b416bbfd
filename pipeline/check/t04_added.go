package check

import (
	"fmt"
	"math"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// addedNumber reports a number that only the target has: a fault where nothing
// in the source may have become it, else a doubt.
func (v *view) addedNumber(x facts.Number) {
	sev := pipeline.Minor
	if v.surelyAdded(x) {
		sev = pipeline.Major
	}
	v.add(report{
		check: "T04", category: "accuracy/addition", severity: sev, at: x.Span,
		message: fmt.Sprintf("The number %q is not in the source.", x.Text),
	})
}

// surelyAdded reports whether a number that agrees with none of the source or
// of its neighbours is made up. It is not sure of numbers up to the dozen and
// of 24 (hours), which idioms hold; of times of day; of figures glued to
// letters, or in brackets, where a translator explains; of a year where the
// source speaks of time; and of any number where the source has an amount
// without figures that the target does not have.
func (v *view) surelyAdded(x facts.Number) bool {
	if len(x.Values) == 0 || x.Code || x.Day || v.gluedToLetter(x) || v.inBrackets(x) {
		return false
	}
	n, l := x.Values[0], limits()
	if n < 0 || n == 24 || n <= l.IdiomMost && n == math.Trunc(n) || n >= l.YearFrom && n <= l.YearTo && tellsAmount(v.src, locale.Month|locale.Weekday, "year") {
		return false
	}
	if v.hasImperial() || tellsAmount(v.src, locale.Indefinite|locale.Scale|locale.Fraction, "") {
		return false
	}
	for _, s := range v.src.Numbers() {
		if s.Form != facts.Digits && !s.One && !agrees(s, v.tgt) {
			return false
		}
	}
	for _, near := range []*pipeline.Pair{v.p.Before, v.p.After} {
		if near != nil && agrees(x, facts.Of(near.Source, v.src.Loc)) {
			return false
		}
	}
	return true
}

// ofNeighbour reports two added numbers or more that all are those of the
// neighbouring sources: the answer tells what its neighbours should.
func (v *view) ofNeighbour(extra []facts.Number) bool {
	if len(extra) < 2 {
		return false
	}
	var theirs []facts.Number
	for _, near := range []*pipeline.Pair{v.p.Before, v.p.After} {
		if near != nil {
			theirs = append(theirs, facts.Of(near.Source, v.src.Loc).Numbers()...)
		}
	}
	if len(theirs) == 0 || len(unanswered(extra, theirs)) > 0 {
		return false
	}
	v.add(report{
		check: "T04", category: "accuracy/addition", severity: pipeline.Major, at: extra[0].Span,
		message: fmt.Sprintf("The numbers %q and %q are not in the source but in a sentence beside it.", extra[0].Text, extra[1].Text),
	})
	return true
}

// spanWords are words that a translator may turn into a figure.
var spanWords = listSet("span-words")

// tellsAmount reports whether a text has a word of a class, one of the span words,
// or the word given, alone or in the plural.
func tellsAmount(t *facts.Text, class locale.Class, word string) bool {
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind == facts.Word && (k.Lex.Is(class) || spanWords()[k.Lower] || word != "" && (k.Lower == word || k.Lower == word+"s")) {
			return true
		}
	}
	return false
}

// gluedToLetter reports whether a letter stands right before or behind the
// digits of a number; an ending behind an apostrophe or a hyphen does not
// count.
func (v *view) gluedToLetter(x facts.Number) bool {
	raw := v.p.Target
	if r, _ := utf8.DecodeLastRuneInString(raw[:x.Start]); unicode.IsLetter(r) || r == '-' {
		return true
	}
	r, _ := utf8.DecodeRuneInString(raw[x.End:])
	return unicode.IsLetter(r)
}

// inBrackets reports whether a number stands between brackets.
func (v *view) inBrackets(x facts.Number) bool {
	depth := 0
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		switch {
		case k.Start >= x.Start:
			return depth > 0
		case k.Text == "(" || k.Text == "[":
			depth++
		case k.Text == ")" || k.Text == "]":
			depth = max(0, depth-1)
		}
	}
	return false
}
