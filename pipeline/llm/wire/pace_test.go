package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/wire"
)

// arrivals notes when requests came, since it was made.
type arrivals struct {
	mu    sync.Mutex
	begin time.Time
	at    []time.Duration
}

func newArrivals() *arrivals { return &arrivals{begin: time.Now()} }

func (a *arrivals) note() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := time.Since(a.begin)
	a.at = append(a.at, d)
	return d
}

// ask sends n different questions at once, and waits for the answers.
func ask(t *testing.T, c llm.Client, n, from int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			req := question()
			req.Temperature = float64(from+i) / 1000
			if _, err := c.Complete(context.Background(), req); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Requests of one process, and of two that share their rates, set out evenly.
func TestRPM(t *testing.T) {
	for _, shared := range []bool{false, true} {
		inBubble(t, fmt.Sprint("shared ", shared), func(t *testing.T) {
			a := newArrivals()
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) { a.note(); good(w, r, n) })
			cfg := wire.Config{Network: transport, RPM: 600, Concurrency: 16}
			processes := 1
			if shared {
				cfg.Rates, processes = wire.NewRates(nil), 2
			}
			var wg sync.WaitGroup
			for k := range processes {
				c, _ := client(t, cfg)
				wg.Go(func() { ask(t, c, 30/processes, 100*k) })
			}
			wg.Wait()
			for i, d := range a.at {
				if want := time.Duration(i) * 100 * time.Millisecond; d != want {
					t.Fatalf("request %d came at %s, want %s", i, d, want)
				}
			}
			if len(a.at) != 30 {
				t.Errorf("%d requests", len(a.at))
			}
		})
	}
}

// Tokens are claimed by an estimate, and what the answer did not use goes back:
// the line moves by real usage.
func TestTPM(t *testing.T) {
	tests := []struct {
		name  string
		serve handler
		want  time.Duration // between the first and the last of six requests, one after the other
	}{
		{"less than estimated", priced(40, 20), 5 * time.Second},
		{"more than estimated", priced(200, 160), 30 * time.Second},
		{"no usage", jsonReply(`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}]}`), 5 * 111 * time.Second / 60}, // 34 bytes / 3 + 200 / 2
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			a := newArrivals()
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) { a.note(); tt.serve(w, r) })
			c, _ := client(t, wire.Config{Network: transport, TPM: 3600, Concurrency: 1})
			ask(t, c, 6, 0)
			if got := a.at[5] - a.at[0]; got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// Waiting in line is no part of a call's time, and ends with the caller.
func TestTimeInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(8 * time.Second)
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport, RPM: 1, Timeout: 10 * time.Second, Attempts: 1})
		ask(t, c, 3, 0) // the last one waits two minutes
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(3*time.Second, func() { cancel(errSignal) })
		begin := time.Now()
		req := question()
		req.Temperature = 1
		if _, err := c.Complete(ctx, req); !errors.Is(err, errSignal) || time.Since(begin) != 3*time.Second || s.count() != 3 {
			t.Errorf("%v after %s and %d requests", err, time.Since(begin), s.count())
		}
	})
}

// A 429 of one process makes the others wait; then they go on, evenly.
func TestSharedPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArrivals()
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			a.note()
			if n == 1 {
				apiError(w, 429, "rate_limit_exceeded", "slow", "Retry-After", "4")
				return
			}
			good(w, r, n)
		})
		cfg := wire.Config{Network: transport, Rates: wire.NewRates(nil)}
		one, _ := client(t, cfg)
		other, _ := client(t, cfg)
		var wg sync.WaitGroup
		wg.Go(func() { ask(t, one, 1, 0) })
		time.Sleep(time.Second)
		wg.Go(func() { ask(t, other, 2, 10) })
		wg.Wait()
		if want := []time.Duration{0, 4 * time.Second, 4 * time.Second, 4 * time.Second}; !slices.Equal(a.at, want) {
			t.Errorf("requests at %v, want %v", a.at, want)
		}
	})
}

// Attempts that hold a place in the line when the gate closes go back: after
// the pause they set out evenly, one first.
func TestPauseWithALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArrivals()
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			a.note()
			if n == 1 {
				apiError(w, 429, "rate_limit_exceeded", "slow", "Retry-After", "10")
				return
			}
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport, RPM: 60, Concurrency: 8})
		ask(t, c, 6, 0)
		if len(a.at) != 7 {
			t.Fatalf("requests at %v", a.at)
		}
		for i, d := range a.at[1:] {
			if d < 10*time.Second || i > 0 && d-a.at[i] < time.Second {
				t.Errorf("requests at %v", a.at)
				break
			}
		}
	})
}

// The server's word about what is left is kept, also under a good answer.
func TestRateHeaders(t *testing.T) {
	const r, k = "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Remaining-Tokens"
	const rr, kr = "X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens"
	tests := []struct {
		name   string
		header []string
		want   time.Duration
	}{
		{"plenty", []string{r, "99", rr, "10s", k, "99999", kr, "10s"}, 0},
		{"no requests", []string{r, "0", rr, "6m0s"}, 2 * time.Minute}, // the longest wait there is
		{"no requests, milliseconds", []string{r, "0", rr, "20ms"}, 20 * time.Millisecond},
		{"no requests, seconds", []string{r, "0", rr, "7"}, 7 * time.Second},
		{"no requests, part of a second", []string{r, "0", rr, "0.25"}, 250 * time.Millisecond},
		{"no requests, a time", []string{r, "0", rr, "2000-01-01T00:00:09Z"}, 9 * time.Second},
		{"no requests, a time by another clock", []string{r, "0", rr, "2000-01-01T01:00:09Z", "Date", "Sat, 01 Jan 2000 01:00:00 GMT"}, 9 * time.Second},
		{"no tokens", []string{k, "0", kr, "3s"}, 3 * time.Second},
		{"too few tokens", []string{k, "100", kr, "3s"}, 3 * time.Second},
		{"just enough tokens", []string{k, "111", kr, "3s"}, 0},
		{"both", []string{r, "0", rr, "2s", k, "0", kr, "5s"}, 5 * time.Second},
		{"-1", []string{r, "-1", rr, "5s"}, 0},
		{"reset of -1", []string{r, "0", rr, "-1"}, 0},
		{"not a number", []string{r, "NaN", rr, "5s"}, 0},
		{"no reset", []string{r, "0"}, 0},
		{"a word", []string{r, "none", rr, "soon"}, 0},
		{"reset not a number", []string{r, "0", rr, "NaN"}, 0},
		{"a time that is over", []string{r, "0", rr, "1999-01-01T00:00:09Z"}, 0},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			a := newArrivals()
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				a.note()
				for i := 0; i+1 < len(tt.header) && n == 1; i += 2 {
					w.Header().Set(tt.header[i], tt.header[i+1])
				}
				good(w, r, n)
			})
			c, _ := client(t, wire.Config{Network: transport})
			ask(t, c, 1, 0)
			ask(t, c, 1, 1)
			if got := a.at[1]; got != tt.want {
				t.Errorf("the next request came after %s, want %s", got, tt.want)
			}
		})
	}
}

// What is left is counted down by what is sent, so that a crowd does not run
// into the limit that one answer told of.
func TestRateHeadersCountDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArrivals()
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			a.note()
			if n == 1 {
				w.Header().Set("X-Ratelimit-Remaining-Requests", "3")
				w.Header().Set("X-Ratelimit-Reset-Requests", "5s")
			}
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport, Concurrency: 8})
		ask(t, c, 1, 0)
		ask(t, c, 5, 10)
		if want := []time.Duration{0, 0, 0, 0, 5 * time.Second, 5 * time.Second}; !slices.Equal(a.at, want) {
			t.Errorf("requests at %v, want %v", a.at, want)
		}
	})
}

// After a reset one attempt finds out what there is, and the others wait for
// its reply; a server that then says nothing more is not held to its old word.
func TestRateHeadersAfterAReset(t *testing.T) {
	tests := []struct {
		name string
		then string // what is left, by the reply to the second request
		want []time.Duration
	}{
		{"three are left", "3", []time.Duration{0, 5 * time.Second, 6 * time.Second, 6 * time.Second, 6 * time.Second, 15 * time.Second}},
		{"none is left", "0", []time.Duration{0, 5 * time.Second, 15 * time.Second, 16 * time.Second, 16 * time.Second, 16 * time.Second}},
		{"nothing is said", "", []time.Duration{0, 5 * time.Second, 6 * time.Second, 6 * time.Second, 6 * time.Second, 6 * time.Second}},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			a := newArrivals()
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				a.note()
				left, back := []string{"", "0", tt.then, "100", "100", "100", "100"}[n], []string{"", "5s", "9s", "9s", "9s", "9s", "9s"}[n]
				if n == 2 {
					time.Sleep(time.Second)
				}
				if left != "" && (n < 3 || tt.then == "0") {
					w.Header().Set("X-Ratelimit-Remaining-Requests", left)
					w.Header().Set("X-Ratelimit-Reset-Requests", back)
				}
				if n == 3 {
					time.Sleep(time.Second)
				}
				good(w, r, n)
			})
			c, _ := client(t, wire.Config{Network: transport, Concurrency: 8})
			ask(t, c, 1, 0)
			ask(t, c, 5, 10)
			if !slices.Equal(a.at, tt.want) {
				t.Errorf("requests at %v, want %v", a.at, tt.want)
			}
		})
	}
}

// brokenRates is a store of rates that does not answer.
type brokenRates struct {
	wire.Rates
	take, pause error
}

func (b brokenRates) Take(ctx context.Context, bucket string, n, perMinute int64) (time.Duration, error) {
	if b.take != nil {
		return 0, b.take
	}
	return b.Rates.Take(ctx, bucket, n, perMinute)
}

func (b brokenRates) Pause(context.Context, string, time.Duration) error { return b.pause }

// Without its rates no call is made.
func TestRatesFail(t *testing.T) {
	gone := errors.New("the database has gone away")
	tests := []struct {
		name  string
		rates brokenRates
		serve handler
		sent  int
	}{
		{"claiming", brokenRates{take: gone}, sse(helloStream()), 0},
		{"pausing", brokenRates{Rates: wire.NewRates(nil), pause: gone}, refuse(429, "rate_limit_exceeded", "slow"), 1},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, always(tt.serve))
			c, _ := client(t, wire.Config{Network: transport, Rates: tt.rates, RPM: 60})
			if _, err := c.Complete(context.Background(), question()); pipeline.CodeOf(err) != pipeline.Unavailable || !errors.Is(err, gone) || s.count() != tt.sent {
				t.Errorf("%v after %d requests", err, s.count())
			}
		})
	}
}

// A replay waits for nothing.
func TestInstantHasNoRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("X-Ratelimit-Remaining-Requests", "0")
			w.Header().Set("X-Ratelimit-Reset-Requests", "5s")
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport, RPM: 1, TPM: 1, Instant: true})
		begin := time.Now()
		ask(t, c, 5, 0)
		if d := time.Since(begin); d != 0 {
			t.Errorf("waited %s", d)
		}
	})
}

// The adaptive limit at work: an endpoint that answers four at once and queues
// the rest before the first byte is found out, and is not drowned.
func TestAdaptiveConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := make(chan struct{}, 4)
		var mu sync.Mutex
		open := 0
		var seen []int
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			mu.Lock()
			open++
			seen = append(seen, open)
			mu.Unlock()
			places <- struct{}{}
			time.Sleep(time.Second)
			<-places
			mu.Lock()
			open--
			mu.Unlock()
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport, Concurrency: 64, Start: 2})
		ask(t, c, 600, 0)
		if slices.Max(seen[:2]) > 2 {
			t.Errorf("began with %v", seen[:2])
		}
		if peak := slices.Max(seen); peak >= 60 { // found out while it still doubles
			t.Errorf("%d at once", peak)
		}
		late := seen[300:]
		sum := 0
		for _, n := range late {
			sum += n
		}
		if mean := float64(sum) / float64(len(late)); mean < 3 || mean > 12 {
			t.Errorf("%.1f at once on average: places are 4", mean)
		}
	})
}

// A server that admits two calls a second and says so is asked no more than
// that, once it has said so: a burst at first, and then hardly a refusal.
func TestServerWithALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := llmtest.NewServer(llmtest.Options{PerSecond: 2, Quiet: true, Latency: 10 * time.Millisecond})
		c, w := client(t, wire.Config{Network: s.Transport(), Concurrency: 8, Start: 1})
		ask(t, c, 40, 0)
		got := s.Tally()
		if got.Answered != 40 || got.AnsweredAgain != 0 || got.Statuses[429] > 4 || w.Spent().Calls != got.Calls {
			t.Errorf("%d calls: %v", got.Calls, got.Statuses)
		}
	})
}

// Two processes that keep to ten calls a second are never seen to make more.
func TestTenASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := llmtest.NewServer(llmtest.Options{Quiet: true, Latency: 300 * time.Millisecond})
		cfg := wire.Config{Network: s.Transport(), Concurrency: 16, RPM: 600, Rates: wire.NewRates(nil), Bucket: "provider"}
		begin := time.Now()
		var wg sync.WaitGroup
		for k := range 2 {
			c, _ := client(t, cfg)
			wg.Go(func() { ask(t, c, 100, 100*k) })
		}
		wg.Wait()
		if got := s.Tally(); got.MostInSecond != 10 || got.Answered != 200 || time.Since(begin) != 19900*time.Millisecond+300*time.Millisecond {
			t.Errorf("%d in one second, %d answered after %s", got.MostInSecond, got.Answered, time.Since(begin))
		}
	})
}
