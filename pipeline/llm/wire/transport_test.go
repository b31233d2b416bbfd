package wire_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// dialer is a network whose connections fail in some way.
func dialer(dial func(ctx context.Context, n int) (net.Conn, error)) (*http.Transport, *int) {
	var mu sync.Mutex
	n := 0
	t := wire.Network().(*http.Transport)
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		mu.Lock()
		n++
		k := n
		mu.Unlock()
		return dial(ctx, k)
	}
	return t, &n
}

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &syscallError{syscall.ECONNREFUSED}}
}

type syscallError struct{ err error }

func (e *syscallError) Error() string { return "connect: " + e.err.Error() }
func (e *syscallError) Unwrap() error { return e.err }

// Attempts that bring no reply: their class, their number, and what they are
// taken to have cost.
func TestNoReply(t *testing.T) {
	raw := func(answer string) func(ctx context.Context, n int) (net.Conn, error) {
		return func(context.Context, int) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				http.ReadRequest(bufio.NewReader(server)) //nolint:errcheck // whatever came
				io.WriteString(server, answer)            //nolint:errcheck // the client may have gone
			}()
			return client, nil
		}
	}
	tests := []struct {
		name  string
		dial  func(ctx context.Context, n int) (net.Conn, error)
		dials int
		paid  bool
		says  string
	}{
		{"no such host", func(context.Context, int) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}, 4, false, "no such host"},
		{"refused", func(context.Context, int) (net.Conn, error) { return nil, refused() }, 4, false, "refused"},
		{"blackhole", func(ctx context.Context, _ int) (net.Conn, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(5 * time.Second):
				return nil, &net.OpError{Op: "dial", Err: errors.New("i/o timeout")}
			}
		}, 4, false, "timeout"},
		{"closed before any byte", raw(""), 4, true, "EOF"},
		{"garbage", raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"), 4, true, "malformed"},
		{"two content lengths", raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello"), 4, true, "Content-Length"},
		{"huge headers", raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 600<<10) + "\r\n\r\n"), 4, true, "header"},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			transport, dials := dialer(tt.dial)
			c, w := client(t, wire.Config{Network: transport})
			_, err := c.Complete(context.Background(), question())
			transport.CloseIdleConnections()
			if pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			f, ok := errors.AsType[*wire.Failure](err)
			if !ok || f.MaybePaid != tt.paid || f.Attempts != tt.dials || *dials != tt.dials {
				t.Errorf("%+v after %d dials, want %d, paid %v", f, *dials, tt.dials, tt.paid)
			}
			if unknown := w.Spent().Unknown; (unknown > 0) != tt.paid {
				t.Errorf("%d attempts may have been paid", unknown)
			}
		})
	}
}

// A server that comes up while we retry is used.
func TestServerComesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, good := start(t, good)
		transport, _ := dialer(func(ctx context.Context, n int) (net.Conn, error) {
			if n < 3 {
				return nil, refused()
			}
			return good.DialContext(ctx, "tcp", host)
		})
		c, _ := client(t, wire.Config{Network: transport})
		resp, err := c.Complete(context.Background(), question())
		transport.CloseIdleConnections()
		if err != nil || resp.Text != hello || s.count() != 1 {
			t.Errorf("%+v, %v, %d requests", resp, err, s.count())
		}
	})
}

// A kept-alive connection that the server closes when it has read the next
// request is our retry, never a hidden one of net/http: the server counts as
// many requests as we do.
func TestNoHiddenResend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 2 {
				abort(w, "")
				return
			}
			good(w, r, n)
		})
		ledger := llm.NewMemory()
		c, w := client(t, wire.Config{Network: transport, Ledger: ledger})
		for i := range 2 {
			req := question()
			req.MaxTokens += i
			if _, err := c.Complete(context.Background(), req); err != nil {
				t.Fatal(err)
			}
		}
		if s.count() != 3 || w.Spent().Calls != 3 {
			t.Errorf("the server saw %d requests, we count %d", s.count(), w.Spent().Calls)
		}
	})
}

// A stream that was read to its end leaves the connection usable, and nothing
// broken in the ledger; one that the server leaves open costs a second.
func TestConnectionIsKept(t *testing.T) {
	tests := []struct {
		name  string
		after func(w http.ResponseWriter, r *http.Request)
		dials int
		took  time.Duration
	}{
		{"ends", func(http.ResponseWriter, *http.Request) {}, 1, 0},
		{"stays open", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, 4, 4 * time.Second},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			_, served := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				stream(w, helloStream())
				tt.after(w, r)
			})
			transport, dials := dialer(func(ctx context.Context, _ int) (net.Conn, error) { return served.DialContext(ctx, "tcp", host) })
			ledger := llm.NewMemory()
			c, _ := client(t, wire.Config{Network: transport, Ledger: ledger})
			begin := time.Now()
			for i := range 4 {
				req := question()
				req.MaxTokens += i
				if resp, err := c.Complete(context.Background(), req); err != nil || resp.Text != hello {
					t.Fatal(resp, err)
				}
			}
			if took := time.Since(begin); *dials != tt.dials || took != tt.took {
				t.Errorf("%d connections, %s", *dials, took)
			}
			for x, err := range ledger.All(context.Background()) {
				if broken := x.Reply.Broken != ""; err != nil || broken != (tt.dials > 1) {
					t.Errorf("stored as broken: %q", x.Reply.Broken)
				}
			}
			transport.CloseIdleConnections()
		})
	}
}

// When nothing listens any more, it is tried eight times, and further requests
// find that out without a connection.
func TestManyRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport, dials := dialer(func(context.Context, int) (net.Conn, error) { return nil, refused() })
		c, _ := client(t, wire.Config{Network: transport})
		const requests = 300
		for i := range requests {
			req := question()
			req.MaxTokens += i
			if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != pipeline.Unavailable {
				t.Fatal(err)
			}
		}
		if *dials != 8 {
			t.Errorf("%d dials for %d requests", *dials, requests)
		}
	})
}

// A certificate that is not accepted ends it at once: another attempt would
// not mend it.
func TestCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { good(w, r, 1) }))
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	plainServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { good(w, r, 1) }))
	defer plainServer.Close()
	tests := []struct {
		name, base string
		trust      *tls.Config
		ok         bool
	}{
		{"unknown authority", s.URL, nil, false},
		{"trusted", s.URL, s.Client().Transport.(*http.Transport).TLSClientConfig, true},
		{"https to an http port", strings.Replace(plainServer.URL, "http:", "https:", 1), nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := wire.Network().(*http.Transport)
			transport.TLSClientConfig = tt.trust
			transport.ForceAttemptHTTP2 = false
			defer transport.CloseIdleConnections()
			w := wire.New(wire.Config{Network: transport, Concurrency: 1})
			c, err := openai.New(openai.Config{BaseURL: tt.base + "/v1", HTTP: w})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Complete(context.Background(), question())
			if (err == nil) != tt.ok || w.Spent().Calls != 1 {
				t.Errorf("%v after %d attempts", err, w.Spent().Calls)
			}
			if e, ok := errors.AsType[*pipeline.Error](err); !tt.ok && (!ok || !strings.Contains(e.Hint, "certificate")) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// On this machine llama.cpp is asked once for its slots; other servers, and
// servers elsewhere, get the default.
func TestSlots(t *testing.T) {
	tests := []struct {
		name, base, props string
		asked, most       int
	}{
		{"llama.cpp", "http://127.0.0.1:8080", `{"total_slots":2}`, 1, 2},
		{"another server", "http://localhost:11434", "", 1, 4},
		{"nonsense", "http://[::1]:1", `{"total_slots":-7}`, 1, 4},
		{"elsewhere", "http://192.0.2.7", `{"total_slots":2}`, 0, 4},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			var mu sync.Mutex
			asked, running, most := 0, 0, 0
			network := transportFunc(func(req *http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				if req.Method == http.MethodGet {
					asked++
					if req.URL.Path != "/props" || req.Header.Get("Authorization") != "" {
						t.Errorf("asked %s with %v", req.URL, req.Header)
					}
					return respond(200, tt.props), nil
				}
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				running--
				return respond(200, completion(hello, "stop")), nil
			})
			c, err := openai.New(openai.Config{BaseURL: tt.base + "/v1", HTTP: wire.New(wire.Config{Network: network})})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for i := range 12 {
				wg.Go(func() {
					req := question()
					req.MaxTokens += i
					if _, err := c.Complete(context.Background(), req); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if asked != tt.asked || most != tt.most {
				t.Errorf("asked %d times, %d at once; want %d, %d", asked, most, tt.asked, tt.most)
			}
		})
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// Ten thousand comments before the answer keep the call alive, in flat memory.
func TestManyComments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Type", "text/event-stream")
			for range 100 {
				io.WriteString(w, strings.Repeat(": wait\n\n", 100)) //nolint:errcheck // the client may have gone
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Second)
			}
			io.WriteString(w, helloStream()) //nolint:errcheck // the client may have gone
		})
		c, _ := client(t, wire.Config{Network: transport})
		resp, err := c.Complete(context.Background(), question())
		if err != nil || resp.Text != hello || resp.Duration != 500*time.Second {
			t.Errorf("%+v, %v", resp, err)
		}
	})
}

// A character that is split over chunks and segments comes out whole.
func TestSplitCharacters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := "Чавушоглу — Çavuşoğlu 🕊"
		body := piece(want) + finish("stop") + done
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range len(body) {
				io.WriteString(w, body[i:i+1]) //nolint:errcheck // the client may have gone
				w.(http.Flusher).Flush()
			}
		})
		c, _ := client(t, wire.Config{Network: transport})
		resp, err := c.Complete(context.Background(), question())
		if err != nil || resp.Text != want {
			t.Errorf("%+v, %v", resp, err)
		}
	})
}

// A stream that was stopped because it looped is stored, and found again.
func TestLoopIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{}, 1)
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Type", "text/event-stream")
			for i := 0; r.Context().Err() == nil; i++ {
				if _, err := io.WriteString(w, piece("ve bu ")); err != nil || i > 100_000 {
					break
				}
				w.(http.Flusher).Flush()
			}
			gone <- struct{}{}
		})
		ledger := llm.NewMemory()
		for i := range 2 {
			c, _ := client(t, wire.Config{Network: transport, Ledger: ledger})
			req := question()
			req.MaxTokens = 100_000
			resp, err := c.Complete(context.Background(), req)
			if pipeline.CodeOf(err) != pipeline.Truncated || resp.Finish != llm.Loop || len(resp.Text) > 700 || resp.Stored != (i == 1) {
				t.Errorf("%d: %d bytes, %+v, %v", i, len(resp.Text), resp.Finish, err)
			}
		}
		<-gone
		if s.count() != 1 {
			t.Errorf("%d requests", s.count())
		}
	})
}

func ExampleWire_Spent() {
	w := wire.New(wire.Config{
		Network: transportFunc(func(*http.Request) (*http.Response, error) { return respond(200, completion(hello, "stop")), nil }),
		Prices:  llm.Prices{"m-1": {Currency: "USD", Input: 1_000_000, Output: 2_000_000}},
		Instant: true,
	})
	client, err := openai.New(openai.Config{BaseURL: "http://model.test/v1", HTTP: w})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Complete(context.Background(), question())
	s := w.Spent()
	fmt.Println(s.Calls, s.Usage.InputTokens, s.Usage.OutputTokens, s.Cost.Micros, err)
	// Output: 1 9 3 15 <nil>
}
