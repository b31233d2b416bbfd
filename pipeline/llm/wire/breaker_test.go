package wire_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// outage is an endpoint that can be away: then everything is answered with 503,
// at once or, where it hangs up, not at all. Answers take a second.
type outage struct {
	away    atomic.Bool
	hangsUp bool
	asked   atomic.Int32 // while it is away
}

func (o *outage) serve(w http.ResponseWriter, r *http.Request, n int) {
	if !o.away.Load() {
		time.Sleep(time.Second)
		good(w, r, n)
		return
	}
	o.asked.Add(1)
	if o.hangsUp {
		abort(w, "")
		return
	}
	apiError(w, 503, "away", "away")
}

// asking makes so many different calls at once, and gives how many had no
// answer, and one of their errors.
func asking(c *openai.Client, n int, name string) (failed int, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			_, e := c.Complete(context.Background(), numbered(name, i))
			mu.Lock()
			defer mu.Unlock()
			if e != nil {
				failed, err = failed+1, e
			}
		})
	}
	all.Wait()
	return failed, err
}

// numbered is one of many questions.
func numbered(name string, i int) *llm.Request {
	q := question()
	q.Messages[1].Content = name + strings.Repeat("x", i)
	return q
}

// However many calls are made of an endpoint that is away, it is asked by those
// that were on their way, then by one at a time, and after five of those by one
// in half a minute; every call is told why. Once it is back, all are answered.
func TestEndpointAway(t *testing.T) {
	const places = 32
	for name, hangsUp := range map[string]bool{"503": false, "hanging up": true} {
		inBubble(t, name, func(t *testing.T) {
			o := &outage{hangsUp: hangsUp}
			_, transport := start(t, o.serve)
			c, _ := client(t, wire.Config{Network: transport, Concurrency: places})
			if failed, err := asking(c, 100, "before"); failed > 0 {
				t.Fatal(err)
			}
			o.away.Store(true)
			began := time.Now()
			failed, err := asking(c, 1000, "away")
			if failed != 1000 || pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), "8 attempts in a row brought no answer, the last: ") {
				t.Errorf("%d failed, the last with %v", failed, err)
			}
			if got := o.asked.Load(); got > places+2+5 { // two more set out before the third had failed
				t.Errorf("it was asked %d times", got)
			}
			if took := time.Since(began); took < 15*time.Second || took > 30*time.Second {
				t.Errorf("given up after %s: a server that starts again needs some seconds", took)
			}
			before := o.asked.Load()
			for range 20 { // ten minutes
				time.Sleep(30 * time.Second)
				if failed, _ := asking(c, 50, "still"); failed != 50 {
					t.Errorf("%d failed", failed)
				}
			}
			if got := o.asked.Load() - before; got < 19 || got > 21 {
				t.Errorf("asked %d times in ten minutes", got)
			}
			o.away.Store(false)
			time.Sleep(30 * time.Second)
			if failed, err := asking(c, 100, "back"); failed > 0 {
				t.Errorf("%d failed: %v", failed, err)
			}
		})
	}
}

// An endpoint that is away for some seconds costs no call its answer, and is
// asked by few of those that wait.
func TestEndpointStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outage{}
		_, transport := start(t, o.serve)
		c, _ := client(t, wire.Config{Network: transport, Concurrency: 16})
		o.away.Store(true)
		time.AfterFunc(6*time.Second, func() { o.away.Store(false) })
		if failed, err := asking(c, 200, "x"); failed > 0 {
			t.Errorf("%d failed: %v", failed, err)
		}
		if got := o.asked.Load(); got > 16+2+4 {
			t.Errorf("it was asked %d times while it was away", got)
		}
	})
}

// A call that always fails keeps no other from its answer, and holds none up for
// long; nor do errors of the caller.
func TestOneBadCallIsNoOutage(t *testing.T) {
	for name, test := range map[string]struct{ status, calls int }{"poison": {500, 3}, "refused": {400, 50}} {
		inBubble(t, name, func(t *testing.T) {
			s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				time.Sleep(time.Second)
				good(w, r, n)
			})
			c, _ := client(t, wire.Config{Network: poisonous{transport, test.status}, Concurrency: 8})
			var bad sync.WaitGroup
			for i := range test.calls {
				bad.Go(func() {
					if _, err := c.Complete(context.Background(), numbered("poison", i)); err == nil {
						t.Error("a bad call was answered")
					}
				})
			}
			began := time.Now()
			if failed, err := asking(c, 400, "fine"); failed > 0 {
				t.Errorf("%d failed: %v", failed, err)
			}
			if took := time.Since(began); took > 2*400/8*time.Second {
				t.Errorf("%d requests took %s", s.count(), took)
			}
			bad.Wait()
		})
	}
}

// poisonous answers calls with "poison" in them by itself, with an error.
type poisonous struct {
	http.RoundTripper
	status int
}

func (p poisonous) RoundTrip(req *http.Request) (*http.Response, error) {
	if call := llm.CallFrom(req.Context()); !strings.Contains(call.Request.Messages[1].Content, "poison") {
		return p.RoundTripper.RoundTrip(req)
	}
	return &http.Response{StatusCode: p.status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

// Wires with one breaker share what one of them has met, also that it is over.
func TestSharedBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outage{}
		_, transport := start(t, o.serve)
		var all wire.Breakers
		one, _ := client(t, wire.Config{Network: transport, Breaker: all.Of("http://"+host, "m")})
		two, _ := client(t, wire.Config{Network: transport, Breaker: all.Of("http://"+host, "m")})
		other, _ := client(t, wire.Config{Network: transport, Breaker: all.Of("http://"+host, "other")})
		o.away.Store(true)
		if failed, _ := asking(one, 10, "x"); failed != 10 {
			t.Fatalf("%d failed", failed)
		}
		before := o.asked.Load()
		if failed, _ := asking(two, 10, "y"); failed != 10 || o.asked.Load() != before {
			t.Errorf("%d failed, %d requests: the other wire did not know", failed, o.asked.Load()-before)
		}
		o.away.Store(false)
		if failed, err := asking(other, 10, "z"); failed > 0 {
			t.Errorf("another model of the endpoint: %v", err)
		}
		if failed, _ := asking(two, 1, "early"); failed != 1 {
			t.Error("it was asked before its rest was over")
		}
		all.Of("http://"+host, "m").Back()
		if failed, err := asking(one, 10, "x2"); failed > 0 {
			t.Errorf("%d failed after it was seen to answer: %v", failed, err)
		}
	})
}

// Who stops while it waits for an endpoint in trouble stops at once, and leaves
// the others their turn.
func TestStoppingWhileTheEndpointIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outage{}
		_, transport := start(t, o.serve)
		c, _ := client(t, wire.Config{Network: transport, Concurrency: 16})
		o.away.Store(true)
		ctx, cancel := context.WithCancel(context.Background())
		var stopped, all sync.WaitGroup
		for i := range 10 {
			stopped.Go(func() {
				if _, err := c.Complete(ctx, numbered("stopped", i)); !errors.Is(err, context.Canceled) {
					t.Errorf("stopped with %v", err)
				}
			})
			all.Go(func() {
				if _, err := c.Complete(context.Background(), numbered("goes on", i)); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(1200 * time.Millisecond)
		began := time.Now()
		cancel()
		stopped.Wait()
		if took := time.Since(began); took > 0 {
			t.Errorf("stopping took %s", took)
		}
		o.away.Store(false)
		all.Wait()
	})
}
