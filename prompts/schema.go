package prompts

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// expand writes a schema with the property "*" replaced by one property a key,
// and with "required" naming every property in order. Schemas are written in
// the strict subset that endpoints enforce: every property required, nothing
// additional.
func expand(schema []byte, keys []string) (json.RawMessage, error) {
	var top struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(schema, &top); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	each, ok := top.Properties["*"]
	if !ok {
		var b bytes.Buffer
		if err := json.Compact(&b, schema); err != nil {
			return nil, fmt.Errorf("reading the schema: %w", err)
		}
		return b.Bytes(), nil
	}
	if len(top.Properties) != 1 {
		return nil, fmt.Errorf(`reading the schema: "*" must be the only property`)
	}
	var properties Object
	for _, k := range keys {
		properties = append(properties, Member{k, each})
	}
	return Encode(Object{
		{"type", "object"},
		{"properties", properties},
		{"required", keys},
		{"additionalProperties", false},
	})
}
