// Package ask puts questions to a model and does not rest before each piece of
// the question has an answer that passes, or its re-asks are spent.
//
// A keyed question ([Keyed]) asks for one value a sentence in one JSON object.
// Sentences that were settled before are not asked again; what fails is asked
// in pieces of at most five with the finding quoted, and then alone with the
// temperature raised, and after that it is failed with a reason. Every answer
// is judged by the same checks, the last one too.
//
// Re-asks are about content. Retries of a call that did not get through are
// package wire's.
package ask

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// DefaultContext is the context size assumed of a model whose endpoint did not
// tell, in tokens. It is what common local servers start with.
const DefaultContext = 8192

// Raise is added to a prompt's temperature when a sentence is asked alone: the
// same request at the same temperature gives the same failure.
const Raise = 0.4

// Asker asks one model.
type Asker struct {
	Client  llm.Client
	Model   string
	Reuse   reuse.Store          // settled answers; reuse.None{} for none
	Context int                  // tokens the model holds, prompt and answer together; 0 is DefaultContext
	Afresh  bool                 // ask again for sentences that ended failed in an earlier run
	Events  func(pipeline.Event) // told about each call; may be nil
	Stop    <-chan struct{}      // once closed, no call is made; those in flight are heard out. nil never stops

	mu      sync.Mutex
	steps   []pipeline.Step
	models  map[string]bool             // that really gave an answer, now or in an earlier run
	prompts map[pipeline.PromptUse]bool // that the answers were given to, now or in an earlier run
	settled map[string]bool             // keys of the settled answers that were taken in place of asking
	stopped error                       // the first error that no other call can do better than
}

// Call is one request, before it is rendered.
type Call struct {
	Stage, Lang string
	Prompt      *prompts.Prompt
	Values      map[string]any // inputs and settings
	Keys        []string       // of the reply, for a schema with "*"
	MaxTokens   int            // 0: the prompt's own
	Raise       float64        // added to the prompt's temperature
	Attempt     int
	Units       []string
}

// Do sends one call, notes it in the trace, and returns what llm.Client
// returns: a response may stand beside an error.
func (a *Asker) Do(ctx context.Context, c Call) (*llm.Response, error) {
	system, user, err := c.Prompt.Render(c.Values)
	if err != nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: c.Stage, Err: err}
	}
	schema, err := c.Prompt.SchemaFor(c.Keys)
	if err != nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: c.Stage, Err: fmt.Errorf("rendering %s: %w", c.Prompt.Name(), err)}
	}
	maxTokens := c.MaxTokens
	if maxTokens == 0 {
		maxTokens = c.Prompt.Params.MaxTokens
	}
	req := &llm.Request{
		Stage: c.Stage, Lang: c.Lang,
		Prompt: c.Prompt.Name(), PromptDigest: c.Prompt.Digest,
		Model: a.Model,
		Messages: []llm.Message{
			{Role: "system", Content: system},
			{Role: "user", Content: user},
		},
		SchemaName: c.Prompt.SchemaName(), Schema: schema,
		Temperature: min(1, c.Prompt.Params.Temperature+c.Raise),
		MaxTokens:   maxTokens,
		Attempt:     c.Attempt,
		Units:       c.Units,
	}
	if err := a.stop(ctx.Err()); err != nil {
		return nil, err
	}
	select {
	case <-a.Stop:
		return nil, a.stop(&pipeline.Error{Stage: c.Stage, Err: fmt.Errorf("the run is being stopped: %w", context.Canceled)})
	default:
	}
	resp, err := a.Client.Complete(ctx, req)
	a.note(req, resp, err)
	if Fatal(err) && pipeline.CodeOf(err) != pipeline.Invalid {
		a.stop(err)
	}
	return resp, err
}

// stop remembers the first error that ends the asking, and gives it: after it
// no call is sent. Calls in flight are heard out.
func (a *Asker) stop(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped == nil {
		a.stopped = err
	}
	return a.stopped
}

// note adds a call to the trace and tells the run's listener.
func (a *Asker) note(req *llm.Request, resp *llm.Response, err error) {
	step := pipeline.Step{
		Stage: req.Stage, Lang: req.Lang, Prompt: req.Prompt, Digest: req.PromptDigest,
		Units: req.Units, Temperature: req.Temperature, Attempt: req.Attempt, Model: req.Model,
	}
	if resp != nil {
		step.Key, step.Model, step.Usage, step.Cost = resp.Key, resp.Model, resp.Usage, resp.Cost
		step.Stored, step.DurationMS, step.Sent = resp.Stored, resp.Duration.Milliseconds(), resp.Attempts
	} else if paid, ok := errors.AsType[*llm.PaidError](err); ok {
		step.Sent, step.Usage, step.Cost = paid.Attempts, paid.Usage, paid.Cost
	}
	if err != nil {
		step.Error = err.Error()
	}
	if resp != nil {
		a.answered(resp.Model, pipeline.PromptUse{Prompt: req.Prompt, Digest: req.PromptDigest, Lang: req.Lang})
	}
	a.mu.Lock()
	a.steps = append(a.steps, step)
	a.mu.Unlock()
	if a.Events != nil {
		a.Events(pipeline.Event{Type: "call", Stage: step.Stage, Lang: step.Lang, Step: &step})
	}
}

// answered notes that a model gave an answer to a prompt.
func (a *Asker) answered(model string, to pipeline.PromptUse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.models == nil {
		a.models, a.prompts = map[string]bool{}, map[pipeline.PromptUse]bool{}
	}
	a.prompts[to] = true
	if model != "" {
		a.models[model] = true
	}
}

// recalled notes that a settled answer was taken in place of asking.
func (a *Asker) recalled(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.settled == nil {
		a.settled = map[string]bool{}
	}
	a.settled[key] = true
}

// Recalled are the keys of the settled answers that were taken in place of
// asking, in alphabetical order.
func (a *Asker) Recalled() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.settled))
}

// Models are the models that really gave the answers, those of settled answers
// included, in alphabetical order.
func (a *Asker) Models() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.models))
}

// Prompts are those that the answers were given to, those of settled answers
// included, by id, digest and language.
func (a *Asker) Prompts() []pipeline.PromptUse {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.SortedFunc(maps.Keys(a.prompts), func(x, y pipeline.PromptUse) int {
		return cmp.Or(strings.Compare(x.Prompt, y.Prompt), strings.Compare(x.Digest, y.Digest), strings.Compare(x.Lang, y.Lang))
	})
}

// Steps are the calls so far.
func (a *Asker) Steps() []pipeline.Step {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]pipeline.Step(nil), a.steps...)
}

// Room is the number of tokens that one request and its answer may take
// together: nine tenths of the model's context, since counts are estimates.
func (a *Asker) Room() int {
	c := a.Context
	if c <= 0 {
		c = DefaultContext
	}
	return c * 9 / 10
}

// Tokens estimates the tokens of a text from above: three bytes a token, which
// English prose stays under with every vocabulary measured (4.7 characters a
// token for the sample article), and Cyrillic with its two bytes a letter too.
func Tokens(text string) int { return len(text)/3 + 1 }

// Fatal reports whether an error ends the asking: nothing else can succeed, or
// the run was stopped. Everything else is about one answer.
func Fatal(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	switch pipeline.CodeOf(err) {
	case pipeline.Truncated, pipeline.BadOutput, pipeline.Refused, pipeline.TooLong:
		return false
	}
	return true
}

// promptDigest is what a settled answer depends on of its prompt: the file,
// its schema, and the system message with its settings.
func promptDigest(p *prompts.Prompt, system string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s", p.Digest, system))
	return "sha256:" + hex.EncodeToString(sum[:])
}
