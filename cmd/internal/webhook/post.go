package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Answer is what a receiver said. Its body is not kept: it may quote what was
// sent.
type Answer struct {
	Status     int
	RetryAfter time.Duration // how long it asks to be left alone; 0 where it does not
}

// Taken reports whether the receiver has the message: a status of 200 to 299.
func (a Answer) Taken() bool { return a.Status >= 200 && a.Status <= 299 }

// Gone reports whether the receiver wants no more messages, ever: status 410.
func (a Answer) Gone() bool { return a.Status == http.StatusGone }

// String is the answer in words: "503 Service Unavailable".
func (a Answer) String() string {
	return strings.TrimSpace(strconv.Itoa(a.Status) + " " + http.StatusText(a.Status))
}

// Client makes the client for messages: timeout bounds one try from the dial to
// the end of the answer, and redirects are not followed, as a message must reach
// whom it is signed for. Addresses come from the configuration, never from an
// article, so private networks are allowed.
func Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
			TLSHandshakeTimeout:    timeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
}

// maxAnswer is how much of an answer is read, so that its connection serves
// again.
const maxAnswer = 64 << 10

// Post posts a body as JSON, unless the header says otherwise, with the headers
// of Sign. An error means that no answer came; it does not quote the address
// beyond its host, as the rest may be secret.
func Post(ctx context.Context, client *http.Client, address string, header http.Header, body []byte) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("posting to %s: %w", Place(address), bare(err))
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "dragoman")
	}
	resp, err := client.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("posting to %s: %w", Place(address), bare(err))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // its end does not matter: the status stands
	return Answer{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), resp.Header.Get("Date"))}, nil
}

// bare is an error of net/http without the address that it quotes.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// Place is the scheme and host of an address, for messages: user, path and
// query may hold a secret.
func Place(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "an address that cannot be read"
	}
	return u.Scheme + "://" + u.Host
}

// mostRetryAfter bounds what a receiver can ask for.
const mostRetryAfter = 24 * time.Hour

// retryAfter reads Retry-After: seconds, or a date, which counts from the
// answer's own date, so that our clock does not matter.
func retryAfter(value, date string) time.Duration {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return min(max(time.Duration(min(n, int64(mostRetryAfter/time.Second)))*time.Second, 0), mostRetryAfter)
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(date)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(from), 0), mostRetryAfter)
}
