package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// lookup answers from the ledger. Of the exchanges of a key it counts those
// that today's guard calls whole (a finish reason was seen: also a cut by the
// token limit is a whole exchange, and asking again would be paying again), and
// serves the one whose number is the request's Attempt. Two identical requests
// at the same time become one: the second waits, and finds the first's reply.
type lookup struct {
	cfg    Config
	record *record
	next   http.RoundTripper

	mu   sync.Mutex
	busy map[string]chan struct{}
}

func newLookup(cfg Config, r *record, next http.RoundTripper) *lookup {
	return &lookup{cfg: cfg, record: r, next: next, busy: map[string]chan struct{}{}}
}

func (l *lookup) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	call := llm.CallFrom(ctx)
	call.Key = llm.Key(call.Request)
	release, err := l.acquire(req, call.Key)
	if err != nil {
		return nil, err
	}
	defer release()
	known, err := l.cfg.Ledger.Find(ctx, call.Key)
	if err != nil {
		return nil, fmt.Errorf("looking up a stored reply: %w", err)
	}
	whole := 0
	for _, x := range known {
		if x.NoText || l.cfg.Fresh && !l.record.inThisRun(x) {
			continue
		}
		answer, err := judge(x.Reply, x.Request, l.cfg.Profile)
		if err != nil || foreignPseudo(x, answer, req.URL.Host) {
			continue
		}
		if whole == call.Request.Attempt {
			return l.serve(req, call, x, answer)
		}
		whole++
	}
	return l.next.RoundTrip(req)
}

// serve hands up a stored answer. One to a prompt that the endpoint cut is the
// error that it was when it came: it would be cut again, and paid again.
func (l *lookup) serve(req *http.Request, call *llm.Call, x *llm.Exchange, a *llm.Answer) (*http.Response, error) {
	call.Stored, call.Sequence, call.Duration = true, x.Sequence, x.Duration
	call.Model, call.Usage, call.Rung = a.Model, a.Usage, x.Rung
	call.Transport = x.Reply.Header[llm.TransportHeader]
	call.Cost = l.cfg.Prices.CostBy(call.Transport, modelOf(call), a.Usage)
	if err := promptHeld(call.Request, a.Usage); err != nil {
		return nil, hinted(err, storedCutHint)
	}
	h := http.Header{}
	for name, v := range x.Reply.Header {
		h.Set(name, v)
	}
	return wholeResponse(req, h, a), nil
}

// foreignPseudo reports whether the pseudo model gave an answer at another
// address than the one that is asked: it stands in for no real model there.
func foreignPseudo(x *llm.Exchange, a *llm.Answer, host string) bool {
	if a.Model != pipeline.PseudoModel {
		return false
	}
	from, err := url.Parse(x.Endpoint)
	return err != nil || from.Host != host
}

// storedCutHint stands in place of the hint of an endpoint that cuts prompts:
// what is stored is asked again only when that is asked for.
const storedCutHint = "a stored reply says so: give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH), and run with --fresh"

// acquire waits until no other request with this key is under way.
func (l *lookup) acquire(req *http.Request, key string) (release func(), err error) {
	for {
		l.mu.Lock()
		other, ok := l.busy[key]
		if !ok {
			mine := make(chan struct{})
			l.busy[key] = mine
			l.mu.Unlock()
			return func() {
				l.mu.Lock()
				delete(l.busy, key)
				l.mu.Unlock()
				close(mine)
			}, nil
		}
		l.mu.Unlock()
		select {
		case <-other:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
}

// modelOf is the model to price: the one that answered, or else the one asked.
func modelOf(c *llm.Call) []string {
	models := []string{c.Model, c.Request.Model}
	if c.Model == "" {
		models = models[1:]
	}
	return models
}
