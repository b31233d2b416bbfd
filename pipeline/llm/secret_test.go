package llm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"dragoman/pipeline/llm"
)

const canary = "sk-canary-0123456789abcdef"

// However a key is printed, it is not.
func TestSecretNeverShows(t *testing.T) {
	s := llm.NewSecret(" " + canary + "\n")
	if s.Reveal() != canary || !s.Set() {
		t.Fatalf("the key is %q", s.Reveal())
	}
	type nested struct {
		Key   llm.Secret
		inner struct{ key llm.Secret }
		List  []llm.Secret
		Map   map[string]*llm.Secret
	}
	n := nested{Key: s, List: []llm.Secret{s}, Map: map[string]*llm.Secret{"k": &s}}
	n.inner.key = s
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%p"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", n)
		fmt.Fprintf(&out, verb+"\n", &n)
	}
	fmt.Fprintln(&out, fmt.Errorf("with %v", s), s)
	b, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", s, "all", n)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", s, "all", n)
	out.WriteString(log.String())
	for _, part := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprintf("%d", []byte("canary"))} {
		if strings.Contains(out.String(), strings.Trim(part, "[]")) {
			t.Errorf("the key shows:\n%s", out.String())
		}
	}
}

func TestNoSecret(t *testing.T) {
	for _, s := range []llm.Secret{{}, llm.NewSecret(""), llm.NewSecret(" \n")} {
		if s.Set() || s.Reveal() != "" || s.String() != "" || s.Redact("text") != "text" {
			t.Errorf("%q is a secret", s.Reveal())
		}
	}
}

func TestRedact(t *testing.T) {
	s := llm.NewSecret("odd.key/with+signs=1")
	tests := []struct{ in, want string }{
		{"the key odd.key/with+signs=1 is wrong", "the key [redacted] is wrong"},
		{"sk-proj-abcDEF123456_789", "[redacted]"},
		{"Authorization: Bearer abcdefghijklmnop", "Authorization: [redacted]"},
		{"gsk_abcdefghijklmnop and hf_abcdefghijklmnop", "[redacted] and [redacted]"},
		{"a sk-short one", "a sk-short one"},
		{"task-oriented-programming-language", "task-oriented-programming-language"},
		{"the bearer of news", "the bearer of news"},
	}
	for _, tt := range tests {
		if got := s.Redact(tt.in); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := s.Hide("odd.key/with+signs=1 sk-proj-abcDEF123456_789"); got != "[redacted] sk-proj-abcDEF123456_789" {
		t.Errorf("hidden: %q", got)
	}
}
