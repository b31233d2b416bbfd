package schedule

import (
	"fmt"
	"strings"
	"time"
)

// Describe is the time rule in words: "every 15 minutes", or a cron rule as it
// stands and its zone: "0 6 * * 1-5 Europe/Istanbul".
func Describe(s Spec) string {
	if s.Every == 0 {
		return s.Cron + " " + s.Zone
	}
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		switch n := s.Every / u.size; {
		case s.Every%u.size != 0:
		case n == 1:
			return "every " + u.name
		default:
			return fmt.Sprintf("every %d %ss", n, u.name)
		}
	}
	return "every " + s.Every.String()
}

// LocalTime is a moment in local words: "Mon 30 Nov 06:00 +03 (in 7 h 12 min)",
// with the year where it is not now's. A zone that is none counts as UTC; the
// zero time is "never".
func LocalTime(t, now time.Time, zone string) string {
	if t.IsZero() {
		return "never"
	}
	loc, err := loadZone(zone)
	if err != nil {
		loc = time.UTC
	}
	t, now = t.In(loc), now.In(loc)
	date := "Mon 2 Jan"
	if t.Year() != now.Year() {
		date += " 2006"
	}
	return t.Format(date) + " " + clock(t) + " (" + distance(t.Sub(now)) + ")"
}

// Stamp is a moment in a zone, as the reasons of firings that are not run have
// it: "2026-11-29 06:00 +03". A zone that is none counts as UTC.
func Stamp(t time.Time, zone string) string {
	loc, err := loadZone(zone)
	if err != nil {
		loc = time.UTC
	}
	return stamp(t.In(loc))
}

// stamp is a moment as it stands in the history, in its location.
func stamp(t time.Time) string { return t.Format("2006-01-02") + " " + clock(t) }

// clock is the time of day, with seconds where there are any.
func clock(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("15:04:05 MST")
	}
	return t.Format("15:04 MST")
}

// distance says how far ahead or back a moment is, in two units at most.
func distance(d time.Duration) string {
	text := length(d.Abs())
	switch {
	case text == "":
		return "now"
	case d < 0:
		return text + " ago"
	}
	return "in " + text
}

// length is a length of time in whole units, the two largest that it has; ""
// is less than a second.
func length(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"days", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		n := d / u.size
		if n == 0 {
			continue
		}
		words := []string{fmt.Sprintf("%d %s", n, u.name)}
		if n == 1 && i == 0 {
			words[0] = "1 day"
		}
		if i+1 < len(units) && i < 2 {
			if m := d % u.size / units[i+1].size; m > 0 {
				words = append(words, fmt.Sprintf("%d %s", m, units[i+1].name))
			}
		}
		return strings.Join(words, " ")
	}
	return ""
}
