package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
)

// TotalWords is how many words the sentences of a product may have together; 0
// is no bound. A share is of the words of the body: lead, paragraphs,
// quotations and list items.
func TotalWords(p pipeline.Product, art *pipeline.Article) int {
	b := Budgets()[p]
	if b.Share == 0 {
		return b.Total
	}
	body := 0
	for block, sent := range art.Sentences() {
		switch block.Kind {
		case pipeline.Lead, pipeline.Paragraph, pipeline.Quote, pipeline.ListItem:
			body += len(strings.Fields(sent.Text))
		}
	}
	if share := int(b.Share * float64(body)); share > 0 {
		return min(b.Total, share)
	}
	return b.Total
}

func totalBudget(p pipeline.Product, of []pipeline.SummarySentence, art *pipeline.Article) []pipeline.Finding {
	limit := TotalWords(p, art)
	if len(of) == 0 || limit == 0 {
		return nil
	}
	words := 0
	for _, s := range of {
		words += len(strings.Fields(s.Text))
	}
	if words <= limit {
		return nil
	}
	v := &view{stage: "summarize", p: pipeline.Pair{ID: of[len(of)-1].ID, Target: of[len(of)-1].Text}}
	v.add(report{check: "M01", category: "style", severity: pipeline.Major, message: fmt.Sprintf("The %s summary has %d words in all; at most %d are allowed.", p, words, limit)})
	return v.findings
}
