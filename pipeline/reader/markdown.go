package reader

import (
	"fmt"
	"io"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"dragoman/pipeline"
)

// Markdown reads CommonMark with tables. A heading of the first level before
// any paragraph is the headline. Links keep their text and lose their
// address, images become captions of their alternative text, emphasis goes.
// Code blocks and raw HTML are kept as Boilerplate, and Noticed says so.
func Markdown(r io.Reader, name string) ([]*pipeline.Article, error) {
	raw, err := slurp(r, name)
	if err != nil {
		return nil, err
	}
	d, err := decode(raw, "")
	if err != nil {
		return nil, named(err, name)
	}
	src := []byte(frontless(d.text))
	doc := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(src))
	m := markdown{src: src}
	m.children(doc, pipeline.Paragraph)
	a, err := article(name, d, m.blocks)
	if err != nil {
		return nil, err
	}
	noticeCode(a)
	return []*pipeline.Article{a}, nil
}

// frontless takes YAML front matter off.
func frontless(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	rest, ok := strings.CutPrefix(s, "---\n")
	if !ok {
		return s
	}
	if head, body, ok := strings.Cut(rest, "\n---\n"); ok && strings.Contains(head, ":") && !strings.Contains(head, "\n\n") {
		return body
	}
	return s
}

// markdown walks over the blocks of a document.
type markdown struct {
	src      []byte
	blocks   []pipeline.Block
	headline bool
}

func (m *markdown) add(kind pipeline.Kind, text string) {
	if text = strings.TrimSpace(text); text != "" {
		m.blocks = append(m.blocks, block(kind, text))
	}
}

// children adds the blocks within n; kind is what its paragraphs are.
func (m *markdown) children(n ast.Node, kind pipeline.Kind) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		m.block(c, kind)
	}
}

func (m *markdown) block(n ast.Node, kind pipeline.Kind) {
	switch n := n.(type) {
	case *ast.Heading:
		k := pipeline.Heading
		if n.Level == 1 && !m.headline && !m.hasProse() {
			k, m.headline = pipeline.Headline, true
		}
		m.add(k, m.inline(n))
	case *ast.Blockquote:
		m.children(n, pipeline.Quote)
	case *ast.ListItem:
		m.children(n, pipeline.ListItem)
	case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock:
		m.add(pipeline.Boilerplate, m.lines(n))
	case *east.TableHeader, *east.TableRow:
		var cells []string
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, m.inline(c))
		}
		m.add(pipeline.TableRow, row(cells))
	case *ast.Paragraph, *ast.TextBlock:
		m.paragraph(n, kind)
	default:
		m.children(n, kind)
	}
}

// paragraph adds a paragraph; one that is nothing but an image is a caption.
func (m *markdown) paragraph(n ast.Node, kind pipeline.Kind) {
	if img, ok := n.FirstChild().(*ast.Image); ok && img.NextSibling() == nil {
		kind = pipeline.Caption
	}
	for _, p := range paragraphs(m.inline(n)) {
		m.add(kind, p)
	}
}

func (m *markdown) hasProse() bool {
	for _, b := range m.blocks {
		if b.Kind == pipeline.Paragraph || b.Kind == pipeline.Quote {
			return true
		}
	}
	return false
}

// lines are the source lines of a block.
func (m *markdown) lines(n ast.Node) string {
	var sb strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		sb.Write(line.Value(m.src))
	}
	if h, ok := n.(*ast.HTMLBlock); ok && h.HasClosure() {
		sb.Write(h.ClosureLine.Value(m.src))
	}
	return sb.String()
}

// inline is the text of a node without its markup.
func (m *markdown) inline(n ast.Node) string {
	var sb strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			sb.Write(plain(n, c.Value(m.src)))
			switch {
			case c.HardLineBreak():
				sb.WriteString("\n")
			case c.SoftLineBreak():
				sb.WriteString(" ")
			}
		case *ast.String:
			sb.Write(c.Value)
		case *ast.AutoLink:
			sb.Write(c.Label(m.src))
		case *ast.RawHTML: // a tag: markup
		default:
			sb.WriteString(m.inline(c))
		}
	}
	return sb.String()
}

// plain resolves entities and escapes of Markdown source; within a code span
// there are none.
func plain(parent ast.Node, source []byte) []byte {
	if parent.Kind() == ast.KindCodeSpan {
		return source
	}
	return util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(source)))
}

// row joins the cells of a table's row. An empty cell is written "—", so that
// the others keep their columns.
func row(cells []string) string {
	for i, c := range cells {
		c = strings.Join(strings.Fields(strings.ReplaceAll(c, " | ", "|")), " ")
		if c == "" {
			c = "—"
		}
		cells[i] = c
	}
	if strings.Trim(strings.Join(cells, ""), "—") == "" {
		return ""
	}
	return strings.Join(cells, " | ")
}

// noticeCode reports the blocks that are kept but are no prose.
func noticeCode(a *pipeline.Article) {
	n, first := 0, ""
	for _, b := range a.Body {
		if b.Kind == pipeline.Boilerplate {
			if n == 0 {
				first = b.Text()
			}
			n++
		}
	}
	if n > 0 {
		notice(a, pipeline.Minor, fmt.Sprintf("kept in the document but not corrected, translated or exported: %s of program code or raw markup, the first: %s", counted(n, "block"), short(first)))
	}
}
