package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// guard reads a reply to its end, within limits of time and size, and hands up
// one whole chat.completion or a typed error. It never follows a redirect.
type guard struct {
	cfg  Config
	next http.RoundTripper
}

func newGuard(cfg Config, next http.RoundTripper) *guard { return &guard{cfg, next} }

// maxBody bounds a reply, after decompression.
const maxBody = 16 << 20

// maxMessage bounds an error's message, in runes, until keys are taken out of
// it; then 500 are shown.
const maxMessage = 5000

// maxErrorBody bounds what is read of an error's body.
const maxErrorBody = 64 << 10

var (
	errIdle    = errors.New("the server fell silent")
	errTimeout = errors.New("the call took longer than its time limit")
	errSize    = errors.New("the reply is larger than 16 MiB")
)

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	call := llm.CallFrom(req.Context())
	call.Usage, call.Model, call.Transport = pipeline.Usage{}, "", ""
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	watch := g.watch(req, cancel)
	defer watch.stop()

	resp, err := g.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, g.unreached(ctx, err)
	}
	call.Transport = resp.Header.Get(llm.TransportHeader)
	answer, err := read(resp.StatusCode, resp.Header, &lively{resp.Body, watch}, *call.Request, g.cfg.Profile)
	if err == nil && answer.Finish != llm.Loop {
		watch.drain(resp.Body)
	}
	if answer != nil {
		call.Usage, call.Model = answer.Usage, answer.Model // paid, whatever comes
	}
	if closing := resp.Body.Close(); closing != nil && pipeline.CodeOf(closing) != "" {
		return nil, closing // it could not be stored: nothing is judged before it is
	}
	watch.stop()
	if err != nil {
		return nil, g.explain(ctx, err)
	}
	if err := promptHeld(call.Request, answer.Usage); err != nil {
		return nil, err
	}
	return wholeResponse(req, resp.Header, answer), nil
}

// wholeResponse is the response that is handed up.
func wholeResponse(req *http.Request, from http.Header, a *llm.Answer) *http.Response {
	body := encodeAnswer(a)
	h := http.Header{"Content-Type": {"application/json"}}
	for name, v := range allowed(from) {
		if name != "Content-Type" && name != "Content-Encoding" {
			h.Set(name, v)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// unreached is the error of an attempt that brought no reply.
func (g *guard) unreached(ctx context.Context, err error) error {
	if pipeline.CodeOf(err) != "" {
		return err // from the store, or from a replay
	}
	return g.explain(ctx, transportFailure(err))
}

// explain replaces what a cancelled context looks like by why it was
// cancelled, and hides secrets.
func (g *guard) explain(ctx context.Context, err error) error {
	f := failureOf(err)
	cause := context.Cause(ctx)
	if cause != nil && !errors.Is(cause, errIdle) && !errors.Is(cause, errTimeout) {
		return cause // the caller stopped it
	}
	if f == nil {
		return err
	}
	f.Message = oneLine(g.cfg.Secret.Redact(f.Message), 500)
	if cause != nil && f.Status < 300 {
		f.Err, f.Message, f.Retryable, f.MaybePaid = cause, cause.Error(), true, true
		return fail(pipeline.Unavailable, "raise --timeout, or ask a faster model", f)
	}
	return err
}

// read reads and judges one reply. The answer may come with an error: its
// usage was paid all the same.
func read(status int, h http.Header, body io.Reader, req llm.Request, p llm.Profile) (*llm.Answer, error) {
	id := firstOf(h, "X-Request-Id", "Request-Id", "Apim-Request-Id")
	if status < 200 || status > 299 {
		b, err := decoded(h, body, maxErrorBody)
		return nil, classify(status, h, b, err)
	}
	plain, err := decompressed(h, body)
	if err != nil {
		return nil, fail(pipeline.BadOutput, "", &Failure{Status: status, RequestID: id, Message: err.Error(), Err: err, MaybePaid: true})
	}
	r, err := readReply(plain, h, req)
	if f := failureOf(err); f != nil {
		f.Status, f.RequestID, f.MaybePaid = status, id, true
	}
	if err != nil {
		return r.answer(), err
	}
	return settle(r, p, id)
}

// settle decides whether a reply that was read to its end is an answer.
func settle(r *reply, p llm.Profile, id string) (*llm.Answer, error) {
	if r.finish == "" && r.done && p.DoneOnly {
		r.finish = "stop"
	}
	a := r.answer()
	bad := func(code pipeline.Code, retry bool, format string, args ...any) (*llm.Answer, error) {
		return a, fail(code, "", &Failure{Status: 200, RequestID: id, Message: fmt.Sprintf(format, args...), MaybePaid: true, Retryable: retry})
	}
	switch {
	case !r.chosen:
		return bad(pipeline.BadOutput, true, "the reply holds no answer")
	case r.finish == "":
		return bad(pipeline.Truncated, true, "the answer ended without a finish reason")
	case r.finish == "error":
		return bad(pipeline.Unavailable, true, "the provider broke the answer off (finish reason error)")
	case a.Finish == "":
		return bad(pipeline.BadOutput, false, "unknown finish reason %q", oneLine(r.finish, 40))
	case a.Finish == llm.Stop && a.Text == "" && a.Refusal == "" && r.reasoning > 0:
		return bad(pipeline.BadOutput, true, "the answer is empty: the model only reasoned")
	case a.Finish == llm.Stop && a.Text == "" && a.Refusal == "":
		return bad(pipeline.BadOutput, true, "the answer is empty")
	}
	return a, nil
}

// judge judges a stored reply as it was judged when it came.
func judge(x llm.Reply, req llm.Request, p llm.Profile) (*llm.Answer, error) {
	h := http.Header{}
	for name, v := range x.Header {
		h.Set(name, v)
	}
	var body io.Reader = bytes.NewReader(x.Body)
	if x.Broken != "" {
		body = io.MultiReader(body, broken{})
	}
	return read(x.Status, h, body, req, p)
}

// broken is the end of a body that was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// watchdog cancels a call that takes too long or falls silent.
type watchdog struct {
	total, quiet *time.Timer
	idle         time.Duration
}

func (g *guard) watch(req *http.Request, cancel context.CancelCauseFunc) *watchdog {
	first, idle := g.cfg.FirstByte, g.cfg.Idle
	local := loopback(req.URL)
	if first <= 0 {
		first = remoteFirstByte
		if local {
			first = loopbackFirstByte
		}
	}
	if idle <= 0 {
		idle = remoteIdle
		if local {
			idle = loopbackIdle
		}
	}
	return &watchdog{
		total: time.AfterFunc(g.cfg.Timeout, func() { cancel(errTimeout) }),
		quiet: time.AfterFunc(min(first, g.cfg.Timeout), func() { cancel(errIdle) }),
		idle:  min(idle, g.cfg.Timeout),
	}
}

func (w *watchdog) stop() { w.total.Stop(); w.quiet.Stop() }

// drain reads what follows a whole answer, so that the connection can be used
// again: the end of a chunked body, no more. It waits a second at most.
func (w *watchdog) drain(body io.Reader) {
	w.quiet.Reset(min(w.idle, time.Second))
	io.Copy(io.Discard, io.LimitReader(body, 4<<10)) //nolint:errcheck // the answer is there already
}

// lively tells the watchdog of every byte.
type lively struct {
	r io.Reader
	w *watchdog
}

func (l *lively) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.w.quiet.Reset(l.w.idle)
	}
	return n, err
}
