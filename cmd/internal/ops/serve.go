package ops

import (
	"context"
	"time"
)

// Health says whether a process works. It is shared by its loops.
type Health struct{}

// NewHealth makes a health without loops and conditions.
func NewHealth(now func() time.Time) *Health { return &Health{} }

// Loop is something that must go on: it ticks.
type Loop struct{}

// Loop begins a loop that ticks at least once within so long.
func (h *Health) Loop(name string, within time.Duration) *Loop { return &Loop{} }

// Tick says that the loop goes on.
func (l *Loop) Tick() {}

// End says that the loop has ended as it should.
func (l *Loop) End() {}

// Needs adds what must answer before the process is ready, such as "state" and
// "endpoint". The error of check is not shown, only that there is one.
func (h *Health) Needs(what string, check func(ctx context.Context) error) {}

// Server serves /metrics, /healthz and /readyz.
type Server struct{}

// Serve listens on an address, such as "127.0.0.1:9090" or ":9090" (which is
// loopback too; "0.0.0.0:9090" is every interface), and serves until Close.
func Serve(ctx context.Context, addr string, h *Health, m *Metrics) (*Server, error) {
	return &Server{}, nil
}

// Addr is where it listens.
func (s *Server) Addr() string { return "" }

// Close ends it; requests under way have a few seconds.
func (s *Server) Close() error { return nil }
