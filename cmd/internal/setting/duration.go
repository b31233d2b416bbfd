package setting

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The lengths of a day and a week in durations. They are lengths, not dates: a
// day here has 24 hours whatever the clocks do.
const (
	day  = 24 * time.Hour
	week = 7 * day
)

// longest is the longest duration that is read, a hundred years.
const longest = 36500 * day

var daysFirst = regexp.MustCompile(`^(?:(\d{1,5})w)?(?:(\d{1,5})d)?(.*)$`)

// Duration reads a length of time of one second or more, in whole seconds:
// what time.ParseDuration takes, and days and weeks before it, such as 90s, 15m,
// 1h30m, 24h, 3d, 2w or 1d12h. Its error goes after the setting's name.
func Duration(v string) (time.Duration, error) {
	v = strings.TrimSpace(v)
	m := daysFirst.FindStringSubmatch(v)
	if v == "" || m == nil {
		return 0, badDuration(v)
	}
	weeks, _ := strconv.Atoi("0" + m[1])
	days, _ := strconv.Atoi("0" + m[2])
	d := time.Duration(weeks)*week + time.Duration(days)*day
	if m[3] != "" {
		rest, err := time.ParseDuration(m[3])
		if err != nil || strings.HasPrefix(m[3], "-") || strings.HasPrefix(m[3], "+") || m[3] == "0" && len(v) > 1 {
			return 0, badDuration(v)
		}
		if rest > longest {
			return 0, errors.New("must be a hundred years or less")
		}
		d += rest
	}
	switch {
	case d > longest:
		return 0, errors.New("must be a hundred years or less")
	case d < time.Second || d%time.Second != 0:
		return 0, fmt.Errorf("must be one second or more, and whole seconds, not %q", v)
	}
	return d, nil
}

func badDuration(v string) error {
	return fmt.Errorf("must be a length of time with its unit (s, m, h, d or w), such as 90s, 15m, 24h, 3d or 2w, not %q", v)
}
