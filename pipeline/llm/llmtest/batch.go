package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"time"
)

// Fate is what becomes of a line of a batch.
type Fate string

// The fates of a line.
const (
	Answered Fate = ""        // by the pseudo model
	Expired  Fate = "expired" // stands in the error file with batch_expired, and the batch is expired
	Broken   Fate = "failed"  // stands in the error file with status 500
	Lost     Fate = "lost"    // stands in neither file
	Doubled  Fate = "doubled" // stands in the output twice, the second time with another answer
	Garbled  Fate = "garbled" // its line in the output is no JSON
	Cut      Fate = "cut"     // the body in its line is half a completion
)

// Batches are how the Batch API behaves. The zero value answers every line at
// once, in order.
type Batches struct {
	Latency   time.Duration                         // from the creation of a batch to its end
	Line      func(customID string, n int) Fate     // of line n, from 0; nil: all are answered
	Invalid   string                                // the message by which every batch fails its validation; "": none does
	Shuffle   bool                                  // the output is in another order than the input
	Stranger  bool                                  // the output has a line more, which nobody asked for
	OneFile   bool                                  // errors stand in the output file too
	LoseReply func(method, path string, n int) bool // the call is carried out and the connection cut in its reply; n counts all calls from 1; nil: never
	calls     *counter
}

// lose reports whether the reply to a call is to be lost.
func (b Batches) lose(r *http.Request) bool {
	return b.LoseReply != nil && b.LoseReply(r.Method, r.URL.Path, b.calls.next())
}

// batch is one batch, as the API shows it.
type batch struct {
	ID       string            `json:"id"`
	Object   string            `json:"object"`
	Endpoint string            `json:"endpoint"`
	Errors   any               `json:"errors"`
	Input    string            `json:"input_file_id"`
	Window   string            `json:"completion_window"`
	Status   string            `json:"status"`
	Output   string            `json:"output_file_id,omitempty"`
	Failed   string            `json:"error_file_id,omitempty"`
	Made     int64             `json:"created_at"`
	Counts   map[string]int    `json:"request_counts"`
	Metadata map[string]string `json:"metadata"`

	due            time.Time // the end
	end            string    // the status then
	output, errors []byte    // the files then
	done           int       // lines answered
}

func (s *Server) batchRoutes() {
	s.opt.Batch.calls = &counter{}
	s.mux.HandleFunc("POST /v1/files", s.uploadFile)
	s.mux.HandleFunc("GET /v1/files", s.listFiles)
	s.mux.HandleFunc("GET /v1/files/{id}", s.getFile)
	s.mux.HandleFunc("GET /v1/files/{id}/content", s.fileContent)
	s.mux.HandleFunc("DELETE /v1/files/{id}", s.deleteFile)
	s.mux.HandleFunc("POST /v1/batches", s.createBatch)
	s.mux.HandleFunc("GET /v1/batches", s.listBatches)
	s.mux.HandleFunc("GET /v1/batches/{id}", s.getBatch)
	s.mux.HandleFunc("POST /v1/batches/{id}/cancel", s.cancelBatch)
}

// createBatch answers POST /v1/batches. The lines are answered, and stand in
// the journal, at once; they can be seen when the latency is over.
func (s *Server) createBatch(w http.ResponseWriter, r *http.Request) {
	var b batch
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil || b.Window != "24h" || b.Endpoint != "/v1/chat/completions" {
		writeJSON(w, http.StatusBadRequest, apiError(fmt.Sprintf("a batch of /v1/chat/completions within 24h is wanted: %v", err), "invalid_request_error", nil))
		return
	}
	s.mu.Lock()
	at := slices.IndexFunc(s.store.files, func(f *file) bool { return f.ID == b.Input && f.Purpose == "batch" })
	if at < 0 {
		s.mu.Unlock()
		writeJSON(w, http.StatusBadRequest, apiError("Invalid input_file_id: "+b.Input, "invalid_request_error", nil))
		return
	}
	input := s.store.files[at].content
	s.store.made++
	b.ID, b.Object, b.Status, b.Made = fmt.Sprintf("batch_%04d", s.store.made), "batch", "validating", time.Now().Unix()
	b.due = time.Now().Add(s.opt.Batch.Latency)
	b.Output, b.Failed, b.Errors = "", "", nil
	s.store.batches = append(s.store.batches, &b)
	s.mu.Unlock()

	s.answerLines(&b, input)
	s.mu.Lock()
	shown := b
	s.mu.Unlock()
	s.reply(w, r, shown)
}

// advance brings a batch to where it is by now. The lock is held.
func (s *Server) advance(b *batch) {
	switch now := time.Now(); {
	case b.end == "" || b.Status == b.end || b.Status == "cancelled":
		return
	case now.Before(b.due):
		b.Status = "in_progress"
		return
	}
	b.Status = b.end
	total := b.Counts["total"]
	b.Counts = map[string]int{"total": total, "completed": b.done, "failed": total - b.done} // a new one: the old may be read
	if len(b.output) > 0 {
		b.Output = s.addFile(b.ID+"_output.jsonl", "batch_output", b.output).ID
	}
	if len(b.errors) > 0 {
		b.Failed = s.addFile(b.ID+"_error.jsonl", "batch_output", b.errors).ID
	}
}

func (s *Server) listBatches(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	page, more := paged(s.store.batches, func(b *batch) string { return b.ID }, r)
	shown := []batch{}
	for _, b := range page {
		s.advance(b)
		shown = append(shown, *b)
	}
	s.mu.Unlock()
	s.reply(w, r, map[string]any{"object": "list", "data": shown, "has_more": more})
}

func (s *Server) getBatch(w http.ResponseWriter, r *http.Request) { s.oneBatch(w, r, s.advance) }

// cancelBatch ends a batch with no answers.
func (s *Server) cancelBatch(w http.ResponseWriter, r *http.Request) {
	s.oneBatch(w, r, func(b *batch) {
		if s.advance(b); b.Status != b.end {
			b.Status = "cancelled"
		}
	})
}

func (s *Server) oneBatch(w http.ResponseWriter, r *http.Request, change func(*batch)) {
	s.mu.Lock()
	for _, b := range s.store.batches {
		if b.ID != r.PathValue("id") {
			continue
		}
		change(b)
		shown := *b
		s.mu.Unlock()
		s.reply(w, r, shown)
		return
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusNotFound, apiError("No batch found with id '"+r.PathValue("id")+"'.", "invalid_request_error", nil))
}

// BatchStates are the statuses of the batches made so far, oldest first.
func (s *Server) BatchStates() (states []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.store.batches {
		states = append(states, b.Status)
	}
	return states
}

// ForgetBatches takes every batch away, as the API does when they are old.
func (s *Server) ForgetBatches() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.batches = nil
}

// answerLines works through a file.
func (s *Server) answerLines(b *batch, input []byte) {
	var rows, faulty []string
	end, done, n := "completed", 0, 0
	problem := s.opt.Batch.Invalid
	for row := range bytes.Lines(input) {
		if problem != "" {
			break
		}
		out, fate, err := s.answerLine(b.ID, row, n)
		n++
		switch {
		case err != nil:
			problem = err.Error()
		case fate == Lost:
		case (fate == Expired || fate == Broken) && !s.opt.Batch.OneFile:
			faulty = append(faulty, out...)
		default:
			rows = append(rows, out...)
			done++
		}
		if fate == Expired {
			end = "expired"
		}
	}
	if s.opt.Batch.Stranger {
		rows = append(rows, `{"id":"batch_req_x","custom_id":"nobody","response":{"status_code":200,"request_id":"x","body":{}},"error":null}`+"\n")
	}
	if s.opt.Batch.Shuffle {
		slices.SortFunc(rows, func(x, y string) int { return int(int64(mixed(x)) - int64(mixed(y))) })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b.Counts = map[string]int{"total": n, "completed": 0, "failed": 0}
	b.end, b.done = end, done
	if problem != "" {
		b.end, b.Errors = "failed", map[string]any{"object": "list", "data": []any{map[string]any{"code": "invalid_request", "message": problem, "line": 1, "param": nil}}}
		return
	}
	for _, list := range []struct {
		from []string
		to   *[]byte
	}{{rows, &b.output}, {faulty, &b.errors}} {
		for _, row := range list.from {
			*list.to = append(*list.to, row...)
		}
	}
}

// mixed is a number by which rows are put out of order, always in one way.
func mixed(row string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(row)) // never fails
	return h.Sum32() >> 1
}
