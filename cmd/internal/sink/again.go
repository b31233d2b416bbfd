package sink

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dragoman/cmd/internal/store"
)

// Where no text is stored, an edition goes with the process that made it. What of
// it is still to be delivered then waits until its source has been read, and its
// article asked for, once more. That is paid for, so it is done for nothing that
// is held, and ever more seldom where a sink does not take what comes of it.

const (
	// NoText is in the reason of a delivery that a person sent on whose text is
	// not stored.
	NoText   = "no text of it is stored"
	released = "released: " // begins the reason of a delivery that a person released, and that has not been delivered yet
)

// wasReleased reports whether a pending delivery was held, and a person let it go.
func wasReleased(d store.Delivery) bool { return strings.HasPrefix(d.Reason, released) }

// hasText reports whether the edition of an article is there.
func (c *Courier) hasText(ctx context.Context, document string) (bool, error) {
	rows, err := c.Documents.Get(ctx, c.Collection, []string{document}, true)
	if err != nil {
		return false, fmt.Errorf("loading %s: %w", document, err)
	}
	row := rows[document]
	return row != nil && len(row.Result) > 0, nil
}

// Lost are the articles that are to be asked for again: something of them is
// to be delivered now, and no text of it is there.
func (c *Courier) Lost(ctx context.Context) (map[string]bool, error) {
	lost, seen := map[string]bool{}, map[string]bool{}
	for d, err := range c.Deliveries.List(ctx, store.DeliveryFilter{Collection: c.Collection, States: []store.DeliveryState{store.DeliveryPending}}) {
		if err != nil {
			return nil, fmt.Errorf("looking for deliveries without a text: %w", err)
		}
		target := c.target(d.Sink)
		if seen[d.Document] || target == nil || c.hopeless(target, d) || c.now().Before(d.Next.Add(dearWait(d.Attempts))) {
			continue
		}
		seen[d.Document] = true
		there, err := c.hasText(ctx, d.Document)
		if err != nil {
			return nil, err
		}
		if !there {
			lost[d.Document] = true
		}
	}
	return lost, nil
}

// dearWait is how much longer than otherwise is waited after so many tries where
// the next one is paid for: six further ones in the three days of [defaultGiveUp].
func dearWait(tries int) time.Duration {
	hours := []time.Duration{0, 0, 1, 4, 12}
	if tries < len(hours) {
		return hours[tries] * time.Hour
	}
	return 24 * time.Hour
}

// hopeless reports whether a delivery without a text is to be given up, as its
// sink has not taken the editions that were made for it.
func (c *Courier) hopeless(target *Target, d store.Delivery) bool {
	giveUp := target.GiveUp
	if giveUp == 0 {
		giveUp = defaultGiveUp
	}
	return d.Attempts >= leastTry && c.now().Sub(Since(d)) >= giveUp
}

// target is the open sink of a name, nil where there is none.
func (c *Courier) target(name string) *Target {
	for i := range c.Targets {
		if c.Targets[i].Name == name {
			return &c.Targets[i]
		}
	}
	return nil
}

// withoutText says what becomes of a delivery whose text went with its process.
func (c *Courier) withoutText(d store.Delivery) *gone {
	if target := c.target(d.Sink); target != nil && c.hopeless(target, d) {
		return &gone{store.DeliveryDead, clip(fmt.Sprintf("given up after %d tries, each asked and paid for anew, as no text is stored: %s",
			d.Attempts, strings.TrimPrefix(d.Reason, released)), maxReason)}
	}
	return &gone{store.DeliveryPending, ""}
}

// Unfinished are the articles that a sink may still want: what of them is
// pending, held, or given up and may be sent again.
func (c *Courier) Unfinished(ctx context.Context) (map[string]bool, error) {
	open := map[string]bool{}
	states := []store.DeliveryState{store.DeliveryPending, store.DeliveryHeld, store.DeliveryDead}
	for d, err := range c.Deliveries.List(ctx, store.DeliveryFilter{Collection: c.Collection, States: states}) {
		if err != nil {
			return nil, fmt.Errorf("looking for deliveries that are open: %w", err)
		}
		if c.target(d.Sink) != nil {
			open[d.Document] = true
		}
	}
	return open, nil
}

// Replaced says that another text has come in the place of an article: what a
// person released was the one before.
func (c *Courier) Replaced(ctx context.Context, document string) error {
	pending, err := c.pending(ctx, document)
	for _, d := range pending {
		if wasReleased(d) && err == nil {
			d.Reason = ""
			_, err = c.update(ctx, d, store.DeliveryPending)
		}
	}
	return err
}

// GiveUp gives up what is pending of an article.
func (c *Courier) GiveUp(ctx context.Context, document, reason string) (t Tally, err error) {
	pending, err := c.pending(ctx, document)
	for _, d := range pending {
		if err == nil {
			err = c.bury(ctx, &t, d, reason)
		}
	}
	return t, err
}

// pending are the deliveries of an article that are on their way.
func (c *Courier) pending(ctx context.Context, document string) (out []store.Delivery, err error) {
	for d, err := range c.Deliveries.List(ctx, store.DeliveryFilter{Collection: c.Collection, Document: document, States: []store.DeliveryState{store.DeliveryPending}}) {
		if err != nil {
			return nil, fmt.Errorf("looking for the deliveries of %s: %w", document, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// anew fits a delivery of an article that was asked for again to the one that it
// takes the place of: it has been tried as often, and what a person released is
// released. What a sink has, and what was given up, stays as it is, so keep says
// whether there is to be one at all.
func anew(d *store.Delivery, before []store.Delivery) (keep bool) {
	var last *store.Delivery // to this sink; what was overruled does not count
	for i := range before {
		if before[i].Sink == d.Sink && before[i].State != store.DeliveryOverruled {
			last = &before[i]
		}
	}
	switch {
	case last == nil || last.State == store.DeliveryHeld:
		return true
	case last.State != store.DeliveryPending:
		return false
	}
	d.Made, d.Attempts, d.Ended = last.Made, last.Attempts, last.Ended
	if d.State == store.DeliveryHeld && wasReleased(*last) {
		d.State, d.Reason = store.DeliveryPending, last.Reason
	}
	return true
}
