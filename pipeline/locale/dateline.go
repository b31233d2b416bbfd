package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Dateline is what the line above an article says of when it was published.
// The zone is kept as it was written: its letters name no place, and nothing
// is converted.
type Dateline struct {
	Weekday    time.Weekday // only if HasWeekday
	HasWeekday bool
	Year       int
	Month      time.Month
	Day        int
	Hour       int // only if HasTime
	Minute     int
	HasTime    bool
	Zone       string // "EET", "UTC+3", "+02:00" or ""
}

// WeekdayFits reports whether the weekday is that of the date, or is not given.
func (d Dateline) WeekdayFits() bool {
	return !d.HasWeekday || d.date(time.UTC).Weekday() == d.Weekday
}

// Time is the moment the dateline names. Where it has no time of day, or a
// zone whose distance from UTC is not certain, it is the day alone: midnight
// UTC, and false.
func (d Dateline) Time() (time.Time, bool) {
	offset, ok := zoneOffset(d.Zone)
	if !d.HasTime || !ok {
		return d.date(time.UTC), false
	}
	day := d.date(time.FixedZone(d.Zone, offset))
	return day.Add(time.Duration(d.Hour)*time.Hour + time.Duration(d.Minute)*time.Minute), true
}

func (d Dateline) date(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// FormatDateline writes a dateline by the rules of the language:
//
//	en  Monday, December 19, 2016, 20:43 EET
//	ru  Понедельник, 19 декабря 2016 года, 20:43 EET
//	tr  19 Aralık 2016 Pazartesi, 20:43 EET
func (l *Locale) FormatDateline(d Dateline) string {
	month, day := l.Calendar.Month(d.Month), l.Calendar.Weekday(d.Weekday)
	var out string
	switch l.Tag.String() {
	case "ru":
		out = fmt.Sprintf("%d %s %d года", d.Day, month, d.Year)
		if d.HasWeekday {
			out = capital(day) + ", " + out
		}
	case "tr":
		out = fmt.Sprintf("%d %s %d", d.Day, month, d.Year)
		if d.HasWeekday {
			out += " " + day
		}
	default:
		out = fmt.Sprintf("%s %d, %d", month, d.Day, d.Year)
		if d.HasWeekday {
			out = day + ", " + out
		}
	}
	if d.HasTime {
		out += fmt.Sprintf(", %02d:%02d", d.Hour, d.Minute)
		if d.Zone != "" {
			out += " " + d.Zone
		}
	}
	return out
}

func capital(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

// ParseDateline reads an English dateline: a date with month name or in ISO
// order, and optionally weekday, time of day and zone, in any of the usual
// orders, after "Published", "Updated" or the like. False where the line holds
// anything else, or a day that does not exist.
func ParseDateline(text string) (Dateline, bool) {
	p := datelineParser{}
	text = strings.NewReplacer(",", " ", "|", " ", "–", " ", "—", " ", "(", " ", ")", " ", "\u00a0", " ").Replace(text)
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > 14 {
		return Dateline{}, false
	}
	for _, f := range fields {
		if !p.take(f) {
			return Dateline{}, false
		}
	}
	return p.result()
}

// datelineParser collects the parts of a dateline, each at most once.
type datelineParser struct {
	d                    Dateline
	month, day, year     bool
	pm, am, clock, zoned bool
	words                int // of date and time
}

// take reads one word; false where it belongs to no dateline or is the second
// of its kind.
func (p *datelineParser) take(f string) bool {
	plain := strings.ToLower(strings.TrimRight(f, ".:"))
	switch plain {
	case "published", "updated", "posted", "last", "modified", "date":
		return p.words == 0
	case "on", "at", "of", "the", "-", "·":
		return true
	case "am", "a.m":
		return once(&p.am)
	case "pm", "p.m":
		return once(&p.pm)
	}
	p.words++
	for _, read := range []func(string) (bool, bool){p.iso, p.weekday, p.monthName, p.clockTime, p.number, p.zone} {
		if mine, ok := read(f); mine {
			return ok
		}
	}
	return false
}

// once sets a flag; false where it was set before.
func once(flag *bool) bool {
	was := *flag
	*flag = true
	return !was
}

// iso reads 2016-12-19, 19.12.2016 and 2016-12-19T20:43:00Z.
func (p *datelineParser) iso(f string) (mine, ok bool) {
	for _, layout := range []string{"2006-01-02", "02.01.2006", time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04"} {
		t, err := time.Parse(layout, f)
		if err != nil {
			continue
		}
		if p.month || p.day || p.year {
			return true, false
		}
		p.month, p.day, p.year = true, true, true
		p.d.Year, p.d.Month, p.d.Day = t.Date()
		if strings.Contains(layout, "15") {
			p.clock, p.d.Hour, p.d.Minute = true, t.Hour(), t.Minute()
			if i := strings.LastIndexAny(f, "Z+-"); i > len("2006-01-02") {
				p.zoned, p.d.Zone = true, f[i:]
			}
		}
		return true, true
	}
	return false, false
}

func (p *datelineParser) weekday(f string) (mine, ok bool) {
	n, ok := nameIndex(English.Calendar.Weekdays[:], f, 3)
	if !ok {
		return false, false
	}
	p.d.Weekday = time.Weekday(n)
	return true, once(&p.d.HasWeekday)
}

func (p *datelineParser) monthName(f string) (mine, ok bool) {
	n, ok := nameIndex(English.Calendar.Months[:], f, 3)
	if !ok {
		return false, false
	}
	p.d.Month = time.Month(n + 1)
	return true, once(&p.month)
}

// nameIndex finds a name, or its beginning of at least least letters ("Sept.").
func nameIndex(names []string, f string, least int) (int, bool) {
	f = strings.ToLower(strings.TrimRight(f, "."))
	if len(f) < least || len(f) > 5 && !containsFold(names, f) {
		return 0, false
	}
	for i, name := range names {
		if strings.HasPrefix(strings.ToLower(name), f) {
			return i, true
		}
	}
	return 0, false
}

func containsFold(names []string, f string) bool {
	for _, n := range names {
		if strings.EqualFold(n, f) {
			return true
		}
	}
	return false
}

// clockTime reads 20:43, 20.43 after a date, 20:43:05, 8:43pm and 8pm.
func (p *datelineParser) clockTime(f string) (mine, ok bool) {
	low := strings.ToLower(f)
	for _, half := range []struct {
		suffix string
		flag   *bool
	}{{"pm", &p.pm}, {"am", &p.am}, {"p.m.", &p.pm}, {"a.m.", &p.am}} {
		if rest, found := strings.CutSuffix(low, half.suffix); found && rest != "" && rest[len(rest)-1] >= '0' && rest[len(rest)-1] <= '9' {
			if !once(half.flag) {
				return true, false
			}
			low = rest
			if !strings.Contains(low, ":") {
				low += ":00"
			}
		}
	}
	parts := strings.Split(low, ":")
	if low[0] == '+' || low[0] == '-' || len(parts) < 2 || len(parts) > 3 {
		return false, false
	}
	hour, err1 := strconv.Atoi(parts[0])
	minute, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || len(parts[1]) != 2 || hour > 23 || minute > 59 {
		return false, false
	}
	p.d.Hour, p.d.Minute = hour, minute
	return true, once(&p.clock)
}

// number reads the day of the month and the year.
func (p *datelineParser) number(f string) (mine, ok bool) {
	low := strings.ToLower(f)
	for _, suffix := range []string{"st", "nd", "rd", "th", "."} {
		low = strings.TrimSuffix(low, suffix)
	}
	n, err := strconv.Atoi(low)
	switch {
	case err != nil || strings.HasPrefix(f, "+") || strings.HasPrefix(f, "-"):
		return false, false
	case len(low) == 4 && n >= 1500 && n <= 2199:
		p.d.Year = n
		return true, once(&p.year)
	case len(low) <= 2 && n >= 1 && n <= 31:
		p.d.Day = n
		return true, once(&p.day)
	}
	return true, false
}

// zone reads letters such as EET and distances such as UTC+3 or +0300. Local
// words for a zone count too ("Moscow time" does not).
func (p *datelineParser) zone(f string) (mine, ok bool) {
	letters := strings.TrimRightFunc(f, func(r rune) bool { return strings.ContainsRune("+-:0123456789", r) })
	distance := f[len(letters):]
	upper := letters != "" && letters == strings.ToUpper(letters) && len(letters) <= 5 && strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	if !p.clock || letters != "" && !upper || letters == "" && (distance == "" || distance[0] != '+' && distance[0] != '-') || len(letters) == 1 && letters != "Z" {
		return false, false
	}
	p.d.Zone = f
	return true, once(&p.zoned)
}

// result checks the whole: a complete date that exists.
func (p *datelineParser) result() (Dateline, bool) {
	d := p.d
	d.HasTime = p.clock
	if !p.month || !p.day || !p.year || p.am && p.pm || (p.am || p.pm) && (!p.clock || d.Hour > 12) {
		return Dateline{}, false
	}
	switch {
	case p.pm && d.Hour < 12:
		d.Hour += 12
	case p.am && d.Hour == 12:
		d.Hour = 0
	}
	return d, d.date(time.UTC).Day() == d.Day
}

// zoneOffset is the distance of a zone from UTC in seconds. Only letters with
// one meaning are known: IST, CST and BST have several.
func zoneOffset(zone string) (int, bool) {
	const hour = 3600
	known := map[string]int{
		"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "CET": hour, "CEST": 2 * hour, "EET": 2 * hour, "EEST": 3 * hour,
		"MSK": 3 * hour, "TRT": 3 * hour, "EST": -5 * hour, "EDT": -4 * hour, "PST": -8 * hour, "PDT": -7 * hour,
	}
	if off, ok := known[zone]; ok {
		return off, true
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(zone, "UTC"), "GMT")
	if rest == "" || rest[0] != '+' && rest[0] != '-' {
		return 0, false
	}
	sign := 1
	if rest[0] == '-' {
		sign = -1
	}
	h, m, colon := strings.Cut(rest[1:], ":")
	if !colon && len(h) == 4 {
		h, m = h[:2], h[2:]
	}
	hours, err := strconv.Atoi(h)
	minutes := 0
	if err == nil && m != "" {
		minutes, err = strconv.Atoi(m)
	}
	if err != nil || hours > 14 || minutes > 59 {
		return 0, false
	}
	return sign * (hours*hour + minutes*60), true
}

// DayName is the English name of the weekday that the date fell on.
func (d Dateline) DayName() string { return English.Calendar.Weekday(d.date(time.UTC).Weekday()) }
