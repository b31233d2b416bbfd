package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// maxProbes is how often a question is put in another form: without
// streaming, without a temperature, with the other name of the token limit.
const maxProbes = 4

// probe finds out what an endpoint can do. It asks through the same client and
// the same wire as a run does, and looks at the bytes that pass.
//
// The first question contradicts its schema: an endpoint that ignores schemas
// answers what the words ask for, and is known by that. The second is honest
// and shows which rung of the ladder works.
func probe(ctx context.Context, env *environment, cfg *config.Config, model string) (llm.Profile, error) {
	p := llm.Profile{Endpoint: cfg.BaseURL, Model: model}
	describe(ctx, cfg, &p)
	var resp *llm.Response
	var seen *spy
	for range maxProbes {
		var err error
		if resp, seen, err = question(ctx, env, cfg, p, honest); err == nil {
			break
		}
		if !adapt(&p, err) {
			return p, err
		}
	}
	if resp == nil {
		return p, &pipeline.Error{Code: pipeline.BadOutput, Err: fmt.Errorf("%s gives no usable answer", cfg.BaseURL)}
	}
	p.Answering = resp.Model
	p.NoUsage = !resp.Usage.Known
	p.Rung, p.DoneOnly = seen.rung(), !p.NoStream && !seen.finish()
	if p.Rung == llm.RungSchema {
		_, seen, err := question(ctx, env, cfg, p, contradictory)
		if err != nil && pipeline.CodeOf(err) != pipeline.BadOutput && pipeline.CodeOf(err) != pipeline.Truncated {
			return p, err
		}
		p.Enforced = err == nil && seen.rung() == llm.RungSchema
	}
	return p, nil
}

// adapt changes the profile by what an endpoint refused; false means that
// there is nothing more to try.
func adapt(p *llm.Profile, err error) bool {
	f, ok := errors.AsType[*wire.Failure](err)
	if !ok {
		return false
	}
	text := strings.ToLower(f.Param + " " + f.Message)
	switch {
	case !p.LongLimit && strings.Contains(text, "max_completion_tokens"):
		p.LongLimit = true
	case !p.NoTemp && strings.Contains(text, "temperature"):
		p.NoTemp = true
	case !p.NoStream && (strings.Contains(text, "stream") || pipeline.CodeOf(err) == pipeline.BadOutput || pipeline.CodeOf(err) == pipeline.Truncated):
		p.NoStream = true
	default:
		return false
	}
	return true
}

// honest asks for what its schema demands.
var honest = llm.Request{
	Stage: "doctor", Prompt: "doctor/honest@1", SchemaName: "doctor", MaxTokens: 200,
	Messages: []llm.Message{
		{Role: "system", Content: "You translate. Answer with one JSON object that has the key s1 and nothing else."},
		{Role: "user", Content: `{"task": "doctor/honest", "to": "ru", "sentences": {"s1": "The ambassador arrived in Ankara."}}`},
	},
	Schema: json.RawMessage(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`),
}

// contradictory asks for one thing and has a schema for another: only an
// endpoint that enforces schemas can answer by this one.
var contradictory = llm.Request{
	Stage: "doctor", Prompt: "doctor/contradictory@1", SchemaName: "doctor", MaxTokens: 200,
	Messages: []llm.Message{
		{Role: "system", Content: `Answer with exactly this JSON object and nothing else: {"answer": "yes"}`},
		{Role: "user", Content: `{"task": "doctor/contradictory"}`},
	},
	Schema: json.RawMessage(`{"type":"object","properties":{"colour":{"type":"string","enum":["vermilion","cobalt"]}},"required":["colour"],"additionalProperties":false}`),
}

// question asks once, with the profile as it is known so far.
func question(ctx context.Context, env *environment, cfg *config.Config, p llm.Profile, req llm.Request) (*llm.Response, *spy, error) {
	seen := &spy{next: wire.Network()}
	client, err := openai.New(openai.Config{
		BaseURL: cfg.BaseURL, APIKey: cfg.APIKey, AzureVersion: cfg.APIVersion, Model: p.Model, Profile: p,
		HTTP: wire.New(wire.Config{Network: seen, Profile: p, Secret: cfg.APIKey, Timeout: cfg.Timeout, Concurrency: 1, Attempts: 2, Now: env.now}),
	})
	if err != nil {
		return nil, seen, err
	}
	req.Model = p.Model
	resp, err := client.Complete(ctx, &req)
	if sig := stopped(ctx); sig != nil {
		return nil, seen, sig
	}
	if err != nil {
		return nil, seen, err
	}
	return resp, seen, nil
}

// spy is the network, and remembers the last exchange.
type spy struct {
	next http.RoundTripper

	mu      sync.Mutex
	request []byte
	reply   bytes.Buffer
}

// RoundTrip sends a request and keeps what passes.
func (s *spy) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := s.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.request = body
	s.reply.Reset()
	s.mu.Unlock()
	resp.Body = &overheard{ReadCloser: resp.Body, spy: s}
	return resp, nil
}

// overheard is a reply's body that the spy reads along.
type overheard struct {
	io.ReadCloser
	spy *spy
}

// Read reads, and keeps a copy.
func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	o.spy.mu.Lock()
	o.spy.reply.Write(p[:n])
	o.spy.mu.Unlock()
	return n, err
}

// rung is the form in which the last request asked for its schema.
func (s *spy) rung() llm.Rung {
	s.mu.Lock()
	defer s.mu.Unlock()
	var asked struct {
		Format struct {
			Type string `json:"type"`
		} `json:"response_format"`
	}
	if json.Unmarshal(s.request, &asked) != nil {
		return llm.RungPlain
	}
	switch asked.Format.Type {
	case "json_schema":
		return llm.RungSchema
	case "json_object":
		return llm.RungObject
	}
	return llm.RungPlain
}

// finish reports whether the last reply gave a reason for its end.
func (s *spy) finish() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.ReplaceAll(s.reply.String(), " ", "")
	return strings.Contains(text, `"finish_reason":"`)
}

// describe asks for free what servers say about themselves: llama.cpp its
// context and slots under /props, vLLM the context in its list of models, all
// of them who owns a model. What is not said stays unknown.
func describe(ctx context.Context, cfg *config.Config, p *llm.Profile) {
	var list struct {
		Data []struct {
			ID      string `json:"id"`
			OwnedBy string `json:"owned_by"`
			Longest int    `json:"max_model_len"` // vLLM
		} `json:"data"`
	}
	if fetch(ctx, cfg, strings.TrimRight(cfg.BaseURL, "/")+"/models", &list) {
		for _, m := range list.Data {
			if m.ID == p.Model {
				p.Server, p.Context = serverName(m.OwnedBy), m.Longest
			}
		}
	}
	if slots, context := props(ctx, cfg); slots > 0 {
		p.Slots = slots
		if context > 0 {
			p.Context = context
		}
		if p.Server == "" {
			p.Server = "llama.cpp"
		}
	}
}

// props is what llama.cpp says of itself, 0 where it is another server or not
// on this machine.
func props(ctx context.Context, cfg *config.Config) (slots, context int) {
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || !isLocal(cfg.BaseURL) {
		return 0, 0
	}
	var said struct {
		Slots    int `json:"total_slots"`
		Settings struct {
			Context int `json:"n_ctx"` // of one slot
		} `json:"default_generation_settings"`
	}
	if !fetch(ctx, cfg, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/props"}).String(), &said) {
		return 0, 0
	}
	return max(said.Slots, 0), max(said.Settings.Context, 0)
}

// serverName turns the owner of a model into the name of a server.
func serverName(owner string) string {
	switch owner {
	case "llamacpp":
		return "llama.cpp"
	case "vllm":
		return "vllm"
	case "library":
		return "ollama"
	case "organization_owner":
		return "lmstudio"
	}
	return ""
}

// fetch reads one JSON document from the endpoint; false where there is none.
func fetch(ctx context.Context, cfg *config.Config, address string, into any) bool {
	ctx, cancel := context.WithTimeout(ctx, min(listTimeout, 5*time.Second))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	if cfg.APIKey.Set() {
		req.Header.Set("Authorization", "Bearer "+cfg.APIKey.Reveal())
	}
	resp, err := wire.Network().RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxList))
	return err == nil && resp.StatusCode == http.StatusOK && json.Unmarshal(b, into) == nil
}
