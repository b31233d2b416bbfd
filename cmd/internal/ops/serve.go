package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"dragoman/pipeline"
)

// Server serves /metrics, /healthz and /readyz of one process, to be read only.
type Server struct {
	listener net.Listener
	http     *http.Server
	ended    chan struct{} // closed when it serves no more
	err      error         // why, once ended is closed
}

// What a client may take. Every connection serves one request, so that none is
// held for longer than these.
const (
	headerTime     = 5 * time.Second
	readTime       = 10 * time.Second
	writeTime      = 15 * time.Second
	closeTime      = 3 * time.Second
	maxHeader      = 16 << 10
	maxConnections = 100
)

// Serve listens on an address, such as "127.0.0.1:9090" or ":9090", which is
// loopback too ("0.0.0.0:9090" is every interface), and serves until Close.
// Once ctx ends, /readyz says so; /healthz goes on.
func Serve(ctx context.Context, addr string, h *Health, m *Metrics) (*Server, error) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		if host == "" {
			host = "127.0.0.1"
		}
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Err: fmt.Errorf("listening on %q: not an address and a port", addr),
			Hint: "write it as 127.0.0.1:9090, or 0.0.0.0:9090 for every interface",
		}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Unavailable, Err: fmt.Errorf("listening for metrics and health: %w", err),
			Hint: "choose another port, or none",
		}
	}
	s := &Server{listener: l, ended: make(chan struct{}), http: &http.Server{
		Handler:           handlers(h, m),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		MaxHeaderBytes:    maxHeader,
		ConnState:         new(crowd).change,
		ErrorLog:          log.New(io.Discard, "", 0), // what a client does wrong is its own affair
	}}
	s.http.SetKeepAlivesEnabled(false)
	context.AfterFunc(ctx, h.Ending)
	go func() {
		defer close(s.ended)
		s.err = s.http.Serve(l)
	}()
	return s, nil
}

// crowd closes the oldest connection where there are too many: whoever asks
// properly is answered in a moment, and is never the oldest for long.
type crowd struct {
	mu    sync.Mutex
	conns []net.Conn // by age
}

func (c *crowd) change(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s {
	case http.StateNew:
		c.conns = append(c.conns, conn)
		if len(c.conns) > maxConnections {
			oldest := c.conns[0]
			c.conns = slices.Delete(c.conns, 0, 1)
			_ = oldest.Close() // it has no say
		}
	case http.StateClosed, http.StateHijacked:
		if i := slices.Index(c.conns, conn); i >= 0 {
			c.conns = slices.Delete(c.conns, i, i+1)
		}
	}
}

// Addr is where it listens, host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends it; requests under way have 3 seconds. Closing twice does no harm.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if <-s.ended; !errors.Is(s.err, http.ErrServerClosed) {
		err = errors.Join(err, s.err)
	}
	if err != nil {
		return fmt.Errorf("ending the server of metrics: %w", err)
	}
	return nil
}

func handlers(h *Health, m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		head(w, contentType, http.StatusOK)
		_ = m.Write(w) // a client that went away
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.Hung()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, h.Lacks(r.Context())) })
	return mux
}

// answer says ok, or with status 503 what is missing.
func answer(w http.ResponseWriter, lacks []Lack) {
	status := http.StatusOK
	if len(lacks) > 0 {
		status = http.StatusServiceUnavailable
	}
	head(w, "application/json", status)
	_ = json.NewEncoder(w).Encode(struct { // a client that went away
		OK      bool   `json:"ok"`
		Reasons []Lack `json:"reasons"`
	}{len(lacks) == 0, lacks})
}

func head(w http.ResponseWriter, contentType string, status int) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
}
