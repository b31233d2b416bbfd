package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// lengthRatio is T07: the answer is too short or too long for its source,
// counted in letters. Too short is a fault, for a part is likely missing; too
// long is a doubt, unless it is far too long.
func lengthRatio(v *view) {
	b := v.loc.Length
	if b.Max == 0 || v.srcRunes == 0 {
		return
	}
	if v.srcRunes < b.From {
		shortRatio(v)
		return
	}
	ratio := float64(v.tgtRunes) / float64(v.srcRunes)
	low, high := b.Min, b.Max
	l := limits()
	if v.srcRunes < l.ShortSentence {
		low, high = l.ShortLow*low, l.ShortHigh*high
	}
	switch {
	case ratio < low:
		v.add(report{
			check: "T07", category: "accuracy/omission", severity: pipeline.Major,
			message: fmt.Sprintf("The translation has %d letters for %d of the source, less than expected (about %.0f): a part is likely missing.",
				v.tgtRunes, v.srcRunes, float64(v.srcRunes)*b.Mean),
		})
	case ratio > high:
		sev := pipeline.Minor
		if ratio > l.FarTooLong*high {
			sev = pipeline.Major
		}
		v.add(report{
			check: "T07", category: "accuracy/addition", severity: sev,
			message: fmt.Sprintf("The translation has %d letters for %d of the source, more than expected (about %.0f): something is likely added.",
				v.tgtRunes, v.srcRunes, float64(v.srcRunes)*b.Mean),
		})
	}
}

// shortRatio is T07 for a sentence shorter than the From of its language, where
// a ratio alone says little ("U.S." may become the name in full): letters may be
// added to a multiple of the source.
func shortRatio(v *view) {
	r := report{check: "T07", category: "accuracy/addition", severity: pipeline.Minor}
	l := limits()
	switch {
	case v.tgtRunes > l.BriefTimes*v.srcRunes+l.BriefFault && !v.merged:
		r.severity = pipeline.Major
	case v.tgtRunes > l.BriefTimes*v.srcRunes+l.BriefDoubt && !v.merged:
	case v.srcRunes >= l.StubLetters && float64(v.tgtRunes) < l.StubShare*float64(v.srcRunes):
		r.category = "accuracy/omission"
		r.message = fmt.Sprintf("The translation has %d letters for %d of the source: a part is likely missing.", v.tgtRunes, v.srcRunes)
		v.add(r)
		return
	default:
		return
	}
	r.message = fmt.Sprintf("The translation has %d letters for %d of the source: something is likely added.", v.tgtRunes, v.srcRunes)
	v.add(r)
}

// endMarks is T09: the source asks and the translation does not, or the
// translation stops without the mark its source ends with. A lost end with a
// short text is a cut answer, and a fault.
func endMarks(v *view) {
	src, tgt := endMark(v.src), endMark(v.tgt)
	if src == tgt || src == 0 || v.merged {
		return
	}
	at := facts.Span{Start: max(0, len(v.p.Target)-1), End: len(v.p.Target)}
	if tgt != 0 {
		if src != '?' && tgt != '?' || strings.Contains(v.p.Source, "?") == strings.Contains(v.p.Target, "?") {
			return // the question stands elsewhere in the sentence
		}
		v.add(report{
			check: "T09", category: "fluency/punctuation", severity: pipeline.Minor,
			message: fmt.Sprintf("The source ends with %q and the translation with %q.", src, tgt), suggest: string(src),
		})
		return
	}
	sev := pipeline.Minor
	expected := float64(v.srcRunes) * max(v.loc.Length.Mean, limits().CutMean)
	if float64(v.tgtRunes) < limits().CutShare*expected {
		sev = pipeline.Major
	}
	v.add(report{
		check: "T09", category: "fluency/punctuation", severity: sev, at: runeSafe(v.p.Target, at),
		message: fmt.Sprintf("The translation ends without the %q of its source: it may be cut.", src), suggest: string(src),
	})
}

// endMark is the class of the mark that ends a sentence, without the quotation
// marks and brackets behind it: '.', '?', '!' or 0.
func endMark(t *facts.Text) rune {
	for i := len(t.Tokens) - 1; i >= 0; i-- {
		k := &t.Tokens[i]
		if k.Kind != facts.Sign {
			return 0
		}
		switch k.Text {
		case ".", "…":
			return '.'
		case "?":
			return '?'
		case "!":
			return '!'
		case ":", ";":
			return '.'
		case "\"", "'", "”", "’", "»", "“", ")", "]", "‘", "„", "—", "–":
			continue
		}
		return 0
	}
	return 0
}

// runeSafe moves the start of a span to the start of its character.
func runeSafe(s string, at facts.Span) facts.Span {
	for at.Start > 0 && at.Start < len(s) && s[at.Start]&0xC0 == 0x80 {
		at.Start--
	}
	return at
}
