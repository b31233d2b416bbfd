package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// network is a network in memory, so that tests run on the synthetic clock:
// dialling any address reaches the one server, which notes who was asked.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network { return &network{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.conns <- server:
		return client, nil
	case <-n.closed:
		return nil, errors.New("the network is down")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{} }

// server is a fault server: it counts what it sees.
type server struct {
	mu       sync.Mutex
	requests int      // chat completions asked for
	bodies   []string // of those
	headers  []http.Header
	strays   []string // other requests, and those that reached another host
	serve    func(w http.ResponseWriter, r *http.Request, n int)
}

const host = "model.test"

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	if r.Host != host || r.Method != http.MethodPost {
		s.strays = append(s.strays, r.Method+" "+r.Host+r.URL.Path)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.requests++
	n := s.requests
	s.bodies = append(s.bodies, string(b))
	s.headers = append(s.headers, r.Header.Clone())
	s.mu.Unlock()
	if !strings.Contains(string(b), `"stream":true`) {
		r.Header.Set("X-Test", "plain")
	}
	s.serve(w, r, n)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// start serves on a network in memory until the test ends, and gives the
// transport that reaches it.
func start(t *testing.T, serve func(w http.ResponseWriter, r *http.Request, n int)) (*server, *http.Transport) {
	t.Helper()
	n := newNetwork()
	s := &server{serve: serve}
	h := &http.Server{Handler: s, ErrorLog: nil}
	go h.Serve(n) //nolint:errcheck // it ends when the test closes it
	transport := wire.Network().(*http.Transport)
	transport.DialContext = n.dial
	transport.Proxy = nil
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		h.Close()
		n.Close()
	})
	return s, transport
}

// client is an openai client over a wire with the given settings.
func client(t *testing.T, cfg wire.Config) (*openai.Client, *wire.Wire) {
	t.Helper()
	if cfg.Jitter == nil {
		cfg.Jitter = func() float64 { return 0.5 }
	}
	w := wire.New(cfg)
	c, err := openai.New(openai.Config{
		BaseURL: "http://" + host + "/v1", APIKey: llm.NewSecret(canary), HTTP: w, Profile: cfg.Profile,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

// canary is the key of the tests: it must turn up nowhere but in the header.
const canary = "sk-canary-0123456789abcdef"

const hello = "Hello world"

// question is the request of most tests.
func question() *llm.Request {
	return &llm.Request{
		Stage: "translate", Lang: "ru", Prompt: "translate/article@1", Model: "m", MaxTokens: 200,
		Messages: []llm.Message{{Role: "system", Content: "Rules."}, {Role: "user", Content: `{"sentences":{"s1":"Hello"}}`}},
	}
}

// completion is a plain reply.
func completion(text, finish string) string {
	quoted, _ := json.Marshal(text)
	end := `"` + finish + `"`
	if finish == "" {
		end = "null"
	}
	return fmt.Sprintf(`{"id":"c1","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":%s}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`, quoted, end)
}

// piece is one event of a stream.
func piece(text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf("data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%s},\"finish_reason\":null}]}\n\n", quoted)
}

func finish(reason string) string {
	return fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\n", reason)
}

const (
	tokens = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n"
	done   = "data: [DONE]\n\n"
)

// helloStream is a whole stream.
func helloStream() string {
	return piece("Hello") + piece(" world") + finish("stop") + tokens + done
}

// stream answers with server-sent events.
func stream(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, body) //nolint:errcheck // the client may have gone
}

// plain answers with JSON.
func plain(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, body) //nolint:errcheck // the client may have gone
}

// abort writes raw bytes to the connection and closes it.
func abort(w http.ResponseWriter, raw string) {
	c, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	rw.WriteString(raw) //nolint:errcheck // the client may have gone
	rw.Flush()          //nolint:errcheck // the client may have gone
	c.Close()
}

// chunked is the head of a stream whose body follows in chunks.
const chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

func chunk(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }

// stall writes what there is, and then nothing until the client goes.
func stall(w http.ResponseWriter, r *http.Request, body string) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	io.WriteString(w, body) //nolint:errcheck // the client may have gone
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// apiError is an error body of the usual shape.
func apiError(w http.ResponseWriter, status int, code, message string, header ...string) {
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"message":%q,"type":%q,"code":%q}}`, message, code, code)
}

// once fails the first request and answers the others.
func once(fail func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request, int) {
	return times(1, fail)
}

func times(k int, fail func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if n <= k {
			fail(w, r)
			return
		}
		good(w, r, n)
	}
}

// good answers as the request asks: streamed or plain.
func good(w http.ResponseWriter, r *http.Request, _ int) {
	if r.Header.Get("X-Test") == "plain" {
		plain(w, completion(hello, "stop"))
		return
	}
	stream(w, helloStream())
}

// always answers every request in one way.
func always(f func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) { f(w, r) }
}
