package wire_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// slowStore takes its time to store an exchange.
type slowStore struct {
	llm.Ledger
	takes time.Duration
}

func (s slowStore) Append(ctx context.Context, x *llm.Exchange) error {
	time.Sleep(s.takes)
	return s.Ledger.Append(ctx, x)
}

// Storing an answer keeps nobody from the endpoint; an answer that may close the
// gate does, until it has.
func TestPlaceIsFreeOnceAnAnswerIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		first int // status of the first reply
		want  time.Duration
	}{
		"an answer":          {200, 0},
		"a server too busy":  {503, 5 * time.Second},
		"a rate that is met": {429, 5 * time.Second},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := newArrivals()
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				a.note()
				if n == 1 && c.first != 200 {
					apiError(w, c.first, "busy", "later", "Retry-After", "1")
					return
				}
				good(w, r, n)
			})
			client, _ := client(t, wire.Config{Network: transport, Concurrency: 1, Ledger: slowStore{llm.NewMemory(), 5 * time.Second}})
			ask(t, client, 2, 0)
			if got := a.at[1]; got < c.want || c.want == 0 && got != 0 {
				t.Errorf("the second request came after %s, want %s", got, c.want)
			}
		})
	}
}

// countedRates counts how often a store of rates is asked.
type countedRates struct {
	wire.Rates
	asked *atomic.Int32
}

func (c countedRates) Take(ctx context.Context, bucket string, n, perMinute int64) (time.Duration, error) {
	c.asked.Add(1)
	return c.Rates.Take(ctx, bucket, n, perMinute)
}

// Where nothing limits the rate, the store is asked now and then whether another
// process pauses, and not for each call.
func TestPausesAreLookedUpNowAndThen(t *testing.T) {
	inBubble(t, "calls", func(t *testing.T) {
		var asked atomic.Int32
		rates := wire.NewRates(nil)
		a := newArrivals()
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) { a.note(); good(w, r, n) })
		c, _ := client(t, wire.Config{Network: transport, Concurrency: 1, Rates: countedRates{rates, &asked}})
		ask(t, c, 50, 0)
		if n := asked.Load(); n != 1 {
			t.Errorf("the store was asked %d times for 50 calls of one moment", n)
		}
		if err := rates.Pause(t.Context(), host, 3*time.Second); err != nil { // by another process
			t.Fatal(err)
		}
		time.Sleep(150 * time.Millisecond)
		ask(t, c, 1, 100)
		if last := a.at[len(a.at)-1]; last < 3*time.Second {
			t.Errorf("a call set out %s into a pause of 3 s", last)
		}
	})
}
