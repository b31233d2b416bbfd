package wire

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// farWait is the longest wait believed at all: a server has asked for 114
// hours by mistake, none for more than a week.
const farWait = 7 * 24 * time.Hour

// wait is what the server asks us to wait, in any of the forms in use; 0 where
// it asks nothing or nonsense. Milliseconds first, then Retry-After as seconds
// or as a date held against the reply's own Date (so that no clock need be
// right), then the reset times of a limit that is used up.
func wait(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if d := span(h.Get(name), time.Millisecond); d > 0 {
			return d
		}
	}
	after := h.Get("Retry-After")
	if d := span(after, time.Second); d > 0 {
		return d
	}
	if until, err := http.ParseTime(after); err == nil {
		now, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		return believable(until.Sub(now))
	}
	var longest time.Duration
	for _, kind := range []string{"Requests", "Tokens"} {
		if left, err := strconv.ParseFloat(h.Get("X-Ratelimit-Remaining-"+kind), 64); err != nil || left > 0 {
			continue
		}
		longest = max(longest, reset(h.Get("X-Ratelimit-Reset-"+kind), h.Get("Date")))
	}
	return longest
}

// span is a count of units, whole or not.
func span(s string, unit time.Duration) time.Duration {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || f <= 0 || f*float64(unit) > float64(farWait) {
		return 0
	}
	return time.Duration(math.Ceil(f * float64(unit)))
}

// reset is "1s", "6m0s", "20ms", seconds, seconds or milliseconds since 1970,
// or a time as RFC 3339 writes it. Times are held against the reply's own Date;
// without one only those of RFC 3339 are believed, by our clock.
func reset(s, date string) time.Duration {
	if d, err := time.ParseDuration(s); err == nil {
		return believable(d)
	}
	now, undated := http.ParseTime(date)
	if until, err := time.Parse(time.RFC3339, s); err == nil {
		if undated != nil {
			now = time.Now()
		}
		return believable(until.Sub(now))
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) {
		return 0
	}
	if f < 1e9 {
		return span(s, time.Second)
	}
	if undated != nil {
		return 0
	}
	if f > 1e11 { // seconds will not come so far in our time
		return believable(time.UnixMilli(int64(f)).Sub(now))
	}
	return believable(time.Unix(int64(f), 0).Sub(now))
}

func believable(d time.Duration) time.Duration {
	if d <= 0 || d > farWait {
		return 0
	}
	return d
}
