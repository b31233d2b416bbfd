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
// the first answer lets them all go. After awayAfter failures, and with nobody
// under way who may yet be answered, the endpoint is away: for awayRest every
// attempt fails unsent. Config.Breaker shares one between wires; the zero value is
// ready.
//
// A failure is an attempt that brought no reply, or one of a server in trouble
// (408, 409, 425, 5xx). Any other reply is an answer, whatever it says. A 500 may
// be the fault of what was asked, and makes nobody think that the endpoint is away.
type Breaker struct {
	mu      sync.Mutex
	failed  int           // in a row
	last    Failure       // of them; a copy, since its call goes on to write to its own
	epoch   int           // times that it came to trouble; a failure of an attempt from before tells nothing new
	flying  int           // attempts that passed, and have not told how they went
	looks   int           // since it came to trouble
	looked  time.Time     // when the last look began; zero: none is under way
	until   time.Time     // no look before
	changed chan struct{} // closed and replaced when those who wait may look again; nil until somebody waits
}

// A single call that always fails makes four attempts, and is no outage while
// others succeed in between. Looks that fail at once are half a second, 1, 2, 4
// and 8 s apart: calls that wait in line outlast a server that starts again. One
// that hangs (it may also wait for its rate, for money, or for a long answer) is
// not waited for longer than lookFirst, twice that the next time, up to lookMost.
const (
	troubleAfter = 3
	awayAfter    = 8
	awayRest     = 30 * time.Second
	lookFirst    = 10 * time.Second
	lookMost     = 2 * time.Minute
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
	b.failed, b.looked, b.until = 0, time.Time{}, time.Time{}
	b.tell()
}

// tell wakes those who wait; the lock is held.
func (b *Breaker) tell() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// pass waits until an attempt may set out; who is impatient is refused instead.
// What it gives is for learn, or for unsent.
func (b *Breaker) pass(ctx context.Context, impatient bool) (epoch int, err error) {
	for {
		b.mu.Lock()
		wait := b.wait()
		switch {
		case wait <= 0:
			defer b.mu.Unlock()
			if b.failed >= troubleAfter {
				b.looks, b.looked = b.looks+1, time.Now()
			}
			b.flying++
			return b.epoch, nil
		case impatient || b.failed >= awayAfter && b.looked.IsZero():
			defer b.mu.Unlock()
			return 0, b.refusal()
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed, timer := b.changed, time.NewTimer(wait)
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

// wait is how long an attempt has to wait, unless something changes; the lock is
// held.
func (b *Breaker) wait() time.Duration {
	if b.failed < troubleAfter {
		return 0
	}
	next := b.until
	if !b.looked.IsZero() {
		if hung := b.looked.Add(min(lookFirst<<min(b.looks-1, 8), lookMost)); hung.After(next) {
			next = hung
		}
	}
	return time.Until(next)
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
	b.flying--
	known := epoch == b.epoch
	switch {
	case err != nil && f == nil:
		if known {
			b.looked = time.Time{}
		}
	case trouble(f, err):
		if f.echo = !known; known {
			b.fail(f)
		}
	case known:
		b.reset()
	default: // somebody is answered who set out before: worth a look at once
		b.failed, b.looked, b.until = min(b.failed, troubleAfter), time.Time{}, time.Time{}
	}
	b.tell()
}

// fail counts a failure; the lock is held.
func (b *Breaker) fail(f *Failure) {
	b.failed, b.last, b.looked = b.failed+1, *f, time.Time{}
	if b.failed == troubleAfter {
		b.epoch++
		b.looks = 0
	}
	if b.failed >= awayAfter && (b.flying > 0 || f.Status == http.StatusInternalServerError) {
		b.failed = awayAfter - 1
	}
	asked := min(f.Wait, defaultMaxWait)
	switch {
	case b.failed >= awayAfter:
		b.failed, b.until = awayAfter, time.Now().Add(max(awayRest, asked))
	case b.failed >= troubleAfter:
		b.until = time.Now().Add(max(backoffFirst<<(b.failed-troubleAfter), asked))
	}
}

// trouble reports whether a failure says that the endpoint is in no state to
// answer.
func trouble(f *Failure, err error) bool {
	if f == nil || pipeline.CodeOf(err) != pipeline.Unavailable {
		return false
	}
	switch f.Status {
	case 0:
		return f.Retryable // not so: a certificate
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return f.Status >= http.StatusInternalServerError
}
