package llm

import (
	"bytes"
	"encoding/json"
)

// Withheld is the exchange as it is stored where no text may be: who was asked,
// when, how long it took, what it used, and the digests by which it is named.
// The messages, the schema and the answer are left out, so that it answers
// nobody.
func (x *Exchange) Withheld() *Exchange {
	y := *x
	y.NoText = true
	y.Request.Messages, y.Request.Schema = nil, nil
	y.Reply.Body = billed(x.Reply.Body)
	return &y
}

// billed is what a reply says of its model and of the tokens that it took, or
// nothing. A stream says it in one of its events.
func billed(body []byte) []byte {
	var kept struct {
		Model string         `json:"model,omitempty"`
		Usage map[string]any `json:"usage,omitempty"`
	}
	for part := range bytes.SplitSeq(body, []byte("\ndata:")) {
		part = bytes.TrimSpace(bytes.TrimPrefix(part, []byte("data:")))
		if i := bytes.LastIndexByte(part, '}'); i >= 0 {
			part = part[:i+1] // further lines of the event
		}
		var said struct {
			Model string         `json:"model"`
			Usage map[string]any `json:"usage"`
		}
		if json.Unmarshal(part, &said) != nil {
			continue
		}
		if said.Model != "" {
			kept.Model = said.Model
		}
		if said.Usage != nil {
			kept.Usage = numbers(said.Usage)
		}
	}
	if kept.Model == "" && kept.Usage == nil {
		return nil
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return nil
	}
	return b
}

// numbers are the numbers of an object, and of the objects in it.
func numbers(of map[string]any) map[string]any {
	kept := map[string]any{}
	for name, v := range of {
		switch v := v.(type) {
		case float64:
			kept[name] = v
		case map[string]any:
			kept[name] = numbers(v)
		}
	}
	return kept
}
