package writer

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
)

// Reading is the edition in one language as its readers meet it, for pages and
// feeds that are not ours to lay out. It has the same words, marks and
// disclosure as the Markdown of that language, without what is for the desk
// alone (corrections, proposals, evidence, provenance). Every text is one line of plain
// text, clean of what hides, reorders or controls; it is not escaped for any
// format.
type Reading struct {
	Lang     string // BCP 47
	Headline string // in one line, with its mark; the marker where it has no answer; "" where the article has none
	Teaser   string // the lead of the summary, else of the article, else its first paragraph, with marks

	Banner string   // what must be known before the first word, or "": no model has really worked on it
	News   string   // what changed since the edition before; "" in the first
	Gaps   []string // the remarks on sentences without an answer and on marked ones, by id

	Article      []Passage // in order, the headline too; boilerplate is left out
	SummaryTitle string    // "Summary"
	Summary      []Passage // one a product, with its label
	Against      []string  // open findings that gate and stand beside no sentence, the worst first
	AgainstTitle string    // "Findings"

	DisclosureTitle string // "Disclosure"
	Disclosure      string // who made the edition, in its language
	Prompts         string // that it rests on, with digests; "" where there are none
}

// Passage is a block, or a run of list items or table rows.
type Passage struct {
	Kind    pipeline.Kind    // "" in a summary
	Product pipeline.Product // "" in the article
	Label   string           // stands before it: a product's name, "Keywords:"; "" for none
	Rows    [][]Said         // one; of a list the items, of a table the rows with a cell each, of a product its sentences
	Beside  []Remark         // on sentences that failed
}

// Said is one sentence as it stands in an edition.
type Said struct {
	ID      string
	Text    string // the answer; the marker where there is none; the source where it stands by rule
	Note    string // stands behind it: "⚠", or that the source was left; "" for none
	Missing bool   // Text is the marker
	Source  bool   // Text is in the source language, by rule
}

// Remark is what stands beside a sentence that failed.
type Remark struct {
	Label string   // before the source
	Quote string   // the source of a sentence without an answer; "" where it has one
	Why   []string // one line a reason, each with the sentence's id
}

// String is the sentence as it stands in a line.
func (s Said) String() string {
	if s.Note == "" {
		return s.Text
	}
	return s.Text + " " + s.Note
}

// String is the text of a passage in one line.
func (p Passage) String() string {
	var out []string
	for _, row := range p.Rows {
		for _, s := range row {
			out = append(out, s.String())
		}
	}
	return strings.Join(out, " ")
}

// Readings are all editions of a document, the source language first.
func Readings(doc *pipeline.Document) []Reading {
	var out []Reading
	for _, lang := range languagesOf(doc) {
		if e, ok := editionOf(doc, lang); ok {
			out = append(out, e.reading())
		}
	}
	return out
}

func (e *edition) reading() Reading {
	r := Reading{
		Lang: clean(e.lang), Banner: clean(e.words.banner(e.doc)), SummaryTitle: e.words.Summary, AgainstTitle: e.words.Findings,
		News: clean(e.words.revised(e.doc.Revision)), DisclosureTitle: e.words.Disclosure, Disclosure: clean(e.words.disclosure(e.doc)),
	}
	untold, marked := e.gaps()
	if len(untold) > 0 {
		r.Gaps = append(r.Gaps, clean(e.words.Untold+" "+strings.Join(untold, ", ")))
	}
	if len(marked) > 0 {
		r.Gaps = append(r.Gaps, clean(e.words.Marked+" "+strings.Join(marked, ", ")))
	}
	var prompts []string
	for _, p := range promptsOf(e.doc, e.lang) {
		prompts = append(prompts, clean(p.String()))
	}
	if len(prompts) > 0 {
		r.Prompts = e.words.Prompts + " " + strings.Join(prompts, ", ")
	}
	r.Article, r.Summary = e.passages(), e.products()
	r.Headline = first(r.Article, pipeline.Headline)
	r.Teaser = e.teaser(r.Article)
	r.Against = e.against()
	return r
}

// passages are the blocks in order, runs of list items and of table rows
// together.
func (e *edition) passages() []Passage {
	var out []Passage
	for _, b := range e.base.Body {
		if b.Kind == pipeline.Boilerplate {
			continue
		}
		lines := linesOf(e, b)
		row, beside := e.row(lines)
		if n := len(out); n > 0 && out[n-1].Kind == b.Kind && (b.Kind == pipeline.ListItem || b.Kind == pipeline.TableRow) {
			out[n-1].Rows = append(out[n-1].Rows, row)
			out[n-1].Beside = append(out[n-1].Beside, beside...)
			continue
		}
		p := Passage{Kind: b.Kind, Rows: [][]Said{row}, Beside: beside}
		if b.Kind == pipeline.Keywords {
			p.Label = e.words.Keywords
		}
		out = append(out, p)
	}
	return out
}

// products are the parts of the summary; one that failed as a whole is its
// marker.
func (e *edition) products() []Passage {
	if e.doc.Summary == nil {
		if !summaryFailed(e.doc) {
			return nil
		}
		return []Passage{{Rows: [][]Said{{{ID: "sum", Text: fmt.Sprintf(e.words.NotDone, "sum"), Missing: true}}}}}
	}
	var out []Passage
	for _, product := range e.words.products() {
		p := Passage{Product: product.Product, Label: product.Label}
		for _, s := range e.doc.Summary.Of(product.Product) {
			row, beside := e.row([]line{e.summaryLine(s)})
			p.Rows = append(p.Rows, row)
			p.Beside = append(p.Beside, beside...)
		}
		if len(p.Rows) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// row is what stands in a line, and what stands beside it.
func (e *edition) row(lines []line) (row []Said, beside []Remark) {
	for _, l := range lines {
		s := Said{ID: clean(l.ID), Text: clean(l.Text)}
		switch {
		case l.missing():
			s.Text, s.Missing = clean(fmt.Sprintf(e.words.NotDone, l.ID)), true
		case l.asSource():
			s.Text, s.Note, s.Source = clean(l.Source), clean(fmt.Sprintf(e.words.Unmarked, l.ID)), true
		case l.State == pipeline.Kept && l.Text == "":
			s.Text = clean(l.Source)
		case l.marked():
			s.Note = "⚠"
		}
		row = append(row, s)
		if l.missing() || l.marked() {
			beside = append(beside, e.remark(l))
		}
	}
	return row, beside
}

// remark is what stands beside a sentence that failed, as in Markdown.
func (e *edition) remark(l line) Remark {
	var r Remark
	if l.missing() {
		r.Label, r.Quote = clean(fmt.Sprintf(e.words.SourceOf, l.ID)), clean(l.Source)
	}
	if l.Note != "" && (l.missing() || len(l.Findings) == 0) {
		r.Why = append(r.Why, clean(fmt.Sprintf("⚠ %s: %s", l.ID, l.Note)))
	}
	for _, f := range l.Findings {
		r.Why = append(r.Why, clean(fmt.Sprintf("⚠ %s, %s: %s", l.ID, e.words.severity(f.Severity), f.Message)))
	}
	return r
}

// against are the findings that gate and that no remark has.
func (e *edition) against() []string {
	beside := map[string]bool{}
	for _, s := range e.base.Sentences() {
		l := e.line(s)
		beside[l.ID] = l.missing() || l.marked()
	}
	if e.doc.Summary != nil {
		for _, s := range e.doc.Summary.Sentences {
			l := e.summaryLine(s)
			beside[l.ID] = l.missing() || l.marked()
		}
	}
	var out []string
	for _, f := range e.findings {
		if !f.Gates(pipeline.Major) || beside[f.Span.Sentence] {
			continue
		}
		parts := slices.DeleteFunc([]string{e.words.severity(f.Severity), f.Span.Sentence, f.Check + ":", f.Message}, func(s string) bool { return s == "" })
		out = append(out, clean(strings.Join(parts, " ")))
	}
	return out
}

// teaser is what a list says of the article.
func (e *edition) teaser(article []Passage) string {
	var lead []string
	for _, s := range e.doc.Summary.Of(pipeline.SummaryLead) {
		row, _ := e.row([]line{e.summaryLine(s)})
		lead = append(lead, row[0].String())
	}
	if len(lead) > 0 {
		return strings.Join(lead, " ")
	}
	if text := first(article, pipeline.Lead); text != "" {
		return text
	}
	return first(article, pipeline.Paragraph)
}

// first is the text of the first passage of a kind, or "".
func first(passages []Passage, k pipeline.Kind) string {
	for _, p := range passages {
		if p.Kind == k {
			return p.String()
		}
	}
	return ""
}
