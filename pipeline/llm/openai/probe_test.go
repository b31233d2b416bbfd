package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// box is a model server of some kind, without a network.
type box struct {
	models, props string // replies to GET; "": 404
	chat          func(b map[string]any) (status int, reply string)
	calls         int
}

func (s *box) RoundTrip(req *http.Request) (*http.Response, error) {
	status, reply := 404, `{"error":{"message":"not found"}}`
	switch {
	case strings.HasSuffix(req.URL.Path, "/models") && s.models != "":
		status, reply = 200, s.models
	case req.URL.Path == "/props" && s.props != "":
		status, reply = 200, s.props
	case req.Method == http.MethodPost:
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		var body map[string]any
		if err := json.Unmarshal(b, &body); err != nil {
			return nil, err
		}
		s.calls++
		status, reply = s.chat(body)
	}
	kind := "application/json"
	if strings.HasPrefix(reply, "data:") {
		kind = "text/event-stream"
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(reply)), Request: req}, nil
}

// reply answers as asked: streamed or whole.
func reply(b map[string]any, text string) (int, string) {
	quoted, _ := json.Marshal(text)
	if b["stream"] == true {
		return 200, fmt.Sprintf("data: {\"model\":\"real-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%s},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n", quoted)
	}
	return 200, fmt.Sprintf(`{"model":"real-1","choices":[{"index":0,"message":{"content":%s},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`, quoted)
}

func formatOf(b map[string]any) string {
	f, _ := b["response_format"].(map[string]any)
	return fmt.Sprint(f["type"])
}

// obedient does what the prompt says, and keeps to the formats it enforces.
func obedient(enforced string) func(b map[string]any) (int, string) {
	return func(b map[string]any) (int, string) {
		switch f := formatOf(b); {
		case f == "json_schema" && strings.Contains(enforced, "schema"):
			return reply(b, `{"zk41":"vanta-77"}`)
		case f == "json_object" && strings.Contains(enforced, "object"):
			return reply(b, `{"hello":"hello"}`)
		case f == "json_schema":
			return reply(b, `{"colour":"red","number":7}`)
		}
		return reply(b, "Hello.")
	}
}

const oneModel = `{"data":[{"id":"qwen","owned_by":"llamacpp","meta":{"n_ctx":2048}}]}`

func TestProbe(t *testing.T) {
	local := "http://127.0.0.1:9/v1"
	remote := "https://api.example.test/v1"
	refusing := func(word string, unless string) func(b map[string]any) (int, string) {
		return func(b map[string]any) (int, string) {
			if _, ok := b[word]; ok {
				return 400, fmt.Sprintf(`{"error":{"message":"Unsupported parameter: '%s' is not supported","type":"invalid_request_error","param":%q}}`, word, word)
			}
			return obedient(unless)(b)
		}
	}
	tests := []struct {
		name, base, model string
		box               box
		want              llm.Profile
	}{
		{
			"llama.cpp", local, "",
			box{models: oneModel, props: `{"total_slots":3,"default_generation_settings":{"n_ctx":4096}}`, chat: obedient("schema object")},
			llm.Profile{Endpoint: local, Server: "llama.cpp", Model: "qwen", Answering: "real-1", Rung: llm.RungSchema, Enforced: true, Context: 4096, Slots: 3},
		},
		{
			"schema ignored, object kept", local, "qwen",
			box{models: oneModel, chat: obedient("object")},
			llm.Profile{Endpoint: local, Server: "llama.cpp", Model: "qwen", Answering: "real-1", Rung: llm.RungObject, Context: 2048},
		},
		{
			"everything ignored", local, "qwen",
			box{models: oneModel, chat: obedient("")},
			llm.Profile{Endpoint: local, Server: "llama.cpp", Model: "qwen", Answering: "real-1", Rung: llm.RungPlain, Context: 2048},
		},
		{
			"formats refused", local, "qwen",
			box{models: oneModel, chat: refusing("response_format", "")},
			llm.Profile{Endpoint: local, Server: "llama.cpp", Model: "qwen", Answering: "real-1", Rung: llm.RungPlain, Context: 2048},
		},
		{
			"temperature refused", remote, "x",
			box{chat: refusing("temperature", "schema")},
			llm.Profile{Endpoint: remote, Model: "x", Answering: "real-1", Rung: llm.RungSchema, Enforced: true, NoTemp: true},
		},
		{
			"max_tokens refused", remote, "x",
			box{chat: refusing("max_tokens", "schema")},
			llm.Profile{Endpoint: remote, Model: "x", Answering: "real-1", Rung: llm.RungSchema, Enforced: true, LongLimit: true},
		},
		{
			"streaming refused", remote, "x",
			box{chat: refusing("stream", "schema")},
			llm.Profile{Endpoint: remote, Model: "x", Answering: "real-1", Rung: llm.RungSchema, Enforced: true, NoStream: true},
		},
		{
			"context by refusal", remote, "x",
			box{chat: func(b map[string]any) (int, string) {
				if n, _ := b["max_tokens"].(float64); n > 8192 {
					return 400, `{"error":{"message":"'max_tokens' is too large: 50000000. This model's maximum context length is 8192 tokens and your request has 12 input tokens"}}`
				}
				return obedient("schema")(b)
			}},
			llm.Profile{Endpoint: remote, Model: "x", Answering: "real-1", Rung: llm.RungSchema, Enforced: true, Context: 8192},
		},
		{
			"no usage, no stream", remote, "x",
			box{chat: func(b map[string]any) (int, string) {
				delete(b, "stream")
				status, r := obedient("schema")(b)
				return status, strings.Replace(r, `"usage"`, `"used"`, 1)
			}},
			llm.Profile{Endpoint: remote, Model: "x", Answering: "real-1", Rung: llm.RungSchema, Enforced: true, NoStream: true, NoUsage: true},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Probe(context.Background(), Config{BaseURL: tt.base, Model: tt.model, HTTP: &tt.box})
			if err != nil || got != tt.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.want)
			}
			if tt.box.calls > 8 {
				t.Errorf("%d calls", tt.box.calls)
			}
		})
	}
}

func TestProbeFails(t *testing.T) {
	broken := func(status int, body string) func(map[string]any) (int, string) {
		return func(map[string]any) (int, string) { return status, body }
	}
	tests := []struct {
		name, model string
		box         box
		code        pipeline.Code
		says        string
	}{
		{"several models", "", box{models: `{"data":[{"id":"b"},{"id":"a"}]}`}, pipeline.Invalid, "a, b"},
		{"no models", "", box{models: `{"data":[]}`}, pipeline.Invalid, "no model"},
		{"no list and no model", "", box{}, pipeline.Unavailable, "listing the models"},
		{"no list of models", "", box{models: `{"hello":1}`}, pipeline.Unavailable, "no list"},
		{"key refused", "x", box{models: oneModel, chat: broken(401, `{"error":{"message":"bad key"}}`)}, pipeline.Auth, "bad key"},
		{"no money", "x", box{chat: broken(429, `{"error":{"message":"pay","code":"insufficient_quota"}}`)}, pipeline.Quota, "pay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Probe(context.Background(), Config{BaseURL: "http://127.0.0.1:9/v1", Model: tt.model, HTTP: &tt.box})
			if pipeline.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q saying %q", err, tt.code, tt.says)
			}
		})
	}
}

func TestChooseModel(t *testing.T) {
	var many []Model
	for i := range 30 {
		many = append(many, Model{ID: fmt.Sprintf("m%02d", i)})
	}
	if _, err := ChooseModel(many); err == nil || !strings.Contains(err.Error(), "m19 and 10 more") {
		t.Errorf("got %v", err)
	}
	if name, err := ChooseModel(many[:1]); err != nil || name != "m00" {
		t.Errorf("got %s, %v", name, err)
	}
}

// Only the usual ports of this machine are asked, for their models, without a key.
func TestFindLocal(t *testing.T) {
	asked := make(chan string, 8)
	found := findLocal(context.Background(), roundTripper(func(req *http.Request) (*http.Response, error) {
		asked <- req.Method + " " + req.URL.String() + req.Header.Get("Authorization")
		s := &box{}
		switch req.URL.Port() {
		case "8080":
			s.models = `{"data":[{"id":"files","owned_by":"somebody"}]}`
		case "11434":
			s.models = `{"data":[{"id":"qwen3:8b","owned_by":"library"},{"id":"gemma3"}]}`
		}
		return s.RoundTrip(req)
	}))
	close(asked)
	n := 0
	for a := range asked {
		n++
		if !strings.HasPrefix(a, "GET http://127.0.0.1:") || !strings.HasSuffix(a, "/v1/models") {
			t.Errorf("asked %s", a)
		}
	}
	if n != 4 || len(found) != 2 || found[0].Server != "Ollama" || len(found[0].Models) != 2 || found[1].BaseURL != "http://127.0.0.1:8080/v1" {
		t.Errorf("asked %d, found %+v", n, found)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ExampleChooseModel() {
	_, err := ChooseModel([]Model{{ID: "qwen3:8b"}, {ID: "gemma3:4b"}})
	fmt.Println(err)
	// Output: the endpoint offers several models: gemma3:4b, qwen3:8b
}
