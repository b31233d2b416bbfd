package wire

import (
	"testing"
	"time"
)

// fly gives a pilot n answers with the same first byte, the places in use.
func fly(p *pilot, n int, first time.Duration) {
	for range n {
		p.success(first, true)
	}
}

// Without a start everything is as it was: at the top, slow growth after a
// halving, and latency is nobody's business.
func TestPilotWithoutStart(t *testing.T) {
	p := &pilot{}
	p.begin(16, 0)
	fly(p, 100, time.Minute)
	if p.limit != 16 {
		t.Fatalf("limit %d", p.limit)
	}
	p.halve()
	fly(p, 19, time.Second)
	if p.limit != 8 {
		t.Errorf("limit %d after 19", p.limit)
	}
	fly(p, 1, time.Second)
	if p.limit != 9 {
		t.Errorf("limit %d after 20", p.limit)
	}
}

// With a start the limit doubles in each round trip until the first trouble,
// and then gains one a round trip; never above the top, never below one.
func TestPilotGrows(t *testing.T) {
	p := &pilot{}
	p.begin(64, 2)
	for _, want := range []int{4, 8, 16, 32, 64, 64} {
		fly(p, p.limit, 100*time.Millisecond)
		if p.limit != want {
			t.Fatalf("limit %d, want %d", p.limit, want)
		}
	}
	p.halve()
	for _, want := range []int{33, 34, 35} {
		fly(p, p.limit, 100*time.Millisecond)
		if p.limit != want {
			t.Fatalf("limit %d, want %d", p.limit, want)
		}
	}
	for range 10 {
		p.halve()
	}
	if p.limit != 1 {
		t.Errorf("limit %d, want 1", p.limit)
	}
	small := &pilot{}
	small.begin(3, 8)
	if small.limit != 3 {
		t.Errorf("began at %d of 3", small.limit)
	}
}

// A limit that nobody needs does not grow.
func TestPilotUnused(t *testing.T) {
	p := &pilot{}
	p.begin(64, 2)
	for range 100 {
		p.success(time.Second, false)
	}
	if p.limit != 2 {
		t.Errorf("limit %d", p.limit)
	}
}

// What counts as slowing down: more than twice the best, and more than a
// second above it.
func TestPilotSlows(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name         string
		before, then time.Duration
		halved       bool
	}{
		{"the same", 1600 * ms, 1600 * ms, false},
		{"twice", 1600 * ms, 3200 * ms, false},
		{"more than twice", 1600 * ms, 3201 * ms, true},
		{"ten times, and only noise", 100 * ms, 1000 * ms, false},
		{"ten times", 120 * ms, 1200 * ms, true},
		{"quicker", 900 * ms, 100 * ms, false},
		{"no first byte was seen", 400 * ms, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &pilot{}
			p.begin(8, 8)
			fly(p, 8, tt.before)
			fly(p, 8, tt.then)
			if halved := p.limit == 4; halved != tt.halved || !halved && p.limit != 8 {
				t.Errorf("limit %d of 8", p.limit)
			}
		})
	}
}

// One slow answer among many is no trouble: the median counts.
func TestPilotOutlier(t *testing.T) {
	p := &pilot{}
	p.begin(8, 8)
	for i := range 80 {
		first := 100 * time.Millisecond
		if i%3 == 0 {
			first = time.Minute
		}
		p.success(first, true)
	}
	if p.limit != 8 {
		t.Errorf("limit %d", p.limit)
	}
}

// After a halving one window passes unjudged: its answers were asked for under
// the old limit.
func TestPilotRests(t *testing.T) {
	p := &pilot{}
	p.begin(32, 32)
	fly(p, 32, 100*time.Millisecond)
	fly(p, 32, 2*time.Second)
	if p.limit != 16 {
		t.Fatalf("limit %d after the first slow window", p.limit)
	}
	for n := 0; p.limit >= 16; n++ {
		if n > 100 {
			t.Fatal("never halved again")
		}
		p.success(2*time.Second, true)
		if n < 16 && p.limit < 16 {
			t.Fatalf("halved again after %d", n+1)
		}
	}
}

// Longer prompts are slower for a good reason: after some hundred answers the
// old best is forgotten, and the limit grows again.
func TestPilotForgets(t *testing.T) {
	p := &pilot{}
	p.begin(16, 16)
	fly(p, 32, 200*time.Millisecond)
	least, n := p.limit, 0
	for ; p.limit < 16 && n < 2000 || n < 20; n++ {
		p.success(2*time.Second, true)
		least = min(least, p.limit)
	}
	if least > 4 {
		t.Errorf("never below %d", least)
	}
	if p.limit != 16 || n > 400 {
		t.Errorf("limit %d after %d answers", p.limit, n)
	}
}

// An endpoint with four places that queues the rest: the limit stays near what
// it can do, for however long; the best is looked for again now and then, and
// what was reached before that is kept.
func TestPilotDoesNotDrift(t *testing.T) {
	p := &pilot{}
	p.begin(64, 2)
	looks, most, sum := 0, 0, 0
	const answers = 20_000
	for n := range answers {
		was, looking := p.limit, p.resume
		p.success(time.Duration(max(1, float64(p.limit)/4)*float64(time.Second)), true)
		if p.resume > 0 && looking == 0 {
			looks++
			if p.limit != 2 || p.resume != was {
				t.Fatalf("answer %d: looks with %d, to go back to %d from %d", n, p.limit, p.resume, was)
			}
		}
		if p.resume == 0 && looking > 0 && p.limit != looking {
			t.Fatalf("answer %d: went back to %d, not %d", n, p.limit, looking)
		}
		if n > 100 {
			most = max(most, p.limit)
		}
		sum += p.limit
	}
	if mean := float64(sum) / answers; most > 12 || mean < 4 || mean > 9 {
		t.Errorf("%.1f at once on average, %d at most: places are 4", mean, most)
	}
	if looks > answers/200 {
		t.Errorf("looked %d times", looks)
	}
}
