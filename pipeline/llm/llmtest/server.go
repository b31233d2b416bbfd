package llmtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"dragoman/pipeline"
)

// ModelName is the model that the pseudo server says has answered, whatever
// model was asked for.
const ModelName = pipeline.PseudoModel

// Options are how the pseudo server behaves. The zero value answers at once,
// without limits.
type Options struct {
	Latency       time.Duration // before each answer
	ContextSize   int           // tokens of question and answer together; 0 for 131072. A longer question is refused as llama.cpp does
	RPM           int           // calls admitted a minute; 0 for no limit. More are answered with 429 and Retry-After
	Slots         int           // calls worked on at once, the others wait; 0 for no limit (and 4 in /props)
	ChunkRunes    int           // length of a streamed chunk; 0 for 96
	NoUsage       bool          // never say how many tokens were used
	RefuseSchema  bool          // answer 400 to a response_format of type json_schema
	RefuseFormats bool          // answer 400 to every response_format
}

const (
	defaultContext = 131072
	defaultSlots   = 4
	defaultChunk   = 96
	maxBody        = 32 << 20 // bytes of a request
)

// Server is the pseudo model as an OpenAI-compatible HTTP handler. It keeps a
// journal of the calls it saw, an independent count of what a client paid for.
type Server struct {
	opt   Options
	mux   *http.ServeMux
	slots chan struct{}

	mu       sync.Mutex
	journal  []Seen
	admitted []time.Time // the calls of the last minute
	inFlight int
	most     int
	faults   []*armed

	listener net.Listener
	web      *http.Server
}

// Seen is one call in the journal.
type Seen struct {
	Digest    string   // sha256 of the body, in hex
	Task      string   // of dragoman's question: "translate/article"; "" for any other
	To        string   // the target language
	Keys      []string // of the sentences or names asked about
	Sentences []string // their texts
	Status    int      // of the HTTP answer
	Fault     string   // the fault that was put into the answer, or ""
	Streamed  bool
	Body      []byte // of the request
}

// NewServer makes a pseudo server that is not listening yet.
func NewServer(opt Options) *Server {
	s := &Server{opt: opt, mux: http.NewServeMux()}
	if opt.Slots > 0 {
		s.slots = make(chan struct{}, opt.Slots)
	}
	s.mux.HandleFunc("POST /v1/chat/completions", s.chat)
	s.mux.HandleFunc("GET /v1/models", s.models)
	s.mux.HandleFunc("GET /props", s.props)
	s.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"status": "ok"})
	})
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusNotFound, apiError("no such path: "+r.URL.Path, "not_found_error", 404))
	})
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Start listens on an address such as "127.0.0.1:0" and serves until Close.
func (s *Server) Start(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("starting the pseudo server: %w", err)
	}
	s.listener = l
	s.web = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go s.web.Serve(l) //nolint:errcheck // ends with ErrServerClosed
	return nil
}

// URL is the base URL for a client, with /v1; "" before Start.
func (s *Server) URL() string {
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String() + "/v1"
}

// Close stops listening and cuts what is open.
func (s *Server) Close() error {
	if s.web == nil {
		return nil
	}
	if err := s.web.Close(); err != nil {
		return fmt.Errorf("stopping the pseudo server: %w", err)
	}
	return nil
}

// Requests is the journal: every chat completion call, in order of arrival.
func (s *Server) Requests() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.journal...)
}

// Count is the number of chat completion calls.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.journal)
}

// Digests counts the calls by the digest of their body: the same bytes asked
// twice count two.
func (s *Server) Digests() map[string]int {
	out := map[string]int{}
	for _, r := range s.Requests() {
		out[r.Digest]++
	}
	return out
}

// MaxInFlight is the largest number of calls that were open at one time.
func (s *Server) MaxInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// Reset empties the journal and its counts. Faults stay as they are.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal, s.admitted, s.most = nil, nil, s.inFlight
}

// enter notes a call in the journal and returns its place there.
func (s *Server) enter(body []byte, q ask, streamed bool) int {
	sum := sha256.Sum256(body)
	seen := Seen{Digest: hex.EncodeToString(sum[:]), Task: q.task, To: q.to, Status: http.StatusOK, Streamed: streamed, Body: body}
	for _, list := range [][]pair{q.sentences, q.names} {
		for _, p := range list {
			seen.Keys = append(seen.Keys, p.key)
			seen.Sentences = append(seen.Sentences, text(p.value))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = append(s.journal, seen)
	s.inFlight++
	s.most = max(s.most, s.inFlight)
	return len(s.journal) - 1
}

// leave closes a call before its answer is written, so that a client that has
// the answer finds it in the journal. A journal emptied meanwhile has no place
// for it any more.
func (s *Server) leave(at int, r response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	if at < len(s.journal) {
		s.journal[at].Status, s.journal[at].Fault = r.status, r.fault
	}
}

// admit applies the limit of calls a minute: the wait until the next one is
// admitted, 0 for this one.
func (s *Server) admit() time.Duration {
	if s.opt.RPM <= 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.admitted) > 0 && now.Sub(s.admitted[0]) >= time.Minute {
		s.admitted = s.admitted[1:]
	}
	if len(s.admitted) >= s.opt.RPM {
		return time.Minute - now.Sub(s.admitted[0])
	}
	s.admitted = append(s.admitted, now)
	return 0
}

// work takes a slot and lets the latency pass; an error when the client left.
func (s *Server) work(ctx context.Context) (release func(), err error) {
	release = func() {}
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}:
			release = func() { <-s.slots }
		case <-ctx.Done():
			return release, ctx.Err()
		}
	}
	if s.opt.Latency > 0 {
		t := time.NewTimer(s.opt.Latency)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return release, ctx.Err()
		}
	}
	return release, nil
}

func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"object": "list",
		"data":   []any{map[string]any{"id": ModelName, "object": "model", "created": 0, "owned_by": "dragoman", "meta": map[string]any{"n_ctx_train": s.context()}}},
	})
}

// props answers as llama.cpp's server does, as far as dragoman asks.
func (s *Server) props(w http.ResponseWriter, _ *http.Request) {
	slots := s.opt.Slots
	if slots <= 0 {
		slots = defaultSlots
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"total_slots": slots, "model_path": ModelName, "model_alias": ModelName,
		"default_generation_settings": map[string]any{"n_ctx": s.context()},
		"build_info":                  "dragoman pseudo model",
	})
}

func (s *Server) context() int {
	if s.opt.ContextSize > 0 {
		return s.opt.ContextSize
	}
	return defaultContext
}

// apiError is an error body as OpenAI and llama.cpp write it.
func apiError(message, kind string, code any) map[string]any {
	return map[string]any{"error": map[string]any{"message": message, "type": kind, "code": code, "param": nil}}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client has gone: nobody to tell
}

// tokens is the pseudo model's count of tokens: four runes each.
func tokens(s string) int { return (utf8.RuneCountInString(s) + 3) / 4 }

func containsText(s, part string) bool { return bytes.Contains([]byte(s), []byte(part)) }

// readBody reads a request's body up to the limit.
func readBody(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	return b, nil
}
