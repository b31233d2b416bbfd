// Package wire is everything between an OpenAI-compatible client and the
// network that must see bytes, money or time: one [http.RoundTripper].
//
//	shape → lookup → retry → for each attempt: gate → budget → guard → record → network
//
// An attempt first gets its place (gate: how many at once, rates, pauses, and the
// breaker of an endpoint that is away), then sets aside what it may cost (budget),
// and is sent: what waits in line holds no money, and what dies there was never
// reserved.
//
// What comes out at the top is one whole chat.completion with a finish reason,
// or a typed [pipeline.Error] that wraps a [Failure]: never a cut stream,
// an error body under status 200, or an empty answer that looks like success.
// Every reply that reached us is in the ledger before it is judged.
package wire

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// Config says how the wire behaves. The zero value works; see WithDefaults.
type Config struct {
	Network http.RoundTripper // nil: Network(); Replay stands in its place
	Ledger  llm.Ledger        // where replies are kept; nil: in memory
	Tape    llm.Tape          // a second place for every exchange (--record); nil: none
	Fresh   bool              // do not answer from exchanges of earlier runs
	Profile llm.Profile       // of the endpoint
	Prices  llm.Prices        // to tell costs; nil: all unknown
	Secret  llm.Secret        // taken out of everything stored and said

	MaxCost   *pipeline.Money // cap of this run; nil: none
	MaxTokens int             // cap of this run, input and output together; 0: none

	Purse    Purse                           // beside the caps of this run: accounts that outlive it; nil: none
	Accounts func(now time.Time) []Account   // that every attempt pays into, by the clock: over midnight into the new day's. Needed with Purse
	BusyWait time.Duration                   // longest wait for reservations of other processes, when none of ours is under way; 0: 60 s
	BusyPoll time.Duration                   // between two looks at them; 0: 250 ms
	Ready    func(ctx context.Context) error // asked before each attempt, cheaply; an error stops it unsent; nil: always ready

	RPM    int    // requests a minute, evenly spaced; 0: no limit
	TPM    int    // tokens a minute, input and output together; 0: no limit
	Rates  Rates  // where the rates are kept, and pauses shared with other processes; nil: in memory
	Bucket string // name of the provider in Rates; "": the endpoint's host

	Breaker   *Breaker // of the endpoint and model, shared with other wires of the process; nil: one of its own
	Impatient bool     // another model is asked where this one does not answer: nobody waits for an endpoint in trouble

	Concurrency int           // most requests at once; 0: the profile's or the server's slots, else 4
	Start       int           // requests at once at first, growing to Concurrency while the endpoint keeps up; 0: Concurrency at once
	Timeout     time.Duration // of one attempt, from sending to the last byte; 0: 600 s
	FirstByte   time.Duration // of silence before the first byte; 0: 600 s on loopback, 120 s elsewhere
	Idle        time.Duration // of silence between bytes; 0: 60 s on loopback, 30 s elsewhere
	Attempts    int           // of one request; 0: 4
	MaxWait     time.Duration // longest wait a server may ask for; 0: 120 s
	Patient     bool          // Network answers after hours (a Batch API): no limit of time until an answer begins, and no gate
	Instant     bool          // waits are not waited (replay), and the server is not asked for its slots

	Now    func() time.Time // nil: time.Now
	Jitter func() float64   // in [0,1); nil: math/rand
}

// The limits of a call, from the reliability study: a batch gateway's slowest
// good answers, and the official clients' defaults.
const (
	defaultTimeout     = 600 * time.Second
	loopbackFirstByte  = 600 * time.Second
	loopbackIdle       = 60 * time.Second
	remoteFirstByte    = 120 * time.Second
	remoteIdle         = 30 * time.Second
	defaultAttempts    = 4
	defaultMaxWait     = 120 * time.Second
	defaultConcurrency = 4
	defaultBusyWait    = 60 * time.Second
	defaultBusyPoll    = 250 * time.Millisecond

	patientTimeout = 72 * time.Hour // a Batch API ends within 24 h, and may be slow to say so
)

// WithDefaults is the configuration with every zero replaced by its default.
// FirstByte and Idle stay zero: they depend on the address.
func (c Config) WithDefaults() Config {
	if c.Network == nil {
		c.Network = Network()
	}
	if c.Ledger == nil {
		c.Ledger = llm.NewMemory()
	}
	if c.Patient {
		c.Timeout, c.FirstByte = patientTimeout, patientTimeout
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Attempts <= 0 {
		c.Attempts = defaultAttempts
	}
	if c.MaxWait <= 0 {
		c.MaxWait = defaultMaxWait
	}
	if c.BusyWait <= 0 {
		c.BusyWait = defaultBusyWait
	}
	if c.BusyPoll <= 0 {
		c.BusyPoll = defaultBusyPoll
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	return c
}

// Wire is the assembled chain. It is safe for concurrent use; one serves one
// run, since budgets and the gate count from its making.
type Wire struct {
	top    http.RoundTripper
	budget *budget
}

// New assembles the chain.
func New(cfg Config) *Wire {
	cfg = cfg.WithDefaults()
	recorded := newRecord(cfg, cfg.Network)
	pace := newPace(cfg)
	guarded := newGuard(cfg, &listen{pace, recorded})
	paid := newBudget(cfg, guarded)
	var gated http.RoundTripper = paid
	if !cfg.Patient { // there a request only waits, and one that waits for another would wait for a day
		gated = newGate(cfg, pace, paid)
	}
	retried := newRetry(cfg, gated)
	lookedUp := newLookup(cfg, recorded, retried)
	shaped := newShape(cfg, lookedUp)
	return &Wire{top: shaped, budget: paid}
}

// RoundTrip sends one chat completion. Other requests go straight to the
// network.
func (w *Wire) RoundTrip(req *http.Request) (*http.Response, error) { return w.top.RoundTrip(req) }

// Spent is what this run has used so far, attempts that failed included.
func (w *Wire) Spent() Spent { return w.budget.spent() }

// Network is the transport for real endpoints: no redirects are followed by a
// RoundTripper, nothing is decompressed behind our back, connects in 5 s, and
// proxies are taken from the environment as for every Go program.
func Network() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}, // a dead connection is found in 30 s
	}
}

// loopback reports whether the address is on this machine.
func loopback(u *url.URL) bool {
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// sleep waits, or not at all in a replay.
func (c Config) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 || c.Instant {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
