package wire

import (
	"slices"
	"time"
)

// pilot decides how many attempts may be under way at once.
//
// Without a start it is at the top until a 429 halves it, and gains one place
// for every 20 successes. With one it begins there and gains a place for every
// success (which doubles it in each round trip), until the first 429 or until
// the endpoint slows down; from then on one place for as many successes as
// there are places. Slowing down is told by the time to the first byte, since
// servers queue before it: see judge.
type pilot struct {
	top, limit int
	adaptive   bool // a start was given
	doubling   bool // no trouble yet
	successes  int  // since the last change of the limit

	window  []time.Duration // first bytes since the last look
	size    int             // of the window: the places there were when it began
	medians []time.Duration // of the last windows
	resting bool            // the window under way still has attempts from before a halving
}

// growAfter successes the limit grows by one, where there is no start.
const growAfter = 20

// The endpoint slows down when the median of a window of first bytes, the last
// windowLeast attempts or one for each place, is more than risingFactor times
// the best of the last agedWindows medians, and risingLeast above it. The
// factor and the margin are those of a queue that is as long as the work
// itself; below a quarter of a second it is the network's noise. That old
// medians are forgotten lets a mix of longer prompts, which are slower for a
// good reason, hold the limit down for some hundred attempts and not for good.
const (
	windowLeast  = 8
	agedWindows  = 12
	risingFactor = 2
	risingLeast  = 250 * time.Millisecond
)

// begin sets the limits, once.
func (p *pilot) begin(top, start int) {
	p.top, p.limit = top, top
	if start > 0 {
		p.adaptive, p.doubling = true, true
		p.limit = min(start, top)
	}
}

// success learns from an answer: the time to its first byte, and whether the
// places were in use (a limit that nobody needed was not tried).
func (p *pilot) success(first time.Duration, busy bool) {
	if p.adaptive && p.judge(first) {
		p.halve()
		return
	}
	if p.limit >= p.top || p.adaptive && !busy {
		return
	}
	p.successes++
	need := growAfter
	switch {
	case p.doubling:
		need = 1
	case p.adaptive:
		need = p.limit
	}
	if p.successes >= need {
		p.limit++
		p.successes = 0
	}
}

// halve answers trouble. The attempts under way are of the old limit, so that
// one window passes before the next judgement.
func (p *pilot) halve() {
	p.limit = max(1, p.limit/2)
	p.successes, p.doubling = 0, false
	p.window, p.resting = nil, true
}

// judge reports whether the endpoint slows down. Windows are judged when they
// are full.
func (p *pilot) judge(first time.Duration) bool {
	if first <= 0 {
		return false
	}
	if len(p.window) == 0 {
		p.size = max(windowLeast, p.limit)
	}
	p.window = append(p.window, first)
	if len(p.window) < p.size {
		return false
	}
	slices.Sort(p.window)
	median := p.window[len(p.window)/2]
	p.window = nil
	rested := !p.resting
	p.resting = false
	rising := false
	if len(p.medians) > 0 {
		best := slices.Min(p.medians)
		rising = rested && median > risingFactor*best && median > best+risingLeast
	}
	p.medians = append(p.medians, median)
	if len(p.medians) > agedWindows {
		p.medians = p.medians[1:]
	}
	return rising
}
