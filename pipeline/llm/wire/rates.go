package wire

import (
	"context"
	"math"
	"sync"
	"time"
)

// NewRates keeps rates in memory, for one process: what the wire uses where
// Config.Rates is nil. The clock may be nil: time.Now.
func NewRates(now func() time.Time) Rates {
	if now == nil {
		now = time.Now
	}
	return &memoryRates{now: now, buckets: map[string]*bucket{}}
}

type memoryRates struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

// bucket is one line of claims.
type bucket struct {
	due    time.Time // when the next claim may be used
	paused time.Time // nobody uses a claim before
}

// line is the bucket of a name; the lock is held.
func (m *memoryRates) line(name string) *bucket {
	b, ok := m.buckets[name]
	if !ok {
		b = &bucket{}
		m.buckets[name] = b
	}
	return b
}

func (m *memoryRates) Take(_ context.Context, name string, n, perMinute int64) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, now := m.line(name), m.now()
	if n <= 0 || perMinute <= 0 {
		return max(b.paused.Sub(now), 0), nil
	}
	start := latest(now, b.due, b.paused)
	b.due = start.Add(spread(n, perMinute))
	return start.Sub(now), nil
}

func (m *memoryRates) Return(_ context.Context, name string, n, perMinute int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n <= 0 || perMinute <= 0 {
		return nil
	}
	b, now := m.line(name), m.now()
	if back := b.due.Add(-spread(n, perMinute)); b.due.After(now) {
		b.due = latest(back, now)
	}
	return nil
}

func (m *memoryRates) Pause(_ context.Context, name string, d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.line(name)
	b.paused = latest(b.paused, m.now().Add(d))
	return nil
}

// spread is the time that n units take, rounded up.
func spread(n, perMinute int64) time.Duration {
	d := math.Ceil(float64(n) * float64(time.Minute) / float64(perMinute))
	return time.Duration(min(d, float64(farWait)))
}

func latest(t time.Time, others ...time.Time) time.Time {
	for _, o := range others {
		if o.After(t) {
			t = o
		}
	}
	return t
}
