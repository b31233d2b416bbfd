package writer

import (
	"fmt"
	"io"
	"strings"

	"dragoman/pipeline"
)

// Markdown writes one language of a document as Markdown (CommonMark with
// GitHub's tables). "en" is the corrected article, the summary, the corrections,
// proposals, queries and findings, and the provenance; any other BCP 47 tag is
// the edition in that language, with its summary, findings and disclosure, in
// its own words. Headings of level 1 and 2 are ours but for the headline; the
// article's own are of level 3, so that a text cannot pass for a section.
//
// Asking for a language that the document does not have is an error of class
// [pipeline.Invalid].
func Markdown(lang string) pipeline.Writer {
	return func(w io.Writer, doc *pipeline.Document) error {
		e, ok := editionOf(doc, lang)
		if !ok {
			return &pipeline.Error{
				Code: pipeline.Invalid, Stage: "export",
				Hint: "the document has: " + strings.Join(languagesOf(doc), ", "),
				Err:  fmt.Errorf("the document has no edition in %q", lang),
			}
		}
		var m markdown
		m.top(e)
		m.article(e)
		m.summary(e)
		if lang == source {
			m.corrections(doc)
			m.proposals(doc)
			m.queries(doc)
			m.removed(doc)
		}
		m.findings(e)
		if lang == source && len(doc.Trace) > 0 {
			m.provenance(doc)
		}
		m.foot(e)
		if _, err := io.WriteString(w, m.String()); err != nil {
			return fmt.Errorf("writing markdown: %w", err)
		}
		return nil
	}
}

// languagesOf are the languages that Markdown can write of a document.
func languagesOf(doc *pipeline.Document) []string {
	var out []string
	if doc.Normalized != nil {
		out = append(out, source)
	}
	for _, t := range doc.Translations {
		out = append(out, t.Lang.String())
	}
	return out
}

// markdown collects paragraphs. What it is given is Markdown already: texts of
// a document go through escape first.
type markdown struct{ strings.Builder }

// para writes one block with an empty line before it.
func (m *markdown) para(format string, args ...any) {
	if m.Len() > 0 {
		m.WriteByte('\n')
	}
	fmt.Fprintf(m, format, args...)
	m.WriteByte('\n')
}

// row writes one table row.
func (m *markdown) row(cells ...string) {
	m.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// head starts a table.
func (m *markdown) head(cells ...string) {
	m.WriteByte('\n')
	m.row(cells...)
	m.WriteString(strings.Repeat("| --- ", len(cells)) + "|\n")
}

// top says what the reader must know before the first word.
func (m *markdown) top(e *edition) {
	if banner := e.words.banner(e.doc); banner != "" {
		m.para("> **⚠ %s**", escape(banner))
	}
	if text := e.words.revised(e.doc.Revision); text != "" {
		m.para("> %s", escape(text))
	}
	untold, marked := e.gaps()
	if len(untold) > 0 {
		m.para("> **⚠ %s** %s", escape(e.words.Untold), escape(strings.Join(untold, ", ")))
	}
	if len(marked) > 0 {
		m.para("> **%s** %s", escape(e.words.Marked), escape(strings.Join(marked, ", ")))
	}
}

// article writes the blocks in order, runs of list items and of table rows
// together.
func (m *markdown) article(e *edition) {
	for i := 0; i < len(e.base.Body); {
		b := e.base.Body[i]
		run := 1
		if b.Kind == pipeline.ListItem || b.Kind == pipeline.TableRow {
			for i+run < len(e.base.Body) && e.base.Body[i+run].Kind == b.Kind {
				run++
			}
		}
		m.blocks(e, e.base.Body[i:i+run])
		i += run
	}
}

func (m *markdown) blocks(e *edition, run []pipeline.Block) {
	var lines []line
	for _, b := range run {
		for _, s := range b.Sentences {
			lines = append(lines, e.line(s))
		}
	}
	text := m.inline(e, lines, " ")
	switch run[0].Kind {
	case pipeline.Boilerplate:
		return
	case pipeline.Headline:
		m.para("# %s", text)
	case pipeline.Dateline, pipeline.Caption:
		m.para("*%s*", text)
	case pipeline.Keywords:
		m.para("%s %s", escape(e.words.Keywords), text)
	case pipeline.Lead:
		m.para("**%s**", text)
	case pipeline.Heading:
		m.para("### %s", text)
	case pipeline.Quote:
		m.para("> %s", text)
	case pipeline.ListItem:
		m.list(e, run)
	case pipeline.TableRow:
		m.table(e, run)
	default:
		m.para("%s", text)
	}
	m.beside(e, lines)
}

func (m *markdown) list(e *edition, run []pipeline.Block) {
	m.WriteByte('\n')
	for _, b := range run {
		m.WriteString("- " + m.inline(e, linesOf(e, b), " ") + "\n")
	}
}

// table writes rows; the first is the head, and short rows are filled up.
func (m *markdown) table(e *edition, run []pipeline.Block) {
	width := 0
	for _, b := range run {
		width = max(width, len(b.Sentences))
	}
	for i, b := range run {
		cells := make([]string, width)
		for j, l := range linesOf(e, b) {
			cells[j] = m.inline(e, []line{l}, " ")
		}
		if i == 0 {
			m.head(cells...)
		} else {
			m.row(cells...)
		}
	}
}

func linesOf(e *edition, b pipeline.Block) []line {
	out := make([]line, len(b.Sentences))
	for i, s := range b.Sentences {
		out[i] = e.line(s)
	}
	return out
}

// inline writes sentences one after another, with the marker where there is
// none and ⚠ after one that did not pass.
func (m *markdown) inline(e *edition, lines []line, sep string) string {
	parts := make([]string, 0, len(lines))
	for _, l := range lines {
		switch {
		case l.missing():
			parts = append(parts, escape(fmt.Sprintf(e.words.NotDone, l.ID)))
		case l.asSource():
			parts = append(parts, escape(l.Source)+" "+escape(fmt.Sprintf(e.words.Unmarked, l.ID)))
		case l.State == pipeline.Kept && l.Text == "":
			parts = append(parts, escape(l.Source))
		case l.marked():
			parts = append(parts, escape(l.Text)+" ⚠")
		default:
			parts = append(parts, escape(l.Text))
		}
	}
	return strings.Join(parts, sep)
}

// beside writes what must stand next to the sentences just written: the source
// of those without an answer, and why a marked one did not pass.
func (m *markdown) beside(e *edition, lines []line) {
	for _, l := range lines {
		if !l.missing() && !l.marked() {
			continue
		}
		var b strings.Builder
		if l.missing() {
			fmt.Fprintf(&b, "> %s %s\n", escape(fmt.Sprintf(e.words.SourceOf, l.ID)), escape(l.Source))
			if l.Note != "" {
				fmt.Fprintf(&b, ">\n> ⚠ %s: %s\n", escape(l.ID), escape(l.Note))
			}
		} else if len(l.Findings) == 0 {
			fmt.Fprintf(&b, "> ⚠ %s: %s\n", escape(l.ID), escape(l.Note))
		}
		for i, f := range l.Findings {
			if b.Len() > 0 && i == 0 {
				b.WriteString(">\n")
			}
			fmt.Fprintf(&b, "> - ⚠ %s, %s: %s\n", escape(l.ID), escape(e.words.severity(f.Severity)), escape(f.Message))
		}
		m.para("%s", strings.TrimSuffix(b.String(), "\n"))
	}
}

// foot is the disclosure.
func (m *markdown) foot(e *edition) {
	m.para("---")
	m.para("## %s", e.words.Disclosure)
	m.para("%s", escape(e.words.disclosure(e.doc)))
	if ps := promptsOf(e.doc, e.lang); len(ps) > 0 {
		names := make([]string, len(ps))
		for i, p := range ps {
			names[i] = p.String()
		}
		m.para("%s %s", escape(e.words.Prompts), escape(strings.Join(names, ", ")))
	}
	if banner := e.words.banner(e.doc); banner != "" {
		m.para("> **⚠ %s**", escape(banner))
	}
}
