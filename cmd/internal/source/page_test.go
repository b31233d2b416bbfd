package source_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// teaser is an entry that leads to its page.
func teaser(name, text string) post {
	return post{link: "https://e.org/" + name, title: "Bridge " + name, text: text}
}

func TestPagesOfTeasers(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL}
	b.page(feedURL, rss(teaser("a", "The council met.")))
	b.pages["https://e.org/a"] = &fetch.Page{Body: []byte(page("Bridge a", story("one"))), ETag: `"a1"`, ContentType: "text/html; charset=utf-8"}
	p := b.poll(t, src)
	if what(p) != "new a" || len(b.asked) != 2 || b.asked[1].MaxBytes == 0 || b.asked[1].IgnoreRobots {
		t.Fatalf("%s, asked %+v", what(p), b.asked)
	}
	if a := p.Items[0].Article; a.URL != "https://e.org/a" || a.First(pipeline.Headline) != "Bridge a" || !strings.Contains(a.First(pipeline.Paragraph), "about one") {
		t.Errorf("%+v", a)
	}
	b.now = b.now.Add(23 * time.Hour)
	if p = b.poll(t, src); what(p) != "1 known" || len(b.asked) != 1 {
		t.Errorf("before the recheck: %s, asked %+v", what(p), b.asked)
	}
	b.now = b.now.Add(time.Hour)
	if p = b.poll(t, src); what(p) != "1 known" || len(b.asked) != 2 || b.asked[1].ETag != `"a1"` {
		t.Errorf("recheck of an unchanged page: %s, asked %+v", what(p), b.asked)
	}
	b.pages["https://e.org/a"].Body, b.pages["https://e.org/a"].ETag = []byte(page("Bridge a", story("two"))), `"a2"`
	if p = b.poll(t, src); what(p) != "1 known" || len(b.asked) != 1 {
		t.Errorf("after the recheck: %s, asked %+v", what(p), b.asked)
	}
	b.now = b.now.Add(24 * time.Hour)
	if p = b.poll(t, src); what(p) != "changed a" {
		t.Errorf("recheck of an edited page: %s", what(p))
	}
	b.page(feedURL, rss(teaser("a", "The council met twice.")))
	if p = b.poll(t, src); what(p) != "1 known" || len(b.asked) != 2 {
		t.Errorf("another teaser, the same page: %s, asked %+v", what(p), b.asked)
	}
	b.errs["https://e.org/a"] = errors.New("connection refused")
	b.now = b.now.Add(24 * time.Hour)
	if p = b.poll(t, src); what(p) != "1 known" || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "could not be looked at again: connection refused") {
		t.Errorf("a recheck that fails: %s, %v", what(p), p.Notes)
	}
	src.FullText = schedule.FullTextNever
	if p = b.poll(t, src); what(p) != "1 known" || len(b.asked) != 1 {
		t.Errorf("with fullText never what was bought with its page stays: %s", what(p))
	}
}

// An unchanged feed must not keep a page from being looked at again.
func TestRecheckInAnUnchangedFeed(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL, Recheck: time.Hour}
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss(teaser("a", "The council met."))), ETag: `"f"`}
	b.page("https://e.org/a", page("Bridge a", story("one")))
	b.poll(t, src)
	b.now = b.now.Add(30 * time.Minute)
	if p := b.poll(t, src); !p.NotChanged {
		t.Errorf("%s", what(p))
	}
	b.now = b.now.Add(30 * time.Minute)
	b.page("https://e.org/a", page("Bridge a", story("two")))
	if p := b.poll(t, src); what(p) != "changed a" || b.asked[0].ETag != "" {
		t.Errorf("%s, asked %+v", what(p), b.asked)
	}
	if p := b.poll(t, src); !p.NotChanged {
		t.Errorf("after it: %s", what(p))
	}
}

func TestFullText(t *testing.T) {
	whole := post{link: "https://e.org/a", title: "Bridge a", text: story("one")}
	short := teaser("a", "The council met.")
	nowhere := post{title: "Bridge", text: "The council met."}
	for name, c := range map[string]struct {
		mode  schedule.FullText
		post  post
		asked int
		want  string
	}{
		"auto, teaser":           {schedule.FullTextAuto, short, 2, "new a"},
		"by default, teaser":     {"", short, 2, "new a"},
		"auto, whole":            {schedule.FullTextAuto, whole, 1, "new a"},
		"always, whole":          {schedule.FullTextAlways, whole, 2, "new a"},
		"never, teaser":          {schedule.FullTextNever, short, 1, "new a"},
		"never, title":           {schedule.FullTextNever, teaser("a", ""), 1, "1 problems"},
		"auto, title":            {schedule.FullTextAuto, teaser("a", ""), 2, "new a"},
		"auto, teaser, no link":  {schedule.FullTextAuto, nowhere, 1, "new bridge"},
		"always, whole, no link": {schedule.FullTextAlways, post{title: "Bridge", text: story("one")}, 1, "new bridge"},
	} {
		b := newBench()
		b.page(feedURL, rss(c.post))
		b.page("https://e.org/a", page("Bridge a", story("one")))
		if p := b.poll(t, schedule.Source{Feed: feedURL, FullText: c.mode}); what(p) != c.want || len(b.asked) != c.asked {
			t.Errorf("%s: %s, %d requests", name, what(p), len(b.asked))
		}
		if p := b.poll(t, schedule.Source{Feed: feedURL, FullText: c.mode}); len(p.Items) > 0 {
			t.Errorf("%s again: %s", name, what(p))
		}
	}
}

func TestPagesShorterThanTheirEntry(t *testing.T) {
	wall := page("Bridge a", "<p>Please subscribe to read on.</p>")
	summary := "The council met for four hours on Tuesday, heard eleven speakers, and put off its decision on the bridge until May."
	for name, c := range map[string]struct{ text, page, want, begins string }{
		"a paywall, and the entry is whole":     {story("one"), wall, "new a", "The council heard again about one"},
		"a paywall, and the entry is a summary": {summary, wall, "new a", "The council met for four hours"},
		"a paywall, and the entry is cut":       {summary + " It also […]", wall, "1 problems", ""},
		"a page that is longer":                 {summary, page("Bridge a", story("one")), "new a", "The council heard again about one"},
		"an empty page":                         {summary, "<html><body></body></html>", "1 problems", ""},
		"no page":                               {summary, "\x89PNG\r\n\x1a\n\x00\x00\x00", "1 problems", ""},
	} {
		b := newBench()
		b.page(feedURL, rss(teaser("a", c.text)))
		b.page("https://e.org/a", c.page)
		p := b.poll(t, schedule.Source{Feed: feedURL, FullText: schedule.FullTextAlways})
		if what(p) != c.want {
			t.Errorf("%s: %s, %v", name, what(p), p.Problems)
			continue
		}
		if strings.HasSuffix(name, "is cut") && !strings.Contains(p.Problems[0].Line, "set full-text: never") {
			t.Errorf("%s: the hint names no key of dragoman.yaml: %v", name, p.Problems)
		}
		if len(p.Items) == 1 && !strings.HasPrefix(p.Items[0].Article.First(pipeline.Paragraph), c.begins) {
			t.Errorf("%s: %q", name, p.Items[0].Article.First(pipeline.Paragraph))
		}
		if p = b.poll(t, schedule.Source{Feed: feedURL, FullText: schedule.FullTextAlways}); len(p.Items) > 0 {
			t.Errorf("%s again: %s", name, what(p))
		}
	}
}

// A page that fails is a problem and not an article; it is asked for again, ever
// more seldom, and taken when it comes.
func TestPagesThatFail(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL}
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss(teaser("a", "The council met."))), ETag: `"f"`}
	asked := 0
	for i := range 100 {
		p := b.poll(t, src)
		if what(p) != "1 problems" || b.asked[0].ETag != "" || !strings.Contains(p.Problems[0].Line, "404") || p.Problems[0].Key != "https://e.org/a" {
			t.Fatalf("%d: %s, %+v, asked %+v", i, what(p), p.Problems, b.asked)
		}
		asked += len(b.asked) - 1
		if tries := p.Problems[0].Tries; tries != asked || asked >= 3 && !strings.Contains(p.Problems[0].Line, fmt.Sprintf("tried %d times since 2026-03-02", asked)) {
			t.Errorf("%d: asked %d times: %+v", i, asked, p.Problems[0])
		}
		b.now = b.now.Add(5 * time.Minute)
	}
	if asked < 5 || asked > 10 { // at 0, 5, 10 minutes, and after 15, 30, 60, 120, 240 more
		t.Errorf("asked %d times in 500 minutes", asked)
	}
	b.now = b.now.Add(48 * time.Hour)
	b.page("https://e.org/a", page("Bridge a", story("one")))
	if p := b.poll(t, src); what(p) != "new a" {
		t.Errorf("%s", what(p))
	}
	if p := b.poll(t, src); !p.NotChanged {
		t.Errorf("after it: %s", what(p))
	}
}

// A host that is down is not asked for each of its pages, and does not keep those
// of another from being read.
func TestAHostThatIsDown(t *testing.T) {
	b := newBench()
	var posts []post
	for i := range 40 {
		p := teaser(fmt.Sprint("page-", i), "The council met.")
		if i%2 == 0 {
			p.link = fmt.Sprintf("https://down.example/%d", i)
			b.errs[p.link] = &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("no answer")}
		} else {
			b.page(p.link, page(p.title, story(p.title)))
		}
		posts = append(posts, p)
	}
	b.page(feedURL, rss(posts...))
	p := b.poll(t, schedule.Source{Feed: feedURL})
	if len(p.Items) != 20 || len(p.Problems) != 20 || len(b.asked) != 1+20+5 {
		t.Errorf("%d items, %d problems, %d requests", len(p.Items), len(p.Problems), len(b.asked))
	}
}

func TestInterrupted(t *testing.T) {
	b := newBench()
	b.page(feedURL, rss(teaser("a", "The council met.")))
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	cancel(stop)
	if poll, err := b.p.Poll(ctx, schedule.Source{Feed: feedURL}); poll != nil || !errors.Is(err, stop) {
		t.Errorf("%v, %v", poll, err)
	}
}

func TestURLs(t *testing.T) {
	b := newBench()
	list := filepath.Join(t.TempDir(), "list.txt")
	text := "\ufeff# pages\nhttps://e.org/b\n\n  https://e.org/c?utm_source=x  # the third\nnot an address\nhttps://e.org/b#again\nftp://e.org/d\nhttps://e.org/text.txt\nhttps://e.org/p.pdf\n"
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src := schedule.Source{URLs: []string{"https://e.org/a"}, List: list}
	for _, n := range []string{"a", "b"} {
		b.pages["https://e.org/"+n] = &fetch.Page{Body: []byte(page("Bridge "+n, story(n))), ETag: n, ContentType: "text/html"}
	}
	b.pages["https://e.org/a"].Moved = "https://e.org/aa"
	b.pages["https://e.org/text.txt"] = &fetch.Page{Body: []byte("Bridge\n\nThe council met."), ContentType: "text/plain"}
	b.pages["https://e.org/p.pdf"] = &fetch.Page{Body: []byte("%PDF-1.4"), ContentType: "application/pdf"}
	p := b.poll(t, src)
	if p.Name != list || p.Kind != source.URLs || what(p) != "new a, new b, new text.txt; 4 problems" {
		t.Fatalf("%s %s: %s", p.Name, p.Kind, what(p))
	}
	lines := ""
	for _, problem := range p.Problems {
		lines += problem.Line + "\n"
	}
	for _, want := range []string{list + `:5: "not an address" is no address`, list + ":7: ", "https://e.org/c?utm_source=x", "404", "is application/pdf; what is read is HTML"} {
		if !strings.Contains(lines, want) {
			t.Errorf("problems lack %q:\n%s", want, lines)
		}
	}
	if notes := strings.Join(p.Notes, "|"); !strings.Contains(notes, "https://e.org/a has moved for good") {
		t.Errorf("notes %q", notes)
	}
	b.now = b.now.Add(time.Hour)
	if p = b.poll(t, src); what(p) != "3 known; 4 problems" || len(b.asked) != 2 {
		t.Errorf("an hour later: %s, asked %+v", what(p), b.asked)
	}
	b.now = b.now.Add(24 * time.Hour)
	b.pages["https://e.org/b"] = &fetch.Page{Body: []byte(page("Bridge b", story("more")))}
	if p = b.poll(t, src); what(p) != "changed b; 2 known; 4 problems" || b.asked[0].ETag != "a" {
		t.Errorf("a day later: %s, asked %+v", what(p), b.asked)
	}
	if e := b.entries["schedule:x\x00https://e.org/a"]; !e.Looked.Equal(b.now) || e.Tag != "a" {
		t.Errorf("a page that is unchanged is remembered so: %+v", e)
	}
	if _, err := b.p.Poll(t.Context(), schedule.Source{List: list + ".none"}); pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(source.Line(err), "there is no such list (make the file") {
		t.Errorf("%v", err)
	}
}

// Pages are looked at when they are due, which a note says, or when somebody asks;
// those that are due come first then.
func TestPagesAreLookedAtAgainWhenAsked(t *testing.T) {
	b := newBench()
	src := schedule.Source{URLs: []string{"https://e.org/a", "https://e.org/b"}, Recheck: 2 * time.Hour}
	for _, link := range src.URLs {
		b.page(link, page("Bridge", story(link)))
	}
	if p := b.poll(t, src); what(p) != "new a, new b" || p.Notes != nil {
		t.Fatalf("%s, %v", what(p), p.Notes)
	}
	b.page("https://e.org/a", page("Bridge", story("an edit")))
	b.now = b.now.Add(time.Hour)
	p := b.poll(t, src)
	if want := "known and not looked at again before 2026-03-02T08:00:00Z: 2 of 2 pages (recheck)"; what(p) != "2 known" || len(b.asked) != 0 || strings.Join(p.Notes, "|") != want {
		t.Errorf("%s, asked %+v, %q", what(p), b.asked, p.Notes)
	}
	b.p.Eager = true
	if p = b.poll(t, src); what(p) != "changed a; 1 known" || len(b.asked) != 2 || p.Notes != nil {
		t.Errorf("%s, asked %+v, %q", what(p), b.asked, p.Notes)
	}
	src.URLs, src.MaxItems = append(src.URLs, "https://e.org/c", "https://e.org/d"), 2
	b.page("https://e.org/c", page("Bridge", story("c")))
	if p = b.poll(t, src); what(p) != "new c; 2 known; 1 problems" || len(b.asked) != 2 {
		t.Errorf("%s, asked %+v", what(p), b.asked)
	}
	src.MaxItems = 0
	for range 5 { // a page that failed often rests, but not from who asks
		if p = b.poll(t, src); len(b.asked) != 4 {
			t.Errorf("%s, asked %+v", what(p), b.asked)
		}
	}
}

func TestMostPagesInOnePoll(t *testing.T) {
	b := newBench()
	src := schedule.Source{MaxItems: 2}
	for i := range 5 {
		link := fmt.Sprintf("https://e.org/page-%d", i)
		src.URLs = append(src.URLs, link)
		b.page(link, page("Bridge", story(link)))
	}
	for i, want := range []string{"new page-0, new page-1; 3 left", "new page-2, new page-3; 2 known; 1 left", "new page-4; 4 known", "5 known"} {
		p := b.poll(t, src)
		if what(p) != want || p.NotChanged != (i == 3) {
			t.Errorf("poll %d: %s", i, what(p))
		}
	}
}

// The state of another version, or of another source, does no harm.
func TestStateThatCannotBeRead(t *testing.T) {
	b := newBench()
	b.sources["schedule:x\x00"+feedURL] = store.Source{Collection: "schedule:x", Name: feedURL, Extra: []byte(`{"tries":7}`)}
	b.page(feedURL, rss(post{link: "https://e.org/a", title: "A", text: story("a")}))
	if p := b.poll(t, schedule.Source{Feed: feedURL}); what(p) != "new a" || len(p.Notes) != 1 {
		t.Errorf("%s, %v", what(p), p.Notes)
	}
}
