package ops

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Health says whether a process works and whether it can. It is shared by its
// loops.
type Health struct {
	now func() time.Time

	mu     sync.Mutex
	loops  map[*Loop]struct{}
	needs  []need
	ending bool

	asking sync.Mutex // one at a time asks what is needed
	asked  time.Time
	said   []Lack
}

// NewHealth makes the health of a process without loops that needs nothing.
func NewHealth(now func() time.Time) *Health {
	return &Health{now: now, loops: map[*Loop]struct{}{}}
}

// Loop is something that must go on in a process.
type Loop struct {
	h      *Health
	name   string
	within time.Duration
	last   time.Time
}

// Loop begins a loop that ticks at least once within so long.
func (h *Health) Loop(name string, within time.Duration) *Loop {
	l := &Loop{h: h, name: name, within: within, last: h.now()}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.loops[l] = struct{}{}
	return l
}

// Tick says that the loop goes on.
func (l *Loop) Tick() {
	now := l.h.now()
	l.h.mu.Lock()
	defer l.h.mu.Unlock()
	l.last = now
}

// End says that the loop has ended as it should.
func (l *Loop) End() {
	l.h.mu.Lock()
	defer l.h.mu.Unlock()
	delete(l.h.loops, l)
}

// Ending says that the process is about to end: it is alive, and not ready.
func (h *Health) Ending() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ending = true
}

// Lack is something that is missing. Both are words of this program, never of
// an error, as anybody may read them.
type Lack struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Hung gives the loops that have not ticked in time, by name: nothing but a new
// start helps.
func (h *Health) Hung() []Lack {
	now := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []Lack{}
	for l := range h.loops {
		if now.Sub(l.last) > l.within {
			out = append(out, Lack{l.name, "has not gone on for more than " + l.within.String()})
		}
	}
	slices.SortFunc(out, func(a, b Lack) int { return strings.Compare(a.What, b.What) })
	return out
}

// need is what must answer before a process is ready.
type need struct {
	what, reason string
	check        func(ctx context.Context) error
}

// Needs adds what must answer before the process is ready: what is "state" or
// "endpoint", reason says what it means that check has an error, such as "does
// not answer" or "is not configured". The error itself is not shown.
func (h *Health) Needs(what, reason string, check func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.needs = append(h.needs, need{what, reason, check})
}

const (
	checkTime = 2 * time.Second // that something needed has to answer
	freshFor  = time.Second     // that an answer counts: whoever asks often costs the state nothing
)

// Lacks gives what is missing for work, in the order in which it was added.
func (h *Health) Lacks(ctx context.Context) []Lack {
	h.mu.Lock()
	needs, ending := slices.Clone(h.needs), h.ending
	h.mu.Unlock()
	if ending {
		return []Lack{{"process", "is about to end"}}
	}
	h.asking.Lock()
	defer h.asking.Unlock()
	if now := h.now(); h.asked.IsZero() || now.Sub(h.asked) >= freshFor {
		h.said = ask(ctx, needs)
		h.asked = h.now()
	}
	return h.said
}

// ask asks all at once. A check that does not come back is left behind.
func ask(ctx context.Context, needs []need) []Lack {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	answers := make([]chan error, len(needs))
	for i, n := range needs {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- n.check(ctx) }()
	}
	out := []Lack{}
	for i, n := range needs {
		var err error
		select {
		case err = <-answers[i]:
		case <-ctx.Done():
			select {
			case err = <-answers[i]: // in time, but asked for late
			default:
				out = append(out, Lack{n.what, "took longer than " + checkTime.String()})
			}
		}
		if err != nil {
			out = append(out, Lack{n.what, n.reason})
		}
	}
	return out
}
