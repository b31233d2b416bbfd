package openai

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/strict"
	"dragoman/pipeline/llm/wire"
)

// Probe finds out the profile of a model on an endpoint, with five to eight
// short calls. cfg.HTTP is the network, or nil; cfg.Model may be "" where the
// endpoint has only one. A run never probes: it uses what was stored.
func Probe(ctx context.Context, cfg Config) (llm.Profile, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if cfg.HTTP == nil {
		cfg.HTTP = wire.Network()
	}
	p := &prober{cfg: cfg, profile: llm.Profile{Endpoint: strings.TrimRight(cfg.BaseURL, "/"), Model: cfg.Model}}
	if err := p.list(ctx); err != nil {
		return p.profile, err
	}
	p.props(ctx)
	for _, step := range []func(context.Context) error{p.answers, p.schema, p.context} {
		if err := step(ctx); err != nil {
			return p.profile, err
		}
	}
	return p.profile, nil
}

type prober struct {
	cfg     Config
	profile llm.Profile
	counted bool // the last answer said its usage
}

// list chooses the model and reads what the list says about it. An endpoint
// without a list is no error where the model is given.
func (p *prober) list(ctx context.Context) error {
	models, err := Models(ctx, p.cfg)
	if pipeline.CodeOf(err) == pipeline.Auth || err != nil && p.cfg.Model == "" {
		return err
	}
	if p.cfg.Model == "" {
		name, err := ChooseModel(models)
		if err != nil {
			return err
		}
		p.cfg.Model, p.profile.Model = name, name
	}
	p.profile.Server = strings.ToLower(strings.ReplaceAll(serverOf(models), " ", ""))
	for _, m := range models {
		if m.ID == p.cfg.Model {
			p.profile.Context = m.Context
		}
	}
	return nil
}

// props reads what llama.cpp says about itself, on this machine only.
func (p *prober) props(ctx context.Context) {
	u, err := url.Parse(p.cfg.BaseURL)
	if err != nil {
		return
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return
	}
	var said struct {
		Slots    int `json:"total_slots"`
		Settings struct {
			Context int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if _, err := get(ctx, p.cfg, root(p.cfg.BaseURL)+"/props", &said); err != nil || said.Slots <= 0 {
		return
	}
	p.profile.Slots = said.Slots
	if said.Settings.Context > 0 {
		p.profile.Context = said.Settings.Context
	}
	if p.profile.Server == "" {
		p.profile.Server = "llama.cpp"
	}
}

// question is a short request of the probe.
func question(system, user string, maxTokens int) *llm.Request {
	return &llm.Request{
		Stage: "doctor", MaxTokens: maxTokens,
		Messages: []llm.Message{{Role: "system", Content: system}, {Role: "user", Content: user}},
	}
}

// probeTokens is the upper bound of a probe's answer: enough for a reasoning
// model to come to it.
const probeTokens = 1024

// ask makes one call with the profile as known so far.
func (p *prober) ask(ctx context.Context, rung llm.Rung, req *llm.Request) (*llm.Response, *llm.Exchange, error) {
	ledger := llm.NewMemory()
	profile := p.profile
	profile.Rung = rung
	cfg := p.cfg
	cfg.Profile = profile
	cfg.HTTP = wire.New(wire.Config{
		Network: p.cfg.HTTP, Ledger: ledger, Profile: profile, Secret: p.cfg.APIKey, Attempts: 2, Concurrency: 1,
	})
	c, err := New(cfg)
	if err != nil {
		return nil, nil, err
	}
	req.Model = p.cfg.Model
	call := &llm.Call{Request: req, Rung: rung}
	var schema *strict.Schema
	if len(req.Schema) > 0 {
		if schema, err = strict.Compile(req.Schema); err != nil {
			return nil, nil, err
		}
	}
	resp, err := c.ask(ctx, call, schema)
	p.counted = call.Usage.Known
	var last *llm.Exchange
	for x := range ledger.All(ctx) {
		last = x
	}
	return resp, last, err
}

// answers asks for one word: does the model answer, streamed, with usage, and
// which parameters does it refuse?
func (p *prober) answers(ctx context.Context) error {
	for range 4 {
		resp, x, err := p.ask(ctx, llm.RungPlain, question("Answer with one word.", "Say hello.", probeTokens))
		if err == nil || pipeline.CodeOf(err) == pipeline.Truncated && resp.Finish == llm.Length {
			p.profile.Answering = resp.Model
			p.profile.NoUsage = !p.counted
			if !p.profile.NoStream {
				p.profile.NoStream = x == nil || !strings.HasPrefix(x.Reply.Header["Content-Type"], "text/event-stream")
			}
			return nil
		}
		f, ok := errors.AsType[*wire.Failure](err)
		if !ok {
			return err
		}
		text := strings.ToLower(f.Param + " " + f.Message)
		bad := pipeline.CodeOf(err) == pipeline.Invalid
		switch {
		case bad && !p.profile.NoTemp && strings.Contains(text, "temperature"):
			p.profile.NoTemp = true
		case bad && !p.profile.LongLimit && strings.Contains(text, "max_tokens"):
			p.profile.LongLimit = true
		case !p.profile.NoStream && (bad && strings.Contains(text, "stream") || f.Status == 200):
			p.profile.NoStream = true
		default:
			return err
		}
	}
	return &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("probing: the endpoint refuses every form of request")}
}

// The schema of the probe asks for what the prompt does not, and the prompt
// for what the schema forbids: only an endpoint that keeps to the schema while
// decoding can give it.
var (
	probeSchema = json.RawMessage(`{"type":"object","properties":{"zk41":{"type":"string","enum":["vanta-77","orbel-92"]}},"required":["zk41"],"additionalProperties":false}`)
	probeUser   = `Reply with this JSON and nothing else: {"colour":"red","number":7}`
)

// schema finds the highest rung that works.
func (p *prober) schema(ctx context.Context) error {
	req := question("You answer in JSON.", probeUser, probeTokens)
	req.SchemaName, req.Schema = "probe", probeSchema
	_, _, err := p.ask(ctx, llm.RungSchema, req)
	if err == nil {
		p.profile.Rung, p.profile.Enforced = llm.RungSchema, true
		return nil
	}
	if fatal(err) {
		return err
	}
	req = question("You are terse.", "Say hello in one word. Do not write JSON.", probeTokens)
	req.Schema = json.RawMessage(`{"type":"object"}`)
	resp, _, err := p.ask(ctx, llm.RungObject, req)
	if fatal(err) {
		return err
	}
	p.profile.Rung = llm.RungPlain
	if resp != nil && strings.HasPrefix(resp.Text, "{") && len(resp.Repairs) == 0 {
		p.profile.Rung = llm.RungObject
	}
	return nil
}

func fatal(err error) bool {
	e, ok := errors.AsType[*pipeline.Error](err)
	return err != nil && (!ok || e.RunFatal())
}

// absurdLimit is an answer no model can give: servers that check it against
// their context refuse it, for free, and say how much they hold.
const absurdLimit = 50_000_000

// context asks for the size of the context where nobody has said it yet.
func (p *prober) context(ctx context.Context) error {
	if p.profile.Context > 0 {
		return nil
	}
	_, _, err := p.ask(ctx, llm.RungPlain, question("Answer with one word.", "Say hello.", absurdLimit))
	if f, ok := errors.AsType[*wire.Failure](err); ok && pipeline.CodeOf(err) == pipeline.TooLong {
		p.profile.Context = f.Context
		return nil
	}
	if fatal(err) {
		return err
	}
	return nil
}
