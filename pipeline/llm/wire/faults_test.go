package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// fault is one row of the fifty: what the server does, how many requests it
// must have seen in the end, and the class of the error, or "" for the right
// text.
type fault struct {
	name     string
	requests int
	code     pipeline.Code
	serve    func(w http.ResponseWriter, r *http.Request, n int)
}

type handler = func(w http.ResponseWriter, r *http.Request)

func text(status int, kind, body string) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // the client may have gone
	}
}

func jsonReply(body string) handler { return text(200, "application/json", body) }

func sse(body string) handler { return text(200, "text/event-stream", body) }

func refuse(status int, code, message string, header ...string) handler {
	return func(w http.ResponseWriter, r *http.Request) { apiError(w, status, code, message, header...) }
}

func cutOff(raw string) handler {
	return func(w http.ResponseWriter, r *http.Request) { abort(w, raw) }
}

const loginPage = "<!DOCTYPE html><html><body>Please log in</body></html>"

// plainFaults are the faults of a call that is not streamed.
func plainFaults() []fault {
	whole := completion(hello, "stop")
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(whole))
	// On the synthetic clock the date of a reply is exact.
	date := func(w http.ResponseWriter, r *http.Request) {
		at := time.Now().UTC()
		apiError(w, 429, "rate_limit_exceeded", "slow", "Date", at.Format(http.TimeFormat), "Retry-After", at.Add(2*time.Second).Format(http.TimeFormat))
	}
	return []fault{
		{"ok", 1, "", always(jsonReply(whole))},
		{"429 once, Retry-After 1", 2, "", once(refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "1"))},
		{"429 until 12 s, Retry-After 12", 2, "", until(12*time.Second, refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "12"))},
		{"429, Retry-After as a date", 2, "", once(date)},
		{"429 insufficient_quota", 1, pipeline.Quota, always(refuse(429, "insufficient_quota", "no money", "Retry-After", "1"))},
		{"503 HTML twice", 3, "", times(2, text(503, "text/html", loginPage))},
		{"529 once", 2, "", once(refuse(529, "overloaded", "busy"))},
		{"400 context_length_exceeded", 1, pipeline.TooLong, always(refuse(400, "context_length_exceeded", "maximum context length is 8192 tokens, you sent 9001"))},
		{"401", 1, pipeline.Auth, always(refuse(401, "invalid_api_key", "bad key"))},
		{"200 with an error", 4, pipeline.Unavailable, always(jsonReply(`{"error":{"message":"upstream failed","code":502}}`))},
		{"200 {}", 4, pipeline.BadOutput, always(jsonReply(`{}`))},
		{"choices []", 4, pipeline.BadOutput, always(jsonReply(`{"choices":[]}`))},
		{"content null and a refusal", 1, pipeline.Refused, always(jsonReply(`{"choices":[{"index":0,"message":{"content":null,"refusal":"I can't."},"finish_reason":"stop"}]}`))},
		{"content empty, finish stop", 4, pipeline.BadOutput, always(jsonReply(completion("", "stop")))},
		{"finish length", 1, pipeline.Truncated, always(jsonReply(completion("Hello", "length")))},
		{"finish content_filter", 1, pipeline.Refused, always(jsonReply(completion("Hello", "content_filter")))},
		{"finish null, half text", 4, pipeline.Truncated, always(jsonReply(completion("Hello", "")))},
		{"connection reset once", 2, "", once(cutOff(""))},
		{"body cut once", 2, "", once(cutOff(head + whole[:60]))},
		{"200 HTML login page", 4, pipeline.BadOutput, always(text(200, "text/html", loginPage))},
		{"broken JSON once", 2, "", once(jsonReply(`{"choices":[{"index":0,"message":{"content":"Hel`))},
		{"408 once", 2, "", once(refuse(408, "timeout", "late"))},
		{"500 with x-should-retry false", 1, pipeline.Unavailable, always(refuse(500, "server_error", "no", "X-Should-Retry", "false"))},
		{"headers, then nothing", 4, pipeline.Unavailable, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, "") }},
		{"307 to another host", 1, pipeline.Unavailable, always(redirect("http://other.test/v1/chat/completions"))},
		{"307 to another port", 1, pipeline.Unavailable, always(redirect("http://" + host + ":81/v1/chat/completions"))},
		{"gzip bomb", 1, pipeline.BadOutput, always(bomb)},
	}
}

// streamFaults are the faults of a streamed call.
func streamFaults() []fault {
	half := piece("Hello")
	return []fault{
		{"ok", 1, "", always(sse(helloStream()))},
		{"no [DONE] but finish stop", 1, "", always(sse(piece(hello) + finish("stop")))},
		{"clean EOF after half", 4, pipeline.Truncated, always(sse(half))},
		{"EOF inside an event", 4, pipeline.Truncated, always(sse(half + `data: {"choices":[{"ind`))},
		{"connection aborted", 4, pipeline.Truncated, always(cutOff(chunked + chunk(half)))},
		{"data: error", 4, pipeline.Unavailable, always(sse(half + `data: {"error":{"message":"boom"}}` + "\n\n"))},
		{"data: error, spaced", 4, pipeline.Unavailable, always(sse(half + `data: { "error" : { "message" : "boom" } }` + "\n\n"))},
		{"OpenRouter's error chunk", 4, pipeline.Unavailable, always(sse(half + `data: {"id":"g","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"gone"}}` + "\n\n"))},
		{"event: error", 4, pipeline.Unavailable, always(sse(half + "event: error\ndata: {\"message\":\"boom\"}\n\n"))},
		{"comment, then error", 4, pipeline.Unavailable, always(sse(": wait\n\n" + `data: {"error":{"message":"boom"}}` + "\n\n"))},
		{"160 comments, then an answer", 1, "", always(sse(strings.Repeat(": OPENROUTER PROCESSING\n\n", 160) + helloStream()))},
		{"CR line ends", 1, "", always(sse(strings.ReplaceAll(helloStream(), "\n", "\r")))},
		{"multi-line data", 1, "", always(sse(strings.ReplaceAll(helloStream(), `"choices":`, "\ndata: \"choices\":")))},
		{"byte order mark", 1, "", always(sse("\ufeff" + helloStream()))},
		{"plain JSON in place of a stream", 1, "", always(sse(completion(hello, "stop")))},
		{"HTML in place of a stream", 4, pipeline.BadOutput, always(sse(loginPage))},
		{"JSON error in place of a stream", 4, pipeline.Unavailable, always(sse(`{"error":{"message":"boom"}}`))},
		{"broken JSON in place of a stream", 4, pipeline.BadOutput, always(sse(`{"choices":[{"index":0,"mess`))},
		{"finish length", 1, pipeline.Truncated, always(sse(half + finish("length") + tokens + done))},
		{"broken event in the middle", 4, pipeline.BadOutput, always(sse(half + "data: {\"choices\":[{\"in\n\n" + piece(" world") + finish("stop") + done))},
		{"two choices interleaved", 1, "", always(sse(interleaved()))},
		{"stall after half", 4, pipeline.Unavailable, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, half) }},
		{"429 once", 2, "", once(refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "1"))},
	}
}

func redirect(to string) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

func bomb(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, `{"choices":[{"index":0,"message":{"content":"`) //nolint:errcheck // in memory
	block := bytes.Repeat([]byte("a"), 1<<20)
	for range 64 {
		z.Write(block) //nolint:errcheck // in memory
	}
	io.WriteString(z, `"},"finish_reason":"stop"}]}`) //nolint:errcheck // in memory
	z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	plain(w, b.String())
}

func interleaved() string {
	other := strings.ReplaceAll(piece("Adieu"), `"index":0`, `"index":1`)
	return piece("Hello") + other + piece(" world") + other + finish("stop") + done
}

// until refuses until some time has passed since the first request.
func until(d time.Duration, fail handler) func(http.ResponseWriter, *http.Request, int) {
	var first time.Time
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			first = time.Now()
		}
		if time.Since(first) < d {
			fail(w, r)
			return
		}
		good(w, r, n)
	}
}

// TestFiftyFaults is the fault table of the reliability study: every fault
// ends in the right text or a typed error, never in a wrong text that looks
// like success; the server, not we, counts the requests.
func TestFiftyFaults(t *testing.T) {
	right, errs := 0, 0
	run := func(kind string, noStream bool, faults []fault) {
		for _, f := range faults {
			t.Run(kind+"/"+f.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { runFault(t, f, noStream, &right, &errs) })
			})
		}
	}
	run("plain", true, plainFaults())
	run("stream", false, streamFaults())
	if right+errs != 50 {
		t.Errorf("%d faults were judged, want 50", right+errs)
	}
	t.Logf("50 faults: %d right, %d typed errors, 0 wrong", right, errs)
}

func runFault(t *testing.T, f fault, noStream bool, right, errs *int) {
	s, transport := start(t, f.serve)
	ledger := llm.NewMemory()
	c, w := client(t, wire.Config{Network: transport, Ledger: ledger, Profile: llm.Profile{NoStream: noStream}, Secret: llm.NewSecret(canary)})
	resp, err := c.Complete(context.Background(), question())
	if got := s.count(); got != f.requests || w.Spent().Calls != got {
		t.Errorf("the server saw %d requests and the wire counts %d, want %d", got, w.Spent().Calls, f.requests)
	}
	if len(s.strays) > 0 {
		t.Errorf("something else was asked: %v", s.strays)
	}
	for _, b := range s.bodies[1:] {
		if b != s.bodies[0] {
			t.Error("a retry's body differs")
		}
	}
	if f.code == "" {
		if err != nil || resp.Text != hello {
			t.Fatalf("got %v, %v", resp, err)
		}
		*right++
		return
	}
	if err == nil {
		t.Fatalf("silently wrong: %q", resp.Text)
	}
	if got := pipeline.CodeOf(err); got != f.code {
		t.Errorf("class %q, want %q (%v)", got, f.code, err)
	}
	if errors.Is(err, io.EOF) {
		t.Error("the error can be taken for a clean end of a stream")
	}
	if strings.Contains(err.Error(), canary) || len(err.Error()) > 700 {
		t.Errorf("the message is unfit: %v", err)
	}
	*errs++
}

// A reply cut at any byte is asked again and ends in the right text, or in an
// error: never in half.
func TestCutAtEveryByte(t *testing.T) {
	whole := completion(hello, "stop")
	streamed := helloStream()
	heads := map[string]string{
		"plain, length given": fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(whole)) + whole,
		"plain, until close":  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + whole,
		"stream, chunked":     chunked + chunk(streamed[:80]) + chunk(streamed[80:]) + "0\r\n\r\n",
		"stream, until close": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + streamed,
	}
	for name, raw := range heads {
		t.Run(name, func(t *testing.T) {
			retried := 0
			for i := range len(raw) {
				synctest.Test(t, func(t *testing.T) {
					s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
						if n == 1 {
							abort(w, raw[:i])
							return
						}
						abort(w, raw)
					})
					c, _ := client(t, wire.Config{Network: transport})
					resp, err := c.Complete(context.Background(), question())
					if err != nil || resp.Text != hello || resp.Finish != llm.Stop {
						t.Fatalf("cut at byte %d: %+v, %v", i, resp, err)
					}
					retried += s.count() - 1
				})
			}
			if retried < len(raw)/2 {
				t.Errorf("only %d of %d cuts were noticed", retried, len(raw))
			}
		})
	}
}
