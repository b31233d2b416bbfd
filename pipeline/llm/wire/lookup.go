package wire

import (
	"fmt"
	"net/http"
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
		if l.cfg.Fresh && !l.record.inThisRun(x) {
			continue
		}
		answer, err := judge(x.Reply, x.Request, l.cfg.Profile)
		if err != nil || promptHeld(call.Request, answer.Usage) != nil {
			continue
		}
		if whole == call.Request.Attempt {
			return l.serve(req, call, x, answer), nil
		}
		whole++
	}
	return l.next.RoundTrip(req)
}

func (l *lookup) serve(req *http.Request, call *llm.Call, x *llm.Exchange, a *llm.Answer) *http.Response {
	call.Stored, call.Sequence, call.Duration = true, x.Sequence, x.Duration
	call.Model, call.Usage, call.Rung = a.Model, a.Usage, x.Rung
	call.Cost = l.cfg.Prices.Cost(modelOf(call), a.Usage)
	h := http.Header{}
	for name, v := range x.Reply.Header {
		h.Set(name, v)
	}
	return wholeResponse(req, h, a)
}

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

// A prompt of at least promptRunes runes whose reply counts fewer than one
// token per promptFactor of our lowest estimate was cut on its way.
const (
	promptRunes  = 2000
	promptFactor = 0.7
)

// promptHeld reports whether the endpoint counted about as many prompt tokens
// as were sent. Ollama cuts a prompt that is over its context without an
// error: the model then answers about the half it saw.
func promptHeld(req *llm.Request, u pipeline.Usage) error {
	if !u.Known {
		return nil
	}
	runes, least := 0, 0.0
	for _, m := range req.Messages {
		for _, r := range m.Content {
			runes++
			least += tokensPerRune(r)
		}
	}
	got := max(u.InputTokens, u.CachedTokens)
	if runes < promptRunes || float64(got) >= least*promptFactor {
		return nil
	}
	return fail(pipeline.TooLong, "give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH), or use a model with one", &Failure{
		Status: 200, MaybePaid: true, Context: got,
		Message: fmt.Sprintf("the endpoint read about %d tokens of a prompt of at least %d: it cut the prompt", got, int(least)),
	})
}

// tokensPerRune is a low estimate: English runs to about 4.7 runes a token in
// o200k, Russian 4.2, Turkish 3.6; smaller vocabularies need more tokens.
func tokensPerRune(r rune) float64 {
	if r < 0x80 {
		return 1 / 5.5
	}
	if r >= 0x2E80 { // CJK and beyond
		return 1 / 2.5
	}
	return 1 / 5.0
}
