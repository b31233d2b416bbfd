package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

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
