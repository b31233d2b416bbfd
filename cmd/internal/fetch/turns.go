package fetch

import (
	"context"
	"sync"
	"time"
)

// mostHosts is how many hosts are remembered before those are forgotten that
// nobody waits for.
const mostHosts = 1000

// turns let one request at a time go to a host, with a pause between two.
type turns struct {
	now   func() time.Time
	mu    sync.Mutex
	hosts map[string]*turn
}

// turn is one host's.
type turn struct {
	taken   chan struct{} // holds one element while somebody has it
	waiting int           // who waits or has it
	pause   time.Duration // after the last request
	last    time.Time     // when the last request ended
	closed  time.Time     // the host asks to be left alone until then
	status  int           // of the answer that asks for it
}

func newTurns(now func() time.Time) *turns {
	return &turns{now: now, hosts: map[string]*turn{}}
}

// take waits until nobody else has the host. Who has it gives it back with done.
func (t *turns) take(ctx context.Context, host string) (*turn, error) {
	h := t.of(host)
	select {
	case h.taken <- struct{}{}:
		return h, nil
	case <-ctx.Done():
		t.leave(h)
		return nil, context.Cause(ctx)
	}
}

// rest waits out the pause after the last request, and no longer than it, also
// where the clock was set back.
func (t *turns) rest(ctx context.Context, h *turn) error {
	d := min(h.last.Add(h.pause).Sub(t.now()), h.pause)
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// asked notes the end of a request, and the pause that follows it.
func (t *turns) asked(h *turn, pause time.Duration) { h.last, h.pause = t.now(), pause }

// done gives the turn back.
func (t *turns) done(h *turn) {
	<-h.taken
	t.leave(h)
}

// of is a host's turn, with one more that waits for it.
func (t *turns) of(host string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hosts[host]
	if h == nil {
		if len(t.hosts) >= mostHosts {
			t.sweep()
		}
		h = &turn{taken: make(chan struct{}, 1)}
		t.hosts[host] = h
	}
	h.waiting++
	return h
}

// sweep forgets hosts that nobody waits for and that may be asked at once.
func (t *turns) sweep() {
	now := t.now()
	for name, h := range t.hosts {
		if h.waiting == 0 && now.Sub(h.last) >= h.pause && !h.closed.After(now) {
			delete(t.hosts, name)
		}
	}
}

func (t *turns) leave(h *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h.waiting--
}
