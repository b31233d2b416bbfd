package batch

import (
	"context"
	"sync"
	"unicode/utf8"

	"dragoman/pipeline/ask"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/writer"
)

// meter counts what the calls of one article take.
type meter struct {
	next llm.Client

	mu    sync.Mutex
	sum   usage
	units map[asking]bool
}

// asking is one sentence that a call asks for.
type asking struct{ stage, lang, unit string }

// allOf stands for every sentence of a stage.
const allOf = "*"

func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum, m.units = usage{}, map[asking]bool{}
}

func (m *meter) used() usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}

// Complete passes a request on, and counts it where no stored reply answered.
func (m *meter) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	resp, err := m.next.Complete(ctx, req)
	if resp == nil || resp.Stored {
		return resp, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.calls++
	for _, msg := range req.Messages {
		m.sum.lowIn += few(msg.Content)
		m.sum.highIn += many(len(msg.Content)) + perMessage
	}
	m.sum.highIn += many(len(req.Schema)) // not every endpoint counts it
	m.sum.lowOut += few(resp.Text)
	m.sum.highOut += int64(ask.Tokens(resp.Text))
	if req.Stage == "summarize" {
		m.units[asking{req.Stage, "", allOf}] = true
	}
	for _, unit := range req.Units {
		m.units[asking{req.Stage, req.Lang, unit}] = true
	}
	return resp, err
}

// perMessage is the tokens that a chat template adds to a message.
const perMessage = 16

// few is the tokens of a text where they are few.
func few(text string) int64 { return int64(float64(utf8.RuneCountInString(text)) / charsPerToken) }

// many is the tokens of so many bytes of a question where they are many.
func many(bytes int) int64 { return int64(float64(bytes) / bytesPerToken) }

// asked counts the sentences of a stage that a call asks for.
func (m *meter) asked(s writer.StageAccount) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.units[asking{s.Stage, "", allOf}] {
		return s.Total - s.Kept
	}
	n := 0
	for a := range m.units {
		if a.stage == s.Stage && a.lang == s.Lang && (s.Part == "" || (s.Part == "summary") == ofSummary(a.unit)) {
			n++
		}
	}
	return min(n, s.Total-s.Kept)
}

// ofSummary reports whether a sentence is the summary's: "sum.k1".
func ofSummary(unit string) bool { return len(unit) > 4 && unit[:4] == "sum." }
