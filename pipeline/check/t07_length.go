package check

import (
	"fmt"

	"dragoman/pipeline"
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
