package sqldb

import (
	"context"
	"errors"
	"math"
	"time"
)

// rates keeps the line of claims of each bucket.
type rates struct{ db *DB }

// bucket is a row of rates, in nanoseconds of the clock that counts.
type bucket struct {
	now    int64
	due    int64 // when the next claim may be used
	paused int64 // until when nobody may use any
}

// Take claims n units. See [wire.Rates].
func (r *rates) Take(ctx context.Context, name string, n, perMinute int64) (wait time.Duration, err error) {
	const doing = "claiming a share of a rate"
	switch {
	case n < 0:
		return 0, invalid("", "%s: %d units of %s", doing, n, name)
	case n == 0 || perMinute <= 0: // only a pause stands in the way
		err = r.db.read(ctx, doing, func(s *session) error {
			b, err := r.bucket(ctx, s, name, "")
			wait = time.Duration(max(b.paused-b.now, 0))
			return err
		})
		return wait, err
	}
	err = r.change(ctx, doing, name, func(b *bucket) {
		start := max(b.now, b.due, b.paused)
		wait, b.due = time.Duration(start-b.now), later(start, span(n, perMinute))
	})
	return wait, err
}

// Return gives units back. See [wire.Rates].
func (r *rates) Return(ctx context.Context, name string, n, perMinute int64) error {
	const doing = "giving back a share of a rate"
	if n < 0 {
		return invalid("", "%s: %d units of %s", doing, n, name)
	}
	if n == 0 || perMinute <= 0 {
		return nil
	}
	return r.change(ctx, doing, name, func(b *bucket) { b.due = max(b.due-span(n, perMinute), min(b.due, b.now)) })
}

// Pause makes everybody wait. See [wire.Rates].
func (r *rates) Pause(ctx context.Context, name string, d time.Duration) error {
	return r.change(ctx, "pausing a rate", name, func(b *bucket) { b.paused = max(b.paused, later(b.now, int64(d))) })
}

// span is how long n units last, rounded up.
func span(n, perMinute int64) int64 {
	f := math.Ceil(float64(n) * float64(time.Minute) / float64(perMinute))
	return int64(min(f, float64(math.MaxInt64/4)))
}

// later adds without passing the end of time.
func later(t, d int64) int64 {
	if d > math.MaxInt64/2-t {
		return math.MaxInt64 / 2
	}
	return t + d
}

// change reads a bucket, changes it, and stores it, alone among all processes.
func (r *rates) change(ctx context.Context, doing, name string, do func(b *bucket)) error {
	return r.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		if _, err := s.exec(ctx, "INSERT INTO rates (bucket, due, paused_until) VALUES (?, 0, 0) ON CONFLICT DO NOTHING", text(name)); err != nil {
			return err
		}
		b, err := r.bucket(ctx, s, name, r.db.dialect.ForUpdate)
		if err != nil {
			return err
		}
		do(&b)
		_, err = s.exec(ctx, "UPDATE rates SET due = ?, paused_until = ? WHERE bucket = ?", b.due, b.paused, text(name))
		return err
	})
}

// bucket reads a row, and then the clock: the row may have been waited for.
func (r *rates) bucket(ctx context.Context, s *session, name, lock string) (b bucket, err error) {
	err = s.row(ctx, "SELECT due, paused_until FROM rates WHERE bucket = ?"+lock, []any{text(name)}, []any{&b.due, &b.paused})
	if err != nil && !errors.Is(err, errNoRow) {
		return b, err
	}
	if clock := r.db.dialect.Clock; clock != "" {
		return b, s.row(ctx, "SELECT "+clock, nil, []any{&b.now})
	}
	b.now = stamp(r.db.now())
	return b, nil
}
