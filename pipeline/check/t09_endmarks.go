package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

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
