// Package openai asks a model behind an OpenAI-compatible endpoint: it is the
// only importer of go-openai.
//
// Calls are made without streaming, through a [wire.Wire] that streams beneath;
// so go-openai decodes one whole chat.completion and nothing else. What is left
// for this package is the ladder of response formats, taking off what is not
// the answer (each a recorded repair), validating every reply against its
// schema, and recognising refusals. Nothing is ever repaired: a reply is used
// as it came, or is an error.
package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/strict"
)

// Config says where the endpoint is and how it is reached.
type Config struct {
	BaseURL      string            // up to and with "/v1"; "": OpenAI's. Of an Azure resource without a path: with AzureVersion
	APIKey       llm.Secret        // sent as a bearer token, or as Azure's api-key; none for most local servers
	Model        string            // asked for where a request names none
	AzureVersion string            // api-version: makes the address an Azure deployment's, the model being its name
	HTTP         http.RoundTripper // a *wire.Wire with the same profile; required
	Profile      llm.Profile       // of the endpoint: where the ladder starts
}

// DefaultBaseURL is OpenAI's own endpoint.
const DefaultBaseURL = "https://api.openai.com/v1"

// Client asks one endpoint. It is safe for concurrent use, and prints nothing
// of its configuration.
type Client struct {
	api    *goopenai.Client
	model  string
	meant  string // the base URL that was probably meant, or ""
	ladder ladder
}

var _ llm.Client = (*Client)(nil)

// New makes a client. The error is a *pipeline.Error of class Invalid that
// names the field.
func New(cfg Config) (*Client, error) {
	if cfg.HTTP == nil {
		return nil, invalid("Config.HTTP is missing: give it a wire.New(…)")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if err := checkURL(cfg.BaseURL); err != nil {
		return nil, err
	}
	settings := goopenai.DefaultConfig("") // the key is set by sender, so that go-openai cannot print it
	if cfg.AzureVersion != "" {
		settings = goopenai.DefaultAzureConfig("", "")
		settings.APIVersion = cfg.AzureVersion
		settings.AzureModelMapperFunc = func(model string) string { return url.PathEscape(model) }
	}
	settings.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	settings.HTTPClient = &sender{rt: cfg.HTTP, key: cfg.APIKey, azure: cfg.AzureVersion != ""}
	return &Client{
		api:    goopenai.NewClientWithConfig(settings),
		model:  cfg.Model,
		meant:  withVersion(cfg),
		ladder: ladder{rung: cfg.Profile.Start()},
	}, nil
}

func invalid(format string, args ...any) error {
	return &pipeline.Error{Code: pipeline.Invalid, Err: fmt.Errorf(format, args...)}
}

// checkURL refuses addresses that would carry a secret or go nowhere.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return invalid("the base URL is no address")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return invalid("the base URL must begin with http:// or https:// and name a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return &pipeline.Error{
			Code: pipeline.Invalid, Hint: "give the key in OPENAI_API_KEY",
			Err: errors.New("the base URL may hold no user, query or fragment"),
		}
	}
	return nil
}

// String prints the type alone.
func (c *Client) String() string { return "openai.Client" }

// Format prints the type alone, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// sender is go-openai's way to the wire: it sets the key, and wraps no error.
type sender struct {
	rt    http.RoundTripper
	key   llm.Secret
	azure bool
}

// Do sends one request.
func (s *sender) Do(req *http.Request) (*http.Response, error) {
	req.Header.Del("Authorization")
	req.Header.Del(goopenai.AzureAPIKeyHeader)
	switch key := s.key.Reveal(); {
	case key == "":
	case s.azure:
		req.Header.Set(goopenai.AzureAPIKeyHeader, key)
	default:
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return s.rt.RoundTrip(req)
}

// Complete asks one request. See [llm.Client] for its errors; beside those of
// classes Truncated, BadOutput and Refused stands a response, whose Text is ""
// where nothing arrived. A reply that is complete and breaks its schema is
// BadOutput; its message lists the violations. Any other error comes without a
// response, as a [llm.PaidError] where attempts were sent.
func (c *Client) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	var schema *strict.Schema
	if len(req.Schema) > 0 {
		var err error
		if schema, err = strict.Compile(req.Schema); err != nil {
			return nil, placed(req, &pipeline.Error{Code: pipeline.Invalid, Err: err})
		}
	}
	if req.Model == "" {
		with := *req
		with.Model, req = c.model, &with
	}
	var bill llm.Bill
	for {
		call := &llm.Call{Request: req, Rung: c.ladder.now(), Bill: bill}
		resp, err := c.ask(ctx, call, schema)
		bill = call.Bill
		if c.ladder.refused(call.Rung, err) {
			continue
		}
		err = placed(req, missed(err, c.meant))
		if resp == nil && bill.Attempts > 0 {
			err = &llm.PaidError{Bill: bill, Err: err}
		}
		return resp, err
	}
}

// placed names the stage in an error that names none.
func placed(req *llm.Request, err error) error {
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok || e.Stage != "" {
		return err
	}
	out := *e
	out.Stage = req.Stage
	return &out
}

// ask makes one call at one rung and judges its answer.
func (c *Client) ask(ctx context.Context, call *llm.Call, schema *strict.Schema) (*llm.Response, error) {
	var messages []goopenai.ChatCompletionMessage
	for _, m := range call.Request.Messages {
		messages = append(messages, goopenai.ChatCompletionMessage{Role: m.Role, Content: m.Content})
	}
	// Temperature, limit and format are written by the wire, from the call.
	out, err := c.api.CreateChatCompletion(llm.WithCall(ctx, call), goopenai.ChatCompletionRequest{
		Model: call.Request.Model, Messages: messages,
	})
	resp := &llm.Response{
		Model: call.Model, Attempts: call.Bill.Attempts, Usage: call.Bill.Usage, Cost: call.Bill.Cost, Key: call.Key,
		Attempt: call.Request.Attempt, Stored: call.Stored, Duration: call.Duration,
		Transport: call.Transport,
	}
	if call.Stored {
		resp.Usage, resp.Cost = call.Usage, call.Cost
	}
	if err != nil {
		return c.failed(ctx, resp, err)
	}
	if len(out.Choices) == 0 { // the wire never hands that up
		return resp, &pipeline.Error{Code: pipeline.BadOutput, Err: errors.New("the reply holds no answer")}
	}
	choice := out.Choices[0]
	resp.Finish = llm.Finish(choice.FinishReason)
	resp.Text, resp.Repairs = unwrap(choice.Message.Content, schema != nil)
	verdict := judge(resp, choice.Message.Refusal, schema)
	if resp.Finish == llm.Stop && schema != nil && pipeline.CodeOf(verdict) != pipeline.Refused {
		c.ladder.kept(call.Rung, verdict == nil)
	}
	return resp, verdict
}

// failed types an error that came from below. A caller who stopped, or whose
// deadline passed, gets that and his cause, whatever the error looks like: it
// is never a model's answer.
func (c *Client) failed(ctx context.Context, resp *llm.Response, err error) (*llm.Response, error) {
	if stopped := ctx.Err(); stopped != nil {
		if cause := context.Cause(ctx); !errors.Is(cause, stopped) {
			return nil, fmt.Errorf("asking the model: %w: %w", stopped, cause)
		}
		return nil, fmt.Errorf("asking the model: %w", stopped)
	}
	switch pipeline.CodeOf(err) {
	case pipeline.Truncated, pipeline.BadOutput, pipeline.Refused:
		return resp, err
	case "":
		return nil, &pipeline.Error{Code: pipeline.BadOutput, Err: fmt.Errorf("reading the reply: %w", err)}
	}
	return nil, err
}
