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
	"slices"
	"strconv"
	"unicode/utf8"
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
	if json.Valid(b) && plain(b) {
		return nil
	}
	_, err := Parse(b)
	return err
}

// mostKeys bounds the keys of one object, and plainDepth the nesting, up to
// which [plain] answers.
const (
	mostKeys   = 32
	plainDepth = 16
)

// plain reports whether valid JSON surely has no key twice in one object. It
// is what a stream is checked by, chunk for chunk; false says nothing, for it
// leaves keys with escapes, keys of other letters and large values to [Parse].
func plain(b []byte) bool {
	var room [mostKeys]string
	keys := room[:0]          // of the objects that are open
	var from [plainDepth]int  // where the keys of each begin
	var open [plainDepth]byte // { or [
	depth, wantKey := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '{', '[':
			if depth == plainDepth {
				return false
			}
			from[depth], open[depth] = len(keys), c
			depth, wantKey = depth+1, c == '{'
		case '}', ']':
			depth--
			keys, wantKey = keys[:from[depth]], false
		case ',':
			wantKey = open[depth-1] == '{'
		case '"':
			end, simple := stringEnd(b, i)
			if wantKey {
				key := string(b[i+1 : end])
				if !simple || len(keys) == mostKeys || slices.Contains(keys[from[depth-1]:], key) {
					return false
				}
				keys, wantKey = append(keys, key), false
			}
			i = end
		}
	}
	return true
}

// stringEnd is where the string that opens at i closes. Simple says that it is
// ASCII without escapes.
func stringEnd(b []byte, i int) (end int, simple bool) {
	simple = true
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
			simple = false
		}
		simple = simple && b[i] < utf8.RuneSelf
	}
	return i, simple
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
