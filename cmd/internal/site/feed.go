package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"time"
)

// rss is an RSS 2.0 feed. The encoder writes U+FFFD for what XML cannot hold.
type rss struct {
	XMLName xml.Name `xml:"rss"`
	Version string   `xml:"version,attr"`
	Atom    string   `xml:"xmlns:atom,attr"`
	Channel channel  `xml:"channel"`
}

type channel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Self        *selfLink `xml:"atom:link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Built       string    `xml:"lastBuildDate,omitempty"`
	Generator   string    `xml:"generator"`
	Items       []rssItem `xml:"item"`
}

type selfLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
}

type rssItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	GUID        guid   `xml:"guid"`
	Date        string `xml:"pubDate"`
	Updated     string `xml:"atom:updated,omitempty"`
	Category    string `xml:"category,omitempty"` // status word of the disclosure
	Description string `xml:"description"`        // HTML
}

type guid struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	ID        string `xml:",chardata"`
}

// guidOf names an article in a language, for good: not by its address, which
// may change with the site's.
func guidOf(id, lang string) string {
	h := sha256.New()
	for _, part := range []string{id, lang} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return "urn:dragoman:" + hex.EncodeToString(h.Sum(nil))[:32]
}

// feed writes the newest articles of a language as RSS.
func (s *Site) feed(lang string, newest []item) func(io.Writer) error {
	return func(w io.Writer) error {
		words := wordsFor(lang)
		c := channel{
			Title: s.titleIn(words), Link: s.whole(feedName(lang), indexName(lang)), Description: words.About, Language: lang, Generator: "dragoman",
		}
		if s.opts.URL != "" {
			c.Self = &selfLink{Href: s.whole(feedName(lang), feedName(lang)), Rel: "self", Type: "application/rss+xml"}
		}
		var built time.Time
		for _, i := range newest {
			text, err := describe(words, i)
			if err != nil {
				return err
			}
			it := rssItem{
				Title: i.title(), Link: s.whole(feedName(lang), pageName(lang, i.Name)), GUID: guid{ID: guidOf(i.ID, lang)},
				Date: i.Published.UTC().Format(time.RFC1123Z), Category: i.Author, Description: text,
			}
			if !i.Updated.IsZero() {
				it.Updated = i.Updated.UTC().Format(time.RFC3339)
			}
			for _, t := range []time.Time{i.Published, i.Updated} {
				if t.After(built) {
					built = t
				}
			}
			c.Items = append(c.Items, it)
		}
		if !built.IsZero() {
			c.Built = built.UTC().Format(time.RFC1123Z)
		}
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		enc := xml.NewEncoder(w)
		enc.Indent("", " ")
		if err := enc.Encode(rss{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Channel: c}); err != nil {
			return fmt.Errorf("writing a feed: %w", err)
		}
		_, err := io.WriteString(w, "\n")
		return err
	}
}

// titleIn is the site's title on the pages of a language.
func (s *Site) titleIn(w words) string {
	if len(s.list.Languages) < 2 {
		return s.opts.Title
	}
	return s.opts.Title + " – " + w.Own
}

// title is the headline, or the article's name where it has none.
func (i item) title() string {
	if i.Headline == "" {
		return i.Name
	}
	return i.Headline
}

// describe is what a feed says of an article, as HTML.
func describe(w words, i item) (string, error) {
	t, err := pages()
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "description", viewOf(w, i, "")); err != nil {
		return "", fmt.Errorf("writing a feed: %w", err)
	}
	return b.String(), nil
}
