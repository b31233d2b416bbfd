package wire

import (
	"context"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dragoman/pipeline/llm"
)

// allowance is what the server has said is left, of requests or tokens, less
// what set out since. When it is used up nothing sets out before the server's
// reset, and then one attempt, whose reply tells what there is for the others.
type allowance struct {
	left   int64
	until  time.Time // when it is whole again; zero: nothing was said
	asking bool      // one attempt finds out what there is after a reset
}

// short reports whether less is left than is needed.
func (a *allowance) short(need int64) bool { return !a.until.IsZero() && a.left < need }

// permit waits until the server's word lets an attempt set out, and takes it
// off what is left.
func (p *pace) permit(ctx context.Context, tokens int64) error {
	for !p.cfg.Instant {
		wait, news := p.spend(tokens)
		switch {
		case wait > 0:
			if err := p.cfg.sleep(ctx, wait); err != nil {
				return err
			}
		case news == nil:
			return nil
		default:
			select {
			case <-news:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}

// spend takes an attempt off what is left. Where it may not set out it says how
// long to wait, or gives what is closed when there is news.
func (p *pace) spend(tokens int64) (wait time.Duration, news <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	needs := map[*allowance]int64{&p.requests: 1, &p.tokens: tokens}
	for a, need := range needs {
		if !a.short(need) {
			continue
		}
		wait = max(wait, time.Until(a.until))
		if a.asking {
			news = p.news
		}
	}
	if wait > 0 || news != nil {
		return wait, news
	}
	for a, need := range needs {
		if a.short(need) {
			a.asking = true
		} else {
			a.left -= need
		}
	}
	return 0, nil
}

// tell wakes those who wait for news: an attempt has ended, or never set out,
// and the next one may find out what is left.
func (p *pace) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests.asking, p.tokens.asking = false, false
	close(p.news)
	p.news = make(chan struct{})
}

// heard learns from the headers of a reply, good or bad, when they arrive.
func (p *pace) heard(status int, h http.Header) {
	p.mu.Lock()
	p.requests.heard(status, h, "Requests", p.cfg.MaxWait)
	p.tokens.heard(status, h, "Tokens", p.cfg.MaxWait)
	p.mu.Unlock()
	p.tell()
}

// heard takes over what a server says is left. Nonsense, and an error that says
// nothing, leave everything as it was; a good reply that no longer says what is
// left after a reset ends the watch. A wait beyond the longest that is allowed
// is cut to that.
func (a *allowance) heard(status int, h http.Header, kind string, most time.Duration) {
	left, err := strconv.ParseFloat(strings.TrimSpace(h.Get("X-Ratelimit-Remaining-"+kind)), 64)
	d := reset(strings.TrimSpace(h.Get("X-Ratelimit-Reset-"+kind)), h.Get("Date"))
	switch {
	case err == nil && !math.IsNaN(left) && left >= 0 && left <= maxUsage && d > 0:
		a.left, a.until = int64(left), time.Now().Add(min(d, most))
	case status < 300 && !time.Now().Before(a.until):
		*a = allowance{}
	}
}

// listen sees the reply come: it hears the headers at once, and notes in the
// call how long the first byte took.
type listen struct {
	pace *pace
	next http.RoundTripper
}

func (l *listen) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	call := llm.CallFrom(req.Context())
	call.First = 0
	resp, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	l.pace.heard(resp.StatusCode, resp.Header)
	resp.Body = &firstByteOf{ReadCloser: resp.Body, call: call, sent: sent}
	return resp, nil
}

// firstByteOf notes when the first byte of a body came.
type firstByteOf struct {
	io.ReadCloser
	call *llm.Call
	sent time.Time
}

func (b *firstByteOf) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && b.call.First == 0 {
		b.call.First = max(time.Since(b.sent), 1)
	}
	return n, err
}
