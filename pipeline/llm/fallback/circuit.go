package fallback

import (
	"sync"
	"time"
)

// circuit remembers that a client is down: after some failures in a row it is
// left alone for a while, and then one question tries whether it is back.
type circuit struct {
	failures int
	rest     time.Duration
	now      func() time.Time

	mu      sync.Mutex
	row     int       // failures in a row
	until   time.Time // left alone until then; zero: it is up
	probing bool      // one question is trying
}

// enter begins a question, and is false where the client is left alone, unless
// it must be asked. The end is told with whether the caller stopped the
// question, which says nothing, and whether the client was not there.
func (c *circuit) enter(must bool) (release func(stopped, down bool), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	probe := !c.until.IsZero() && !c.probing && !c.now().Before(c.until)
	if !c.until.IsZero() && !probe && !must {
		return nil, false
	}
	if probe {
		c.probing = true
	}
	return func(stopped, down bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if probe {
			c.probing = false
		}
		switch {
		case stopped:
		case !down:
			c.row, c.until = 0, time.Time{}
		default:
			if c.row++; c.row >= c.failures {
				c.until = c.now().Add(c.rest)
			}
		}
	}, true
}
