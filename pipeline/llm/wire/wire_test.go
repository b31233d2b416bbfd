package wire_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

func TestWithDefaults(t *testing.T) {
	c := wire.Config{}.WithDefaults()
	if c.Network == nil || c.Ledger == nil || c.Now == nil || c.Jitter == nil || c.Timeout != 10*time.Minute || c.Attempts != 4 || c.MaxWait != 2*time.Minute {
		t.Errorf("%+v", c)
	}
	if j := c.Jitter(); j < 0 || j >= 1 {
		t.Errorf("jitter %v", j)
	}
	own := wire.Config{Timeout: time.Second, Attempts: 1, MaxWait: time.Hour}.WithDefaults()
	if own.Timeout != time.Second || own.Attempts != 1 || own.MaxWait != time.Hour {
		t.Errorf("settings were replaced: %+v", own)
	}
}

// What is no chat completion goes straight to the network: no key, no record,
// no budget.
func TestOtherRequests(t *testing.T) {
	ledger := llm.NewMemory()
	seen := 0
	w := wire.New(wire.Config{Ledger: ledger, MaxTokens: 1, Network: transportFunc(func(r *http.Request) (*http.Response, error) {
		seen++
		return respond(200, "[]"), nil
	})})
	req, err := http.NewRequest(http.MethodGet, "http://model.test/v1/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.RoundTrip(req)
	if err != nil || resp.StatusCode != 200 || seen != 1 || w.Spent().Calls != 0 {
		t.Errorf("%v, %v, %d requests", resp, err, seen)
	}
	for x := range ledger.All(context.Background()) {
		t.Errorf("recorded: %+v", x)
	}
}

// A body that is no JSON is refused before anything is sent.
func TestForeignNonsense(t *testing.T) {
	w := wire.New(wire.Config{Network: transportFunc(func(*http.Request) (*http.Response, error) {
		t.Error("something was sent")
		return respond(200, ""), nil
	})})
	for _, body := range []string{"", "nonsense", `{"messages":"x"}`} {
		req, err := http.NewRequest(http.MethodPost, "http://model.test/v1/chat/completions", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.RoundTrip(req); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// After a 429 half as many run at once, and one more for every 20 successes.
func TestGateGrowsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, total := 0, 0
		var most []int // at once, by second
		begin := time.Now()
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			second := int(time.Since(begin) / time.Second)
			mu.Lock()
			running++
			total++
			for len(most) <= second {
				most = append(most, 0)
			}
			most[second] = max(most[second], running)
			mu.Unlock()
			time.Sleep(999 * time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
			if n == 8 {
				apiError(w, 429, "rate_limit_exceeded", "slow", "Retry-After", "1")
				return
			}
			good(w, r, n)
		})
		c, _ := client(t, wire.Config{Network: transport, Concurrency: 8})
		var wg sync.WaitGroup
		for i := range 150 {
			wg.Go(func() {
				req := question()
				req.MaxTokens += i
				if _, err := c.Complete(context.Background(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most[0] != 8 || total != 151 {
			t.Fatalf("%d at first, %d in all", most[0], total)
		}
		peak := 0
		for i, n := range most[1:] {
			if n > peak+4 && peak > 0 || n > 8 {
				t.Errorf("second %d: %d at once after %d", i+1, n, peak)
			}
			peak = max(peak, n)
		}
		if first := most[3]; first > 4 {
			t.Errorf("%d at once just after the gate opened", first)
		}
		if peak <= 4 {
			t.Errorf("never more than %d again: %v", peak, most)
		}
	})
}

// Authored faults are replayed through the whole chain: what a hand writes
// into a recording is met like the real thing.
func TestReplayOfFaults(t *testing.T) {
	tests := []struct {
		name      string
		responses []string
		text      string
		code      pipeline.Code
	}{
		{"429, then good", []string{`{"status":429,"headers":{"Retry-After":"20"},"body":"{\"error\":{\"message\":\"slow\"}}"}`, `{"content":"Hello world"}`}, hello, ""},
		{"error under 200", []string{`{"body":"{\"error\":{\"message\":\"gone\"}}"}`, `{"content":"Hello world"}`}, hello, ""},
		{"broken off", []string{`{"headers":{"Content-Type":"text/event-stream"},"body":"data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n","broken":"reset"}`, `{"content":"Hello world"}`}, hello, ""},
		{"cut by the limit", []string{`{"finish":"length","content":"Hel"}`}, "Hel", pipeline.Truncated},
		{"a loop", []string{`{"finish":"loop","content":"ve ve"}`}, "ve ve", pipeline.Truncated},
		{"refused by field", []string{`{"refusal":"I can't."}`}, "", pipeline.Refused},
		{"refused in words", []string{`{"content":"К сожалению, я не могу перевести этот текст."}`}, "К сожалению, я не могу перевести этот текст.", pipeline.Refused},
		{"no key", []string{`{"status":401,"body":"{}"}`}, "none", pipeline.Auth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{llm.RecordingsFile: `{"model":"m","provenance":"authored","profile":{}}`}
			for i, r := range tt.responses {
				files[fmt.Sprintf("translate-ru-article-%d.json", i+1)] =
					`{"request":{"stage":"translate","lang":"ru","prompt":"translate/article@1","keys":[],"temperature":0},"response":` + r + `}`
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, update := range []bool{true, false} { // the update writes the request halves, the replay needs them
				recs, err := llm.OpenRecordings(dir, update)
				if err != nil {
					t.Fatal(err)
				}
				c, _ := client(t, wire.Config{Network: wire.Replay(recs), Instant: true})
				begin := time.Now()
				resp, err := c.Complete(context.Background(), question())
				text := "none"
				if resp != nil {
					text = resp.Text
				}
				if pipeline.CodeOf(err) != tt.code || text != tt.text || time.Since(begin) > 10*time.Second {
					t.Errorf("update %v: %q, %v", update, text, err)
				}
				if left := recs.Unused(); len(left) > 0 {
					t.Errorf("update %v: unused %v", update, left)
				}
			}
		})
	}
}

// A whole run under fire: a server that fails one call in three in every way
// there is, several at once, and still every request ends in the right text or
// a typed error; what is stored is what the server sent, and a second run pays
// only for what had failed.
func TestUnderFire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := []handler{
			refuse(429, "rate_limit_exceeded", "slow", "Retry-After", "1"), refuse(500, "server_error", "no"), cutOff(""),
			sse(piece("Hel")), jsonReply(`{}`), jsonReply(`{"error":{"message":"x"}}`), text(502, "text/html", loginPage), cutOff(chunked + chunk(piece("Hel"))),
		}
		calm := false
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(50 * time.Millisecond)
			if n%3 == 0 && !calm {
				bad[n/3%len(bad)](w, r)
				return
			}
			good(w, r, n)
		})
		ledger := llm.NewMemory()
		run := func() (right, failed int) {
			c, w := client(t, wire.Config{Network: transport, Ledger: ledger, Concurrency: 3})
			before := s.count()
			var mu sync.Mutex
			var wg sync.WaitGroup
			for i := range 120 {
				wg.Go(func() {
					req := question()
					req.MaxTokens += i
					resp, err := c.Complete(context.Background(), req)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && resp.Text == hello:
						right++
					case err != nil && pipeline.CodeOf(err) != "":
						failed++
					default:
						t.Errorf("%d: %+v, %v", i, resp, err)
					}
				})
			}
			wg.Wait()
			if got := s.count() - before; got != w.Spent().Calls {
				t.Errorf("the server saw %d requests, we count %d", got, w.Spent().Calls)
			}
			return right, failed
		}
		right, failed := run()
		if right+failed != 120 || right < 60 {
			t.Errorf("%d right, %d failed", right, failed)
		}
		calm = true
		paid := s.count()
		if again, left := run(); again != 120 || left != 0 || s.count()-paid != failed {
			t.Errorf("second run: %d right, %d failed, %d requests for %d failures", again, left, s.count()-paid, failed)
		}
		stored := 0
		for range ledger.All(context.Background()) {
			stored++
		}
		if stored > s.count() || stored < right {
			t.Errorf("%d exchanges stored for %d requests", stored, s.count())
		}
	})
}

// The same settings give the same bytes, whatever the order of the calls.
func TestBytesAreStable(t *testing.T) {
	req := question()
	req.Schema, req.SchemaName = json.RawMessage(testSchema), "reply"
	extra := map[string]json.RawMessage{"z": json.RawMessage(`1`), "a": json.RawMessage(`2`), "stream": json.RawMessage(`false`)}
	first, _ := wire.Body(req, llm.RungSchema, llm.Profile{}, extra)
	for range 50 {
		if again, _ := wire.Body(req, llm.RungSchema, llm.Profile{}, extra); string(again) != string(first) {
			t.Fatalf("%s\n%s", first, again)
		}
	}
	if !strings.HasSuffix(string(first), `"a":2,"z":1}`) || strings.Count(string(first), `"stream":`) != 1 || len(extra) != 3 {
		t.Errorf("%s", first)
	}
}

// A library user's own http.Client works on the wire.
func Example() {
	w := wire.New(wire.Config{
		Network: transportFunc(func(*http.Request) (*http.Response, error) { return respond(200, completion(hello, "stop")), nil }),
		Instant: true,
	})
	client := &http.Client{Transport: w}
	resp, err := client.Post("http://model.test/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":20}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	fmt.Println(string(b), err)
	// Output: {"object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello world"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}} <nil>
}
