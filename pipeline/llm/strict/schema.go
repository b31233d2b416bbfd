package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// Schema is a compiled schema.
type Schema struct{ root *node }

// Violation is one place where a value breaks its schema.
type Violation struct {
	Path    string // JSON Pointer: "/s1/0/before"; "" is the whole value
	Message string // "is missing", "is no string", …
}

// String is path and message in one line.
func (v Violation) String() string {
	if v.Path == "" {
		return "the reply " + v.Message
	}
	return v.Path + " " + v.Message
}

// node is one schema of the subset.
type node struct {
	types      []string
	properties []property
	required   []string
	closed     bool // additionalProperties: false
	items      *node
	enum       []string
	minItems   *int
	maxItems   *int
	minLength  *int
	maxLength  *int
}

type property struct {
	name string
	node *node
}

// Compile reads a schema of the strict subset that endpoints enforce while
// decoding: type (one or several), properties, required,
// additionalProperties: false, items, enum of strings, minItems, maxItems,
// minLength, maxLength, and the annotations $schema, title and description.
// Any other keyword is an error: it could not be ignored without accepting what
// the schema forbids.
//
// This stands here in place of a general validator because the best one costs
// 5 ms in package initialisation at every start of the program, a fifth to all
// of the start-up time it is measured against.
func Compile(schema json.RawMessage) (*Schema, error) {
	v, err := Parse(schema)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	n, err := compile(v, "")
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	return &Schema{n}, nil
}

func compile(v any, path string) (*node, error) {
	o, ok := v.(Object)
	if !ok {
		return nil, fmt.Errorf("%s is no object", at(path))
	}
	n := &node{}
	for _, m := range o {
		if err := n.keyword(m, path); err != nil {
			return nil, err
		}
	}
	if len(n.types) == 0 && n.enum == nil {
		return nil, fmt.Errorf("%s has no type", at(path))
	}
	for _, name := range n.required {
		if !slices.ContainsFunc(n.properties, func(p property) bool { return p.name == name }) {
			return nil, fmt.Errorf("%s requires %q, which is no property", at(path), name)
		}
	}
	return n, nil
}

func (n *node) keyword(m Member, path string) (err error) {
	here := path + "/" + m.Key
	switch m.Key {
	case "$schema", "title", "description":
	case "type":
		n.types, err = types(m.Value, here)
	case "properties":
		o, ok := m.Value.(Object)
		if !ok {
			return fmt.Errorf("%s is no object", here)
		}
		for _, p := range o {
			sub, err := compile(p.Value, here+"/"+p.Key)
			if err != nil {
				return err
			}
			n.properties = append(n.properties, property{p.Key, sub})
		}
	case "required":
		n.required, err = stringList(m.Value, here)
	case "additionalProperties":
		if b, ok := m.Value.(bool); !ok || b {
			return fmt.Errorf("%s is not false", here)
		}
		n.closed = true
	case "items":
		n.items, err = compile(m.Value, here)
	case "enum":
		n.enum, err = stringList(m.Value, here)
	case "minItems":
		n.minItems, err = number(m.Value, here)
	case "maxItems":
		n.maxItems, err = number(m.Value, here)
	case "minLength":
		n.minLength, err = number(m.Value, here)
	case "maxLength":
		n.maxLength, err = number(m.Value, here)
	default:
		return fmt.Errorf("%s: the keyword is outside the strict subset", here)
	}
	return err
}

var knownTypes = []string{"object", "array", "string", "number", "integer", "boolean", "null"}

func types(v any, path string) ([]string, error) {
	if s, ok := v.(string); ok {
		v = []any{s}
	}
	list, err := stringList(v, path)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if !slices.Contains(knownTypes, t) {
			return nil, fmt.Errorf("%s: unknown type %q", path, t)
		}
	}
	return list, nil
}

func stringList(v any, path string) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is no list", path)
	}
	out := []string{}
	for _, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, fmt.Errorf("%s holds something that is no string", path)
		}
		out = append(out, s)
	}
	return out, nil
}

func number(v any, path string) (*int, error) {
	x, ok := v.(json.Number)
	if !ok {
		return nil, fmt.Errorf("%s is no number", path)
	}
	i, err := x.Int64()
	if err != nil || i < 0 {
		return nil, fmt.Errorf("%s is no count", path)
	}
	n := int(i)
	return &n, nil
}

// Required are the names of the top-level properties a reply must have, in the
// schema's order.
func (s *Schema) Required() []string { return slices.Clone(s.root.required) }

// Validate parses a reply and gives every violation, in the order of the
// schema; none means that the reply keeps to it. A reply that is no JSON, is
// cut, or holds a key twice has one violation that says so.
func (s *Schema) Validate(reply []byte) []Violation {
	v, err := Parse(reply)
	if dup, ok := errors.AsType[*DuplicateError](err); ok {
		return []Violation{{dup.Path, "stands twice"}}
	}
	if err != nil {
		return []Violation{{"", "is no JSON: " + err.Error()}}
	}
	return s.root.validate(v, "", nil)
}

func (n *node) validate(v any, path string, out []Violation) []Violation {
	add := func(format string, args ...any) { out = append(out, Violation{path, fmt.Sprintf(format, args...)}) }
	if len(n.types) > 0 && !slices.ContainsFunc(n.types, func(t string) bool { return isType(v, t) }) {
		add("is no %s", strings.Join(n.types, " or "))
		return out
	}
	switch v := v.(type) {
	case Object:
		return n.object(v, path, out)
	case []any:
		if n.minItems != nil && len(v) < *n.minItems {
			add("has fewer than %d items", *n.minItems)
		}
		if n.maxItems != nil && len(v) > *n.maxItems {
			add("has more than %d items", *n.maxItems)
		}
		for i, x := range v {
			if n.items != nil {
				out = n.items.validate(x, fmt.Sprintf("%s/%d", path, i), out)
			}
		}
	case string:
		if n.enum != nil && !slices.Contains(n.enum, v) {
			add("is none of %s", strings.Join(n.enum, ", "))
		}
		if runes := utf8.RuneCountInString(v); n.minLength != nil && runes < *n.minLength {
			add("is shorter than %d", *n.minLength)
		} else if n.maxLength != nil && runes > *n.maxLength {
			add("is longer than %d", *n.maxLength)
		}
	default:
		if n.enum != nil {
			add("is none of %s", strings.Join(n.enum, ", "))
		}
	}
	return out
}

func (n *node) object(o Object, path string, out []Violation) []Violation {
	for _, name := range n.required {
		if _, ok := o.Get(name); !ok {
			out = append(out, Violation{path + "/" + name, "is missing"})
		}
	}
	for _, p := range n.properties {
		if v, ok := o.Get(p.name); ok {
			out = p.node.validate(v, path+"/"+p.name, out)
		}
	}
	if !n.closed {
		return out
	}
	var extra []string
	for _, m := range o {
		if !slices.ContainsFunc(n.properties, func(p property) bool { return p.name == m.Key }) {
			extra = append(extra, m.Key)
		}
	}
	sort.Strings(extra)
	for _, key := range extra {
		out = append(out, Violation{path + "/" + key, "is not in the schema"})
	}
	return out
}

func isType(v any, t string) bool {
	switch v := v.(type) {
	case Object:
		return t == "object"
	case []any:
		return t == "array"
	case string:
		return t == "string"
	case bool:
		return t == "boolean"
	case nil:
		return t == "null"
	case json.Number:
		_, err := v.Int64()
		return t == "number" || t == "integer" && err == nil
	}
	return false
}

func at(path string) string {
	if path == "" {
		return "the schema"
	}
	return path
}
