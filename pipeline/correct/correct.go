// Package correct is the copy desk: a model proposes edits, and we apply them.
//
// The model never rewrites a text. It answers each sentence with a list of
// small edits, each held against the sentence by package check: what is no edit
// is dropped, what touches a quotation, name, number, URL, negation, hedge or
// attribution is proposed and waits for a person, and the rest is applied. The
// corrected text is a pure function of source, edits and decisions ([Apply]).
package correct

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/prompts"
)

// Result is what the stage returns.
type Result struct {
	Units     []pipeline.Unit // one a sentence, in order
	Edits     []pipeline.Edit
	Corrected *pipeline.Article // the article with every edit that is applied or accepted
	Findings  []pipeline.Finding
}

// proposal is one edit as the model writes it.
type proposal struct {
	Before   string `json:"before"`
	After    string `json:"after"`
	Category string `json:"category"`
	Reason   string `json:"reason"`
}

// keep says by which rule a block is not corrected, or "".
func keep(k pipeline.Kind) string {
	switch k {
	case pipeline.Dateline:
		return "dateline: rendered by rule"
	case pipeline.Boilerplate:
		return "boilerplate: not part of the article"
	}
	return ""
}

// Run asks for edits to every sentence and applies them. The policy's decisions
// accept and reject edits and waive findings.
// The result holds every sentence, whatever happens; the error is what ended
// the asking early.
func Run(ctx context.Context, a *ask.Asker, set *prompts.Set, art *pipeline.Article, policy check.Policy) (Result, error) {
	prompt, err := set.Get("correct/edits")
	if err != nil {
		return Result{}, &pipeline.Error{Code: pipeline.Invalid, Stage: "correct", Err: err}
	}
	items := items(art)
	answers, err := ask.Keyed(ctx, a, ask.Question[[]proposal]{
		Stage: "correct", Prompt: prompt, Prefix: "s", Items: items,
		Inputs: func(items []ask.Item, keys []string) map[string]any {
			return map[string]any{"before": ask.Before(items), "sentences": ask.Sentences(items, keys)}
		},
		Judge: func(it ask.Item, ps []proposal, _ func(string) ([]proposal, bool)) []pipeline.Finding {
			_, findings := check.Edits(pipeline.Sentence{ID: it.ID, Text: it.Text}, edits(ps))
			return policy.Apply(findings)
		},
		Tokens: func(it ask.Item) int { return 60 + len(it.Text) },
	})
	res := settle(art, answers, policy.Decisions)
	return res, err
}

// items are the sentences to correct, each with its neighbours.
func items(art *pipeline.Article) []ask.Item {
	var out []ask.Item
	for b, s := range art.Sentences() {
		if keep(b.Kind) == "" {
			out = append(out, ask.Item{ID: s.ID, Text: s.Text})
		}
	}
	return ask.Neighbours(out)
}

func edits(ps []proposal) []pipeline.Edit {
	out := make([]pipeline.Edit, len(ps))
	for i, p := range ps {
		out[i] = pipeline.Edit{Before: p.Before, After: p.After, Category: p.Category, Reason: strings.TrimSpace(p.Reason)}
	}
	return out
}

// settle turns answers into units, edits and the corrected article.
func settle(art *pipeline.Article, answers map[string]ask.Answer[[]proposal], decisions *pipeline.Decisions) Result {
	res := Result{Units: []pipeline.Unit{}, Edits: []pipeline.Edit{}}
	for b, s := range art.Sentences() {
		u := pipeline.Unit{ID: s.ID, Source: s.Text, Target: s.Text}
		ans, asked := answers[s.ID]
		switch {
		case keep(b.Kind) != "":
			u.State, u.Note = pipeline.Kept, keep(b.Kind)
		case asked && ans.Usable():
			kept, _ := check.Edits(s, edits(ans.Value))
			for i := range kept {
				decide(&kept[i], decisions)
			}
			res.Edits = append(res.Edits, kept...)
			res.Findings = append(res.Findings, ans.Findings...)
			u.Target, u.State = Apply(s.Text, kept), pipeline.Translated
			if !ans.OK {
				u.State, u.Note = pipeline.Failed, ans.Reason
			}
		default:
			u.Target, u.State, u.Note = "", pipeline.Failed, ans.Reason
			res.Findings = append(res.Findings, ans.Findings...)
		}
		res.Units = append(res.Units, u)
	}
	res.Findings = fold(res.Findings)
	res.Corrected = Text(art, res.Edits)
	return res
}

// sameDoubt is from how many sentences on one and the same query is no doubt
// about any of them: small models repeat a phrase for every sentence.
const sameDoubt = 3

// fold keeps one of the queries that are raised in the same words about several
// sentences, as a neutral finding that says so.
func fold(findings []pipeline.Finding) []pipeline.Finding {
	count := map[string]int{}
	for _, f := range findings {
		if f.Check == check.Query {
			count[f.Message]++
		}
	}
	var out []pipeline.Finding
	folded := map[string]bool{}
	for _, f := range findings {
		n := count[f.Message]
		if f.Check != check.Query || n < sameDoubt {
			out = append(out, f)
			continue
		}
		if !folded[f.Message] {
			folded[f.Message] = true
			f.Severity = pipeline.Neutral
			f.Message = fmt.Sprintf("The same doubt was raised about %d sentences and is taken for none: %s", n, f.Message)
			out = append(out, f)
		}
	}
	return out
}

// decide puts a person's decision on an edit.
func decide(e *pipeline.Edit, decisions *pipeline.Decisions) {
	if decisions == nil {
		return
	}
	switch d, ok := decisions.Edits[e.ID]; {
	case !ok:
	case d.State == string(pipeline.Accepted):
		e.State = pipeline.Accepted
	case d.State == string(pipeline.Rejected):
		e.State = pipeline.Rejected
	}
}

// Text is the article with the edits that are applied or accepted: the text
// that is summarized and translated.
func Text(art *pipeline.Article, edits []pipeline.Edit) *pipeline.Article {
	bySentence := map[string][]pipeline.Edit{}
	for _, e := range edits {
		bySentence[e.Span.Sentence] = append(bySentence[e.Span.Sentence], e)
	}
	return art.Map(func(_ pipeline.Block, s pipeline.Sentence) string { return Apply(s.Text, bySentence[s.ID]) })
}

// Apply makes the corrected sentence: every edit that is applied or accepted
// takes the place of its span. An edit whose span does not hold its Before, or
// that overlaps one already made, is left out.
func Apply(text string, edits []pipeline.Edit) string {
	inText := slices.DeleteFunc(slices.Clone(edits), func(e pipeline.Edit) bool {
		return !e.InText() || e.Span.Start < 0 || e.Span.End > len(text) || e.Span.Start > e.Span.End || text[e.Span.Start:e.Span.End] != e.Before
	})
	slices.SortStableFunc(inText, func(a, b pipeline.Edit) int { return a.Span.Start - b.Span.Start })
	var out strings.Builder
	at := 0
	for _, e := range inText {
		if e.Span.Start < at {
			continue
		}
		out.WriteString(text[at:e.Span.Start])
		out.WriteString(e.After)
		at = e.Span.End
	}
	out.WriteString(text[at:])
	return out.String()
}
