package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// priced answers with the given usage.
func priced(in, out int) handler {
	return sse(piece(hello) + finish("stop") + fmt.Sprintf("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}\n\n", in, out) + done)
}

var testPrices = llm.Prices{"m": {Currency: "USD", Input: 1_000_000, Cached: 500_000, Output: 2_000_000}}

// The bound of the test's question: overhead, bytes of the messages, answer.
func TestBound(t *testing.T) {
	q := question()
	q.Schema = []byte(`{"type":"object"}`)
	want := 64 + 17 + 2*16 + len("system") + len("Rules.") + len("user") + len(q.Messages[1].Content)
	if got := wire.Bound(q); got.InputTokens != want || got.OutputTokens != 200 {
		t.Errorf("bound %+v, want %d and 200", got, want)
	}
}

// The cap is held from the first call, before anything is sent.
func TestCapBeforeTheFirstCall(t *testing.T) {
	bound := wire.Bound(question())
	total := bound.InputTokens + bound.OutputTokens
	usd := func(micros int64) *pipeline.Money { return &pipeline.Money{Micros: micros, Currency: "USD"} }
	exact := int64(bound.InputTokens) + 2*int64(bound.OutputTokens)
	tests := []struct {
		name string
		cfg  wire.Config
		code pipeline.Code
		sent int
	}{
		{"tokens: enough", wire.Config{MaxTokens: total}, "", 1},
		{"tokens: one too few", wire.Config{MaxTokens: total - 1}, pipeline.Budget, 0},
		{"money: enough", wire.Config{MaxCost: usd(exact), Prices: testPrices}, "", 1},
		{"money: a millionth too little", wire.Config{MaxCost: usd(exact - 1), Prices: testPrices}, pipeline.Budget, 0},
		{"money: nearly nothing", wire.Config{MaxCost: usd(1), Prices: testPrices}, pipeline.Budget, 0},
		{"money: unknown price", wire.Config{MaxCost: usd(1e9)}, pipeline.Invalid, 0},
		{"money: other currency", wire.Config{MaxCost: &pipeline.Money{Micros: 1e9, Currency: "EUR"}, Prices: testPrices}, pipeline.Invalid, 0},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, always(priced(20, 5)))
			cfg := tt.cfg
			cfg.Network = transport
			c, _ := client(t, cfg)
			resp, err := c.Complete(context.Background(), question())
			if pipeline.CodeOf(err) != tt.code || s.count() != tt.sent {
				t.Errorf("class %q after %d requests, want %q after %d (%v)", pipeline.CodeOf(err), s.count(), tt.code, tt.sent, err)
			}
			if tt.name == "money: unknown price" && !strings.Contains(err.(*pipeline.Error).Hint, "--max-tokens") {
				t.Errorf("hint: %v", err)
			}
			if tt.sent == 1 && tt.cfg.MaxCost != nil && (resp.Cost == nil || resp.Cost.Micros != 30) {
				t.Errorf("cost %v, want 30 millionths", resp.Cost)
			}
		})
	}
}

// No run spends more than its cap, whatever the concurrency; calls that would
// fit once others have settled wait for them.
func TestCapWithManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(time.Second)
			priced(100, 50)(w, r)
		})
		bound := wire.Bound(question())
		limit := 3*(bound.InputTokens+bound.OutputTokens) + 150
		c, w := client(t, wire.Config{Network: transport, MaxTokens: limit, Concurrency: 16})
		var mu sync.Mutex
		done, refused := 0, 0
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				req := question()
				req.Temperature = float64(i) / 100
				_, err := c.Complete(context.Background(), req)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					done++
				case pipeline.CodeOf(err) == pipeline.Budget:
					refused++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		spent := w.Spent().Usage
		if used := spent.InputTokens + spent.OutputTokens; used > limit || used != 150*done || s.count() != done {
			t.Errorf("%d tokens of %d for %d calls, %d requests", used, limit, done, s.count())
		}
		left := limit - 150*done
		if left >= bound.InputTokens+bound.OutputTokens || done+refused != 16 || done < 4 {
			t.Errorf("%d done, %d refused, %d tokens left", done, refused, left)
		}
	})
}

// What failed attempts leave behind: nothing where they cannot have been paid,
// their usage where it is known, else their whole reservation.
func TestReservations(t *testing.T) {
	bound := wire.Bound(question())
	whole := bound.InputTokens + bound.OutputTokens
	tests := []struct {
		name  string
		serve handler
		used  int // of the cap, after four attempts
	}{
		{"429", refuse(429, "rate_limit_exceeded", "slow"), 0},
		{"500", refuse(500, "server_error", "no"), 4 * whole},
		{"cut", sse(piece("Hel")), 4 * whole},
		{"empty, with usage", jsonReply(completion("", "stop")), 4 * 12},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			limit := tt.used + whole
			for _, enough := range []bool{true, false} {
				s, transport := start(t, times(4, tt.serve))
				cfg := wire.Config{Network: transport, MaxTokens: limit}
				if !enough {
					cfg.MaxTokens--
				}
				c, _ := client(t, cfg)
				if _, err := c.Complete(context.Background(), question()); err == nil {
					t.Fatal("no error")
				}
				_, err := c.Complete(context.Background(), question())
				if (err == nil) != enough {
					t.Errorf("cap %d: %v after %d requests", cfg.MaxTokens, err, s.count())
				}
			}
		})
	}
}

// An answer without usage has no cost, and its reservation stays.
func TestUnknownUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bodies := []string{
			`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}]}`,
			`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}],"usage":null}`,
			`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}],"usage":{"prompt_tokens":-3,"completion_tokens":2}}`,
			`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1e300,"completion_tokens":2}}`,
		}
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) { plain(w, bodies[n-1]) })
		c, w := client(t, wire.Config{Network: transport, Prices: testPrices})
		for i := range bodies {
			req := question()
			req.MaxTokens += i
			resp, err := c.Complete(context.Background(), req)
			if err != nil || resp.Text != hello || resp.Usage.Known || resp.Cost != nil {
				t.Errorf("%d: %+v, %v", i, resp, err)
			}
		}
		if s := w.Spent(); s.Unknown != len(bodies) || s.Usage.Known || s.Cost != nil {
			t.Errorf("spent %+v", s)
		}
	})
}

// Usage as strings or floats is read, and what came from the provider's cache
// in any of the words for it; cached tokens are priced apart, in the answer, the
// bill, and what the run has spent.
func TestUsageForms(t *testing.T) {
	tests := []struct {
		name, usage string
		cached      int
		micros      int64
	}{
		{"strings and floats", `{"prompt_tokens":"100","completion_tokens":10.0,"prompt_tokens_details":{"cached_tokens":40}}`, 40, 60 + 20 + 20},
		{"none cached", `{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":0}}`, 0, 100 + 20},
		{"no details", `{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":null}`, 0, 100 + 20},
		{"DeepSeek's words", `{"prompt_tokens":100,"completion_tokens":10,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}`, 64, 36 + 32 + 20},
		{"Anthropic's words", `{"prompt_tokens":100,"completion_tokens":10,"cache_read_input_tokens":80}`, 80, 20 + 40 + 20},
		{"two words for one thing", `{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":80},"cache_read_input_tokens":80}`, 80, 20 + 40 + 20},
		{"nonsense", `{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":-4},"prompt_cache_hit_tokens":"many"}`, 0, 100 + 20},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			ledger := llm.NewMemory()
			s, transport := start(t, always(jsonReply(`{"created":1.5,"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}],"usage":`+tt.usage+`}`)))
			c, w := client(t, wire.Config{Network: transport, Ledger: ledger, Prices: testPrices})
			want := pipeline.Usage{InputTokens: 100, OutputTokens: 10, CachedTokens: tt.cached, Known: true}
			for _, stored := range []bool{false, true} { // the second comes out of what was recorded
				resp, err := c.Complete(context.Background(), question())
				if err != nil {
					t.Fatal(err)
				}
				if resp.Usage != want || resp.Cost == nil || resp.Cost.Micros != tt.micros || resp.Stored != stored {
					t.Errorf("usage %+v, cost %v, stored %v", resp.Usage, resp.Cost, resp.Stored)
				}
			}
			if spent := w.Spent(); spent.Usage != want || spent.Cost == nil || spent.Cost.Micros != tt.micros || s.count() != 1 {
				t.Errorf("spent %+v after %d requests", spent, s.count())
			}
		})
	}
}

// A request without an upper bound cannot be held to a cap.
func TestCapNeedsABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		c, _ := client(t, wire.Config{Network: transport, MaxTokens: 1e6})
		req := question()
		req.MaxTokens = 0
		if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != pipeline.Invalid || s.count() != 0 {
			t.Errorf("%v after %d requests", err, s.count())
		}
	})
}

// A store that cannot keep the reply ends the call, and nothing is judged.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		c, _ := client(t, wire.Config{Network: transport, Ledger: fullDisk{llm.NewMemory()}})
		_, err := c.Complete(context.Background(), question())
		if pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), "no space") || s.count() != 1 {
			t.Errorf("%v after %d requests", err, s.count())
		}
	})
}

type fullDisk struct{ llm.Ledger }

func (fullDisk) Append(context.Context, *llm.Exchange) error {
	return &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("no space left on device")}
}
