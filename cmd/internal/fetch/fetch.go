// Package fetch is the one place that gets pages and feeds from the network. It
// asks as a good guest does (robots.txt, one request at a time to a host, with a
// pause between two, conditional requests, Retry-After), and it takes no part
// of an answer on trust.
//
// # What it refuses
//
// Addresses in private networks, of this machine and of cloud metadata services,
// unless they are allowed by name: what counts is the address that is dialled,
// so that a name that points elsewhere the second time, and a redirect, get
// nowhere either. Schemes other than http and https, addresses with user names, a
// redirect from https to http, and more than five redirects. No proxy of the
// environment is used, as it would dial in our place; no cookie and no
// credential is ever sent. Ports of public hosts are not limited: feeds live on
// any.
//
// # What it bounds
//
// The bytes of a body, after decompression; the time of a request with its
// redirects; the time without any progress; the size of the headers.
//
// Errors are of type *pipeline.Error: Invalid for what will not work until
// somebody changes something, Unavailable for what may pass by itself. Where an
// answer came, a [Failure] is in it.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"dragoman/pipeline"
)

// Bounds that hold where Config does not say otherwise.
const (
	// MaxBytes of a body after decompression. Feeds with 500 articles in full
	// have half of it, and the reader takes pages up to 16 MiB.
	MaxBytes = 10 << 20
	// Timeout of a request with its redirects and body, without the wait for
	// its host's turn.
	Timeout = time.Minute
	// PerHost is the least time between two requests to one host.
	PerHost = time.Second
)

// Config says how a Client works. The zero value is good.
type Config struct {
	Allow     []string         // HOST or HOST:PORT in private networks that may be fetched from; HOST alone stands for its ports 80 and 443
	UserAgent string           // "" is "dragoman" with its version
	Contact   string           // mail or web address of who fetches, shown after the UserAgent; "" is none
	MaxBytes  int64            // of a body after decompression; 0 stands for MaxBytes
	Timeout   time.Duration    // of a request with its redirects and body; 0 stands for Timeout
	PerHost   time.Duration    // least time between two requests to one host; 0 stands for PerHost, and less for none
	Now       func() time.Time // nil is the clock
	Flags     bool             // hints name the flags --allow-host and --ignore-robots; else the keys of a schedule's source, allow and ignore-robots

	// Resolver finds the addresses of names; nil is the system's.
	Resolver *net.Resolver
	// Dial stands in for the network in tests. What it connects to is not
	// looked at: it is a test's own server.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Request is one page that is wanted.
type Request struct {
	URL          string
	ETag         string   // of the answer that is known: asks for the page only where it has changed
	Modified     string   // Last-Modified of the answer that is known, as it was given
	Accept       string   // media types; "" is any
	IgnoreRobots bool     // fetch also what robots.txt disallows
	MaxBytes     int64    // instead of Config's; 0 stands for that
	Allow        []string // beside Config's
}

// Page is an answer that can be used.
type Page struct {
	URL         string    // where it was found, after redirects
	Moved       string    // where a chain of permanent redirects (301, 308) leads: the address to use from now on; "" is none
	Status      int       // 200, 203 or 304
	Body        []byte    // decompressed; nil where Unchanged
	ContentType string    // as the server says
	ETag        string    // for the next Request
	Modified    string    // for the next Request
	Unchanged   bool      // 304: what is known still holds
	NotBefore   time.Time // the server asks not to come back earlier (Retry-After); zero: it does not
}

// Failure is what an answer said that is no page. errors.As finds it in the
// errors of Get.
type Failure struct {
	Status    int       // of the answer
	NotBefore time.Time // the server asks not to come back earlier (Retry-After); zero: it does not
	Reason    string    // what is wrong, in words
}

// Error gives the reason.
func (f *Failure) Error() string { return f.Reason }

// New makes a client.
func New(conf Config) *Client {
	if conf.UserAgent == "" {
		conf.UserAgent = defaultAgent(debug.ReadBuildInfo())
	}
	if conf.Contact != "" {
		conf.UserAgent += " (+" + conf.Contact + ")"
	}
	if conf.MaxBytes == 0 {
		conf.MaxBytes = MaxBytes
	}
	if conf.Timeout == 0 {
		conf.Timeout = Timeout
	}
	if conf.PerHost == 0 {
		conf.PerHost = PerHost
	}
	if conf.Now == nil {
		conf.Now = time.Now
	}
	return &Client{conf: conf, now: conf.Now, turns: newTurns(conf.Now), robots: newRobotsCache(), wires: newWires(conf)}
}

// defaultAgent is "dragoman" with its version where it has one.
func defaultAgent(info *debug.BuildInfo, ok bool) string {
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dragoman"
	}
	return "dragoman/" + info.Main.Version
}

// Client fetches pages. It may be used by several goroutines at once; those that
// want the same host take turns.
type Client struct {
	conf   Config
	now    func() time.Time
	turns  *turns
	robots *robotsCache
	wires  *wires
}

// Get fetches one page. It waits for the host's turn first, for as long as the
// context lets it.
func (c *Client) Get(ctx context.Context, r Request) (*Page, error) {
	u, err := Check(r.URL)
	if err != nil {
		return nil, err
	}
	open, err := allow(c.conf.Allow, r.Allow)
	if err != nil {
		return nil, err
	}
	v := &visit{
		client: c, request: r, wire: c.wires.of(open),
		limit: c.conf.MaxBytes, time: c.conf.Timeout,
	}
	if r.MaxBytes > 0 {
		v.limit = r.MaxBytes
	}
	s := &stay{visit: v}
	defer func() { s.leave() }()
	a, err := v.follow(ctx, u, s.enter)
	if err == nil {
		s.heed(a)
		err = v.judge(a)
	}
	switch {
	case err == nil:
		return v.page(a), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("fetching %s: %w", show(r.URL), context.Cause(ctx))
	}
	return nil, c.classified(r.URL, err)
}

// page is what is given back of an answer that can be used.
func (v *visit) page(a *answer) *Page {
	return &Page{
		URL: a.url.String(), Moved: a.moved, Status: a.status, Body: a.body,
		ContentType: a.header.Get("Content-Type"), ETag: validator(a.header.Get("Etag")), Modified: validator(a.header.Get("Last-Modified")),
		Unchanged: a.status == 304, NotBefore: v.client.notBefore(a),
	}
}

// judge says what is wrong with an answer, or nil.
func (v *visit) judge(a *answer) error {
	switch a.status {
	case 200, 203:
		return nil
	case 304:
		if v.request.ETag != "" || v.request.Modified != "" {
			return nil
		}
	}
	return v.client.failure(a)
}

// classified is an error with its class and its remedy, on one line.
func (c *Client) classified(raw string, err error) error {
	out := &pipeline.Error{Code: pipeline.Unavailable, Stage: "fetch", Unit: show(raw), Err: err}
	if e, ok := errors.AsType[*pipeline.Error](err); ok {
		out.Code, out.Hint = e.Code, e.Hint
	} else if d, ok := errors.AsType[*denied](err); ok {
		out.Code, out.Hint = pipeline.Invalid, d.hint(c.conf.Flags)
	} else if r, ok := errors.AsType[*refusal](err); ok {
		out.Code, out.Hint = pipeline.Invalid, r.hint
	} else if f, ok := errors.AsType[*Failure](err); ok {
		out.Code, out.Hint = f.class()
	} else if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		out.Code, out.Hint = pipeline.Invalid, "check the spelling of the host"
	}
	return out
}
