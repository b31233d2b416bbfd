package schedule

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"
	_ "time/tzdata" // where the system has no zone data: 0.4 MB of the binary

	cron "github.com/netresearch/go-cron"
)

// rule is a schedule's time rule, read: either every or the fields of cron.
type rule struct {
	every time.Duration

	minute, hour, dom, month, dow uint64 // bits, by value
	both                          bool   // a day must match dom and dow; else one of them is enough
	absolute                      bool   // every hour of the day: follows absolute time
	zone                          *time.Location
}

// rule reads the time rule. Its error names the key it is about.
func (s Spec) rule() (rule, error) {
	switch {
	case s.Cron != "" && s.Every != 0:
		return rule{}, errors.New("has both cron and every; give it one of them")
	case s.Cron == "" && s.Every == 0:
		return rule{}, errors.New(`says neither cron nor every; give it one, such as cron: "0 6 * * *" or every: 15m`)
	case s.Every < 0 || s.Every%time.Second != 0:
		return rule{}, fmt.Errorf("every must be one second or more, and whole seconds, not %v", s.Every)
	}
	zone, err := loadZone(s.Zone)
	if err != nil {
		return rule{}, fmt.Errorf("zone %w", err)
	}
	if s.Every > 0 {
		return rule{every: s.Every, zone: zone}, nil
	}
	r, err := parseCron(s.Cron)
	if err != nil {
		return rule{}, fmt.Errorf("cron %w", err)
	}
	r.zone = zone
	return r, nil
}

// loadZone finds a zone by its IANA name. The machine's own zone is refused, as
// the same file would mean other times on another machine.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("must be the name of a time zone such as Europe/Istanbul or UTC, not %q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("must be the name of a time zone such as Europe/Istanbul or UTC; there is no %q", name)
	}
	return loc, nil
}

// shorthands are names for rules.
var shorthands = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// cronFields are the fields of a rule, in their order, with what stands in them.
var cronFields = []struct {
	name, values string
	option       cron.ParseOption
	bits         func(*cron.SpecSchedule) uint64
}{
	{"minute", "0 to 59", cron.Minute, func(s *cron.SpecSchedule) uint64 { return s.Minute }},
	{"hour", "0 to 23", cron.Hour, func(s *cron.SpecSchedule) uint64 { return s.Hour }},
	{"day of the month", "1 to 31", cron.Dom, func(s *cron.SpecSchedule) uint64 { return s.Dom }},
	{"month", "1 to 12 or JAN to DEC", cron.Month, func(s *cron.SpecSchedule) uint64 { return s.Month }},
	{"day of the week", "0 to 7 or SUN to SAT", cron.Dow, func(s *cron.SpecSchedule) uint64 { return s.Dow }},
}

// allHours are the bits of an hour field that leaves nothing out.
const allHours = 1<<24 - 1

// valueBits are the bits of values; the parser has a mark above them.
const valueBits = 1<<60 - 1

// parseCron reads the five fields, each by itself so that the error can name
// it. Only the fields are the library's: its times pass a change of the clocks
// as an hour, which is not true of all zones.
func parseCron(expr string) (rule, error) {
	text := strings.TrimSpace(expr)
	if strings.HasPrefix(text, "@") {
		long, ok := shorthands[strings.ToLower(text)]
		switch {
		case !ok && strings.HasPrefix(strings.ToLower(text), "@every"):
			return rule{}, errors.New("may not hold @every; write every: 15m in its place")
		case !ok:
			return rule{}, fmt.Errorf("must be five fields or one of @hourly, @daily, @weekly, @monthly and @yearly, not %q", expr)
		}
		text = long
	}
	words := strings.Fields(text)
	if len(words) > 0 && strings.Contains(words[0], "=") {
		return rule{}, fmt.Errorf("may not hold a zone; take %q out and say zone beside it", words[0])
	}
	if len(words) != len(cronFields) {
		return rule{}, fmt.Errorf(`must have five fields (minute, hour, day of the month, month, day of the week), such as "0 6 * * 1-5"; %q has %d`, expr, len(words))
	}
	var set [5]uint64
	for i, f := range cronFields {
		if w := words[i]; strings.HasPrefix(w, ",") || strings.HasSuffix(w, ",") || strings.Contains(w, ",,") {
			return rule{}, fmt.Errorf("has an empty part in its %s %q", f.name, w)
		}
		spec, err := parseField(f.option, words[i])
		if err != nil {
			return rule{}, fmt.Errorf("has the %s %q, which is none; it takes %s, with *, lists (1,3), ranges (1-5) and steps (*/2)", f.name, words[i], f.values)
		}
		set[i] = f.bits(spec) & valueBits
	}
	star := func(w string) bool { return w[0] == '*' || w[0] == '?' }
	r := rule{minute: set[0], hour: set[1], dom: set[2], month: set[3], dow: set[4] | set[4]>>7&1, both: star(words[2]) || star(words[4])}
	r.absolute = r.hour&allHours == allHours
	if _, ok := r.search(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return rule{}, fmt.Errorf("names no day that there is: %q", expr)
	}
	return r, nil
}

// parseField reads one field.
func parseField(option cron.ParseOption, word string) (*cron.SpecSchedule, error) {
	p, err := cron.TryNewParser(option)
	if err != nil {
		return nil, err
	}
	parsed, err := p.Parse(word)
	if err != nil {
		return nil, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, errors.New("is no field")
	}
	return spec, nil
}

// onDay reports whether the rule names a day, by the custom of cron: where both
// the day of the month and the day of the week are said, one of them is enough;
// where one begins with *, both must hold.
func (r rule) onDay(d time.Time) bool {
	dom, dow := r.dom>>d.Day()&1 == 1, r.dow>>int(d.Weekday())&1 == 1
	if r.both {
		return dom && dow
	}
	return dom || dow
}

// farthest is how far ahead a rule is searched, in years: a 29 February that
// must be a Sunday can be forty years away, over a year such as 2100.
const farthest = 41

// search finds the first wall time from w on that the rule names. Wall times are
// whole minutes, written as if they were UTC.
func (r rule) search(w time.Time) (time.Time, bool) {
	for last := w.Year() + farthest; w.Year() <= last; {
		year, month, day := w.Date()
		hours, minutes := r.hour>>w.Hour(), r.minute>>w.Minute()
		switch {
		case r.month>>int(month)&1 == 0:
			w = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		case !r.onDay(w) || hours == 0:
			w = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
		case hours&1 == 0:
			w = w.Truncate(time.Hour).Add(time.Duration(bits.TrailingZeros64(hours)) * time.Hour)
		case minutes == 0:
			w = w.Truncate(time.Hour).Add(time.Hour)
		default:
			return w.Add(time.Duration(bits.TrailingZeros64(minutes)) * time.Minute), true
		}
	}
	return time.Time{}, false
}

// Validate says in sentences that name the key what makes the schedule's time
// rule none, or nil.
func (s Spec) Validate() error {
	_, err := s.rule()
	return err
}
