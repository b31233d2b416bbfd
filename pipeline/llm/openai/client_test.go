package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// endpoint is a server without a network: it answers by a function of the
// request's body.
type endpoint struct {
	mu     sync.Mutex
	seen   []map[string]any // bodies of chat completions
	paths  []string
	header http.Header // of the last request
	answer func(body map[string]any, n int) (status int, reply string)
	get    map[string]string // replies to GET, by path
}

func (e *endpoint) RoundTrip(req *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.header = req.Header.Clone()
	status, reply := http.StatusNotFound, "{}"
	if req.Method == http.MethodGet {
		if body, ok := e.get[req.URL.Path]; ok {
			status, reply = http.StatusOK, body
		}
	} else {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		var body map[string]any
		if err := json.Unmarshal(b, &body); err != nil {
			return nil, err
		}
		e.seen = append(e.seen, body)
		e.paths = append(e.paths, req.URL.RequestURI())
		status, reply = e.answer(body, len(e.seen))
	}
	kind := "application/json"
	if strings.HasPrefix(reply, "data:") {
		kind = "text/event-stream"
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(reply)), Request: req,
	}, nil
}

// says is a whole plain reply.
func says(text string) (int, string) {
	quoted, _ := json.Marshal(text)
	return 200, fmt.Sprintf(`{"model":"m-1","choices":[{"index":0,"message":{"content":%s},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`, quoted)
}

func refuses(message string) (int, string) {
	return 400, fmt.Sprintf(`{"error":{"message":%q,"type":"invalid_request_error"}}`, message)
}

// rungOf is the response format of a request.
func rungOf(body map[string]any) string {
	f, ok := body["response_format"].(map[string]any)
	if !ok {
		return "plain"
	}
	return fmt.Sprint(f["type"])
}

func newClient(t *testing.T, e *endpoint, cfg openai.Config) *openai.Client {
	t.Helper()
	cfg.HTTP = wire.New(wire.Config{Network: e, Instant: true, Profile: cfg.Profile})
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://model.test/v1"
	}
	c, err := openai.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(n int) *llm.Request {
	return &llm.Request{
		Stage: "translate", Model: "m", MaxTokens: 50, Temperature: float64(n) / 10,
		Messages: []llm.Message{{Role: "user", Content: "x"}}, SchemaName: "reply",
		Schema: json.RawMessage(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`),
	}
}

// The ladder: which rungs are asked, in order, and how each request ends.
func TestLadder(t *testing.T) {
	good := func(map[string]any, int) (int, string) { return says(`{"s1":"a"}`) }
	bad := func(map[string]any, int) (int, string) { return says(`{"s2":"a"}`) }
	no := func(rungs string) func(map[string]any, int) (int, string) {
		return func(b map[string]any, n int) (int, string) {
			if strings.Contains(rungs, rungOf(b)) {
				return refuses("response_format of type " + rungOf(b) + " is not supported")
			}
			return says(`{"s1":"a"}`)
		}
	}
	tests := []struct {
		name   string
		start  llm.Rung
		answer func(map[string]any, int) (int, string)
		calls  int
		rungs  string
		codes  string
	}{
		{"all is well", "", good, 2, "json_schema json_schema", "- -"},
		{"from the profile", llm.RungObject, good, 2, "json_object json_object", "- -"},
		{"no schemas", "", no("json_schema"), 2, "json_schema json_object json_object", "- -"},
		{"no formats at all", "", no("json_schema json_object"), 2, "json_schema json_object plain plain", "- -"},
		{"two broken in a row", "", bad, 5, "json_schema json_schema json_object json_object plain", "badOutput badOutput badOutput badOutput badOutput"},
		{"one good between", "", func(_ map[string]any, n int) (int, string) {
			if n%2 == 0 {
				return says(`{"s1":"a"}`)
			}
			return says(`{"s2":"a"}`)
		}, 4, "json_schema json_schema json_schema json_schema", "badOutput - badOutput -"},
		{"another 400 steps nothing down", "", func(map[string]any, int) (int, string) { return refuses("unknown parameter: seed") }, 2, "json_schema json_schema", "invalid invalid"},
		{"refusals and cuts are no broken schema", "", func(_ map[string]any, n int) (int, string) {
			if n%2 == 0 {
				return says("I'm sorry, but I can't help with that.")
			}
			return 200, `{"choices":[{"message":{"content":"{\"s1"},"finish_reason":"length"}]}`
		}, 4, "json_schema json_schema json_schema json_schema", "truncated refused truncated refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &endpoint{answer: tt.answer}
			c := newClient(t, e, openai.Config{Profile: llm.Profile{Rung: tt.start}})
			var codes, rungs []string
			for i := range tt.calls {
				resp, err := c.Complete(context.Background(), request(i))
				code := string(pipeline.CodeOf(err))
				if err == nil {
					code = "-"
				}
				if resp == nil && code != "invalid" {
					t.Errorf("call %d: no response beside %v", i, err)
				}
				codes = append(codes, code)
			}
			for _, b := range e.seen {
				rungs = append(rungs, rungOf(b))
			}
			if got := strings.Join(rungs, " "); got != tt.rungs {
				t.Errorf("rungs %s, want %s", got, tt.rungs)
			}
			if got := strings.Join(codes, " "); got != tt.codes {
				t.Errorf("classes %s, want %s", got, tt.codes)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		cfg          openai.Config
		path, header string
	}{
		{openai.Config{BaseURL: "http://model.test/v1/", APIKey: llm.NewSecret(" key-1\n")}, "/v1/chat/completions", "Authorization: Bearer key-1"},
		{openai.Config{BaseURL: "http://model.test/v1"}, "/v1/chat/completions", "Authorization: "},
		{
			openai.Config{BaseURL: "https://res.azure.test", APIKey: llm.NewSecret("key-2"), AzureVersion: "2024-10-21"},
			"/openai/deployments/m/chat/completions?api-version=2024-10-21", "Api-Key: key-2",
		},
	}
	for _, tt := range tests {
		e := &endpoint{answer: func(map[string]any, int) (int, string) { return says(`{"s1":"a"}`) }}
		c := newClient(t, e, tt.cfg)
		if _, err := c.Complete(context.Background(), request(0)); err != nil {
			t.Fatal(err)
		}
		name, value, _ := strings.Cut(tt.header, ": ")
		if e.paths[0] != tt.path || e.header.Get(name) != value {
			t.Errorf("path %s, %s %q; want %s, %q", e.paths[0], name, e.header.Get(name), tt.path, value)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	rt := wire.New(wire.Config{Network: &endpoint{}})
	for _, cfg := range []openai.Config{
		{BaseURL: "http://model.test/v1"},
		{HTTP: rt, BaseURL: "model.test/v1"},
		{HTTP: rt, BaseURL: "ftp://model.test/v1"},
		{HTTP: rt, BaseURL: "http:///v1"},
		{HTTP: rt, BaseURL: "http://user:key@model.test/v1"},
		{HTTP: rt, BaseURL: "http://model.test/v1?key=secret-key"},
		{HTTP: rt, BaseURL: "http://model.test/%zz"},
	} {
		_, err := openai.New(cfg)
		if pipeline.CodeOf(err) != pipeline.Invalid || strings.Contains(err.Error(), "secret-key") || strings.Contains(err.Error(), "user:") {
			t.Errorf("%s: %v", cfg.BaseURL, err)
		}
	}
}

// A response is whole: text, repairs, model, usage, key.
func TestResponse(t *testing.T) {
	e := &endpoint{answer: func(map[string]any, int) (int, string) { return says("<think>hm</think>```json\n{\"s1\":\"a\"}\n```") }}
	c := newClient(t, e, openai.Config{Model: "configured"})
	req := request(0)
	req.Model = ""
	resp, err := c.Complete(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Text != `{"s1":"a"}` || fmt.Sprint(resp.Repairs) != "[reasoning fence]" || resp.Finish != llm.Stop || resp.Model != "m-1" ||
		!resp.Usage.Known || resp.Cost != nil || len(resp.Key) != 64 || resp.Stored {
		t.Errorf("%+v", resp)
	}
	if e.seen[0]["model"] != "configured" || req.Model != "" {
		t.Errorf("asked for %v", e.seen[0]["model"])
	}
}

func TestBadSchema(t *testing.T) {
	e := &endpoint{}
	c := newClient(t, e, openai.Config{})
	req := request(0)
	req.Schema = json.RawMessage(`{"type":"object","patternProperties":{}}`)
	if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != pipeline.Invalid || len(e.seen) != 0 {
		t.Errorf("%v after %d requests", err, len(e.seen))
	}
}

// A caller who stopped gets his own error, not one of ours.
func TestStopped(t *testing.T) {
	e := &endpoint{answer: func(map[string]any, int) (int, string) { return says("x") }}
	c := newClient(t, e, openai.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Complete(ctx, request(0)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
