package wire_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// slow is a network that answers after a day, and says that it is a batch.
type slow struct {
	after    time.Duration
	now, top atomic.Int64
}

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	s.top.Store(max(s.top.Load(), s.now.Add(1)))
	defer s.now.Add(-1)
	select {
	case <-time.After(s.after):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{llm.TransportHeader: {llm.TransportBatch}},
		Body: io.NopCloser(strings.NewReader(completion(hello, "stop"))),
	}, nil
}

func TestAPatientWireWaitsForHours(t *testing.T) {
	tests := map[string]struct {
		patient bool
		after   time.Duration
		ok      bool
		top     int64
	}{
		"patient":           {true, 26 * time.Hour, true, 50},
		"patient, not mad":  {true, 200 * time.Hour, false, 50},
		"as ever":           {false, 26 * time.Hour, false, 4},
		"as ever, in time":  {false, time.Second, true, 4},
		"patient, and soon": {true, time.Second, true, 50},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := &slow{after: c.after}
				w := wire.New(wire.Config{Network: network, Patient: c.patient, Attempts: 1})
				client, err := openai.New(openai.Config{BaseURL: "http://model.invalid/v1", Model: "m", HTTP: w})
				if err != nil {
					t.Fatal(err)
				}
				var wg sync.WaitGroup
				for i := range 50 {
					wg.Go(func() {
						q := question()
						q.Attempt, q.MaxTokens = 0, 200+i
						_, err := client.Complete(context.Background(), q)
						if (err == nil) != c.ok || !c.ok && pipeline.CodeOf(err) != pipeline.Unavailable {
							t.Errorf("error %v", err)
						}
					})
				}
				wg.Wait()
				if top := network.top.Load(); top != c.top {
					t.Errorf("%d at once, want %d", top, c.top)
				}
			})
		})
	}
}

// How an answer came is known while it is priced, and when it is stored.
func TestTheTransportIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := wire.New(wire.Config{Network: &slow{}, Patient: true})
		for _, stored := range []bool{false, true} {
			call := &llm.Call{Request: question()}
			req, err := http.NewRequestWithContext(llm.WithCall(context.Background(), call), http.MethodPost, "http://model.invalid/v1/chat/completions", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := w.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if call.Transport != llm.TransportBatch || call.Stored != stored {
				t.Errorf("transport %q, stored %v", call.Transport, call.Stored)
			}
		}
	})
}
