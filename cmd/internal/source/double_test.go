package source_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// kept is a store of entries and sources in memory.
type kept struct {
	entries map[string]store.Entry // collection, NUL, key
	sources map[string]store.Source
	broken  string // "known", "remember" or "save": what fails
	writes  int    // entries written
}

func (k *kept) Known(_ context.Context, collection string, keys, contents []string) (byKey, byContent map[string]store.Entry, err error) {
	if k.broken == "known" {
		return nil, nil, errors.New("disk full")
	}
	byKey, byContent = map[string]store.Entry{}, map[string]store.Entry{}
	for _, e := range k.entries {
		if e.Collection != collection {
			continue
		}
		if slices.Contains(keys, e.Key) {
			byKey[e.Key] = e
		}
		if old, ok := byContent[e.Content]; slices.Contains(contents, e.Content) && (!ok || cmp.Or(e.First.Compare(old.First), strings.Compare(e.Key, old.Key)) < 0) {
			byContent[e.Content] = e
		}
	}
	return byKey, byContent, nil
}

func (k *kept) Remember(_ context.Context, entries ...store.Entry) error {
	if k.broken == "remember" {
		return errors.New("disk full")
	}
	seen := map[string]bool{}
	for _, e := range entries {
		id := e.Collection + "\x00" + e.Key
		if seen[id] {
			return fmt.Errorf("%s is there twice", e.Key) // as PostgreSQL says
		}
		seen[id] = true
		if old, ok := k.entries[id]; ok {
			e.First = old.First
		}
		k.entries[id] = e
		k.writes++
	}
	return nil
}

func (k *kept) All(_ context.Context, collection string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(k.entries)) {
			if e := k.entries[id]; e.Collection == collection && !yield(e, nil) {
				return
			}
		}
	}
}

func (k *kept) Load(_ context.Context, collection, name string) (store.Source, bool, error) {
	s, ok := k.sources[collection+"\x00"+name]
	return s, ok, nil
}

func (k *kept) Save(_ context.Context, s store.Source) error {
	if k.broken == "save" {
		return errors.New("disk full")
	}
	k.sources[s.Collection+"\x00"+s.Name] = s
	return nil
}

func (k *kept) List(_ context.Context, collection string) ([]store.Source, error) {
	var out []store.Source
	for _, id := range slices.Sorted(maps.Keys(k.sources)) {
		if s := k.sources[id]; s.Collection == collection {
			out = append(out, s)
		}
	}
	return out, nil
}

// web is a network of pages. One that has an ETag answers conditional requests.
type web struct {
	pages map[string]*fetch.Page
	errs  map[string]error
	asked []fetch.Request
}

func (w *web) Get(ctx context.Context, r fetch.Request) (*fetch.Page, error) {
	w.asked = append(w.asked, r)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.errs[r.URL]; err != nil {
		return nil, err
	}
	p, ok := w.pages[r.URL]
	if !ok {
		f := &fetch.Failure{Status: 404, Reason: "the server says 404 Not Found"}
		return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: "fetch", Unit: r.URL, Hint: "look whether the address is right", Err: f}
	}
	out := *p
	if out.URL == "" {
		out.URL = r.URL
	}
	if out.Status = 200; r.ETag != "" && r.ETag == p.ETag {
		out.Status, out.Unchanged, out.Body = 304, true, nil
	}
	return &out, nil
}

// bench is a poller on doubles, with a clock that tests set.
type bench struct {
	*web
	*kept
	p   *source.Poller
	now time.Time
}

func newBench() *bench {
	b := &bench{
		web:  &web{pages: map[string]*fetch.Page{}, errs: map[string]error{}},
		kept: &kept{entries: map[string]store.Entry{}, sources: map[string]store.Source{}},
		now:  time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC),
	}
	b.p = &source.Poller{Fetch: b.web, Entries: b.kept, Sources: b.kept, Collection: "schedule:x", Now: func() time.Time { return b.now }}
	return b
}

// poll polls without an error, and commits.
func (b *bench) poll(t *testing.T, src schedule.Source) *source.Poll {
	t.Helper()
	poll := b.look(t, src)
	if err := b.p.Commit(t.Context(), poll); err != nil {
		t.Fatal(err)
	}
	return poll
}

// look polls without an error, and leaves it at that.
func (b *bench) look(t *testing.T, src schedule.Source) *source.Poll {
	t.Helper()
	b.asked = nil
	poll, err := b.p.Poll(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return poll
}

func (b *bench) page(url, body string) { b.pages[url] = &fetch.Page{Body: []byte(body)} }

// post is an entry of a test's feed.
type post struct{ link, id, title, text, date string }

// rss is a feed of posts, in their order.
func rss(posts ...post) string {
	var s strings.Builder
	s.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>The Courier</title><link>https://courier.example/</link>`)
	for _, p := range posts {
		s.WriteString("<item><title>" + p.title + "</title>")
		for _, f := range [][2]string{{"link", p.link}, {"guid", p.id}, {"pubDate", p.date}, {"description", "<![CDATA[" + p.text + "]]>"}} {
			if f[1] != "" {
				attr := ""
				if f[0] == "guid" {
					attr = ` isPermaLink="false"`
				}
				s.WriteString("<" + f[0] + attr + ">" + f[1] + "</" + f[0] + ">")
			}
		}
		s.WriteString("</item>")
	}
	return s.String() + "</channel></rss>"
}

// story is a text of more words than a teaser has.
func story(about string) string {
	return "<p>" + strings.Repeat("The council heard again about "+about+" and put off what it had to say. ", 10) + "</p>"
}

// page is a web page with an article.
func page(title, body string) string {
	return "<!DOCTYPE html><html lang=\"en\"><head><title>" + title + "</title></head><body><article><h1>" + title + "</h1>" + body + body + "</article></body></html>"
}

// what is a poll in one line: its items, and how many are known, left, problems.
func what(p *source.Poll) string {
	var out []string
	for _, i := range p.Items {
		doc := i.Document
		if n := strings.LastIndex(doc, "-"); n > 0 && len(doc)-n == 9 {
			doc = doc[:n]
		}
		if link, ok := strings.CutPrefix(i.URL, "https://e.org/"); ok {
			doc, _, _ = strings.Cut(link, "#")
		}
		out = append(out, string(i.Why)+" "+doc)
	}
	s := strings.Join(out, ", ")
	for _, n := range []struct {
		n    int
		name string
	}{{p.Known, "known"}, {p.Left, "left"}, {p.Waiting, "waiting"}, {len(p.Problems), "problems"}} {
		if n.n > 0 {
			s += fmt.Sprintf("; %d %s", n.n, n.name)
		}
	}
	return strings.TrimPrefix(s, "; ")
}
