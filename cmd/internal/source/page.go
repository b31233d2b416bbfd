package source

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

const (
	acceptPage = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.5"
	// pageBytes bounds one page. The longest newspaper pages with all their
	// markup have 1.6 MiB.
	pageBytes = 4 << 20

	// A page that cannot be read is asked for at every poll at first, and then
	// ever more seldom, but never given up.
	eagerTries  = 3
	firstWait   = 15 * time.Minute
	longestWait = 24 * time.Hour

	// mostFailures of one host in a row end the questions to it in this poll: a
	// host that is down must not cost a minute for each of its pages.
	mostFailures = 5
)

// try is what is remembered of a thing that could not be read.
type try struct {
	Tries int       `json:"tries"`
	Since time.Time `json:"since"`
	Next  time.Time `json:"next,omitzero"` // not to be tried before
	Line  string    `json:"line"`
	Idle  bool      `json:"idle,omitempty"` // it is of no use to try again before the source changes
}

// pending reports whether something is to be tried again.
func (x extra) pending() bool {
	for _, t := range x.Tries {
		if !t.Idle {
			return true
		}
	}
	return false
}

// pages reads pages during one poll.
type pages struct {
	*memory
	src      schedule.Source
	recheck  time.Duration
	failures map[string]int // of a host, in a row
	tries    map[string]try
	held     int // bytes of text
}

func (p *Poller) pages(m *memory, src schedule.Source) *pages {
	g := &pages{memory: m, src: src, recheck: src.Recheck, failures: map[string]int{}, tries: map[string]try{}}
	if g.recheck == 0 {
		g.recheck = Recheck
	}
	return g
}

// close hands over what is to be tried again.
func (g *pages) close() error {
	g.poll.extra.Tries = g.tries
	if g.poll.extra.pending() || g.poll.Left > 0 {
		g.poll.whole = false
	}
	return nil
}

// full reports whether the poll holds as much as it may.
func (g *pages) full() bool { return g.held > mostText }

// offer decides about one entry of a feed.
func (g *pages) offer(ctx context.Context, o *offer) error {
	old, known := g.byKey[o.key]
	said := old.Offered
	if said == "" {
		said = old.Content
	}
	same := known && said == o.offered
	paged := old.Offered != "" || old.Tag != "" || old.Modified != ""
	if same && (!paged || !o.wants || !g.due(old)) {
		g.poll.Known++
		if paged && o.wants {
			g.lookAgain(old.Looked)
		}
		return nil
	}
	switch {
	case o.wants:
		return g.page(ctx, o, old, same)
	case o.own == nil:
		g.problem(o.key, o.err, false)
		return nil
	}
	if g.src.FullText != schedule.FullTextNever && o.entry.Teaser() {
		notice(o.own, "the feed gives a short text and no page of its own; it was taken as it is")
	}
	g.take(thing{key: o.key, link: o.entry.Link, article: o.own, content: o.offered, offered: o.offered})
	return nil
}

// take decides about a thing and counts its text.
func (g *pages) take(t thing) {
	if t.paged {
		g.lookAgain(g.now)
	}
	before := len(g.poll.Items)
	g.decide(t)
	if len(g.poll.Items) > before {
		g.held += size(t.article)
	}
}

// due reports whether a page that is known is to be looked at again.
func (g *pages) due(e store.Entry) bool { return !g.now.Before(e.Looked.Add(g.recheck)) }

// lookAgain notes when a page that was looked at is to be looked at again.
func (g *pages) lookAgain(looked time.Time) {
	at := looked.Add(g.recheck)
	if r := g.poll.extra.Recheck; r.IsZero() || at.Before(r) {
		g.poll.extra.Recheck = at
	}
}

// page reads the page of an entry.
func (g *pages) page(ctx context.Context, o *offer, old store.Entry, same bool) error {
	if g.full() {
		g.poll.Left++
		return nil
	}
	t, unchanged, err := g.ask(ctx, o, old)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && same: // what is known still stands
		g.stands(o, old, err)
		return nil
	case err != nil:
		g.problem(o.key, err, true)
		return nil
	case unchanged:
		g.unchanged(old, o.offered)
		return nil
	}
	return g.read(ctx, t)
}

// ask fetches the page of an entry and reads it.
func (g *pages) ask(ctx context.Context, o *offer, old store.Entry) (t thing, unchanged bool, err error) {
	answer, err := g.get(ctx, o.key, o.entry.Link, old)
	if err != nil || answer.Unchanged {
		return thing{}, err == nil, err
	}
	found, err := article(answer)
	if found, err = better(found, err, o); err != nil {
		return thing{}, false, err
	}
	complete(found, o)
	return thing{key: o.key, link: o.entry.Link, article: found, offered: o.offered, paged: true, tag: answer.ETag, modified: answer.Modified}, false, nil
}

// unchanged notes that the server says that a known page is as it was.
func (g *pages) unchanged(old store.Entry, offered string) {
	if old.Offered, old.Looked = offered, g.now; old.Offered == old.Content {
		old.Offered = ""
	}
	g.poll.Known++
	g.keep(old)
	g.lookAgain(g.now)
}

// stands notes that a known page could not be looked at again.
func (g *pages) stands(o *offer, old store.Entry, err error) {
	if !errors.Is(err, errLater) {
		old.Looked = g.now
		g.poll.note("%s could not be looked at again: %s", o.entry.Link, Line(err))
		g.keep(old)
	}
	g.lookAgain(old.Looked)
	g.poll.Known++
}

// read looks up the content of a page and decides.
func (g *pages) read(ctx context.Context, t thing) error {
	t.content = Content(t.article)
	if err := g.recall(ctx, nil, []string{t.content}); err != nil {
		return err
	}
	g.take(t)
	return nil
}

// better is the article of a page, or the entry's own where that is the longer: the
// page of a paywall. A text that says itself that it is cut is never taken.
func better(found *pipeline.Article, err error, o *offer) (*pipeline.Article, error) {
	own := o.own
	if own == nil || err == nil && words(found) >= words(own) {
		return found, err
	}
	if err == nil && !o.entry.Cut() {
		notice(own, fmt.Sprintf("the page holds %d words, fewer than the feed's entry with %d; the entry was taken", words(found), words(own)))
		return own, nil
	}
	if err == nil {
		err = invalid(o.entry.Link, "a paywall, or a page for people who agree to something first; leave the feed out, or set full-text: never to take what the feed gives",
			"its page holds %d words, no more than the feed's teaser with %d", words(found), words(own))
	}
	return nil, err
}

// notice says on an article how it was read.
func notice(a *pipeline.Article, message string) {
	a.Noticed = append(a.Noticed, pipeline.Finding{Check: "N05", Category: "design/markup", Severity: pipeline.Minor, Message: message})
}

// complete fills in what a page does not say of its article, from its entry.
func complete(a *pipeline.Article, o *offer) {
	if a.DatePublished.IsZero() {
		a.DatePublished = dateOf(o.entry)
	}
	if a.InLanguage == language.Und {
		a.InLanguage = o.entry.Language
	}
	if a.First(pipeline.Headline) == "" && o.entry.Title != "" {
		headline := pipeline.Block{Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{Text: o.entry.Title}}}
		a.Body = append([]pipeline.Block{headline}, a.Body...)
	}
}

// errLater says that a page is not asked for in this poll.
var errLater = errors.New("not asked for")

// get fetches a page, unless it or its host failed too often of late.
func (g *pages) get(ctx context.Context, key, link string, old store.Entry) (*fetch.Page, error) {
	last, tried := g.poll.extra.Tries[key]
	if tried && g.now.Before(last.Next) && !g.p.Eager {
		return nil, fmt.Errorf("%w before %s: %s", errLater, last.Next.UTC().Format(time.RFC3339), last.Line)
	}
	host := ""
	if u, err := url.Parse(link); err == nil {
		host = u.Host
	}
	if g.failures[host] >= mostFailures {
		return nil, fmt.Errorf("%w in this poll: %d pages of %s failed in a row", errLater, mostFailures, host)
	}
	answer, err := g.p.Fetch.Get(ctx, fetch.Request{
		URL: link, Accept: acceptPage, ETag: old.Tag, Modified: old.Modified, IgnoreRobots: g.src.IgnoreRobots, MaxBytes: pageBytes, Allow: g.src.Allow,
	})
	if err != nil {
		g.failures[host]++
		return nil, err
	}
	g.failures[host] = 0
	return answer, nil
}

// problem notes what could not be read; asked says whether its page was asked for.
func (g *pages) problem(key string, err error, asked bool) {
	t := g.poll.extra.Tries[key]
	if t.Since.IsZero() {
		t.Since = g.now
	}
	later := errors.Is(err, errLater)
	if !later || t.Line == "" {
		t.Line = Line(err)
	}
	if !later {
		t.Tries++
		t.Next, t.Idle = time.Time{}, !asked
		if asked && t.Tries >= eagerTries {
			wait := longestWait
			if n := t.Tries - eagerTries; n < 10 {
				wait = min(firstWait<<n, longestWait)
			}
			t.Next = g.now.Add(wait)
		}
	}
	g.tries[key] = t
	line := t.Line
	if t.Tries >= eagerTries {
		line = fmt.Sprintf("%s; tried %d times since %s, and tried again for as long as it is offered", line, t.Tries, t.Since.UTC().Format(time.DateOnly))
	}
	g.poll.Problems = append(g.poll.Problems, Problem{Key: key, Line: oneLine(line), Since: t.Since, Tries: t.Tries})
}
