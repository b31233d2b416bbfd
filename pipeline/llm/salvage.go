package llm

import (
	"encoding/json"
	"strings"
)

// ClosedProperties gives the top-level properties of a JSON object that was
// cut, as far as they were closed before the cut: whole key, whole value, and
// the comma or brace behind it. Nothing is completed, repaired or guessed: a
// value that the cut ends in, and everything behind a place that is no JSON,
// is left out, and so is a key that stands twice. The map is empty, never nil,
// where the text begins with anything but an object.
//
// The values are candidates: they must pass the checks like any other.
func ClosedProperties(text string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	seen := map[string]int{}
	s, ok := after(text, '{')
	for ok {
		var key string
		var value json.RawMessage
		if key, s, ok = member(s); !ok {
			break
		}
		if value, s, ok = closed(s); !ok {
			break
		}
		seen[key]++
		out[key] = value
		s, ok = after(s, ',') // the brace ends it, as does the cut
	}
	for key, n := range seen {
		if n > 1 {
			delete(out, key)
		}
	}
	return out
}

const space = " \t\r\n"

// after skips white space and one byte.
func after(s string, c byte) (string, bool) {
	s = strings.TrimLeft(s, space)
	if s == "" || s[0] != c {
		return s, false
	}
	return s[1:], true
}

// member reads a key and its colon.
func member(s string) (key, rest string, ok bool) {
	raw, rest, ok := value(s)
	if !ok || raw[0] != '"' || json.Unmarshal(raw, &key) != nil {
		return "", s, false
	}
	rest, ok = after(rest, ':')
	return key, rest, ok
}

// closed reads a value that a comma or brace stands behind. The comma must be
// one between members: behind it is a key, or the cut. That keeps out a string
// that seems to end because a quotation mark in it was not escaped.
func closed(s string) (v json.RawMessage, rest string, ok bool) {
	v, rest, ok = value(s)
	if !ok {
		return nil, s, false
	}
	next := strings.TrimLeft(rest, space)
	switch {
	case next == "":
		return nil, s, false
	case next[0] == '}':
		return v, rest, strings.Trim(next[1:], space) == ""
	case next[0] == ',':
		next = strings.TrimLeft(next[1:], space)
		return v, rest, next == "" || next[0] == '"'
	}
	return nil, s, false
}

// value reads one whole JSON value.
func value(s string) (v json.RawMessage, rest string, ok bool) {
	s = strings.TrimLeft(s, space)
	d := json.NewDecoder(strings.NewReader(s))
	if d.Decode(&v) != nil || len(v) == 0 {
		return nil, s, false
	}
	return v, s[d.InputOffset():], true
}
