package llmtest

import (
	"bytes"
	"context"
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
	PerSecond     int           // calls admitted in any one second, at the door; 0 for no limit. More are answered with 429, and every answer has x-ratelimit headers
	Slots         int           // calls worked on at once, the others wait; 0 for no limit (and 4 in /props)
	ChunkRunes    int           // length of a streamed chunk; 0 for 96
	PrefixCache   bool          // say how many tokens of the question an earlier one began with, as a provider's prompt cache does
	Quiet         bool          // the journal keeps figures alone and no bodies: see Tally
	NoUsage       bool          // never say how many tokens were used
	RefuseSchema  bool          // answer 400 to a response_format of type json_schema
	RefuseFormats bool          // answer 400 to every response_format
	Batch         Batches       // how the Batch API behaves
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
	journal  journal
	admitted []time.Time     // the calls of the last minute, under RPM
	second   []time.Time     // the calls of the last second, under PerSecond
	prefixes map[uint64]bool // of the questions that came, under PrefixCache
	faults   []*armed
	store    store

	listener net.Listener
	web      *http.Server
}

// NewServer makes a pseudo server that is not listening yet.
func NewServer(opt Options) *Server {
	s := &Server{opt: opt, mux: http.NewServeMux(), prefixes: map[uint64]bool{}}
	s.journal.quiet = opt.Quiet
	s.journal.empty()
	if opt.Slots > 0 {
		s.slots = make(chan struct{}, opt.Slots)
	}
	s.mux.HandleFunc("POST /v1/chat/completions", s.chat)
	s.batchRoutes()
	s.mux.HandleFunc("GET /v1/models", s.models)
	s.mux.HandleFunc("GET /props", s.props)
	s.mux.HandleFunc("GET /journal", s.showJournal)
	s.mux.HandleFunc("DELETE /journal", s.emptyJournal)
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
