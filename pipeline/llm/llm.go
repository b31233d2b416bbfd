// Package llm says what it is to ask a model: a [Request], a [Response], and a
// [Client] between them. The client on an OpenAI-compatible endpoint is in
// package openai; everything that must see bytes, money or time is in package
// wire, beneath it.
package llm

import (
	"context"
	"encoding/json"
	"time"

	"dragoman/pipeline"
)

// Client asks a model.
//
// A cut answer is an error of class Truncated, and the response is returned
// beside it: its text is what arrived, for salvage of the parts that were
// closed before the cut. The same holds for BadOutput (an answer that breaks
// the schema) and Refused. Every other error comes with a nil response; where
// attempts were sent for it, it is a [PaidError] with their bill.
type Client interface {
	Complete(ctx context.Context, req *Request) (*Response, error)
}

// Message is one turn of a chat.
type Message struct {
	Role    string `json:"role"` // system or user
	Content string `json:"content"`
}

// Request is one logical question. Everything that can change the answer is in
// its key; how it is transported (streaming, schema rung, profile) is not.
type Request struct {
	Stage        string          // correct, names, summarize, translate
	Lang         string          // of the target, or ""
	Prompt       string          // id@version
	PromptDigest string          // of the prompt file and its schema
	Model        string          // as configured
	Messages     []Message       // system, then user
	SchemaName   string          // [a-z_]+, sent as the schema's name
	Schema       json.RawMessage // strict JSON Schema of the reply
	Temperature  float64         // 0 is really sent
	MaxTokens    int             // upper bound of the answer
	Attempt      int             // which complete answer to this request is wanted: 0 the first, 1 the one after it (asked afresh)
	Units        []string        // sentence ids asked for; for the trace only, not in the key
}

// Finish is why the model stopped.
type Finish string

// The reasons to stop.
const (
	Stop          Finish = "stop"
	Length        Finish = "length"
	ContentFilter Finish = "content_filter"
	Loop          Finish = "loop" // our own: the stream was stopped because it repeated itself
)

// Response is one whole answer.
type Response struct {
	Text     string          // the answer, without reasoning and without a code fence
	Repairs  []string        // what was taken off to get Text: "reasoning", "fence", "preamble"
	Finish   Finish          // why the model stopped
	Model    string          // the model that really answered, by the endpoint's word
	Attempts int             // sent over the network for this request; 0: none
	Usage    pipeline.Usage  // of all attempts sent, see Bill; of the stored answer where nothing was
	Cost     *pipeline.Money // of that usage; nil: the price is unknown
	Key      string          // of the exchange in the ledger
	Attempt  int             // as asked
	Stored   bool            // from the ledger: nothing was sent or paid
	Duration time.Duration   // of the answering attempt; as recorded when replayed or stored

	Transport string // how the answer came: "" live, [TransportBatch] by a Batch API
}
