package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// pace holds an attempt that has its place back until the rates allow it: the
// configured ones, a pause after a 429 of another process, and what the
// server's own x-ratelimit headers say is left.
type pace struct {
	cfg   Config
	rates Rates // nil: nothing is limited and nothing is shared

	mu       sync.Mutex
	requests allowance
	tokens   allowance
}

// allowance is what the server has said is left, less what was sent since.
type allowance struct {
	left  int64
	until time.Time // when it is whole again; what was said counts no more
}

func newPace(cfg Config) *pace {
	p := &pace{cfg: cfg, rates: cfg.Rates}
	if p.rates == nil && (cfg.RPM > 0 || cfg.TPM > 0) {
		p.rates = NewRates(time.Now)
	}
	if cfg.Instant {
		p.rates = nil
	}
	return p
}

// pauseLeast is the shared pause after a 429 that asks no wait.
const pauseLeast = backoffFirst

// estimate is the tokens that an attempt claims before it is sent: a token for
// every three bytes of the prompt, and half of the answer's upper bound, since
// answers run to about half of the room they are given. It is never more than
// the bound. What the answer did not use goes back.
func estimate(req *llm.Request) int64 {
	in := len(req.Schema)
	for _, m := range req.Messages {
		in += len(m.Content)
	}
	bound := Bound(req)
	return int64(min(in/3+req.MaxTokens/2, bound.InputTokens+bound.OutputTokens))
}

// bucket is the name of the endpoint's rate.
func (p *pace) bucket(req *http.Request) string {
	if p.cfg.Bucket != "" {
		return p.cfg.Bucket
	}
	return req.URL.Host
}

// tokenBucket is the line of tokens beside the line of requests.
func tokenBucket(bucket string) string { return bucket + " tokens" }

// depart waits until an attempt may set out. The claim of a request whose time
// passed in a pause is lost, and made again: its share of the minute has gone
// by unused.
func (p *pace) depart(ctx context.Context, bucket string, tokens int64) error {
	for {
		wait, err := p.claim(ctx, bucket, tokens)
		if err != nil {
			return err
		}
		if wait <= 0 && p.spend(tokens) {
			return ctx.Err()
		}
		if err := p.cfg.sleep(ctx, wait); err != nil {
			p.giveBack(ctx, bucket, tokens)
			return err
		}
		paused, err := p.take(ctx, bucket, 0, 0)
		if err != nil {
			return err
		}
		if paused <= 0 && p.spend(tokens) {
			return nil
		}
		p.giveBack(ctx, bucket, tokens)
	}
}

// claim takes a place in every line, and says how long to wait for the last.
func (p *pace) claim(ctx context.Context, bucket string, tokens int64) (time.Duration, error) {
	one := int64(0)
	if p.cfg.RPM > 0 {
		one = 1
	}
	wait, err := p.take(ctx, bucket, one, int64(p.cfg.RPM))
	if err != nil {
		return 0, err
	}
	if p.cfg.TPM > 0 {
		more, err := p.take(ctx, tokenBucket(bucket), tokens, int64(p.cfg.TPM))
		if err != nil {
			return 0, err
		}
		wait = max(wait, more)
	}
	return max(wait, p.exhausted(tokens)), nil
}

func (p *pace) take(ctx context.Context, bucket string, n, perMinute int64) (time.Duration, error) {
	if p.rates == nil {
		return 0, nil
	}
	wait, err := p.rates.Take(ctx, bucket, n, perMinute)
	if err != nil {
		return 0, storeFailed(ctx, "claiming a share of the rate", err)
	}
	return wait, nil
}

// arrived gives back what an attempt claimed and did not use, or claims what it
// used beyond. An attempt that was not sent used nothing; of one whose usage is
// not known nothing goes back. An error here changes no answer: the next claim
// meets it.
func (p *pace) arrived(ctx context.Context, bucket string, tokens int64, sent bool, u pipeline.Usage) {
	used := tokens
	switch {
	case !sent:
		used = 0
	case u.Known:
		used = int64(u.InputTokens) + int64(u.OutputTokens)
	}
	if used > tokens && p.rates != nil && p.cfg.TPM > 0 {
		_, _ = p.rates.Take(context.WithoutCancel(ctx), tokenBucket(bucket), used-tokens, int64(p.cfg.TPM))
		return
	}
	p.giveBack(ctx, bucket, tokens-used)
}

func (p *pace) giveBack(ctx context.Context, bucket string, tokens int64) {
	if p.rates != nil && p.cfg.TPM > 0 && tokens > 0 {
		_ = p.rates.Return(context.WithoutCancel(ctx), tokenBucket(bucket), tokens, int64(p.cfg.TPM))
	}
}

// pause tells the other processes of a 429.
func (p *pace) pause(ctx context.Context, bucket string, d time.Duration) error {
	if p.rates == nil {
		return nil
	}
	d = min(max(d, pauseLeast), p.cfg.MaxWait)
	if err := p.rates.Pause(context.WithoutCancel(ctx), bucket, d); err != nil {
		return storeFailed(ctx, "pausing the other processes", err)
	}
	return nil
}

// exhausted is how long the server's word makes an attempt wait, by the last
// headers that came.
func (p *pace) exhausted(tokens int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.requests.wait(1), p.tokens.wait(tokens), 0)
}

// spend takes an attempt off what is left, and is false where it must wait
// after all: another one was quicker.
func (p *pace) spend(tokens int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cfg.Instant && (p.requests.wait(1) > 0 || p.tokens.wait(tokens) > 0) {
		return false
	}
	p.requests.left--
	p.tokens.left -= tokens
	return true
}

func (a *allowance) wait(need int64) time.Duration {
	if a.left >= need {
		return 0
	}
	return time.Until(a.until)
}

// heard learns from the headers of a reply, good or bad, when they arrive.
func (p *pace) heard(h http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests.heard(h, "Requests", p.cfg.MaxWait)
	p.tokens.heard(h, "Tokens", p.cfg.MaxWait)
}

// heard takes over what a server says is left. A kind that it does not name,
// and nonsense, leave everything as it was; a wait beyond the longest that is
// allowed is cut to that.
func (a *allowance) heard(h http.Header, kind string, most time.Duration) {
	left, err := strconv.ParseFloat(strings.TrimSpace(h.Get("X-Ratelimit-Remaining-"+kind)), 64)
	if err != nil || math.IsNaN(left) || left < 0 || left > maxUsage {
		return
	}
	d := reset(strings.TrimSpace(h.Get("X-Ratelimit-Reset-"+kind)), h.Get("Date"))
	if d <= 0 {
		return
	}
	a.left, a.until = int64(left), time.Now().Add(min(d, most))
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
	l.pace.heard(resp.Header)
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

// storeFailed types an error of the shared state. A caller who stopped gets
// that, and an error that has a class keeps it.
func storeFailed(ctx context.Context, doing string, err error) error {
	if stopped := ctx.Err(); stopped != nil && errors.Is(err, stopped) {
		return stopped
	}
	err = fmt.Errorf("%s: %w", doing, err)
	if pipeline.CodeOf(err) != "" {
		return err
	}
	return &pipeline.Error{Code: pipeline.Unavailable, Hint: "the state does not answer; no call is made without it", Err: err}
}
