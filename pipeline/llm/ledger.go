package llm

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"sync"
	"time"
)

// Ledger keeps every exchange that was paid for, good or bad. The exchanges of
// one key are numbered from 1 in the order in which they were appended.
//
// A ledger is safe for concurrent use, also by several processes. What Append
// returned without an error survives a crash of the program and of the machine.
// Package ledgertest holds the suite that every implementation passes.
type Ledger interface {
	// Append stores an exchange and gives its number. It sets x.Sequence.
	Append(ctx context.Context, x *Exchange) error
	// Find gives the exchanges of a key, oldest first; none is no error.
	Find(ctx context.Context, key string) ([]*Exchange, error)
	// All gives every exchange, by key and number. It stops at the first error.
	All(ctx context.Context) iter.Seq2[*Exchange, error]
}

// Exchange is one attempt as it went over the wire: what was asked and the raw
// reply, before anybody judged it.
type Exchange struct {
	Key      string          // of Request
	Sequence int             // from 1 within the key
	Request  Request         // the logical request
	Rung     Rung            // how the schema was asked for
	Params   json.RawMessage // the body sent, without messages and schema
	Shape    string          // digest of the exact body sent
	Endpoint string          // scheme, host and path; no user, no query
	Sent     time.Time
	Duration time.Duration // until the reply was read to its end
	Reply    Reply
	NoText   bool // its texts are not stored, see Withheld: it is listed, and answers nobody
}

// Reply is what came back.
type Reply struct {
	Status int               // HTTP status
	Header map[string]string // allow-listed ones, canonical names
	Body   []byte            // as far as it came
	Broken string            // why the body ended before its end, or ""
}

// NewMemory is a ledger that lasts as long as the program: for runs that may
// write nothing, such as replays.
func NewMemory() Ledger { return &memory{exchanges: map[string][]*Exchange{}} }

type memory struct {
	mu        sync.Mutex
	exchanges map[string][]*Exchange
}

func (m *memory) Append(ctx context.Context, x *Exchange) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	x.Sequence = len(m.exchanges[x.Key]) + 1
	m.exchanges[x.Key] = append(m.exchanges[x.Key], x.clone())
	return nil
}

func (m *memory) Find(ctx context.Context, key string) ([]*Exchange, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*Exchange
	for _, x := range m.exchanges[key] {
		out = append(out, x.clone())
	}
	return out, nil
}

func (m *memory) All(ctx context.Context) iter.Seq2[*Exchange, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*Exchange
	for _, xs := range m.exchanges {
		for _, x := range xs {
			all = append(all, x.clone())
		}
	}
	slices.SortFunc(all, byKey)
	return func(yield func(*Exchange, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
	}
}

func byKey(a, b *Exchange) int {
	if a.Key != b.Key {
		if a.Key < b.Key {
			return -1
		}
		return 1
	}
	return a.Sequence - b.Sequence
}

// clone copies what a holder could change.
func (x *Exchange) clone() *Exchange {
	y := *x
	y.Request.Messages = slices.Clone(x.Request.Messages)
	y.Reply.Body = slices.Clone(x.Reply.Body)
	return &y
}
