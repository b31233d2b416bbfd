package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/webhook"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"

// message is what a receiver got.
type message struct {
	header http.Header
	body   []byte
}

// receiver is a server that answers as it is told and keeps what it got.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []message
	answer func(w http.ResponseWriter, n int) // n counts from 1
}

func receive(t *testing.T, answer func(w http.ResponseWriter, n int)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.got = append(r.got, message{req.Header, body})
		n := len(r.got)
		r.mu.Unlock()
		if answer != nil {
			answer(w, n)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// messages are what came so far.
func (r *receiver) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func status(code int) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, _ int) { w.WriteHeader(code) }
}

// hookDesk is a desk with one webhook that a receiver has.
func hookDesk(t *testing.T, r *receiver, path string) *desk {
	t.Helper()
	now := time.Now()
	targets, err := Targets([]schedule.Sink{{Name: "hook", Webhook: r.URL + path, SecretEnv: "HOOK"}}, Options{
		Getenv: func(string) string { return hookSecret }, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return newDesk(t, targets...)
}

func TestMessagesAreVerifiedByAnotherLibrary(t *testing.T) {
	r := receive(t, status(http.StatusNoContent))
	d := hookDesk(t, r, "/in")
	planned := d.finish("a", article("a", "First"))
	if tally := d.roundNow(); tally.Delivered != 1 {
		t.Fatalf("got %+v", tally)
	}
	referee, err := standardwebhooks.NewWebhook(hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	m := r.messages()[0]
	if err := referee.Verify(m.body, m.header); err != nil {
		t.Error(err)
	}
	if id := m.header.Get("webhook-id"); id != planned[0].ID {
		t.Errorf("the id is %s", id)
	}
	if err := referee.Verify(append(m.body, ' '), m.header); err == nil {
		t.Error("a changed body is taken")
	}
}

func TestWhatAMessageSays(t *testing.T) {
	d := newDesk(t)
	doc := flagged(article("a", "<First> & \u202elast"))
	sink := catcher{}
	d.Targets, d.Deliver = []Target{{Name: "hook", Sink: &sink}}, schedule.DeliverMarked
	d.finish("a", doc)
	d.roundNow()
	body, err := EventOf(sink.got[0])
	if err != nil {
		t.Fatal(err)
	}
	var e Event
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		t.Fatal(err)
	}
	x := e.Data
	if e.Type != EventPublished || e.Timestamp != opening || x.Schedule != "evening" || x.Article != "a" || x.URL != "https://news.example/a" ||
		x.Headline != "<First> & last" || x.State != "flagged" || x.Revision != nil || !strings.HasPrefix(x.Version, "sha256:") {
		t.Errorf("got %+v", e)
	}
	if !slices.Equal(x.Languages, []string{"en", "ru", "tr"}) || len(x.Disclosure) != 3 || x.Disclosure[1].Status != pipeline.AIAutonomous ||
		!strings.Contains(x.Disclosure[1].Text, "Человек этот текст не проверял") {
		t.Errorf("got %+v", x.Disclosure)
	}
	kept, err := writer.ReadJSON(bytes.NewReader(x.Document))
	if err != nil || !bytes.Equal(jsonOf(t, kept), jsonOf(t, doc)) {
		t.Errorf("the document is another one: %v", err)
	}
	again, err := EventOf(sink.got[0])
	if err != nil || !bytes.Equal(again, body) {
		t.Errorf("a second message has other bytes: %v", err)
	}
}

func TestARevisionIsAnUpdate(t *testing.T) {
	doc := article("a", "First")
	doc.Revision = &pipeline.Revision{Of: "sha256:00", Date: opening, Changed: []string{"h1s1"}}
	body, err := EventOf(Edition{Document: doc, Article: "a", Later: true})
	if err != nil {
		t.Fatal(err)
	}
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	if e.Type != EventUpdated || e.Data.State != "done" || e.Data.Revision == nil || !slices.Equal(e.Data.Revision.Changed, []string{"h1s1"}) {
		t.Errorf("got %+v", e)
	}
}

// What a receiver never got is not updated: the first message that it takes is
// of an article that is published.
func TestTheFirstMessageThatIsTakenIsNoUpdate(t *testing.T) {
	r := receive(t, func(w http.ResponseWriter, n int) {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	d := hookDesk(t, r, "/in")
	version := func(headline string, of string) {
		doc := article("a", headline)
		if of != "" {
			doc.Revision = &pipeline.Revision{Of: of, Date: opening, Changed: []string{"h1s1"}}
		}
		d.finish("a", doc)
		d.roundNow()
		d.clock = d.clock.Add(time.Hour)
	}
	version("First", "")
	version("Second", "sha256:01")
	version("Third", "sha256:02")
	var told []string
	for _, m := range r.messages()[1:] {
		var e Event
		if err := json.Unmarshal(m.body, &e); err != nil {
			t.Fatal(err)
		}
		told = append(told, fmt.Sprint(e.Type, " ", e.Data.Headline, " ", e.Data.Revision != nil))
	}
	if want := []string{EventPublished + " Second false", EventUpdated + " Third true"}; !slices.Equal(told, want) {
		t.Errorf("told of %q, want %q", told, want)
	}
}

func TestTheSameMessageOnEveryTry(t *testing.T) {
	r := receive(t, func(w http.ResponseWriter, n int) {
		if n < 4 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	d := hookDesk(t, r, "")
	d.finish("a", article("a", "First"))
	if tally := d.until(opening.Add(time.Hour)); tally.Delivered != 1 || tally.Failed != 3 {
		t.Fatalf("got %+v", tally)
	}
	got := r.messages()
	for _, m := range got[1:] {
		if m.header.Get("webhook-id") != got[0].header.Get("webhook-id") || !bytes.Equal(m.body, got[0].body) {
			t.Error("a retry differs")
		}
	}
}

func TestAnswersOfAReceiver(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter, n int)
		state  string
		reason string
		next   time.Duration
	}{
		{"taken", status(http.StatusOK), "delivered", "", 0},
		{"accepted", status(http.StatusAccepted), "delivered", "", 0},
		{"gone", status(http.StatusGone), "dead", "it answers 410 Gone: it wants no more messages", 0},
		{"an error", status(http.StatusInternalServerError), "pending", "it answers 500 Internal Server Error", 5 * time.Second},
		{"not found", status(http.StatusNotFound), "pending", "it answers 404 Not Found", 5 * time.Second},
		{"elsewhere", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Location", "/elsewhere?token=canary")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "pending", "a redirect is not followed", 5 * time.Second},
		{"wait", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "pending", "it answers 503 Service Unavailable", 2 * time.Minute},
		{"too many", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Date", "Sat, 28 Nov 2026 10:00:00 GMT")
			w.Header().Set("Retry-After", "Sat, 28 Nov 2026 10:10:00 GMT")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "pending", "it answers 429 Too Many Requests", 10 * time.Minute},
		{"much to say", func(w http.ResponseWriter, _ int) {
			_, _ = w.Write(bytes.Repeat([]byte("canary "), 1<<20))
		}, "delivered", "", 0},
		{"hangs up", func(w http.ResponseWriter, _ int) { panic(http.ErrAbortHandler) }, "pending", "posting to http://127.0.0.1", 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := receive(t, c.answer)
			d := hookDesk(t, r, "/in/canary?token=canary")
			d.finish("a", article("a", "First"))
			d.roundNow()
			x := d.shelf.deliveries[0]
			if string(x.State) != c.state || !strings.Contains(x.Reason, c.reason) || strings.Contains(x.Reason, "canary") {
				t.Errorf("got %s: %s", x.State, x.Reason)
			}
			if c.next > 0 && x.Next.Sub(d.clock) != c.next {
				t.Errorf("next in %s", x.Next.Sub(d.clock))
			}
			if got := len(r.messages()); got != 1 {
				t.Errorf("%d requests", got)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	r := receive(t, nil)
	d := hookDesk(t, r, "/canary?token=canary")
	r.Close()
	d.finish("a", article("a", "First"))
	d.roundNow()
	if x := d.shelf.deliveries[0]; strings.Contains(x.Reason, "canary") || !strings.HasPrefix(x.Reason, "posting to http://127.0.0.1:") || x.Attempts != 1 {
		t.Errorf("got %+v", x)
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	env := map[string]string{"GOOD": hookSecret, "BAD": "whsec_canary!"}
	for _, c := range []struct {
		name, file, variable string
		set, fails           bool
		warning              string
	}{
		{"none", "", "", false, false, ""},
		{"a file", file("a", hookSecret+"\n", 0o600), "", true, false, ""},
		{"a file that others may read", file("b", hookSecret, 0o644), "", true, false, "chmod 600"},
		{"two secrets", file("c", hookSecret+"\n"+hookSecret+"\n", 0o600), "", true, false, ""},
		{"an empty file", file("d", "\n", 0o600), "", false, true, ""},
		{"no file", filepath.Join(dir, "none"), "", false, true, ""},
		{"no secret", file("e", "canary", 0o600), "", false, true, ""},
		{"a variable", "", "GOOD", true, false, ""},
		{"a bad variable", "", "BAD", false, true, ""},
		{"no variable", "", "NONE", false, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var warned []string
			s, err := Secret(c.file, c.variable, Options{Getenv: func(n string) string { return env[n] }, Warn: func(m string) { warned = append(warned, m) }})
			if s.Set() != c.set || (err != nil) != c.fails {
				t.Errorf("set %v, %v", s.Set(), err)
			}
			if err != nil && (strings.Contains(err.Error(), "canary") || pipeline.CodeOf(err) != pipeline.Invalid) {
				t.Errorf("the error is %v", err)
			}
			if runtime.GOOS != "windows" && strings.Contains(strings.Join(warned, "\n"), "chmod") != (c.warning != "") {
				t.Errorf("warned %q", warned)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, spec := range []schedule.Sink{
		{Name: "x"},
		{Name: "x", Webhook: "ftp://example.org/"},
		{Name: "x", Webhook: "example.org"},
		{Name: "x", Webhook: "https:///in"},
		{Name: "x", Webhook: "http://[::1"},
		{Name: "x", Webhook: "https://example.org/", SecretEnv: "NONE"},
	} {
		_, err := Targets([]schedule.Sink{spec}, Options{})
		e, ok := errors.AsType[*pipeline.Error](err)
		if !ok || e.Code != pipeline.Invalid || e.Hint == "" || e.Unit != "sink x" {
			t.Errorf("%+v: %v", spec, err)
		}
	}
	warned := ""
	if _, err := Open(schedule.Sink{Name: "x", Webhook: "https://example.org/"}, Options{Warn: func(m string) { warned = m }}); err != nil || !strings.Contains(warned, "not signed") {
		t.Errorf("%v, warned %q", err, warned)
	}
}

func TestASinkThatCannotBeOpenedGetsItsEditionsLater(t *testing.T) {
	r := receive(t, status(http.StatusNoContent))
	env := map[string]string{}
	specs := []schedule.Sink{{Name: "hook", Webhook: r.URL, SecretEnv: "HOOK"}, {Name: "folder", Folder: t.TempDir()}, {Name: "none"}}
	o := Options{Getenv: func(n string) string { return env[n] }}
	targets, err := Targets(specs, o)
	if len(targets) != 3 || err == nil || !strings.Contains(err.Error(), "HOOK") || !strings.Contains(err.Error(), "sink none") {
		t.Fatalf("got %+v, %v", targets, err)
	}
	d := newDesk(t, targets[:2]...)
	d.finish("a", article("a", "First"))
	tally := d.roundNow()
	if tally.Delivered != 1 || tally.Waiting != 1 || !strings.Contains(tally.Faults[0].Reason, "the variable HOOK holds no webhook secret") {
		t.Errorf("got %+v", tally)
	}
	if _, err := d.Remove(t.Context(), "a", true); err != nil {
		t.Errorf("a receiver holds nothing: %v", err)
	}
	if _, err := targets[2].Sink.Remove(t.Context(), "a", true); err == nil {
		t.Error("nobody knows what it holds, and nothing is said")
	}
	env["HOOK"] = hookSecret
	if d.Targets, err = Targets(specs[:2], o); err != nil {
		t.Fatal(err)
	}
	d.clock = tally.Next
	if tally := d.roundNow(); tally.Delivered != 1 || len(r.messages()) != 1 {
		t.Errorf("got %+v", tally)
	}
}

func TestNothingIsRemovedFromAReceiver(t *testing.T) {
	removed, err := (&hook{client: webhook.Client(time.Second)}).Remove(t.Context(), "a", false)
	if removed != nil || err != nil {
		t.Errorf("got %v, %v", removed, err)
	}
}
