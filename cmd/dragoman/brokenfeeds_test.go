package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/pipeline/llm/llmtest"
)

// brokenFeed is a feed that cannot be read as it is, and what its line in the
// history says.
type brokenFeed struct {
	name  string
	serve http.HandlerFunc
	error string // in the source's error; "" for a feed that is read all the same
	note  string // in its notes
	inAll bool   // takes a minute, and is left out unless the tests run in full
}

// brokenFeeds are those of issue 6, each on a host of its own.
func brokenFeeds() []brokenFeed {
	const head = `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>https://wire.example/</link><description>d</description>`
	large := func(w interface{ Write([]byte) (int, error) }, megabytes int) {
		block := []byte(strings.Repeat("<item><title>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</title></item>\n", 16<<10))
		for n := 0; n < megabytes<<20; n += len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	answer := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(body))
		}
	}
	story := strings.ReplaceAll(strings.TrimSpace(articleText(400)), "\n", " ")
	return []brokenFeed{
		{name: "cut XML", serve: answer("application/rss+xml", head+"<item><title>Cut</title><descr"), error: "breaks off in its middle"},
		{name: "wrong charset", serve: answer("application/rss+xml; charset=utf-8", head+"<item><title>Caf\xe9 opens</title><link>https://wire.example/cafe</link><description>"+story+" The caf\xe9 is new.</description></item></channel></rss>"), note: "guess"},
		{name: "200 MB", serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			_, _ = w.Write([]byte(head))
			large(w, 200)
		}, error: "are not taken"},
		{name: "redirect loop", serve: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, error: "redirect"},
		{name: "HTML with status 200", serve: answer("text/html", "<!DOCTYPE html><html><head><title>Sorry</title></head><body><p>We moved.</p></body></html>"), error: "it is a web page, not a feed"},
		{name: "gzip bomb", serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			_, _ = packed.Write([]byte(head))
			large(packed, 200)
			_ = packed.Close()
		}, error: "are not taken"},
		{name: "a byte a second", inAll: true, serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			for i := 0; r.Context().Err() == nil; i++ {
				_, _ = w.Write([]byte{head[i%len(head)]})
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(time.Second):
				}
			}
		}, error: "took longer"},
	}
}

// mostMemory is the most that a process may take, whatever its feeds are.
const mostMemory = 150 << 20

// TestSoakBrokenFeeds: every way in which a feed is broken is one clear line in
// the history, and keeps no other source from being read; nor does one take
// memory. The slow feed takes a minute and is in the full form alone.
func TestSoakBrokenFeeds(t *testing.T) {
	n := &newsroom{desk: newDesk(t, "", llmtest.Options{Quiet: true}), feed: newFeed(t), hook: newHook(t)}
	n.feed.offer(0, 1)
	feeds := brokenFeeds()
	var text strings.Builder
	text.WriteString("schedules:\n  - name: news\n    every: 1h\n    sources:\n")
	source := func(address string) {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "      - feed: %s\n        allow: [%q]\n        full-text: never\n", address, u.Host)
	}
	by := map[string]brokenFeed{}
	for _, f := range feeds {
		if f.inAll && !*soak {
			continue
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			f.serve(w, r)
		}))
		t.Cleanup(server.Close)
		source(server.URL + "/rss")
		by[server.URL+"/rss"] = f
	}
	source(n.feed.URL + "/rss") // the last one: whatever was before
	text.WriteString("    sinks:\n      - folder: out\n")
	if err := os.WriteFile(filepath.Join(n.dir, "dragoman.yaml"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	n.ends(0, "schedule", "apply")
	cmd := n.start("schedule", "trigger", "news")
	if code := exitOf(t, cmd); code != 3 {
		t.Errorf("exit %d, want 3\n%s", code, n.log())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.Logf("%d MB at most", usage.Maxrss>>10)
		if own := ownMemory(t) << 10; own <= mostMemory && usage.Maxrss<<10 > mostMemory { // else it begins with what the tests have
			t.Errorf("%d MB of memory, want %d at most", usage.Maxrss>>10, mostMemory>>20)
		}
	}
	n.tellsOf(by)
	docs, err := filepath.Glob(filepath.Join(n.dir, "out", "*", "document.json"))
	if err != nil || len(docs) != 2 {
		t.Errorf("%d articles, want the good one and the one in another charset (%v)", len(docs), err)
	}
}

// tellsOf holds the history against what it is to say of each feed.
func (n *newsroom) tellsOf(by map[string]brokenFeed) {
	n.t.Helper()
	var firing struct{ Report account.Account }
	line, _, _ := strings.Cut(n.said(0, "schedule", "history", "news", "--json"), "\n")
	if err := json.Unmarshal([]byte(line), &firing); err != nil {
		n.t.Fatal(err)
	}
	if len(firing.Report.Sources) != len(by)+1 {
		n.t.Fatalf("%d sources, want %d", len(firing.Report.Sources), len(by)+1)
	}
	for _, s := range firing.Report.Sources {
		f, ok := by[s.Name]
		n.t.Logf("%s: %s %q", f.name, s.Error, s.Notes)
		switch {
		case !ok: // the good one
			if s.Error != "" || s.New != 1 {
				n.t.Errorf("the good feed: %d new, %s", s.New, s.Error)
			}
		case (s.Error != "") != (f.error != "") || !strings.Contains(s.Error, f.error) || strings.Contains(s.Error, "\n") || len(s.Error) > 300:
			n.t.Errorf("%s: the history says %q, want one line with %q", f.name, s.Error, f.error)
		case !strings.Contains(strings.Join(s.Notes, "\n"), f.note):
			n.t.Errorf("%s: the notes are %q, want one with %q", f.name, s.Notes, f.note)
		}
	}
}
