package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

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
