package sink

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

const (
	perBatch  = 64          // deliveries between two flushes
	perRound  = time.Minute // that a sink works in one round
	mostInRow = 5           // failures one after another, then the sink is left alone for now
	leastTry  = 5           // tries before anything is given up for its age: a clock may jump
)

// work delivers what is due to one sink.
func (c *Courier) work(ctx context.Context, target *Target, t *Tally) error {
	started := c.now()
	if c.downUntil(target.Name).After(started) {
		return nil
	}
	for inRow := 0; ; {
		due, err := c.due(ctx, target.Name, t.left)
		if err != nil {
			return err
		}
		goOn, err := c.batch(ctx, target, due, &inRow, t)
		if err != nil || !goOn || len(due) < perBatch || c.now().Sub(started) >= perRound {
			return err
		}
	}
}

// due are the first deliveries to a sink that are due and not left, the oldest
// first.
func (c *Courier) due(ctx context.Context, sink string, left map[string]bool) ([]store.Delivery, error) {
	filter := store.DeliveryFilter{
		Collection: c.Collection, Sink: sink, States: []store.DeliveryState{store.DeliveryPending}, Due: c.now(), Limit: perBatch + len(left),
	}
	var out []store.Delivery
	for d, err := range c.Deliveries.List(ctx, filter) {
		if err != nil {
			return nil, fmt.Errorf("reading what is due to %s: %w", sink, err)
		}
		if !left[d.ID] && len(out) < perBatch {
			out = append(out, d)
		}
	}
	return out, nil
}

// batch delivers a few editions, and reports whether the sink is to be given
// more in this round.
func (c *Courier) batch(ctx context.Context, target *Target, due []store.Delivery, inRow *int, t *Tally) (goOn bool, err error) {
	started := c.now()
	flusher, flushes := target.Sink.(Flusher)
	var unflushed []store.Delivery
	goOn = true
	for _, d := range due {
		if !goOn || c.now().Sub(started) >= perRound {
			break
		}
		if err = context.Cause(ctx); err != nil {
			break
		}
		e, gone, loadErr := c.edition(ctx, d)
		if loadErr != nil {
			err = loadErr
			break
		}
		if gone != nil {
			err = c.pass(ctx, t, d, *gone)
		} else if failure := target.Sink.Deliver(ctx, e); failure != nil {
			*inRow++
			goOn, err = c.fail(ctx, target, d, failure, *inRow, t)
		} else if *inRow = 0; flushes {
			unflushed = append(unflushed, d)
		} else {
			err = c.taken(ctx, t, d)
		}
		if err != nil {
			break
		}
	}
	if !flushes || len(due) == 0 {
		return goOn, err
	}
	flushed, flushErr := c.flush(ctx, target, flusher, unflushed, t)
	return goOn && flushed, errors.Join(err, flushErr)
}

// flush makes deliveries count.
func (c *Courier) flush(ctx context.Context, target *Target, f Flusher, deliveries []store.Delivery, t *Tally) (bool, error) {
	failure := f.Flush(context.WithoutCancel(ctx)) // short, and what was begun is brought to its end
	if failure != nil && len(deliveries) == 0 {
		c.takeDown(target.Name, c.now().Add(c.wait(1, 0)))
		t.Faults = append(t.Faults, Fault{Sink: target.Name, Reason: oneLine(failure)})
		return false, nil
	}
	for _, d := range deliveries {
		var err error
		if failure != nil {
			_, err = c.fail(ctx, target, d, &Passing{Err: failure}, mostInRow, t)
		} else {
			err = c.taken(ctx, t, d)
		}
		if err != nil {
			return false, err
		}
	}
	return failure == nil, nil
}

// gone says what becomes of a delivery whose edition is not there; one that stays
// pending waits for it.
type gone struct {
	state  store.DeliveryState
	reason string
}

// edition loads what is to be delivered.
func (c *Courier) edition(ctx context.Context, d store.Delivery) (Edition, *gone, error) {
	rows, err := c.Documents.Get(ctx, c.Collection, []string{d.Document}, true)
	if err != nil {
		return Edition{}, nil, fmt.Errorf("loading %s: %w", d.Document, err)
	}
	row := rows[d.Document]
	if row == nil || len(row.Result) == 0 {
		if c.Bare {
			return Edition{}, c.withoutText(d), nil
		}
		return Edition{}, &gone{store.DeliveryDead, "the text of this edition is not stored any more"}, nil
	}
	doc, version, err := batch.Stored(row)
	if err != nil {
		return Edition{}, &gone{store.DeliveryDead, oneLine(err)}, nil
	}
	if version != d.Version {
		return Edition{}, &gone{store.DeliveryOverruled, "a newer version of the article has taken its place"}, nil
	}
	e := Edition{
		Delivery: d, Document: doc, Article: row.ID, Folder: row.Folder, Schedule: c.Schedule,
		Marked: row.State == store.DocFlagged || c.flaws(doc) != "",
	}
	if e.Later, err = c.tookEarlier(ctx, d); err != nil {
		return Edition{}, nil, err
	}
	if doc.Source != nil {
		e.URL = doc.Source.URL
	}
	return e, nil, nil
}

// tookEarlier reports whether the sink of a delivery has a version of the article
// already.
func (c *Courier) tookEarlier(ctx context.Context, d store.Delivery) (bool, error) {
	filter := store.DeliveryFilter{Collection: c.Collection, Document: d.Document, Sink: d.Sink, States: []store.DeliveryState{store.DeliveryDone}, Limit: 1}
	for _, err := range c.Deliveries.List(ctx, filter) {
		if err != nil {
			return false, fmt.Errorf("looking up what %s has of %s: %w", d.Sink, d.Document, err)
		}
		return true, nil
	}
	return false, nil
}

// pass ends a delivery that has nothing to deliver.
func (c *Courier) pass(ctx context.Context, t *Tally, d store.Delivery, g gone) error {
	switch g.state {
	case store.DeliveryDead:
		return c.bury(ctx, t, d, g.reason)
	case store.DeliveryPending:
		if t.left == nil {
			t.left = map[string]bool{}
		}
		t.left[d.ID] = true
		return nil
	}
	d.State, d.Reason, d.Ended = g.state, g.reason, c.now()
	_, err := c.update(ctx, d, store.DeliveryPending)
	if err == nil && c.Told != nil {
		c.Told(d)
	}
	return err
}

// taken notes that a sink has an edition, also where it was overruled in the
// meantime: the newer version follows, as one of what the sink has.
func (c *Courier) taken(ctx context.Context, t *Tally, d store.Delivery) error {
	d.State, d.Reason, d.Ended, d.Attempts = store.DeliveryDone, "", c.now(), d.Attempts+1
	changed, err := c.update(ctx, d, store.DeliveryPending)
	if err == nil && !changed {
		_, err = c.update(ctx, d, store.DeliveryOverruled)
	}
	if err == nil {
		t.Delivered++
		if c.Told != nil {
			c.Told(d)
		}
	}
	return err
}

// fail notes that a sink has not taken an edition, and reports whether it is
// worth while to try others there now.
func (c *Courier) fail(ctx context.Context, target *Target, d store.Delivery, failure error, inRow int, t *Tally) (goOn bool, err error) {
	if cause := context.Cause(ctx); cause != nil { // we ended it, and not the sink
		return false, cause
	}
	now, before := c.now(), d
	d.Attempts++
	said := oneLine(failure)
	if d.Reason = said; c.Bare && wasReleased(before) {
		d.Reason = clip(released+said, maxReason) // as one whose text is gone is released still
	}
	t.Failed++
	if _, refused := errors.AsType[*Refused](failure); refused {
		return true, c.bury(ctx, t, d, said)
	}
	passing, down := errors.AsType[*Passing](failure)
	var asked time.Duration
	if down {
		asked = passing.After
	}
	wait := c.wait(d.Attempts, asked)
	if down || inRow >= mostInRow {
		c.takeDown(target.Name, now.Add(wait))
		down = true
	}
	if target.GiveUp > 0 && d.Attempts >= leastTry && now.Sub(Since(d)) >= target.GiveUp {
		return !down, c.bury(ctx, t, d, fmt.Sprintf("given up after %d tries in %s: %s", d.Attempts, inWords(now.Sub(Since(d))), said))
	}
	d.Next = now.Add(wait)
	if _, err := c.update(ctx, d, store.DeliveryPending); err != nil {
		return false, err
	}
	if len(t.Faults) == 0 {
		t.Faults = append(t.Faults, Fault{Sink: target.Name, Document: d.Document, ID: d.ID, Attempts: d.Attempts, Reason: said})
	}
	return !down, nil
}

// Since is when a pending delivery could first be tried: when it was made, or
// when a person sent it on.
func Since(d store.Delivery) time.Time {
	if !d.Ended.IsZero() {
		return d.Ended
	}
	return d.Made
}

// inWords is a length of time in days or hours.
func inWords(d time.Duration) string {
	if days := int(d / (24 * time.Hour)); days > 1 {
		return term.Count(days, "day")
	}
	return term.Count(int(d/time.Hour), "hour")
}

// maxReason bounds a reason, in bytes.
const maxReason = 600

// oneLine is an error for a list.
func oneLine(err error) string { return clip(term.String(err.Error()), maxReason) }

// clip cuts a text between two characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
