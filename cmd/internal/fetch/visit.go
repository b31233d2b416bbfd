package fetch

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// mostRedirects is how many are followed: what RFC 9309 asks for, and more
	// than honest sites need.
	mostRedirects = 5
	// headerTime is the wait for the headers of an answer, connecting included.
	headerTime = 30 * time.Second
	// idleTime is the wait for the next bytes of a body.
	idleTime = 20 * time.Second
)

var (
	errManyRedirects = &refusal{text: fmt.Sprintf("redirects more than %d times", mostRedirects), hint: "open it in a browser and give the address where it ends"}
	errStalled       = errors.New("the host sends nothing any more")
)

// refusal is something we do not do.
type refusal struct{ text, hint string }

func (r *refusal) Error() string { return r.text }

// redirected says where an error was met that was not at the address asked for.
type redirected struct {
	to  *url.URL
	err error
}

func (r *redirected) Error() string {
	return "redirected to " + show(r.to.String()) + ": " + r.err.Error()
}
func (r *redirected) Unwrap() error { return r.err }

// visit is one page's way through its redirects.
type visit struct {
	client  *Client
	request Request
	wire    http.RoundTripper
	limit   int64         // of bytes
	cut     bool          // more bytes than the limit are left out, and no error
	time    time.Duration // for all its requests together
	spent   time.Duration // of it
}

// answer is the last one of a visit.
type answer struct {
	url    *url.URL
	moved  string // where the permanent redirects before any other lead
	status int
	header http.Header
	body   []byte // of 200 and 203
}

// follow asks for an address and those that it redirects to. Before each of
// them, enter has to agree; nil is no condition.
func (v *visit) follow(ctx context.Context, u *url.URL, enter func(context.Context, *url.URL) error) (*answer, error) {
	moved, permanent := "", true
	for n := 0; ; n++ {
		a, err := v.step(ctx, u, enter)
		if err == nil && isRedirect(a) {
			var next *url.URL
			if next, err = redirection(u, a, n); err == nil {
				permanent = permanent && (a.status == http.StatusMovedPermanently || a.status == http.StatusPermanentRedirect)
				if u = next; permanent {
					moved = u.String()
				}
				continue
			}
		}
		if err != nil {
			if n > 0 {
				err = &redirected{u, err}
			}
			return nil, err
		}
		a.url, a.moved = u, moved
		return a, nil
	}
}

func (v *visit) step(ctx context.Context, u *url.URL, enter func(context.Context, *url.URL) error) (*answer, error) {
	if enter != nil {
		if err := enter(ctx, u); err != nil {
			return nil, err
		}
	}
	return v.exchange(ctx, u)
}

func isRedirect(a *answer) bool {
	switch a.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return a.header.Get("Location") != ""
	}
	return false
}

// redirection is where an answer leads, the n-th of its visit, or why nobody
// goes there.
func redirection(from *url.URL, a *answer, n int) (*url.URL, error) {
	if n >= mostRedirects {
		return nil, errManyRedirects
	}
	location := a.header.Get("Location")
	refuse := func(err error) (*url.URL, error) {
		return nil, &refusal{text: fmt.Sprintf("redirects to %s: %s", show(location), err), hint: "if the page has moved, give its new address"}
	}
	if err := plain(location); err != nil {
		return refuse(err)
	}
	ref, err := url.Parse(location)
	if err != nil {
		return refuse(errors.New("that is no address"))
	}
	next, err := check(from.ResolveReference(ref).String())
	switch {
	case err != nil:
		return refuse(err)
	case from.Scheme == "https" && next.Scheme == "http":
		return refuse(errors.New("from https to http, where anybody on the way can change it"))
	}
	return next, nil
}

// exchange makes one request and reads its answer.
func (v *visit) exchange(ctx context.Context, u *url.URL) (*answer, error) {
	start := time.Now()
	defer func() { v.spent += time.Since(start) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slow := fmt.Errorf("took longer than %s", v.time)
	defer time.AfterFunc(v.time-v.spent, func() { cancel(slow) }).Stop() // at once, where nothing is left
	stall := time.AfterFunc(headerTime, func() { cancel(errStalled) })
	defer stall.Stop()

	a, err := v.roundTrip(ctx, u, stall)
	if err == nil {
		return a, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return nil, meant(err)
}

// meant takes off an error what only a programmer reads.
func meant(err error) error {
	if d, ok := errors.AsType[*denied](err); ok {
		return d
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("finding its host: %w", d)
	}
	if c, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("its certificate does not hold: %w", c.Err)
	}
	if r, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Errorf("the host does not speak https there: %w", r)
	}
	return err
}

func (v *visit) roundTrip(ctx context.Context, u *url.URL, stall *time.Timer) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	v.headers(req.Header)
	resp, err := v.wire.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("asking: %w", err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if a.status != http.StatusOK && a.status != http.StatusNonAuthoritativeInfo {
		return a, nil
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, &refusal{text: fmt.Sprintf("comes compressed as %q, which was not asked for", enc)}
	}
	if resp.ContentLength > v.limit && !v.cut {
		return nil, v.tooLarge(fmt.Sprintf("has %d bytes", resp.ContentLength))
	}
	a.body, err = v.read(&progress{resp.Body, stall})
	return a, err
}

func (v *visit) headers(h http.Header) {
	h.Set("User-Agent", v.client.conf.UserAgent)
	accept := v.request.Accept
	if accept == "" {
		accept = "*/*"
	}
	h.Set("Accept", accept)
	if tag := validator(v.request.ETag); tag != "" {
		h.Set("If-None-Match", tag)
	}
	if m := validator(v.request.Modified); m != "" {
		h.Set("If-Modified-Since", m)
	}
}

// validator is an ETag or a time that can be sent back as it came.
func validator(s string) string {
	if len(s) > 1<<10 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	return s
}

func (v *visit) tooLarge(what string) error {
	return &refusal{text: fmt.Sprintf("%s, and more than %d are not taken", what, v.limit), hint: "an article or a feed is expected, not an archive"}
}

// read reads a body up to the limit.
func (v *visit) read(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, v.limit+1))
	switch {
	case int64(len(body)) > v.limit && v.cut:
		return body[:v.limit], nil
	case int64(len(body)) > v.limit:
		return nil, v.tooLarge("goes on after " + fmt.Sprint(v.limit) + " bytes")
	case err == nil:
		return body, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("the answer was cut off after %d bytes", len(body))
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, new(flate.CorruptInputError)):
		return nil, fmt.Errorf("the answer's compression is broken: %w", err)
	}
	return nil, fmt.Errorf("reading the answer after %d bytes: %w", len(body), err)
}

// progress puts off the end of a stalled body with every byte that comes.
type progress struct {
	r     io.Reader
	stall *time.Timer
}

// Read reads on.
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.stall.Reset(idleTime)
	}
	return n, err
}
