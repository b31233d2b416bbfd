package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"dragoman/pipeline"
)

const (
	// robotsAge is how long a robots.txt is good for (RFC 9309, 2.4).
	robotsAge = 24 * time.Hour
	// robotsRetry is when one is asked for again that could not be had.
	robotsRetry = time.Minute
	// robotsTime is what a robots.txt may take, with its redirects.
	robotsTime = 20 * time.Second
	// robotsKept bounds the rules that are remembered, in bytes.
	robotsKept = 8 << 20
)

// robots is what is known of a host's robots.txt.
type robots struct {
	rules rules
	known bool      // there are rules: none at all, too
	err   error     // why there are none
	until time.Time // when to ask again
}

func newRobotsCache() *robotsCache { return &robotsCache{hosts: map[string]robots{}} }

// robotsCache remembers robots by scheme, host and port.
type robotsCache struct {
	mu    sync.Mutex
	hosts map[string]robots
	size  int
}

func (c *robotsCache) get(origin string) (robots, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.hosts[origin]
	return r, ok
}

// put remembers one more, and forgets those that are the oldest where the
// memory for them is full.
func (c *robotsCache) put(origin string, r robots) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(origin)
	for c.size+r.rules.size() > robotsKept && len(c.hosts) > 0 {
		oldest := ""
		for name, h := range c.hosts {
			if oldest == "" || h.until.Before(c.hosts[oldest].until) {
				oldest = name
			}
		}
		c.drop(oldest)
	}
	c.hosts[origin] = r
	c.size += r.rules.size()
}

func (c *robotsCache) drop(origin string) {
	if old, ok := c.hosts[origin]; ok {
		c.size -= old.rules.size()
		delete(c.hosts, origin)
	}
}

// permitted asks the host's robots.txt about an address. It is fetched by the
// visitor who has the host's turn, so once at a time. The delay is what the
// host wants between two requests.
func (s *stay) permitted(ctx context.Context, u *url.URL) (delay time.Duration, err error) {
	v, origin := s.visit, u.Scheme+"://"+u.Host
	r, ok := v.client.robots.get(origin)
	if !ok || !v.client.now().Before(r.until) {
		if err := s.ready(ctx); err != nil {
			return 0, err
		}
		fresh := v.fetchRobots(ctx, origin)
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if !fresh.known && r.known { // the old one holds on while the host is away
			fresh.rules, fresh.known, fresh.err = r.rules, true, nil
		}
		r = fresh
		v.client.robots.put(origin, r)
	}
	switch {
	case !r.known:
		return 0, r.err
	}
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if !r.rules.permits(path) {
		return r.rules.delay, &pipeline.Error{
			Code: pipeline.Invalid, Err: fmt.Errorf("the robots.txt of %s disallows it", u.Host),
			Hint: "ask the site's owner; with leave, " + v.client.conf.unruled(),
		}
	}
	return r.rules.delay, nil
}

// fetchRobots gets a robots.txt and says what it means that there is none: no
// rules where the host says so, and nothing may be fetched for now where it
// says nothing.
func (v *visit) fetchRobots(ctx context.Context, origin string) robots {
	now := v.client.now()
	u, err := check(origin + "/robots.txt")
	if err != nil {
		return robots{err: err, until: now.Add(robotsRetry)}
	}
	sub := &visit{client: v.client, wire: v.wire, request: Request{Accept: "text/plain"}, limit: mostRobots + 1, time: robotsTime, cut: true}
	a, err := sub.follow(ctx, u, nil)
	switch {
	case errors.Is(err, errManyRedirects):
		return robots{known: true, until: now.Add(robotsAge)}
	case errors.As(err, new(*redirected)):
		err = &pipeline.Error{Code: pipeline.Unavailable, Err: fmt.Errorf("its robots.txt is %w", err)}
		fallthrough
	case err != nil: // the page would not be had either
		return robots{err: err, until: now.Add(robotsRetry)}
	case a.status == 200:
		return robots{rules: parseRules(a.body, productToken(v.client.conf.UserAgent)), known: true, until: now.Add(robotsAge)}
	case a.status >= 400 && a.status < 500 && a.status != 429:
		return robots{known: true, until: now.Add(robotsAge)}
	}
	f := v.client.failure(a)
	f.Reason = fmt.Sprintf("the robots.txt of %s answers %s, which stands for a refusal until it can be read", u.Host, statusText(a.status))
	until := now.Add(robotsRetry)
	if f.NotBefore.After(until) {
		until = f.NotBefore
	}
	return robots{err: &pipeline.Error{
		Code: pipeline.Unavailable, Err: f, Hint: "it is tried again; with the owner's leave, " + v.client.conf.unruled(),
	}, until: until}
}

// unruled says how pages are fetched without regard to robots.txt.
func (c Config) unruled() string {
	if c.Flags {
		return "give --ignore-robots"
	}
	return "add ignore-robots: true to the source"
}
