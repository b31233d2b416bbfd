package reader

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"dragoman/pipeline"
)

// walker turns a tree of elements into blocks, in order.
type walker struct {
	blocks []pipeline.Block
	line   strings.Builder // text of the block in hand; "\n" for br
	frames bool            // leave out what looks like the page's frame
	left   []string        // names of the marked parts that were left out
}

// node adds what is in n; kind is what its paragraphs are.
func (w *walker) node(n *html.Node, kind pipeline.Kind) {
	switch n.Type {
	case html.TextNode:
		w.write(n.Data)
		return
	case html.ElementNode, html.DocumentNode:
	default:
		return
	}
	if name := attr(n, frameMark); name != "" {
		w.left = append(w.left, name)
		return
	}
	if hidden(n) || n.DataAtom == atom.Nav || w.frames && frame(n) {
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.line.WriteString("\n")
	case atom.Pre, atom.Textarea:
		w.flush(kind)
		w.add(pipeline.Boilerplate, strings.Trim(content(n), "\r\n"))
	case atom.Table:
		w.flush(kind)
		w.table(n, kind)
	default:
		if k, isBlock := blockKind(n, kind); isBlock {
			w.flush(kind)
			w.children(n, k)
			w.flush(k)
			return
		}
		w.children(n, kind)
	}
}

func (w *walker) children(n *html.Node, kind pipeline.Kind) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, kind)
	}
}

// blockKind is the kind of the paragraphs within an element that is a block.
// A quotation's paragraphs stay quotation, whatever they are beside.
func blockKind(n *html.Node, kind pipeline.Kind) (pipeline.Kind, bool) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return pipeline.Heading, true
	case atom.Blockquote:
		return pipeline.Quote, true
	case atom.Li, atom.Dt, atom.Dd:
		if kind == pipeline.Quote {
			return kind, true
		}
		return pipeline.ListItem, true
	case atom.Figcaption, atom.Caption:
		return pipeline.Caption, true
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Aside,
		atom.Ul, atom.Ol, atom.Dl, atom.Figure, atom.Address, atom.Hr, atom.Center, atom.Form, atom.Fieldset,
		atom.Details, atom.Summary, atom.Nav, atom.Body, atom.Html, atom.Tr, atom.Td, atom.Th, atom.Tbody, atom.Thead:
		return kind, true
	}
	return kind, false
}

// write adds text with its white space collapsed as HTML does; no-break spaces
// stay.
func (w *walker) write(s string) {
	for _, r := range s {
		switch r {
		case ' ', '\t', '\n', '\r', '\f':
			if t := w.line.String(); t != "" && !strings.HasSuffix(t, " ") && !strings.HasSuffix(t, "\n") {
				w.line.WriteByte(' ')
			}
		default:
			w.line.WriteRune(r)
		}
	}
}

// flush ends the block in hand. Two br in a row part paragraphs; one is a
// space.
func (w *walker) flush(kind pipeline.Kind) {
	text := w.line.String()
	w.line.Reset()
	for _, part := range doubleBreak.Split(text, -1) {
		w.add(kind, strings.Join(strings.FieldsFunc(part, func(r rune) bool { return r == '\n' }), " "))
	}
}

var doubleBreak = regexp.MustCompile(`\n[ \t\x{a0}]*\n[\s\x{a0}]*`)

func (w *walker) add(kind pipeline.Kind, text string) {
	if kind != pipeline.Boilerplate {
		text = strings.Trim(text, " \n")
	}
	if strings.TrimFunc(text, unicode.IsSpace) != "" {
		w.blocks = append(w.blocks, block(kind, text))
	}
}

// table adds the rows of a table of data. A table that lays out a page is
// walked through like any other element.
func (w *walker) table(n *html.Node, kind pipeline.Kind) {
	var rows [][]string
	nested, widest, longest := false, 0, 0
	each(n, func(c *html.Node) bool {
		switch {
		case c != n && c.DataAtom == atom.Table:
			nested = true
			return false
		case c.DataAtom == atom.Tr:
			var cells []string
			for cell := c.FirstChild; cell != nil; cell = cell.NextSibling {
				if cell.DataAtom == atom.Td || cell.DataAtom == atom.Th {
					text := collapse(content(cell))
					longest = max(longest, len(text))
					cells = append(cells, text)
				}
			}
			widest = max(widest, len(cells))
			rows = append(rows, cells)
		}
		return true
	})
	if nested || widest < 2 || len(rows) < 2 || longest > 400 {
		w.children(n, kind)
		return
	}
	if caption := element(n, atom.Caption); caption != nil {
		w.add(pipeline.Caption, collapse(content(caption)))
	}
	for _, cells := range rows {
		w.add(pipeline.TableRow, row(cells))
	}
}

// hidden: elements whose text is not for readers.
func hidden(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Head, atom.Svg, atom.Math, atom.Iframe,
		atom.Object, atom.Button, atom.Select, atom.Input, atom.Video, atom.Audio, atom.Canvas:
		return true
	}
	return hasAttr(n, "hidden") || hasAttr(n, teaserMark) || attr(n, "aria-hidden") == "true" && n.DataAtom != atom.Span
}

// frameNames are classes and ids of what surrounds an article.
var frameNames = regexp.MustCompile(`(?i)\b(comments?|related|share|sharing|social|promo|sidebar|footer|cookie|newsletter|subscribe|advert|ads?|banner|menu|navigation|breadcrumbs?|pagination|widget|recommended)\b`)

// frame: elements that hold no part of an article.
func frame(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Nav, atom.Aside, atom.Footer, atom.Form:
		return true
	}
	return hidden(n) && n.DataAtom != atom.Head || n.DataAtom != atom.Body && n.DataAtom != atom.Html &&
		frameNames.MatchString(strings.NewReplacer("-", " ", "_", " ").Replace(attr(n, "class")+" "+attr(n, "id")))
}

// each visits n and what is in it, in order; where f says false it does not
// go into the node.
func each(n *html.Node, f func(*html.Node) bool) {
	if n == nil || !f(n) {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

// element is the first element of a kind within n, or nil.
func element(n *html.Node, a atom.Atom) *html.Node {
	var found *html.Node
	each(n, func(c *html.Node) bool {
		if found == nil && c.Type == html.ElementNode && c.DataAtom == a {
			found = c
		}
		return found == nil
	})
	return found
}

// content is all text within n, as it stands in the source.
func content(n *html.Node) string {
	var sb strings.Builder
	each(n, func(c *html.Node) bool {
		switch {
		case c.Type == html.TextNode:
			sb.WriteString(c.Data)
		case c.DataAtom == atom.Br:
			sb.WriteString("\n")
		}
		return c == n || !hidden(c)
	})
	return sb.String()
}

// collapse joins the words of a text by single spaces.
func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

func hasLetters(n *html.Node) bool { return strings.ContainsFunc(content(n), unicode.IsLetter) }

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
