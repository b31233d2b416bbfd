// Package batchapi sends chat completions through the OpenAI Batch API: half
// the price, an answer within a day. Its [Transport] stands in the place of the
// network in a wire (wire.Config.Network, with Patient set): every attempt that
// would be sent waits in a line, the lines become one file, the file one batch,
// and each caller gets the whole completion that stands in the output.
//
//	shape → lookup → retry → budget → gate → guard → record → here: gather → upload → create → poll → download
//
// What was submitted is in a [State] before it can be lost. A process that
// comes after a crash finds the file by its name and the batch by its metadata,
// so no line is ever submitted twice; a call whose line is on its way waits for
// that one. One process at a time may use a state.
package batchapi

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// Missing says what becomes of a line that the batch ended without answering:
// it expired, was cancelled, or is in neither output.
type Missing string

// The policies. A line that came with a status is handed up with it in both.
const (
	AskLive Missing = "live" // asked over Config.Live, as are retries: nobody waits a second day
	Mark    Missing = "mark" // an error of class Unavailable; the next run submits it again
)

// Config says where the Batch API is and how lines are gathered. The zero
// value works with OpenAI; see WithDefaults.
type Config struct {
	BaseURL string            // up to and with "/v1"; "": OpenAI's
	APIKey  llm.Secret        // sent as a bearer token, and taken out of every message
	Live    http.RoundTripper // the network, for the API's own calls too; nil: wire.Network()
	State   State             // what survives a crash; nil: in memory
	Missing Missing           // "": AskLive

	Quiet time.Duration // without a new line, before the lines become a batch; 0: 5 s
	Age   time.Duration // of the oldest line, when they become one anyhow; 0: 60 s
	Lines int           // of one batch at most; 0: 5,000; never above the API's 50,000
	Bytes int64         // of one file at most; 0, or more than that: the API's 200 MB

	PollFirst time.Duration // between the first two looks at a batch; 0: 10 s
	PollMost  time.Duration // between two looks at most; 0: 60 s
	Outage    time.Duration // of the API, after which callers get its error; 0: 15 min

	LiveAtOnce  int           // lines asked live at one time; 0: 4
	LiveTimeout time.Duration // of one line asked live; 0: 600 s
	Keep        int64         // bytes of answers held for callers who are not there yet; 0: 32 MiB

	// CancelAbandoned cancels a batch at the API once the caller of every line
	// in it has gone, each with a cause that it says yes to. Nil: batches are
	// left running, and the next run picks up the answers.
	CancelAbandoned func(cause error) bool

	KeepFiles bool              // leave the files at the provider after the last answer is in the ledger
	Note      func(line string) // progress for people; nil: nobody is told
	Now       func() time.Time  // nil: time.Now
	Jitter    func() float64    // in [0,1); nil: math/rand
}

// The limits of OpenAI's Batch API (its guide, 2026): 50,000 requests and
// 200 MB a file, and output that is kept for 30 days.
const (
	mostLines = 50_000
	mostBytes = 200_000_000
	retention = 30 * 24 * time.Hour
)

// WithDefaults is the configuration with every zero replaced by its default.
func (c Config) WithDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = "https://api.openai.com/v1"
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.Live == nil {
		c.Live = wire.Network()
	}
	if c.State == nil {
		c.State = NewMemory()
	}
	if c.Missing == "" {
		c.Missing = AskLive
	}
	if c.Lines <= 0 {
		c.Lines = 5000
	}
	c.Lines = min(c.Lines, mostLines)
	if c.Bytes <= 0 || c.Bytes > mostBytes {
		c.Bytes = mostBytes
	}
	if c.LiveAtOnce <= 0 {
		c.LiveAtOnce = 4
	}
	if c.Keep <= 0 {
		c.Keep = 32 << 20
	}
	for _, d := range []struct {
		at *time.Duration
		to time.Duration
	}{
		{&c.Quiet, 5 * time.Second},
		{&c.Age, time.Minute},
		{&c.PollFirst, 10 * time.Second},
		{&c.PollMost, time.Minute},
		{&c.Outage, 15 * time.Minute},
		{&c.LiveTimeout, 10 * time.Minute},
	} {
		if *d.at <= 0 {
			*d.at = d.to
		}
	}
	if c.Note == nil {
		c.Note = func(string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	return c
}

// Transport is the Batch API as a network. It is safe for concurrent use, by
// thousands of callers at once.
type Transport struct {
	cfg     Config
	api     *api
	chat    string        // path of chat completions in a line
	live    chan struct{} // places for lines asked live
	loading sync.Mutex
	work    sync.WaitGroup // of goroutines

	mu     sync.Mutex
	loaded bool
	queues map[string]*queue  // lines that wait for a batch, by model: a file may hold one model only
	index  map[string][]*line // every line not yet delivered, by the stem of its id
	open   map[*batch]bool    // submissions with lines not yet delivered
	kept   int64              // bytes of answers held
}

// New makes a transport. The error is a *pipeline.Error of class Invalid.
func New(cfg Config) (*Transport, error) {
	cfg = cfg.WithDefaults()
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Err: errors.New("the base URL of the Batch API must be http:// or https://, with a host and nothing secret")}
	}
	if cfg.Missing != AskLive && cfg.Missing != Mark {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Err: fmt.Errorf("lines without an answer can be asked %q or left to %q, not %q", AskLive, Mark, cfg.Missing)}
	}
	return &Transport{
		cfg: cfg, api: &api{cfg: cfg}, chat: "/v1/chat/completions",
		live:   make(chan struct{}, cfg.LiveAtOnce),
		queues: map[string]*queue{}, index: map[string][]*line{}, open: map[*batch]bool{},
	}, nil
}
