package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"dragoman/pipeline/llm"
)

// record appends every raw reply, good or bad, to the ledger (and to the tape
// of --record) as soon as it has been read to its end or given up, before
// anybody judges it.
type record struct {
	cfg  Config
	next http.RoundTripper

	mu   sync.Mutex
	made map[string][]int // numbers of this run's exchanges, by key
}

func newRecord(cfg Config, next http.RoundTripper) *record {
	return &record{cfg: cfg, next: next, made: map[string][]int{}}
}

func (r *record) RoundTrip(req *http.Request) (*http.Response, error) {
	call := llm.CallFrom(req.Context())
	sent := r.cfg.Now()
	call.Sent++
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err // nothing reached us
	}
	resp.Body = &tape{
		record: r, call: call, ctx: context.WithoutCancel(req.Context()), body: resp.Body, began: sent,
		exchange: &llm.Exchange{
			Key: call.Key, Request: *call.Request, Rung: call.Rung, Params: call.Params, Shape: call.Shape,
			Endpoint: endpoint(req.URL), Sent: sent.UTC(),
			Reply: llm.Reply{Status: resp.StatusCode, Header: allowed(resp.Header)},
		},
	}
	return resp, nil
}

// inThisRun reports whether an exchange was appended by this run.
func (r *record) inThisRun(x *llm.Exchange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.made[x.Key], x.Sequence)
}

// tape copies a body while it is read and stores the exchange when it ends.
type tape struct {
	record   *record
	call     *llm.Call
	ctx      context.Context
	body     io.ReadCloser
	began    time.Time
	buf      bytes.Buffer
	exchange *llm.Exchange
	done     bool
	err      error // of storing
}

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	t.buf.Write(p[:n])
	if err != nil {
		if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.exchange.Reply.Broken = t.record.cfg.Secret.Redact(oneLine(err.Error(), 200))
		} else if t.exchange.Reply.Status == http.StatusOK { // after any other the gate may close
			answered(t.ctx)
		}
		t.store()
		if t.err != nil {
			return n, t.err
		}
	}
	return n, err
}

// Close ends the reading; what was read by then is stored. It gives the error
// of storing.
func (t *tape) Close() error {
	err := t.body.Close()
	if !t.done {
		t.exchange.Reply.Broken = "given up"
		t.store()
	}
	if t.err != nil {
		return t.err
	}
	return err
}

func (t *tape) store() {
	if t.done {
		return
	}
	t.done = true
	x := t.exchange
	x.Reply.Body = []byte(t.record.cfg.Secret.Hide(t.buf.String()))
	x.Duration = t.record.cfg.Now().Sub(t.began).Round(time.Millisecond) // as files keep it
	if played, ok := t.body.(*played); ok {
		x.Duration = played.took
	}
	t.call.Duration = x.Duration
	if t.err = t.record.cfg.Ledger.Append(t.ctx, x); t.err != nil {
		return
	}
	t.call.Sequence = x.Sequence
	t.record.mu.Lock()
	t.record.made[x.Key] = append(t.record.made[x.Key], x.Sequence)
	t.record.mu.Unlock()
	if t.record.cfg.Tape != nil {
		answer, err := judge(x.Reply, x.Request, t.record.cfg.Profile)
		if err != nil {
			answer = nil
		}
		t.err = t.record.cfg.Tape.Record(x, answer)
	}
}

// allowedHeaders are the reply headers worth keeping: what retries depend on,
// and what a provider's support asks for. Cookies and the like are not.
var allowedHeaders = []string{
	"Content-Type", "Content-Encoding", "Date", "Retry-After", "Retry-After-Ms", "X-Ms-Retry-After-Ms", "X-Should-Retry",
	"X-Ratelimit-Limit-Requests", "X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Remaining-Tokens",
	"X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens", "X-Request-Id", "Request-Id", "Apim-Request-Id", "Openai-Processing-Ms",
	llm.TransportHeader,
}

func allowed(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range allowedHeaders {
		if v := h.Get(name); v != "" {
			out[name] = oneLine(v, 200)
		}
	}
	return out
}

// endpoint is an address without what may be secret in it.
func endpoint(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
