package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"dragoman/pipeline/llm/llmtest"
)

// The served pseudo model keeps to its flags, and counts its calls for other
// processes.
func TestPseudoJournal(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	out, stdout := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"dragoman", "pseudo", "--listen", "127.0.0.1:0", "--per-second", "2", "--prefix-cache", "--quiet"}, strings.NewReader(""), stdout, io.Discard)
		stdout.Close()
	}()
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base = strings.TrimSpace(base)
	question := fmt.Sprintf(`{"model":"m","messages":[{"role":"system","content":%q},{"role":"user","content":"Hello"}]}`, strings.Repeat("rule ", 1000))
	var answers string
	for range 4 { // within one second: two are admitted
		resp, err := http.Post(base+"/chat/completions", "application/json", strings.NewReader(question))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.Header.Get("X-Ratelimit-Limit-Requests") != "2" {
			t.Errorf("%v, headers %v", err, resp.Header)
		}
		answers += string(b)
	}
	resp, err := http.Get(strings.TrimSuffix(base, "/v1") + "/journal")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got llmtest.Tally
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Calls != 4 || got.Distinct != 1 || got.Repeated != 3 || got.Answered+got.Statuses[429] != 4 || got.Answered < 2 {
		t.Errorf("journal %+v", got)
	}
	if !strings.Contains(answers, `"cached_tokens":1152`) {
		t.Errorf("nothing came from the cache: %s", answers)
	}
	stop(&interrupted{sig: syscall.SIGTERM})
	if code := <-ended; code != 143 {
		t.Errorf("exit %d", code)
	}
}
