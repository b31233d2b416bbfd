package summarize

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/prompts"
)

// maxAgain is how often a failing sentence is asked again.
const maxAgain = 2

// mend judges every sentence, asks the failing ones again with the finding
// quoted, and returns the best of each.
func (s *state) mend(ctx context.Context, drafts []pipeline.SummarySentence) (Result, error) {
	// Everything is judged first, against the drafts; each re-ask then writes
	// only its own place of the result.
	out, findings := slices.Clone(drafts), make([][]pipeline.Finding, len(drafts))
	for i := range drafts {
		findings[i] = s.judge(drafts[i], drafts)
	}
	var g errgroup.Group
	for i := range drafts {
		if len(ask.Faults(findings[i])) > 0 {
			g.Go(func() (err error) {
				out[i], findings[i], err = s.again(ctx, drafts[i], findings[i], drafts)
				return err
			})
		}
	}
	err := g.Wait()
	failed := map[string]string{}
	for i, x := range out {
		if why := ask.Faults(findings[i]); len(why) > 0 {
			failed[x.ID] = why[0]
		}
	}
	res := Result{Summary: &pipeline.Summary{Sentences: out}, Findings: slices.Concat(findings...), Failed: failed}
	res.Findings = append(res.Findings, s.Policy.Apply(check.SummaryAll(s.art, res.Summary))...)
	return res, err
}

// judge finds the faults of one sentence.
func (s *state) judge(x pipeline.SummarySentence, all []pipeline.SummarySentence) []pipeline.Finding {
	return s.Policy.Apply(check.Summary(s.art, x, s.budget(x, all)))
}

// budget is how long a sentence may be. Where the sentences of one product are
// too long together, the longest of them must make room.
func (s *state) budget(x pipeline.SummarySentence, all []pipeline.SummarySentence) check.Budget {
	b := check.Budgets()[x.Product]
	total := check.TotalWords(x.Product, s.art)
	if total == 0 {
		return b
	}
	sum, longest := 0, ""
	for _, o := range all {
		if n := words(o.Text); o.Product == x.Product {
			sum += n
			if longest == "" || n > words(longest) {
				longest = o.Text
			}
		}
	}
	if sum > total && x.Text == longest {
		b.Words = max(words(x.Text)-(sum-total), leastWords)
	}
	return b
}

// leastWords is the shortest budget a sentence is asked to keep.
const leastWords = 8

func words(text string) int { return len(strings.Fields(text)) }

// again asks for one sentence anew, at most twice, the second time with the
// temperature raised; stored answers that fail are passed over where the run
// asks afresh.
func (s *state) again(ctx context.Context, draft pipeline.SummarySentence, found []pipeline.Finding, all []pipeline.SummarySentence) (pipeline.SummarySentence, []pipeline.Finding, error) {
	prompt, err := s.Prompts.Get("summarize/again")
	if err != nil {
		return draft, found, &pipeline.Error{Code: pipeline.Invalid, Stage: "summarize", Err: err}
	}
	best, bestFound, last, lastFound := draft, found, draft, found
	stored := true
	attempt := 0
	for n := 0; n < maxAgain || s.Ask.Afresh && stored && n < 50; n++ {
		if n >= maxAgain {
			attempt++
		}
		resp, err := s.Ask.Do(ctx, ask.Call{
			Stage: "summarize", Prompt: prompt, Values: s.againValues(last, ask.Faults(lastFound), replace(all, last)),
			Raise: ask.Raise * float64(min(n, 1)), Attempt: attempt, Units: []string{draft.ID},
		})
		if ask.Fatal(err) {
			return best, bestFound, err
		}
		stored = resp != nil && resp.Stored
		var reply sentence
		if err != nil || json.Unmarshal([]byte(resp.Text), &reply) != nil {
			continue
		}
		next := s.sentence(draft.ID, draft.Product, reply)
		nextFound := s.judge(next, replace(all, next))
		if n < maxAgain-1 {
			last, lastFound = next, nextFound
		}
		if better(nextFound, bestFound) {
			best, bestFound = next, nextFound
		}
		if len(ask.Faults(nextFound)) == 0 {
			return next, nextFound, nil
		}
	}
	return best, bestFound, nil
}

func (s *state) againValues(draft pipeline.SummarySentence, problems []string, all []pipeline.SummarySentence) map[string]any {
	object := make(prompts.Object, len(s.parts))
	for i, p := range s.parts {
		object[i] = prompts.Member{Key: fmt.Sprintf("s%d", i+1), Value: p.text}
	}
	return map[string]any{
		"product": string(draft.Product), "limit": s.budget(draft, all).String(),
		"sentences": object, "draft": draft.Text, "problems": problems,
	}
}

func replace(all []pipeline.SummarySentence, x pipeline.SummarySentence) []pipeline.SummarySentence {
	out := slices.Clone(all)
	for i := range out {
		if out[i].ID == x.ID {
			out[i] = x
		}
	}
	return out
}

// better compares by the worst finding, then by their number.
func better(a, b []pipeline.Finding) bool {
	worst := func(fs []pipeline.Finding) (w int) {
		for _, f := range fs {
			if f.Waived == "" {
				w = max(w, f.Severity.Rank())
			}
		}
		return w
	}
	if wa, wb := worst(a), worst(b); wa != wb {
		return wa < wb
	}
	return len(ask.Faults(a)) < len(ask.Faults(b))
}
