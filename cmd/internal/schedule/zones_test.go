package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hard are zones whose clocks do what a simple rule does not foresee.
var hard = []string{
	"Europe/Berlin", "America/New_York", "Europe/Istanbul",
	"America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Asuncion", // a midnight that is not there
	"Pacific/Apia", "Pacific/Fakaofo", // a day that is not there
	"Australia/Lord_Howe", // half an hour
	"Antarctica/Troll",    // two hours
	"Africa/Casablanca",   // twice a year more often, for Ramadan
	"America/Nuuk",        // the last hour of a day that is not there
	"Asia/Pyongyang", "America/Caracas", "Europe/Moscow", "Europe/Volgograd", "Asia/Kathmandu", "America/Metlakatla", "Antarctica/Casey",
	"UTC",
}

var (
	first = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	final = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
)

func mustRule(t testing.TB, s Spec) rule {
	t.Helper()
	r, err := s.rule()
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	return r
}

// localDays are the local days that there are, found by walking.
func localDays(zone *time.Location) []string {
	var days []string
	for t := first; t.Before(final); t = t.Add(time.Hour) {
		if d := t.In(zone).Format(time.DateOnly); len(days) == 0 || days[len(days)-1] < d {
			days = append(days, d)
		}
	}
	return days
}

// K1: through twenty years, a daily job is due once for each local day.
func TestDailyOncePerLocalDay(t *testing.T) {
	for _, name := range hard {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			days := localDays(zone)
			days = days[1 : len(days)-1] // the first and the last are not whole
			for _, at := range []string{"00:00", "00:30", "01:00", "01:30", "02:00", "02:15", "02:30", "03:00", "06:00", "12:00", "22:59", "23:30", "23:59"} {
				r := mustRule(t, Spec{Cron: at[3:] + " " + at[:2] + " * * *", Zone: name})
				now := r.next(first.Add(-100 * time.Hour))
				for stamp := days[0] + " " + at; now.In(zone).Format("2006-01-02 15:04") < stamp; { // the simulated clock sleeps until each due time
					now = r.next(now)
				}
				for _, day := range days {
					if problem := dueOn(now, day+" "+at, zone); problem != "" {
						t.Fatalf("%s on %s: due at %s: %s", at, day, now.In(zone), problem)
					}
					now = r.next(now)
				}
			}
		})
	}
}

// dueOn says what is wrong with the moment at which a daily job ran for a wall
// time, or "".
func dueOn(t time.Time, want string, zone *time.Location) string {
	wall := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") }
	if wall(t) == want {
		for _, back := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 24 * time.Hour} {
			if wall(t.Add(-back)) == want {
				return "is not the first time"
			}
		}
		return ""
	}
	if wall(t.Add(-time.Second)) < want && want < wall(t) {
		return "" // the clocks were put forward over it, this very moment
	}
	return "is another time than " + want
}

// K1: jobs of every hour follow absolute time.
func TestSubHourlyIsEven(t *testing.T) {
	for _, name := range hard {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := map[string]time.Duration{"*/30 * * * *": 30 * time.Minute}
			if !halves(name) { // where an hour moves by halves, the minute does too
				steps["5 0-23 * * *"] = time.Hour // the same hour field in other words
			}
			for expr, step := range steps {
				if problem := evenly(mustRule(t, Spec{Cron: expr, Zone: name}), step); problem != "" {
					t.Errorf("%s: %s", expr, problem)
				}
			}
		})
	}
}

// halves reports whether a zone's clocks moved by less than an hour in the time
// that is tested.
func halves(zone string) bool {
	return strings.Contains("Australia/Lord_Howe Asia/Pyongyang America/Caracas", zone)
}

func evenly(r rule, step time.Duration) string {
	for at := r.next(first); at.Before(final); {
		next := r.next(at)
		if next.Sub(at) != step {
			return fmt.Sprintf("%v after %s is %s", next.Sub(at), at.In(r.zone), next.In(r.zone))
		}
		at = next
	}
	return ""
}

// wanted is a rule as sets of values, for an oracle that reads no rule.
type wanted struct {
	minute, hour, dom, month, dow []int // nil: every one
}

func (w wanted) String() string {
	field := func(list []int) string {
		if list == nil {
			return "*"
		}
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
	}
	return strings.Join([]string{field(w.minute), field(w.hour), field(w.dom), field(w.month), field(w.dow)}, " ")
}

func in(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return list == nil
}

func (w wanted) names(t time.Time) bool {
	day := in(w.dom, t.Day()) && in(w.dow, int(t.Weekday()))
	if w.dom != nil && w.dow != nil {
		day = in(w.dom, t.Day()) || in(w.dow, int(t.Weekday()))
	}
	return day && in(w.minute, t.Minute()) && in(w.hour, t.Hour()) && in(w.month, int(t.Month()))
}

// walk is the oracle: it goes through a time minute by minute, and holds each
// local minute, and each that the clocks pass over, against the rule.
func (w wanted) walk(from, to time.Time, zone *time.Location) []time.Time {
	local := func(t time.Time) time.Time {
		t = t.In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	there := map[string]bool{}
	for t := from.Add(-72 * time.Hour); t.Before(to.Add(72 * time.Hour)); t = t.Add(time.Hour) {
		there[local(t).Format(time.DateOnly)] = true
	}
	var due []time.Time
	top := local(from.Add(-72 * time.Hour))
	for t := from.Add(-72 * time.Hour); !t.After(to); t = t.Add(time.Minute) {
		is := false
		if w.hour == nil {
			is = w.names(local(t))
		}
		for top.Before(local(t)) {
			top = top.Add(time.Minute)
			is = is || w.hour != nil && w.names(top) && there[top.Format(time.DateOnly)]
		}
		if is && t.After(from) {
			due = append(due, t)
		}
	}
	return due
}

// changes are the moments around which a zone's clocks change.
func changes(zone *time.Location) []time.Time {
	list := []time.Time{first}
	for t := first; ; {
		_, end := t.In(zone).ZoneBounds()
		if end.IsZero() || end.After(final) {
			return list
		}
		list, t = append(list, end.UTC()), end
	}
}

// The due times are those of the oracle, around changes of the clocks.
func TestAgainstAWalk(t *testing.T) {
	values := func(lo, hi, most int) *rapid.Generator[[]int] {
		return rapid.SliceOfNDistinct(rapid.IntRange(lo, hi), 1, most, rapid.ID[int])
	}
	maybe := func(rt *rapid.T, g *rapid.Generator[[]int], label string) []int {
		if rapid.IntRange(0, 2).Draw(rt, label+"?") > 0 {
			return nil
		}
		return g.Draw(rt, label)
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(hard).Draw(rt, "zone")
		zone, _ := time.LoadLocation(name)
		w := wanted{
			minute: values(0, 59, 4).Draw(rt, "minute"),
			dom:    maybe(rt, values(1, 31, 15), "dom"), month: maybe(rt, values(1, 12, 11), "month"), dow: maybe(rt, values(0, 6, 4), "dow"),
		}
		if rapid.Bool().Draw(rt, "hours") {
			w.hour = values(0, 23, 8).Draw(rt, "hour")
		}
		s := Spec{Cron: w.String(), Zone: name}
		if s.Validate() != nil {
			rt.Skip("a day that there is not")
		}
		change := rapid.SampledFrom(changes(zone)).Draw(rt, "change")
		near := rapid.SampledFrom([]int{30, 3, 1}).Draw(rt, "hours around")
		from := change.Add(time.Duration(rapid.IntRange(-near*3600, near*3600).Draw(rt, "from")) * time.Second)
		to := from.Add(60 * time.Hour).Truncate(time.Minute)
		walked := w.walk(from.Truncate(time.Minute).Add(-time.Minute), to, zone)
		var got []time.Time
		for at := s.Next(from); !at.IsZero() && !at.After(to); at = s.Next(at) {
			got = append(got, at)
		}
		var want []time.Time
		for _, at := range walked {
			if at.After(from) {
				want = append(want, at)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("%q in %s after %s:\ngot  %v\nwant %v", s.Cron, name, from.In(zone), got, want)
		}
	})
}

// From within the hour that comes twice, too, Next is later: what was due in its
// first half is over.
func TestNextFromWithinAnOverlap(t *testing.T) {
	for _, name := range hard {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes(zone)[1:] {
			_, before := change.Add(-1).In(zone).Zone()
			_, after := change.In(zone).Zone()
			for at := change; at.Before(change.Add(time.Duration(before-after) * time.Second)); at = at.Add(10 * time.Minute) {
				twice := at.Add(5 * time.Minute).In(zone)
				r := mustRule(t, Spec{Cron: fmt.Sprintf("%d %d * * *", twice.Minute(), twice.Hour()), Zone: name})
				if next := r.next(at); next.Sub(at) < 20*time.Hour {
					t.Fatalf("%s: after %s comes %s again", name, at.In(zone), next.In(zone))
				}
			}
		}
	}
}

// Next is strictly later, and one and the same from anywhere between two due times.
func TestNextIsAStep(t *testing.T) {
	specs := rapid.Custom(func(rt *rapid.T) Spec {
		if rapid.Bool().Draw(rt, "every?") {
			return Spec{Every: time.Duration(rapid.IntRange(1, 100000).Draw(rt, "every")) * time.Second, Zone: "UTC"}
		}
		expr := rapid.SampledFrom([]string{"*/15 * * * *", "5 * * * *", "30 2 * * *", "0 */6 * * *", "*/20 0-4 * * *", "0 0 29 2 *", "0 0 1 * 1", "0 0 */2 * 1", "59 23 31 * *", "@weekly"}).Draw(rt, "cron")
		return Spec{Cron: expr, Zone: rapid.SampledFrom(hard).Draw(rt, "zone")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		s := specs.Draw(rt, "spec")
		at := first.Add(time.Duration(rapid.Int64Range(-int64(50*365*24*time.Hour), int64(100*365*24*time.Hour)).Draw(rt, "at")))
		one := s.Next(at)
		two := s.Next(one)
		if !one.After(at) || !two.After(one) {
			rt.Fatalf("%+v: after %s comes %s, then %s", s, at, one, two)
		}
		between := one.Add(time.Duration(rapid.Int64Range(0, int64(two.Sub(one))-1).Draw(rt, "between")))
		if got := s.Next(between); !got.Equal(two) {
			rt.Fatalf("%+v: after %s comes %s, and after %s %s", s, one, two, between, got)
		}
	})
}
