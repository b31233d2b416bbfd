package llmtest

import (
	"context"
	"fmt"
	"sync"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// Echo is a client that answers with the user's own message, so that a test
// can see what was asked.
type Echo struct{}

// Complete returns the last message of the request as the answer.
func (Echo) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(req.Messages) == 0 {
		return reply(req, ""), nil
	}
	return reply(req, req.Messages[len(req.Messages)-1].Content), nil
}

// Script is a client with canned answers. An answer in Keyed goes to every
// request whose last message holds the key; the rest are answered from Replies
// in order. It is safe for concurrent use.
type Script struct {
	Keyed   map[string]string // text in the question to answer
	Replies []string          // the answers to all other questions, in order

	mu       sync.Mutex
	requests []*llm.Request
	next     int
}

// Complete returns the canned answer. A request without one is an error of
// class BadOutput that quotes the question.
func (s *Script) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
	question := ""
	if len(req.Messages) > 0 {
		question = req.Messages[len(req.Messages)-1].Content
	}
	best := ""
	for key := range s.Keyed {
		if len(key) > len(best) && containsText(question, key) {
			best = key
		}
	}
	if best != "" {
		return reply(req, s.Keyed[best]), nil
	}
	if s.next >= len(s.Replies) {
		return nil, &pipeline.Error{
			Code: pipeline.BadOutput, Stage: req.Stage,
			Hint: "add a reply to the script",
			Err:  fmt.Errorf("no reply left for request %d: %s", len(s.requests), question),
		}
	}
	s.next++
	return reply(req, s.Replies[s.next-1]), nil
}

// Requests are the requests seen so far, in order.
func (s *Script) Requests() []*llm.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*llm.Request(nil), s.requests...)
}

// Fault is a client that fails before another one answers. It is safe for
// concurrent use.
type Fault struct {
	Client llm.Client                  // answers where nothing fails
	Err    error                       // what a failing request gets
	Reply  *llm.Response               // given beside Err, as for a cut answer; nil for none
	Match  func(req *llm.Request) bool // the requests that fail; nil for all
	Times  int                         // how many requests fail; 0 for every one

	mu    sync.Mutex
	count int
}

// Complete fails as Fault says, or asks the client.
func (f *Fault) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	if f.Match == nil || f.Match(req) {
		f.mu.Lock()
		f.count++
		hit := f.Times == 0 || f.count <= f.Times
		f.mu.Unlock()
		if hit {
			return f.Reply, f.Err
		}
	}
	return f.Client.Complete(ctx, req)
}

// reply is a whole answer with made-up but steady figures.
func reply(req *llm.Request, text string) *llm.Response {
	in := 0
	for _, m := range req.Messages {
		in += tokens(m.Content)
	}
	return &llm.Response{
		Text: text, Finish: llm.Stop, Model: ModelName, Attempt: req.Attempt,
		Usage: pipeline.Usage{InputTokens: in, OutputTokens: tokens(text), Known: true},
	}
}
