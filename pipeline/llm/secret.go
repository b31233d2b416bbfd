package llm

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
)

// Secret is an API key. Whatever prints, formats, logs or encodes it prints
// "[redacted]"; only Reveal gives it away.
type Secret struct{ reveal func() string }

// NewSecret wraps a key. White space around it, as from a file, is taken off.
func NewSecret(key string) Secret {
	key = strings.TrimSpace(key)
	if key == "" {
		return Secret{}
	}
	return Secret{func() string { return key }}
}

const redacted = "[redacted]"

// Reveal gives the key itself, or "" where there is none.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Set reports whether there is a key.
func (s Secret) Set() bool { return s.reveal != nil }

// String prints "[redacted]", or "" where there is no key.
func (s Secret) String() string {
	if s.reveal == nil {
		return ""
	}
	return redacted
}

// Format prints what String prints, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue logs what String prints.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON encodes what String prints.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// keyShaped are strings that look like somebody's key, ours or not: an error
// body may quote one.
var keyShaped = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:sk|pk|rk|gsk|hf|xai|AIza|ghp)[-_][A-Za-z0-9_-]{12,}|\bbearer\s+[A-Za-z0-9._~+/=-]{12,}`)
})

// Redact takes the secret, and everything shaped like a key, out of a text
// that is going to be shown or stored.
func (s Secret) Redact(text string) string {
	if key := s.Reveal(); len(key) >= 8 {
		text = strings.ReplaceAll(text, key, redacted)
	}
	return keyShaped().ReplaceAllString(text, redacted)
}

// Hide takes only the secret itself out of a text that is going to be stored
// and must otherwise stay as it came.
func (s Secret) Hide(text string) string {
	if key := s.Reveal(); len(key) >= 8 {
		text = strings.ReplaceAll(text, key, redacted)
	}
	return text
}
