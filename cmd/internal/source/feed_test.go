package source_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
	"dragoman/pipeline"
)

const feedURL = "https://courier.example/feed"

// A feed of 100 entries is polled 50 times, and every time its entries have new
// dates, ids and tracking parameters, and another order: 100 articles in the first
// poll, none in the others, and no page is asked for twice.
func TestTheSameEntriesAgainAndAgain(t *testing.T) {
	for name, teaser := range map[string]bool{"whole articles": false, "teasers": true} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			rng := rand.New(rand.NewPCG(1, 2))
			for i := range 100 {
				title := fmt.Sprintf("Story %d", i)
				b.page(fmt.Sprintf("https://courier.example/s/%d?page=1", i), page(title, story(title)))
			}
			for round := range 50 {
				var posts []post
				for _, i := range rng.Perm(100) {
					p := post{
						link:  fmt.Sprintf("https://courier.example/s/%d?page=1", i),
						id:    fmt.Sprintf("id-%d-%d", round, i),
						title: fmt.Sprintf("Story %d", i),
						text:  story(fmt.Sprint("story ", i)),
						date:  b.now.Add(-time.Duration(rng.IntN(1e6)) * time.Second).Format(time.RFC1123Z),
					}
					if teaser {
						p.text = fmt.Sprintf("What the council said of %d.", i)
					} else {
						p.link = fmt.Sprintf("http://courier.example/s/%d?utm_source=r%d&amp;page=1&amp;fbclid=%d#c%d", i, round, rng.Int(), round)
					}
					posts = append(posts, p)
				}
				b.page(feedURL, rss(posts...))
				poll := b.poll(t, schedule.Source{Feed: feedURL})
				want := "100 known"
				if round == 0 {
					want = ""
				}
				if got := what(poll); round > 0 && (got != want || len(b.asked) != 1) || round == 0 && len(poll.Items) != 100 {
					t.Fatalf("poll %d: %s, %d requests", round, got, len(b.asked))
				}
				b.now = b.now.Add(5 * time.Minute)
			}
			if len(b.entries) != 100 {
				t.Errorf("%d entries are remembered", len(b.entries))
			}
		})
	}
}

// What a feed offers, poll after poll, and what is said to be new.
func TestWhatIsNew(t *testing.T) {
	one := func(link, text string) post {
		return post{link: "https://e.org/" + link, title: "Bridge", text: story(text)}
	}
	type step struct {
		posts []post
		want  string
	}
	for name, steps := range map[string][]step{
		"new and known": {{[]post{one("a", "A")}, "new a"}, {[]post{one("b", "B"), one("a", "A")}, "new b; 1 known"}},
		"edited, and back again": {
			{[]post{one("a", "A")}, "new a"},
			{[]post{one("a", "B")}, "changed a"},
			{[]post{one("a", "B")}, "1 known"},
			{[]post{one("a", "A")}, "changed a"},
			{[]post{one("a", "A")}, "1 known"},
		},
		"the same text elsewhere": {{[]post{one("a", "A")}, "new a"}, {[]post{one("b", "A"), one("a", "A")}, "2 known"}, {[]post{one("b", "A")}, "1 known"}},
		"twice in one poll":       {{[]post{one("b", "A"), one("a", "A")}, "new a; 1 known"}, {[]post{one("b", "A"), one("a", "A")}, "2 known"}},
		"a copy goes its own way": {
			{[]post{one("b", "A"), one("a", "A")}, "new a; 1 known"},
			{[]post{one("b", "C"), one("a", "A")}, "new b; 1 known"},
			{[]post{one("b", "C"), one("a", "A")}, "2 known"},
			{[]post{one("b", "D"), one("a", "A")}, "changed b; 1 known"},
		},
		"the first is edited and its copy is not": {
			{[]post{one("b", "A"), one("a", "A")}, "new a; 1 known"},
			{[]post{one("b", "A"), one("a", "C")}, "changed a; 1 known"},
			{[]post{one("b", "A"), one("a", "C")}, "2 known"},
			{[]post{one("b", "C"), one("a", "C")}, "2 known"},
			{[]post{one("b", "C"), one("a", "A")}, "changed a; 1 known"},
		},
		"a notice in place of two": {
			{[]post{one("b", "notice"), one("a", "notice")}, "new a; 1 known"},
			{[]post{one("b", "B"), one("a", "A")}, "changed a, new b"},
			{[]post{one("b", "notice"), one("a", "notice")}, "changed a; 1 known"},
			{[]post{one("b", "B"), one("a", "A")}, "changed a, new b"},
		},
		"one becomes the other": {
			{[]post{one("b", "B"), one("a", "A")}, "new a, new b"},
			{[]post{one("b", "B"), one("a", "B")}, "2 known"},
			{[]post{one("b", "E"), one("a", "B")}, "changed b; 1 known"},
			{[]post{one("b", "B"), one("a", "B")}, "changed b; 1 known"},
		},
		"one link, two ids": {
			{[]post{{link: "https://e.org/live#2", id: "2", title: "Two", text: story("2")}, {link: "https://e.org/live#1", id: "1", title: "One", text: story("1")}}, "new live, new live"},
			{[]post{{link: "https://e.org/live#2", id: "2", title: "Two", text: story("2")}, {link: "https://e.org/live#1", id: "1", title: "One", text: story("1")}}, "2 known"},
			{[]post{{link: "https://e.org/live#2", id: "2", title: "Two", text: story("2")}}, "1 known"},
		},
		"one link and id twice: the newest": {{[]post{
			{link: "https://e.org/a", id: "1", title: "A", text: story("new"), date: "Mon, 02 Mar 2026 05:00:00 +0000"},
			{link: "https://e.org/a", id: "1", title: "A", text: story("old"), date: "Mon, 02 Mar 2026 04:00:00 +0000"},
		}, "new a"}},
		"without links": {{[]post{{id: "7", title: "Bridge", text: story("7")}}, "new bridge"}, {[]post{{id: "7", title: "Bridge", text: story("8")}}, "changed bridge"}},
		"without links and ids": {
			{[]post{{title: "Bridge", text: story("7")}}, "new bridge"}, {[]post{{title: "Bridge", text: story("7")}}, "1 known"}, {[]post{{title: "Bridge", text: story("8")}}, "new bridge"},
		},
		"the oldest first": {{[]post{
			{link: "https://e.org/b", title: "B", text: story("b"), date: "Mon, 02 Mar 2026 05:00:00 +0000"},
			{link: "https://e.org/c", title: "C", text: story("c"), date: "Mon, 02 Mar 2026 07:00:00 +0100"},
			{link: "https://e.org/a", title: "A", text: story("a"), date: "Mon, 02 Mar 2026 04:00:00 +0000"},
		}, "new a, new b, new c"}},
		"without dates the last first": {{[]post{one("c", "C"), one("b", "B"), one("a", "A")}, "new a, new b, new c"}},
		"links to the site alone": {
			{[]post{{link: "https://courier.example", id: "7", title: "Bridge", text: story("7")}}, "new bridge"},
			{[]post{{link: "https://courier.example/#x", id: "8", title: "Storm", text: story("8")}}, "new storm"},
			{[]post{{link: "https://courier.example", id: "8", title: "Storm", text: story("9")}}, "changed storm"},
		},
		"no text":     {{[]post{{title: "Only a title"}}, "1 problems"}, {[]post{{title: "Only a title"}}, "1 problems"}},
		"none at all": {{nil, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			ids := map[string]string{}
			for i, s := range steps {
				b.page(feedURL, rss(s.posts...))
				poll := b.poll(t, schedule.Source{Feed: feedURL})
				if got := what(poll); got != s.want {
					t.Errorf("poll %d: %q, want %q", i, got, s.want)
				}
				for _, item := range poll.Items {
					if id, ok := ids[item.Key]; ok && id != item.Document {
						t.Errorf("poll %d: %s is %s, and was %s", i, item.Key, item.Document, id)
					}
					ids[item.Key] = item.Document
					if item.Article.ID != item.Document || item.Title == "" {
						t.Errorf("poll %d: %+v", i, item)
					}
				}
				b.now = b.now.Add(time.Hour)
			}
		})
	}
}

// An answer's ETag is remembered only where all of it was taken in.
func TestConditionalRequests(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL}
	posts := []post{{link: "https://e.org/a", title: "A", text: story("a")}, {link: "https://e.org/b", title: "B", text: story("b")}}
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss(posts...)), ETag: `"1"`, Modified: "Mon, 02 Mar 2026 05:00:00 GMT"}
	posts = append(posts, teaser("gone", "The council met."))
	whole := b.pages[feedURL].Body
	b.pages[feedURL].Body = []byte(rss(posts...))
	if p := b.poll(t, src); what(p) != "new b, new a; 1 problems" {
		t.Fatal(what(p))
	}
	b.pages[feedURL].Body = whole
	if p := b.poll(t, src); what(p) != "2 known" || b.asked[0].ETag != "" {
		t.Errorf("after a problem: %s, asked %+v", what(p), b.asked)
	}
	p := b.poll(t, src)
	if what(p) != "2 known" || !p.NotChanged || b.asked[0].ETag != `"1"` || b.asked[0].Modified == "" {
		t.Errorf("unchanged: %s, asked %+v", what(p), b.asked)
	}
	if p = b.poll(t, src); !p.NotChanged || b.asked[0].ETag != `"1"` {
		t.Errorf("unchanged again: %s, asked %+v", what(p), b.asked)
	}
	b.pages[feedURL].ETag = "" // a server without ETags: the bytes are compared
	writes := b.writes
	if p = b.poll(t, src); !p.NotChanged || what(p) != "2 known" {
		t.Errorf("the same bytes: %s", what(p))
	}
	if b.writes != writes {
		t.Errorf("%d entries were written for nothing", b.writes-writes)
	}
	src.FullText = schedule.FullTextNever
	if p = b.poll(t, src); p.NotChanged || what(p) != "2 known" {
		t.Errorf("other settings: %s, %v", what(p), p.NotChanged)
	}
}

// An error of the store is not the source's: nothing is remembered against it.
func TestAStoreThatFails(t *testing.T) {
	b := newBench()
	b.page(feedURL, rss(post{link: "https://e.org/a", title: "A", text: story("a")}))
	b.broken = "known"
	if poll, err := b.p.Poll(t.Context(), schedule.Source{Feed: feedURL}); poll != nil || err == nil || !strings.Contains(err.Error(), "looking up what is known: disk full") {
		t.Errorf("%v, %v", poll, err)
	}
}

// An entry without a text is told every time; the feed is not asked for in full
// again because of it.
func TestAnEntryWithoutText(t *testing.T) {
	b := newBench()
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss(post{title: "Only a title", id: "1"})), ETag: `"1"`}
	if p := b.poll(t, schedule.Source{Feed: feedURL}); what(p) != "1 problems" || !strings.Contains(p.Problems[0].Line, "the feed gives no text") {
		t.Errorf("%s, %v", what(p), p.Problems)
	}
	if p := b.poll(t, schedule.Source{Feed: feedURL}); what(p) != "1 problems" || !p.NotChanged || b.asked[0].ETag == "" {
		t.Errorf("%s", what(p))
	}
}

// A process that dies between the articles and the commit, or within it, finds the
// same articles again under the same ids; none is lost.
func TestKilledBeforeTheEnd(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL}
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss(post{link: "https://e.org/a", title: "A", text: story("a")})), ETag: `"1"`}
	first := b.look(t, src)
	for _, broken := range []string{"remember", "save"} {
		b.broken = broken
		again := b.look(t, src)
		if what(again) != "new a" || again.Items[0].Document != first.Items[0].Document {
			t.Errorf("%s: %s", broken, what(again))
		}
		if err := b.p.Commit(t.Context(), again); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: %v", broken, err)
		}
		if len(b.sources) > 0 {
			t.Errorf("%s: the source's state was saved", broken)
		}
	}
	b.broken = ""
	if p := b.poll(t, src); what(p) != "1 known" {
		t.Errorf("after the entries were remembered: %s", what(p))
	}
	if p := b.poll(t, src); !p.NotChanged {
		t.Error("the ETag is not remembered")
	}
}

func TestFeedsThatCannotBeRead(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL, SilentAfter: 48 * time.Hour}
	whole := rss(post{link: "https://e.org/a", title: "A", text: story("a")})
	b.page(feedURL, whole)
	b.poll(t, src)
	since := b.now.Add(time.Hour)
	for i, c := range []struct {
		body, want string
		err        error
	}{
		{whole[:len(whole)/2], "breaks off in its middle", nil},
		{"<!DOCTYPE html><html><body>Please log in", "a web page, not a feed", nil},
		{"", "the answer is empty", nil},
		{"", "too many redirects", &pipeline.Error{Code: pipeline.Invalid, Stage: "fetch", Unit: feedURL, Hint: "look where it leads", Err: errors.New("too many redirects")}},
	} {
		b.now = since.Add(time.Duration(i) * time.Hour)
		b.page(feedURL, c.body)
		b.errs[feedURL] = c.err
		poll, err := b.p.Poll(t.Context(), src)
		if err == nil || poll == nil || !strings.Contains(poll.Failure, c.want) || strings.Contains(poll.Failure, "\n") || !strings.Contains(poll.Failure, "(") || pipeline.CodeOf(err) != pipeline.Invalid {
			t.Fatalf("%d: %v, %v", i, poll, err)
		}
		if err := b.p.Commit(t.Context(), poll); err != nil {
			t.Fatal(err)
		}
		s, _, _ := b.Load(t.Context(), "schedule:x", feedURL)
		if !s.Failing.Equal(since) || s.Failure != poll.Failure {
			t.Errorf("%d: failing since %s: %s", i, s.Failing, s.Failure)
		}
	}
	b.now = since.Add(60 * time.Hour)
	if poll, err := b.p.Poll(t.Context(), src); err == nil || poll.Silent != 61*time.Hour {
		t.Errorf("silent for %v, %v", poll.Silent, err)
	}
	b.errs, b.pages[feedURL].Body = map[string]error{}, []byte(whole)
	if p := b.poll(t, src); what(p) != "1 known" || p.Silent != 61*time.Hour {
		t.Errorf("mended: %s, %v", what(p), p.Silent)
	}
	if s, _, _ := b.Load(t.Context(), "schedule:x", feedURL); !s.Failing.IsZero() || s.Failure != "" {
		t.Errorf("still failing: %+v", s)
	}
}

func TestSilence(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL, SilentAfter: 24 * time.Hour}
	b.page(feedURL, rss())
	for i, want := range []time.Duration{0, 0, 0, 36 * time.Hour} { // from the first look on, though nothing ever came
		if p := b.poll(t, src); p.Silent != want {
			t.Errorf("%d: silent for %v", i, p.Silent)
		}
		b.now = b.now.Add(12 * time.Hour)
	}
	b.page(feedURL, rss(post{link: "https://e.org/a", title: "A", text: story("a")}))
	if p := b.poll(t, src); p.Silent != 0 {
		t.Errorf("with news, silent for %v", p.Silent)
	}
}

func TestAskedToBeLeftAlone(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL}
	ttl := strings.Replace(rss(), "<title>", "<ttl>60</ttl><title>", 1)
	b.page(feedURL, ttl)
	b.poll(t, src)
	b.now = b.now.Add(53 * time.Minute)
	if p := b.poll(t, src); !p.Skipped || len(b.asked) != 0 || len(p.Notes) != 1 {
		t.Errorf("within the ttl: %+v", p)
	}
	b.now = b.now.Add(time.Minute) // a schedule of an hour comes a little early
	b.errs[feedURL] = &pipeline.Error{Code: pipeline.Unavailable, Err: &fetch.Failure{Status: 503, Reason: "busy", NotBefore: b.now.Add(90 * 24 * time.Hour)}}
	poll, err := b.p.Poll(t.Context(), src)
	if err == nil || poll.Skipped {
		t.Fatal("not asked after the ttl")
	}
	if err := b.p.Commit(t.Context(), poll); err != nil {
		t.Fatal(err)
	}
	b.errs = nil
	b.now = b.now.Add(23 * time.Hour)
	if p := b.poll(t, src); !p.Skipped {
		t.Error("asked within Retry-After")
	}
	b.now = b.now.Add(time.Hour) // no header ends a schedule for three months
	if p := b.poll(t, src); p.Skipped {
		t.Error("not asked again after a day")
	}
}

func TestMostItemsOfAFeed(t *testing.T) {
	b := newBench()
	var posts []post
	for i := range 600 {
		posts = append(posts, post{link: fmt.Sprintf("https://e.org/s-%03d", i), title: fmt.Sprint(i), text: story(fmt.Sprint(i))})
	}
	b.page(feedURL, rss(posts...))
	p := b.look(t, schedule.Source{Feed: feedURL})
	if len(p.Items) != source.MaxItems || !strings.HasPrefix(p.Items[0].Document, "s-499-") || len(p.Notes) != 1 {
		t.Errorf("%d items from %s, %v", len(p.Items), p.Items[0].Document, p.Notes)
	}
	if p = b.look(t, schedule.Source{Feed: feedURL, MaxItems: 2}); what(p) != "new s-001, new s-000" {
		t.Errorf("%s", what(p))
	}
}

func TestNotesOfAFeed(t *testing.T) {
	b := newBench()
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss()), Moved: "https://new.example/feed", ContentType: "text/xml; charset=windows-1251"}
	p := b.poll(t, schedule.Source{Feed: feedURL})
	notes := strings.Join(p.Notes, "|")
	for _, want := range []string{"moved for good", "https://new.example/feed", "no entries"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
}
