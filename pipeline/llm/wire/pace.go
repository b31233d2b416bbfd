package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	news     chan struct{}        // closed and replaced when what is left may have changed
	clear    map[string]time.Time // by bucket: when no pause was seen last
}

// clearFor is how long it counts that no pause was seen: a store is not asked
// for each of many calls, and a pause of another process is met that much later.
const clearFor = 100 * time.Millisecond

func newPace(cfg Config) *pace {
	p := &pace{cfg: cfg, rates: cfg.Rates, news: make(chan struct{})}
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
	if err := p.permit(ctx, tokens); err != nil {
		return err
	}
	for {
		wait, err := p.claim(ctx, bucket, tokens)
		if err != nil || wait <= 0 {
			return err
		}
		err = p.cfg.sleep(ctx, wait)
		if err == nil {
			wait, err = p.take(ctx, bucket, 0, 0) // a pause that came since
		}
		if err == nil && wait <= 0 {
			return nil
		}
		p.giveBack(ctx, bucket, tokens)
		if err != nil {
			p.tell()
			return err
		}
	}
}

// claim takes a place in every line, and says how long to wait for the last.
func (p *pace) claim(ctx context.Context, bucket string, tokens int64) (time.Duration, error) {
	one := int64(0)
	if p.cfg.RPM > 0 {
		one = 1
	}
	wait, err := p.take(ctx, bucket, one, int64(p.cfg.RPM))
	if err != nil || p.cfg.TPM <= 0 {
		return wait, err
	}
	more, err := p.take(ctx, tokenBucket(bucket), tokens, int64(p.cfg.TPM))
	return max(wait, more), err
}

func (p *pace) take(ctx context.Context, bucket string, n, perMinute int64) (time.Duration, error) {
	if p.rates == nil {
		return 0, nil
	}
	look := n <= 0 || perMinute <= 0 // for a pause alone
	if look && p.clearOf(bucket) {
		return 0, nil
	}
	wait, err := p.rates.Take(ctx, bucket, n, perMinute)
	if err != nil {
		return 0, storeFailed(ctx, "claiming a share of the rate", err)
	}
	if look {
		p.noted(bucket, wait <= 0)
	}
	return wait, nil
}

// clearOf reports whether it was seen just now that there is no pause.
func (p *pace) clearOf(bucket string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen, ok := p.clear[bucket]
	return ok && time.Since(seen) < clearFor
}

// noted keeps what was seen of a bucket's pause.
func (p *pace) noted(bucket string, clear bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !clear {
		delete(p.clear, bucket)
		return
	}
	if p.clear == nil {
		p.clear = map[string]time.Time{}
	}
	p.clear[bucket] = time.Now()
}

// arrived gives back what an attempt claimed and did not use, or claims what it
// used beyond. An attempt that was not sent used nothing; of one whose usage is
// not known nothing goes back. An error here changes no answer: the next claim
// meets it.
func (p *pace) arrived(ctx context.Context, bucket string, tokens int64, sent bool, u pipeline.Usage) {
	p.tell()
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
	p.noted(bucket, false)
	if err := p.rates.Pause(context.WithoutCancel(ctx), bucket, d); err != nil {
		return storeFailed(ctx, "pausing the other processes", err)
	}
	return nil
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
