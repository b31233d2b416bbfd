package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"dragoman/pipeline/llm/llmtest"
)

// address waits until a worker says where it serves its metrics.
func (n *newsroom) address() string {
	n.t.Helper()
	serving := regexp.MustCompile(`serving /metrics, /healthz and /readyz on ([0-9.:\[\]]+)`)
	for range 400 {
		if m := serving.FindStringSubmatch(n.log()); m != nil {
			return m[1]
		}
		time.Sleep(25 * time.Millisecond)
	}
	n.t.Fatalf("the worker serves nothing\n%s", n.log())
	return ""
}

// page is what a worker answers, and how.
func (n *newsroom) page(address, path string) (status int, body string) {
	n.t.Helper()
	resp, err := http.Get("http://" + address + path)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// samples sums the samples of a metric whose labels hold all of these.
func samples(text, name string, labels ...string) (sum float64, found bool) {
	lines := bufio.NewScanner(strings.NewReader(text))
next:
	for lines.Scan() {
		series, value, ok := strings.Cut(lines.Text(), " ")
		if metric, _, _ := strings.Cut(series, "{"); !ok || metric != name {
			continue
		}
		for _, label := range labels {
			if !strings.Contains(series, label) {
				continue next
			}
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		sum, found = sum+v, true
	}
	return sum, found
}

// TestWorkerMetrics: what a worker shows while its schedules run is what the
// model, the feed and the webhook have counted, and Prometheus takes it.
func TestWorkerMetrics(t *testing.T) {
	n := newNewsroom(t, "", "every: 1s", "")
	const entries = 3
	n.feed.offer(0, entries)
	worker := n.start("worker", "--listen", "127.0.0.1:0")
	address := n.address()
	text := ""
	for range 600 { // until the firings after the first have been counted
		if _, text = n.page(address, "/metrics"); n.delivered() == entries {
			if done, _ := samples(text, "dragoman_firings_total", `schedule="news"`, `outcome="done"`); done >= 2 {
				break
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := n.page(address, path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := n.page(address, "/"); status != http.StatusNotFound {
		t.Errorf("/ is answered with %d", status)
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
	is := func(want float64, name string, labels ...string) {
		t.Helper()
		if got, found := samples(text, name, labels...); got != want || !found {
			t.Errorf("%s%v is %v (%v), want %v", name, labels, got, found, want)
		}
	}
	is(float64(n.calls()), "dragoman_model_calls_total", `result="ok"`)
	is(entries, "dragoman_articles_total", `schedule="news"`, `state="done"`)
	is(entries, "dragoman_entries_total", `schedule="news"`, `kind="new"`)
	is(0, "dragoman_entries_total", `kind="problem"`)
	is(0, "dragoman_log_lines_lost_total")
	is(1, "dragoman_build_info")
	for _, sink := range []string{"folder", "webhook", "site"} {
		is(0, "dragoman_deliveries_held", `schedule="news"`, `sink="`+sink+`"`)
		is(0, "dragoman_deliveries_dead", `schedule="news"`, `sink="`+sink+`"`)
		is(entries, "dragoman_deliveries_total", `sink="`+sink+`"`, `result="delivered"`)
	}
	if in, _ := samples(text, "dragoman_tokens_total", `direction="input"`); in < 100 {
		t.Errorf("%v tokens of input", in)
	}
	next, _ := samples(text, "dragoman_schedule_next_due_timestamp_seconds", `schedule="news"`)
	last, _ := samples(text, "dragoman_schedule_last_success_timestamp_seconds", `schedule="news"`)
	if now := float64(time.Now().Unix()); next < now-60 || next > now+60 || last < now-60 || last > now+60 {
		t.Errorf("next due %v, last success %v, and it is %v", next, last, now)
	}
	n.ended(worker)
	n.taken(entries)
}

// ears take what a worker sends to those who are told of how it goes.
type ears struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string // path and body
}

func newEars(t *testing.T) *ears {
	e := &ears{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, r.URL.String()+" "+string(b))
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *ears) all() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.heard, "\n")
}

// TestNothingSecretIsTold: neither the words of an article nor a secret is in
// logs, history, metrics, health or alerts, also where everything is logged, an
// edition is held, a sink and a source fail, and the endpoint refuses the key.
func TestNothingSecretIsTold(t *testing.T) {
	const (
		ping  = "b1946ac9-2492-4d23-8c3d-canaryping00"
		hook  = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTEyMw=="
		alert = "YWxhcm0tYWxhcm0tYWxhcm0tYWxhcm0tYWxhcm0tMQ=="
		token = "canarytokenofafeed77"
	)
	n := newNewsroom(t, "", "every: 1s", "")
	told := newEars(t)
	n.feed.offer(0, 2)
	n.feed.edit(7, "Canaryville keeps its bird\n\nThe quetzalcanary of Canaryville sang on Monday, the keeper said.")
	n.model.Inject(llmtest.Injection{Kind: llmtest.SentenceEnglish, Task: "translate/article", To: "ru", Sentence: "The quetzalcanary of Canaryville sang on Monday, the keeper said."})
	for name, text := range map[string]string{"hook.secret": "whsec_" + hook, "alert.secret": "whsec_" + alert, "ping.address": told.URL + "/" + ping} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address, err := url.Parse(n.feed.URL)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`schedules:
  - name: news
    every: 1s
    sources:
      - feed: %[1]s/rss
        allow: [%[2]q]
        full-text: never
      - feed: %[1]s/none?key=%[4]s
        allow: [%[2]q]
    sinks:
      - folder: out
      - webhook: %[3]s/cms?token=%[4]s
        secret-file: hook.secret
    alerts:
      ping-file: ping.address
      webhook: %[5]s/alerts
      secret-file: alert.secret
`, n.feed.URL, address.Host, n.hook.URL, token, told.URL)
	if err := os.WriteFile(filepath.Join(n.dir, "dragoman.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	n.ends(0, "schedule", "apply")
	n.hook.refuses(3)
	worker := n.start("worker", "--listen", "127.0.0.1:0", "--log-level", "debug", "--log-format", "json")
	key := keyOf(worker)
	where := n.address()
	for range 400 {
		if n.delivered() >= 1 && strings.Contains(told.all(), "articles_held") && strings.Contains(told.all(), "source_failing") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_, metrics := n.page(where, "/metrics")
	_, ready := n.page(where, "/readyz")
	n.ended(worker)
	log, err := os.ReadFile(filepath.Join(n.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
	alerts := strings.ReplaceAll(told.all(), "/"+ping, "/PING") // where it is sent to
	for name, text := range map[string]string{
		"the log": string(log), "the metrics": metrics, "/readyz": ready, "alerts and pings": alerts,
		"the history":         n.said(0, "schedule", "history", "news", "--all", "--limit", "0"),
		"the history in JSON": n.said(0, "schedule", "history", "news", "--json", "--limit", "0"),
		"a run":               n.said(3, "schedule", "trigger", "news", "--log-level", "debug", "--log-format", "json"),
	} {
		if len(text) < 2 {
			t.Errorf("%s: nothing is there", name)
		}
		for what, secret := range map[string]string{
			"the text of an article": "quetzalcanary", "the key of the endpoint": key, "the address of a ping": ping,
			"the secret of the webhook": hook[:12], "the secret of the alerts": alert[:12], "a token in an address": token,
		} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s: %s is there: …%s…", name, what, text[max(0, at-200):min(len(text), at+100)])
			}
		}
	}
	if !strings.Contains(alerts, "articles_held") || !strings.Contains(alerts, "source_failing") {
		t.Errorf("the alerts do not tell what is wrong: %s", alerts)
	}
}
