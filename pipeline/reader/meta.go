package reader

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pageMeta is what a page says of its article for machines.
type pageMeta struct {
	headline  string // of the JSON-LD article
	url       string // canonical address, http or https
	keywords  string // joined by ", "
	published time.Time
}

// readMeta reads JSON-LD first and fills the gaps from meta and link elements.
func readMeta(doc *html.Node) pageMeta {
	var m pageMeta
	each(doc, func(n *html.Node) bool {
		if n.DataAtom == atom.Script && strings.EqualFold(attr(n, "type"), "application/ld+json") && n.FirstChild != nil {
			var v any
			if json.Unmarshal([]byte(n.FirstChild.Data), &v) == nil {
				m.linkedData(v, 0)
			}
		}
		return true
	})
	each(doc, func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Meta:
			m.element(strings.ToLower(attr(n, "name")+attr(n, "property")+attr(n, "itemprop")), collapse(attr(n, "content")))
		case atom.Link:
			if strings.EqualFold(attr(n, "rel"), "canonical") {
				m.address(attr(n, "href"))
			}
		}
		return true
	})
	return m
}

// element reads one meta element.
func (m *pageMeta) element(name, value string) {
	switch name {
	case "keywords", "news_keywords":
		m.words(strings.Split(value, ","))
	case "og:url":
		m.address(value)
	case "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "pubdate":
		m.date(value)
	}
}

// linkedData looks for an article in a JSON-LD value.
func (m *pageMeta) linkedData(v any, depth int) {
	if depth > 6 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			m.linkedData(x, depth+1)
		}
	case map[string]any:
		if graph, ok := v["@graph"]; ok {
			m.linkedData(graph, depth+1)
		}
		if !isArticle(v["@type"]) {
			return
		}
		if s, ok := v["headline"].(string); ok && m.headline == "" {
			m.headline = collapse(html.UnescapeString(s))
		}
		if s, ok := v["datePublished"].(string); ok {
			m.date(s)
		}
		if s, ok := v["url"].(string); ok {
			m.address(s)
		}
		switch k := v["keywords"].(type) {
		case string:
			m.words(strings.Split(k, ","))
		case []any:
			var words []string
			for _, x := range k {
				if s, ok := x.(string); ok {
					words = append(words, s)
				}
			}
			m.words(words)
		}
	}
}

// isArticle: NewsArticle, Article, ReportageNewsArticle, BlogPosting …
func isArticle(v any) bool {
	switch t := v.(type) {
	case string:
		return strings.HasSuffix(t, "Article") || strings.HasSuffix(t, "Posting")
	case []any:
		for _, x := range t {
			if isArticle(x) {
				return true
			}
		}
	}
	return false
}

// words keeps the first list of keywords that has any.
func (m *pageMeta) words(list []string) {
	if m.keywords != "" {
		return
	}
	var out []string
	for _, w := range list {
		if w = collapse(html.UnescapeString(w)); w != "" {
			out = append(out, w)
		}
	}
	m.keywords = strings.Join(out, ", ")
}

// address keeps the first address of the web.
func (m *pageMeta) address(s string) {
	u, err := url.Parse(strings.TrimSpace(s))
	if m.url == "" && err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		m.url = u.String()
	}
}

// date keeps the first date in one of the forms of ISO 8601.
func (m *pageMeta) date(s string) {
	if !m.published.IsZero() {
		return
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			m.published = t
			return
		}
	}
}
