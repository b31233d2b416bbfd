package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/segment"
)

// sentenceCount is T08: one sentence became three, or the other way round. A
// remark only: one in fifty good translations parts or joins sentences.
func sentenceCount(v *view) {
	if v.srcRunes < limits().CountLetters {
		return
	}
	a, b := len(segment.Split(v.p.Source, v.src.Loc)), len(segment.Split(v.p.Target, v.loc))
	if abs(a-b) <= limits().CountSpread {
		return
	}
	v.add(report{
		check: "T08", category: "fluency", severity: pipeline.Neutral,
		message: fmt.Sprintf("The source has %d sentences and the translation %d.", a, b),
	})
}

// lostQuotation is T10: a quotation of four words or more stands in the
// translation without any quotation mark. A remark, for translators often
// tell in their own words.
func lostQuotation(v *view) {
	long := facts.Quotation{}
	for _, q := range v.src.Quotations() {
		if q.Closed && q.Words >= limits().QuoteWords && q.Words > long.Words {
			long = q
		}
	}
	if long.Words == 0 {
		return
	}
	for i := range v.tgt.Tokens {
		switch v.tgt.Tokens[i].Text {
		case "«", "»", "\"", "“", "”", "„", "'", "‘", "’":
			return
		}
	}
	v.add(report{
		check: "T10", category: "fluency/punctuation", severity: pipeline.Neutral, at: long.Span, source: true,
		message: fmt.Sprintf("The quotation %q stands without quotation marks in the translation.", clip(v.p.Source[long.Inner.Start:long.Inner.End])),
	})
}
