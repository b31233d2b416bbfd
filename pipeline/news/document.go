package news

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/names"
	"dragoman/pipeline/translate"
)

// edition is what the translations of one language returned.
type edition struct {
	article, summary translate.Result
}

// translate makes one language's edition: the article at once, the summary as
// soon as there is one.
func (r *run) translate(ctx context.Context, l *locale.Locale, ed *edition, summary func() *pipeline.Summary) error {
	job := translate.Job{
		Ask: r.ask, Prompts: r.cfg.Prompts, Lang: l, Names: r.doc.Names,
		Glossary: r.glossary(l), Policy: r.policy(),
	}
	return r.together(
		func() (err error) {
			ed.article, err = translate.Article(ctx, job, r.doc.Corrected)
			return err
		},
		func() (err error) {
			if sum := summary(); sum != nil {
				ed.summary, err = translate.Summary(ctx, job, sum)
			}
			return err
		},
	)
}

// settledNames are the forms that need no model: the desk's own.
func (r *run) settledNames(l *locale.Locale) map[string]string {
	forms := map[string]string{}
	for _, n := range r.cfg.Names {
		if form, ok := n.Forms[l.Tag.String()]; ok {
			forms[n.Source] = form
		}
	}
	return forms
}

func (r *run) addNames(candidates []string, halves []names.Result) {
	byLang := map[string]names.Result{}
	for i, l := range r.locales {
		byLang[l.Tag.String()] = halves[i]
		r.doc.Findings = append(r.doc.Findings, halves[i].Findings...)
	}
	r.doc.Names = names.Merge(candidates, r.cfg.Names, byLang)
}

func (r *run) addEdition(l *locale.Locale, ed edition) {
	tr := pipeline.Translation{Lang: l.Tag, Article: nonNil(ed.article.Units), Summary: nonNil(ed.summary.Units)}
	r.doc.Findings = append(r.doc.Findings, ed.article.Findings...)
	r.doc.Findings = append(r.doc.Findings, ed.summary.Findings...)
	r.doc.Translations = append(r.doc.Translations, tr)
	r.doc.Findings = append(r.doc.Findings, r.policy().Apply(slices.Concat(check.Edition(r.doc, &tr), check.Spellings(r.doc, &tr)))...)
}

// glossary are the terms of one language.
func (r *run) glossary(l *locale.Locale) []check.Term {
	var terms []check.Term
	for _, t := range r.cfg.Glossary {
		if t.Lang == language.Und || t.Lang == l.Tag {
			terms = append(terms, t)
		}
	}
	return terms
}

// fail marks the units that a blocking finding is about: what is found when
// the whole edition is there fails a sentence as much as what was found before.
func fail(doc *pipeline.Document) {
	for _, f := range doc.Findings {
		tr, ok := doc.Translation(f.Lang)
		if !ok || f.Stage != "translate" || !f.Gates(pipeline.Major) {
			continue
		}
		for _, units := range [][]pipeline.Unit{tr.Article, tr.Summary} {
			for i := range units {
				if units[i].ID == f.Span.Sentence && units[i].State == pipeline.Translated {
					units[i].State, units[i].Note = pipeline.Failed, f.Message
				}
			}
		}
	}
}

func nonNil(us []pipeline.Unit) []pipeline.Unit {
	if us == nil {
		return []pipeline.Unit{}
	}
	return us
}

// finish puts findings and trace in a fixed order and says where the document
// comes from.
func (r *run) finish() {
	doc := r.doc
	if doc.Repairs == nil {
		doc.Repairs = []pipeline.Repair{}
	}
	doc.Findings = unique(append(doc.Findings, r.policy().Apply(check.Editions(doc))...))
	fail(doc)
	doc.Recalled = r.ask.Recalled()
	doc.Trace = r.ask.Steps()
	if doc.Trace == nil {
		doc.Trace = []pipeline.Step{}
	}
	slices.SortStableFunc(doc.Trace, func(a, b pipeline.Step) int {
		return cmp.Or(
			stageOrder(a.Stage)-stageOrder(b.Stage), strings.Compare(a.Lang, b.Lang), strings.Compare(a.Prompt, b.Prompt),
			slices.Compare(a.Units, b.Units), cmp.Compare(a.Temperature, b.Temperature), a.Attempt-b.Attempt, strings.Compare(a.Key, b.Key),
		)
	})
	twins(doc.Trace)
	models := r.ask.Models()
	doc.Origin = pipeline.Origin{Author: r.cfg.Author, Model: strings.Join(models, ", "), Prompts: r.ask.Prompts()}
	if slices.Contains(models, pipeline.PseudoModel) {
		doc.Origin.Author = pipeline.Pseudo
	}
	if r.cfg.Now != nil {
		doc.Origin.Date = r.cfg.Now().UTC()
	}
}

// twins puts the calls of one exchange in a fixed order. Two sentences with the
// same text make the same request at the same time; it is sent once, and which
// of the two steps sent it is chance. It is told of the first.
func twins(trace []pipeline.Step) {
	first := map[string]int{}
	for i := range trace {
		s := &trace[i]
		id := fmt.Sprint(s.Key, "/", s.Attempt)
		j, seen := first[id]
		if !seen {
			first[id] = i
			continue
		}
		if f := &trace[j]; s.Key != "" && f.Stored && !s.Stored {
			f.Stored, s.Stored = s.Stored, f.Stored
			f.Sent, s.Sent = s.Sent, f.Sent
			f.Usage, s.Usage = s.Usage, f.Usage
			f.Cost, s.Cost = s.Cost, f.Cost
			f.DurationMS, s.DurationMS = s.DurationMS, f.DurationMS
		}
	}
}

func stageOrder(stage string) int {
	return slices.Index([]string{"correct", "names", "summarize", "translate"}, stage)
}

// unique drops findings that were found twice and keeps the order of the
// document: by stage, language, and place.
func unique(findings []pipeline.Finding) []pipeline.Finding {
	seen := map[string]bool{}
	out := []pipeline.Finding{}
	for _, f := range findings {
		if key := f.ID + f.Span.Sentence; !seen[key] {
			seen[key] = true
			out = append(out, f)
		}
	}
	return out
}
