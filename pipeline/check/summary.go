package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
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

// budgetOf is M01 for one sentence: its characters or words.
func budgetOf(v *summaryView) {
	if n := utf8.RuneCountInString(v.s.Text); v.budget.Runes > 0 && n > v.budget.Runes {
		v.say("M01", "style", pipeline.Major, facts.Span{}, fmt.Sprintf("The text has %d characters; at most %d are allowed.", n, v.budget.Runes))
	}
	if n := len(strings.Fields(v.s.Text)); v.budget.Words > 0 && n > v.budget.Words {
		v.say("M01", "style", pipeline.Major, facts.Span{}, fmt.Sprintf("The text has %d words; at most %d are allowed.", n, v.budget.Words))
	}
}

// evidence is M05: the sentence names the article's sentences it rests on,
// they exist, and they speak of the same thing.
func evidence(v *summaryView) {
	if len(v.s.Evidence) == 0 || v.citedRaw == "" {
		v.say("M05", "accuracy/addition", pipeline.Major, facts.Span{}, "The summary sentence names no sentence of the article that supports it.")
		return
	}
	if n := len(v.s.Evidence); n > limits().EvidenceMost {
		v.say("M05", "accuracy/addition", pipeline.Major, facts.Span{},
			fmt.Sprintf("It names %d sentences as its evidence; name only those that say it, at most %d.", n, limits().EvidenceMost))
	}
	for _, id := range v.s.Evidence {
		if !slices.Contains(v.ids, id) {
			v.say("M05", "accuracy/addition", pipeline.Minor, facts.Span{}, fmt.Sprintf("It names %q as its evidence, which is no sentence of the article.", id))
		}
	}
	if share := overlap(v.text, v.cited); share < limits().EvidenceShare {
		sev := pipeline.Minor
		if share < limits().EvidenceNone {
			sev = pipeline.Major
		}
		v.say("M05", "accuracy/addition", sev, facts.Span{},
			fmt.Sprintf("Of the words of this sentence only %.0f %% stand in the sentences it names (%s).", share*100, strings.Join(v.s.Evidence, ", ")))
	}
}

// overlap is the share of the words of meaning of a that b holds, by their
// first five letters.
func overlap(a, b *facts.Text) float64 {
	have := map[string]bool{}
	for _, w := range wordsOf(b) {
		have[stemKey(w.Lower)] = true
	}
	all, hit := 0, 0
	for _, w := range wordsOf(a) {
		if len(w.Text) < 3 || w.Lex.Is(locale.Function|locale.Pronoun) {
			continue
		}
		all++
		if have[stemKey(w.Lower)] {
			hit++
		}
	}
	if all == 0 {
		return 1
	}
	return float64(hit) / float64(all)
}

// stemKey is a word's first five letters, without a possessive ending: near
// enough to a stem for English words of meaning.
func stemKey(w string) string {
	w = facts.Bare(w)
	n := 0
	for i := range w {
		if n == 5 {
			return w[:i]
		}
		n++
	}
	return w
}

// summaryNumbers is M02: every number of the sentence stands in its evidence.
func summaryNumbers(v *summaryView) {
	for _, n := range missingNumbers(v.text, v.cited) {
		message := fmt.Sprintf("The number %q is not in the article.", n.Text)
		if len(missingOf(n, v.whole)) == 0 {
			message = fmt.Sprintf("The number %q is not in the sentences named as evidence.", n.Text)
		}
		v.say("M02", "accuracy/addition", pipeline.Major, n.Span, message)
	}
}

// missingNumbers are the numbers of a, in digits or definite words, that b has
// not.
func missingNumbers(a, b *facts.Text) []facts.Number {
	var out []facts.Number
	for _, n := range a.Numbers() {
		if n.Form == facts.Digits || n.Form == facts.Words && !n.Vague {
			out = append(out, missingOf(n, b)...)
		}
	}
	return out
}

func missingOf(n facts.Number, t *facts.Text) []facts.Number {
	n.Form, n.Vague = facts.Digits, false
	return unanswered([]facts.Number{n}, t.Numbers())
}

// summaryQuotations is M04: what the summary quotes stands in the article word
// for word.
func summaryQuotations(v *summaryView) {
	cited, whole := quoteKey(v.citedRaw), quoteKey(v.wholeRaw)
	for _, q := range v.text.Quotations() {
		key := strings.TrimRight(quoteKey(v.s.Text[q.Inner.Start:q.Inner.End]), ".,!?;: ")
		if key == "" || strings.Contains(cited, key) {
			continue
		}
		message := fmt.Sprintf("The quotation %q does not stand in the article word for word.", clip(v.s.Text[q.Inner.Start:q.Inner.End]))
		if strings.Contains(whole, key) {
			message = fmt.Sprintf("The quotation %q does not stand in the sentences named as evidence.", clip(v.s.Text[q.Inner.Start:q.Inner.End]))
		}
		v.say("M04", "accuracy/mistranslation", pipeline.Major, q.Span, message)
	}
}

// quoteKey makes the writings of one quotation equal: case, spaces, and the
// style of marks.
func quoteKey(s string) string { return strings.ToLower(straighten(fold(s))) }

// copied is M07: the sentence takes over a long row of words.
func copied(v *summaryView) {
	at, n := copiedWords(v)
	if n > limits().CopiedWords {
		v.say("M07", "style", pipeline.Neutral, at, fmt.Sprintf("%d words in a row are copied from the article.", n))
	}
}

// copiedWords is the longest row of words that stands in the evidence too.
func copiedWords(v *summaryView) (facts.Span, int) {
	src, tgt := wordsOf(v.cited), wordsOf(v.text)
	if len(tgt) <= limits().CopiedWords {
		return facts.Span{}, 0
	}
	where := map[string][]int{}
	for i := 1; i < len(src); i++ {
		key := src[i-1].Lower + " " + src[i].Lower
		if len(where[key]) < 8 {
			where[key] = append(where[key], i)
		}
	}
	best, at := 0, facts.Span{}
	for i := 1; i < len(tgt); i++ {
		for _, j := range where[tgt[i-1].Lower+" "+tgt[i].Lower] {
			n := 2
			for i+n-1 < len(tgt) && j+n-1 < len(src) && tgt[i+n-1].Lower == src[j+n-1].Lower {
				n++
			}
			if n > best {
				best, at = n, facts.Span{Start: tgt[i-1].Start, End: tgt[min(i+n-2, len(tgt)-1)].End}
			}
		}
	}
	return at, best
}
