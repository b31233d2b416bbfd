package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// bill is what a caller learns of what was paid: from the response, or else
// from the error.
func bill(resp *llm.Response, err error) llm.Bill {
	if resp != nil {
		return llm.Bill{Attempts: resp.Attempts, Usage: resp.Usage, Cost: resp.Cost}
	}
	if e, ok := errors.AsType[*llm.PaidError](err); ok {
		return e.Bill
	}
	return llm.Bill{}
}

func said(b llm.Bill) string {
	cost := "?"
	if b.Cost != nil {
		cost = fmt.Sprint(b.Cost.Micros)
	}
	return fmt.Sprintf("%d: %d+%d %v %s", b.Attempts, b.Usage.InputTokens, b.Usage.OutputTokens, b.Usage.Known, cost)
}

// A request is billed for every attempt that was sent for it. One attempt of
// the test's server uses 9 and 3 tokens, at 15 millionths.
func TestBill(t *testing.T) {
	empty := jsonReply(completion("", "stop")) // retried, with its usage said
	tests := []struct {
		name  string
		cfg   wire.Config
		serve func(w http.ResponseWriter, r *http.Request, n int)
		code  pipeline.Code
		want  string // attempts: tokens in+out, all said?, cost
	}{
		{"at once", wire.Config{}, good, "", "1: 9+3 true 15"},
		{"empty, then an answer", wire.Config{}, times(1, empty), "", "2: 18+6 true 30"},
		{"nothing said of the first", wire.Config{}, times(1, refuse(500, "server_error", "no")), "", "2: 9+3 false 15"},
		{"a broken stream", wire.Config{}, times(1, sse(piece("Hel"))), "", "2: 9+3 false 15"},
		{"the first cannot have been paid", wire.Config{}, times(2, refuse(429, "rate_limit_exceeded", "slow")), "", "3: 9+3 true 15"},
		{"one rung down", wire.Config{}, times(1, refuse(400, "invalid_request_error", "response_format is unknown")), "", "2: 9+3 true 15"},
		{"never an answer", wire.Config{}, times(4, empty), pipeline.BadOutput, "4: 36+12 true 60"},
		{"in trouble", wire.Config{}, times(4, refuse(500, "server_error", "no")), pipeline.Unavailable, "4: 0+0 false ?"},
		{"the key is wrong", wire.Config{}, times(1, refuse(401, "invalid_api_key", "no")), pipeline.Auth, "1: 0+0 true ?"},
		{"beyond the cap", wire.Config{MaxTokens: 1}, good, pipeline.Budget, "0: 0+0 false ?"},
		{"no price", wire.Config{Prices: llm.Prices{"other": {}}}, times(1, empty), "", "2: 18+6 true ?"},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			_, transport := start(t, tt.serve)
			cfg := tt.cfg
			cfg.Network = transport
			if cfg.Prices == nil {
				cfg.Prices = testPrices
			}
			c, _ := client(t, cfg)
			req := question()
			if tt.name == "one rung down" {
				req.Schema = json.RawMessage(`{"type":"object"}`)
				tt.code = pipeline.BadOutput // the test's answer is no object
			}
			resp, err := c.Complete(context.Background(), req)
			if got := said(bill(resp, err)); got != tt.want || pipeline.CodeOf(err) != tt.code {
				t.Errorf("%s, want %s (%v)", got, tt.want, err)
			}
		})
	}
}

// What is stored costs nothing more; its usage is that of the answer.
func TestBillOfStored(t *testing.T) {
	inBubble(t, "stored", func(t *testing.T) {
		_, transport := start(t, times(1, jsonReply(completion("", "stop"))))
		c, _ := client(t, wire.Config{Network: transport, Prices: testPrices})
		for _, want := range []string{"2: 18+6 true 30", "0: 9+3 true 15"} {
			if got := said(bill(c.Complete(context.Background(), question()))); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}

// An attempt that was stopped on its way may have been paid.
func TestBillOfStopped(t *testing.T) {
	inBubble(t, "stopped", func(t *testing.T) {
		_, transport := start(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
		c, _ := client(t, wire.Config{Network: transport, Prices: testPrices})
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(errSignal) })
		resp, err := c.Complete(ctx, question())
		if got := said(bill(resp, err)); got != "1: 0+0 false ?" || !errors.Is(err, context.Canceled) {
			t.Errorf("%s, %v", got, err)
		}
	})
}
