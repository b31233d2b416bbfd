// Package strict reads the JSON that models and servers send without ever
// guessing: a key that stands twice, anything after the value, and a cut are
// errors (encoding/json takes the last key silently), and nothing is repaired.
// It also validates replies against the strict subset of JSON Schema that
// endpoints enforce; see [Compile].
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxDepth bounds nesting; replies have four levels.
const maxDepth = 64

// Member is one property of an object.
type Member struct {
	Key   string
	Value any
}

// Object is a JSON object with its properties in the order they were written.
type Object []Member

// Get is the value of a property.
func (o Object) Get(key string) (any, bool) {
	for _, m := range o {
		if m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// DuplicateError says that a key stands twice in one object.
type DuplicateError struct{ Path string }

// Error names the place.
func (e *DuplicateError) Error() string { return "the key " + e.Path + " stands twice" }

// Parse reads exactly one JSON value: an Object, []any, string, json.Number,
// bool or nil. Errors: [*DuplicateError]; io.ErrUnexpectedEOF where the value
// is cut; the error of encoding/json for anything else.
func Parse(b []byte) (any, error) {
	p := parser{d: json.NewDecoder(bytes.NewReader(b))}
	p.d.UseNumber()
	v, err := p.value("", 0)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if _, err := p.d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something stands after the value, at byte %d", p.d.InputOffset())
	}
	return v, nil
}

// Check reports what Parse would, without keeping the value.
func Check(b []byte) error {
	_, err := Parse(b)
	return err
}

type parser struct{ d *json.Decoder }

func (p *parser) value(path string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the value is nested deeper than %d", maxDepth)
	}
	t, err := p.d.Token()
	if err != nil {
		return nil, err
	}
	d, ok := t.(json.Delim)
	switch {
	case !ok:
		return t, nil
	case d == '{':
		return p.object(path, depth)
	default:
		return p.array(path, depth)
	}
}

func (p *parser) object(path string, depth int) (any, error) {
	out := Object{}
	seen := map[string]bool{}
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("a key is no string, at byte %d", p.d.InputOffset())
		}
		at := path + "/" + key
		if seen[key] {
			return nil, &DuplicateError{at}
		}
		seen[key] = true
		v, err := p.value(at, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, Member{key, v})
	}
	_, err := p.d.Token()
	return out, err
}

func (p *parser) array(path string, depth int) (any, error) {
	out := []any{}
	for p.d.More() {
		v, err := p.value(path+"/"+strconv.Itoa(len(out)), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := p.d.Token()
	return out, err
}
