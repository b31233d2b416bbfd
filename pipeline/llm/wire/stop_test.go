package wire_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

var errSignal = errors.New("interrupted by a signal")

// A run that is stopped for a reason of its own is stopped: in flight, while
// it waits for its place, and while it waits to try again, no error looks like
// the model's answer.
func TestStoppedWithACause(t *testing.T) {
	tests := []struct {
		name  string
		serve func(w http.ResponseWriter, r *http.Request, n int)
	}{
		{"no byte yet", func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }},
		{"in the answer", func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, piece("Hel")) }},
		{"between attempts", always(refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "60"))},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			_, transport := start(t, tt.serve)
			c, _ := client(t, wire.Config{Network: transport})
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(3*time.Second, func() { cancel(errSignal) })
			resp, err := c.Complete(ctx, question())
			if resp != nil || !errors.Is(err, context.Canceled) || !errors.Is(err, errSignal) || pipeline.CodeOf(err) != "" {
				t.Errorf("%+v, %q: %v", resp, pipeline.CodeOf(err), err)
			}
		})
	}
}

// A deadline of the run is no time limit of a call.
func TestDeadlineWithACause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
		c, _ := client(t, wire.Config{Network: transport})
		ctx, cancel := context.WithTimeoutCause(context.Background(), 3*time.Second, errSignal)
		defer cancel()
		_, err := c.Complete(ctx, question())
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errSignal) || pipeline.CodeOf(err) != "" {
			t.Errorf("%q: %v", pipeline.CodeOf(err), err)
		}
	})
}
