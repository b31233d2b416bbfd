package wire_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

var errSignal = errors.New("interrupted by a signal")

// A run that is stopped for a reason of its own is stopped: in flight, while
// it waits for its place, and while it waits to try again, no error looks like
// the model's answer.
func TestStoppedWithACause(t *testing.T) {
	tests := []struct {
		name  string
		serve func(w http.ResponseWriter, r *http.Request, n int)
	}{
		{"no byte yet", func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }},
		{"in the answer", func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, piece("Hel")) }},
		{"between attempts", always(refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "60"))},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			_, transport := start(t, tt.serve)
			c, _ := client(t, wire.Config{Network: transport})
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(3*time.Second, func() { cancel(errSignal) })
			resp, err := c.Complete(ctx, question())
			if resp != nil || !errors.Is(err, context.Canceled) || !errors.Is(err, errSignal) || pipeline.CodeOf(err) != "" {
				t.Errorf("%+v, %q: %v", resp, pipeline.CodeOf(err), err)
			}
		})
	}
}

// A deadline of the run is no time limit of a call.
func TestDeadlineWithACause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
		c, _ := client(t, wire.Config{Network: transport})
		ctx, cancel := context.WithTimeoutCause(context.Background(), 3*time.Second, errSignal)
		defer cancel()
		_, err := c.Complete(ctx, question())
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errSignal) || pipeline.CodeOf(err) != "" {
			t.Errorf("%q: %v", pipeline.CodeOf(err), err)
		}
	})
}

// stopper cancels a context once the ledger has been asked: the request comes
// to the gate stopped.
type stopper struct {
	llm.Ledger
	cancel context.CancelFunc
}

func (s *stopper) Find(ctx context.Context, key string) ([]*llm.Exchange, error) {
	xs, err := s.Ledger.Find(ctx, key)
	if s.cancel != nil {
		s.cancel()
	}
	return xs, err
}

// A request that is stopped at the door takes no place.
func TestStoppedAtTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		ledger := &stopper{Ledger: llm.NewMemory()}
		c, _ := client(t, wire.Config{Network: transport, Ledger: ledger, Concurrency: 2})
		for range 2 {
			var ctx context.Context
			ctx, ledger.cancel = context.WithCancel(context.Background())
			if _, err := c.Complete(ctx, question()); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		ledger.cancel = nil
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if resp, err := c.Complete(ctx, question()); err != nil || resp.Text != hello || s.count() != 1 {
			t.Fatalf("%+v, %v after %d requests", resp, err, s.count())
		}
	})
}

// An attempt that never set out costs nothing: neither its reservation, nor
// once more what the attempt before it cost.
func TestAttemptNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				plain(w, completion("", "stop")) // empty, paid, to be retried
				return
			}
			time.Sleep(10 * time.Second) // the only place is taken
			good(w, r, n)
		})
		c, w := client(t, wire.Config{Network: transport, Concurrency: 1})
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(5*time.Second, cancel)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Complete(ctx, question()); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		other := question()
		other.MaxTokens++
		if _, err := c.Complete(context.Background(), other); err != nil {
			t.Error(err)
		}
		wg.Wait()
		want := wire.Spent{Calls: 2, Usage: pipeline.Usage{InputTokens: 18, OutputTokens: 6, Known: true}}
		if spent := w.Spent(); spent != want {
			t.Errorf("spent %+v, want %+v", spent, want)
		}
	})
}
