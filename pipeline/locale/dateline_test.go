package locale_test

import (
	"fmt"
	"testing"
	"time"

	"dragoman/pipeline/locale"
)

func TestParseDateline(t *testing.T) {
	for text, want := range map[string]string{
		"Monday, December 19 2016 20:43 EET":                "Mon 2016-12-19 20:43 EET",
		"Monday, December 19, 2016":                         "Mon 2016-12-19",
		"19 December 2016":                                  "2016-12-19",
		"Dec. 19, 2016, 8:43 p.m. EST":                      "2016-12-19 20:43 EST",
		"Published: Mon, 19 Dec 2016 20:43:00 +0200":        "Mon 2016-12-19 20:43 +0200",
		"Last updated at 12:05 am on Tues 3rd January 2023": "Tue 2023-01-03 00:05",
		"2016-12-19 20:43 UTC+3":                            "2016-12-19 20:43 UTC+3",
		"2016-12-19T20:43:00+02:00":                         "2016-12-19 20:43 +02:00",
		"19.12.2016 | 20:43 (GMT)":                          "2016-12-19 20:43 GMT",
		"Sept 5 2020 8pm":                                   "2020-09-05 20:00",
		"29 February 2024":                                  "2024-02-29",
	} {
		d, ok := locale.ParseDateline(text)
		if got := spell(d); !ok || got != want {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
	}
}

// spell writes a dateline for comparing.
func spell(d locale.Dateline) string {
	out := fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	if d.HasWeekday {
		out = d.Weekday.String()[:3] + " " + out
	}
	if d.HasTime {
		out += fmt.Sprintf(" %02d:%02d", d.Hour, d.Minute)
	}
	if d.Zone != "" {
		out += " " + d.Zone
	}
	return out
}

func TestParseDatelineRefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{
		"", "Monday", "December 2016", "19 December", "30 February 2016", "December 19 2016 and more",
		"In May 2015 the court met", "May 7, 2015 On Tuesday the House", "Monday Tuesday December 19 2016",
		"December 19 2016 25:00", "December 19 20 2016", "March 15, 2016 EET", "13 pm December 19 2016",
		"Marching orders 19 2016", "The 5 2016", "12/13/2016", "19 December 2016 20:43 am pm",
	} {
		if d, ok := locale.ParseDateline(text); ok {
			t.Errorf("%q was read as %s", text, spell(d))
		}
	}
}

func TestDatelineWeekday(t *testing.T) {
	for text, want := range map[string]bool{
		"Monday, December 19 2016": true, "Tuesday, December 19 2016": false, "December 19 2016": true,
	} {
		d, _ := locale.ParseDateline(text)
		if d.WeekdayFits() != want || d.DayName() != "Monday" {
			t.Errorf("%q: fits %v, day %s", text, d.WeekdayFits(), d.DayName())
		}
	}
}

func TestDatelineTime(t *testing.T) {
	for text, want := range map[string]string{
		"December 19 2016 20:43 EET":      "2016-12-19T20:43:00+02:00 true",
		"December 19 2016 20:43 UTC+5:30": "2016-12-19T20:43:00+05:30 true",
		"December 19 2016 20:43 -0500":    "2016-12-19T20:43:00-05:00 true",
		"December 19 2016 20:43 IST":      "2016-12-19T00:00:00Z false",
		"December 19 2016 20:43":          "2016-12-19T00:00:00Z false",
		"December 19 2016":                "2016-12-19T00:00:00Z false",
	} {
		d, ok := locale.ParseDateline(text)
		at, exact := d.Time()
		if got := fmt.Sprint(at.Format(time.RFC3339), " ", exact); !ok || got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestFormatDateline(t *testing.T) {
	full, _ := locale.ParseDateline("Monday, December 19 2016 20:43 EET")
	day, _ := locale.ParseDateline("3 May 2020")
	for _, c := range []struct {
		loc  *locale.Locale
		d    locale.Dateline
		want string
	}{
		{locale.English, full, "Monday, December 19, 2016, 20:43 EET"},
		{locale.Russian, full, "Понедельник, 19 декабря 2016 года, 20:43 EET"},
		{locale.Turkish, full, "19 Aralık 2016 Pazartesi, 20:43 EET"},
		{locale.English, day, "May 3, 2020"},
		{locale.Russian, day, "3 мая 2020 года"},
		{locale.Turkish, day, "3 Mayıs 2020"},
	} {
		if got := c.loc.FormatDateline(c.d); got != c.want {
			t.Errorf("%s: %q, want %q", c.loc.Name, got, c.want)
		}
	}
}

func FuzzParseDateline(f *testing.F) {
	f.Add("Monday, December 19 2016 20:43 EET")
	f.Add("2016-12-19T20:43:00+02:00")
	f.Add("Updated: 8pm 3rd Sept. 2020 (GMT)")
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := locale.ParseDateline(text)
		if !ok {
			return
		}
		for _, l := range locale.All() {
			if l.FormatDateline(d) == "" {
				t.Errorf("%q: nothing in %s", text, l.Name)
			}
		}
		again, ok := locale.ParseDateline(locale.English.FormatDateline(d))
		if !ok || again != d {
			t.Errorf("%q: %+v became %+v", text, d, again)
		}
	})
}

func ExampleLocale_FormatDateline() {
	d, _ := locale.ParseDateline("Monday, December 19 2016 20:43 EET")
	fmt.Println(locale.Russian.FormatDateline(d))
	fmt.Println(locale.Turkish.FormatDateline(d))
	// Output:
	// Понедельник, 19 декабря 2016 года, 20:43 EET
	// 19 Aralık 2016 Pazartesi, 20:43 EET
}
