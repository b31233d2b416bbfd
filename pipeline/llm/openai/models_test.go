package openai

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// How servers say how much the context of a model holds.
func TestModels(t *testing.T) {
	tests := []struct {
		name, list string
		want       []Model
	}{
		{"OpenAI", `{"object":"list","data":[{"id":"gpt-5","owned_by":"openai","created":1}]}`, []Model{{"gpt-5", "openai", 0}}},
		{"vLLM", `{"data":[{"id":"q","owned_by":"vllm","max_model_len":32768}]}`, []Model{{"q", "vllm", 32768}}},
		{"OpenRouter", `{"data":[{"id":"a/b","context_length":131072}]}`, []Model{{"a/b", "", 131072}}},
		{"LM Studio", `{"data":[{"id":"l","owned_by":"organization_owner","context_length":131072,"loaded_context_length":4096}]}`, []Model{{"l", "organization_owner", 4096}}},
		{"llama.cpp", `{"data":[{"id":"q","owned_by":"llamacpp","meta":{"n_ctx":8192,"n_ctx_train":32768}}]}`, []Model{{"q", "llamacpp", 8192}}},
		{"none", `{"data":[]}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Models(context.Background(), Config{BaseURL: "http://model.test/v1/", HTTP: &box{models: tt.list}})
			if err != nil || fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestModelsFail(t *testing.T) {
	status := func(n int, body string) http.RoundTripper {
		return roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: n, Body: http.NoBody, Header: http.Header{}}, nil
		})
	}
	tests := []struct {
		name string
		cfg  Config
		code pipeline.Code
	}{
		{"401", Config{BaseURL: "http://m.test/v1", HTTP: status(401, "")}, pipeline.Auth},
		{"403", Config{BaseURL: "http://m.test/v1", HTTP: status(403, "")}, pipeline.Auth},
		{"404", Config{BaseURL: "http://m.test/v1", HTTP: status(404, "")}, pipeline.Unavailable},
		{"empty 200", Config{BaseURL: "http://m.test/v1", HTTP: status(200, "")}, pipeline.Unavailable},
		{"no connection", Config{BaseURL: "http://m.test/v1", APIKey: llm.NewSecret("key-1234567890"), HTTP: roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dialling with key-1234567890")
		})}, pipeline.Unavailable},
		{"bad address", Config{BaseURL: "m.test"}, pipeline.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Models(context.Background(), tt.cfg)
			if pipeline.CodeOf(err) != tt.code || strings.Contains(err.Error(), "key-12345") {
				t.Errorf("got %v, want %q", err, tt.code)
			}
		})
	}
}

func TestServerOf(t *testing.T) {
	for owner, want := range map[string]string{"llamacpp": "llama.cpp", "vllm": "vLLM", "library": "Ollama", "organization_owner": "LM Studio", "openai": ""} {
		if got := serverOf([]Model{{Owner: "x"}, {Owner: owner}}); got != want {
			t.Errorf("%s is %q, want %q", owner, got, want)
		}
	}
	if got := root("http://127.0.0.1:8080/v1"); got != "http://127.0.0.1:8080" {
		t.Errorf("the root is %s", got)
	}
}

// Many requests at once that all find the format refused step down together,
// not once each.
func TestLadderSideBySide(t *testing.T) {
	server := &box{chat: func(b map[string]any) (int, string) {
		if formatOf(b) == "json_schema" {
			return 400, `{"error":{"message":"response_format json_schema is not supported"}}`
		}
		return reply(b, `{"s1":"a"}`)
	}}
	var mu sync.Mutex
	locked := roundTripper(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		return server.RoundTrip(r)
	})
	c, err := New(Config{BaseURL: "http://model.test/v1", HTTP: wire.New(wire.Config{Network: locked, Instant: true, Concurrency: 8})})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			req := question("Rules.", fmt.Sprint("text ", i), 50)
			req.Model = "m"
			req.Schema = []byte(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`)
			resp, err := c.Complete(context.Background(), req)
			if err != nil || resp.Text != `{"s1":"a"}` {
				t.Errorf("%d: %+v, %v", i, resp, err)
			}
		})
	}
	wg.Wait()
	if got := c.ladder.now(); got != llm.RungObject {
		t.Errorf("the ladder stands at %q", got)
	}
}

// Every class of error keeps the contract: beside Truncated, BadOutput and
// Refused stands a response, beside the others none.
func TestResponseBesideErrors(t *testing.T) {
	body := func(status int, s string) func(map[string]any) (int, string) {
		return func(map[string]any) (int, string) { return status, s }
	}
	tests := []struct {
		name string
		chat func(map[string]any) (int, string)
		code pipeline.Code
		text string
	}{
		{"cut by the limit", body(200, `{"choices":[{"message":{"content":"{\"s1\":\"При"},"finish_reason":"length"}]}`), pipeline.Truncated, `{"s1":"При`},
		{"cut on the way", body(200, "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"), pipeline.Truncated, ""},
		{"breaks the schema", body(200, `{"choices":[{"message":{"content":"{}"},"finish_reason":"stop"}]}`), pipeline.BadOutput, "{}"},
		{"empty", body(200, `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`), pipeline.BadOutput, ""},
		{"refused", body(200, `{"choices":[{"message":{"content":"Üzgünüm, bu konuda yardımcı olamam."},"finish_reason":"stop"}]}`), pipeline.Refused, "Üzgünüm, bu konuda yardımcı olamam."},
		{"filtered on the way in", body(400, `{"error":{"message":"x","code":"content_filter"}}`), pipeline.Refused, ""},
		{"auth", body(401, `{}`), pipeline.Auth, "none"},
		{"quota", body(402, `{}`), pipeline.Quota, "none"},
		{"rate", body(429, `{}`), pipeline.RateLimit, "none"},
		{"down", body(500, `{}`), pipeline.Unavailable, "none"},
		{"invalid", body(400, `{}`), pipeline.Invalid, "none"},
		{"too long", body(400, `{"error":{"message":"x","code":"context_length_exceeded"}}`), pipeline.TooLong, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(Config{BaseURL: "http://model.test/v1", HTTP: wire.New(wire.Config{Network: &box{chat: tt.chat}, Instant: true})})
			if err != nil {
				t.Fatal(err)
			}
			req := question("Rules.", "text", 50)
			req.Schema = []byte(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`)
			resp, err := c.Complete(context.Background(), req)
			text := "none"
			if resp != nil {
				text = resp.Text
			}
			if pipeline.CodeOf(err) != tt.code || text != tt.text {
				t.Errorf("got %v beside %q, want %q beside %q", err, text, tt.code, tt.text)
			}
			if resp != nil && len(resp.Key) != 64 {
				t.Errorf("the response has no key")
			}
		})
	}
}
