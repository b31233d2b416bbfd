package fallback_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/fallback"
)

// double is a client that does as a test says, and notes what it was asked.
type double struct {
	mu   sync.Mutex
	seen []string // models asked for
	do   func(n int, req *llm.Request) (*llm.Response, error)
}

func (d *double) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	d.mu.Lock()
	d.seen = append(d.seen, req.Model)
	n := len(d.seen)
	d.mu.Unlock()
	return d.do(n, req)
}

func (d *double) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.seen)
}

var used = pipeline.Usage{InputTokens: 100, OutputTokens: 10, CachedTokens: 40, Known: true}

func usd(n int64) *pipeline.Money { return &pipeline.Money{Micros: n, Currency: "USD"} }

// answers answers every question, at a price.
func answers(model string) *double {
	return &double{do: func(_ int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Text: "Hello", Finish: llm.Stop, Model: model, Attempts: 1, Usage: used, Cost: usd(7)}, nil
	}}
}

// fails fails every question; where attempts were sent, with their bill.
func fails(code pipeline.Code, attempts int) *double {
	return &double{do: func(int, *llm.Request) (*llm.Response, error) {
		var err error = &pipeline.Error{Code: code, Stage: "translate", Err: fmt.Errorf("it failed with %s", code)}
		if attempts > 0 {
			err = &llm.PaidError{Bill: llm.Bill{Attempts: attempts, Usage: used, Cost: usd(3)}, Err: err}
		}
		return nil, err
	}}
}

// besides fails with a response beside the error, as a refusal does.
func besides(code pipeline.Code) *double {
	return &double{do: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Text: "No.", Model: "one-2026", Attempts: 2, Usage: used, Cost: usd(5)}, &pipeline.Error{Code: code, Err: errors.New("no")}
	}}
}

func request() *llm.Request {
	return &llm.Request{Stage: "translate", Model: "one", Messages: []llm.Message{{Role: "user", Content: "Hello"}}}
}

func client(t *testing.T, cfg fallback.Config, clients ...*double) *fallback.Client {
	t.Helper()
	for i, c := range clients {
		model := ""
		if i > 0 {
			model = []string{"", "two", "three"}[i]
		}
		cfg.Choices = append(cfg.Choices, fallback.Choice{Client: c, Model: model})
	}
	c, err := fallback.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Which classes pass a question on.
func TestClasses(t *testing.T) {
	passes := map[pipeline.Code]bool{
		pipeline.Unavailable: true, pipeline.RateLimit: true, pipeline.Quota: true, pipeline.TooLong: true, pipeline.Refused: true,
		pipeline.Invalid: false, pipeline.Auth: false, pipeline.Budget: false, pipeline.Truncated: false, pipeline.BadOutput: false,
	}
	for code, pass := range passes {
		t.Run(string(code), func(t *testing.T) {
			one, two := fails(code, 0), answers("two-2026")
			c := client(t, fallback.Config{}, one, two)
			req := request()
			resp, err := c.Complete(context.Background(), req)
			if pass != (err == nil) || pass != (two.asked() == 1) || one.asked() != 1 {
				t.Fatalf("%+v, %v; asked %d and %d times", resp, err, one.asked(), two.asked())
			}
			if !pass {
				if pipeline.CodeOf(err) != code || resp != nil {
					t.Errorf("%+v, %v", resp, err)
				}
				return
			}
			if resp.Model != "two-2026" || two.seen[0] != "two" || one.seen[0] != "one" || req.Model != "one" {
				t.Errorf("answered by %q, asked for %v and %v, the request names %q", resp.Model, one.seen, two.seen, req.Model)
			}
		})
	}
	t.Run("by setting", func(t *testing.T) {
		one, two := besides(pipeline.BadOutput), answers("")
		c := client(t, fallback.Config{On: []pipeline.Code{pipeline.BadOutput}}, one, two)
		if resp, err := c.Complete(context.Background(), request()); err != nil || resp.Model != "two" {
			t.Errorf("%+v, %v", resp, err)
		}
		one.do = fails(pipeline.RateLimit, 0).do
		if _, err := c.Complete(context.Background(), request()); pipeline.CodeOf(err) != pipeline.RateLimit {
			t.Errorf("a class that was not named passed a question on: %v", err)
		}
	})
}

// The bill of an answer holds what those who failed were paid.
func TestBills(t *testing.T) {
	stored := &double{do: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Text: "Hello", Model: "two-2026", Stored: true, Usage: used, Cost: usd(7)}, nil
	}}
	unpriced := &double{do: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Text: "Hello", Attempts: 1, Usage: used}, nil
	}}
	tests := []struct {
		name     string
		clients  []*double
		attempts int
		usage    pipeline.Usage
		micros   int64 // -1: unknown
		stored   bool
	}{
		{"first time", []*double{answers(""), answers("")}, 1, used, 7, false},
		{"nothing was sent", []*double{fails(pipeline.RateLimit, 0), answers("")}, 1, used, 7, false},
		{"paid and failed", []*double{fails(pipeline.Unavailable, 4), answers("")}, 5, used.Add(used), 10, false},
		{"paid and refused", []*double{besides(pipeline.Refused), answers("")}, 3, used.Add(used), 12, false},
		{"three", []*double{besides(pipeline.Refused), fails(pipeline.TooLong, 1), answers("")}, 4, used.Add(used).Add(used), 15, false},
		{"stored", []*double{fails(pipeline.Unavailable, 0), stored}, 0, used, 7, true},
		{"paid, then stored", []*double{fails(pipeline.Unavailable, 2), stored}, 2, used, 3, false},
		{"no price", []*double{fails(pipeline.Unavailable, 2), unpriced}, 3, used.Add(used), -1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := client(t, fallback.Config{}, tt.clients...).Complete(context.Background(), request())
			if err != nil {
				t.Fatal(err)
			}
			micros := int64(-1)
			if resp.Cost != nil {
				micros = resp.Cost.Micros
			}
			if resp.Attempts != tt.attempts || resp.Usage != tt.usage || micros != tt.micros || resp.Stored != tt.stored {
				t.Errorf("%+v, %d millionths", resp, micros)
			}
		})
	}
}

// Where nobody answers, the error is the last one's, and says why it was asked;
// the bill is that of all.
func TestNobodyAnswers(t *testing.T) {
	c := client(t, fallback.Config{}, fails(pipeline.Unavailable, 2), fails(pipeline.TooLong, 1))
	resp, err := c.Complete(context.Background(), request())
	paid, ok := errors.AsType[*llm.PaidError](err)
	if resp != nil || !ok || paid.Attempts != 3 || paid.Cost.Micros != 6 || pipeline.CodeOf(err) != pipeline.TooLong {
		t.Errorf("%+v, %v, %+v", resp, err, paid)
	}
	if text := err.Error(); !strings.Contains(text, "failed with tooLong") || !strings.Contains(text, "failed with unavailable") || strings.Count(text, "translate:") != 2 {
		t.Errorf("it says %q", text)
	}
	c = client(t, fallback.Config{}, fails(pipeline.Unavailable, 2), besides(pipeline.Refused))
	resp, err = c.Complete(context.Background(), request())
	if resp == nil || resp.Attempts != 4 || resp.Cost.Micros != 8 || resp.Text != "No." || pipeline.CodeOf(err) != pipeline.Refused {
		t.Errorf("%+v, %v", resp, err)
	}
	c = client(t, fallback.Config{}, fails(pipeline.Unavailable, 0), fails(pipeline.Auth, 0))
	if _, err = c.Complete(context.Background(), request()); pipeline.CodeOf(err) != pipeline.Auth || !strings.Contains(err.Error(), "unavailable") {
		t.Errorf("%v", err)
	}
}

// A caller who stops is not passed on.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	one, two := fails(pipeline.Unavailable, 1), answers("")
	was := one.do
	one.do = func(n int, req *llm.Request) (*llm.Response, error) {
		cancel()
		return was(n, req)
	}
	c := client(t, fallback.Config{Failures: 1}, one, two)
	if resp, err := c.Complete(ctx, request()); err == nil || resp != nil || two.asked() != 0 {
		t.Errorf("%+v, %v", resp, err)
	}
	if _, err := c.Complete(context.Background(), request()); err != nil || one.asked() != 2 {
		t.Errorf("%v: a stopped question opened the circuit", err)
	}
}

// A client that is down is left alone after three failures, for a minute; then
// one question tries it.
func TestCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		one, two := &double{}, answers("")
		one.do = func(n int, req *llm.Request) (*llm.Response, error) {
			time.Sleep(time.Second)
			if down {
				return fails(pipeline.Unavailable, 0).do(n, req)
			}
			return answers("one").do(n, req)
		}
		c := client(t, fallback.Config{}, one, two)
		ask := func() {
			t.Helper()
			if _, err := c.Complete(context.Background(), request()); err != nil {
				t.Fatal(err)
			}
		}
		check := func(what string, first, second int) {
			t.Helper()
			if one.asked() != first || two.asked() != second {
				t.Fatalf("%s: asked %d and %d times, want %d and %d", what, one.asked(), two.asked(), first, second)
			}
		}
		for range 10 {
			ask()
		}
		check("down", 3, 10)
		time.Sleep(60 * time.Second)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(ask)
		}
		wg.Wait()
		check("one tries", 4, 15)
		ask()
		check("still down", 4, 16)
		time.Sleep(60 * time.Second)
		down = false
		ask()
		ask()
		check("back", 6, 16)
		down = true
		for range 5 {
			ask()
		}
		check("down again", 9, 21)
	})
}

// Other errors do not open the circuit, and an answer closes the count.
func TestCircuitCountsOutages(t *testing.T) {
	one, two := &double{}, answers("")
	codes := []pipeline.Code{pipeline.Unavailable, pipeline.Unavailable, pipeline.RateLimit}
	one.do = func(n int, req *llm.Request) (*llm.Response, error) { return fails(codes[n%3], 0).do(n, req) }
	c := client(t, fallback.Config{}, one, two)
	for range 12 {
		if _, err := c.Complete(context.Background(), request()); err != nil {
			t.Fatal(err)
		}
	}
	if one.asked() != 12 {
		t.Errorf("asked %d times", one.asked())
	}
}

// Where all are down, all are asked: an error of ours is no better than one of
// theirs.
func TestAllDown(t *testing.T) {
	one, two := fails(pipeline.Unavailable, 0), fails(pipeline.Unavailable, 0)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := client(t, fallback.Config{Failures: 1, Rest: time.Hour, Now: func() time.Time { return now }}, one, two)
	for range 3 {
		if _, err := c.Complete(context.Background(), request()); pipeline.CodeOf(err) != pipeline.Unavailable {
			t.Fatal(err)
		}
	}
	if one.asked() != 3 || two.asked() != 3 {
		t.Errorf("asked %d and %d times", one.asked(), two.asked())
	}
}

// What cannot work is refused at once.
func TestNew(t *testing.T) {
	good := fallback.Choice{Client: answers("")}
	tests := map[string]fallback.Config{
		"nobody":    {},
		"no client": {Choices: []fallback.Choice{good, {}}},
	}
	for _, code := range []pipeline.Code{pipeline.Invalid, pipeline.Auth, pipeline.Budget, ""} {
		tests["on "+string(code)] = fallback.Config{Choices: []fallback.Choice{good}, On: []pipeline.Code{code}}
	}
	for name, cfg := range tests {
		if _, err := fallback.New(cfg); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !slices.Contains(fallback.DefaultOn(), pipeline.Unavailable) {
		t.Error("an outage passes nothing on")
	}
}
