package sink

import (
	"context"
	"errors"
	"fmt"

	"dragoman/cmd/internal/store"
)

// Release sends held deliveries on: those of an article, or the one of this id.
// It gives those that it released; a second call releases nothing, so that each
// is delivered once. Where no text is stored, its reason has [NoText] in it: a
// process that has the text delivers it, or it is one of the [Courier.Lost].
func (c *Courier) Release(ctx context.Context, name string) ([]store.Delivery, error) {
	if name == "" {
		return nil, errors.New("releasing a delivery: it has no name")
	}
	return c.sendOn(ctx, name, store.DeliveryHeld)
}

// Resend tries dead deliveries again: those of an article, or the one of this
// id; "" is all of them. As for Release, the reason may be [NoText].
func (c *Courier) Resend(ctx context.Context, name string) ([]store.Delivery, error) {
	return c.sendOn(ctx, name, store.DeliveryDead)
}

// sendOn makes deliveries pending, as of now.
func (c *Courier) sendOn(ctx context.Context, name string, from store.DeliveryState) ([]store.Delivery, error) {
	var found []store.Delivery
	for d, err := range c.Deliveries.List(ctx, store.DeliveryFilter{Collection: c.Collection, States: []store.DeliveryState{from}}) {
		if err != nil {
			return nil, fmt.Errorf("looking for deliveries that are %s: %w", from, err)
		}
		if name == "" || d.Document == name || d.ID == name {
			found = append(found, d)
		}
	}
	var sent []store.Delivery
	for _, d := range found {
		there, err := c.hasText(ctx, d.Document)
		if err != nil {
			return sent, err
		}
		reason := ""
		if !there {
			reason = NoText
			if from == store.DeliveryHeld {
				reason = released + NoText
			}
		}
		now := c.now()
		d.State, d.Reason, d.Attempts, d.Next, d.Ended = store.DeliveryPending, reason, 0, now, now
		changed, err := c.update(ctx, d, from)
		if err != nil {
			return sent, err
		}
		if changed {
			sent = append(sent, d)
		}
	}
	return sent, nil
}

// Remove takes an article away from every sink of the schedule, or with dry
// only says what it would take, see [Sink.Remove]. A sink that cannot does not
// keep the others from it.
func (c *Courier) Remove(ctx context.Context, article string, dry bool) ([]string, error) {
	c.round.Lock()
	defer c.round.Unlock()
	var removed []string
	var errs []error
	for _, target := range c.Targets {
		paths, err := target.Sink.Remove(ctx, article, dry)
		removed = append(removed, paths...)
		if f, ok := target.Sink.(Flusher); ok {
			err = errors.Join(err, f.Flush(ctx))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("removing %s from %s: %w", article, target.Name, err))
		}
	}
	return removed, errors.Join(errs...)
}
