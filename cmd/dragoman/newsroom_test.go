package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dragoman/cmd/internal/store/pgtest"
	"dragoman/pipeline/llm/llmtest"
)

// newsroom is a desk with a feed, somebody who is posted to, and a
// dragoman.yaml.
type newsroom struct {
	*desk
	feed *feedServer
	hook *hookServer
}

// newNewsroom has a schedule "news" that polls the feed. More is further lines
// of the schedule, and may overrule nothing.
func newNewsroom(t *testing.T, state, when, more string) *newsroom {
	t.Helper()
	n := &newsroom{desk: newDesk(t, state, llmtest.Options{Quiet: true}), feed: newFeed(t), hook: newHook(t)}
	n.configure(when, more)
	return n
}

// configure writes dragoman.yaml and applies it.
func (n *newsroom) configure(when, more string) {
	n.t.Helper()
	address, err := url.Parse(n.feed.URL)
	if err != nil {
		n.t.Fatal(err)
	}
	text := fmt.Sprintf("schedules:\n  - name: news\n    %s\n    sources:\n      - feed: %s/rss\n        allow: [%q]\n        full-text: never\n", when, n.feed.URL, address.Host) +
		"    sinks:\n      - folder: out\n      - webhook: " + n.hook.URL + "/cms\n      - site: site\n        url: https://news.example\n        title: Wire\n" + more
	if err := os.WriteFile(filepath.Join(n.dir, "dragoman.yaml"), []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.ends(0, "schedule", "apply")
}

// feedServer serves an RSS feed that is another each time it is asked: the
// order, the dates, the ids and the tracking parameters change, and the texts
// do not.
type feedServer struct {
	*httptest.Server
	mu      sync.Mutex
	entries map[int]string // text by number
	polls   int
}

func newFeed(t *testing.T) *feedServer {
	f := &feedServer{entries: map[int]string{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// offer puts entries from first up to, but not, end into the feed.
func (f *feedServer) offer(first, end int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := first; i < end; i++ {
		f.entries[i] = articleText(i)
	}
}

// edit gives an entry another text.
func (f *feedServer) edit(i int, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries[i] = text
}

func (f *feedServer) polled() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.polls
}

func (f *feedServer) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/rss" {
		http.NotFound(w, r) // robots.txt: everything may be fetched
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.polls++
	var numbers []int
	for i := range f.entries {
		numbers = append(numbers, i)
	}
	rand.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Wire</title><link>https://wire.example/</link><description>d</description>`)
	for _, i := range numbers {
		headline, body, _ := strings.Cut(f.entries[i], "\n\n")
		var paragraphs strings.Builder
		for p := range strings.SplitSeq(body, "\n\n") {
			paragraphs.WriteString("<p>" + html.EscapeString(strings.TrimSpace(p)) + "</p>")
		}
		fmt.Fprintf(&b, "<item><title>%s</title><link>https://wire.example/story/%d?utm_source=%d&amp;utm_campaign=c%d</link><guid isPermaLink=\"false\">g-%d-%d</guid><pubDate>%s</pubDate><content:encoded>%s</content:encoded></item>",
			html.EscapeString(headline), i, rand.IntN(1000), rand.IntN(1000), i, rand.Int(), time.Now().Add(time.Duration(-rand.IntN(1000))*time.Second).Format(time.RFC1123Z), html.EscapeString(paragraphs.String()))
	}
	b.WriteString("</channel></rss>")
	w.Header().Set("Content-Type", "application/rss+xml")
	_, _ = w.Write(b.Bytes())
}

// hookServer takes messages, and keeps what came under which id.
type hookServer struct {
	*httptest.Server
	mu       sync.Mutex
	came     int
	byID     map[string][sha256.Size]byte
	articles map[string]map[string]bool // ids of messages by article
	torn     []string                   // ids that came with two bodies
	refuse   int                        // answers of 503 to be given
}

func newHook(t *testing.T) *hookServer {
	h := &hookServer{byID: map[string][sha256.Size]byte{}, articles: map[string]map[string]bool{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

// refuses makes it answer the next n messages with 503.
func (h *hookServer) refuses(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = n
}

func (h *hookServer) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse > 0 {
		h.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var message struct {
		Data struct {
			Article string `json:"article"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil || message.Data.Article == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.came++
	id, sum := r.Header.Get("webhook-id"), sha256.Sum256(body)
	if before, ok := h.byID[id]; ok && before != sum {
		h.torn = append(h.torn, id)
	}
	h.byID[id] = sum
	if h.articles[message.Data.Article] == nil {
		h.articles[message.Data.Article] = map[string]bool{}
	}
	h.articles[message.Data.Article][id] = true
}

// taken checks that so many articles were delivered to the webhook, each under
// one id, and to the folder and the site.
func (n *newsroom) taken(articles int) {
	n.t.Helper()
	n.hook.mu.Lock()
	defer n.hook.mu.Unlock()
	if len(n.hook.articles) != articles || len(n.hook.byID) != articles || len(n.hook.torn) > 0 {
		n.t.Errorf("the webhook has %d articles under %d ids, want %d; ids with two bodies: %q", len(n.hook.articles), len(n.hook.byID), articles, n.hook.torn)
	}
	docs, err := filepath.Glob(filepath.Join(n.dir, "out", "*", "document.json"))
	if err != nil || len(docs) != articles {
		n.t.Errorf("the folder has %d articles, want %d (%v)", len(docs), articles, err)
	}
	for _, name := range docs {
		b, err := os.ReadFile(name)
		if err != nil || !json.Valid(b) {
			n.t.Errorf("%s is not whole: %v", name, err)
		}
	}
	feed, err := os.ReadFile(filepath.Join(n.dir, "site", "ru", "feed.xml"))
	if got := bytes.Count(feed, []byte("<item>")); err != nil || got != min(articles, 100) {
		n.t.Errorf("the site's feed has %d items, want %d (%v)", got, articles, err)
	}
}

// calls is how many requests the model has had.
func (n *newsroom) calls() int { return n.model.Count() }

// said runs the program and gives what it printed.
func (n *newsroom) said(want int, args ...string) string {
	n.t.Helper()
	cmd := n.command(args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	if code := exitOf(n.t, cmd); code != want {
		n.t.Fatalf("dragoman %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out.String(), n.log())
	}
	return out.String()
}

// inFull is how much of something the long tests take, and the short ones.
func inFull(full, short int) int {
	if *soak {
		return full
	}
	return short
}

// ended ends a worker in good order.
func (n *newsroom) ended(worker *exec.Cmd) {
	n.t.Helper()
	if err := worker.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Fatal(err)
	}
	if code := exitOf(n.t, worker); code != 143 {
		n.t.Errorf("the worker ends with %d, want 143\n%s", code, n.log())
	}
}

// TestSoakFeed: a feed that repeats itself is paid for once. In full, 100
// entries are polled 50 times.
func TestSoakFeed(t *testing.T) {
	entries, polls := inFull(100, 8), inFull(50, 4)
	n := newNewsroom(t, "", `cron: "0 6 * * *"`, "")
	n.feed.offer(0, entries)
	first := n.said(0, "schedule", "trigger", "news")
	if !strings.Contains(first, strconv.Itoa(entries)+" articles") {
		t.Errorf("the first poll says %q", first)
	}
	asked := n.calls()
	for range polls - 1 {
		if again := n.said(0, "schedule", "trigger", "news"); !strings.Contains(again, "nothing new") || strings.Count(again, "\n") != 1 {
			t.Errorf("a poll with nothing new says %q", again)
		}
	}
	if quiet := n.said(0, "schedule", "trigger", "news", "--quiet"); quiet != "" {
		t.Errorf("--quiet says %q", quiet)
	}
	if got := n.calls(); got != asked {
		t.Errorf("%d calls in polls with nothing new", got-asked)
	}
	n.taken(entries)
	t.Logf("%d entries polled %d times: %d calls, all in the first poll", entries, polls, asked)
}

// TestEditedEntry: another text under the same address is another version of
// the same article, and only what has changed is asked.
func TestEditedEntry(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	n.feed.offer(0, 1)
	n.said(0, "schedule", "trigger", "news")
	whole := n.calls()
	text := articleText(0)
	last := strings.LastIndex(strings.TrimSpace(text), "\n\n")
	n.feed.edit(0, text[:last]+"\n\nThe council of the town will meet on Friday to talk about it.")
	n.said(0, "schedule", "trigger", "news")
	if part := n.calls() - whole; part < 1 || part > whole {
		t.Errorf("%d calls for the changed sentence, %d for the article", part, whole)
	}
	docs, err := filepath.Glob(filepath.Join(n.dir, "out", "*", "ru.md"))
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d articles, want one (%v)", len(docs), err)
	}
	b, err := os.ReadFile(filepath.Join(filepath.Dir(docs[0]), "document.json"))
	if err != nil || !strings.Contains(string(b), `"revision"`) {
		t.Errorf("the edition does not say what changed (%v)", err)
	}
	n.hook.mu.Lock()
	defer n.hook.mu.Unlock()
	if len(n.hook.articles) != 1 || len(n.hook.byID) != 2 {
		t.Errorf("the webhook has %d articles under %d ids, want one under two", len(n.hook.articles), len(n.hook.byID))
	}
}

// TestSoakSchedule: a worker with a schedule is killed at random moments while
// new entries come. Nothing is lost, and what is delivered twice has one id.
func TestSoakSchedule(t *testing.T) {
	kills := inFull(200, 8)
	n := newNewsroom(t, "", "every: 1s", "")
	entries := 0
	for range kills {
		n.feed.offer(entries, entries+1)
		entries++
		worker := n.start("worker", "-q")
		time.Sleep(time.Duration(200+rand.IntN(2000)) * time.Millisecond)
		if err := worker.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = worker.Wait()
	}
	worker := n.start("worker", "-q")
	deadline := time.Now().Add(2 * time.Minute)
	for n.delivered() < entries && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	polled := n.feed.polled()
	for n.feed.polled() < polled+2 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	n.ended(worker)
	n.taken(entries)
	n.hook.mu.Lock()
	defer n.hook.mu.Unlock()
	t.Logf("%d kills: %d entries, %d messages, %d of them a second time under the same id, %d calls", kills, entries, n.hook.came, n.hook.came-len(n.hook.byID), n.calls())
}

// delivered is how many articles the webhook has.
func (n *newsroom) delivered() int {
	n.hook.mu.Lock()
	defer n.hook.mu.Unlock()
	return len(n.hook.articles)
}

// TestTwoWorkersOneSchedule: each due time is run once, whoever is there.
func TestTwoWorkersOneSchedule(t *testing.T) {
	n := newNewsroom(t, pgtest.Start(t), "every: 2s", "")
	n.feed.offer(0, 3)
	first, second := n.start("worker", "-q"), n.start("worker", "-q")
	for n.feed.polled() < 5 {
		time.Sleep(50 * time.Millisecond)
	}
	n.ended(first)
	n.ended(second)
	seen := map[string]bool{}
	for line := range strings.Lines(n.said(0, "schedule", "history", "news", "--json", "--limit", "0")) {
		var f struct {
			Type, Due, State, Cause string
			Attempts                int
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Type != "firing" {
			continue
		}
		if seen[f.Due] || f.Attempts > 1 {
			t.Errorf("%s was run more than once", f.Due)
		}
		seen[f.Due] = true
	}
	if len(seen) < 4 {
		t.Errorf("%d firings", len(seen))
	}
	n.taken(3)
	if calls, articles := n.calls(), 3; calls > articles*8 {
		t.Errorf("%d calls for %d articles", calls, articles)
	}
}
