// Package translate writes the editions: an article or its summary, sentence
// by sentence under the same ids, in one target language.
//
// Every sentence ends in exactly one state: translated, kept by a rule, or
// failed with a reason. The dateline is rendered by the language's own rules,
// without a model.
package translate

import (
	"context"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/names"
	"dragoman/prompts"
)

// Job is what both halves of an edition need.
type Job struct {
	Ask      *ask.Asker
	Prompts  *prompts.Set
	Lang     *locale.Locale
	Names    []pipeline.Name // the names sheet
	Glossary []check.Term    // terms and how they must be written
	Policy   check.Policy    // modes of the checks, and waivers
}

// Result is one half of an edition.
type Result struct {
	Units    []pipeline.Unit
	Findings []pipeline.Finding
}

// Article translates the corrected article. The result holds every sentence,
// whatever happens; the error is what ended the asking early.
func Article(ctx context.Context, job Job, art *pipeline.Article) (Result, error) {
	var items []ask.Item
	rendered := map[string]pipeline.Unit{}
	for b, s := range art.Sentences() {
		u := pipeline.Unit{ID: s.ID, Source: s.Text, Target: s.Text}
		switch b.Kind {
		case pipeline.Boilerplate:
			u.State, u.Note = pipeline.Kept, "boilerplate: not part of the article"
		case pipeline.Dateline:
			d, ok := locale.ParseDateline(s.Text)
			if !ok {
				items = append(items, ask.Item{ID: s.ID, Text: s.Text})
				continue
			}
			u.Target, u.State, u.Note = job.Lang.FormatDateline(d), pipeline.Translated, "dateline: rendered by rule"
		default:
			items = append(items, ask.Item{ID: s.ID, Text: s.Text})
			continue
		}
		rendered[s.ID] = u
	}
	answers, err := job.ask(ctx, "translate/article", "translate", ask.Neighbours(items))
	var res Result
	for _, s := range art.Sentences() {
		if u, ok := rendered[s.ID]; ok {
			res.Units = append(res.Units, u)
			continue
		}
		res.add(job, s.ID, s.Text, answers[s.ID])
	}
	return res, err
}

// Summary translates the summary, each sentence to be understood alone.
func Summary(ctx context.Context, job Job, sum *pipeline.Summary) (Result, error) {
	var items []ask.Item
	for _, s := range sum.Sentences {
		items = append(items, ask.Item{ID: s.ID, Text: s.Text})
	}
	answers, err := job.ask(ctx, "translate/summary", "summary", items)
	var res Result
	for _, s := range sum.Sentences {
		res.add(job, s.ID, s.Text, answers[s.ID])
	}
	return res, err
}

// add makes a sentence's unit of its answer. What could be mended without a
// doubt (spaces, dashes, quotation marks) is mended, and said in the note.
func (r *Result) add(job Job, id, source string, ans ask.Answer[string]) {
	u := pipeline.Unit{ID: id, Source: source, State: pipeline.Translated}
	if ans.Usable() {
		var repairs []pipeline.Repair
		u.Target, repairs = check.Tidy(ans.Value, job.Lang.Tag)
		u.Note = tidied(repairs)
	}
	if !ans.OK {
		u.State, u.Note = pipeline.Failed, ans.Reason
	}
	r.Findings = append(r.Findings, ans.Findings...)
	r.Units = append(r.Units, u)
}

// tidied names the rules that mended an answer, each once.
func tidied(repairs []pipeline.Repair) string {
	var rules []string
	for _, p := range repairs {
		if !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
	}
	if len(rules) == 0 {
		return ""
	}
	return "tidied: " + strings.Join(rules, ", ")
}

// ask asks for the translations of the items.
func (job Job) ask(ctx context.Context, promptID, memory string, items []ask.Item) (map[string]ask.Answer[string], error) {
	prompt, err := job.Prompts.Get(promptID)
	if err != nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: "translate", Err: err}
	}
	code := job.Lang.Tag.String()
	at := map[string]int{}
	for i, it := range items {
		at[it.ID] = i
		items[i].Names = job.namesKey(it.Text)
	}
	return ask.Keyed(ctx, job.Ask, ask.Question[string]{
		Stage: "translate", Lang: code, Memory: memory, Part: strings.TrimPrefix(promptID, "translate/"), Prompt: prompt, Prefix: "s", Items: items,
		Settings: map[string]any{"to": code, "language": job.Lang.Name, "note": job.Prompts.Note(code)},
		Inputs: func(items []ask.Item, keys []string) map[string]any {
			values := map[string]any{
				"names":     job.namesOf(items),
				"glossary":  job.glossaryOf(items),
				"sentences": ask.Sentences(items, keys),
			}
			if slices.Contains(prompt.Inputs, "before") {
				values["before"] = ask.Before(items)
			}
			return values
		},
		Judge: func(it ask.Item, target string, other func(string) (string, bool)) []pipeline.Finding {
			target, _ = check.Tidy(target, job.Lang.Tag)
			p := job.pair(it, target)
			near := func(i int) *pipeline.Pair {
				if i < 0 || i >= len(items) {
					return nil
				}
				t, _ := other(items[i].ID)
				n := job.pair(items[i], t)
				return &n
			}
			p.Before, p.After = near(at[it.ID]-1), near(at[it.ID]+1)
			return job.Policy.Apply(append(check.Pair(p), check.Glossary(p, job.Glossary)...))
		},
		// Three bytes of source give at most two tokens of Russian with a small
		// vocabulary; the rest is the key, the quotes and room for a longer text.
		Tokens: func(it ask.Item) int { return 24 + len(it.Text)*9/10 },
	})
}

func (job Job) pair(it ask.Item, target string) pipeline.Pair {
	return pipeline.Pair{ID: it.ID, Source: it.Text, Target: target, Lang: job.Lang.Tag, Names: job.Names}
}

// namesOf are the sheet's entries that the items use, in order of appearance.
func (job Job) namesOf(items []ask.Item) prompts.Object {
	var o prompts.Object
	seen := map[string]bool{}
	for _, it := range items {
		for _, n := range names.Used(job.Names, it.Text) {
			form, ok := n.Forms[job.Lang.Tag.String()]
			if ok && !seen[n.Source] {
				seen[n.Source] = true
				o = append(o, prompts.Member{Key: n.Source, Value: form})
			}
		}
	}
	return o
}

// namesKey is what reuse remembers of the names and terms in one sentence.
func (job Job) namesKey(text string) string {
	var b strings.Builder
	for _, o := range []prompts.Object{job.namesOf([]ask.Item{{Text: text}}), job.glossaryOf([]ask.Item{{Text: text}})} {
		for _, m := range o {
			b.WriteString(m.Key + "=" + m.Value.(string) + "\n")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// glossaryOf are the glossary's terms that the items use.
func (job Job) glossaryOf(items []ask.Item) prompts.Object {
	var o prompts.Object
	for _, term := range job.Glossary {
		for _, it := range items {
			if len(term.Targets) > 0 && len(names.Find(strings.ToLower(it.Text), strings.ToLower(term.Source))) > 0 {
				o = append(o, prompts.Member{Key: term.Source, Value: term.Targets[0]})
				break
			}
		}
	}
	return o
}
