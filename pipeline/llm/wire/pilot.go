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
	start, top int
	limit      int
	doubling   bool // no trouble yet
	successes  int  // since the last change of the limit

	window []time.Duration // first bytes since the last look
	began  int             // the limit when the window began
	rest   int             // answers to let pass: they were asked for under another limit
	best   time.Duration   // median of a good window; 0: not known
	age    int             // windows since the best was seen, or nearly
	resume int             // the limit after a look at the endpoint without a queue; 0: none under way
}

// growAfter successes the limit grows by one, where there is no start.
const growAfter = 20

// A window is windowLeast first bytes, or one for each place. The endpoint
// slows down when a window's median is more than risingFactor times the best,
// and more than risingLeast above it: a queue as long as the work itself, and
// more than the network's noise.
//
// When windows stay well above the best (nearFactor, risingLeast) for
// agedWindows, either the questions have become longer, for which nobody is to
// blame, or there is always a queue. To know which, the limit goes back to the
// start for a short window, and its median is the best from then on.
const (
	windowLeast  = 8
	windowShort  = 4 // also of the very first: the limit grows fast, and the best should be seen before it has
	risingFactor = 2.0
	risingLeast  = time.Second // less than that is no queue that hurts anybody, and may be this machine that is busy
	nearFactor   = 1.5
	agedWindows  = 12
)

// begin sets the limits, once.
func (p *pilot) begin(top, start int) {
	p.top, p.limit = top, top
	if start > 0 {
		p.start, p.limit = start, min(start, top)
		p.doubling = true
	}
}

// success learns from an answer: the time to its first byte, and whether the
// places were in use (a limit that nobody needed was not tried).
func (p *pilot) success(first time.Duration, busy bool) {
	if p.start > 0 && p.judge(first) {
		p.limit = min(p.limit, p.began) // it was slow already with so many
		p.halve()
		return
	}
	if p.limit >= p.top || p.resume > 0 || p.start > 0 && !busy {
		return
	}
	p.successes++
	need := growAfter
	switch {
	case p.doubling:
		need = 1
	case p.start > 0:
		need = p.limit
	}
	if p.successes >= need {
		p.limit++
		p.successes = 0
	}
}

// halve answers trouble. The attempts under way are of the old limit, so that
// a window of them passes before the next judgement.
func (p *pilot) halve() {
	p.window, p.rest = nil, max(windowLeast, p.limit)
	p.limit = max(1, p.limit/2)
	p.resume /= 2
	p.successes, p.doubling = 0, false
}

// judge reports whether the endpoint slows down, by each window that is full.
func (p *pilot) judge(first time.Duration) bool {
	switch {
	case first <= 0:
		return false
	case p.rest > 0:
		p.rest--
		return false
	case len(p.window) == 0:
		p.began = p.limit
	}
	p.window = append(p.window, first)
	size := max(windowLeast, p.began)
	if p.best == 0 || p.resume > 0 {
		size = max(windowShort, p.began)
	}
	if len(p.window) < size {
		return false
	}
	slices.Sort(p.window)
	median := p.window[(len(p.window)-1)/2]
	p.window = nil
	return p.weigh(median)
}

// weigh holds a window's median against the best.
func (p *pilot) weigh(median time.Duration) (rising bool) {
	if p.best == 0 || p.resume > 0 || median < p.best {
		p.limit = max(p.limit, p.resume)
		p.best, p.age, p.resume = median, 0, 0
		return false
	}
	above := float64(median) / float64(p.best)
	if median <= p.best+risingLeast || above <= nearFactor {
		p.age = 0
		return false
	}
	if p.age++; p.age >= agedWindows {
		p.rest, p.resume = p.limit, p.limit
		p.limit = min(p.limit, p.start)
		return false
	}
	return above > risingFactor
}
