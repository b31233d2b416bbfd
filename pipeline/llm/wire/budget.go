package wire

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// budget reserves the most an attempt can cost before it is made, and settles
// by real usage. An attempt that may have been paid and says no usage keeps
// its reservation. Where what is left would do only once other calls have
// settled, it waits for them.
type budget struct {
	cfg  Config
	next http.RoundTripper
	till *till // the accounts that outlive the run

	mu      sync.Mutex
	settled chan struct{} // closed and replaced whenever a reservation ends
	tokens  int64         // spent for good
	micros  int64
	held    int // reservations of calls under way
	heldTok int64
	heldMic int64
	total   Spent
}

// Spent is what a run has used: attempts that failed included.
type Spent struct {
	Calls   int             // attempts sent
	Usage   pipeline.Usage  // as far as it was said; Known: every attempt that may have been paid said it
	Cost    *pipeline.Money // nil: a price is unknown, or nothing was sent
	Unknown int             // attempts that may have been paid and said no usage
}

func newBudget(cfg Config, next http.RoundTripper) *budget {
	return &budget{cfg: cfg, next: next, till: newTill(cfg), settled: make(chan struct{}), total: Spent{Usage: pipeline.Usage{Known: true}}}
}

// overhead is the tokens that a chat template may add: for the request, and
// for each message.
const (
	requestOverhead = 64
	messageOverhead = 16
)

// Bound is the most tokens a request can use: a token is at least one byte of
// the messages and the schema, and the answer is at most MaxTokens.
func Bound(req *llm.Request) pipeline.Usage {
	in := requestOverhead + len(req.Schema)
	for _, m := range req.Messages {
		in += messageOverhead + len(m.Role) + len(m.Content)
	}
	return pipeline.Usage{InputTokens: in, OutputTokens: req.MaxTokens}
}

func (b *budget) RoundTrip(req *http.Request) (*http.Response, error) {
	call := llm.CallFrom(req.Context())
	h, err := b.reserve(req, call)
	if err != nil {
		return nil, err
	}
	var resp *http.Response
	if err = b.ready(req.Context(), call.Request); err == nil {
		resp, err = b.next.RoundTrip(req)
	}
	if failed := b.settle(req.Context(), call, h, err); failed != nil && err == nil {
		return nil, failed // the answer is stored, and is found there once the purse answers
	}
	return resp, err
}

// ready asks whether an attempt may be sent at all.
func (b *budget) ready(ctx context.Context, req *llm.Request) error {
	if b.cfg.Ready == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if err := b.cfg.Ready(ctx); err != nil {
		return staged(req, storeFailed(ctx, "getting ready for a call", err))
	}
	return nil
}

// hold is one reservation.
type hold struct {
	tokens, micros int64
	sent           int    // attempts of the request sent before this one
	purse          string // name of the reservation in the purse, or ""
	most           Amount // that is set aside there
}

// reserve sets aside what the attempt may cost: first against the caps of this
// run, then in the purse.
func (b *budget) reserve(req *http.Request, call *llm.Call) (hold, error) {
	call.Usage, call.Cost = pipeline.Usage{}, nil // of the attempt before
	bound := Bound(call.Request)
	want := hold{tokens: int64(bound.InputTokens) + int64(bound.OutputTokens), sent: call.Sent}
	if b.cfg.MaxCost != nil {
		price, ok := b.cfg.Prices.Of(call.Request.Model)
		if err := capable(b.cfg.MaxCost, price, ok, call.Request); err != nil {
			return want, err
		}
		want.micros = price.Cost(bound).Micros
	}
	if (b.cfg.MaxCost != nil || b.cfg.MaxTokens > 0) && call.Request.MaxTokens <= 0 {
		return want, unbounded(call.Request)
	}
	if err := b.set(req, call, want); err != nil || !b.till.open() {
		return want, err
	}
	var err error
	if want.purse, want.most, err = b.till.reserve(req.Context(), call.Request, bound); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.end(want)
	}
	return want, err
}

// unbounded refuses a request whose answer may be of any length.
func unbounded(req *llm.Request) error {
	return &pipeline.Error{
		Code: pipeline.Invalid, Stage: req.Stage, Hint: "give the prompt max_output_tokens",
		Err: fmt.Errorf("a cap cannot be held: the request has no upper bound of its answer"),
	}
}

// set reserves against the caps of this run, and waits where only the calls
// under way stand in the way.
func (b *budget) set(req *http.Request, call *llm.Call, want hold) error {
	for {
		b.mu.Lock()
		if b.fits(want) {
			b.held++
			b.heldTok += want.tokens
			b.heldMic += want.micros
			b.mu.Unlock()
			return nil
		}
		if b.held == 0 {
			err := b.exceeded(call.Request, want)
			b.mu.Unlock()
			return err
		}
		wait := b.settled
		b.mu.Unlock()
		select {
		case <-wait:
		case <-req.Context().Done():
			return req.Context().Err()
		}
	}
}

// capable refuses a money cap that cannot be held.
func capable(max *pipeline.Money, price llm.Price, known bool, req *llm.Request) error {
	if known && price.Currency == max.Currency {
		return nil
	}
	e := &pipeline.Error{
		Code: pipeline.Invalid, Stage: req.Stage,
		Hint: "cap the run with --max-tokens, or add the model to the price file",
		Err:  fmt.Errorf("--max-cost cannot be held: the price of %q is unknown", req.Model),
	}
	if known {
		e.Err = fmt.Errorf("--max-cost is in %s, the price of %q in %s", max.Currency, req.Model, price.Currency)
		e.Hint = "give --max-cost in " + price.Currency
	}
	return e
}

func (b *budget) fits(want hold) bool {
	if b.cfg.MaxTokens > 0 && b.tokens+b.heldTok+want.tokens > int64(b.cfg.MaxTokens) {
		return false
	}
	return b.cfg.MaxCost == nil || b.micros+b.heldMic+want.micros <= b.cfg.MaxCost.Micros
}

func (b *budget) exceeded(req *llm.Request, want hold) error {
	err := fmt.Errorf("the next call could use %d tokens, and %d of the cap of %d are used", want.tokens, b.tokens, b.cfg.MaxTokens)
	hint := "raise --max-tokens and run again: what is answered is kept"
	if b.cfg.MaxCost != nil && b.micros+want.micros > b.cfg.MaxCost.Micros {
		used := pipeline.Money{Micros: b.micros, Currency: b.cfg.MaxCost.Currency}
		most := pipeline.Money{Micros: want.micros, Currency: b.cfg.MaxCost.Currency}
		err = fmt.Errorf("the next call could cost %s, and %s of the cap of %s are used", most, used, b.cfg.MaxCost)
		hint = "raise --max-cost and run again: what is answered is kept"
	}
	return &pipeline.Error{Code: pipeline.Budget, Stage: req.Stage, Hint: hint, Err: err}
}

// settle ends a reservation: by usage where it is known, in full where the
// attempt may have been paid, else not at all. An attempt that was stopped
// before it was sent leaves nothing behind. The error is that of the purse.
func (b *budget) settle(ctx context.Context, call *llm.Call, h hold, err error) error {
	f := failureOf(err)
	sent := call.Sent > h.sent
	paid := sent && (err == nil || f == nil || f.MaybePaid)
	cost := b.cfg.Prices.CostBy(call.Transport, modelOf(call), call.Usage)
	if err == nil {
		call.Cost = cost
	}
	b.count(call, h, cost, sent, paid)
	if h.purse == "" {
		return nil
	}
	return b.till.settle(ctx, call.Request, h.purse, used(call.Usage, cost, h.most, paid))
}

// used is what an attempt takes out of the purse.
func used(u pipeline.Usage, cost *pipeline.Money, most Amount, paid bool) Amount {
	switch {
	case u.Known && cost != nil && cost.Currency == most.Money.Currency:
		return Amount{Money: *cost, Tokens: int64(u.InputTokens) + int64(u.OutputTokens)}
	case u.Known: // the price of what answered is unknown, or in other money
		return Amount{Money: most.Money, Tokens: int64(u.InputTokens) + int64(u.OutputTokens)}
	case paid:
		return most
	}
	return Amount{}
}

// count ends a reservation against the caps of this run.
func (b *budget) count(call *llm.Call, h hold, cost *pipeline.Money, sent, paid bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if sent {
		b.total.Calls++
		call.Bill.Add(call.Usage, cost, paid)
	}
	switch {
	case call.Usage.Known:
		b.tokens += int64(call.Usage.InputTokens) + int64(call.Usage.OutputTokens)
		if cost != nil {
			b.micros += cost.Micros
		} else {
			b.micros += h.micros
		}
		b.total.Usage = b.total.Usage.Add(call.Usage)
		b.addCost(cost)
	case paid:
		b.tokens += h.tokens
		b.micros += h.micros
		b.total.Unknown++
		b.total.Usage.Known = false
	}
	b.end(h)
}

// end takes a reservation of this run away; the lock is held.
func (b *budget) end(h hold) {
	b.held--
	b.heldTok -= h.tokens
	b.heldMic -= h.micros
	close(b.settled)
	b.settled = make(chan struct{})
}

func (b *budget) addCost(cost *pipeline.Money) {
	switch {
	case cost == nil:
	case b.total.Cost == nil:
		c := *cost
		b.total.Cost = &c
	case b.total.Cost.Currency == cost.Currency:
		b.total.Cost.Micros += cost.Micros
	}
}

func (b *budget) spent() Spent {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.total
	if out.Cost != nil {
		c := *out.Cost
		out.Cost = &c
	}
	return out
}
