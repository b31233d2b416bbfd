package check

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// summaryView is one summary sentence with the article it is held against.
type summaryView struct {
	view
	s        pipeline.SummarySentence
	budget   Budget
	ids      []string    // of the article's sentences
	text     *facts.Text // of the summary sentence
	cited    *facts.Text // of the sentences it names
	whole    *facts.Text // of the article
	citedRaw string
	wholeRaw string
}

// Summary judges one sentence of a summary against the article: M01 budget,
// M02 numbers, M03 names, M04 quotations, M05 evidence, M06 a dangling start,
// M07 copying, M08 negation, M09 a hedge left out.
func Summary(art *pipeline.Article, s pipeline.SummarySentence, budget Budget) []pipeline.Finding {
	v := newSummaryView(art, s, budget)
	if strings.TrimSpace(s.Text) == "" {
		v.say("M01", "accuracy/omission", pipeline.Critical, facts.Span{}, "The summary sentence is empty.")
		return v.findings
	}
	for _, c := range summaryChecks {
		c(v)
	}
	return v.findings
}

var summaryChecks = []func(*summaryView){
	summaryForm, budgetOf, evidence, summaryNumbers, summaryNames, summaryQuotations, danglingStart, copied, negationParity, summaryHedge,
}

func newSummaryView(art *pipeline.Article, s pipeline.SummarySentence, budget Budget) *summaryView {
	return newArticleText(art).view(s, budget)
}

// articleText is an article read once for all sentences of its summary.
type articleText struct {
	ids   []string
	texts []string
	whole *facts.Text
}

func newArticleText(art *pipeline.Article) *articleText {
	a := &articleText{}
	for b, sent := range art.Sentences() {
		if b.Kind != pipeline.Boilerplate {
			a.ids = append(a.ids, sent.ID)
			a.texts = append(a.texts, sent.Text)
		}
	}
	a.whole = facts.Of(strings.Join(a.texts, "\n"), locale.English)
	return a
}

// view is one summary sentence held against the article. Evidence of the
// whole article is not read again.
func (a *articleText) view(s pipeline.SummarySentence, budget Budget) *summaryView {
	v := &summaryView{s: s, budget: budget, ids: a.ids}
	v.stage, v.loc, v.whole, v.wholeRaw = "summarize", locale.English, a.whole, a.whole.Raw
	named := map[string]bool{}
	for _, e := range s.Evidence {
		named[e] = true
	}
	var cited []string
	for i, id := range a.ids {
		if named[id] {
			cited = append(cited, a.texts[i])
		}
	}
	v.citedRaw, v.cited = strings.Join(cited, "\n"), a.whole
	if len(cited) != len(a.ids) {
		v.cited = facts.Of(v.citedRaw, locale.English)
	}
	v.p = pipeline.Pair{ID: s.ID, Source: v.citedRaw, Target: s.Text}
	v.text = facts.Of(s.Text, locale.English)
	v.src, v.tgt = v.cited, v.text
	v.srcRunes, v.tgtRunes = utf8.RuneCountInString(v.citedRaw), utf8.RuneCountInString(s.Text)
	return v
}

func (v *summaryView) say(check, category string, sev pipeline.Severity, at facts.Span, message string) {
	v.add(report{check: check, category: category, severity: sev, at: at, message: message})
}

// summaryForm runs the checks of form that hold for any answer: characters,
// chatter, loops, language, and the end mark of a product of whole sentences,
// whose lack says that it was cut.
func summaryForm(v *summaryView) {
	controls(&v.view)
	chatter(&v.view)
	loops(&v.view)
	if g := locale.Detect(v.s.Text); g.Certain && g.Tag != language.English {
		v.say("T02", "accuracy/mistranslation", pipeline.Major, facts.Span{}, fmt.Sprintf("The summary sentence is in %q, not in English.", g.Tag))
	}
	switch v.s.Product {
	case pipeline.SummaryLead, pipeline.Short, pipeline.Long:
		if !strings.ContainsAny(lastRune(strings.TrimRight(v.s.Text, " \"'”’)»")), ".!?…") {
			v.say("T09", "accuracy/omission", pipeline.Major, facts.Span{}, "The sentence has no end mark; it may be cut.")
		}
	}
}
