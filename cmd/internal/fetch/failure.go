package fetch

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dragoman/pipeline"
)

const (
	// longestWait is the longest Retry-After that is believed: who asks for more
	// is looked at once a day.
	longestWait = 24 * time.Hour
	// shortestWait is how long a host is left alone that answers 429 and says no
	// time.
	shortestWait = time.Minute
)

// failure says what is wrong with an answer, by its status.
func (c *Client) failure(a *answer) *Failure {
	f := &Failure{Status: a.status, NotBefore: c.notBefore(a)}
	if a.status == http.StatusTooManyRequests && f.NotBefore.IsZero() {
		f.NotBefore = c.now().Add(shortestWait)
	}
	text := statusText(a.status)
	switch {
	case a.status == http.StatusGone:
		f.Reason = "is gone for good (410): the host says that it will not come back"
	case a.status == http.StatusNotFound:
		f.Reason = "is not there (404)"
	case a.status == http.StatusNotModified:
		f.Reason = "answers 304 (unchanged), though nothing is known of it"
	case a.status == http.StatusTooManyRequests:
		f.Reason = "the host says that it was asked too often (429)"
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, a.status == http.StatusProxyAuthRequired, a.status == http.StatusUnavailableForLegalReasons, a.status == http.StatusPaymentRequired:
		f.Reason = "the host does not give it to us (" + text + ")"
	case a.status >= 300 && a.status < 400:
		f.Reason = "answers " + text + " without an address to go to"
	case a.status >= 500:
		f.Reason = "the host is in trouble (" + text + ")"
	default:
		f.Reason = "answers " + text + ", and no page"
	}
	return f
}

// class is what a caller can do about a failure, and the remedy.
func (f *Failure) class() (pipeline.Code, string) {
	switch f.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return pipeline.Unavailable, ""
	case http.StatusGone, http.StatusNotFound:
		return pipeline.Invalid, "take it out of the sources, or find its new address"
	}
	if f.Status >= 400 && f.Status < 500 {
		return pipeline.Invalid, "open it in a browser: a page behind a login, a payment or a puzzle is not fetched"
	}
	return pipeline.Unavailable, ""
}

// statusText is a status in numbers and words: "503 Service Unavailable".
func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// notBefore is when an answer asks to be asked again at the earliest, or zero.
func (c *Client) notBefore(a *answer) time.Time {
	after, now := a.header.Get("Retry-After"), c.now()
	var wait time.Duration
	if s, err := strconv.ParseUint(after, 10, 32); err == nil {
		wait = time.Duration(s) * time.Second
	} else if t, err := http.ParseTime(after); err == nil {
		wait = t.Sub(now)
	}
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, longestWait))
}
