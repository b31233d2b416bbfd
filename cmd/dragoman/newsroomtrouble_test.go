package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/open"
)

// goesOn waits until something is so, and fails after a minute.
func (n *newsroom) goesOn(what string, is func() bool) {
	n.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatalf("%s never came\n%s", what, n.log())
		}
	}
}

// A webhook without its secret: the other sinks get the editions, and the
// webhook gets them when the secret is there again.
func TestSecretThatIsAway(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.addSecret()
	n.feed.offer(0, 2)
	n.said(2, "schedule", "trigger", "news")
	if docs, err := filepath.Glob(filepath.Join(n.dir, "out", "*", "document.json")); err != nil || len(docs) != 2 {
		t.Errorf("the folder has %d articles, want 2 (%v)", len(docs), err)
	}
	st := n.opened()
	for d, err := range st.Deliveries.List(t.Context(), store.DeliveryFilter{}) {
		want := store.DeliveryDone
		if d.Sink == "webhook" {
			want = store.DeliveryPending
		}
		if err != nil || d.State != want {
			t.Errorf("%s for %s is %s, want %s (%v)", d.Document, d.Sink, d.State, want, err)
		}
	}
}

// The account of a firing has what was used and paid for, also by what a cap
// stopped.
func TestAccountOfWhatWasUsed(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "    max-tokens: 3000\n")
	n.feed.offer(0, 4)
	n.said(4, "schedule", "trigger", "news")
	used := func() (sent, input, calls int) {
		st := n.opened()
		firings, err := st.Firings.List(t.Context(), store.FiringFilter{Limit: 1})
		if err != nil || len(firings) != 1 {
			t.Fatalf("%d firings (%v)", len(firings), err)
		}
		a, err := account.Read(firings[0].Report)
		if err != nil {
			t.Fatal(err)
		}
		return n.calls(), a.Usage.InputTokens, a.Calls
	}
	if sent, input, calls := used(); calls != sent || (sent > 0) != (input > 0) {
		t.Errorf("the account has %d calls and %d tokens, %d calls were sent", calls, input, sent)
	}
	n.change("max-tokens: 3000", "max-tokens: 300000")
	before := n.calls()
	n.said(0, "schedule", "trigger", "news")
	if sent, input, calls := used(); calls != sent-before || input < 100*calls {
		t.Errorf("the account has %d calls and %d tokens, %d calls were sent", calls, input, sent-before)
	}
	n.taken(4)
}

// Looking makes no database, and a secret that is not there is known before
// anything is stored.
func TestLookingMakesNoState(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.state = filepath.Join(n.dir, "fresh")
	if got := n.said(0, "schedule", "list"); !strings.Contains(got, "not applied") {
		t.Errorf("list says %q", got)
	}
	if got := n.said(0, "schedule", "apply", "--check"); got != "would be added: news\n" {
		t.Errorf("apply --check says %q", got)
	}
	n.said(0, "schedule", "history")
	n.said(2, "schedule", "history", "news")
	n.said(2, "schedule", "pause", "news")
	n.addSecret()
	if _, err := os.Stat(n.state); err == nil {
		t.Error("there is a state")
	}
	if got := n.said(2, "schedule", "apply"); got != "" {
		t.Errorf("apply says %q", got)
	}
	if got := n.said(0, "schedule", "list"); !strings.Contains(got, "not applied") {
		t.Errorf("list says %q", got)
	}
}

// A paused schedule delivers what is released, whoever runs it.
func TestPausedScheduleDelivers(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.feed.offer(0, 1)
	n.hook.refuses(1)
	n.said(0, "schedule", "trigger", "news")
	n.said(0, "schedule", "pause", "news")
	st := n.opened()
	for d, err := range st.Deliveries.List(t.Context(), store.DeliveryFilter{States: []store.DeliveryState{store.DeliveryPending}}) {
		if err != nil {
			t.Fatal(err)
		}
		d.Next = time.Now()
		if _, err := st.Deliveries.Update(t.Context(), d, store.DeliveryPending); err != nil {
			t.Fatal(err)
		}
	}
	if got := n.said(0, "schedule", "run", "news"); !strings.Contains(got, "paused") {
		t.Errorf("run says %q", got)
	}
	n.taken(1)
}

// An inbox whose processed files cannot be moved keeps nothing else from being
// done: the firing ends, and says so.
func TestInboxThatCannotBeMoved(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.write("in/a.txt", articleText(7))
	n.write("done", "a file where a folder is wanted")
	n.change("    sources:\n", "    sources:\n      - inbox: in\n        settle: 1s\n        move-to: done\n")
	n.feed.offer(0, 1)
	time.Sleep(1100 * time.Millisecond) // until the file counts
	got := n.said(0, "schedule", "trigger", "news")
	if !strings.Contains(got, "2 articles") || !strings.Contains(got, "making the folder of processed files") {
		t.Errorf("the firing says %q", got)
	}
	n.taken(2)
}

// A schedule that is taken away says what it leaves, and its history stays.
func TestRemovedSchedule(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.feed.offer(0, 2)
	n.hook.refuses(10)
	n.said(0, "schedule", "trigger", "news")
	n.change("name: news", "name: other")
	n.said(0, "schedule", "apply", "--remove")
	if log := n.log(); !strings.Contains(log, "2 articles of news not delivered") {
		t.Errorf("apply --remove says %q", log)
	}
	if got := n.said(0, "schedule", "history", "news"); !strings.Contains(got, "manual") {
		t.Errorf("history says %q", got)
	}
	n.said(2, "schedule", "history", "nobody")
}

// addSecret has the webhook want a secret, which is not there.
func (n *newsroom) addSecret() {
	n.t.Helper()
	n.change("/cms\n", "/cms\n        secret-file: secret\n")
}

// change puts something else into dragoman.yaml.
func (n *newsroom) change(before, after string) {
	n.t.Helper()
	config := filepath.Join(n.dir, "dragoman.yaml")
	b, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, []byte(strings.Replace(string(b), before, after, 1)), 0o600)
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// opened is the state, for a look from inside.
func (n *newsroom) opened() *store.Store {
	n.t.Helper()
	st, err := open.Open(n.t.Context(), n.state, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := st.Close(); err != nil {
			n.t.Error(err)
		}
	})
	return st
}

// An endpoint that is away for long is told of once, however often the firing is
// tried meanwhile.
func TestOutageIsToldOnce(t *testing.T) {
	var alerts atomic.Int32
	desk := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { alerts.Add(1) }))
	t.Cleanup(desk.Close)
	n := newNewsroom(t, "", "every: 1h", "    alerts:\n      webhook: "+desk.URL+"\n")
	n.feed.offer(0, 1)
	n.env = []string{"OPENAI_BASE_URL=http://127.0.0.1:1/v1"}
	for range 3 {
		n.said(5, "schedule", "trigger", "news")
	}
	if got := alerts.Load(); got != 1 {
		t.Errorf("%d alerts of one outage", got)
	}
}

// An endpoint that lists its models while nobody behind it answers is asked one
// question now and then, not about all the articles.
func TestOutageBehindTheEndpoint(t *testing.T) {
	var asked atomic.Int32
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`{"object":"list","data":[]}`))
			return
		}
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(half.Close)
	n := newNewsroom(t, "", "every: 1h", "")
	n.feed.offer(0, 8)
	n.env = []string{"OPENAI_BASE_URL=" + half.URL + "/v1"}
	n.said(5, "schedule", "trigger", "news")
	st := n.opened()
	over := func() {
		s, known, err := st.Sources.Load(t.Context(), endpoints, half.URL+"/v1")
		if err != nil || !known || s.Failing.IsZero() {
			t.Fatalf("the endpoint does not count as away: %+v, %v", s, err)
		}
		s.NotBefore = time.Now()
		if err := st.Sources.Save(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	over()
	before := asked.Load()
	n.said(5, "schedule", "trigger", "news")
	if got := asked.Load() - before; got != 1 || before <= got {
		t.Errorf("%d questions to find out whether it is back, %d before", got, before)
	}
	if s, _, err := st.Sources.Load(t.Context(), endpoints, half.URL+"/v1"); err != nil || time.Until(s.NotBefore) < awayFirst/2 {
		t.Errorf("it is asked again at %v (%v)", s.NotBefore, err)
	}
	n.env = nil
	n.said(0, "schedule", "trigger", "news")
	n.taken(8)
}

// An article that no process can work on keeps neither the others nor the other
// schedules, whose endpoint is well, and its firing comes to an end.
func TestArticleThatBreaksItsJob(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	st := n.opened()
	broken := &store.Document{Collection: schedule.Collection("news"), ID: "broken", Folder: "broken", State: store.DocWaiting, Article: []byte("{"), Updated: time.Now()}
	if err := st.Documents.Put(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	n.feed.offer(0, 1)
	for range mostTries {
		n.said(5, "schedule", "trigger", "news")
	}
	n.taken(1)
	if _, away, err := st.Sources.Load(t.Context(), endpoints, n.model.URL()); away || err != nil {
		t.Errorf("the endpoint counts as away (%v)", err)
	}
	firings, err := st.Firings.List(t.Context(), store.FiringFilter{States: []store.FiringState{store.FiringDone}})
	if err != nil || len(firings) == 0 {
		t.Errorf("no firing ended (%v)", err)
	}
}

// Without stored texts a worker runs schedules all the same, and what a process
// took in that was killed is taken in again.
func TestScheduleWithoutTexts(t *testing.T) {
	n := newNewsroom(t, "", "every: 1s", "")
	n.feed.offer(0, 2)
	worker := n.start("worker", "-q", "--no-store-text")
	n.goesOn("the delivery", func() bool { return n.delivered() == 2 })
	n.feed.offer(2, 6)
	n.goesOn("the next article", func() bool { return n.calls() > 2*4+1 })
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait()
	worker = n.start("worker", "-q", "--no-store-text")
	n.goesOn("the delivery after the kill", func() bool { return n.delivered() == 6 })
	n.ended(worker)
}

// Without stored texts, too, nothing is lost that a webhook does not take: a
// later process asks for it again, once it is time for the next try, and sends it
// to that webhook alone.
func TestWithoutTextsNothingIsLost(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.feed.offer(0, 2)
	n.hook.refuses(2)
	trigger := func() int {
		t.Helper()
		before := n.calls()
		n.said(0, "schedule", "trigger", "news", "--no-store-text")
		return n.calls() - before
	}
	first := trigger()
	st := n.opened()
	pending := func(later time.Duration) (left int) { // moves their next try
		t.Helper()
		for d, err := range st.Deliveries.List(t.Context(), store.DeliveryFilter{States: []store.DeliveryState{store.DeliveryPending, store.DeliveryDead}}) {
			if err != nil || d.State != store.DeliveryPending || d.Sink != "webhook" {
				t.Fatalf("%+v, %v", d, err)
			}
			d.Next = time.Now().Add(later)
			if _, err := st.Deliveries.Update(t.Context(), d, d.State); err != nil {
				t.Fatal(err)
			}
			left++
		}
		return left
	}
	left := pending(time.Hour)
	if calls := trigger(); left == 0 || calls != 0 {
		t.Errorf("%d calls before it is time, %d deliveries wait", calls, left)
	}
	n.hook.refuses(0)
	pending(-time.Second)
	if calls := trigger(); calls == 0 || calls > first || pending(0) != 0 {
		t.Errorf("%d calls, %d at first; %d are pending", calls, first, pending(0))
	}
	n.taken(2)
	if calls := trigger(); calls != 0 {
		t.Errorf("%d calls for what is delivered", calls)
	}
}

// Without stored texts, a process that is killed before it could remember what it
// has delivered leaves nothing that is paid for, or sent, again.
func TestWithoutTextsWhatIsDeliveredIsNotAskedAgain(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	if err := os.Mkdir(filepath.Join(n.dir, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "in", "a.txt"), []byte(articleText(0)), 0o600); err != nil {
		t.Fatal(err)
	}
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(n.dir, "in", "a.txt"), hour, hour); err != nil {
		t.Fatal(err)
	}
	n.change("    sinks:\n", "      - inbox: in\n    sinks:\n")
	n.said(0, "schedule", "trigger", "news", "--no-store-text")
	before := n.calls()
	st := n.opened()
	for e, err := range st.Entries.All(t.Context(), schedule.Collection("news")) { // as if nothing had been remembered
		if err != nil {
			t.Fatal(err)
		}
		if e.Content == "" {
			continue // it says which file began which article
		}
		e.Content, e.Offered = "", ""
		if err := st.Entries.Remember(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	n.said(0, "schedule", "trigger", "news", "--no-store-text")
	if calls := n.calls() - before; before == 0 || calls != 0 {
		t.Errorf("%d calls for what is delivered, %d at first", calls, before)
	}
	n.taken(1)
}
