package check

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// Budget is how long one product of a summary may be. A zero is no bound.
type Budget struct {
	Runes int     // characters of each sentence
	Words int     // words of each sentence
	Total int     // words of all sentences of the product
	Share float64 // of the body's words, for all sentences of the product
}

// Budgets are the bounds of the products: a headline that a wire client does
// not cut (64 characters), a lead of 30 words, key points of 12, a short
// summary of 60, a long one of 150 or a quarter of the body, whichever is less.
func Budgets() map[pipeline.Product]Budget {
	l := limits()
	return map[pipeline.Product]Budget{
		pipeline.SummaryHeadline: {Runes: l.HeadlineRunes},
		pipeline.SummaryLead:     {Words: l.LeadWords},
		pipeline.KeyPoint:        {Words: l.KeyPointWords},
		pipeline.Short:           {Total: l.ShortWords},
		pipeline.Long:            {Total: l.LongWords, Share: l.LongShare},
	}
}

// String says the bound as a prompt quotes it: "12 words".
func (b Budget) String() string {
	switch {
	case b.Runes > 0:
		return fmt.Sprintf("%d characters", b.Runes)
	case b.Words > 0:
		return fmt.Sprintf("%d words", b.Words)
	case b.Total > 0:
		return fmt.Sprintf("%d words in all", b.Total)
	}
	return "no limit"
}

// budgetOf is M01 for one sentence: its characters or words.
func budgetOf(v *summaryView) {
	if n := utf8.RuneCountInString(v.s.Text); v.budget.Runes > 0 && n > v.budget.Runes {
		v.say("M01", "style", pipeline.Major, facts.Span{}, fmt.Sprintf("The text has %d characters; at most %d are allowed.", n, v.budget.Runes))
	}
	if n := len(strings.Fields(v.s.Text)); v.budget.Words > 0 && n > v.budget.Words {
		v.say("M01", "style", pipeline.Major, facts.Span{}, fmt.Sprintf("The text has %d words; at most %d are allowed.", n, v.budget.Words))
	}
}
