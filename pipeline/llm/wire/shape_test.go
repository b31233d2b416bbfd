package wire_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

const testSchema = `{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`

// The exact bytes of a request, by model, rung and profile.
func TestBody(t *testing.T) {
	const messages = `"messages":[{"role":"system","content":"Rules <&>."},{"role":"user","content":"{\"s1\":\"Çavuşoğlu’s\"}"}]`
	const streamed = `"stream":true,"stream_options":{"include_usage":true}`
	const schema = `"response_format":{"type":"json_schema","json_schema":{"name":"reply","strict":true,"schema":` + testSchema + `}}`
	tests := []struct {
		name    string
		model   string
		temp    float64
		rung    llm.Rung
		profile llm.Profile
		want    string
	}{
		{"temperature 0 is there", "m", 0, llm.RungSchema, llm.Profile{}, `{"model":"m",` + messages + `,"temperature":0,"max_tokens":50,` + schema + `,` + streamed + `}`},
		{"temperature as given", "m", 0.2, llm.RungObject, llm.Profile{}, `{"model":"m",` + messages + `,"temperature":0.2,"max_tokens":50,"response_format":{"type":"json_object"},` + streamed + `}`},
		{"plain", "m", 1, llm.RungPlain, llm.Profile{}, `{"model":"m",` + messages + `,"temperature":1,"max_tokens":50,` + streamed + `}`},
		{"no streaming", "m", 0, llm.RungPlain, llm.Profile{NoStream: true}, `{"model":"m",` + messages + `,"temperature":0,"max_tokens":50}`},
		{"reasoning family", "gpt-5-mini", 0, llm.RungPlain, llm.Profile{NoStream: true}, `{"model":"gpt-5-mini",` + messages + `,"max_completion_tokens":50}`},
		{"reasoning family behind a provider", "openai/o3", 0.7, llm.RungPlain, llm.Profile{NoStream: true}, `{"model":"openai/o3",` + messages + `,"max_completion_tokens":50}`},
		{"chat variant", "gpt-5-chat-latest", 0, llm.RungPlain, llm.Profile{NoStream: true}, `{"model":"gpt-5-chat-latest",` + messages + `,"temperature":0,"max_tokens":50}`},
		{"a name that only begins alike", "o3d-coder", 0, llm.RungPlain, llm.Profile{NoStream: true}, `{"model":"o3d-coder",` + messages + `,"temperature":0,"max_tokens":50}`},
		{"by profile", "m", 0, llm.RungPlain, llm.Profile{NoStream: true, NoTemp: true, LongLimit: true}, `{"model":"m",` + messages + `,"max_completion_tokens":50}`},
		{"OpenRouter", "m", 0, llm.RungPlain, llm.Profile{NoStream: true, Endpoint: "https://openrouter.ai/api/v1"}, `{"model":"m",` + messages + `,"temperature":0,"max_tokens":50,"provider":{"require_parameters":true}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := &llm.Request{
				Model: tt.model, Temperature: tt.temp, MaxTokens: 50, SchemaName: "reply", Schema: json.RawMessage(testSchema),
				Messages: []llm.Message{{Role: "system", Content: "Rules <&>."}, {Role: "user", Content: `{"s1":"Çavuşoğlu’s"}`}},
			}
			body, params := wire.Body(req, tt.rung, tt.profile, nil)
			if string(body) != tt.want {
				t.Errorf("body\n%s\nwant\n%s", body, tt.want)
			}
			if strings.Contains(string(params), "Rules") || strings.Contains(string(params), "properties") || !json.Valid(params) {
				t.Errorf("params %s", params)
			}
		})
	}
}

// What goes over the wire through the client: those bytes, the key in the
// header and nowhere else, no header that makes net/http resend.
func TestWhatIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		c, _ := client(t, wire.Config{Network: transport})
		req := question()
		if _, err := c.Complete(context.Background(), req); err != nil {
			t.Fatal(err)
		}
		want, _ := wire.Body(req, llm.RungSchema, llm.Profile{}, nil)
		if s.bodies[0] != string(want) {
			t.Errorf("sent\n%s\nwant\n%s", s.bodies[0], want)
		}
		h := s.headers[0]
		if h.Get("Authorization") != "Bearer "+canary || h.Get("Idempotency-Key") != "" || h.Get("X-Idempotency-Key") != "" || h.Get("Accept-Encoding") != "" {
			t.Errorf("headers %v", h)
		}
	})
}

// The chain serves any client: without a logical request in the context it is
// read from the body, and fields of that client's own are kept.
func TestForeignClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		w := wire.New(wire.Config{Network: transport})
		body := `{"seed":7,"model":"m","temperature":0.5,"messages":[{"role":"user","content":"Hi"}],"max_tokens":9,"response_format":{"type":"json_object"}}`
		for range 2 {
			req, err := http.NewRequest(http.MethodPost, "http://"+host+"/v1/chat/completions", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Idempotency-Key", "x")
			resp, err := w.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			if err != nil || !strings.Contains(string(b), hello) || !strings.Contains(string(b), `"finish_reason":"stop"`) {
				t.Errorf("handed up %s, %v", b, err)
			}
		}
		want := `{"model":"m","messages":[{"role":"user","content":"Hi"}],"temperature":0.5,"max_tokens":9,"stream":true,"stream_options":{"include_usage":true},"seed":7}`
		if s.count() != 1 || s.headers[0].Get("Idempotency-Key") != "" {
			t.Errorf("%d requests, headers %v", s.count(), s.headers[0])
		}
		if !strings.Contains(s.bodies[0], `"seed":7`) || !json.Valid([]byte(s.bodies[0])) {
			t.Errorf("sent %s, want about %s", s.bodies[0], want)
		}
	})
}

// Bytes that are no UTF-8 would be changed in silence: they are refused.
func TestInvalidText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		c, _ := client(t, wire.Config{Network: transport})
		req := question()
		req.Messages[1].Content = "caf\xe9"
		if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != pipeline.Invalid || s.count() != 0 {
			t.Errorf("%v after %d requests", err, s.count())
		}
	})
}
