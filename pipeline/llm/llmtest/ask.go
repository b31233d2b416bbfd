package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// pair is one property of a JSON object, in the order of the text.
type pair struct {
	key   string
	value json.RawMessage
}

// ask is one of dragoman's questions, as it stands in the user's message.
type ask struct {
	task      string
	to        string
	product   string // of summarize/again
	draft     string // of summarize/again
	sentences []pair // key to JSON string
	names     []pair // of names/sheet
}

// parseAsk reads the question out of a message. It is tolerant of text around
// the JSON object; a message without a task is none of dragoman's.
func parseAsk(message string) (ask, bool) {
	start, end := strings.IndexByte(message, '{'), strings.LastIndexByte(message, '}')
	if start < 0 || end < start {
		return ask{}, false
	}
	props, err := object([]byte(message[start : end+1]))
	if err != nil {
		return ask{}, false
	}
	var q ask
	for _, p := range props {
		switch p.key {
		case "task":
			q.task = text(p.value)
		case "to":
			q.to = text(p.value)
		case "product":
			q.product = text(p.value)
		case "draft":
			q.draft = text(p.value)
		case "sentences":
			q.sentences, err = object(p.value)
		case "names":
			q.names, err = object(p.value)
		}
		if err != nil {
			return ask{}, false
		}
	}
	if q.task != "names/sheet" {
		q.names = nil // given to translate by, not asked about
	}
	return q, q.task != ""
}

// object is a JSON object's properties in the order of the text.
func object(raw []byte) ([]pair, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("reading a JSON object: got %v: %w", t, orUnexpected(err))
	}
	var out []pair
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("reading a key: %w", err)
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("reading the value of %v: %w", t, err)
		}
		out = append(out, pair{key: fmt.Sprint(t), value: v})
	}
	return out, nil
}

// orUnexpected is the error, or that there should have been one.
func orUnexpected(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// text is a JSON string's text; "" for any other value.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// raw is a value as JSON, without HTML escapes.
func raw(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return json.RawMessage("null") // cannot happen: strings, lists and maps only
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// written is an object's properties as JSON, in their order.
func written(props []pair) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range props {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(raw(p.key))
		b.WriteByte(':')
		b.Write(p.value)
	}
	b.WriteByte('}')
	return b.String()
}

// answer is the pseudo model's reply to a question, in the order of its keys;
// false for a task that it does not know.
func (q ask) answer() ([]pair, bool) {
	var out []pair
	switch q.task {
	case "correct/edits":
		for _, s := range q.sentences {
			out = append(out, pair{s.key, json.RawMessage("[]")})
		}
	case "names/sheet":
		for _, n := range q.names {
			out = append(out, pair{n.key, raw(Name(q.to, text(n.value)))})
		}
	case "translate/article", "translate/summary":
		for _, s := range q.sentences {
			out = append(out, pair{s.key, raw(Translate(q.to, text(s.value)))})
		}
	case "summarize/brief":
		return q.brief(), true
	case "summarize/long":
		return q.long(), true
	case "summarize/notes":
		return q.notes(), true
	case "summarize/again":
		return q.again(), true
	default:
		return nil, false
	}
	return out, true
}
