package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
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

// inBubble runs a test on the synthetic clock.
func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// Every form of the server's wait is kept to the millisecond, never early;
// nonsense gives our own back-off (0.25 s with the tests' jitter).
func TestWaits(t *testing.T) {
	date := func(d time.Duration, skew time.Duration) []string {
		at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(skew) // where synctest's clock begins
		return []string{"Date", at.Format(http.TimeFormat), "Retry-After", at.Add(d).Format(http.TimeFormat)}
	}
	const own = 250 * time.Millisecond
	tests := []struct {
		name   string
		header []string
		want   time.Duration
	}{
		{"seconds", []string{"Retry-After", "3"}, 3 * time.Second},
		{"seconds, not whole", []string{"Retry-After", "1.5"}, 1500 * time.Millisecond},
		{"milliseconds", []string{"Retry-After-Ms", "1234"}, 1234 * time.Millisecond},
		{"Azure's milliseconds", []string{"X-Ms-Retry-After-Ms", "700"}, 700 * time.Millisecond},
		{"milliseconds and seconds", []string{"Retry-After-Ms", "1234", "Retry-After", "9"}, 1234 * time.Millisecond},
		{"date", date(30*time.Second, 0), 30 * time.Second},
		{"date, clock two hours ahead", date(30*time.Second, 2*time.Hour), 30 * time.Second},
		{"date, clock two hours behind", date(30*time.Second, -2*time.Hour), 30 * time.Second},
		{"date in the past", date(-30*time.Second, 0), own},
		{"reset, used up", []string{"X-Ratelimit-Remaining-Tokens", "0", "X-Ratelimit-Reset-Tokens", "1m2s"}, 62 * time.Second},
		{"reset, the longer of both", []string{
			"X-Ratelimit-Remaining-Tokens", "0", "X-Ratelimit-Reset-Tokens", "2s",
			"X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "5",
		}, 5 * time.Second},
		{"reset, not used up", []string{"X-Ratelimit-Remaining-Tokens", "1200", "X-Ratelimit-Reset-Tokens", "1m2s"}, own},
		{"reset of -1", []string{"X-Ratelimit-Remaining-Tokens", "0", "X-Ratelimit-Reset-Tokens", "-1"}, own},
		{"reset as milliseconds since 1970", append(date(0, 0)[:2], "X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "946684804000"), 4 * time.Second},
		{"zero", []string{"Retry-After", "0"}, own},
		{"negative", []string{"Retry-After", "-1"}, own},
		{"not a number", []string{"Retry-After", "NaN"}, own},
		{"infinite", []string{"Retry-After", "1e300"}, own},
		{"empty", []string{"Retry-After", ""}, own},
		{"a word", []string{"Retry-After", "tomorrow"}, own},
		{"none", nil, own},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			var at []time.Time
			s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				at = append(at, time.Now())
				if n == 1 {
					apiError(w, 429, "rate_limit_exceeded", "slow", tt.header...)
					return
				}
				good(w, r, n)
			})
			c, _ := client(t, wire.Config{Network: transport})
			if _, err := c.Complete(context.Background(), question()); err != nil || s.count() != 2 {
				t.Fatalf("%d requests, %v", s.count(), err)
			}
			if got := at[1].Sub(at[0]); got != tt.want {
				t.Errorf("waited %s, want %s", got, tt.want)
			}
		})
	}
}

// Which replies are asked again, and how often.
func TestWhatIsRetried(t *testing.T) {
	tests := []struct {
		name     string
		serve    handler
		requests int
		code     pipeline.Code
	}{
		{"500 for ever", refuse(500, "server_error", "no"), 4, pipeline.Unavailable},
		{"502", text(502, "text/html", "<html>bad gateway"), 4, pipeline.Unavailable},
		{"409", refuse(409, "conflict", "x"), 4, pipeline.Unavailable},
		{"425", refuse(425, "early", "x"), 4, pipeline.Unavailable},
		{"501", refuse(501, "no", "x"), 1, pipeline.Unavailable},
		{"429 for ever", refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "1"), 4, pipeline.RateLimit},
		{"402", refuse(402, "", "pay"), 1, pipeline.Quota},
		{"429 by type of quota", refuse(429, "organization_spend_limit_exceeded", "no"), 1, pipeline.Quota},
		{"401 asking for a retry", refuse(401, "invalid_api_key", "no", "X-Should-Retry", "true"), 1, pipeline.Auth},
		{"403", refuse(403, "forbidden", "not in your region"), 1, pipeline.Auth},
		{"404", refuse(404, "model_not_found", "no such model"), 1, pipeline.Unavailable},
		{"400", refuse(400, "invalid_request_error", "bad"), 1, pipeline.Invalid},
		{"400 asking for a retry", refuse(400, "invalid_request_error", "bad", "X-Should-Retry", "true"), 4, pipeline.Invalid},
		{"422", text(422, "application/json", `{"detail":[{"loc":["body"],"msg":"field required"}]}`), 1, pipeline.Invalid},
		{"413", text(413, "text/plain", "too large"), 1, pipeline.TooLong},
		{"400 filter", refuse(400, "content_filter", "no"), 1, pipeline.Refused},
		{"400 Azure's filter", text(400, "application/json", `{"error":{"message":"x","code":"400","innererror":{"code":"ResponsibleAIPolicyViolation"}}}`), 1, pipeline.Refused},
		{"Retry-After an hour", refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "3600"), 1, pipeline.RateLimit},
		{"quota under 200", jsonReply(`{"error":{"code":402,"message":"no credit"}}`), 1, pipeline.Quota},
		{"302", text(302, "text/plain", ""), 1, pipeline.Unavailable},
		{"204", text(204, "text/plain", ""), 4, pipeline.BadOutput},
		{"unknown finish reason", jsonReply(completion("x", "tool_calls")), 1, pipeline.BadOutput},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, always(tt.serve))
			c, _ := client(t, wire.Config{Network: transport})
			_, err := c.Complete(context.Background(), question())
			if pipeline.CodeOf(err) != tt.code || s.count() != tt.requests {
				t.Errorf("%d requests, class %q; want %d, %q (%v)", s.count(), pipeline.CodeOf(err), tt.requests, tt.code, err)
			}
			if e, ok := errors.AsType[*pipeline.Error](err); ok && e.Stage != "translate" {
				t.Errorf("the error names stage %q", e.Stage)
			}
		})
	}
}

// The figures of a prompt that is too long are read from the message.
func TestTooLongNumbers(t *testing.T) {
	tests := []struct {
		message         string
		context, prompt int
	}{
		{"This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.", 8192, 9001},
		{"request (5003 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096, 5003},
		{"maximum context length is 128,000 tokens, however you requested 130,001 tokens (129,000 in the messages, 1,001 in the completion)", 128000, 130001},
		{"'max_tokens' is too large: 50000000. This model's maximum context length is 4096 tokens and your request has 12 input tokens", 4096, 12},
		{"input is too long", 0, 0},
	}
	for _, tt := range tests {
		inBubble(t, tt.message, func(t *testing.T) {
			_, transport := start(t, always(refuse(400, "invalid_request_error", tt.message)))
			c, _ := client(t, wire.Config{Network: transport})
			_, err := c.Complete(context.Background(), question())
			f, ok := errors.AsType[*wire.Failure](err)
			if !ok || pipeline.CodeOf(err) != pipeline.TooLong {
				t.Fatalf("got %v", err)
			}
			if f.Context != tt.context || f.Prompt != tt.prompt {
				t.Errorf("context %d, prompt %d; want %d, %d", f.Context, f.Prompt, tt.context, tt.prompt)
			}
		})
	}
}

// A run makes at most max(10, 20 % of its requests) more calls than requests.
func TestRetryBudgetOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, always(text(204, "text/plain", "")))
		c, _ := client(t, wire.Config{Network: transport})
		const requests = 8
		for i := range requests {
			req := question()
			req.MaxTokens += i
			_, err := c.Complete(context.Background(), req)
			if e, ok := errors.AsType[*pipeline.Error](err); !ok || i == requests-1 && !strings.Contains(e.Hint, "10 retries") {
				t.Errorf("request %d: %v", i, err)
			}
		}
		if got := s.count(); got != requests+10 {
			t.Errorf("the server saw %d requests, want %d", got, requests+10)
		}
	})
}

// A wait that the caller's deadline cannot hold is not begun.
func TestWaitBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, always(refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "60")))
		c, _ := client(t, wire.Config{Network: transport})
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := c.Complete(ctx, question())
		if pipeline.CodeOf(err) != pipeline.RateLimit || time.Since(begin) > time.Second {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
	})
}

// A caller who stops is answered at once, and with his own reason.
func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, piece("Hel")) })
		c, _ := client(t, wire.Config{Network: transport})
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := c.Complete(ctx, question())
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 3*time.Second || s.count() != 1 {
			t.Errorf("%v after %s and %d requests", err, time.Since(begin), s.count())
		}
	})
}

// The limits of time: silence before the first byte, silence between bytes,
// and the whole call, also when bytes keep dripping.
func TestTimeLimits(t *testing.T) {
	drip := func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			io.WriteString(w, ": still here\n\n") //nolint:errcheck // the client may have gone
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}
	}
	mute := func(w http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }
	tests := []struct {
		name  string
		cfg   wire.Config
		serve func(w http.ResponseWriter, r *http.Request, n int)
		want  time.Duration
	}{
		{"nothing comes", wire.Config{}, mute, 120 * time.Second},
		{"nothing comes, by setting", wire.Config{FirstByte: 9 * time.Second}, mute, 9 * time.Second},
		{"headers only", wire.Config{}, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, "") }, 120 * time.Second},
		{"stalls", wire.Config{}, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, piece("Hel")) }, 30 * time.Second},
		{"drips for ever", wire.Config{}, drip, 600 * time.Second},
		{"a call's time limit", wire.Config{Timeout: 20 * time.Second}, mute, 20 * time.Second},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			_, transport := start(t, tt.serve)
			cfg := tt.cfg
			cfg.Network, cfg.Attempts = transport, 1
			c, _ := client(t, cfg)
			begin := time.Now()
			_, err := c.Complete(context.Background(), question())
			if pipeline.CodeOf(err) != pipeline.Unavailable || time.Since(begin) != tt.want {
				t.Errorf("%v after %s, want %s", err, time.Since(begin), tt.want)
			}
		})
	}
}

// A 429 closes the gate for everybody: while it is closed nobody asks, then
// one tries alone, and all get their answer.
func TestGateAfter429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		begin := time.Now()
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			arrived := time.Since(begin)
			mu.Lock()
			at = append(at, arrived)
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			if arrived < 10*time.Second {
				apiError(w, 429, "rate_limit_exceeded", "slow", "Retry-After", "4")
				return
			}
			good(w, r, n)
		})
		c, w := client(t, wire.Config{Network: transport, Concurrency: 16})
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				req := question()
				req.MaxTokens += i
				if _, err := c.Complete(context.Background(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		tries := map[time.Duration]int{}
		for _, d := range at {
			tries[min(d, 12400*time.Millisecond)]++
		}
		want := map[time.Duration]int{0: 16, 4100 * time.Millisecond: 1, 8200 * time.Millisecond: 1, 12300 * time.Millisecond: 1, 12400 * time.Millisecond: 15}
		if !maps.Equal(tries, want) {
			t.Errorf("attempts by time: %v, want %v", tries, want)
		}
		if got := w.Spent().Calls; got != 16+2+16 {
			t.Errorf("%d attempts in all", got)
		}
	})
}

// As many attempts are under way as there are places, and no more.
func TestConcurrency(t *testing.T) {
	tests := []struct {
		name string
		cfg  wire.Config
		want int
	}{
		{"default", wire.Config{}, 4},
		{"by setting", wire.Config{Concurrency: 2, Profile: llm.Profile{Slots: 5}}, 2},
		{"by profile", wire.Config{Profile: llm.Profile{Slots: 5}}, 5},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			var mu sync.Mutex
			running, most := 0, 0
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				running--
				mu.Unlock()
				good(w, r, n)
			})
			cfg := tt.cfg
			cfg.Network = transport
			c, _ := client(t, cfg)
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					req := question()
					req.MaxTokens += i
					if _, err := c.Complete(context.Background(), req); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if most != tt.want {
				t.Errorf("%d at once, want %d", most, tt.want)
			}
		})
	}
}

// Identical requests at the same time are one request.
func TestTwins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(time.Second)
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport})
		stored := make(chan bool, 6)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				resp, err := c.Complete(context.Background(), question())
				if err != nil || resp.Text != hello {
					t.Error(resp, err)
				}
				stored <- resp.Stored
			})
		}
		wg.Wait()
		close(stored)
		n := 0
		for s := range stored {
			if s {
				n++
			}
		}
		if s.count() != 1 || n != 5 {
			t.Errorf("%d requests, %d answers from the ledger", s.count(), n)
		}
	})
}

func ExampleNew() {
	var chain http.RoundTripper = wire.New(wire.Config{
		MaxTokens: 200_000, // cap of the run
		Timeout:   5 * time.Minute,
	})
	fmt.Printf("%T\n", chain)
	// Output: *wire.Wire
}
