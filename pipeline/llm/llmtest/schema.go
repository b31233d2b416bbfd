package llmtest

import (
	"encoding/json"
	"strings"
)

// schema is as much of JSON Schema as strict response formats use.
type schema struct {
	Type       any                        `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Items      json.RawMessage            `json:"items"`
	Enum       []any                      `json:"enum"`
	Const      any                        `json:"const"`
	AnyOf      []json.RawMessage          `json:"anyOf"`
	MinItems   int                        `json:"minItems"`
	MinLength  int                        `json:"minLength"`
	Minimum    *float64                   `json:"minimum"`
}

// smallest is a value that a schema allows: required properties only, first
// enum values, shortest lists and texts. References are not followed.
func smallest(text json.RawMessage) any {
	var s schema
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return smallest(s.AnyOf[0])
	}
	switch s.typeName() {
	case "object":
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = smallest(s.Properties[name])
		}
		return out
	case "array":
		out := make([]any, s.MinItems)
		for i := range out {
			out[i] = smallest(s.Items)
		}
		return out
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 0
	case "boolean":
		return true
	case "string":
		return strings.Repeat("a", max(s.MinLength, 1))
	}
	return nil
}

// typeName is the schema's type; of several, the first.
func (s schema) typeName() string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		if len(t) > 0 {
			name, _ := t[0].(string)
			return name
		}
	}
	return ""
}
