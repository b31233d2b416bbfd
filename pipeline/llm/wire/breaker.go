package wire

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"dragoman/pipeline"
)

// Breaker keeps an endpoint that gives no answers from being asked by everybody.
// After troubleAfter failures in a row one attempt at a time looks whether it is
// back, longer and longer after the one before, while the others stand in line;
// the first answer lets them all go. After awayAfter failures the endpoint is
// away: for awayRest every attempt fails unsent. Config.Breaker shares one
// between wires; the zero value is ready.
//
// A failure is an attempt that brought no reply, or one of a server in trouble
// (408, 409, 425, 5xx). Any other reply is an answer, whatever it says.
type Breaker struct {
	mu      sync.Mutex
	failed  int           // in a row
	last    Failure       // of them; a copy, since its call goes on to write to its own
	epoch   int           // times that it came to trouble; attempts from before tell nothing new
	trying  bool          // one is out to look
	until   time.Time     // none before
	changed chan struct{} // closed and replaced when those who wait may look again; nil until somebody waits
}

// A single call that always fails makes four attempts, and is no outage while
// others succeed in between. The looks are half a second, 1, 2, 4 and 8 s apart,
// so that a server has 15 s to start again.
const (
	troubleAfter = 3
	awayAfter    = 8
	awayRest     = 30 * time.Second
)

// Breakers are the breakers of a process: one for each endpoint and model, since
// an endpoint may lack one of its models. The zero value is ready.
type Breakers struct {
	mu  sync.Mutex
	all map[[2]string]*Breaker
}

// Of is the breaker of a model behind a base URL.
func (b *Breakers) Of(baseURL, model string) *Breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[[2]string]*Breaker{}
	}
	key := [2]string{baseURL, model}
	if b.all[key] == nil {
		b.all[key] = &Breaker{}
	}
	return b.all[key]
}

// Back tells that the endpoint was seen to answer, by somebody who asked it past
// this breaker.
func (b *Breaker) Back() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reset()
}

// reset lets everybody go; the lock is held.
func (b *Breaker) reset() {
	b.failed, b.trying, b.until = 0, false, time.Time{}
	b.tell()
}

// tell wakes those who wait; the lock is held.
func (b *Breaker) tell() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// pass waits until an attempt may set out. What it gives is for learn, or for
// unsent.
func (b *Breaker) pass(ctx context.Context) (epoch int, err error) {
	for {
		b.mu.Lock()
		wait := time.Until(b.until)
		switch {
		case b.failed < troubleAfter:
			defer b.mu.Unlock()
			return b.epoch, nil
		case b.failed >= awayAfter && wait > 0:
			defer b.mu.Unlock()
			return 0, b.refusal()
		case wait <= 0 && !b.trying:
			defer b.mu.Unlock()
			b.trying = true
			return b.epoch, nil
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed, timer := b.changed, time.NewTimer(max(wait, 0))
		if b.trying { // how that goes is told
			timer.Stop()
		}
		b.mu.Unlock()
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		timer.Stop()
		if err != nil {
			return 0, err
		}
	}
}

// refusal is the error of an attempt that is not sent; the lock is held.
func (b *Breaker) refusal() error {
	return fail(pipeline.Unavailable, "the endpoint is in trouble; try later", &Failure{
		Message: fmt.Sprintf("not asked: %d attempts in a row brought no answer, the last: %s", b.failed, b.last.Error()), Err: b.last.Err,
	})
}

// stands reports whether what an attempt knew when it passed is still so.
func (b *Breaker) stands(epoch int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return epoch == b.epoch
}

// unsent takes back that an attempt passed.
func (b *Breaker) unsent(epoch int) { b.learn(epoch, nil, context.Canceled) }

// learn learns from how an attempt went: with an answer, with a failure, or
// (an error without a failure) not at all.
func (b *Breaker) learn(epoch int, f *Failure, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := epoch == b.epoch
	switch {
	case err != nil && f == nil:
		if known {
			b.trying = false
		}
	case trouble(f, err):
		f.echo = !known
		if !known {
			return
		}
		b.failed, b.last, b.trying = b.failed+1, *f, false
		asked := min(f.Wait, defaultMaxWait)
		if b.failed == troubleAfter {
			b.epoch++
		}
		if b.failed >= troubleAfter {
			b.until = time.Now().Add(max(backoffFirst<<(b.failed-troubleAfter), asked))
		}
		if b.failed >= awayAfter {
			b.failed, b.until = awayAfter, time.Now().Add(max(awayRest, asked))
		}
	case known:
		b.reset()
	}
	b.tell()
}

// trouble reports whether a failure says that the endpoint is in no state to
// answer.
func trouble(f *Failure, err error) bool {
	return f != nil && f.Retryable && pipeline.CodeOf(err) == pipeline.Unavailable && (f.Status == 0 || f.Status >= http.StatusBadRequest)
}
