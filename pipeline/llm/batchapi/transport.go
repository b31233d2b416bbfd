package batchapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// RoundTrip answers a chat completion by a batch; it takes hours. Any other
// request goes straight to Config.Live. A caller who stops gets his cause; his
// line stays where it is, once it is submitted. Nothing counts as paid before
// its answer is here: who asks for it again, in this process or in a later one,
// gets it and pays then.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/chat/completions") {
		return t.cfg.Live.RoundTrip(req)
	}
	ctx := req.Context()
	call := llm.CallFrom(ctx)
	body, err := t.read(req)
	if err != nil {
		return nil, err
	}
	q, err := ask(body, call)
	if err != nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Err: err}
	}
	if err := t.load(ctx); err != nil {
		return nil, err
	}
	l, said, err := t.join(q, call)
	if err != nil {
		return nil, err
	}
	if said == nil {
		return t.askLive(req, body, l)
	}
	select {
	case out := <-said:
		return t.answer(req, body, l, out)
	case <-ctx.Done():
		if t.leave(l, said, context.Cause(ctx)) {
			return nil, context.Cause(ctx)
		}
		return nil, unpaid(context.Cause(ctx))
	}
}

// read takes the body of a request, up to what a file may hold.
func (t *Transport) read(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Err: errors.New("the request has no body")}
	}
	defer req.Body.Close()
	b, err := io.ReadAll(io.LimitReader(req.Body, t.cfg.Bytes))
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	return b, nil
}

// join finds the line of a request, or gathers a new one, and waits in it.
// Without a channel it is a retry that is asked live; the line, if any, is the
// one that is done with once that has an answer.
func (t *Transport) join(q question, call *llm.Call) (l *line, said chan outcome, err error) {
	attempt := 1
	if call != nil && call.Sent > 1 {
		attempt = call.Sent
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	said = make(chan outcome, 1)
	var had *line
	for _, l := range t.index[q.stem] {
		if l.served && l.attempt < attempt {
			had = l // by this very request
			continue
		}
		return l, said, t.rejoin(q, l, said)
	}
	if attempt > 1 && t.cfg.Missing == AskLive {
		return had, nil, nil
	}
	l = &line{stem: q.stem, attempt: attempt, waiters: []chan outcome{said}}
	if l.row, err = q.row(l.id(), t.chat); err != nil {
		return nil, nil, fmt.Errorf("writing a line: %w", err)
	}
	if int64(len(l.row)) > t.cfg.Bytes {
		return nil, nil, &pipeline.Error{Code: pipeline.TooLong, Err: fmt.Errorf("a request of %d bytes does not fit a file of a batch", len(l.row))}
	}
	t.index[l.stem] = append(t.index[l.stem], l)
	t.gather(q.model, l)
	return l, said, nil
}

// rejoin waits in a line that is there already. The lock is held.
func (t *Transport) rejoin(q question, l *line, said chan outcome) error {
	if l.held != nil {
		said <- outcome{answer: l.held}
		l.served = true
		return nil
	}
	l.left = false
	l.waiters = append(l.waiters, said)
	if l.batch == nil {
		return nil
	}
	if l.batch.Phase == Gathered && l.row == nil { // of a process that died: perhaps it never left
		row, err := q.row(l.id(), t.chat)
		if err != nil {
			return fmt.Errorf("writing a line: %w", err)
		}
		l.row = row
	}
	l.batch.waiting++
	select {
	case l.batch.joined <- struct{}{}:
	default:
	}
	t.start(l.batch)
	return nil
}

// leave takes a caller who stopped out of his line. It reports whether the line
// may be paid and never be asked for again.
func (t *Transport) leave(l *line, said chan outcome, cause error) (lost bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, w := range l.waiters {
		if w != said {
			continue
		}
		l.waiters = append(l.waiters[:i:i], l.waiters[i+1:]...)
		l.left = t.cfg.CancelAbandoned != nil && t.cfg.CancelAbandoned(cause)
		switch b := l.batch; {
		case len(l.waiters) > 0 && b == nil:
		case b == nil:
			l.queue.drop(l)
			t.forget(l)
		default:
			if b.waiting--; b.waiting == 0 && b.stop != nil {
				b.stop()
			}
		}
		return l.left && l.batch != nil
	}
	return false // its outcome came in the same moment; it is held, or fetched again
}

// give hands an outcome to everybody who waits in a line; an answer that
// nobody waits for is held while there is room. The lock is held.
func (t *Transport) give(l *line, out outcome) {
	for _, w := range l.waiters {
		w <- out
		l.served = true
	}
	if l.batch != nil {
		l.batch.waiting -= len(l.waiters)
	}
	if a := out.answer; a != nil && l.held == nil && len(l.waiters) == 0 && t.kept+int64(len(a.body)) <= t.cfg.Keep {
		l.held = a
		t.kept += int64(len(a.body))
	}
	l.waiters = nil
}

// forget takes a line out of the index. The lock is held.
func (t *Transport) forget(l *line) {
	if l.held != nil {
		t.kept -= int64(len(l.held.body))
		l.held = nil
	}
	lines := t.index[l.stem]
	for i, x := range lines {
		if x == l {
			lines = append(lines[:i:i], lines[i+1:]...)
			break
		}
	}
	if t.index[l.stem] = lines; len(lines) == 0 {
		delete(t.index, l.stem)
	}
}

// answer makes of an outcome what the guard above understands.
func (t *Transport) answer(req *http.Request, body []byte, l *line, out outcome) (*http.Response, error) {
	switch {
	case out.err != nil:
		return nil, unpaid(out.err)
	case out.answer != nil:
		return t.response(req, l, out.answer), nil
	case t.cfg.Missing == AskLive:
		return t.askLive(req, body, l)
	}
	t.delivered(l)
	return nil, &pipeline.Error{
		Code: pipeline.Unavailable, Hint: "run again: what is missing is submitted in a new batch",
		Err: &wire.Failure{Message: out.missing},
	}
}

// response is a line of the output as a reply.
func (t *Transport) response(req *http.Request, l *line, a *answer) *http.Response {
	h := http.Header{
		"Content-Type":      {"application/json"},
		"Content-Length":    {strconv.Itoa(len(a.body))},
		llm.TransportHeader: {llm.TransportBatch},
	}
	if a.request != "" {
		h.Set("X-Request-Id", a.request)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, ContentLength: int64(len(a.body)), Request: req,
		Body: t.handed(bytes.NewReader(a.body), llm.CallFrom(req.Context()), func() { t.delivered(l) }),
	}
}

// handedBody tells when a body was read to its end and is in the ledger: only
// then is it delivered.
type handedBody struct {
	io.Reader
	call   *llm.Call
	before int // the call's last exchange in the ledger
	ended  bool
	kept   func()
}

func (t *Transport) handed(r io.Reader, call *llm.Call, kept func()) *handedBody {
	h := &handedBody{Reader: r, call: call, kept: kept}
	if call != nil {
		h.before = call.Sequence
	}
	return h
}

func (h *handedBody) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.ended = h.ended || err == io.EOF
	return n, err
}

// Close is called after the wire's record has stored what it read.
func (h *handedBody) Close() error {
	if h.ended && h.kept != nil && (h.call == nil || h.call.Sequence != h.before) {
		h.kept()
		h.kept = nil
	}
	return nil
}

// askLive sends a request over the real network, a few at a time.
func (t *Transport) askLive(req *http.Request, body []byte, l *line) (*http.Response, error) {
	select {
	case t.live <- struct{}{}:
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.cfg.LiveTimeout, errLive)
	free := func() { cancel(); <-t.live }
	out := req.Clone(ctx)
	out.ContentLength = int64(len(body))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	out.Body, _ = out.GetBody() // cannot fail
	resp, err := t.cfg.Live.RoundTrip(out)
	if err != nil {
		free()
		if context.Cause(ctx) == errLive {
			err = errLive
		}
		return nil, err
	}
	resp.Header.Del(llm.TransportHeader)
	under := resp.Body
	h := t.handed(under, llm.CallFrom(req.Context()), func() {
		if l != nil {
			t.delivered(l)
		}
	})
	resp.Body = &liveBody{handedBody: h, under: under, free: free}
	return resp, nil
}

var errLive = errors.New("a line asked live took longer than its time limit")

// liveBody gives the place back when it is closed.
type liveBody struct {
	*handedBody
	under io.Closer
	free  func()
}

// Close closes the body beneath.
func (b *liveBody) Close() error {
	err := b.under.Close()
	_ = b.handedBody.Close() // never fails
	if b.free != nil {
		b.free()
		b.free = nil
	}
	return err
}

// fresh copies an error that several callers get: the chain above writes into
// the failure it finds.
func fresh(err error) error {
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok {
		return err
	}
	out := *e
	if f, ok := errors.AsType[*wire.Failure](err); ok {
		one := *f
		out.Err = &one
	}
	return &out
}

// unpaid is an error of a line whose answer can still be fetched, or that the
// API never took: see fresh.
func unpaid(err error) error {
	err = fresh(err)
	if f, ok := errors.AsType[*wire.Failure](err); ok {
		f.MaybePaid = false
		return err
	}
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok {
		return &pipeline.Error{Code: pipeline.Unavailable, Err: &wire.Failure{Message: err.Error(), Err: err}}
	}
	out := *e
	out.Err = &wire.Failure{Message: e.Err.Error(), Err: e.Err}
	return &out
}
