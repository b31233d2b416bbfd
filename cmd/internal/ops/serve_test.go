package ops_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/cmd/internal/ops"
	"dragoman/pipeline"
)

// clock is one that is set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func serve(t *testing.T, ctx context.Context, h *ops.Health, m *ops.Metrics) *ops.Server {
	t.Helper()
	s, err := ops.Serve(ctx, "127.0.0.1:0", h, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// client is one without connections that stay.
func client() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

func get(t *testing.T, s *ops.Server, path string) (*http.Response, string) {
	t.Helper()
	resp, err := client().Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// lacks asks for a health and gives the reasons.
func lacks(t *testing.T, s *ops.Server, path string, status int) []ops.Lack {
	t.Helper()
	resp, body := get(t, s, path)
	var got struct {
		OK      bool
		Reasons []ops.Lack
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Errorf("%s: %q: %v", path, body, err)
	}
	if resp.StatusCode != status || got.OK != (status == 200) || got.Reasons == nil || got.OK != (len(got.Reasons) == 0) {
		t.Errorf("%s: %d %s, want %d", path, resp.StatusCode, body, status)
	}
	return got.Reasons
}

func TestServe(t *testing.T) {
	m := ops.NewMetrics("1.2.3", at, nil)
	s := serve(t, t.Context(), ops.NewHealth(at), m)
	resp, body := get(t, s, "/metrics")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" || !strings.Contains(body, `dragoman_build_info{version="1.2.3"`) {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, body)
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", resp.Header)
	}
	lacks(t, s, "/healthz", 200)
	lacks(t, s, "/readyz", 200)
	for path, status := range map[string]int{"/": 404, "/debug/pprof/": 404, "/metrics/": 404, "/metricsx": 404} {
		if resp, _ := get(t, s, path); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, status)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+"/metrics", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, resp.StatusCode)
		}
	}
}

func TestHealthWatchesLoops(t *testing.T) {
	c := &clock{t: noon}
	h := ops.NewHealth(c.now)
	s := serve(t, t.Context(), h, nil)
	scheduler, courier := h.Loop("scheduler", 5*time.Minute), h.Loop("courier", time.Minute)
	c.pass(time.Minute)
	lacks(t, s, "/healthz", 200)
	c.pass(time.Second)
	if got := lacks(t, s, "/healthz", 503); len(got) != 1 || got[0].What != "courier" || !strings.Contains(got[0].Reason, "1m0s") {
		t.Errorf("%v", got)
	}
	lacks(t, s, "/readyz", 200) // alive and ready are two things
	courier.Tick()
	lacks(t, s, "/healthz", 200)
	courier.End()
	c.pass(4 * time.Minute)
	if got := lacks(t, s, "/healthz", 503); len(got) != 1 || got[0].What != "scheduler" {
		t.Errorf("%v: a loop that has ended is not missed, one that hangs is", got)
	}
	scheduler.Tick()
	lacks(t, s, "/healthz", 200)
}

func TestReadyAsksWhatIsNeeded(t *testing.T) {
	c := &clock{t: noon}
	h := ops.NewHealth(c.now)
	var asked atomic.Int64
	var state, endpoint atomic.Pointer[error]
	give := func(p *atomic.Pointer[error]) error {
		if err := p.Load(); err != nil {
			return *err
		}
		return nil
	}
	h.Needs("state", "does not answer", func(context.Context) error { asked.Add(1); return give(&state) })
	h.Needs("endpoint", "is not configured", func(context.Context) error { return give(&endpoint) })
	s := serve(t, t.Context(), h, nil)
	lacks(t, s, "/readyz", 200)
	for range 20 {
		lacks(t, s, "/readyz", 200)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the state was asked %d times within a second", n)
	}
	err := errors.New("dial postgres://user:pa55word@db.internal: refused")
	state.Store(&err)
	endpoint.Store(&err)
	c.pass(time.Second)
	got := lacks(t, s, "/readyz", 503)
	if len(got) != 2 || got[0] != (ops.Lack{What: "state", Reason: "does not answer"}) || got[1] != (ops.Lack{What: "endpoint", Reason: "is not configured"}) {
		t.Errorf("%v", got)
	}
	lacks(t, s, "/healthz", 200)
	state.Store(nil)
	endpoint.Store(nil)
	c.pass(time.Second)
	lacks(t, s, "/readyz", 200)
}

func TestReadyDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := ops.NewHealth(time.Now)
		release := make(chan struct{})
		h.Needs("state", "does not answer", func(context.Context) error { <-release; return nil })
		h.Needs("endpoint", "is not configured", func(context.Context) error { return nil })
		began := time.Now()
		got := h.Lacks(t.Context())
		if len(got) != 1 || got[0].What != "state" || !strings.Contains(got[0].Reason, "2s") {
			t.Errorf("%v", got)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		close(release)
	})
}

func TestEndingIsNotReady(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := ops.NewHealth(at)
	s := serve(t, ctx, h, nil)
	cancel()
	for { // the context's end is told by a goroutine
		if resp, _ := get(t, s, "/readyz"); resp.StatusCode == 503 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	lacks(t, s, "/healthz", 200)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := net.DialTimeout("tcp", s.Addr(), time.Second); err == nil {
		t.Error("it still listens")
	}
}

func TestServeRefuses(t *testing.T) {
	s := serve(t, t.Context(), ops.NewHealth(at), nil)
	for addr, code := range map[string]pipeline.Code{
		"9090": pipeline.Invalid, "": pipeline.Invalid, "127.0.0.1:http-no": pipeline.Invalid, "127.0.0.1:99999": pipeline.Invalid,
		"http://127.0.0.1:9090": pipeline.Invalid, s.Addr(): pipeline.Unavailable, "192.0.2.1:9090": pipeline.Unavailable,
	} {
		got, err := ops.Serve(t.Context(), addr, ops.NewHealth(at), nil)
		if e, ok := errors.AsType[*pipeline.Error](err); !ok || e.Code != code || e.Hint == "" {
			t.Errorf("%q: %v, want class %s and a hint", addr, err, code)
		}
		if got != nil {
			t.Errorf("%q is served", addr)
		}
	}
}

func TestLoopbackByDefault(t *testing.T) {
	s, err := ops.Serve(t.Context(), ":0", ops.NewHealth(at), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if host, _, _ := net.SplitHostPort(s.Addr()); !net.ParseIP(host).IsLoopback() {
		t.Errorf("listens on %s", s.Addr())
	}
}

// TestIdleSockets holds 300 connections that say nothing or half: the oldest are
// closed, and whoever asks properly is answered at once.
func TestIdleSockets(t *testing.T) {
	s := serve(t, t.Context(), ops.NewHealth(at), nil)
	var first net.Conn
	for i := range 300 {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			fmt.Fprint(c, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		}
		if first == nil {
			first = c
		}
	}
	quick := client()
	quick.Timeout = 4 * time.Second // below the limit for headers: nobody had to time out
	resp, err := quick.Get("http://" + s.Addr() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := first.SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the oldest connection is still open: %v", err)
	}
}

func TestLongHeadersAreRefused(t *testing.T) {
	s := serve(t, t.Context(), ops.NewHealth(at), nil)
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		_, _ = fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("a", 1<<20))
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", resp.StatusCode)
	}
}
