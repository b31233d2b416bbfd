package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// wrongDesk has a schedule over an inbox with one file that cannot be read.
func wrongDesk(t *testing.T, more string) *newsroom {
	t.Helper()
	n := &newsroom{desk: newDesk(t, "", llmtest.Options{Quiet: true, Latency: 20 * time.Millisecond}), feed: newFeed(t), hook: newHook(t)}
	n.put("in/junk.txt", "\x00\x01\x02 not a text")
	n.write("alerts.secret", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")
	n.write("dragoman.yaml", "schedules:\n  - name: news\n    every: 1h\n    sources:\n      - inbox: in\n    sinks:\n      - folder: out\n      - webhook: "+n.hook.URL+"/cms\n"+more)
	n.ends(0, "schedule", "apply")
	return n
}

// put puts a file into an inbox, an hour old, so that it is taken for whole.
func (n *newsroom) put(name, text string) {
	n.t.Helper()
	path, then := n.write(name, text), time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		n.t.Fatal(err)
	}
}

// logged is how many lines of the log hold a text.
func (n *newsroom) logged(text string) int {
	n.t.Helper()
	b, err := os.ReadFile(filepath.Join(n.dir, "log"))
	if err != nil {
		n.t.Fatal(err)
	}
	return strings.Count(string(b), text)
}

// A condition that the webhook of alerts does not take is posted until it does,
// and is in the log, the exit code and the pings once.
func TestAlertThatNobodyTakes(t *testing.T) {
	var posts, failed atomic.Int32
	var status atomic.Int32
	status.Store(http.StatusGone) // which is tried once
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/alerts":
			posts.Add(1)
			w.WriteHeader(int(status.Load()))
		case strings.HasSuffix(r.URL.Path, "/fail"):
			failed.Add(1)
		}
	}))
	t.Cleanup(desk.Close)
	n := wrongDesk(t, fmt.Sprintf("    alerts:\n      webhook: %[1]s/alerts\n      ping: %[1]s/ping\n", desk.URL))
	const (
		began = `"msg":"alert","schedule":"news"`
		over  = `"msg":"alert over","schedule":"news"`
	)
	trigger := func(want int) {
		t.Helper()
		n.said(want, "schedule", "trigger", "news", "--log-format", "json")
	}
	trigger(3)
	for range 3 {
		trigger(0)
	}
	if got := posts.Load(); got != 4 {
		t.Errorf("%d posts of what was never taken, want one for each run", got)
	}
	status.Store(http.StatusOK)
	for range 3 {
		trigger(0)
	}
	if got := posts.Load(); got != 5 {
		t.Errorf("%d posts, want one more, which was taken", got)
	}
	if err := os.Remove(filepath.Join(n.dir, "in", "junk.txt")); err != nil {
		t.Fatal(err)
	}
	trigger(0)
	trigger(0)
	if b, o, f := n.logged(began), n.logged(over), failed.Load(); b != 1 || o != 1 || f != 1 {
		t.Errorf("begun %d times, over %d times, %d failed runs were pinged; want each once\n%s", b, o, f, n.log())
	}
	if got := posts.Load(); got != 5 {
		t.Errorf("%d posts, want none of what is over", got)
	}
}

// Where the secret of the alerts cannot be read, the log has the conditions.
func TestAlertWithoutItsSecret(t *testing.T) {
	n := wrongDesk(t, "    alerts:\n      webhook: http://127.0.0.1:1/alerts\n      secret-file: alerts.secret\n")
	if err := os.Remove(filepath.Join(n.dir, "alerts.secret")); err != nil {
		t.Fatal(err)
	}
	n.said(3, "schedule", "trigger", "news", "--log-format", "json")
	if got := n.logged(`"type":"item_unusable","about":"` + filepath.Join(n.dir, "in", "junk.txt")); got != 1 {
		t.Errorf("the log names the file %d times\n%s", got, n.log())
	}
}

// What was wrong with the items of a source that cannot be read just now is
// neither over nor new.
func TestItemsOfASourceThatIsAway(t *testing.T) {
	n := wrongDesk(t, "")
	n.said(3, "schedule", "trigger", "news")
	away := filepath.Join(n.dir, "away")
	if err := os.Rename(filepath.Join(n.dir, "in"), away); err != nil {
		t.Fatal(err)
	}
	n.said(3, "schedule", "trigger", "news") // of the source
	if err := os.Rename(away, filepath.Join(n.dir, "in")); err != nil {
		t.Fatal(err)
	}
	n.said(0, "schedule", "trigger", "news")
}

// A sink that takes nothing is in the list at once, and a condition when that
// lasts.
func TestDeliveriesThatAreLate(t *testing.T) {
	n := wrongDesk(t, "")
	if err := os.Remove(filepath.Join(n.dir, "in", "junk.txt")); err != nil {
		t.Fatal(err)
	}
	n.put("in/a.txt", articleText(7))
	n.hook.refuses(1000)
	n.said(0, "schedule", "trigger", "news")
	if got := n.said(0, "schedule", "list"); !strings.Contains(got, "  late  1 delivery, for webhook since ") || !strings.Contains(got, "503") {
		t.Errorf("the list says %q", got)
	}
	n.said(0, "schedule", "trigger", "news")
	n.inState("UPDATE deliveries SET made = made - 7200000000000 WHERE sink = 'webhook'")
	if got := n.said(1, "schedule", "trigger", "news", "-q"); !strings.Contains(got, "delivery_failing since ") || !strings.Contains(got, "webhook has not taken 1 edition, which is tried again: ") {
		t.Errorf("the run says %q", got)
	}
	if got := n.said(0, "schedule", "trigger", "news", "-q"); got != "" {
		t.Errorf("and says it again: %q", got)
	}
}

// A run that a signal stops says so, and not that there was nothing new.
func TestStoppedRunSaysSo(t *testing.T) {
	n := wrongDesk(t, "")
	n.put("in/a.txt", articleText(7))
	n.put("in/b.txt", articleText(8))
	cmd := n.command("schedule", "trigger", "news")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.goesOn("a call", func() bool { return n.calls() > 0 })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, cmd); code != 143 || out.String() != "news: stopped before its end; dragoman schedule run news goes on with it\n" {
		t.Errorf("exit %d, and it says %q", code, out.String())
	}
}

func TestDays(t *testing.T) {
	for d, want := range map[time.Duration]string{
		20 * time.Second: "20 seconds", 50 * time.Minute: "50 minutes", 5 * time.Hour: "5 hours", 50 * time.Hour: "2 days",
	} {
		if got := days(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
