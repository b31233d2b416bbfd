package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// shape writes the exact bytes of the request from the logical request in the
// context: temperature 0 really there, streaming with usage unless the profile
// says no, and what a model family refuses left out. Without a logical request
// in the context (a library user's own client) it is read from the body.
type shape struct {
	cfg  Config
	next http.RoundTripper
}

func newShape(cfg Config, next http.RoundTripper) *shape { return &shape{cfg, next} }

func (s *shape) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/chat/completions") {
		return s.cfg.Network.RoundTrip(req)
	}
	fields := map[string]json.RawMessage{}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("reading the request: %w", err)
		}
		if err := json.Unmarshal(b, &fields); err != nil {
			return nil, &pipeline.Error{Code: pipeline.Invalid, Err: fmt.Errorf("reading the request: %w", err)}
		}
	}
	ctx := req.Context()
	call := llm.CallFrom(ctx)
	if call == nil {
		var err error
		if call, err = callFromBody(fields); err != nil {
			return nil, &pipeline.Error{Code: pipeline.Invalid, Err: fmt.Errorf("reading the request: %w", err)}
		}
		ctx = llm.WithCall(ctx, call)
	}
	if err := valid(call.Request); err != nil {
		return nil, err
	}
	body, params := Body(call.Request, call.Rung, s.cfg.Profile, fields)
	call.Params, call.Shape = params, llm.Digest(body)
	out := req.Clone(ctx)
	for _, h := range []string{"Idempotency-Key", "X-Idempotency-Key", "Accept-Encoding"} {
		out.Header.Del(h) // with the first two, net/http resends a POST by itself
	}
	out.Header.Set("Content-Type", "application/json")
	out.Header.Set("Accept", "text/event-stream, application/json")
	setBody(out, body)
	return s.next.RoundTrip(out)
}

// setBody gives a request its bytes.
func setBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody() // cannot fail
}

// valid refuses what would be changed silently on its way.
func valid(req *llm.Request) error {
	for i, m := range req.Messages {
		if !utf8.ValidString(m.Content) {
			return &pipeline.Error{
				Code: pipeline.Invalid, Stage: req.Stage,
				Hint: "decode the input before it is asked about",
				Err:  fmt.Errorf("message %d is not UTF-8", i+1),
			}
		}
	}
	return nil
}

// own are the fields that shape writes, in the order it writes them; whatever
// else a library user's client set follows in alphabetical order.
var own = []string{
	"model", "messages", "temperature", "max_tokens", "max_completion_tokens", "response_format",
	"stream", "stream_options", "provider",
}

// Body writes the exact bytes of a request at a rung, and the same without
// messages and schema, for people. Extra fields are kept unless Body writes
// them itself.
func Body(req *llm.Request, rung llm.Rung, p llm.Profile, extra map[string]json.RawMessage) (body []byte, params json.RawMessage) {
	fields := maps.Clone(extra)
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	for _, name := range own {
		delete(fields, name)
	}
	fields["model"] = encode(req.Model)
	fields["messages"] = encode(req.Messages)
	reasoning := reasoningFamily(req.Model)
	if !reasoning && !p.NoTemp {
		fields["temperature"] = encode(req.Temperature)
	}
	if req.MaxTokens > 0 {
		name := "max_tokens"
		if reasoning || p.LongLimit {
			name = "max_completion_tokens"
		}
		fields[name] = encode(req.MaxTokens)
	}
	if f := format(req, rung); f != nil {
		fields["response_format"] = f
	}
	if !p.NoStream {
		fields["stream"] = encode(true)
		fields["stream_options"] = json.RawMessage(`{"include_usage":true}`)
	}
	if strings.Contains(p.Endpoint, "openrouter.ai") {
		fields["provider"] = json.RawMessage(`{"require_parameters":true}`)
	}
	body = assemble(fields)
	delete(fields, "messages")
	if rung == llm.RungSchema && fields["response_format"] != nil {
		fields["response_format"] = json.RawMessage(`{"type":"json_schema"}`)
	}
	return body, assemble(fields)
}

// format is the response_format of a rung; nil at the bottom.
func format(req *llm.Request, rung llm.Rung) json.RawMessage {
	if len(req.Schema) == 0 {
		return nil
	}
	switch rung {
	case llm.RungSchema:
		type schema struct {
			Name   string          `json:"name"`
			Strict bool            `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		}
		name := req.SchemaName
		if name == "" {
			name = "reply"
		}
		return encode(struct {
			Type       string `json:"type"`
			JSONSchema schema `json:"json_schema"`
		}{"json_schema", schema{name, true, req.Schema}})
	case llm.RungObject:
		return json.RawMessage(`{"type":"json_object"}`)
	}
	return nil
}

func assemble(fields map[string]json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	write := func(name string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(encode(name))
		b.WriteByte(':')
		b.Write(fields[name])
	}
	for _, name := range own {
		if fields[name] != nil {
			write(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(own, name) {
			write(name)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// encode is JSON without HTML escaping: "<" stays "<".
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage("null") // cannot happen: strings, numbers and valid raw JSON only
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// reasoningModel are the families that refuse temperature and max_tokens, also
// under a provider's prefix ("openai/gpt-5"). The chat variants do not.
var reasoningModel = regexp.MustCompile(`^(?:[a-z0-9_.-]+/)?(?:o[1-9]|gpt-[5-9])(?:$|[-.])`)

func reasoningFamily(model string) bool {
	return reasoningModel.MatchString(model) && !strings.Contains(model, "-chat")
}

// callFromBody reads the logical request of a client that carries none.
func callFromBody(fields map[string]json.RawMessage) (*llm.Call, error) {
	var body struct {
		Model       string
		Messages    []llm.Message
		Temperature float64
		MaxTokens   int `json:"max_tokens"`
		MaxAnswer   int `json:"max_completion_tokens"`
		Format      struct {
			Type   string
			Schema struct {
				Name   string
				Schema json.RawMessage
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(encode(fields), &body); err != nil {
		return nil, err
	}
	rung := llm.RungPlain
	switch body.Format.Type {
	case "json_schema":
		rung = llm.RungSchema
	case "json_object":
		rung = llm.RungObject
	}
	return &llm.Call{Rung: rung, Request: &llm.Request{
		Model: body.Model, Messages: body.Messages, Temperature: body.Temperature,
		MaxTokens: max(body.MaxTokens, body.MaxAnswer), SchemaName: body.Format.Schema.Name, Schema: body.Format.Schema.Schema,
	}}, nil
}
