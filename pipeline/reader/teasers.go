package reader

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// teaserRunes is the longest text of a teaser. Those of news sites have a
// headline and two sentences, 200 to 400 characters.
const teaserRunes = 700

// teaserMark is the attribute that markTeasers sets. The elements stay in the
// page while the article is looked for: without them a page with a short
// article would seem to be all footer.
const teaserMark = "data-dragoman-teaser"

// markTeasers marks the teasers of other stories in a page and returns their
// headlines: at least two siblings of one kind, each short, each with a heading
// that is nothing but a link to another page.
func markTeasers(doc *html.Node) []string {
	var titles []string
	each(doc, func(n *html.Node) bool {
		if hasAttr(n, teaserMark) {
			return false
		}
		groups := map[string][]*html.Node{}
		var order []string
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode || teaserTitle(c) == "" {
				continue
			}
			key := c.Data + "." + attr(c, "class")
			if groups[key] == nil {
				order = append(order, key)
			}
			groups[key] = append(groups[key], c)
		}
		for _, key := range order {
			if len(groups[key]) < 2 {
				continue
			}
			for _, c := range groups[key] {
				c.Attr = append(c.Attr, html.Attribute{Key: teaserMark, Val: "1"})
				titles = append(titles, teaserTitle(c))
			}
		}
		return true
	})
	return titles
}

// teaserTitle is the headline of a teaser, or "" where n is none.
func teaserTitle(n *html.Node) string {
	switch n.DataAtom {
	case atom.Div, atom.Section, atom.Article, atom.Li, atom.Aside:
	default:
		return ""
	}
	if utf8.RuneCountInString(collapse(content(n))) > teaserRunes {
		return ""
	}
	title := ""
	each(n, func(c *html.Node) bool {
		switch c.DataAtom {
		case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			if link := element(c, atom.A); title == "" && link != nil && leads(link) && squeeze(content(link)) == squeeze(content(c)) {
				title = collapse(content(c))
			}
			return false
		}
		return title == ""
	})
	return title
}

// leads reports whether a link leads to another page.
func leads(link *html.Node) bool {
	href := strings.TrimSpace(attr(link, "href"))
	return href != "" && !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "javascript:")
}

// frameMark is the attribute that markFrames sets; its value is what the page
// calls the part.
const frameMark = "data-dragoman-frame"

// frameShare is the part of a page's words, in hundredths, that nothing called
// a comment or a sidebar can hold: what holds more is a wrapper with an unlucky
// name.
const frameShare = 30

// markFrames marks what the page itself calls comments, a newsletter form, a
// footer and the like.
func markFrames(doc *html.Node) {
	whole := len(strings.Fields(content(doc)))
	each(doc, func(n *html.Node) bool {
		if n.Type != html.ElementNode || hidden(n) || !frame(n) {
			return true
		}
		name := frameNames.FindString(strings.NewReplacer("-", " ", "_", " ").Replace(attr(n, "class") + " " + attr(n, "id")))
		if name == "" {
			name = n.Data
		}
		if len(strings.Fields(content(n)))*100 > whole*frameShare || element(n, atom.H1) != nil {
			return true
		}
		n.Attr = append(n.Attr, html.Attribute{Key: frameMark, Val: strings.ToLower(name)})
		return false
	})
}
