package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// graceTime is how long calls in flight are heard out after the first signal:
// most answers of a hosted model come within it, and who does not want to wait
// sends the signal again.
const graceTime = 30 * time.Second

// settleTime is what a run has to take in the last answer before what still
// waits, for its turn or to try again, is cancelled.
const settleTime = 250 * time.Millisecond

// patience is what stands between a signal and the calls of a run: once the
// command's context ends, nothing more is sent, and what is in flight is heard
// out for a while, since it is paid for.
type patience struct {
	calls  context.Context // of the pipeline: outlives the command's
	stop   <-chan struct{} // the command's end
	cancel context.CancelCauseFunc
	grace  time.Duration
	say    func(string)

	mu       sync.Mutex
	inFlight int
	changed  chan struct{} // a call has ended
	done     chan struct{} // closed by close
	watcher  sync.WaitGroup
}

// hearOut makes the patience of one run. close must be called at its end.
func hearOut(ctx context.Context, grace time.Duration, say func(string)) *patience {
	calls, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	p := &patience{
		calls: calls, stop: ctx.Done(), cancel: cancel, grace: grace, say: say,
		changed: make(chan struct{}, 1), done: make(chan struct{}),
	}
	p.watcher.Go(func() {
		select {
		case <-ctx.Done():
			p.wait()
			cancel(context.Cause(ctx))
		case <-p.done:
		}
	})
	return p
}

// close ends the patience; nothing of the run may be under way any more.
func (p *patience) close() {
	close(p.done)
	p.watcher.Wait()
	p.cancel(nil)
}

// wait returns when no call is in flight any more, or the time is over.
func (p *patience) wait() {
	limit := time.NewTimer(p.grace)
	defer limit.Stop()
	if n := p.count(); n > 0 {
		p.say(fmt.Sprintf("stopping: %s in flight, heard out for %s at most; the same signal again quits at once", term.Count(n, "call"), p.grace))
	}
	for p.count() > 0 {
		select {
		case <-p.changed:
		case <-limit.C:
			return
		case <-p.done:
			return
		}
	}
	settled := time.NewTimer(min(settleTime, p.grace))
	defer settled.Stop()
	select {
	case <-settled.C:
	case <-p.done:
	}
}

func (p *patience) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inFlight
}

// errStopped is why a call is not sent. It is of a class that is not tried
// again.
var errStopped = &pipeline.Error{Code: pipeline.Unavailable, Err: fmt.Errorf("not sent, since the run is being stopped: %w", context.Canceled)}

// network sends requests until the command ends.
func (p *patience) network(next http.RoundTripper) http.RoundTripper { return &patientNetwork{p, next} }

type patientNetwork struct {
	*patience
	next http.RoundTripper
}

// RoundTrip sends a request, unless the run is being stopped; it is in flight
// until its body is closed.
func (n *patientNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	if !n.begin() {
		return nil, errStopped
	}
	resp, err := n.next.RoundTrip(req)
	if err != nil {
		n.end()
		return nil, err
	}
	resp.Body = &heardBody{ReadCloser: resp.Body, end: sync.OnceFunc(n.end)}
	return resp, nil
}

func (p *patience) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.stop:
		return false
	default:
	}
	p.inFlight++
	return true
}

func (p *patience) end() {
	p.mu.Lock()
	p.inFlight--
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// heardBody is the body of a reply that is being heard out.
type heardBody struct {
	io.ReadCloser
	end func()
}

// Close ends the call.
func (b *heardBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// stopping reports whether the command was told to stop.
func (p *patience) stopping() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}
