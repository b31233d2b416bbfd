package ops_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/webhook"
	"dragoman/pipeline/llm"
)

// receiver takes what is posted, after it has refused so many times.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	refuse int // times, with status
	status int
	got    []message
}

type message struct {
	url, body string
	header    http.Header
}

func receive(t *testing.T) *receiver {
	r := &receiver{status: 500}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, message{req.URL.String(), string(body), req.Header})
		if r.refuse > 0 {
			r.refuse--
			w.WriteHeader(r.status)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// alerter is one that does not sleep, and what it logs.
func alerter(t *testing.T) (a *ops.Alerter, log *bytes.Buffer, slept *[]time.Duration, m *ops.Metrics) {
	log, slept, m = &bytes.Buffer{}, &[]time.Duration{}, ops.NewMetrics("", at, nil)
	return &ops.Alerter{
		Events: &ops.Events{Log: ops.Logger(log, ops.FormatText, slog.LevelInfo), Metrics: m},
		Client: webhook.Client(5 * time.Second),
		Now:    at,
		Sleep:  func(_ context.Context, d time.Duration) error { *slept = append(*slept, d); return nil },
	}, log, slept, m
}

func TestPing(t *testing.T) {
	r := receive(t)
	a, log, _, m := alerter(t)
	f := firing("world-desk")
	rid := "?rid=" + ops.FiringID(f)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(ops.FiringID(f)) {
		t.Errorf("%s is no UUID", ops.FiringID(f))
	}
	for _, base := range []string{"/ping/5ecret-uuid", "/ping/5ecret-uuid/"} {
		p := a.Begin(t.Context(), llm.NewSecret(r.URL+base), f)
		p.End(t.Context(), ops.PingSuccess, "nothing new: 3 sources looked at, 0 calls")
		a.Ping(t.Context(), llm.NewSecret(r.URL+base+"?create=1"), ops.PingFail, f, strings.Repeat("ы", 20_000))
	}
	want := []string{"/ping/5ecret-uuid/start" + rid, "/ping/5ecret-uuid" + rid, "/ping/5ecret-uuid/fail?create=1&rid=" + ops.FiringID(f)}
	for i, got := range r.got {
		if got.url != want[i%3] {
			t.Errorf("%s, want %s", got.url, want[i%3])
		}
		if len(got.body) > 10_000 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
			t.Errorf("%d bytes of %s", len(got.body), got.header.Get("Content-Type"))
		}
	}
	if len(r.got) != 6 || r.got[1].body != "nothing new: 3 sources looked at, 0 calls" || log.Len() > 0 {
		t.Errorf("%d pings, %q, log %s", len(r.got), r.got[1].body, log)
	}
	if v := samples(t, written(t, m))[`dragoman_alerts_total{kind="ping_success",result="ok"}`]; v != 2 {
		t.Errorf("%v counted", v)
	}
	if other := firing("sports"); ops.FiringID(other) == ops.FiringID(f) {
		t.Error("two firings have one id")
	}
}

func TestPingThatNobodyTakes(t *testing.T) {
	r := receive(t)
	a, log, slept, m := alerter(t)
	r.refuse = 2
	a.Ping(t.Context(), llm.NewSecret(r.URL+"/5ecret"), ops.PingStart, firing("s"), "")
	if len(r.got) != 3 || !slices.Equal(*slept, []time.Duration{time.Second, 3 * time.Second}) || log.Len() > 0 {
		t.Errorf("%d tries, %v, %s", len(r.got), *slept, log)
	}
	r.refuse = 9
	a.Ping(t.Context(), llm.NewSecret(r.URL+"/5ecret"), ops.PingStart, firing("s"), "")
	if len(r.got) != 6 || !strings.Contains(log.String(), "answered 500 Internal Server Error") || strings.Contains(log.String(), "5ecret") {
		t.Errorf("%d tries, %s", len(r.got), log)
	}
	r.Close()
	for _, address := range []string{r.URL + "/5ecret", "5ecret", "ftp://5ecret", "http://5ecret\x7f", "https://"} {
		a.Ping(t.Context(), llm.NewSecret(address), ops.PingFail, firing("s"), "")
	}
	if strings.Contains(log.String(), "5ecret") {
		t.Errorf("the log has the address: %s", log)
	}
	if v := samples(t, written(t, m))[`dragoman_alerts_total{kind="ping_fail",result="failed"}`]; v != 5 {
		t.Errorf("%v counted", v)
	}
	before := log.Len()
	a.Ping(t.Context(), llm.Secret{}, ops.PingFail, firing("s"), "")
	if log.Len() != before {
		t.Error("no address is no failure")
	}
}

func conditions() []account.Condition {
	return []account.Condition{
		{Type: account.ArticlesHeld, About: "msg_2", Since: noon, Message: "a2 is held for cms: T03"},
		{Type: account.SourceFailing, About: "https://feeds.test/a.xml?~012345", Since: noon.Add(-time.Hour), Message: "it cannot be read:\n\x1b[31m status 500"},
		{Type: account.ArticlesHeld, About: "msg_1", Since: noon.Add(-time.Minute), Message: "a1 is held for cms: T03"},
	}
}

func TestRaise(t *testing.T) {
	r := receive(t)
	a, log, _, _ := alerter(t)
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	hook := ops.Hook{Address: llm.NewSecret(r.URL + "/5ecret"), Secret: secret}
	told := a.Raise(t.Context(), hook, firing("world-desk"), conditions())
	if len(told) != 3 || len(r.got) != 2 {
		t.Fatalf("%d told in %d messages", len(told), len(r.got))
	}
	var got struct {
		Type      string
		Timestamp time.Time
		Data      struct {
			Schedule, Run, Message string
			Due                    time.Time
			Count                  int
			Conditions             []struct{ About, Message string }
		}
	}
	for i, want := range []struct {
		kind, message string
		at            time.Time
		n             int
	}{
		{"alert.source_failing", "schedule world-desk: it cannot be read: [31m status 500", noon.Add(-time.Hour), 1},
		{"alert.articles_held", "schedule world-desk: a2 is held for cms: T03; a1 is held for cms: T03", noon.Add(-time.Minute), 2},
	} {
		m := r.got[i]
		if err := json.Unmarshal([]byte(m.body), &got); err != nil {
			t.Fatal(err)
		}
		if got.Type != want.kind || got.Data.Message != want.message || !got.Timestamp.Equal(want.at) || got.Data.Count != want.n || len(got.Data.Conditions) != want.n {
			t.Errorf("%s", m.body)
		}
		h, err := webhook.Sign(secret, m.header.Get("webhook-id"), noon, []byte(m.body))
		if err != nil || h.Get("webhook-signature") != m.header.Get("webhook-signature") || !strings.HasPrefix(m.header.Get("webhook-id"), "alert_") {
			t.Errorf("%v is not signed", m.header)
		}
	}
	first := r.got
	r.got = nil
	a.Raise(t.Context(), hook, firing("world-desk"), conditions()) // as after a kill
	for i := range first {
		if first[i].header.Get("webhook-id") != r.got[i].header.Get("webhook-id") || first[i].body != r.got[i].body {
			t.Error("the same alert has another id or body")
		}
	}
	if log.Len() > 0 {
		t.Errorf("what is posted is logged: %s", log)
	}
}

// A condition is one line of the log when it begins, which names an item and
// what is wrong with it, and quotes nothing else.
func TestBegan(t *testing.T) {
	a, log, _, _ := alerter(t)
	a.Began(firing("world-desk"), append(conditions(),
		account.Condition{Type: account.ItemUnusable, About: "/in/junk.txt", Source: "/in", Since: noon, Message: "the input is not text"},
		account.Condition{Type: account.ArticleFailed, About: "a3", Since: noon, Message: "a3: not in English"}))
	if strings.Contains(log.String(), "is held for") || strings.Count(log.String(), "msg=alert ") != 5 {
		t.Errorf("log: %s", log)
	}
	for _, want := range []string{
		`level=WARN msg=alert schedule=world-desk due=2027-03-14T12:00:00.000Z run=r-0123456789ab type=item_unusable about=/in/junk.txt source=/in error="the input is not text"`,
		`type=article_failed about=a3 error="a3: not in English"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in\n%s", want, log)
		}
	}
}

func TestRaiseKeepsWhatNobodyTook(t *testing.T) {
	r := receive(t)
	a, _, _, _ := alerter(t)
	hook := ops.Hook{Address: llm.NewSecret(r.URL)}
	r.refuse = 3 // the first message, on every try
	told := a.Raise(t.Context(), hook, firing("s"), conditions())
	if len(told) != 2 || told[0].Type != account.ArticlesHeld {
		t.Errorf("told: %v; the source is to be told again", told)
	}
	if ids := r.got; ids[0].header.Get("webhook-id") != ids[2].header.Get("webhook-id") || ids[0].header.Get("webhook-signature") != "" {
		t.Error("a try has its own id, or is signed without a secret")
	}
	r.got, r.refuse, r.status = nil, 1, http.StatusGone
	if a.Raise(t.Context(), hook, firing("s"), conditions()[:1]); len(r.got) != 1 {
		t.Errorf("%d tries after 410", len(r.got))
	}
	if told := a.Raise(t.Context(), ops.Hook{}, firing("s"), conditions()); len(told) != 3 {
		t.Errorf("without an address the log is told: %v", told)
	}
}

func TestManyConditionsAreOneMessage(t *testing.T) {
	r := receive(t)
	a, _, _, _ := alerter(t)
	var many []account.Condition
	for range 5000 {
		many = append(many, account.Condition{Type: account.DeliveryDead, About: "msg", Since: noon, Message: strings.Repeat("long ", 1000)})
	}
	a.Raise(t.Context(), ops.Hook{Address: llm.NewSecret(r.URL)}, firing("s"), many)
	if len(r.got) != 1 || len(r.got[0].body) > 64<<10 || !strings.Contains(r.got[0].body, "and 4997 more") {
		t.Errorf("%d messages", len(r.got))
	}
}

func TestAlertsEndWithTheirContext(t *testing.T) {
	r := receive(t)
	a, _, _, _ := alerter(t)
	a.Sleep = nil
	r.refuse = 9
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	a.Ping(ctx, llm.NewSecret(r.URL), ops.PingStart, store.Firing{Schedule: "s"}, "") // would wait 4 s
	if len(r.got) != 1 {
		t.Errorf("%d tries", len(r.got))
	}
}
