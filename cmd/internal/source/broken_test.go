package source_test

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/sqlite"
)

// brokenFeeds is a server of everything that can be wrong with a feed.
func brokenFeeds(t *testing.T) string {
	good := rss(post{link: "https://e.org/a", title: "A", text: story("a")})
	lying, err := charmap.Windows1254.NewEncoder().String(rss(post{link: "https://e.org/b", title: "Çavuşoğlu", text: story("the İstanbul bridge, which is güzel")}))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	text := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	}
	text("/good", good)
	text("/cut", good[:len(good)-30])
	text("/charset", lying)
	text("/html", "<!DOCTYPE html><html><body>Please log in</body></html>")
	text("/empty", "")
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat("<item><title>again</title></item>", 1000))
		fmt.Fprint(w, "<rss><channel>")
		for range 200 << 20 / len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		block := make([]byte, 1<<20)
		for range 200 {
			if _, err := z.Write(block); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/loop", http.StatusFound)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, "<")
			http.NewResponseController(w).Flush() //nolint:errcheck // the client goes away
			select {
			case <-r.Context().Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// Through the real client and into the real store: each broken feed is one clear
// line and little memory, and its neighbours are read.
func TestBrokenFeeds(t *testing.T) {
	server := brokenFeeds(t)
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // a test's
	conf := fetch.Config{Allow: []string{strings.TrimPrefix(server, "http://")}, PerHost: time.Nanosecond}
	patient := fetch.New(conf)
	conf.Timeout = 500 * time.Millisecond
	hasty := fetch.New(conf)
	p := &source.Poller{Entries: st.Entries, Sources: st.Sources, Collection: "schedule:x"}
	for _, c := range []struct{ path, want string }{
		{"/cut", "breaks off in its middle"},
		{"/large", "are not taken"},
		{"/loop", "redirect"},
		{"/slow", "took longer"},
		{"/html", "it is a web page, not a feed"},
		{"/bomb", "are not taken"},
		{"/empty", "empty"},
		{"/none", "404"},
		{"/charset", ""},
		{"/good", ""},
	} {
		if p.Fetch = patient; c.path == "/slow" {
			p.Fetch = hasty
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		poll, err := p.Poll(t.Context(), schedule.Source{Feed: server + c.path})
		runtime.ReadMemStats(&after)
		if poll == nil {
			t.Fatalf("%s: %v", c.path, err)
		}
		t.Logf("%s: %d kB allocated; %s", c.path, (after.TotalAlloc-before.TotalAlloc)>>10, poll.Failure)
		if (err != nil) != (c.want != "") || !strings.Contains(poll.Failure, c.want) || strings.Contains(poll.Failure, "\n") || err == nil && len(poll.Items) != 1 {
			t.Errorf("%s: %v, %d items", c.path, err, len(poll.Items))
		}
		if all := after.TotalAlloc - before.TotalAlloc; all > 150<<20 {
			t.Errorf("%s: %d MB were allocated", c.path, all>>20)
		}
		if c.path == "/charset" && !strings.Contains(strings.Join(poll.Notes, "|"), "windows-1254, which is a guess") {
			t.Errorf("%s: notes %q", c.path, poll.Notes)
		}
		if err := p.Commit(t.Context(), poll); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	states, err := st.Sources.List(t.Context(), "schedule:x")
	failing := 0
	for _, s := range states {
		if !s.Failing.IsZero() && s.Failure != "" {
			failing++
		}
	}
	if err != nil || len(states) != 10 || failing != 8 {
		t.Errorf("%d sources, %d failing, %v", len(states), failing, err)
	}
	for _, path := range []string{"/charset", "/good"} {
		if poll, err := p.Poll(t.Context(), schedule.Source{Feed: server + path}); err != nil || len(poll.Items) != 0 || poll.Known != 1 {
			t.Errorf("%s again: %v", path, err)
		}
	}
}

// The real store remembers what the double does.
func TestPollsOnTheRealStore(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // a test's
	b := newBench()
	b.p.Entries, b.p.Sources = st.Entries, st.Sources
	src := schedule.Source{Feed: feedURL, Recheck: time.Hour}
	hostile := post{link: "https://e.org/" + strings.Repeat("%D0%B6", 1000), id: "'; DROP TABLE entries; --", title: "Ж", text: story("ж")}
	b.page(feedURL, rss(teaser("page", "The council met."), hostile, post{id: strings.Repeat("x", 9000), title: "Long", text: story("long")}))
	b.pages["https://e.org/page"] = &fetch.Page{Body: []byte(page("Bridge page", story("one"))), ETag: `"p"`, ContentType: "text/html"}
	if p := b.poll(t, src); len(p.Items) != 3 {
		t.Fatalf("%s, %v", what(p), p.Problems)
	}
	b.now = b.now.Add(time.Hour)
	if p := b.poll(t, src); what(p) != "3 known" || len(b.asked) != 2 || b.asked[1].ETag != `"p"` {
		t.Errorf("%s, asked %+v", what(p), b.asked)
	}
	if p := b.poll(t, src); !p.NotChanged {
		t.Errorf("%s", what(p))
	}
	var entries []store.Entry
	for e, err := range st.Entries.All(t.Context(), "schedule:x") {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if len(entries) != 3 {
		t.Errorf("%d entries", len(entries))
	}
}
