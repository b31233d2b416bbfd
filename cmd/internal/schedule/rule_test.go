package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRules(t *testing.T) {
	at := time.Date(2026, 1, 30, 12, 0, 0, 0, time.UTC) // a Friday
	for expr, want := range map[string]string{
		"0 6 * * *":          "2026-01-31 06:00",
		"0 6 * * 1-5":        "2026-02-02 06:00",
		"0 6 * * MON-fri":    "2026-02-02 06:00",
		"0 6 * * 7":          "2026-02-01 06:00",
		"0 6 * * 0":          "2026-02-01 06:00",
		"0 6 * * 6-7":        "2026-01-31 06:00",
		"30 12 * jan *":      "2026-01-30 12:30",
		"0 0 13 * 5":         "2026-02-06 00:00", // each 13th and each Friday
		"0 0 */2 * 1":        "2026-02-09 00:00", // Mondays with an odd date
		"0 0 13 * *":         "2026-02-13 00:00",
		"0 0 30 * *":         "2026-03-30 00:00",
		"0 0 31 4,6,12 *":    "2026-12-31 00:00",
		"0 0 29 2 *":         "2028-02-29 00:00",
		"0 0 29 2 */7":       "2032-02-29 00:00", // on a Sunday
		"59 23 31 12 *":      "2026-12-31 23:59",
		"1,2,3 */12 * * *":   "2026-01-30 12:01",
		"0 22-2 * * *":       "2026-01-30 22:00",
		"5/20 * * * *":       "2026-01-30 12:05",
		" 0  6 * * * ":       "2026-01-31 06:00",
		"@hourly":            "2026-01-30 13:00",
		"@daily":             "2026-01-31 00:00",
		"@Weekly":            "2026-02-01 00:00",
		"@monthly":           "2026-02-01 00:00",
		"@yearly":            "2027-01-01 00:00",
		"0 12 30 1 *":        "2027-01-30 12:00", // strictly after
		"? ? ? ? ?":          "2026-01-30 12:01",
		"0-10/5,30 12 * * *": "2026-01-30 12:05",
	} {
		s := Spec{Cron: expr, Zone: "UTC"}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := s.Next(at).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
	// 2100 is no leap year, so that this one is forty years away.
	if got := (Spec{Cron: "0 0 29 2 */7", Zone: "UTC"}).Next(time.Date(2089, 1, 1, 0, 0, 0, 0, time.UTC)); got.Format(time.DateOnly) != "2128-02-29" {
		t.Errorf("got %s", got)
	}
}

func TestWrongRules(t *testing.T) {
	for want, s := range map[string]Spec{
		"neither cron nor every":                      {Zone: "UTC"},
		"both cron and every":                         {Cron: "0 6 * * *", Every: time.Hour, Zone: "UTC"},
		"every must be one second":                    {Every: -time.Hour, Zone: "UTC"},
		"whole seconds":                               {Every: 1500 * time.Millisecond, Zone: "UTC"},
		`cron has the hour "25"`:                      {Cron: "0 25 * * *", Zone: "UTC"},
		`cron has the minute "60"`:                    {Cron: "60 5 * * *", Zone: "UTC"},
		`cron has the day of the month "0"`:           {Cron: "0 5 0 * *", Zone: "UTC"},
		`cron has the month "13"`:                     {Cron: "0 5 1 13 *", Zone: "UTC"},
		`cron has the day of the week "8"`:            {Cron: "0 5 * * 8", Zone: "UTC"},
		`cron has the day of the week "MONDAY"`:       {Cron: "0 5 * * MONDAY", Zone: "UTC"},
		`cron has the minute "*/0"`:                   {Cron: "*/0 * * * *", Zone: "UTC"},
		`cron has the minute "*/x"`:                   {Cron: "*/x * * * *", Zone: "UTC"},
		`cron has the day of the month "L"`:           {Cron: "0 5 L * *", Zone: "UTC"},
		`cron has the minute "H"`:                     {Cron: "H 5 * * *", Zone: "UTC"},
		`cron has the hour "@daily"`:                  {Cron: "0 @daily * * *", Zone: "UTC"},
		`cron has an empty part in its hour "1,"`:     {Cron: "0 1, * * *", Zone: "UTC"},
		`"0 6 * * * *" has 6`:                         {Cron: "0 6 * * * *", Zone: "UTC"},
		`"x" has 1`:                                   {Cron: "x", Zone: "UTC"},
		"write every: 15m":                            {Cron: "@every 15m", Zone: "UTC"},
		"one of @hourly":                              {Cron: "@reboot", Zone: "UTC"},
		`take "CRON_TZ=UTC" out`:                      {Cron: "CRON_TZ=UTC 0 6 * * *", Zone: "UTC"},
		`names no day that there is: "0 0 30 2 *"`:    {Cron: "0 0 30 2 *", Zone: "UTC"},
		`"0 0 31 4,6,9,11 *"`:                         {Cron: "0 0 31 4,6,9,11 *", Zone: "UTC"},
		`there is no "Europe/Istambul"`:               {Cron: "0 6 * * *", Zone: "Europe/Istambul"},
		`such as Europe/Istanbul or UTC, not "Local"`: {Cron: "0 6 * * *", Zone: "Local"},
		`or UTC, not ""`:                              {Cron: "0 6 * * *"},
		`there is no "../../etc/passwd"`:              {Every: time.Hour, Zone: "../../etc/passwd"},
	} {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", s, err, want)
		}
		if got := s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); !got.IsZero() {
			t.Errorf("%+v is due at %s", s, got)
		}
	}
}

func TestEveryCountsFromTheEpoch(t *testing.T) {
	for _, test := range []struct {
		every    time.Duration
		at, want string
	}{
		{15 * time.Minute, "2026-01-30T12:07:30Z", "2026-01-30T12:15:00Z"},
		{15 * time.Minute, "2026-01-30T12:15:00Z", "2026-01-30T12:30:00Z"},
		{24 * time.Hour, "2026-01-30T12:07:30Z", "2026-01-31T00:00:00Z"},
		{7 * time.Second, "1969-12-31T23:59:58Z", "1970-01-01T00:00:00Z"},
		{7 * time.Second, "1969-12-31T23:59:53Z", "1970-01-01T00:00:00Z"},
		{7 * time.Second, "1969-12-31T23:59:52.5Z", "1969-12-31T23:59:53Z"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Spec{Every: test.every, Zone: "Asia/Kathmandu"}).Next(at).Format(time.RFC3339); got != test.want {
			t.Errorf("every %v after %s: got %s, want %s", test.every, test.at, got, test.want)
		}
	}
}

// K8: what the machine thinks of time zones changes nothing.
func TestTheMachinesZoneCountsForNothing(t *testing.T) {
	at := time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC)
	s := Spec{Cron: "30 2 * * *", Zone: "Europe/Berlin"}
	want := s.Next(at)
	for _, tz := range []string{"America/New_York", "", "nonsense"} {
		t.Setenv("TZ", tz)
		t.Setenv("ZONEINFO", "/nowhere")
		for _, loc := range []string{"Asia/Tokyo", "America/Sao_Paulo"} {
			zone, err := time.LoadLocation(loc)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Next(at.In(zone)); got != want || fmt.Sprint(got) != "2026-03-29 01:00:00 +0000 UTC" {
				t.Errorf("TZ %q, moment in %s: got %s", tz, loc, got)
			}
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"0 6 * * *", "*/5 1-3,7 ? JAN-MAR 7", "@daily", "TZ=UTC * * * *", "0 0 30 2 *", ", , , , ,", "1-2-3 * * * *", "- / * * *", "H(1-5) * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		s := Spec{Cron: expr, Zone: "Europe/Berlin"}
		next := s.Next(first)
		if (s.Validate() == nil) != next.After(first) {
			t.Errorf("%q: %v, yet due at %s", expr, s.Validate(), next)
		}
	})
}
