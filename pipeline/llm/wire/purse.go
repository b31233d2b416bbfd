package wire

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// till pays into the accounts of a [Purse]: before an attempt is sent it sets
// aside the most that the attempt can use, and afterwards it settles.
type till struct {
	cfg  Config
	line chan struct{} // of those who wait for other processes: one looks, the others stand behind it

	mu    sync.Mutex
	held  int           // reservations of this process that are not settled
	ended chan struct{} // closed and replaced when one was
	busy  time.Time     // since when the accounts are held by others and nothing of ours is under way; zero: not so
}

func newTill(cfg Config) *till {
	return &till{cfg: cfg, line: make(chan struct{}, 1), ended: make(chan struct{})}
}

// open reports whether there are accounts to pay into.
func (t *till) open() bool { return t.cfg.Purse != nil && t.cfg.Accounts != nil }

// most is what an attempt can use at most. A cap in money that cannot be held
// is refused, and so is any cap where the answer has no upper bound.
func (t *till) most(req *llm.Request, bound pipeline.Usage, accounts []Account) (Amount, error) {
	out := Amount{Tokens: int64(bound.InputTokens) + int64(bound.OutputTokens)}
	price, known := t.cfg.Prices.Of(req.Model)
	if known {
		out.Money = price.Cost(bound)
	}
	for _, a := range accounts {
		if a.Cap.Money.Micros > 0 {
			if err := capable(&a.Cap.Money, price, known, req); err != nil {
				return out, err
			}
		}
		if a.Cap != (Amount{}) && req.MaxTokens <= 0 {
			return out, unbounded(req)
		}
	}
	return out, nil
}

// reserve sets the most aside. While what is left is held by attempts under
// way it waits: for one of ours to end, or, looking every BusyPoll, for one of
// another process. When nothing of ours has been under way for BusyWait, what
// is held counts as spent: its process may be dead.
func (t *till) reserve(ctx context.Context, req *llm.Request, bound pipeline.Usage) (hold string, most Amount, err error) {
	accounts := t.cfg.Accounts(t.cfg.Now())
	if most, err = t.most(req, bound, accounts); err != nil {
		return "", most, err
	}
	hold, err = t.try(ctx, req, accounts, most)
	if !errors.Is(err, ErrBusy) {
		return hold, most, err
	}
	select {
	case t.line <- struct{}{}:
		defer func() { <-t.line }()
	case <-ctx.Done():
		return "", most, context.Cause(ctx)
	}
	for {
		ended, patient := t.patience()
		hold, err = t.try(ctx, req, t.cfg.Accounts(t.cfg.Now()), most)
		switch {
		case !errors.Is(err, ErrBusy):
			return hold, most, err
		case !patient:
			return "", most, &pipeline.Error{
				Code: pipeline.Budget, Stage: req.Stage, Hint: "raise the cap and run again: what is answered is kept",
				Err: fmt.Errorf("what is left of the cap is set aside for calls of other processes, or of processes that died: the next call could use %d tokens", most.Tokens),
			}
		}
		if err := t.await(ctx, ended); err != nil {
			return "", most, err
		}
	}
}

// patience reports whether waiting may still help, and gives what is closed
// when a reservation of ours ends.
func (t *till) patience() (ended <-chan struct{}, patient bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held > 0 {
		t.busy = time.Time{}
		return t.ended, true
	}
	if t.busy.IsZero() {
		t.busy = time.Now()
	}
	return t.ended, time.Since(t.busy) < t.cfg.BusyWait && !t.cfg.Instant
}

// await waits for one of ours to end, or for the next look.
func (t *till) await(ctx context.Context, ended <-chan struct{}) error {
	timer := time.NewTimer(t.cfg.BusyPoll)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// stateTimeout bounds one question to the purse, which no caller's stop cuts
// off: a reservation whose name is lost counts as spent.
const stateTimeout = 30 * time.Second

// try asks the purse once.
func (t *till) try(ctx context.Context, req *llm.Request, accounts []Account, most Amount) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateTimeout)
	defer cancel()
	hold, err := t.cfg.Purse.Reserve(asking, accounts, most)
	switch {
	case errors.Is(err, ErrBusy):
		return "", ErrBusy
	case err != nil:
		return "", staged(req, storeFailed(ctx, "reserving what the call may cost", err))
	}
	t.mu.Lock()
	t.held++
	t.busy = time.Time{}
	t.mu.Unlock()
	return hold, nil
}

// settle ends a reservation, also when the caller has stopped. Where it fails,
// the reservation stays and counts as spent.
func (t *till) settle(ctx context.Context, req *llm.Request, hold string, used Amount) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateTimeout)
	defer cancel()
	err := t.cfg.Purse.Settle(ctx, hold, used)
	t.mu.Lock()
	t.held--
	close(t.ended)
	t.ended = make(chan struct{})
	t.mu.Unlock()
	if err != nil {
		return staged(req, storeFailed(ctx, "settling what the call cost", err))
	}
	return nil
}

// staged names the stage in an error that names none.
func staged(req *llm.Request, err error) error {
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok || e.Stage != "" {
		return err
	}
	out := *e
	out.Stage, out.Err = req.Stage, e.Err
	return &out
}
