package ask

import (
	"bytes"
	"encoding/json"
	"strings"
)

// members reads the members of a reply that is, or was going to be, one JSON
// object. It stops where the text stops being one: a member counts only when
// it was closed, which is when a comma or the closing brace follows it. Nothing
// is completed or repaired. A key given twice is left out and named, since
// encoding/json would take the last of them silently.
func members(text string) (values map[string]json.RawMessage, doubled []string) {
	values = map[string]json.RawMessage{}
	dec := json.NewDecoder(strings.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return values, nil
	}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			break
		}
		name, ok := key.(string)
		if !ok {
			break
		}
		var raw json.RawMessage
		if dec.Decode(&raw) != nil || !closed(text[dec.InputOffset():]) {
			break
		}
		if seen[name] {
			doubled = append(doubled, name)
			delete(values, name)
			continue
		}
		seen[name] = true
		values[name] = bytes.Clone(raw)
	}
	return values, doubled
}

// closed reports whether a member's end follows.
func closed(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\n")
	return strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, "}")
}
