package llm

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"dragoman/pipeline"
)

// Provenance says where a recording's reply comes from.
type Provenance string

// The provenances of a recording.
const (
	Live       Provenance = "live"        // a provider's model answered
	LocalModel Provenance = "local-model" // a model on the recorder's own machine answered
	Authored   Provenance = "authored"    // a person wrote the reply
)

// RecordingsFile is the name of the file that says what a folder of
// recordings is about.
const RecordingsFile = "recordings.json"

// RecordingsInfo is the content of recordings.json: what a replay needs to
// know, so that it needs no other flag.
type RecordingsInfo struct {
	Model      string     `json:"model"`          // as asked
	Provenance Provenance `json:"provenance"`     // of the recordings that name none
	Note       string     `json:"note,omitempty"` // for people
	Date       time.Time  `json:"date,omitzero"`  // when it was recorded, in UTC to the second; zero: not said
	Profile    Profile    `json:"profile"`        // of the endpoint when it was recorded
}

// recording is one file of a folder of recordings.
type recording struct {
	Provenance Provenance       `json:"provenance"`
	Request    recordedRequest  `json:"request"`
	Response   recordedResponse `json:"response"`

	file string // its name in the folder
	used bool
}

// recordedRequest is the request half: readable, and enough to compute the key
// from.
type recordedRequest struct {
	Stage       string            `json:"stage"`
	Lang        string            `json:"lang,omitempty"`
	Prompt      string            `json:"prompt"` // id@version
	Units       []string          `json:"units,omitempty"`
	Keys        []string          `json:"keys,omitempty"` // top-level properties asked for
	Model       string            `json:"model,omitempty"`
	Temperature float64           `json:"temperature"`
	MaxTokens   int               `json:"maxTokens,omitempty"`
	Messages    []recordedMessage `json:"messages,omitempty"`
	Schema      string            `json:"schema,omitempty"` // digest
	Key         string            `json:"key,omitempty"`
	Rung        Rung              `json:"rung,omitempty"`
	Params      json.RawMessage   `json:"params,omitempty"` // the body sent, without messages and schema
	Shape       string            `json:"shape,omitempty"`  // digest of the exact body sent
}

// recordedMessage is a message: the system's as a digest, the user's as an
// object where it is one.
type recordedMessage struct {
	Role    string          `json:"role"`
	Digest  string          `json:"digest,omitempty"`
	Content json.RawMessage `json:"content,omitempty"`
}

// recordedResponse is the reply half. Content is the answer: an object where
// it is one, else a string. Body is the raw reply of a fault, in its place.
type recordedResponse struct {
	Status     int               `json:"status,omitempty"` // 0: 200
	Headers    map[string]string `json:"headers,omitempty"`
	Finish     Finish            `json:"finish,omitempty"` // "": stop
	Model      string            `json:"model,omitempty"`
	Usage      *recordedUsage    `json:"usage,omitempty"`
	Content    json.RawMessage   `json:"content,omitempty"`
	Refusal    string            `json:"refusal,omitempty"`
	Body       string            `json:"body,omitempty"`
	Broken     string            `json:"broken,omitempty"` // the body ends broken off
	DurationMS int64             `json:"durationMs,omitempty"`
}

type recordedUsage struct {
	Input  int `json:"inputTokens"`
	Output int `json:"outputTokens"`
	Cached int `json:"cachedTokens,omitempty"`
}

// recordRequest writes the request half of a call.
func recordRequest(req *Request, rung Rung, params json.RawMessage, shape string) recordedRequest {
	r := recordedRequest{
		Stage: req.Stage, Lang: req.Lang, Prompt: req.Prompt, Units: req.Units, Keys: schemaKeys(req.Schema),
		Model: req.Model, Temperature: req.Temperature, MaxTokens: req.MaxTokens,
		Schema: Digest(compact(req.Schema)), Key: Key(req), Rung: rung, Params: params, Shape: shape,
	}
	for _, m := range req.Messages {
		rm := recordedMessage{Role: m.Role}
		if m.Role == "system" {
			rm.Digest = Digest([]byte(m.Content))
		} else {
			rm.Content = readable(m.Content)
		}
		r.Messages = append(r.Messages, rm)
	}
	return r
}

// key computes the key of a request half, or "" where it is not complete.
func (r *recordedRequest) key() string {
	if r.Schema == "" { // a digest always stands where the request was written by us
		return ""
	}
	var messages []digested
	for _, m := range r.Messages {
		d := m.Digest
		if d == "" {
			d = Digest([]byte(text(m.Content)))
		}
		messages = append(messages, digested{m.Role, d})
	}
	return keyOf(r.Stage, r.Model, r.Temperature, r.MaxTokens, messages, r.Schema)
}

// prompt is the prompt's id without its version.
func (r *recordedRequest) promptID() string {
	id, _, _ := strings.Cut(r.Prompt, "@")
	return id
}

// keys are the properties that the recording answers: as the request half
// says, or else those of the answer.
func (r *recording) keys() []string {
	if r.Request.Keys != nil {
		return r.Request.Keys
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(r.Response.Content, &o) != nil {
		return nil
	}
	var out []string
	for k := range o {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// answer is the reply half as an answer; nil where it is a raw body.
func (r *recordedResponse) answer() *Answer {
	if r.Content == nil && r.Refusal == "" {
		return nil
	}
	a := &Answer{Text: text(r.Content), Refusal: r.Refusal, Finish: r.Finish, Model: r.Model}
	if a.Finish == "" {
		a.Finish = Stop
	}
	if r.Usage != nil {
		a.Usage = pipeline.Usage{InputTokens: r.Usage.Input, OutputTokens: r.Usage.Output, CachedTokens: r.Usage.Cached, Known: true}
	}
	return a
}

// recordResponse writes the reply half of an exchange.
func recordResponse(x *Exchange, a *Answer) recordedResponse {
	r := recordedResponse{DurationMS: x.Duration.Milliseconds()}
	if a == nil {
		r.Status, r.Headers, r.Body, r.Broken = x.Reply.Status, x.Reply.Header, strings.ToValidUTF8(string(x.Reply.Body), "\ufffd"), x.Reply.Broken
		return r
	}
	r.Finish, r.Model, r.Refusal, r.Content = a.Finish, a.Model, a.Refusal, readable(a.Text)
	if a.Usage.Known {
		r.Usage = &recordedUsage{a.Usage.InputTokens, a.Usage.OutputTokens, a.Usage.CachedTokens}
	}
	return r
}

// readable is a text as JSON: itself where it is an object, else a string.
func readable(s string) json.RawMessage {
	if t := strings.TrimSpace(s); strings.HasPrefix(t, "{") && json.Valid([]byte(t)) {
		return json.RawMessage(t)
	}
	return encodeJSON(s)
}

// text is the reverse of readable, without insignificant white space.
func text(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	return string(compact(b))
}

// schemaKeys are the required properties of a schema, in its order.
func schemaKeys(schema json.RawMessage) []string {
	var s struct {
		Required []string `json:"required"`
	}
	if len(schema) == 0 || json.Unmarshal(schema, &s) != nil {
		return nil
	}
	return s.Required
}

// encodeJSON is JSON without HTML escaping: what people read.
func encodeJSON(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// encodeFile is a value as the text of a file.
func encodeFile(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// Recorded is a reply that a recording gives: a whole answer, or the raw reply
// of a fault.
type Recorded struct {
	File     string        // the recording's name in its folder
	Answer   *Answer       // nil where the reply is raw
	Reply    Reply         // the raw reply otherwise
	Duration time.Duration // as recorded
}
