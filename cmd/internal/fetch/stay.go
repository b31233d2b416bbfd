package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// stay is a visit's turn at the host where it is.
type stay struct {
	visit *visit
	host  string
	turn  *turn
	pause time.Duration // after this turn's requests
	asked bool          // a request has been made in this turn
}

// enter gets the turn of an address's host, and asks its robots.txt. A redirect
// within a host is one visit, as a browser's; to another one it lets go of the
// first, so that no two visits wait for each other.
func (s *stay) enter(ctx context.Context, u *url.URL) error {
	c := s.visit.client
	if host := u.Hostname(); s.turn == nil || s.host != host {
		s.leave()
		turn, err := c.turns.take(ctx, host)
		if err != nil {
			return err
		}
		s.host, s.turn, s.pause = host, turn, max(c.conf.PerHost, turn.pause)
	}
	if s.turn.closed.After(c.now()) {
		return &Failure{
			Status: s.turn.status, NotBefore: s.turn.closed,
			Reason: fmt.Sprintf("%s asked not to be asked again before %s", s.host, s.turn.closed.Format(time.RFC3339)),
		}
	}
	if !s.visit.request.IgnoreRobots {
		delay, err := s.permitted(ctx, u)
		if s.pause = max(c.conf.PerHost, delay); err != nil {
			return err
		}
	}
	return s.ready(ctx)
}

// ready waits out the host's pause before the first request of this turn.
func (s *stay) ready(ctx context.Context) error {
	if s.asked {
		return nil
	}
	if err := s.visit.client.turns.rest(ctx, s.turn); err != nil {
		return err
	}
	s.asked = true
	return nil
}

// heed closes the host to everybody for as long as its answer asks for.
func (s *stay) heed(a *answer) {
	if a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
		return
	}
	if f := s.visit.client.failure(a); !f.NotBefore.IsZero() {
		s.turn.closed, s.turn.status = f.NotBefore, a.status
	}
}

func (s *stay) leave() {
	if s.turn == nil {
		return
	}
	if s.asked {
		s.visit.client.turns.asked(s.turn, s.pause)
	}
	s.visit.client.turns.done(s.turn)
	s.turn, s.asked = nil, false
}
