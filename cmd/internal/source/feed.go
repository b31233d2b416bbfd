package source

import (
	"context"
	"fmt"
	"maps"
	"mime"
	"slices"
	"time"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

const (
	acceptFeed = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
	// ttlShare is the part, in tenths, of a feed's ttl that is waited for. A
	// schedule that is as long as the ttl comes some seconds early every time,
	// and must not leave out every other poll.
	ttlShare = 9
)

// offer is an entry of a feed.
type offer struct {
	key     string
	entry   *reader.Entry
	own     *pipeline.Article // what the entry itself holds; nil where it has no text
	err     error             // why it has none
	offered string            // digest of what the entry says
	wants   bool              // its page is to be read
}

// feed polls a feed.
func (p *Poller) feed(ctx context.Context, src schedule.Source, poll *Poll) error {
	now := p.now()
	settings := digest(string(src.FullText), fmt.Sprint(src.MaxItems, src.Recheck))
	// An unchanged answer is of use only where nothing else is due.
	again := poll.extra.pending() || poll.extra.Settings != settings || !poll.extra.Recheck.IsZero() && !now.Before(poll.extra.Recheck)
	r := fetch.Request{URL: src.Feed, Accept: acceptFeed, IgnoreRobots: src.IgnoreRobots, Allow: src.Allow}
	if !again {
		r.ETag, r.Modified = poll.state.Tag, poll.state.Modified
	}
	answer, err := p.Fetch.Get(ctx, r)
	if err != nil {
		return err
	}
	poll.rest(answer.NotBefore, now)
	if answer.Moved != "" && answer.Moved != src.Feed {
		poll.note("the feed has moved for good: change its address to %s", answer.Moved)
	}
	if answer.Unchanged || !again && poll.state.Digest != "" && poll.state.Digest == digest(string(answer.Body)) {
		if answer.ETag != "" || answer.Modified != "" {
			poll.state.Tag, poll.state.Modified = answer.ETag, answer.Modified
		}
		poll.unchanged()
		return nil
	}
	f, err := reader.ParseFeed(answer.Body, src.Feed, charset(answer.ContentType))
	if err != nil {
		return err
	}
	if f.TTL > 0 {
		poll.rest(now.Add(f.TTL*ttlShare/10), now)
	}
	for _, n := range f.Noticed {
		poll.note("%s", n.Message)
	}
	if len(f.Entries) == 0 {
		poll.note("the feed has no entries")
	}
	poll.state.Tag, poll.state.Modified, poll.state.Digest = answer.ETag, answer.Modified, digest(string(answer.Body))
	poll.extra.Settings, poll.extra.Recheck = settings, time.Time{}
	answer.Body = nil
	return p.entries(ctx, src, poll, f)
}

// unchanged says of an unchanged answer what was said of it before.
func (poll *Poll) unchanged() {
	poll.NotChanged, poll.Known = true, max(0, poll.extra.Offered-len(poll.extra.Tries))
	for _, key := range slices.Sorted(maps.Keys(poll.extra.Tries)) {
		t := poll.extra.Tries[key]
		poll.Problems = append(poll.Problems, Problem{Key: key, Line: t.Line, Since: t.Since, Tries: t.Tries})
	}
}

// entries goes through a feed's entries, the oldest first.
func (p *Poller) entries(ctx context.Context, src schedule.Source, poll *Poll, f *reader.Feed) error {
	most := src.MaxItems
	if most == 0 {
		most = MaxItems
	}
	entries := oldestFirst(f.Entries)
	if n := len(entries); n > most {
		poll.note("the feed has %d entries; the newest %d are looked at (max-items)", n, most)
		entries = entries[n-most:]
	}
	offers := offersOf(entries, src, Canonical(f.Link))
	m := p.remember(poll)
	var keys, contents []string
	for _, o := range offers {
		keys = append(keys, o.key)
		if !o.wants {
			contents = append(contents, o.offered)
		}
	}
	if err := m.recall(ctx, keys, contents); err != nil {
		return err
	}
	pages := p.pages(m, src)
	for _, o := range offers {
		if err := pages.offer(ctx, o); err != nil {
			return err
		}
	}
	return pages.close()
}

// oldestFirst orders entries by their dates; where one has none, the feed's own
// order is trusted, which is the newest first.
func oldestFirst(entries []reader.Entry) []*reader.Entry {
	out := make([]*reader.Entry, 0, len(entries))
	dated := true
	for i := range slices.Backward(entries) {
		out = append(out, &entries[i])
		dated = dated && !dateOf(&entries[i]).IsZero()
	}
	if dated {
		slices.SortStableFunc(out, func(a, b *reader.Entry) int { return dateOf(a).Compare(dateOf(b)) })
	}
	return out
}

func dateOf(e *reader.Entry) time.Time {
	if e.Published.IsZero() {
		return e.Updated
	}
	return e.Published
}

// offersOf gives the entries their keys. Of entries with one key the newest counts,
// unless they have different ids: then each is a thing of its own (a page with
// several notes in it). A link to the site itself is no entry's own.
func offersOf(entries []*reader.Entry, src schedule.Source, site string) []*offer {
	feed := Canonical(src.Feed)
	ids := map[string]map[string]bool{}
	for _, e := range entries {
		if k := Canonical(e.Link); k != "" {
			if ids[k] == nil {
				ids[k] = map[string]bool{}
			}
			ids[k][e.ID] = true
		}
	}
	var out []*offer
	at := map[string]int{}
	for _, e := range entries {
		o := &offer{entry: e}
		o.read()
		link := Canonical(e.Link)
		if link == site {
			link = ""
		}
		switch {
		case link != "" && len(ids[link]) > 1:
			o.key = link + " " + e.ID
		case link != "":
			o.key = link
		case e.ID != "":
			o.key = "id:" + feed + " " + e.ID
		default:
			o.key = "text:" + o.offered
		}
		o.key = bounded(o.key)
		o.wants = link != "" && (src.FullText == schedule.FullTextAlways || src.FullText != schedule.FullTextNever && e.Teaser())
		if i, again := at[o.key]; again {
			out[i] = nil
		}
		at[o.key] = len(out)
		out = append(out, o)
	}
	return slices.DeleteFunc(out, func(o *offer) bool { return o == nil })
}

// read reads what the entry itself holds.
func (o *offer) read() {
	name := o.entry.Link
	if name == "" {
		name = o.entry.ID
	}
	o.own, o.err = o.entry.Article(name)
	if o.err != nil {
		o.own, o.offered = nil, digest(folded(o.entry.Title))
		return
	}
	o.offered = Content(o.own)
	if o.own.URL != "" {
		o.own.URL = untracked(o.own.URL)
	}
}

// charset is what a server says of an answer's encoding.
func charset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

// article reads the article of a page.
func article(answer *fetch.Page) (*pipeline.Article, error) {
	articles, err := reader.Web(answer.Body, answer.ContentType, answer.URL)
	if err != nil {
		return nil, err
	}
	articles[0].URL = untracked(articles[0].URL)
	return articles[0], nil
}
