package schedule

import "time"

// Next is the first due time after a moment, in UTC; zero: there is none, or the
// rule is none (see Validate). It is a pure function of the spec, the moment and
// the zone data.
//
// Every counts from the Unix epoch. A cron rule whose hour field leaves no hour
// out ("*/15 * * * *") follows absolute time: it is due at each moment whose
// minute and day it names, through all changes of the clocks. Any other rule
// ("0 6 * * *", "0 */6 * * *") is due once for each wall time that it names on
// each local day that there is: where the clocks are put forward over the time,
// at the first moment after (where that skips the end of a day, the moment is in
// the next), and where they are put back and it comes twice, the first time.
func (s Spec) Next(after time.Time) time.Time {
	r, err := s.rule()
	if err != nil {
		return time.Time{}
	}
	return r.next(after)
}

func (r rule) next(after time.Time) time.Time {
	switch {
	case r.every > 0:
		return r.floor(after).Add(r.every)
	case r.absolute:
		return r.nextMoment(after)
	}
	return r.nextWall(after)
}

// floor is the last time of an interval that is not after t.
func (r rule) floor(t time.Time) time.Time {
	n, step := t.Unix(), int64(r.every/time.Second)
	over := n % step
	if over < 0 {
		over += step
	}
	return time.Unix(n-over, 0).UTC()
}

// stretch is a time through which a zone's clocks differ from UTC by one and the
// same amount.
type stretch struct {
	from, to time.Time // to is not in it; zero: from the beginning, for ever
	offset   time.Duration
}

// stretchAt is the stretch that a moment is in.
func stretchAt(t time.Time, zone *time.Location) stretch {
	t = t.In(zone)
	_, seconds := t.Zone()
	s := stretch{offset: time.Duration(seconds) * time.Second}
	s.from, s.to = t.ZoneBounds()
	return s
}

// wall is what the clocks of a stretch show at a moment, written as UTC.
func (s stretch) wall(t time.Time) time.Time { return t.UTC().Add(s.offset) }

// moment is when the clocks of a stretch show a wall time.
func (s stretch) moment(wall time.Time) time.Time { return wall.Add(-s.offset) }

// ended reports whether a stretch is over at a moment.
func (s stretch) ended(t time.Time) bool { return !s.to.IsZero() && !t.Before(s.to) }

// minuteFrom is the first whole minute not before a wall time.
func minuteFrom(w time.Time) time.Time {
	if m := w.Truncate(time.Minute); m.Equal(w) {
		return m
	}
	return w.Truncate(time.Minute).Add(time.Minute)
}

// nextMoment is the first moment after another whose wall time the rule names.
func (r rule) nextMoment(after time.Time) time.Time {
	s := stretchAt(after, r.zone)
	w := s.wall(after).Truncate(time.Minute).Add(time.Minute)
	for last := after.Year() + farthest; w.Year() <= last; {
		found, ok := r.search(w)
		if ok && !s.ended(s.moment(found)) {
			return s.moment(found)
		}
		if s.to.IsZero() {
			break
		}
		s = stretchAt(s.to, r.zone)
		w = minuteFrom(s.wall(s.from))
	}
	return time.Time{}
}

// most is how far the clocks of two stretches can be apart, and a margin: a zone
// that crosses the date line changes by a day.
const most = 50 * time.Hour

// nextWall is the first moment after another at which the clocks reach a wall
// time that the rule names, for the first time or by passing over it. The clocks
// have reached a wall time when they have shown it or a later one, so that the
// moments are in the order of the wall times.
func (r rule) nextWall(after time.Time) time.Time {
	w := r.unreached(after)
	for last := w.Year() + farthest; w.Year() <= last; w = w.Add(time.Minute) {
		var ok bool
		if w, ok = r.search(w); !ok {
			break
		}
		if t, ok := reach(w, r.zone); ok {
			return t
		}
	}
	return time.Time{}
}

// unreached is the first whole minute that the clocks have not reached by a moment.
func (r rule) unreached(t time.Time) time.Time {
	s := stretchAt(t.Add(-most), r.zone)
	var reached time.Time // all before it is reached
	for s.ended(t) {
		if end := s.wall(s.to); end.After(reached) {
			reached = end
		}
		s = stretchAt(s.to, r.zone)
	}
	if now := s.wall(t).Truncate(time.Minute).Add(time.Minute); now.After(reached) {
		return now
	}
	return minuteFrom(reached)
}

// reach is the moment at which the clocks reach a wall time. There is none where
// the whole day of the wall time is left out.
func reach(w time.Time, zone *time.Location) (time.Time, bool) {
	s := stretchAt(w.Add(-most), zone)
	for s.ended(s.moment(w)) {
		before := s.wall(s.to)
		s = stretchAt(s.to, zone)
		if first := s.wall(s.from); w.Before(first) {
			day := w.Truncate(24 * time.Hour)
			skipped := !before.After(day) && !first.Before(day.Add(24*time.Hour))
			return s.from.UTC(), !skipped
		}
	}
	return s.moment(w), true
}
