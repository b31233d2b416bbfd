package check

import (
	"strconv"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// SummaryText is one article with a summary of it, without ids, as
// `check --summaries` reads it.
type SummaryText struct {
	ID      string `json:"id"`
	Article string `json:"article"`
	Summary string `json:"summary"`
}

// SummaryRow judges a summary whose evidence is not named: every sentence is
// held against the whole article.
func SummaryRow(r SummaryText) RowResult {
	art := articleOf(r.Article)
	var all []string
	for _, s := range art.Sentences() {
		all = append(all, s.ID)
	}
	var out []RowFinding
	base := newArticleText(art)
	for i, g := range segment.Split(r.Summary, locale.English) {
		s := pipeline.SummarySentence{ID: "s" + strconv.Itoa(i+1), Text: r.Summary[g.Start:g.End], Evidence: all, Product: pipeline.Short}
		v := base.view(s, Budget{})
		for _, c := range rowSummaryChecks {
			c(v)
		}
		for _, f := range v.findings {
			at := RowSpan{g.Start + f.Span.Start, g.Start + f.Span.End}
			if f.Span.Len() == 0 {
				at = RowSpan{g.Start, g.End}
			}
			out = append(out, RowFinding{ID: f.ID, Check: f.Check, Severity: f.Severity, Span: at, Message: f.Message})
		}
	}
	return newRowResult(r.ID, r.Summary, out)
}

// rowSummaryChecks are the checks of a summary without named evidence.
var rowSummaryChecks = []func(*summaryView){summaryForm, summaryNumbers, summaryNames, summaryQuotations, danglingStart}

// articleOf makes an article of plain text, a paragraph a line.
func articleOf(text string) *pipeline.Article {
	art := &pipeline.Article{InLanguage: locale.English.Tag}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		b := pipeline.Block{ID: "p" + strconv.Itoa(len(art.Body)+1), Kind: pipeline.Paragraph}
		for _, s := range segment.Texts(line, locale.English) {
			b.Sentences = append(b.Sentences, pipeline.Sentence{ID: b.ID + "s" + strconv.Itoa(len(b.Sentences)+1), Text: s})
		}
		art.Body = append(art.Body, b)
	}
	return art
}
