package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// MostMissed is how many missed times the policy MissedAll makes up for at most:
// the latest hundred, which is four days of an hourly schedule. More would be a
// flood from a machine that was off for long.
const MostMissed = 100

// OnTime is how late a due time is still on time where the spec does not say:
// what a timer with some spread, or a start of the machine, may take. Where half
// the time to the next due time is shorter, it is that.
const OnTime = 5 * time.Minute

// Span is a stretch of time in which a firing of the schedule was under way.
type Span struct {
	Due  time.Time // its logical time
	From time.Time // in it
	To   time.Time // not in it; zero: it is still under way
}

// Run is a due time to be run.
type Run struct {
	Due    time.Time
	Missed bool // its time came while nobody was there; else it is just due, or waited for the firing before it
}

// Skip is one or more due times that are not run, all for one reason.
type Skip struct {
	First, Last time.Time
	Count       int
	Reason      string
}

// Decision says what becomes of the due times of a stretch of time: each is in
// a Run or in a Skip, or waits for the end of a firing under way.
type Decision struct {
	Runs    []Run  // in the order of their times
	Skipped []Skip // likewise, by their first
}

// Due decides about the due times after last, the one that was dealt with last
// or the moment from which the schedule counts, up to now. Spans are those of
// its firings that reach into that time.
//
// The latest due time is on time while it is no later than Late (0: OnTime or
// half the time to the next); all before it, and it when it is later, are
// missed. What comes due within a span is never missed: the policy for overlap
// is for it. Of the missed ones MissedOne runs the latest, unless one that is
// on time or was missed later stands for it. While a firing is under way,
// OverlapQueue leaves its times open: the next Due after its end runs one.
//
// A clock that was put back (now is before last) makes nothing due. A spec whose
// time rule is none (see Validate) has no due times.
func Due(s Spec, last, now time.Time, busy []Span) Decision {
	r, err := s.rule()
	if err != nil || !now.After(last) {
		return Decision{}
	}
	d := decider{spec: s, rule: r, now: now}
	var missed []batch
	at := last
	for _, b := range merge(busy) {
		if !b.To.IsZero() && !b.To.After(at) || b.From.After(now) {
			continue
		}
		missed = append(missed, r.batch(at, b.From.Add(-1)))
		at = later(at, b.From.Add(-1))
		end := now
		if !b.To.IsZero() && !b.To.After(now) {
			end = b.To.Add(-1)
		}
		d.overlap(r.batch(at, end), b)
		at = later(at, end)
	}
	missed = append(missed, r.batch(at, now))
	d.missed(missed)
	slices.SortStableFunc(d.out.Runs, func(a, b Run) int { return a.Due.Compare(b.Due) })
	slices.SortStableFunc(d.out.Skipped, func(a, b Skip) int { return a.First.Compare(b.First) })
	return d.out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// merge puts spans into order and joins those that touch; the later due time
// names both.
func merge(spans []Span) []Span {
	sorted := slices.SortedFunc(slices.Values(spans), func(a, b Span) int { return cmp.Or(a.From.Compare(b.From), a.Due.Compare(b.Due)) })
	var out []Span
	for _, s := range sorted {
		if !s.To.IsZero() && !s.To.After(s.From) {
			continue
		}
		if n := len(out); n > 0 && (out[n-1].To.IsZero() || !s.From.After(out[n-1].To)) {
			prev := &out[n-1]
			prev.Due = later(prev.Due, s.Due)
			if !prev.To.IsZero() && (s.To.IsZero() || s.To.After(prev.To)) {
				prev.To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// batch is the due times of a stretch: how many, the first, and the latest ones.
type batch struct {
	count int
	first time.Time
	tail  []time.Time // up to tailSize, in order; the latest is the last
}

// tailSize is as many of the latest times as can be cut off and one more: one
// that is on time, those that are made up for, and the last of the rest.
const tailSize = MostMissed + 2

// batch counts the due times after from and up to to, without holding them all.
func (r rule) batch(from, to time.Time) batch {
	var b batch
	if !to.After(from) {
		return b
	}
	if r.every > 0 {
		first, latest := r.next(from), r.floor(to)
		if latest.Before(first) {
			return b
		}
		b.first, b.count = first, int((latest.Unix()-first.Unix())/int64(r.every/time.Second))+1
		for i := min(b.count, tailSize) - 1; i >= 0; i-- {
			b.tail = append(b.tail, latest.Add(-time.Duration(i)*r.every))
		}
		return b
	}
	for t := r.next(from); !t.IsZero() && !t.After(to); t = r.next(t) {
		if b.count++; b.count == 1 {
			b.first = t
		}
		if b.tail = append(b.tail, t); len(b.tail) >= 8*tailSize {
			b.tail = append(b.tail[:0], b.tail[len(b.tail)-tailSize:]...)
		}
	}
	b.tail = b.tail[max(0, len(b.tail)-tailSize):]
	return b
}

func (b batch) last() time.Time { return b.tail[len(b.tail)-1] }

// cut takes the latest n times off, which must be in the tail.
func (b batch) cut(n int) (rest batch, latest []time.Time) {
	n = min(n, b.count)
	at := len(b.tail) - n
	rest, latest = batch{count: b.count - n, first: b.first, tail: b.tail[:at]}, b.tail[at:]
	return rest, latest
}

type decider struct {
	spec Spec
	rule rule
	now  time.Time
	out  Decision
}

func (d *decider) run(t time.Time, missed bool) {
	d.out.Runs = append(d.out.Runs, Run{Due: t, Missed: missed})
}

// skip notes times that are not run; %s in the reason is the time stands.
func (d *decider) skip(b batch, reason string, stands time.Time) {
	if b.count == 0 {
		return
	}
	if !stands.IsZero() {
		reason = fmt.Sprintf(reason, stamp(stands.In(d.rule.zone)))
	}
	d.out.Skipped = append(d.out.Skipped, Skip{First: b.first, Last: b.last(), Count: b.count, Reason: reason})
}

// overlap decides about the times within one span.
func (d *decider) overlap(b batch, s Span) {
	if d.spec.Overlap != OverlapQueue {
		d.skip(b, "overlap: the run of %s was under way", s.Due)
		return
	}
	if b.count == 0 || s.To.IsZero() || s.To.After(d.now) {
		return
	}
	rest, latest := b.cut(1)
	d.run(latest[0], false)
	d.skip(rest, "overlap: the run of %s stands in", latest[0])
}

// missed decides about the times outside of all spans: in the order of time,
// those of the stretches between them.
func (d *decider) missed(list []batch) {
	list = slices.DeleteFunc(list, func(b batch) bool { return b.count == 0 })
	if len(list) == 0 {
		return
	}
	var stands time.Time // the run that stands for those missed before it
	end := &list[len(list)-1]
	if t := end.last(); d.onTime(t) {
		*end, _ = end.cut(1)
		d.run(t, false)
		stands = t
	}
	left := MostMissed
	for _, b := range slices.Backward(list) {
		switch d.spec.Missed {
		case MissedNone:
			d.skip(b, "missed, policy none", time.Time{})
		case MissedAll:
			rest, latest := b.cut(left)
			left -= len(latest)
			for _, t := range latest {
				d.run(t, true)
			}
			d.skip(rest, fmt.Sprintf("missed, policy all: no more than the latest %d are made up for", MostMissed), time.Time{})
		default:
			if stands.IsZero() && b.count > 0 {
				stands = b.last()
				b, _ = b.cut(1)
				d.run(stands, true)
			}
			d.skip(b, "missed, policy one: the run of %s stands in", stands)
		}
	}
}

// onTime reports whether the latest due time is not missed.
func (d *decider) onTime(t time.Time) bool {
	next := d.rule.next(t)
	if !next.IsZero() && !next.After(d.now) {
		return false // another came after it, within a span
	}
	late := d.spec.Late
	if late == 0 {
		late = OnTime
		if !next.IsZero() {
			late = min(late, next.Sub(t)/2)
		}
	}
	return d.now.Sub(t) <= late
}
