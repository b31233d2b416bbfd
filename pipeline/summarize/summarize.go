// Package summarize writes a headline, a lead, three key points and a short
// summary (a long one on request), each sentence with the ids of the source
// sentences that support it.
//
// The request holds every sentence of the article. An article beyond the
// model's context is read in parts first, and the notes of all parts together
// are what the summary is written from; nothing is cut.
package summarize

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/pipeline/llm"
	"dragoman/prompts"
)

// Job is what the stage needs.
type Job struct {
	Ask     *ask.Asker
	Prompts *prompts.Set
	Long    bool         // a long summary too
	Policy  check.Policy // modes of the checks, and waivers
}

// Result is what the stage returns. Summary is nil where no usable answer came.
type Result struct {
	Summary  *pipeline.Summary
	Findings []pipeline.Finding
	Failed   map[string]string // summary sentence id to the reason it did not pass
}

// sentence is one summary sentence as the model writes it.
type sentence struct {
	Text     string   `json:"text"`
	Evidence []string `json:"evidence"`
}

type brief struct {
	Headline sentence   `json:"headline"`
	Lead     sentence   `json:"lead"`
	Key1     sentence   `json:"key1"`
	Key2     sentence   `json:"key2"`
	Key3     sentence   `json:"key3"`
	Short    []sentence `json:"short"`
}

// part is one sentence of what the model is given: the article's, or a note.
type part struct {
	text     string
	evidence []string // ids of article sentences
}

// state is one summary while it is written.
type state struct {
	Job
	art   *pipeline.Article
	parts []part // by key: s1 is parts[0]
}

// Run writes the summary of the corrected article.
func Run(ctx context.Context, job Job, art *pipeline.Article) (Result, error) {
	s := &state{Job: job, art: art}
	s.tell("started", Result{})
	res, err := s.run(ctx)
	s.tell("finished", res)
	return res, err
}

// tell reports how many of the summary's sentences are settled.
func (s *state) tell(what string, res Result) {
	if s.Ask.Events == nil {
		return
	}
	e := pipeline.Event{Type: what, Stage: "summarize"}
	if res.Summary != nil {
		e.Total = len(res.Summary.Sentences)
		e.Done = e.Total - len(res.Failed)
	}
	s.Ask.Events(e)
}

func (s *state) run(ctx context.Context) (Result, error) {
	art := s.art
	for b, x := range art.Sentences() {
		if b.Kind != pipeline.Boilerplate {
			s.parts = append(s.parts, part{x.Text, []string{x.ID}})
		}
	}
	whole, room := s.parts, s.Ask.Room()-answerRoom
	for {
		if err := s.condense(ctx, room); err != nil {
			return s.nothing(err), err
		}
		drafts, err := s.drafts(ctx)
		if len(drafts) > 0 {
			res, merr := s.mend(ctx, drafts)
			res.Findings = append(res.Findings, s.lacking(res.Summary, err)...)
			return res, errors.Join(fatal(err), merr)
		}
		if pipeline.CodeOf(err) != pipeline.TooLong || room < 2*leastRoom {
			return s.nothing(err), fatal(err)
		}
		// The context is smaller than was thought: read it in smaller parts.
		room = min(room, size(s.parts)) / 2
		s.parts = whole
	}
}

// drafts asks for every product.
func (s *state) drafts(ctx context.Context) ([]pipeline.SummarySentence, error) {
	var g errgroup.Group
	var drafts, long []pipeline.SummarySentence
	g.Go(func() (err error) {
		drafts, err = s.brief(ctx)
		return err
	})
	if s.Long {
		g.Go(func() (err error) {
			long, err = s.long(ctx)
			return err
		})
	}
	err := g.Wait()
	return append(drafts, long...), err
}

// fatal passes on an error that ends the run.
func fatal(err error) error {
	if ask.Fatal(err) {
		return err
	}
	return nil
}

// brief asks for all products in one call, and afresh where the stored answers
// are unusable.
func (s *state) brief(ctx context.Context) ([]pipeline.SummarySentence, error) {
	var out []pipeline.SummarySentence
	err := s.draft(ctx, "summarize/brief", nil, func(text string) error {
		var b brief
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return err
		}
		out = []pipeline.SummarySentence{
			s.sentence("sum.h", pipeline.SummaryHeadline, b.Headline),
			s.sentence("sum.l", pipeline.SummaryLead, b.Lead),
			s.sentence("sum.k1", pipeline.KeyPoint, b.Key1),
			s.sentence("sum.k2", pipeline.KeyPoint, b.Key2),
			s.sentence("sum.k3", pipeline.KeyPoint, b.Key3),
		}
		if len(b.Short) == 0 {
			return errors.New("the short summary is empty")
		}
		for i, x := range b.Short {
			out = append(out, s.sentence(fmt.Sprintf("sum.s%d", i+1), pipeline.Short, x))
		}
		return nil
	})
	return out, err
}

func (s *state) long(ctx context.Context) ([]pipeline.SummarySentence, error) {
	var out []pipeline.SummarySentence
	err := s.draft(ctx, "summarize/long", map[string]any{"max_words": check.TotalWords(pipeline.Long, s.art)}, func(text string) error {
		var reply struct{ Long []sentence }
		if err := json.Unmarshal([]byte(text), &reply); err != nil {
			return err
		}
		out = nil
		for i, x := range reply.Long {
			out = append(out, s.sentence(fmt.Sprintf("sum.g%d", i+1), pipeline.Long, x))
		}
		return nil
	})
	return out, err
}

// draft asks for a whole summary: once, once more with the temperature raised,
// and, in a later run that asks afresh, by the next attempt.
func (s *state) draft(ctx context.Context, promptID string, settings map[string]any, read func(string) error) error {
	prompt, err := s.Prompts.Get(promptID)
	if err != nil {
		return &pipeline.Error{Code: pipeline.Invalid, Stage: "summarize", Err: err}
	}
	keys := make([]string, len(s.parts))
	object := make(prompts.Object, len(s.parts))
	for i, p := range s.parts {
		keys[i] = fmt.Sprintf("s%d", i+1)
		object[i] = prompts.Member{Key: keys[i], Value: p.text}
	}
	values := map[string]any{"sentences": object}
	for k, v := range settings {
		values[k] = v
	}
	call := ask.Call{Stage: "summarize", Prompt: prompt, Values: values, Units: s.units()}
	return s.insist(ctx, call, s.Ask.Afresh, func(resp *llm.Response) error { return read(resp.Text) })
}

// insist asks as it stands, then with the temperature raised; where both answers
// were stored ones and unusable, it asks afresh by the next attempts until one
// is new.
func (s *state) insist(ctx context.Context, call ask.Call, afresh bool, use func(*llm.Response) error) error {
	var last error
	once := func() (done, stored bool) {
		resp, err := s.Ask.Do(ctx, call)
		if err == nil {
			if err = use(resp); err == nil {
				last = nil
				return true, false
			}
			err = &pipeline.Error{Code: pipeline.BadOutput, Stage: "summarize", Err: err}
		}
		last = err
		return ask.Fatal(err) || pipeline.CodeOf(err) == pipeline.TooLong, resp != nil && resp.Stored
	}
	done, stored := once()
	if done {
		return last
	}
	call.Raise = ask.Raise
	for call.Attempt = 0; ; call.Attempt++ {
		var again bool
		if done, again = once(); done || !again || !stored || !afresh {
			return last
		}
	}
}

// units are the ids of the sentences that the request holds, for the trace.
func (s *state) units() []string {
	var ids []string
	for _, p := range s.parts {
		ids = append(ids, p.evidence...)
	}
	return ids
}

// sentence maps the keys of the evidence to sentence ids. A key that is not in
// the request is passed on as it is, for the check to find.
func (s *state) sentence(id string, product pipeline.Product, x sentence) pipeline.SummarySentence {
	out := pipeline.SummarySentence{ID: id, Product: product, Text: strings.TrimSpace(x.Text), Evidence: []string{}}
	seen := map[string]bool{}
	for _, key := range x.Evidence {
		ids := []string{key}
		if n, err := strconv.Atoi(strings.TrimPrefix(key, "s")); err == nil && n >= 1 && n <= len(s.parts) && key == fmt.Sprintf("s%d", n) {
			ids = s.parts[n-1].evidence
		}
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				out.Evidence = append(out.Evidence, id)
			}
		}
	}
	return out
}

// nothing is the result where no summary came: said aloud, never left out.
func (s *state) nothing(err error) Result {
	return Result{Findings: []pipeline.Finding{s.missing("summary", pipeline.Critical, err)}}
}

// lacking says aloud of which products nothing came, beside those that did.
func (s *state) lacking(sum *pipeline.Summary, err error) []pipeline.Finding {
	wanted := []pipeline.Product{pipeline.SummaryHeadline, pipeline.SummaryLead, pipeline.KeyPoint, pipeline.Short}
	if s.Long {
		wanted = append(wanted, pipeline.Long)
	}
	var out []pipeline.Finding
	for _, p := range wanted {
		if len(sum.Of(p)) == 0 {
			out = append(out, s.missing(string(p)+" in the summary", pipeline.Major, err))
		}
	}
	return s.Policy.Apply(out)
}

// missing is the finding that something was asked for and did not come.
func (s *state) missing(what string, severity pipeline.Severity, err error) pipeline.Finding {
	why := "no usable answer came"
	if err != nil {
		why, _, _ = strings.Cut(err.Error(), "\n")
	}
	f := pipeline.Finding{
		Check: "M00", Category: "accuracy/omission", Severity: severity, Stage: "summarize", Lang: "en",
		Side: pipeline.TargetSide, Message: "there is no " + what + ": " + why,
	}
	f.ID = pipeline.FindingID(f, s.art.ID, "")
	return f
}
