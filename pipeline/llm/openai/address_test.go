package openai

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// Where nothing is at the address and its path names no version of an API, the
// remedy names the base URL that was probably meant.
func TestMissingVersion(t *testing.T) {
	const none, unknown = "404 page not found", `{"error":{"message":"no such model","code":"model_not_found"}}`
	tests := []struct {
		name   string
		cfg    Config
		status int
		body   string
		meant  string // in the hint; "": none
	}{
		{"the host alone", Config{BaseURL: "http://m.test:11434"}, 404, none, "http://m.test:11434/v1"},
		{"a slash", Config{BaseURL: "http://m.test/"}, 404, none, "http://m.test/v1"},
		{"another path", Config{BaseURL: "http://m.test/api"}, 404, none, "http://m.test/api/v1"},
		{"a path like it", Config{BaseURL: "http://m.test/vault"}, 404, none, "http://m.test/vault/v1"},
		{"with it", Config{BaseURL: "http://m.test/v1"}, 404, none, ""},
		{"another version", Config{BaseURL: "http://m.test/api/paas/v4/"}, 404, none, ""},
		{"deeper", Config{BaseURL: "http://m.test/v1beta/openai"}, 404, none, ""},
		{"Azure", Config{BaseURL: "http://m.test", AzureVersion: "2024-10-21"}, 404, none, ""},
		{"the model", Config{BaseURL: "http://m.test"}, 404, unknown, ""},
		{"no 404", Config{BaseURL: "http://m.test"}, 401, none, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			network := roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tt.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(tt.body)), Request: r}, nil
			})
			cfg := tt.cfg
			cfg.HTTP = wire.New(wire.Config{Network: network, Attempts: 1})
			c, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, asked := c.Complete(context.Background(), &llm.Request{Stage: "translate", Model: "m", MaxTokens: 9})
			cfg.HTTP = network
			_, listed := Models(context.Background(), cfg)
			if tt.name == "the model" {
				listed = asked // a list is of no model
			}
			for what, err := range map[string]error{"asking": asked, "listing": listed} {
				e, ok := errors.AsType[*pipeline.Error](err)
				if !ok || strings.Contains(e.Hint, "/v1") != (tt.meant != "") || tt.meant != "" && !strings.Contains(e.Hint+";", "OPENAI_BASE_URL="+tt.meant+";") {
					t.Errorf("%s: %v, want the hint %s", what, err, tt.meant)
				}
			}
		})
	}
}
