package schedule

import (
	"testing"
	"time"
)

func TestDescribe(t *testing.T) {
	for want, s := range map[string]Spec{
		"every minute":                {Every: time.Minute},
		"every 15 minutes":            {Every: 15 * time.Minute},
		"every hour":                  {Every: time.Hour},
		"every 36 hours":              {Every: 36 * time.Hour},
		"every 90 seconds":            {Every: 90 * time.Second},
		"every 2 weeks":               {Every: 14 * 24 * time.Hour},
		"0 6 * * 1-5 Europe/Istanbul": {Cron: "0 6 * * 1-5", Zone: "Europe/Istanbul"},
		"@daily UTC":                  {Cron: "@daily", Zone: "UTC"},
	} {
		if got := Describe(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLocalTime(t *testing.T) {
	now := time.Date(2026, 11, 29, 19, 48, 0, 0, time.UTC)
	for _, test := range []struct {
		after time.Duration
		zone  string
		want  string
	}{
		{7*time.Hour + 12*time.Minute, "Europe/Istanbul", "Mon 30 Nov 06:00 +03 (in 7 h 12 min)"},
		{12 * time.Minute, "Europe/Berlin", "Sun 29 Nov 21:00 CET (in 12 min)"},
		{40 * time.Second, "UTC", "Sun 29 Nov 19:48:40 UTC (in 40 s)"},
		{0, "UTC", "Sun 29 Nov 19:48 UTC (now)"},
		{-26 * time.Hour, "UTC", "Sat 28 Nov 17:48 UTC (1 day 2 h ago)"},
		{48 * 24 * time.Hour, "nowhere", "Sat 16 Jan 2027 19:48 UTC (in 48 days)"},
		{3*time.Hour + 20*time.Second, "UTC", "Sun 29 Nov 22:48:20 UTC (in 3 h)"},
	} {
		if got := LocalTime(now.Add(test.after), now, test.zone); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := LocalTime(time.Time{}, now, "UTC"); got != "never" {
		t.Errorf("got %q", got)
	}
}
