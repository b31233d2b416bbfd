package setting

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "24h": day, "3d": 3 * day, "2w": 14 * day,
		"1h30m": 90 * time.Minute, "1d12h": 36 * time.Hour, "1w1d1h1m1s": 8*day + time.Hour + time.Minute + time.Second,
		" 1.5h ": 90 * time.Minute, "36500d": longest,
	} {
		if got, err := Duration(in); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"": "with its unit", "5": "with its unit", "d": "with its unit", "0": "one second", "0s": "one second", "0d": "one second", "1ms": "one second", "1.5s": "one second",
		"-1h": "with its unit", "1d-1h": "with its unit", "1d0": "with its unit", "1h1d": "with its unit", "1 h": "with its unit", "1y": "with its unit",
		"36501d": "hundred years", "99999w": "hundred years", "99999999h": "with its unit", "2000000h": "hundred years", "123456w": "with its unit",
	} {
		if got, err := Duration(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want %q", in, got, err, want)
		}
	}
}
