package reader

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	jsonfeed "github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"
	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// Feed is an RSS, Atom or JSON feed.
type Feed struct {
	Kind    string // "rss", "atom" or "json"
	Title   string
	Link    string        // the site's address; "" where there is none
	TTL     time.Duration // how long the feed asks to be left alone after a look (RSS); 0 where it does not
	Entries []Entry       // in the order of the feed

	// Noticed is what was found out about the feed as a whole: an encoding that
	// is not the declared one. It is in Noticed of every article of it too.
	Noticed []pipeline.Finding
}

// Entry is one item of a feed, as the feed gives it.
type Entry struct {
	ID        string // guid, id; "" where there is none
	Link      string // address of its page, http or https, absolute; "" where there is none
	Title     string // plain text
	Byline    string // "By …"; "" where no person's name is given
	Published time.Time
	Updated   time.Time
	Language  language.Tag // the entry's, or else the feed's; und where neither says
	Keywords  []string
	Content   string // HTML, or text without any marks; "" where there is only a summary
	Summary   string // in the same form

	noticed []pipeline.Finding
}

// ParseFeed reads a feed. The name is its address, for messages and for links
// that are not whole; charset is what the server said of it, or "".
//
// The encoding is that of the byte order mark, else of the XML declaration, else
// charset, else it is found out, see [Decode]; where what is declared is not so,
// Noticed says it. Unescaped ampersands and unknown entities stay as they are
// written. What is no feed, is cut off, declares entities of its own, or has more
// of anything than a feed can have is an error of type *pipeline.Error with code
// Invalid and a hint. A feed without entries is none.
func ParseFeed(raw []byte, name, charset string) (*Feed, error) {
	d, noticed, err := decodeFeed(raw, name, charset)
	if err != nil {
		return nil, err
	}
	text, err := scanFeed(d.text, name)
	if err != nil {
		return nil, err
	}
	parser := gofeed.NewParser()
	parser.KeepOriginalFeed = true
	parser.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true} // an HTML parse of every entry
	f, err := parser.ParseString(text)
	if err != nil {
		return nil, brokenFeed(name, err)
	}
	base, err := url.Parse(name)
	if err != nil {
		base = &url.URL{}
	}
	out := &Feed{Kind: f.FeedType, Title: unmarked(f.Title), Link: webAddress(base, f.Link), Noticed: noticed}
	if site, err := url.Parse(out.Link); err == nil && out.Link != "" {
		base = site
	}
	for _, item := range f.Items {
		out.Entries = append(out.Entries, entryOf(item, f, base, noticed))
	}
	out.original(f.OriginalFeed(), base)
	return out, nil
}

// entryOf is what all kinds of feed say of an entry.
func entryOf(item *gofeed.Item, f *gofeed.Feed, base *url.URL, noticed []pipeline.Finding) Entry {
	e := Entry{
		ID: strings.TrimSpace(item.GUID), Link: webAddress(base, item.Link), Title: unmarked(item.Title),
		Language: tag(f.Language), Content: strings.TrimSpace(item.Content), Summary: strings.TrimSpace(item.Description), noticed: noticed,
	}
	if burned := item.Extensions["feedburner"]["origLink"]; len(burned) > 0 {
		if link := webAddress(base, burned[0].Value); link != "" {
			e.Link = link
		}
	}
	if len(item.Authors) > 0 && item.Authors[0] != nil {
		e.Byline = bylineOf(item.Authors[0].Name)
	}
	if item.DublinCoreExt != nil && len(item.DublinCoreExt.Language) > 0 {
		e.Language = tag(item.DublinCoreExt.Language[0])
	}
	if item.PublishedParsed != nil {
		e.Published = *item.PublishedParsed
	}
	if item.UpdatedParsed != nil {
		e.Updated = *item.UpdatedParsed
	}
	for _, c := range item.Categories {
		if c = unmarked(c); c != "" {
			e.Keywords = append(e.Keywords, c)
		}
	}
	return e
}

// original adds what only one kind of feed has. Its entries are in the same
// order. An id that is an address stands in for the link, unless the feed says
// that it is none.
func (f *Feed) original(feed any, base *url.URL) {
	link := func(i int, id string) {
		if i < len(f.Entries) && f.Entries[i].Link == "" && strings.HasPrefix(id, "http") {
			f.Entries[i].Link = webAddress(base, id)
		}
	}
	switch feed := feed.(type) {
	case *rss.Feed:
		f.TTL = minutes(feed.TTL)
		for i, item := range feed.Items {
			if item.GUID != nil && !strings.EqualFold(item.GUID.IsPermalink, "false") {
				link(i, item.GUID.Value)
			}
		}
	case *atom.Feed:
		for i, entry := range feed.Entries {
			link(i, entry.ID)
			if i < len(f.Entries) && entry.Content != nil && !textual(entry.Content.Type) {
				f.Entries[i].Content = ""
			}
		}
	case *jsonfeed.Feed:
		for i, item := range feed.Items {
			link(i, item.ID)
			if i < len(f.Entries) && item.Language != "" {
				f.Entries[i].Language = tag(item.Language)
			}
		}
	}
}

// textual reports whether Atom content of a type can be read: not a picture.
func textual(kind string) bool {
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "" || kind == "text" || kind == "html" || kind == "xhtml" || strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "xml")
}

// minutes reads an RSS ttl.
func minutes(s string) time.Duration {
	n := 0
	if _, err := fmt.Sscanf(strings.TrimSpace(s), "%d", &n); err != nil || n < 0 || n > 60*24*365 {
		return 0
	}
	return time.Duration(n) * time.Minute
}

// webAddress makes a link whole. What is no address of the web is "".
func webAddress(base *url.URL, link string) string {
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	if link == "" || err != nil {
		return ""
	}
	if base.Host != "" {
		u = base.ResolveReference(u)
	}
	if u.Scheme = strings.ToLower(u.Scheme); u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

func tag(s string) language.Tag {
	t, err := language.Parse(strings.TrimSpace(s))
	if err != nil {
		return language.Und
	}
	return t
}

// bylineOf is the byline of a person's name. Names of accounts and addresses
// ("admin", "news@example.org") are none.
func bylineOf(name string) string {
	name = unmarked(name)
	if strings.Contains(name, "@") || len(strings.Fields(name)) < 2 || len(name) > 120 {
		return ""
	}
	if strings.HasPrefix(strings.ToLower(name), "by ") {
		return name
	}
	return "By " + name
}
