package reader

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"dragoman/pipeline"
)

// TeaserWords is the length under which an entry's text is taken for a teaser.
// The excerpts of WordPress, where most of them come from, have 55 words, those of
// news agencies one or two sentences. Of 23 whole news articles of eight sites that
// were measured the shortest had 244 words.
const TeaserWords = 120

// Teaser reports whether an entry's text is not the article but leads to it: there
// is none, it has fewer words than TeaserWords, or it ends as cut texts do ("…",
// "[…]", "Read more").
func (e *Entry) Teaser() bool {
	text := e.text()
	return len(strings.Fields(text)) < TeaserWords || isCut(text)
}

// Cut reports whether an entry's text itself says that it is not whole.
func (e *Entry) Cut() bool { return isCut(e.text()) }

// isCut looks at the end of a text alone.
func isCut(text string) bool {
	const longest = 80 // bytes, of what cutText matches
	return cutText.MatchString(text[max(0, len(text)-longest):])
}

// cutText is the end of a text that is not whole.
var cutText = regexp.MustCompile(`(?i)(?:…|\.\.\.|\[\s*&hellip;\s*\]|\[\s*(?:…|\.{3})\s*\]|\b(?:read|see|learn)\s+(?:more|on)|\b(?:continue|keep)\s+reading|\bread\s+(?:the\s+)?(?:full|whole|entire|rest\s+of\s+the)\s+(?:story|article|post)|\bfull\s+story|\bclick\s+here(?:\s+to\s+read\s+more)?)[\s.…»›→>\])]*$`)

// body is the longer of content and summary, as HTML.
func (e *Entry) body() string {
	body := e.Content
	if len(body) < len(e.Summary) && len(strings.Fields(unmarked(body))) < len(strings.Fields(unmarked(e.Summary))) {
		body = e.Summary
	}
	if anyTag.MatchString(body) {
		return body
	}
	var b strings.Builder
	for _, p := range paragraphs(body) {
		b.WriteString("<p>" + strings.ReplaceAll(p, "<", "&lt;") + "</p>\n")
	}
	return b.String()
}

// text is the entry's text without the line that names where it comes from.
func (e *Entry) text() string {
	body := anyBreak.ReplaceAllString(e.body(), "\n$0")
	lines := strings.FieldsFunc(content(parsed(body)), func(r rune) bool { return r == '\n' })
	for len(lines) > 0 && (strings.TrimSpace(lines[len(lines)-1]) == "" || firstSeen.MatchString(collapse(lines[len(lines)-1]))) {
		lines = lines[:len(lines)-1]
	}
	return collapse(strings.Join(lines, " "))
}

var (
	anyTag   = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)
	anyBreak = regexp.MustCompile(`(?i)</?(?:p|div|br|li|h[1-6]|blockquote|tr|hr)\b`)
	// firstSeen is the line that WordPress puts under every entry of a feed.
	firstSeen = regexp.MustCompile(`^(?:The post|This (?:article|post|story)) .*\b(?:appeared first on|first appeared on|was originally published (?:on|at|in|by)) .+$`)
)

// Article is the article that the entry itself holds: its title as headline,
// byline, keywords, and the blocks of its content, or of its summary where that is
// longer. Nothing of it is left out but what a page's reader leaves out too. The
// name is for the id and for messages. An entry without a text is an error.
func (e *Entry) Article(name string) (*pipeline.Article, error) {
	doc := parsed(e.body())
	teasers := markTeasers(doc)
	markFrames(doc)
	w := walker{}
	w.node(doc, pipeline.Paragraph)
	w.flush(pipeline.Paragraph)
	if len(w.blocks) == 0 {
		return nil, invalid(name, fmt.Errorf("the feed gives no text for %q", short(e.Title)), "set fullText: auto or always, so that its page is read")
	}
	source := -1
	if last := len(w.blocks) - 1; firstSeen.MatchString(collapse(w.blocks[last].Text())) {
		w.blocks[last].Kind, source = pipeline.Boilerplate, last
	}
	a, err := article(name, decoded{text: e.Title + content(doc)}, headed(w.blocks, e.Title, e.Byline, strings.Join(e.Keywords, ", ")))
	if err != nil {
		return nil, err
	}
	a.URL, a.DatePublished, a.InLanguage = e.Link, e.Published, e.Language
	if a.DatePublished.IsZero() {
		a.DatePublished = e.Updated
	}
	a.Noticed = append(a.Noticed, e.noticed...)
	if source >= 0 {
		notice(a, pipeline.Neutral, "the line about where the entry comes from is kept and not translated")
	}
	noticeCode(a)
	noticeLeft(a, teasers, w.left)
	return a, nil
}

// parsed is the tree of a piece of HTML. It reads any.
func parsed(s string) *html.Node {
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil { // only what is nested too deep
		doc = &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"}
		doc.AppendChild(&html.Node{Type: html.TextNode, Data: anyTag.ReplaceAllString(s, " ")})
	}
	return doc
}

// unmarked is the text of a title, which may hold marks and entities.
func unmarked(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return collapse(s)
	}
	return collapse(content(parsed("<body>" + s)))
}
