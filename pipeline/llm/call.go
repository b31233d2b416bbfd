package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"dragoman/pipeline"
)

// Rung is how the endpoint is asked to keep to the schema.
type Rung string

// The rungs of the ladder, from the top. The prompt asks for JSON on each.
const (
	RungSchema Rung = "schema" // response_format json_schema, strict
	RungObject Rung = "object" // response_format json_object
	RungPlain  Rung = "plain"  // no response_format
)

// Below is the next rung down, and false at the bottom.
func (r Rung) Below() (Rung, bool) {
	switch r {
	case RungSchema:
		return RungObject, true
	case RungObject:
		return RungPlain, true
	}
	return r, false
}

// Call carries one logical request down through the HTTP client to the wire,
// and what the wire learned back up. It belongs to one goroutine.
type Call struct {
	Request *Request // what is asked
	Rung    Rung     // how the schema is asked for

	Key      string          // of the exchange, set by lookup
	Sequence int             // of the answering exchange in the ledger, from 1; 0: not stored
	Stored   bool            // the ledger answered; nothing was sent
	Sent     int             // attempts that went to the network
	Model    string          // that really answered
	Usage    pipeline.Usage  // of the answer
	Cost     *pipeline.Money // of the answer; nil: the price is unknown
	Bill     Bill            // of every attempt sent
	Duration time.Duration   // of the answering attempt
	First    time.Duration   // from sending the last attempt to the first byte of its reply; 0: none came
	Params   json.RawMessage // the body sent, without messages and schema
	Shape    string          // digest of the exact body sent

	Transport string // how the answer came: "" live, [TransportBatch] by a Batch API, which has its own price
}

// TransportHeader is the reply header by which a transport says what it is. It
// is stored with the reply, so that a stored answer keeps its price.
const TransportHeader = "X-Dragoman-Transport"

// TransportBatch is the transport of package batchapi.
const TransportBatch = "batch"

type callKey struct{}

// WithCall puts a call into a context.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallFrom is the call in a context, or nil.
func CallFrom(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// compact is the JSON without insignificant white space, or the bytes
// themselves where they are no JSON.
func compact(b []byte) []byte {
	var out bytes.Buffer
	if len(b) == 0 || json.Compact(&out, b) != nil {
		return b
	}
	return out.Bytes()
}
