package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// counter counts calls.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// inputLine is a line of an input file.
type inputLine struct {
	ID     string          `json:"custom_id"`
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body"`
}

// answerLine makes the lines of output for one of input. The error is of a
// file that is not valid.
func (s *Server) answerLine(batch string, row []byte, n int) (out []string, fate Fate, err error) {
	var in inputLine
	if err := json.Unmarshal(row, &in); err != nil || in.ID == "" || len(in.ID) > 64 || in.Method != http.MethodPost || in.URL != "/v1/chat/completions" {
		return nil, "", fmt.Errorf("line %d is no request of a batch", n+1)
	}
	var req chatRequest
	if err := json.Unmarshal(in.Body, &req); err != nil || req.Stream {
		return nil, "", fmt.Errorf("line %d is no chat completion without streaming", n+1)
	}
	if s.opt.Batch.Line != nil {
		fate = s.opt.Batch.Line(in.ID, n)
	}
	q, _ := parseAsk(req.lastUser())
	at := s.enterLine(batch, in.Body, q)
	var res response
	switch fate {
	case Expired:
		res = response{status: http.StatusRequestTimeout, fault: string(fate)}
	case Broken:
		res = response{status: http.StatusInternalServerError, body: apiError("The server had an error.", "server_error", nil), fault: string(fate)}
	default:
		res = s.decide(&req)
		s.finish(&req, q, &res)
	}
	s.leave(at, res)
	if fate == Expired {
		return []string{s.row(in.ID, n, nil, map[string]string{"code": "batch_expired", "message": "This request could not be executed before the completion window expired."})}, fate, nil
	}
	w := &memoryWriter{header: http.Header{}, status: http.StatusOK}
	s.write(w, &req, &res)
	body := bytes.TrimSpace(w.body.Bytes())
	if fate == Cut || res.cut {
		body = raw(string(body[:len(body)/2]))
	}
	line := s.row(in.ID, n, map[string]any{"status_code": w.status, "request_id": fmt.Sprintf("req_%s_%d", batch, n), "body": json.RawMessage(body)}, nil)
	switch fate {
	case Doubled:
		return []string{line, strings.Replace(line, `"model":"`, `"model":"second-`, 1)}, fate, nil
	case Garbled:
		return []string{line[:len(line)*2/3] + "\n"}, fate, nil
	}
	return []string{line}, fate, nil
}

// row is a line of output.
func (s *Server) row(id string, n int, response, fault any) string {
	return fmt.Sprintf("{\"id\":\"batch_req_%d\",\"custom_id\":%s,\"response\":%s,\"error\":%s}\n", n, raw(id), raw(response), raw(fault))
}

// enterLine notes a line in the journal.
func (s *Server) enterLine(batch string, body []byte, q ask) ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.journal.enter(body, q, false, "", time.Now())
	if !s.journal.quiet {
		s.journal.seen[t.at].Batch = batch
	}
	return t
}

// Lines counts the lines of batches by the digest of their body: the same
// question submitted twice counts two.
func (s *Server) Lines() map[string]int {
	out := map[string]int{}
	for _, r := range s.Requests() {
		if r.Batch != "" {
			out[r.Digest]++
		}
	}
	return out
}

// memoryWriter keeps an answer in memory.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(status int)      { w.status = status }
func (w *memoryWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
