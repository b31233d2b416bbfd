package batchapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// start sets a batch going, unless somebody has. The lock is held.
func (t *Transport) start(b *batch) {
	if b.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	t.work.Go(func() { t.drive(ctx, b) })
}

// drive takes a batch forward for as long as somebody waits for it.
func (t *Transport) drive(ctx context.Context, b *batch) {
	err := t.advance(ctx, b)
	stopped := ctx.Err() != nil
	if err != nil && !stopped && !errors.Is(err, errVanished) {
		t.cfg.Note(fmt.Sprintf("%s: %s", b.ID, t.cfg.APIKey.Redact(err.Error())))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b.stop()
	b.stop, b.resumed = nil, true
	switch {
	case errors.Is(err, errVanished):
		t.again(b)
	case err != nil && !stopped:
		for _, l := range b.lines {
			t.give(l, outcome{err: err})
		}
	case b.waiting > 0: // who came while the driver was leaving
		t.start(b)
	case stopped && t.abandoned(b):
		t.work.Go(func() { t.cancel(b) })
	}
}

// errVanished says that a submission never reached the API.
var errVanished = errors.New("the file of lines was never uploaded")

// advance is the way of a batch: each step is saved before the next.
func (t *Transport) advance(ctx context.Context, b *batch) error {
	if b.Phase == Gathered {
		if err := t.upload(ctx, b); err != nil {
			return err
		}
	}
	if b.Phase == Uploaded {
		if err := t.create(ctx, b); err != nil {
			return err
		}
	}
	for {
		s, err := t.await(ctx, b)
		if err != nil {
			return err
		}
		if err := t.collect(ctx, b, s); err != nil {
			return err
		}
		t.mu.Lock()
		done := b.waiting == 0
		b.resumed = true // who comes from now on is late
		t.mu.Unlock()
		if done {
			return nil
		}
	}
}

// upload brings the lines to the API, or finds that they are there.
func (t *Transport) upload(ctx context.Context, b *batch) error {
	name := b.ID + ".jsonl"
	if !b.resumed {
		if err := t.save(ctx, b, nil); err != nil {
			return err
		}
	}
	var id string
	err := t.try(ctx, func(n int) (err error) {
		if n > 1 || b.resumed {
			if err := wait(ctx, t.cfg.PollFirst); err != nil { // what was sent just now may take a moment to be listed
				return err
			}
			if id, err = t.api.findFile(ctx, name, b.Created); err != nil || id != "" {
				return err
			}
		}
		if b.resumed {
			return errVanished // not all its lines are known; those that are wanted are gathered again
		}
		id, err = t.api.upload(ctx, name, t.rows(b))
		return err
	})
	if err != nil {
		return t.refused(b, err)
	}
	if err := t.save(ctx, b, func(s *Submission) { s.Phase, s.InputFile = Uploaded, id }); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range b.lines {
		l.row = nil
	}
	return nil
}

func (t *Transport) rows(b *batch) (rows [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range b.order {
		if l := b.lines[id]; l != nil {
			rows = append(rows, l.row)
		}
	}
	return rows
}

// create starts the batch, or finds that it has been.
func (t *Transport) create(ctx context.Context, b *batch) error {
	var id string
	err := t.try(ctx, func(n int) (err error) {
		if n > 1 || b.resumed {
			if err := wait(ctx, t.cfg.PollFirst); err != nil {
				return err
			}
			if id, err = t.api.findBatch(ctx, b.Submission); err != nil || id != "" {
				return err
			}
		}
		id, err = t.api.create(ctx, b.Submission, t.chat)
		return err
	})
	if err != nil {
		return t.refused(b, err)
	}
	t.cfg.Note(fmt.Sprintf("%s: batch %s of %d lines", b.ID, id, len(b.order)))
	return t.save(ctx, b, func(s *Submission) { s.Phase, s.Batch = Created, id })
}

// refused drops a submission whose file or batch the API will not take: the
// same would be refused again. Where the account or the network is at fault,
// it stays.
func (t *Transport) refused(b *batch, err error) error {
	switch pipeline.CodeOf(err) {
	case pipeline.Invalid, pipeline.TooLong, pipeline.Refused:
		return t.dropped(b, err)
	}
	return err
}

// dropped forgets a submission, and gives the error that its callers get.
func (t *Transport) dropped(b *batch, err error) error {
	defer t.tidy(b)
	return errors.Join(err, t.close(b, outcome{err: err}))
}

// await polls until the batch has ended.
func (t *Transport) await(ctx context.Context, b *batch) (*status, error) {
	pause := t.cfg.PollFirst
	if !b.resumed {
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
	}
	for {
		var s *status
		err := t.try(ctx, func(int) (err error) {
			s, err = t.api.get(ctx, b.Batch)
			return err
		})
		if err != nil {
			return nil, err
		}
		if s.ended() {
			return s, t.ended(ctx, b, s)
		}
		if err := wait(ctx, pause+time.Duration(t.cfg.Jitter()*float64(pause)/4)); err != nil {
			return nil, err
		}
		pause = min(pause*3/2, t.cfg.PollMost)
	}
}

// ended notes the end of a batch. One that failed as a whole has no lines: its
// file was not accepted.
func (t *Transport) ended(ctx context.Context, b *batch, s *status) error {
	if s.Status == "failed" {
		return t.dropped(b, t.failed(s))
	}
	if b.Phase == Ended {
		return nil
	}
	t.cfg.Note(fmt.Sprintf("%s: batch %s is %s: %d of %d lines answered", b.ID, b.Batch, s.Status, s.Counts.Completed, s.Counts.Total))
	return t.save(ctx, b, func(s *Submission) { s.Phase = Ended })
}

// failed is the error of a batch that the API did not accept.
func (t *Transport) failed(s *status) error {
	f := &wire.Failure{Message: "the batch was not accepted"}
	e := &pipeline.Error{Code: pipeline.Invalid, Err: f}
	if len(s.Faults.Data) > 0 {
		first := s.Faults.Data[0]
		f.Code, f.Message = first.Code, f.Message+": "+first.Message
		if first.Line > 0 {
			f.Message += fmt.Sprintf(" (line %d)", first.Line)
		}
		if n := len(s.Faults.Data) - 1; n > 0 {
			f.Message += fmt.Sprintf(", and %d more", n)
		}
	}
	switch f.Code {
	case "token_limit_exceeded":
		e.Code, e.Hint = pipeline.Unavailable, "the account's queue of batches is full: run again when others have ended, or with smaller batches"
	case "billing_hard_limit_reached", "insufficient_quota":
		e.Code, e.Hint = pipeline.Quota, "the account at the provider has no money or allowance left"
	}
	return t.api.hidden(e)
}

// The waits between two tries of a call that failed.
const (
	tryFirst = time.Second
	tryMost  = 30 * time.Second
)

// try makes a call until it succeeds, fails for good, or the API has been in
// trouble for Config.Outage.
func (t *Transport) try(ctx context.Context, call func(n int) error) error {
	began, pause := t.cfg.Now(), tryFirst
	for n := 1; ; n++ {
		err := call(n)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f, ok := errors.AsType[*wire.Failure](err)
		if !ok || !f.Retryable {
			if notFound(err) {
				return &pipeline.Error{Code: pipeline.Unavailable, Hint: noBatches, Err: f}
			}
			return err
		}
		next := max(pause/2+time.Duration(t.cfg.Jitter()*float64(pause)/2), f.Wait)
		if t.cfg.Now().Sub(began)+next > t.cfg.Outage {
			e := fresh(err).(*pipeline.Error)
			e.Code, e.Hint = pipeline.Unavailable, "the Batch API is in trouble; run again: what was submitted is picked up"
			if f, ok := errors.AsType[*wire.Failure](e); ok {
				f.Retryable = false
			}
			return e
		}
		if err := wait(ctx, next); err != nil {
			return err
		}
		pause = min(2*pause, tryMost)
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// again gathers the lines that are waited for anew, of a submission that never
// left. The lock is held.
func (t *Transport) again(b *batch) {
	for _, id := range b.order {
		l := b.lines[id]
		if l == nil {
			continue
		}
		delete(b.lines, id)
		l.batch = nil
		if len(l.waiters) == 0 {
			t.forget(l)
			continue
		}
		t.gather(b.Model, l)
	}
	b.waiting = 0
	t.work.Go(func() { _ = t.close(b, outcome{err: errVanished}) }) // left behind, it is found to be of no use some day
}

// abandoned reports whether every line's caller has gone for good. The lock is
// held.
func (t *Transport) abandoned(b *batch) bool {
	if b.Batch == "" || b.Phase == Ended {
		return false
	}
	for _, l := range b.lines {
		if !l.left || len(l.waiters) > 0 {
			return false
		}
	}
	return true
}

// cancel stops a batch at the API. What it answered until then stays.
func (t *Transport) cancel(b *batch) {
	if err := t.api.cancel(context.Background(), b.Batch); err != nil {
		t.cfg.Note(fmt.Sprintf("%s: batch %s could not be cancelled: %s", b.ID, b.Batch, err))
		return
	}
	t.cfg.Note(fmt.Sprintf("%s: batch %s is cancelled", b.ID, b.Batch))
}
