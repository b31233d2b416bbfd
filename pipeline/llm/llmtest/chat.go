package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// chatRequest is what the pseudo model reads of a chat completion request.
type chatRequest struct {
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens           int `json:"max_tokens"`
	MaxCompletionTokens int `json:"max_completion_tokens"`
	ResponseFormat      *struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

// response is an answer before it is written, so that faults can change it.
type response struct {
	status     int
	retryAfter string // header of a 429
	headers    map[string]string
	body       any    // in place of a completion: an error
	props      []pair // a keyed answer; content is made of it when it is written
	content    string
	null       bool // content is null
	refusal    string
	finish     string // "" ends a stream without one
	prompt     int    // tokens of the question
	cached     int    // of those, what came from the cache
	cut        bool   // the connection closes inside the body
	fault      string // the name of the fault in it
}

// chat answers POST /v1/chat/completions.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, apiError(err.Error(), "invalid_request_error", 400))
		return
	}
	var req chatRequest
	bad := json.Unmarshal(body, &req)
	q, _ := parseAsk(req.lastUser())
	at := s.enter(body, q, req.Stream, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	res := response{status: http.StatusBadRequest, body: apiError("invalid JSON in the request", "invalid_request_error", 400)}
	headers, over := s.admitNow()
	switch {
	case over != nil:
		res = *over
	case bad == nil:
		release, err := s.work(r.Context())
		defer release()
		if err != nil {
			s.leave(at, response{status: 499}) // the client went away
			return
		}
		if wait := s.admit(); wait > 0 {
			res = s.overRPM(wait)
		} else {
			res = s.decide(&req)
		}
	}
	s.finish(&req, q, &res)
	res.headers = headers
	s.leave(at, res)
	s.write(w, &req, &res)
}

// finish puts faults into an answer, and cuts it at the limit of tokens.
func (s *Server) finish(req *chatRequest, q ask, res *response) {
	s.spoil(q, res)
	if res.content == "" && res.props != nil && !res.null {
		res.content = written(res.props)
	}
	if limit := max(req.MaxTokens, req.MaxCompletionTokens); limit > 0 && tokens(res.content) > limit && res.body == nil {
		res.content, res.finish = firstRunes(res.content, limit*4), "length"
	}
}

// decide makes the answer that a well-behaved server gives.
func (s *Server) decide(req *chatRequest) response {
	question := req.lastUser()
	q, ours := parseAsk(question)
	prompt := 0
	for _, m := range req.Messages {
		prompt += tokens(messageText(m.Content)) + 4
	}
	if prompt > s.context() {
		e := apiError(fmt.Sprintf("request (%d tokens) exceeds the available context size (%d tokens), try increasing it", prompt, s.context()), "exceed_context_size_error", 400)
		inner := e["error"].(map[string]any)
		inner["n_prompt_tokens"], inner["n_ctx"] = prompt, s.context()
		return response{status: http.StatusBadRequest, body: e}
	}
	if f := req.ResponseFormat; f != nil && (s.opt.RefuseFormats || s.opt.RefuseSchema && f.Type == "json_schema") {
		return response{status: http.StatusBadRequest, body: apiError("'response_format' of type '"+f.Type+"' is not supported", "invalid_request_error", 400)}
	}
	res := response{status: http.StatusOK, finish: "stop", prompt: prompt, cached: min(s.cached(req), prompt)}
	if ours {
		if props, ok := q.answer(); ok {
			res.props = props
			return res
		}
	}
	res.content = strangerAnswer(req, question)
	return res
}

// strangerAnswer answers a question that is none of dragoman's prompts: the
// smallest value that the schema allows, or a plain line.
func strangerAnswer(req *chatRequest, question string) string {
	if f := req.ResponseFormat; f != nil {
		if f.Type == "json_schema" && len(f.JSONSchema.Schema) > 0 {
			return string(raw(smallest(f.JSONSchema.Schema)))
		}
		return "{}"
	}
	return "This is the pseudo model. It was asked: " + firstRunes(question, 200)
}

// lastUser is the text of the last message of the user.
func (r *chatRequest) lastUser() string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role == "user" {
			return messageText(r.Messages[i].Content)
		}
	}
	return ""
}

// messageText is a message's content: a string, or the text parts of a list.
func messageText(content json.RawMessage) string {
	var s string
	if json.Unmarshal(content, &s) == nil {
		return s
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(content, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// write sends the answer, whole or as a stream.
func (s *Server) write(w http.ResponseWriter, req *chatRequest, res *response) {
	if res.retryAfter != "" {
		w.Header().Set("Retry-After", res.retryAfter)
	}
	for name, value := range res.headers {
		w.Header().Set(name, value)
	}
	switch {
	case res.body != nil:
		writeJSON(w, res.status, res.body)
	case req.Stream:
		s.stream(w, req, res)
	default:
		s.whole(w, res)
	}
}

// usage is the usage object of an answer; nil where the server does not say.
func (s *Server) usage(res *response) any {
	if s.opt.NoUsage {
		return nil
	}
	out := tokens(res.content)
	u := map[string]any{"prompt_tokens": res.prompt, "completion_tokens": out, "total_tokens": res.prompt + out}
	if s.opt.PrefixCache {
		u["prompt_tokens_details"] = map[string]any{"cached_tokens": res.cached}
	}
	return u
}

// whole writes one chat.completion object.
func (s *Server) whole(w http.ResponseWriter, res *response) {
	message := map[string]any{"role": "assistant", "content": res.content}
	if res.null {
		message["content"] = nil
	}
	if res.refusal != "" {
		message["refusal"] = res.refusal
	}
	choice := map[string]any{"index": 0, "message": message, "finish_reason": nil}
	if res.finish != "" {
		choice["finish_reason"] = res.finish
	}
	out := map[string]any{"id": "chatcmpl-pseudo", "object": "chat.completion", "created": 0, "model": ModelName, "choices": []any{choice}}
	if u := s.usage(res); u != nil {
		out["usage"] = u
	}
	if !res.cut {
		writeJSON(w, res.status, out)
		return
	}
	text := raw(out)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text[:len(text)/2])
	flush(w)
	hangUp(w)
}

// stream writes server-sent events: a chunk with the role, the content in
// pieces, the finish reason, the usage if asked for, and [DONE].
func (s *Server) stream(w http.ResponseWriter, req *chatRequest, res *response) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(res.status)
	event := func(delta map[string]any, finish any) {
		s.event(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}})
	}
	first := map[string]any{"role": "assistant", "content": ""}
	if res.null {
		first["content"] = nil
	}
	event(first, nil)
	size := s.opt.ChunkRunes
	if size <= 0 {
		size = defaultChunk
	}
	rest := res.content
	stopAt := -1
	if res.cut {
		stopAt = len(rest) / 2
	}
	for rest != "" && len(rest) > stopAt {
		chunk := firstRunes(rest, size)
		rest = rest[len(chunk):]
		event(map[string]any{"content": chunk}, nil)
	}
	if res.cut {
		hangUp(w)
		return
	}
	if res.refusal != "" {
		event(map[string]any{"refusal": res.refusal}, nil)
	}
	if res.finish == "" {
		return // the stream just ends
	}
	event(map[string]any{}, res.finish)
	if u := s.usage(res); u != nil && req.StreamOptions.IncludeUsage {
		s.event(w, map[string]any{"choices": []any{}, "usage": u})
	}
	_, _ = w.Write([]byte("data: [DONE]\n\n"))
	flush(w)
}

// event writes one chunk with the fields that all have.
func (s *Server) event(w http.ResponseWriter, fields map[string]any) {
	fields["id"], fields["object"], fields["created"], fields["model"] = "chatcmpl-pseudo", "chat.completion.chunk", 0, ModelName
	_, _ = w.Write([]byte("data: " + string(raw(fields)) + "\n\n"))
	flush(w)
}

// hangUp closes the connection inside the body.
func hangUp(w http.ResponseWriter) {
	if p, ok := w.(*pipeWriter); ok {
		p.hangUp()
		return
	}
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// firstRunes is the beginning of a text, at most n runes.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
