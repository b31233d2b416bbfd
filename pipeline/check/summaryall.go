package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
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

// repeats finds a lead or key point that is another product's sentence word
// for word (M07).
func repeats(s *pipeline.Summary) []pipeline.Finding {
	var out []pipeline.Finding
	first := map[string]string{}
	for _, x := range s.Sentences {
		if x.Product != pipeline.SummaryHeadline && x.Product != pipeline.SummaryLead && x.Product != pipeline.KeyPoint {
			continue
		}
		key := strings.TrimRight(strings.ToLower(fold(x.Text)), ".")
		if other, ok := first[key]; ok {
			v := &view{stage: "summarize", p: pipeline.Pair{ID: x.ID, Target: x.Text}}
			v.add(report{check: "M07", category: "style", severity: pipeline.Minor, message: fmt.Sprintf("It is %s word for word.", other)})
			out = append(out, v.findings...)
			continue
		}
		first[key] = x.ID
	}
	return out
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

// twins2 finds sentences of one product whose words of meaning are nearly the
// same.
func twins2(of []pipeline.SummarySentence) []pipeline.Finding {
	l := limits()
	var out []pipeline.Finding
	for i := range of {
		for j := range i {
			a, b := facts.Of(of[i].Text, locale.English), facts.Of(of[j].Text, locale.English)
			if overlap(a, b) < l.SameShare || overlap(b, a) < l.SameShare || len(a.Tokens) < l.SameTokens {
				continue
			}
			v := &view{stage: "summarize", p: pipeline.Pair{ID: of[i].ID, Source: of[j].Text, Target: of[i].Text}}
			v.add(report{check: "M07", category: "style", severity: pipeline.Minor, message: fmt.Sprintf("It says the same as %s.", of[j].ID)})
			out = append(out, v.findings...)
			break
		}
	}
	return out
}
