package wire

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// gate lets a bounded number of attempts through at once, as many as its pilot
// says, and each when its pace allows. A 429 closes it for everybody until the
// server's wait is over; then one attempt tries, and the others follow once it
// has succeeded, half as many as before. An endpoint that gives no answers at
// all is the breaker's.
type gate struct {
	cfg     Config
	pace    *pace
	breaker *Breaker
	next    http.RoundTripper

	mu      sync.Mutex
	asked   bool // the limit is known
	pilot   pilot
	running int           // attempts that have a place
	until   time.Time     // closed until then
	trying  bool          // after a 429: one at a time, until one succeeds
	epoch   int           // number of closings
	changed chan struct{} // closed and replaced when a place may have come free
}

func newGate(cfg Config, p *pace, next http.RoundTripper) *gate {
	b := cfg.Breaker
	if b == nil || cfg.Instant { // a replay is of no endpoint
		b = &Breaker{}
	}
	return &gate{cfg: cfg, pace: p, breaker: b, next: next, changed: make(chan struct{})}
}

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	g.open(req)
	call := llm.CallFrom(req.Context())
	bucket, tokens, sent := g.pace.bucket(req), estimate(call.Request), call.Sent
	epoch, health, err := g.admit(req.Context(), bucket, tokens)
	if err != nil {
		return nil, err
	}
	mine := &place{gate: g}
	heard := false
	defer func() {
		if !heard { // a panic: nobody is to wait for what comes of it
			g.breaker.unsent(health)
		}
	}()
	resp, err := g.next.RoundTrip(req.WithContext(context.WithValue(req.Context(), placeKey{}, mine)))
	heard = true
	g.pace.arrived(req.Context(), bucket, tokens, call.Sent > sent, call.Usage)
	if !g.cfg.Instant {
		g.breaker.learn(health, failureOf(err), err)
	}
	if g.leave(epoch, err, call.First, mine) {
		if failed := g.pace.pause(req.Context(), bucket, failureOf(err).Wait); failed != nil {
			return nil, failed
		}
	}
	return resp, err
}

// admit waits for a place, then until the breaker lets it pass, and then for the
// rates. An attempt whose gate was closed or whose endpoint came to trouble while
// it waited gives its place back and stands in line again.
func (g *gate) admit(ctx context.Context, bucket string, tokens int64) (epoch, health int, err error) {
	for {
		if epoch, err = g.enter(ctx); err != nil {
			return 0, 0, err
		}
		if health, err = g.pass(ctx); err != nil {
			g.free()
			return 0, 0, err
		}
		if err := g.pace.depart(ctx, bucket, tokens); err != nil {
			g.breaker.unsent(health)
			g.free()
			return 0, 0, err
		}
		g.mu.Lock()
		same := epoch == g.epoch
		g.mu.Unlock()
		if same && g.breaker.stands(health) {
			return epoch, health, nil
		}
		g.pace.arrived(ctx, bucket, tokens, false, pipeline.Usage{})
		g.breaker.unsent(health)
		g.free()
	}
}

// pass waits for the breaker, which a replay has no need of.
func (g *gate) pass(ctx context.Context) (health int, err error) {
	if g.cfg.Instant {
		return 0, nil
	}
	return g.breaker.pass(ctx, g.cfg.Impatient)
}

// open finds out the limit, once.
func (g *gate) open(req *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked {
		return
	}
	g.asked = true
	top := 0
	switch {
	case g.cfg.Concurrency > 0:
		top = g.cfg.Concurrency
	case g.cfg.Profile.Slots > 0:
		top = g.cfg.Profile.Slots
	case !g.cfg.Instant && loopback(req.URL):
		top = slots(req.Context(), g.cfg.Network, req.URL)
	}
	if top <= 0 {
		top = defaultConcurrency
	}
	g.pilot.begin(top, g.cfg.Start)
}

// slots asks llama.cpp, for free, how many requests it answers at once; 0 for
// any other server.
func slots(ctx context.Context, network http.RoundTripper, u *url.URL) int {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	props := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/props"}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, props.String(), nil)
	if err != nil {
		return 0
	}
	resp, err := network.RoundTrip(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	var said struct {
		Slots int `json:"total_slots"`
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(b, &said) != nil || said.Slots > 1024 {
		return 0
	}
	return max(said.Slots, 0)
}

// enter waits for a place. A caller who has stopped gets none.
func (g *gate) enter(ctx context.Context) (epoch int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		g.mu.Lock()
		closed := time.Until(g.until)
		limit := g.pilot.limit
		if g.trying {
			limit = 1
		}
		if (closed <= 0 || g.cfg.Instant) && g.running < limit {
			g.running++
			epoch = g.epoch
			g.mu.Unlock()
			return epoch, nil
		}
		changed := g.changed
		g.mu.Unlock()
		if closed > 0 && !g.cfg.Instant {
			err = g.cfg.sleep(ctx, closed)
		} else {
			select {
			case <-changed:
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		if err != nil {
			return 0, err
		}
	}
}

// free gives a place back that was not used.
func (g *gate) free() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	g.tell()
}

// place is an attempt's place among those under way.
type place struct {
	gate  *gate
	given bool // it is another's by now; gate.mu
}

type placeKey struct{}

// answered gives the place of an attempt back whose answer has been read to its
// end: the endpoint has its hands free, and storing and settling an answer takes
// a while. Whoever tries an endpoint that was closed keeps its place until it is
// known how that went.
func answered(ctx context.Context) {
	p, ok := ctx.Value(placeKey{}).(*place)
	if !ok {
		return
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	if p.given || p.gate.trying || p.gate.cfg.TPM > 0 { // what an answer did not use of its tokens goes back first
		return
	}
	p.given = true
	p.gate.running--
	p.gate.tell()
}

// tell wakes those who wait for a change; the lock is held.
func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// leave frees the place and learns from how it went: whether the server asked
// for a pause, and how long the first byte took.
func (g *gate) leave(epoch int, err error, first time.Duration, p *place) (paused bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	busy := 2*g.running >= g.pilot.limit
	if !p.given {
		g.running--
	}
	f := failureOf(err)
	switch {
	case f != nil && f.Status == http.StatusTooManyRequests && f.Retryable:
		g.close(epoch, f)
		paused = true
	case err == nil:
		g.trying = false
		g.pilot.success(first, busy)
	}
	g.tell()
	return paused
}

// close shuts the gate for the server's wait, which no attempt may shorten.
// Attempts that set out before the last closing do not halve the limit again,
// and are not counted as retries of the run.
func (g *gate) close(epoch int, f *Failure) {
	if until := time.Now().Add(min(f.Wait, g.cfg.MaxWait)); until.After(g.until) {
		g.until = until
	}
	g.trying = true
	f.echo = epoch != g.epoch
	if !f.echo {
		g.epoch++
		g.pilot.halve()
	}
}
