package wire

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// gate lets a bounded number of attempts through at once. A 429 closes it for
// everybody until the server's wait is over; then one attempt tries, and the
// others follow once it has succeeded, half as many as before and one more for
// every 20 successes.
type gate struct {
	cfg  Config
	next http.RoundTripper

	mu        sync.Mutex
	asked     bool          // the limit is known
	top       int           // the limit when all is well
	limit     int           // now
	running   int           //
	successes int           // since the last change of the limit
	until     time.Time     // closed until then
	trying    bool          // after a 429: one at a time, until one succeeds
	epoch     int           // number of closings
	changed   chan struct{} // closed and replaced when a place may have come free
}

func newGate(cfg Config, next http.RoundTripper) *gate {
	return &gate{cfg: cfg, next: next, changed: make(chan struct{})}
}

// growAfter successes the limit grows by one.
const growAfter = 20

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	g.open(req)
	epoch, err := g.enter(req.Context())
	if err != nil {
		return nil, err
	}
	resp, err := g.next.RoundTrip(req)
	g.leave(epoch, err)
	return resp, err
}

// open finds out the limit, once.
func (g *gate) open(req *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked {
		return
	}
	g.asked = true
	switch {
	case g.cfg.Concurrency > 0:
		g.top = g.cfg.Concurrency
	case g.cfg.Profile.Slots > 0:
		g.top = g.cfg.Profile.Slots
	case !g.cfg.Instant && loopback(req.URL):
		g.top = slots(req.Context(), g.cfg.Network, req.URL)
	}
	if g.top <= 0 {
		g.top = defaultConcurrency
	}
	g.limit = g.top
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
		limit := g.limit
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

// leave frees the place and learns from how it went.
func (g *gate) leave(epoch int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	f := failureOf(err)
	switch {
	case f != nil && f.Status == http.StatusTooManyRequests && f.Retryable:
		g.close(epoch, f)
	case err == nil:
		g.trying = false
		if g.successes++; g.successes >= growAfter && g.limit < g.top {
			g.limit++
			g.successes = 0
		}
	}
	close(g.changed)
	g.changed = make(chan struct{})
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
		g.limit = max(1, g.limit/2)
		g.successes = 0
	}
}
