package check

import (
	"dragoman/pipeline"
)

// SummaryAll judges a whole summary: the budgets that hold for a product as a
// whole (M01), and sentences of one product that say the same (M07).
func SummaryAll(art *pipeline.Article, s *pipeline.Summary) []pipeline.Finding {
	var out []pipeline.Finding
	if s == nil {
		return nil
	}
	for _, p := range []pipeline.Product{pipeline.SummaryHeadline, pipeline.SummaryLead, pipeline.KeyPoint, pipeline.Short, pipeline.Long} {
		of := s.Of(p)
		out = append(out, totalBudget(p, of, art)...)
		out = append(out, twins2(of)...)
	}
	return append(out, repeats(s)...)
}
