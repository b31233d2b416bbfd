// Package news is the standard pipeline: normalize, correct, summarize,
// translate, with the names sheet beside correct and a gate after every stage.
//
// The whole order of the work is in [Pipeline.Run]. Three model calls follow
// one another on the longest path: correct (and names beside it), then the
// summary and the article's translations together, then the translations of
// the summary.
package news

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/pipeline/correct"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/names"
	"dragoman/pipeline/normalize"
	"dragoman/pipeline/reuse"
	"dragoman/pipeline/summarize"
	"dragoman/prompts"
)

// Stage names a stage to stop after.
type Stage string

// The stages.
const (
	Normalize Stage = "normalize"
	Names     Stage = "names"
	Correct   Stage = "correct"
	Summarize Stage = "summarize"
	Translate Stage = "translate"
)

// Config is what a pipeline is made of.
type Config struct {
	Client    llm.Client          // required, unless Until is Normalize
	Model     string              // as the endpoint names it
	Prompts   *prompts.Set        // nil: the built-in ones
	To        []language.Tag      // target languages, in the order wanted; none: Russian and Turkish
	Reuse     reuse.Store         // settled answers; nil keeps none
	Decisions *pipeline.Decisions // accepted, rejected, waived; may be nil
	Names     []pipeline.Name     // forms the desk has settled
	Glossary  []check.Term        // of every target language
	Checks    check.Modes         // off, shadow, warn or block, by check; nil is each check's own
	Context   int                 // tokens the model holds; 0 is ask.DefaultContext
	Long      bool                // a long summary too
	Afresh    bool                // ask again for sentences that ended failed in an earlier run
	Until     Stage               // stop after this stage; "" is all of them
	Author    pipeline.Author     // "" is ai-autonomous
	Now       func() time.Time    // the date of the edition; nil leaves it out
	Events    func(pipeline.Event)
	Stop      <-chan struct{} // once closed, no call is made, and those in flight are heard out; nil never stops
}

// Pipeline runs articles. It is safe for concurrent use.
type Pipeline struct {
	cfg     Config
	locales []*locale.Locale // of cfg.To
}

// New checks the configuration.
func New(cfg Config) (*Pipeline, error) {
	if cfg.Prompts == nil {
		set, err := prompts.Builtin()
		if err != nil {
			return nil, &pipeline.Error{Code: pipeline.Invalid, Err: err}
		}
		cfg.Prompts = set
	}
	if err := cfg.Checks.Validate(); err != nil {
		return nil, err
	}
	if len(cfg.To) == 0 {
		cfg.To = []language.Tag{language.Russian, language.Turkish}
	}
	if cfg.Reuse == nil {
		cfg.Reuse = reuse.None{}
	}
	if cfg.Author == "" {
		cfg.Author = pipeline.AIAutonomous
	}
	p := &Pipeline{cfg: cfg}
	for i, tag := range cfg.To {
		l, ok := locale.For(tag)
		switch {
		case !ok || l == locale.English:
			return nil, &pipeline.Error{Code: pipeline.Invalid, Hint: "known are " + known(), Err: fmt.Errorf("cannot translate into %q", tag)}
		case slices.Contains(cfg.To[:i], tag):
			return nil, &pipeline.Error{Code: pipeline.Invalid, Err: fmt.Errorf("language %q is asked for twice", tag)}
		}
		p.locales = append(p.locales, l)
	}
	if cfg.Client == nil && cfg.Until != Normalize {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Err: errors.New("no model client is configured")}
	}
	return p, nil
}

func known() string {
	var out string
	for _, l := range locale.All() {
		if l != locale.English {
			out += " " + l.Tag.String()
		}
	}
	return out[1:]
}

// run is one article on its way.
type run struct {
	*Pipeline
	ask *ask.Asker
	doc *pipeline.Document
}

// Run takes an article through the pipeline. The document accounts for every
// sentence, whatever happens. An error beside a document says what ended the
// work early: an outage, a cap, an interrupt; what was reached before stays. An
// error without a document says that the article itself cannot be worked on.
func (p *Pipeline) Run(ctx context.Context, src *pipeline.Article) (*pipeline.Document, error) {
	if src == nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Err: errors.New("there is no article")}
	}
	norm, err := normalize.Article(src)
	if err != nil {
		return nil, err
	}
	r := &run{Pipeline: p, doc: &pipeline.Document{
		Source: src, Normalized: norm.Article, Repairs: norm.Repairs,
		Corrections: []pipeline.Unit{}, Edits: []pipeline.Edit{}, Names: []pipeline.Name{},
		Translations: []pipeline.Translation{}, Trace: []pipeline.Step{},
	}}
	r.doc.Findings = r.policy().Apply(slices.Concat(norm.Findings, check.Source(norm.Article)))
	r.ask = &ask.Asker{
		Client: p.cfg.Client, Model: p.cfg.Model, Reuse: p.cfg.Reuse, Context: p.cfg.Context,
		Afresh: p.cfg.Afresh, Events: p.events(norm.Article.ID), Stop: p.cfg.Stop,
	}
	if p.cfg.Until != Normalize {
		err = r.stages(ctx)
	}
	r.finish()
	return r.doc, err
}

// stages is the order of the work.
func (r *run) stages(ctx context.Context) error {
	var corrected correct.Result
	candidates := facts.Candidates(r.doc.Normalized, locale.English)
	halves := make([]names.Result, len(r.locales))
	errs := r.together(
		func() (err error) {
			if r.cfg.Until == Names {
				return nil
			}
			corrected, err = correct.Run(ctx, r.ask, r.cfg.Prompts, r.doc.Normalized, r.policy())
			return err
		},
		func() error {
			return r.eachLanguage(func(i int, l *locale.Locale) (err error) {
				if r.cfg.Until != Names && !r.wants(Translate) {
					return nil
				}
				halves[i], err = names.Sheet(ctx, r.ask, r.cfg.Prompts, r.doc.Normalized, candidates, l, r.settledNames(l), r.policy())
				return err
			})
		},
	)
	r.addNames(candidates, halves)
	if r.cfg.Until == Names {
		return errs
	}
	r.doc.Corrections, r.doc.Edits, r.doc.Corrected = corrected.Units, corrected.Edits, corrected.Corrected
	r.doc.Findings = append(r.doc.Findings, corrected.Findings...)
	if r.doc.Corrected == nil {
		return errs
	}

	var summary summarize.Result
	editions := make([]edition, len(r.locales))
	summarized := make(chan struct{})
	err := r.together(
		func() (err error) {
			defer close(summarized)
			if !r.wants(Summarize) {
				return nil
			}
			summary, err = summarize.Run(ctx, summarize.Job{
				Ask: r.ask, Prompts: r.cfg.Prompts, Long: r.cfg.Long, Policy: r.policy(),
			}, r.doc.Corrected)
			return err
		},
		func() error {
			return r.eachLanguage(func(i int, l *locale.Locale) error {
				if !r.wants(Translate) {
					return nil
				}
				return r.translate(ctx, l, &editions[i], func() *pipeline.Summary { <-summarized; return summary.Summary })
			})
		},
	)
	r.doc.Summary = summary.Summary
	r.doc.Findings = append(r.doc.Findings, summary.Findings...)
	for i, l := range r.locales {
		if r.wants(Translate) {
			r.addEdition(l, editions[i])
		}
	}
	return errors.Join(errs, err)
}

// wants reports whether a stage is part of this run.
func (r *run) wants(s Stage) bool {
	order := []Stage{Normalize, Names, Correct, Summarize, Translate}
	return r.cfg.Until == "" || slices.Index(order, s) <= slices.Index(order, r.cfg.Until)
}

// together runs the functions side by side and joins their errors. None is
// cancelled for another's sake: a call in flight is paid for.
func (r *run) together(fs ...func() error) error {
	var g errgroup.Group
	errs := make([]error, len(fs))
	for i, f := range fs {
		g.Go(func() error {
			errs[i] = f()
			return nil
		})
	}
	_ = g.Wait() // the functions' errors are in errs
	return errors.Join(errs...)
}

func (r *run) eachLanguage(f func(int, *locale.Locale) error) error {
	fs := make([]func() error, len(r.locales))
	for i, l := range r.locales {
		fs[i] = func() error { return f(i, l) }
	}
	return r.together(fs...)
}

// policy is what the desk wants of the gate.
func (r *run) policy() check.Policy {
	return check.Policy{Modes: r.cfg.Checks, Decisions: r.cfg.Decisions}
}

// events adds the article's id to every event.
func (p *Pipeline) events(id string) func(pipeline.Event) {
	if p.cfg.Events == nil {
		return nil
	}
	return func(e pipeline.Event) {
		e.Article = id
		p.cfg.Events(e)
	}
}
