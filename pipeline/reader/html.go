package reader

import (
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// HTML reads a web page: the article in it, without menus, advertisements and
// footers. Headline, date, address and keywords come from the page's own data
// (JSON-LD and meta elements) where it has them. What the page keeps between
// paragraphs of the article and the reader leaves out is in Noticed; program
// code stays as Boilerplate.
func HTML(r io.Reader, name string) ([]*pipeline.Article, error) {
	raw, err := slurp(r, name)
	if err != nil {
		return nil, err
	}
	d, err := decode(raw, declaredCharset(raw))
	if err != nil {
		return nil, named(err, name)
	}
	a, err := page(d, name)
	if err != nil {
		return nil, err
	}
	return []*pipeline.Article{a}, nil
}

// page reads the article of a decoded page.
func page(d decoded, name string) (*pipeline.Article, error) {
	doc, err := html.Parse(strings.NewReader(d.text))
	if err != nil {
		return nil, invalid(name, fmt.Errorf("parsing the page: %w", err), "")
	}
	teasers := markTeasers(doc)
	markFrames(doc)
	found, err := readability.FromDocument(doc, &url.URL{})
	whole := err != nil || found.Node == nil || !hasLetters(found.Node)
	root := found.Node
	if whole {
		root = element(doc, atom.Body)
	}
	each(root, func(n *html.Node) bool { // readability renames elements without their atoms
		n.DataAtom = atom.Lookup([]byte(n.Data))
		return true
	})
	w := walker{frames: whole}
	w.node(root, pipeline.Paragraph)
	w.flush(pipeline.Paragraph)
	blocks := w.blocks
	meta := readMeta(doc)
	blocks = headed(blocks, headline(doc, found, meta), byline(found), meta.keywords)
	a, err := article(name, d, blocks)
	if err != nil {
		return nil, err
	}
	describe(a, doc, found, meta)
	noticeCode(a)
	noticeLeft(a, teasers, w.left)
	if whole {
		notice(a, pipeline.Minor, "the article could not be told from the rest of the page: everything but menus and footers was read")
	} else {
		noticeDropped(a, doc)
	}
	return a, nil
}

// noticeLeft says what was left out of a page or an entry by what it calls it.
func noticeLeft(a *pipeline.Article, teasers, left []string) {
	if len(teasers) > 0 {
		notice(a, pipeline.Neutral, fmt.Sprintf("left out: %s of other stories, the first: %s", counted(len(teasers), "teaser"), short(teasers[0])))
	}
	if len(left) > 0 {
		notice(a, pipeline.Neutral, fmt.Sprintf("left out: %s that the page calls %s", counted(len(left), "part"), strings.Join(slices.Compact(slices.Sorted(slices.Values(left))), ", ")))
	}
}

// charsetLabel finds the encoding that a page declares in its first bytes, in
// a meta element or an XML declaration.
var charsetLabel = regexp.MustCompile(`(?i)(?:<meta[^>]+charset\s*=\s*["']?|<\?xml[^>]+encoding\s*=\s*["'])\s*([A-Za-z0-9_:.-]+)`)

func declaredCharset(raw []byte) string {
	if m := charsetLabel.FindSubmatch(raw[:min(len(raw), 4096)]); m != nil {
		return string(m[1])
	}
	return ""
}

// headed puts headline, byline and keywords before the body, each unless the
// body has it already.
func headed(body []pipeline.Block, headline, byline, keywords string) []pipeline.Block {
	var out []pipeline.Block
	if headline != "" {
		out = append(out, block(pipeline.Headline, headline))
	}
	for i, b := range body {
		if i < 3 && b.Kind == pipeline.Heading && squeeze(b.Text()) == squeeze(headline) {
			body = append(body[:i:i], body[i+1:]...)
			break
		}
	}
	if keywords != "" {
		out = append(out, block(pipeline.Keywords, keywords))
	}
	if byline != "" && (len(body) == 0 || squeeze(body[0].Text()) != squeeze(byline)) {
		out = append(out, block(pipeline.Paragraph, byline))
	}
	return append(out, body...)
}

// byline is the page's line "By …", which readability takes out of the text.
func byline(page readability.Article) string {
	line := collapse(page.Byline())
	if strings.HasPrefix(strings.ToLower(line), "by ") && len(line) < 120 {
		return line
	}
	return ""
}

// headline is the page's first-level heading where it agrees with the title
// that the page gives itself, or stands alone; else that title.
func headline(doc *html.Node, page readability.Article, meta pageMeta) string {
	title := meta.headline
	if title == "" && page.Node != nil {
		title = bare(collapse(page.Title()), collapse(page.SiteName()))
	}
	var headings []string
	each(doc, func(n *html.Node) bool {
		if n.DataAtom == atom.H1 {
			if t := collapse(content(n)); t != "" {
				headings = append(headings, t)
			}
		}
		return true
	})
	for _, h := range headings {
		a, b := squeeze(h), squeeze(title)
		if b == "" || strings.Contains(a, b) || strings.Contains(b, a) && len(a) > 8 {
			return h
		}
	}
	if len(headings) == 1 && len(strings.Fields(headings[0])) > 2 {
		return headings[0]
	}
	return title
}

// bare takes the site's name off a page's title: what stands behind the last
// bar, and behind a dash where it is the name that the page gives its site.
func bare(title, site string) string {
	for _, sep := range []string{" | ", " :: ", " « "} {
		if i := strings.LastIndex(title, sep); i > 0 {
			return title[:i]
		}
	}
	for _, sep := range []string{" - ", " – ", " — ", " · "} {
		if i := strings.LastIndex(title, sep); i > 0 && site != "" && squeeze(title[i:]) == squeeze(site) {
			return title[:i]
		}
	}
	return title
}

// describe fills in what the page says of itself.
func describe(a *pipeline.Article, doc *html.Node, page readability.Article, meta pageMeta) {
	a.URL = meta.url
	if page.Node != nil {
		if t, err := page.PublishedTime(); err == nil {
			a.DatePublished = t
		}
	}
	if a.DatePublished.IsZero() {
		a.DatePublished = meta.published
	}
	if root := element(doc, atom.Html); root != nil {
		if tag, err := language.Parse(attr(root, "lang")); err == nil {
			a.InLanguage = tag
		}
	}
}

// notice adds what was left out, or kept though it is no prose (N05).
func notice(a *pipeline.Article, severity pipeline.Severity, message string) {
	a.Noticed = append(a.Noticed, pipeline.Finding{Check: "N05", Category: "design/markup", Severity: severity, Message: message})
}

// noticeDropped reports sentences that stand between two paragraphs of the
// article on the page, are no part of its frame, and were not read.
func noticeDropped(a *pipeline.Article, doc *html.Node) {
	var kept strings.Builder
	for _, b := range a.Body {
		kept.WriteString(squeeze(b.Text()))
	}
	read := kept.String()
	var pending, dropped []string
	begun := false
	each(doc, func(n *html.Node) bool {
		if frame(n) || n.DataAtom == atom.Table {
			return false
		}
		switch n.DataAtom {
		case atom.P, atom.Blockquote, atom.Li, atom.Figcaption:
		default:
			return true
		}
		t := collapse(content(n))
		if len(strings.Fields(t)) < 12 {
			return true
		}
		if strings.Contains(read, squeeze(t)) {
			begun = true
			dropped = append(dropped, pending...)
			pending = nil
			return false
		}
		if begun && n.DataAtom == atom.P && strings.ContainsAny(t[len(t)-1:], ".!?\"") {
			pending = append(pending, t)
		}
		return true
	})
	if len(dropped) == 0 {
		return
	}
	notice(a, pipeline.Minor, fmt.Sprintf("left out as part of the page's frame: %s between those of the article, the first: %s", counted(len(dropped), "paragraph"), short(dropped[0])))
}

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// short is the beginning of a text, for a message.
func short(s string) string {
	s = collapse(s)
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// squeeze is a text in small letters without white space and marks, for
// comparing.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
