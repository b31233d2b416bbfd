package wire

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"dragoman/pipeline"
)

// retry is the only retry loop: up to Config.Attempts a request, and for the
// whole run max(10, 20 % of the requests) more calls than requests. A wait is
// the longer of our own back-off and what the server asks, never shorter.
// Quota, auth and bad requests are never retried. Bodies are byte-identical.
type retry struct {
	cfg  Config
	next http.RoundTripper

	mu             sync.Mutex
	requests, used int
}

func newRetry(cfg Config, next http.RoundTripper) *retry { return &retry{cfg: cfg, next: next} }

// The run-wide allowance, and the back-off: full jitter below half a second
// doubled each time, up to 30 s.
const (
	retryFloor   = 10
	retryShare   = 5 // one in five
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 30 * time.Second
)

func (r *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.requests++
	r.mu.Unlock()
	for attempt := 1; ; attempt++ {
		out := req.Clone(req.Context())
		body, err := req.GetBody()
		if err != nil {
			return nil, fmt.Errorf("preparing an attempt: %w", err)
		}
		out.Body = body
		resp, err := r.next.RoundTrip(out)
		if err == nil {
			return resp, nil
		}
		f := failureOf(err)
		if f == nil {
			return nil, err
		}
		f.Attempts = attempt
		if !f.Retryable || attempt == r.cfg.Attempts {
			return nil, err
		}
		if why := r.refuse(req.Context(), f, attempt); why != "" {
			return nil, hinted(err, why)
		}
		if err := r.cfg.sleep(req.Context(), r.pause(f, attempt)); err != nil {
			return nil, err
		}
	}
}

// refuse says why there will be no further attempt, or "".
func (r *retry) refuse(ctx context.Context, f *Failure, attempt int) string {
	if f.Wait > r.cfg.MaxWait {
		return fmt.Sprintf("the server asks to wait %s; try again then", f.Wait.Round(time.Second))
	}
	if until, ok := ctx.Deadline(); ok && !r.cfg.Instant && time.Until(until) < f.Wait {
		return fmt.Sprintf("the server asks to wait %s, longer than this call may take", f.Wait.Round(time.Second))
	}
	if f.echo {
		return "" // one closing of the gate is one retry, however many were under way
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used >= max(retryFloor, r.requests/retryShare) {
		return fmt.Sprintf("this run has spent its %d retries; the endpoint is in trouble", r.used)
	}
	r.used++
	return ""
}

// pause is how long to wait before the next attempt.
func (r *retry) pause(f *Failure, attempt int) time.Duration {
	most := min(time.Duration(float64(backoffFirst)*math.Pow(2, float64(attempt-1))), backoffMost)
	return max(time.Duration(r.cfg.Jitter()*float64(most)), f.Wait)
}

// hinted is the error with another remedy.
func hinted(err error, hint string) error {
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok {
		return err
	}
	out := *e
	out.Hint = hint
	return &out
}
