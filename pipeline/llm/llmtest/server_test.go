package llmtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// post sends a chat completion request through a round tripper and returns the
// answer's status and body.
func post(t *testing.T, rt http.RoundTripper, url, body string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer any-key")
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

// body is a chat completion request with one user message.
func body(user string, extra string) string {
	return `{"model":"any-model","messages":[{"role":"system","content":"rules"},{"role":"user","content":` + string(raw(user)) + `}]` + extra + `}`
}

const translateAsk = `{"task": "translate/article", "to": "ru", "names": {"Karlov": "Карлов"}, "sentences": {"s1": "The attacker shot Karlov.", "s2": "He said no."}}`

// content is the answer's text out of a chat.completion object.
func content(t *testing.T, body string) string {
	t.Helper()
	var c struct {
		Model   string
		Choices []struct {
			Message struct{ Content string }
			Finish  string `json:"finish_reason"`
		}
		Usage struct {
			Total int `json:"total_tokens"`
		}
	}
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if len(c.Choices) != 1 || c.Choices[0].Finish != "stop" || c.Model != ModelName || c.Usage.Total == 0 {
		t.Fatalf("not a whole answer: %s", body)
	}
	return c.Choices[0].Message.Content
}

func TestPlainAndStreamedAreTheSameAnswer(t *testing.T) {
	s := NewServer(Options{ChunkRunes: 7})
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, rt := range map[string]http.RoundTripper{"socket": http.DefaultTransport, "in process": s.Transport()} {
		t.Run(name, func(t *testing.T) {
			_, whole, err := post(t, rt, s.URL(), body(translateAsk, ""))
			if err != nil {
				t.Fatal(err)
			}
			want := content(t, whole)
			resp, stream, err := post(t, rt, s.URL(), body(translateAsk, `,"stream":true,"stream_options":{"include_usage":true}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
				t.Errorf("content type %q", got)
			}
			got, finish, usage := readStream(t, stream)
			if got != want || finish != "stop" || !usage || !strings.HasSuffix(stream, "data: [DONE]\n\n") {
				t.Errorf("streamed %q, finish %q, usage %v; whole %q", got, finish, usage, want)
			}
		})
	}
	if n := s.Count(); n != 4 {
		t.Errorf("counted %d calls, want 4", n)
	}
	if n := len(s.Digests()); n != 2 {
		t.Errorf("%d different bodies, want 2", n)
	}
}

// readStream joins a stream's deltas.
func readStream(t *testing.T, stream string) (text, finish string, usage bool) {
	t.Helper()
	for _, event := range strings.Split(stream, "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		if !ok || data == "[DONE]" {
			continue
		}
		var c struct {
			Choices []struct {
				Delta  struct{ Content string }
				Finish string `json:"finish_reason"`
			}
			Usage *struct{}
		}
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			t.Fatalf("%v in %q", err, event)
		}
		usage = usage || c.Usage != nil
		for _, ch := range c.Choices {
			text += ch.Delta.Content
			finish += ch.Finish
		}
	}
	return text, finish, usage
}

func TestJournal(t *testing.T) {
	s := NewServer(Options{NoUsage: true})
	_, got, err := post(t, s.Transport(), "http://pseudo/v1", body(translateAsk, ""))
	if err != nil || strings.Contains(got, "usage") {
		t.Fatalf("%v, %s", err, got)
	}
	r := s.Requests()
	if len(r) != 1 {
		t.Fatalf("%d calls", len(r))
	}
	if r[0].Task != "translate/article" || r[0].To != "ru" || r[0].Status != 200 || len(r[0].Digest) != 64 {
		t.Errorf("journal: %+v", r[0])
	}
	if strings.Join(r[0].Sentences[:2], "|") != "The attacker shot Karlov.|He said no." || r[0].Keys[1] != "s2" {
		t.Errorf("sentences: %q %q", r[0].Keys, r[0].Sentences)
	}
	s.Reset()
	if s.Count() != 0 || s.MaxInFlight() != 0 {
		t.Error("reset left something")
	}
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{RPM: 2})
		ask := func() *http.Response {
			r, _, err := post(t, s.Transport(), "http://pseudo/v1", body(translateAsk, ""))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		for range 2 {
			if r := ask(); r.StatusCode != 200 {
				t.Fatalf("status %d", r.StatusCode)
			}
			time.Sleep(time.Second)
		}
		r := ask()
		if r.StatusCode != 429 || r.Header.Get("Retry-After") != "58" {
			t.Fatalf("status %d, Retry-After %q", r.StatusCode, r.Header.Get("Retry-After"))
		}
		time.Sleep(58 * time.Second)
		if r := ask(); r.StatusCode != 200 {
			t.Errorf("after the wait: status %d", r.StatusCode)
		}
	})
}

func TestSlotsAndLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{Slots: 2, Latency: 200 * time.Millisecond})
		start := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, _, err := post(t, s.Transport(), "http://pseudo/v1", body(translateAsk, "")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 600*time.Millisecond {
			t.Errorf("5 calls over 2 slots took %v", took)
		}
		if s.MaxInFlight() != 5 {
			t.Errorf("in flight %d", s.MaxInFlight())
		}
	})
}

func TestCancelledCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://pseudo/v1/chat/completions", strings.NewReader(body(translateAsk, "")))
		if _, err := s.Transport().RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if got := s.Requests()[0].Status; got != 499 {
			t.Errorf("journal says %d", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	format := `,"response_format":{"type":"json_schema","json_schema":{"name":"keyed","schema":{}}}`
	object := `,"response_format":{"type":"json_object"}`
	tests := []struct {
		name   string
		opt    Options
		body   string
		status int
		words  string
	}{
		{"longer than the context", Options{ContextSize: 20}, body(translateAsk, ""), 400, "exceeds the available context size (20 tokens)"},
		{"schema refused", Options{RefuseSchema: true}, body(translateAsk, format), 400, "response_format"},
		{"object still taken", Options{RefuseSchema: true}, body(translateAsk, object), 200, "choices"},
		{"object refused", Options{RefuseFormats: true}, body(translateAsk, object), 400, "response_format"},
		{"not JSON", Options{}, "{", 400, "invalid JSON"},
		{"answer longer than allowed", Options{}, body(translateAsk, `,"max_tokens":3`), 200, `"finish_reason":"length"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewServer(tt.opt)
			r, got, err := post(t, s.Transport(), "http://pseudo/v1", tt.body)
			if err != nil || r.StatusCode != tt.status || !strings.Contains(got, tt.words) {
				t.Errorf("%v, status %d: %s", err, r.StatusCode, got)
			}
			if s.Count() != 1 || s.Requests()[0].Status != tt.status {
				t.Errorf("journal: %+v", s.Requests())
			}
		})
	}
}

func TestProbes(t *testing.T) {
	s := NewServer(Options{Slots: 3, ContextSize: 4096})
	for path, words := range map[string]string{
		"/health":    `"ok"`,
		"/props":     `"total_slots":3`,
		"/v1/models": `"id":"pseudo"`,
		"/nothing":   `"error"`,
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://pseudo"+path, nil)
		r, err := s.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		if !bytes.Contains(b, []byte(words)) {
			t.Errorf("%s: %s", path, b)
		}
	}
	if s.Count() != 0 {
		t.Error("probes are counted as calls")
	}
}

func TestStrangerGetsWhatItsSchemaAsksFor(t *testing.T) {
	schema := `{"type":"object","properties":{"zq7":{"type":"integer","minimum":3},"kind":{"enum":["x","y"]},"list":{"type":"array","minItems":1,"items":{"type":"string"}},"maybe":{"type":["boolean","null"]},"one":{"anyOf":[{"const":"c"}]}},"required":["zq7","kind","list","maybe","one"],"additionalProperties":false}`
	tests := []struct{ extra, want string }{
		{`,"response_format":{"type":"json_schema","json_schema":{"name":"probe","schema":` + schema + `}}`, `{"kind":"x","list":["a"],"maybe":true,"one":"c","zq7":3}`},
		{`,"response_format":{"type":"json_object"}`, `{}`},
		{``, `This is the pseudo model. It was asked: Say hello.`},
	}
	for _, tt := range tests {
		_, got, err := post(t, NewServer(Options{}).Transport(), "http://pseudo/v1", body("Say hello.", tt.extra))
		if err != nil {
			t.Fatal(err)
		}
		if got := content(t, got); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
