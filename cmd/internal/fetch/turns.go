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

// take waits for the host's turn and its pause. Who has it gives it back with
// done.
func (t *turns) take(ctx context.Context, host string) (*turn, error) {
	h := t.of(host)
	select {
	case h.taken <- struct{}{}:
	case <-ctx.Done():
		t.leave(h)
		return nil, context.Cause(ctx)
	}
	// No longer than the pause, also where the clock was set back.
	if d := min(h.last.Add(h.pause).Sub(t.now()), h.pause); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			<-h.taken
			t.leave(h)
			return nil, context.Cause(ctx)
		}
	}
	return h, nil
}

// done gives the turn back; the next one begins after the pause.
func (t *turns) done(h *turn, pause time.Duration) {
	h.last, h.pause = t.now(), pause
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
