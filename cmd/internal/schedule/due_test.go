package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// at is a moment on one day, or on another day of the same month before a "d".
func at(t testing.TB, v string) time.Time {
	t.Helper()
	if v == "" {
		return time.Time{}
	}
	day, clock, ok := strings.Cut(v, "d")
	if !ok {
		day, clock = "10", v
	}
	m, err := time.Parse("2006-01-2 15:04:05", "2026-11-"+day+" "+clock+":00"[:3*(2-strings.Count(clock, ":"))])
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func spans(t testing.TB, list ...string) []Span {
	var out []Span
	for _, v := range list {
		w := strings.Split(v+"-", "-")
		out = append(out, Span{Due: at(t, w[0]), From: at(t, w[0]), To: at(t, w[1])})
	}
	return out
}

// short is a decision in one line: "06:00 07:00! (05:00 x1 reason)".
func (d Decision) short() string {
	var words []string
	for _, r := range d.Runs {
		w := r.Due.Format("15:04")
		if r.Missed {
			w += "!"
		}
		words = append(words, w)
	}
	for _, s := range d.Skipped {
		words = append(words, fmt.Sprintf("(%s-%s x%d %s)", s.First.Format("15:04"), s.Last.Format("15:04"), s.Count, s.Reason))
	}
	return strings.Join(words, " ")
}

// K2: a machine that was off over three due times, and what else there is of
// being late.
func TestMissed(t *testing.T) {
	hourly, quarter := Spec{Cron: "0 * * * *", Zone: "UTC"}, Spec{Every: 15 * time.Minute, Zone: "UTC"}
	for _, test := range []struct {
		name      string
		spec      Spec
		missed    Missed
		late      time.Duration
		last, now string
		want      string
	}{
		{"off over three, one", hourly, MissedOne, 0, "06:00", "09:30", "09:00! (07:00-08:00 x2 missed, policy one: the run of 2026-11-10 09:00 UTC stands in)"},
		{"off over three, all", hourly, MissedAll, 0, "06:00", "09:30", "07:00! 08:00! 09:00!"},
		{"off over three, none", hourly, MissedNone, 0, "06:00", "09:30", "(07:00-09:00 x3 missed, policy none)"},
		{"on again in time for the third, one", hourly, MissedOne, 0, "06:00", "09:05", "09:00 (07:00-08:00 x2 missed, policy one: the run of 2026-11-10 09:00 UTC stands in)"},
		{"on again in time for the third, all", hourly, MissedAll, 0, "06:00", "09:05", "07:00! 08:00! 09:00"},
		{"on again in time for the third, none", hourly, MissedNone, 0, "06:00", "09:05", "09:00 (07:00-08:00 x2 missed, policy none)"},
		{"no policy is one", hourly, "", 0, "06:00", "08:30", "08:00! (07:00-07:00 x1 missed, policy one: the run of 2026-11-10 08:00 UTC stands in)"},
		{"on the second", hourly, MissedNone, 0, "06:00", "07:00", "07:00"},
		{"a second before", hourly, MissedOne, 0, "06:00", "06:59:59", ""},
		{"five minutes late", hourly, MissedNone, 0, "06:00", "07:05", "07:00"},
		{"later", hourly, MissedNone, 0, "06:00", "07:05:01", "(07:00-07:00 x1 missed, policy none)"},
		{"late is said", hourly, MissedNone, 20 * time.Minute, "06:00", "07:20", "07:00"},
		{"late over an interval", quarter, MissedNone, time.Hour, "06:00", "06:50", "06:45 (06:15-06:30 x2 missed, policy none)"},
		{"half of a short interval", Spec{Every: time.Minute, Zone: "UTC"}, MissedNone, 0, "06:00", "06:01:31", "(06:01-06:01 x1 missed, policy none)"},
		{"within half of it", Spec{Every: time.Minute, Zone: "UTC"}, MissedNone, 0, "06:00", "06:01:30", "06:01"},
		{"nothing yet", hourly, MissedOne, 0, "06:00", "06:00", ""},
		{"K4: put back by an hour", hourly, MissedAll, 0, "06:00", "05:10", ""},
		{"no rule", Spec{Zone: "UTC"}, MissedAll, 0, "06:00", "09:00", ""},
	} {
		test.spec.Missed, test.spec.Late = test.missed, test.late
		if got := Due(test.spec, at(t, test.last), at(t, test.now), nil).short(); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// K3: what comes due while the schedule is under way.
func TestOverlap(t *testing.T) {
	quarter := Spec{Every: 15 * time.Minute, Zone: "Europe/Berlin", Missed: MissedOne}
	for _, test := range []struct {
		name      string
		overlap   Overlap
		late      time.Duration
		last, now string
		busy      []Span
		want      string
	}{
		{"skip, over", OverlapSkip, 0, "06:00", "06:50", spans(t, "06:00-06:50"), "(06:15-06:45 x3 overlap: the run of 2026-11-10 07:00 CET was under way)"},
		{"queue, over", OverlapQueue, 0, "06:00", "06:50", spans(t, "06:00-06:50"), "06:45 (06:15-06:30 x2 overlap: the run of 2026-11-10 07:45 CET stands in)"},
		{"skip, under way", OverlapSkip, 0, "06:00", "06:50", spans(t, "06:00-"), "(06:15-06:45 x3 overlap: the run of 2026-11-10 07:00 CET was under way)"},
		{"queue, under way: still open", OverlapQueue, 0, "06:00", "06:50", spans(t, "06:00-"), ""},
		{"queue, ends later", OverlapQueue, 0, "06:00", "06:50", spans(t, "06:00-06:51"), ""},
		{"queue, one", OverlapQueue, 0, "06:00", "06:20", spans(t, "06:00-06:20"), "06:15"},
		{"no policy is skip", "", 0, "06:00", "06:20", spans(t, "06:00-06:20"), "(06:15-06:15 x1 overlap: the run of 2026-11-10 07:00 CET was under way)"},
		{"ends on a due time, which is just due", OverlapSkip, 0, "06:00", "06:30", spans(t, "06:00-06:30"), "06:30 (06:15-06:15 x1 overlap: the run of 2026-11-10 07:00 CET was under way)"},
		{"a manual run in between", OverlapSkip, 0, "06:00", "06:45", spans(t, "06:10-06:20"), "06:45 (06:15-06:15 x1 overlap: the run of 2026-11-10 07:10 CET was under way) (06:30-06:30 x1 missed, policy one: the run of 2026-11-10 07:45 CET stands in)"},
		{"queue, and then missed ones", OverlapQueue, 0, "06:00", "07:12", spans(t, "06:00-06:20"), "06:15 07:00! (06:30-06:45 x2 missed, policy one: the run of 2026-11-10 08:00 CET stands in)"},
		{"two spans that touch are one", OverlapQueue, 0, "06:00", "06:50", spans(t, "06:20-06:50", "06:00-06:20"), "06:45 (06:15-06:30 x2 overlap: the run of 2026-11-10 07:45 CET stands in)"},
		{"a span in a span", OverlapSkip, 0, "06:00", "06:50", spans(t, "06:00-06:50", "06:10-06:20"), "(06:15-06:45 x3 overlap: the run of 2026-11-10 07:10 CET was under way)"},
		{"a span long over", OverlapSkip, 0, "06:00", "06:16", spans(t, "05:00-05:30"), "06:15"},
		{"a span to come", OverlapSkip, 0, "06:00", "06:16", spans(t, "07:00-07:30"), "06:15"},
		{"an empty span", OverlapSkip, 0, "06:00", "06:16", spans(t, "06:15-06:15"), "06:15"},
		{"late, but another came due since", OverlapSkip, time.Hour, "06:00", "06:55", spans(t, "06:20-06:50"), "06:15! (06:30-06:45 x2 overlap: the run of 2026-11-10 07:20 CET was under way)"},
		{"a missed one before a span", OverlapSkip, 0, "06:00", "06:57", spans(t, "06:35-06:57"), "06:30! (06:15-06:15 x1 missed, policy one: the run of 2026-11-10 07:30 CET stands in) (06:45-06:45 x1 overlap: the run of 2026-11-10 07:35 CET was under way)"},
	} {
		quarter.Overlap, quarter.Late = test.overlap, test.late
		if got := Due(quarter, at(t, test.last), at(t, test.now), test.busy).short(); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// A machine that was off for a year costs neither rows nor time.
func TestOffForAYear(t *testing.T) {
	last := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := last.AddDate(1, 0, 0).Add(45 * time.Second)
	const minutes = 365 * 24 * 60
	for _, s := range []Spec{{Every: time.Minute, Zone: "UTC"}, {Cron: "* * * * *", Zone: "Europe/Berlin"}} {
		for policy, want := range map[Missed]struct{ runs, skipped int }{MissedOne: {1, minutes - 1}, MissedAll: {MostMissed, minutes - MostMissed}, MissedNone: {0, minutes}} {
			s.Missed = policy
			d := Due(s, last, now, nil)
			if len(d.Runs) != want.runs || len(d.Skipped) != 1 || d.Skipped[0].Count != want.skipped || !d.Skipped[0].First.Equal(last.Add(time.Minute)) {
				t.Errorf("%s, %s: %d runs, skipped %v", Describe(s), policy, len(d.Runs), d.Skipped)
			}
			for i, r := range d.Runs {
				if want := now.Truncate(time.Minute).Add(time.Duration(i+1-len(d.Runs)) * time.Minute); !r.Due.Equal(want) || !r.Missed {
					t.Errorf("run %d of %s: %v, want %s", i, policy, r, want)
				}
			}
		}
	}
	// With the hundredth, one that is on time, and spans in between.
	s := Spec{Every: time.Minute, Zone: "UTC", Missed: MissedAll}
	now = last.Add(200*time.Minute + 10*time.Second)
	d := Due(s, last, now, []Span{{Due: last, From: last.Add(150*time.Minute + 1), To: last.Add(160*time.Minute + 1)}})
	if len(d.Runs) != MostMissed+1 || d.Runs[MostMissed].Missed || len(d.Skipped) != 2 || d.Skipped[0].Count != 89 || d.Skipped[1].Count != 10 {
		t.Errorf("%d runs, skipped %v", len(d.Runs), d.Skipped)
	}
}

// Whatever the policies, each due time is decided about once, but for those
// that wait for a firing under way; and steps come to the same times as a leap.
func TestEachDueTimeOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := Spec{
			Zone: rapid.SampledFrom(hard).Draw(rt, "zone"), Missed: rapid.SampledFrom([]Missed{MissedOne, MissedAll, MissedNone}).Draw(rt, "missed"),
			Overlap: rapid.SampledFrom([]Overlap{OverlapSkip, OverlapQueue}).Draw(rt, "overlap"), Late: time.Duration(rapid.IntRange(0, 3600).Draw(rt, "late")) * time.Second,
		}
		if rapid.Bool().Draw(rt, "every?") {
			s.Every = time.Duration(rapid.IntRange(60, 7200).Draw(rt, "every")) * time.Second
		} else {
			s.Cron = rapid.SampledFrom([]string{"*/20 * * * *", "0 */3 * * *", "30 2 * * *"}).Draw(rt, "cron")
		}
		last := first.Add(time.Duration(rapid.IntRange(0, 20*365*24*3600).Draw(rt, "last")) * time.Second)
		now := last.Add(time.Duration(rapid.IntRange(0, 48*3600).Draw(rt, "now")) * time.Second)
		var busy []Span
		for range rapid.IntRange(0, 3).Draw(rt, "spans") {
			from := last.Add(time.Duration(rapid.IntRange(-3600, 48*3600).Draw(rt, "from")) * time.Second)
			span := Span{Due: from, From: from, To: from.Add(time.Duration(rapid.IntRange(0, 4*3600).Draw(rt, "to")) * time.Second)}
			if rapid.IntRange(0, 5).Draw(rt, "open?") == 0 {
				span.To = time.Time{}
			}
			busy = append(busy, span)
		}
		d := Due(s, last, now, busy)
		total, waits := 0, 0
		for at := s.Next(last); !at.After(now); at = s.Next(at) {
			if total++; s.Overlap == OverlapQueue && busyUntil(at, busy).After(now) {
				waits++
			}
		}
		decided, seen := 0, map[time.Time]bool{}
		for _, r := range d.Runs {
			if decided++; seen[r.Due] || !s.Next(r.Due.Add(-1)).Equal(r.Due) || r.Missed && busyUntil(r.Due, busy).After(r.Due) {
				rt.Fatalf("run %v of %v", r, d.short())
			}
			seen[r.Due] = true
		}
		for _, k := range d.Skipped {
			decided += k.Count
		}
		if decided != total-waits {
			rt.Fatalf("%d due times, %d wait, %d decided: %s", total, waits, decided, d.short())
		}
	})
}

// busyUntil is how long it is busy from a moment on without a gap.
func busyUntil(t time.Time, busy []Span) time.Time {
	for more := true; more; {
		more = false
		for _, b := range busy {
			to := b.To
			if to.IsZero() {
				to = final.AddDate(9, 0, 0)
			}
			if !b.From.After(t) && to.After(t) {
				t, more = to, true
			}
		}
	}
	return t
}

// K3 and K4: a worker whose clock jumps, and whose runs take longer than their
// interval, runs each logical time once, none before its time, and no two at once.
func TestWorkerWithAJumpingClock(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := Spec{
			Cron: rapid.SampledFrom([]string{"*/15 * * * *", "30 2 * * *", "0 * * * *"}).Draw(rt, "cron"), Zone: rapid.SampledFrom(hard).Draw(rt, "zone"),
			Missed: rapid.SampledFrom([]Missed{MissedOne, MissedAll, MissedNone}).Draw(rt, "missed"), Overlap: rapid.SampledFrom([]Overlap{OverlapSkip, OverlapQueue}).Draw(rt, "overlap"),
		}
		now := first.Add(time.Duration(rapid.IntRange(0, 15*365*24*3600).Draw(rt, "start")) * time.Second)
		last, ran := now, map[time.Time]bool{}
		var busy []Span
		for range 60 {
			now = now.Add(rapid.SampledFrom([]time.Duration{time.Minute, 20 * time.Minute, time.Hour, -time.Hour, 24 * time.Hour, 365 * 24 * time.Hour, -365 * 24 * time.Hour}).Draw(rt, "step"))
			d := Due(s, last, now, busy)
			for _, k := range d.Skipped {
				if !k.First.After(last) || k.Last.After(now) {
					rt.Fatalf("skipped %v in (%s, %s]", k, last, now)
				}
			}
			for _, r := range d.Runs {
				if ran[r.Due] || r.Due.After(now) || !r.Due.After(last) {
					rt.Fatalf("run %v at %s after %s", r, now, last)
				}
				ran[r.Due] = true
			}
			for _, k := range d.Skipped {
				last = later(last, k.Last)
			}
			for _, r := range d.Runs { // one after the other
				last = later(last, r.Due)
				took := time.Duration(rapid.IntRange(1, 5000).Draw(rt, "took")) * time.Second
				busy = append(busy, Span{Due: r.Due, From: now, To: now.Add(took)})
				now = now.Add(took)
			}
			if len(busy) > 3 {
				busy = busy[len(busy)-3:]
			}
		}
	})
}
