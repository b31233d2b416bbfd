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

// goesAway is such an endpoint, and a client of it.
func goesAway(t *testing.T, hangsUp bool, cfg wire.Config) (*outage, *openai.Client) {
	t.Helper()
	o := &outage{hangsUp: hangsUp}
	_, cfg.Network = start(t, o.serve)
	c, _ := client(t, cfg)
	return o, c
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
			o, c := goesAway(t, hangsUp, wire.Config{Concurrency: places})
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
		o, c := goesAway(t, false, wire.Config{Concurrency: 16})
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
		o, c := goesAway(t, false, wire.Config{Concurrency: 16})
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

// pair is two wires of one process, on one breaker, whose calls go to different
// servers in the test.
func pair(t *testing.T, one, two http.RoundTripper) (a, b *openai.Client) {
	t.Helper()
	shared := &wire.Breaker{}
	a, _ = client(t, wire.Config{Network: one, Breaker: shared})
	b, _ = client(t, wire.Config{Network: two, Breaker: shared})
	return a, b
}

// What is wrong with the calls of one run stops no other: their answers, however
// long they take, say that the endpoint is there.
func TestBadCallsOfAnotherRun(t *testing.T) {
	for _, bad := range []int{1, 2, 4, 8} {
		synctest.Test(t, func(t *testing.T) {
			_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				time.Sleep(25 * time.Second)
				good(w, r, n)
			})
			a, b := pair(t, poisonous{transport, 500}, transport)
			var poison sync.WaitGroup
			poison.Go(func() {
				time.Sleep(30 * time.Second)
				asking(a, bad, "poison")
			})
			began := time.Now()
			if failed, err := asking(b, 40, "fine"); failed > 0 {
				t.Errorf("%d bad calls: %d good ones failed: %v", bad, failed, err)
			}
			if took := time.Since(began); took > 2*40/4*25*time.Second {
				t.Errorf("%d bad calls: the good ones took %s", bad, took)
			}
			poison.Wait()
		})
	}
}

// silent never answers once it has failed so many times.
type silent struct {
	http.RoundTripper
	failures atomic.Int32
}

func (s *silent) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.failures.Add(-1) >= 0 {
		return &http.Response{StatusCode: 503, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	}
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// A look that hangs is not all that the others wait for, nor is one that brings
// the program down.
func TestLookThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, good)
		mute := &silent{}
		mute.failures.Store(3)
		a, b := pair(t, mute, transport)
		ctx, cancel := context.WithCancel(context.Background())
		var hanging sync.WaitGroup
		hanging.Go(func() {
			if _, err := a.Complete(ctx, question()); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		time.Sleep(5 * time.Second)
		began := time.Now()
		if _, err := b.Complete(context.Background(), question()); err != nil || time.Since(began) > 15*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		cancel()
		hanging.Wait()
	})
}

type broken struct{ silent }

func (b *broken) RoundTrip(req *http.Request) (*http.Response, error) {
	if b.failures.Load() <= 0 {
		panic("a bug")
	}
	return b.silent.RoundTrip(req)
}

func TestLookThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, good)
		bug := &broken{}
		bug.failures.Store(3)
		a, b := pair(t, bug, transport)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			_, _ = a.Complete(context.Background(), question())
		}()
		began := time.Now()
		if _, err := b.Complete(context.Background(), question()); err != nil || time.Since(began) > time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// Where another model is asked instead, nobody waits for an endpoint in trouble.
func TestImpatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := goesAway(t, false, wire.Config{Concurrency: 16, Impatient: true})
		o.away.Store(true)
		began := time.Now()
		if failed, _ := asking(c, 100, "x"); failed != 100 || time.Since(began) > 4*time.Second {
			t.Errorf("%d failed after %s", failed, time.Since(began))
		}
		o.away.Store(false)
		time.Sleep(8 * time.Second)
		if _, err := c.Complete(context.Background(), question()); err != nil {
			t.Errorf("it is back: %v", err)
		}
	})
}

// A server that says not to ask again is in trouble all the same.
func TestTroubleThatIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, always(refuse(503, "away", "no", "X-Should-Retry", "false")))
		c, _ := client(t, wire.Config{Network: transport})
		if failed, _ := asking(c, 100, "x"); failed != 100 || s.count() > 12 {
			t.Errorf("%d failed, %d requests", failed, s.count())
		}
	})
}

// A replay hears of no endpoint's trouble.
func TestReplayAndTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outage{}
		_, transport := start(t, o.serve)
		shared := &wire.Breaker{}
		live, _ := client(t, wire.Config{Network: transport, Breaker: shared})
		o.away.Store(true)
		asking(live, 10, "x")
		o.away.Store(false)
		replayed, _ := client(t, wire.Config{Network: transport, Breaker: shared, Instant: true})
		if failed, err := asking(replayed, 10, "y"); failed > 0 {
			t.Error(err)
		}
	})
}
