package sqldb

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"dragoman/cmd/internal/store"
)

// deliveries keeps what is to be delivered, and what was.
type deliveries struct{ db *DB }

const deliveryColumns = "id, collection, document, version, sink, state, reason, headline, attempts, next, made, ended"

const addDelivery = "INSERT INTO deliveries (" + deliveryColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"

const overrule = `UPDATE deliveries SET state = 'overruled', ended = ? WHERE collection = ? AND document = ? AND sink = ? AND id <> ?
	AND state IN ('held', 'pending', 'dead')`

// Add stores deliveries that are not there yet. A version is older than one
// that is stored after it. See [store.Deliveries].
func (t *deliveries) Add(ctx context.Context, list ...store.Delivery) error {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b store.Delivery) int { // one order for everybody who locks several articles
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Document, b.Document))
	})
	now := stamp(t.db.now())
	return t.db.write(ctx, "storing deliveries", func(ctx context.Context, s *session) error {
		for _, d := range list {
			if err := t.add(ctx, s, &d, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *deliveries) add(ctx context.Context, s *session, d *store.Delivery, now int64) error {
	// The article's row is locked: two versions that come at once are told apart.
	err := s.row(ctx, "SELECT id FROM documents WHERE collection = ? AND id = ?"+t.db.dialect.ForUpdate,
		[]any{text(d.Collection), text(d.Document)}, []any{new(text)})
	if err != nil && !errors.Is(err, errNoRow) {
		return err
	}
	n, err := s.exec(ctx, addDelivery, text(d.ID), text(d.Collection), text(d.Document), text(d.Version), text(d.Sink), string(d.State),
		text(d.Reason), text(d.Headline), d.Attempts, stamp(d.Next), stamp(d.Made), stamp(d.Ended))
	if err != nil || n == 0 {
		return err
	}
	_, err = s.exec(ctx, overrule, now, text(d.Collection), text(d.Document), text(d.Sink), text(d.ID))
	return err
}

// Update changes a delivery whose state is still from. See [store.Deliveries].
func (t *deliveries) Update(ctx context.Context, d store.Delivery, from store.DeliveryState) (was bool, err error) {
	err = t.db.write(ctx, "storing the delivery", func(ctx context.Context, s *session) error {
		n, err := s.exec(ctx, "UPDATE deliveries SET state = ?, reason = ?, attempts = ?, next = ?, ended = ? WHERE id = ? AND state = ?",
			string(d.State), text(d.Reason), d.Attempts, stamp(d.Next), stamp(d.Ended), text(d.ID), string(from))
		was = n == 1
		if err != nil || was || !s.again {
			return err
		}
		// It may have gone through when the connection was lost.
		var same int
		err = s.row(ctx, "SELECT COUNT(*) FROM deliveries WHERE id = ? AND state = ? AND reason = ? AND attempts = ? AND next = ? AND ended = ?",
			[]any{text(d.ID), string(d.State), text(d.Reason), d.Attempts, stamp(d.Next), stamp(d.Ended)}, []any{&same})
		was = same == 1
		return err
	})
	return was && err == nil, err
}

// List gives deliveries, the oldest first. See [store.Deliveries].
func (t *deliveries) List(ctx context.Context, f store.DeliveryFilter) iter.Seq2[store.Delivery, error] {
	where, args := "", []any{}
	for _, c := range []struct{ column, value string }{{"collection", f.Collection}, {"document", f.Document}, {"sink", f.Sink}} {
		if c.value != "" {
			where, args = where+" AND "+c.column+" = ?", append(args, text(c.value))
		}
	}
	if len(f.States) > 0 {
		in, more := among("state", f.States)
		where, args = where+in, append(args, more...)
	}
	if !f.Due.IsZero() {
		where, args = where+" AND state = 'pending' AND next <= ?", append(args, stamp(f.Due))
	}
	query := "SELECT " + deliveryColumns + " FROM deliveries WHERE 1 = 1" + where
	const order = " ORDER BY made, id LIMIT ?"
	return paged(ctx, t.db, "listing the deliveries", limit(f.Limit), func(last *store.Delivery) (string, []any) {
		if last == nil {
			return query + order, slices.Clone(args)
		}
		return query + " AND (made, id) > (?, ?)" + order, append(slices.Clone(args), stamp(last.Made), text(last.ID))
	}, scanDelivery)
}

func scanDelivery(scan func(...any) error) (store.Delivery, error) {
	var d store.Delivery
	var next, made, ended int64
	err := scan((*text)(&d.ID), (*text)(&d.Collection), (*text)(&d.Document), (*text)(&d.Version), (*text)(&d.Sink), (*string)(&d.State),
		(*text)(&d.Reason), (*text)(&d.Headline), &d.Attempts, &next, &made, &ended)
	d.Next, d.Made, d.Ended = moment(next), moment(made), moment(ended)
	return d, err
}
