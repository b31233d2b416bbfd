package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
)

// slow is a network that answers after a while, or when nobody waits any more.
type slow struct{ takes time.Duration }

func (s slow) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case <-time.After(s.takes):
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("answer")), Request: req}, nil
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
}

// call sends one request and reads its body.
func (p *patience) call(t *testing.T, takes time.Duration) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(p.calls, http.MethodPost, "http://model.test/v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.network(slow{takes}).RoundTrip(req)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(resp.Body)
	return string(b), errors.Join(err, resp.Body.Close(), resp.Body.Close())
}

func TestCallsInFlightAreHeardOut(t *testing.T) {
	for name, test := range map[string]struct {
		takes time.Duration
		heard bool
		ends  time.Duration // after the signal
	}{
		"within the grace": {10 * time.Second, true, 9*time.Second + settleTime},
		"beyond it":        {time.Minute, false, 30*time.Second + settleTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				said := ""
				p := hearOut(ctx, graceTime, func(s string) { said = s })
				defer p.close()
				start := time.Now()
				time.AfterFunc(time.Second, func() { cancel(&interrupted{os.Interrupt}) })
				answer, err := p.call(t, test.takes)
				if heard := err == nil && answer == "answer"; heard != test.heard {
					t.Errorf("got %q, %v", answer, err)
				}
				if !strings.HasPrefix(said, "stopping: 1 call in flight") {
					t.Errorf("said %q", said)
				}
				if _, err := p.call(t, time.Second); !errors.Is(err, context.Canceled) || pipeline.CodeOf(err) == "" {
					t.Errorf("a call after the signal: %v", err)
				}
				<-p.calls.Done()
				if took := time.Since(start) - time.Second; took > test.ends {
					t.Errorf("ended after %s, want %s", took, test.ends)
				}
				if stopped(p.calls) == nil {
					t.Error("the cause is lost")
				}
			})
		})
	}
}

// Nothing in flight, nothing to wait for: what waits for its turn is cancelled
// at once.
func TestNothingInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		p := hearOut(ctx, graceTime, func(s string) { t.Errorf("said %q", s) })
		defer p.close()
		if _, err := p.call(t, time.Second); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		cancel(&interrupted{os.Interrupt})
		<-p.calls.Done()
		if took := time.Since(start); took > settleTime {
			t.Errorf("waited %s", took)
		}
	})
}

// A run that ends by itself leaves nothing behind.
func TestPatienceIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := hearOut(context.Background(), graceTime, func(string) {})
		if _, err := p.call(t, 0); err != nil {
			t.Fatal(err)
		}
		p.close()
		if p.calls.Err() == nil {
			t.Error("the context lives on")
		}
	})
}
