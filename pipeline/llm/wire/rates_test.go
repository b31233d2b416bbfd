package wire_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"dragoman/pipeline/llm/wire"
)

// clock is a clock that a test turns.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func take(t *testing.T, r wire.Rates, bucket string, n, perMinute int64) time.Duration {
	t.Helper()
	d, err := r.Take(context.Background(), bucket, n, perMinute)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Claims stand in one evenly spaced line; what was not claimed is not saved up.
func TestRatesAreEven(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	r := wire.NewRates(c.Now)
	var got []time.Duration
	for range 4 {
		got = append(got, take(t, r, "a", 1, 120))
	}
	c.now = c.now.Add(time.Minute) // idle: no burst follows
	for range 2 {
		got = append(got, take(t, r, "a", 1, 120))
	}
	const half = 500 * time.Millisecond
	if want := []time.Duration{0, half, 2 * half, 3 * half, 0, half}; !slices.Equal(got, want) {
		t.Errorf("waits %v, want %v", got, want)
	}
	if d := take(t, r, "b", 1, 120); d != 0 {
		t.Errorf("another bucket waits %s", d)
	}
}

// A claim of many units is served at once, and those behind it wait for all of
// them; what goes back shortens the line, never into the past.
func TestRatesOfTokens(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	r := wire.NewRates(c.Now)
	back := func(n int64) {
		t.Helper()
		if err := r.Return(context.Background(), "a", n, 6000); err != nil {
			t.Fatal(err)
		}
	}
	if d := take(t, r, "a", 3000, 6000); d != 0 {
		t.Errorf("the first waits %s", d)
	}
	if d := take(t, r, "a", 100, 6000); d != 30*time.Second {
		t.Errorf("the second waits %s", d)
	}
	back(1000)
	if d := take(t, r, "a", 100, 6000); d != 21*time.Second {
		t.Errorf("after the return: %s", d)
	}
	back(1 << 40)
	if d := take(t, r, "a", 6000, 6000); d != 0 {
		t.Errorf("after everything was returned: %s", d)
	}
	if d := take(t, r, "a", 1, 6000); d != time.Minute {
		t.Errorf("a return made room in the past: %s", d)
	}
	back(0)
}

// A pause stands before every claim; a shorter one does not end it, and nothing
// is claimed by asking for it.
func TestRatesPause(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	r := wire.NewRates(c.Now)
	pause := func(d time.Duration) {
		t.Helper()
		if err := r.Pause(context.Background(), "a", d); err != nil {
			t.Fatal(err)
		}
	}
	if d := take(t, r, "a", 0, 0); d != 0 {
		t.Errorf("no pause waits %s", d)
	}
	pause(10 * time.Second)
	pause(3 * time.Second)
	for range 2 {
		if d := take(t, r, "a", 0, 60); d != 10*time.Second {
			t.Errorf("the pause is %s", d)
		}
	}
	if d := take(t, r, "a", 1, 60); d != 10*time.Second {
		t.Errorf("a claim in a pause waits %s", d)
	}
	if d := take(t, r, "a", 1, 60); d != 11*time.Second {
		t.Errorf("the next waits %s", d)
	}
	if d := take(t, r, "b", 0, 0); d != 0 {
		t.Errorf("another bucket is paused for %s", d)
	}
	c.now = c.now.Add(10 * time.Second)
	if d := take(t, r, "a", 0, 0); d != 0 {
		t.Errorf("the pause is over, and waits %s", d)
	}
	if d := take(t, wire.NewRates(nil), "a", 1, 60); d != 0 {
		t.Errorf("with the machine's clock: %s", d)
	}
}
