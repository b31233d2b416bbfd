// Package fallback is a client over several: where one cannot answer, the next
// is asked, which may be another model or another endpoint. Which errors pass a
// question on is a matter of their class; a refused key, a bad request and our
// own caps never do.
package fallback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// Choice is one client and the model to ask it for.
type Choice struct {
	Client llm.Client
	Model  string // "": the one that the request names
}

// Config says who is asked, in which order, and when the next one is.
type Config struct {
	Choices  []Choice         // the first is the one that is meant; at least one
	On       []pipeline.Code  // the classes of error that pass a question on; nil: DefaultOn
	Failures int              // consecutive errors of class Unavailable after which a client is left alone; 0: 3
	Rest     time.Duration    // for how long; then one question tries it; 0: 60 s
	Now      func() time.Time // nil: time.Now
}

// The circuit of a client: three failures in a row are no accident (each has
// its own retries behind it), and a minute is what a server needs to restart.
const (
	defaultFailures = 3
	defaultRest     = 60 * time.Second
)

// DefaultOn are the classes that another model or endpoint may not share: an
// outage, a rate whose retries are spent, an empty account, a prompt that is
// too long, and a refusal.
func DefaultOn() []pipeline.Code {
	return []pipeline.Code{pipeline.Unavailable, pipeline.RateLimit, pipeline.Quota, pipeline.TooLong, pipeline.Refused}
}

// Client asks its choices in their order. It is safe for concurrent use.
type Client struct {
	cfg      Config
	circuits []*circuit
}

var _ llm.Client = (*Client)(nil)

// New makes a client. The error is a *pipeline.Error of class Invalid.
func New(cfg Config) (*Client, error) {
	if len(cfg.Choices) == 0 {
		return nil, invalid("Config.Choices is empty")
	}
	if cfg.On == nil {
		cfg.On = DefaultOn()
	}
	for _, code := range cfg.On {
		if slices.Contains([]pipeline.Code{pipeline.Invalid, pipeline.Auth, pipeline.Budget, ""}, code) {
			return nil, invalid("errors of class %q cannot pass a question on: nobody else may answer for them", code)
		}
	}
	if cfg.Failures <= 0 {
		cfg.Failures = defaultFailures
	}
	if cfg.Rest <= 0 {
		cfg.Rest = defaultRest
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{cfg: cfg}
	for i, choice := range cfg.Choices {
		if choice.Client == nil {
			return nil, invalid("choice %d has no client", i+1)
		}
		c.circuits = append(c.circuits, &circuit{failures: cfg.Failures, rest: cfg.Rest, now: cfg.Now})
	}
	return c, nil
}

func invalid(format string, args ...any) error {
	return &pipeline.Error{Code: pipeline.Invalid, Err: fmt.Errorf(format, args...)}
}

// Complete asks the first choice that is not known to be down, and on the
// errors that Config.On names the next ones. The answer names the model that
// really gave it, and its bill holds what the others were paid. Where nobody
// answers, the error and what stands beside it are those of the last one asked,
// with the bill of all. Where all are known to be down, all are asked.
func (c *Client) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	resp, asked, err := c.round(ctx, req, false)
	if !asked {
		resp, asked, err = c.round(ctx, req, true)
	}
	if !asked {
		return nil, invalid("nobody can be asked") // cannot happen: there is a choice, and it must be
	}
	return resp, err
}

// round asks the choices in their order, those that are down only if it must.
func (c *Client) round(ctx context.Context, req *llm.Request, must bool) (resp *llm.Response, asked bool, err error) {
	var bill llm.Bill
	var first error
	for i, circuit := range c.circuits {
		release, ok := circuit.enter(must)
		if !ok {
			continue
		}
		if first == nil {
			first = err
		}
		resp, err = c.ask(ctx, c.cfg.Choices[i], req)
		release(ctx.Err() != nil, pipeline.CodeOf(err) == pipeline.Unavailable)
		asked = true
		bill.Join(billOf(resp, err))
		if err == nil || ctx.Err() != nil || !slices.Contains(c.cfg.On, pipeline.CodeOf(err)) {
			break
		}
	}
	if resp != nil && bill.Attempts > resp.Attempts {
		whole := *resp
		whole.Attempts, whole.Usage, whole.Cost, whole.Stored = bill.Attempts, bill.Usage, bill.Cost, false
		resp = &whole
	}
	if err != nil && first != nil {
		err = after(err, first)
	}
	if err != nil && resp == nil && bill.Attempts > 0 {
		err = &llm.PaidError{Bill: bill, Err: unpaid(err)}
	}
	return resp, asked, err
}

// ask asks one choice, under its own model's name.
func (c *Client) ask(ctx context.Context, choice Choice, req *llm.Request) (*llm.Response, error) {
	if choice.Model != "" && choice.Model != req.Model {
		own := *req
		own.Model, req = choice.Model, &own
	}
	resp, err := choice.Client.Complete(ctx, req)
	if err == nil && resp != nil && resp.Model == "" {
		named := *resp
		named.Model, resp = req.Model, &named
	}
	return resp, err
}

// billOf is what one client was paid for a question.
func billOf(resp *llm.Response, err error) llm.Bill {
	if resp != nil {
		if resp.Attempts == 0 {
			return llm.Bill{}
		}
		return llm.Bill{Attempts: resp.Attempts, Usage: resp.Usage, Cost: resp.Cost}
	}
	if paid, ok := errors.AsType[*llm.PaidError](err); ok {
		return paid.Bill
	}
	return llm.Bill{}
}

// unpaid is the error without the bill of one client.
func unpaid(err error) error {
	if paid, ok := err.(*llm.PaidError); ok { //nolint:errorlint // only the outermost is taken off
		return paid.Err
	}
	return err
}

// after is the last error, which says what the first one was: it tells why
// anybody else was asked.
func after(err, first error) error {
	err = unpaid(err)
	e, ok := err.(*pipeline.Error) //nolint:errorlint // its place is taken
	if !ok {
		return fmt.Errorf("%w (asked because: %v)", err, first) //nolint:errorlint // the first is only told of
	}
	out := *e
	out.Err = fmt.Errorf("%w (asked because: %v)", e.Err, first) //nolint:errorlint // the first is only told of
	return &out
}
