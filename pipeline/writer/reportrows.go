package writer

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
)

// findingView is one finding as the report shows it.
type findingView struct {
	Anchor, Level, Severity    string
	Check, Title               string // "T04", "Numbers"
	Where, WhereAnchor, Lang   string
	Message, Suggest, Waived   string
	Category, ID, Stage, Class string
}

// cell is one sentence in one language.
type cell struct {
	Lang, Name, Class string
	Pieces            []piece
	State             string // done, kept, failed or missing
	Marker            string // in place of a text
	Source            string // the source as a quotation, where there is a marker
	Note              string // the rule that kept it, or the reason it failed
	Notes             []note
	Findings          []findingView
}

// rowView is one sentence with its editions.
type rowView struct {
	ID, Anchor string
	Source     cell
	Targets    []cell
	News       string // what a revision made of it: changed, new or moved; "" where it is as it was
	Trouble    string // the worst that happened in it: a class name, or ""
}

// blockView is one part of the article.
type blockView struct {
	Class, Label string
	Rows         []rowView
}

// summaryGroup is one product of the summary.
type summaryGroup struct {
	Name string
	Rows []summaryRow
}

type summaryRow struct {
	rowView
	Evidence []link
}

// link is a place in the page, or a name without one.
type link struct{ Text, Anchor string }

// nameRow is one name with its form in each edition.
type nameRow struct {
	Source, Origin string
	Forms          []cell
	Findings       []findingView
}

func (b *builder) view(f pipeline.Finding) findingView {
	v := findingView{
		Anchor: anchor(f.ID), Level: level(f), Severity: english().severity(f.Severity),
		Check: clean(f.Check), Title: checkTitle(f.Check), Where: clean(f.Span.Sentence), Lang: b.languageOf(f),
		Message: clean(f.Message), Suggest: clean(f.Suggest), Waived: clean(f.Waived),
		Category: clean(f.Category), ID: clean(f.ID), Stage: clean(f.Stage),
	}
	if b.shown(f.Span.Sentence) {
		v.WhereAnchor = anchor(f.Span.Sentence)
	}
	if v.Title == "" {
		v.Title = spaced(f.Category)
	}
	if f.Waived != "" {
		v.Class = "waived"
	}
	return v
}

// beside are the findings on a sentence that a column shows: those of its
// language, or those of no edition.
func (b *builder) beside(id, lang string) []findingView {
	var out []findingView
	for _, f := range b.bySent[id] {
		if f.Lang == lang || lang == source && !b.hasColumn(f.Lang) {
			out = append(out, b.view(f))
		}
	}
	return out
}

// languageOf is the language of a finding in words.
func (b *builder) languageOf(f pipeline.Finding) string {
	for _, h := range b.heads {
		if h.Lang == f.Lang {
			return h.Name
		}
	}
	if f.Lang == "" || f.Lang == source {
		return "English"
	}
	return clean(f.Lang)
}

func (b *builder) hasColumn(lang string) bool {
	for _, h := range b.heads {
		if h.Lang == lang {
			return true
		}
	}
	return false
}

// loose are the findings without a row: on the whole article, and on sentences
// that the document does not have.
func (b *builder) loose() (whole, elsewhere []findingView) {
	for _, f := range b.findings {
		switch {
		case f.Span.Sentence == "":
			whole = append(whole, b.view(f))
		case !b.shown(f.Span.Sentence) && !b.onSheet(f):
			elsewhere = append(elsewhere, b.view(f))
		}
	}
	return whole, elsewhere
}

// looseEdit is an edit of a sentence that the article does not have.
type looseEdit struct {
	Where string
	Notes []note
}

func (b *builder) looseEdits() []looseEdit {
	var out []looseEdit
	for _, e := range sortEdits(b.doc.Edits, b.places) {
		if b.inArticle(e.Span.Sentence) {
			continue
		}
		_, notes := track("", []pipeline.Edit{e}, nil)
		out = append(out, looseEdit{Where: orElse(clean(e.Span.Sentence), "(no sentence)"), Notes: notes})
	}
	return out
}

// inArticle reports whether the article, without its summary, has a sentence.
func (b *builder) inArticle(id string) bool {
	_, ok := b.worked[id]
	return ok
}

func (b *builder) all() []findingView {
	out := make([]findingView, len(b.findings))
	for i, f := range b.findings {
		out[i] = b.view(f)
	}
	return out
}

func (b *builder) blocks() []blockView {
	var out []blockView
	if b.source == nil {
		return nil
	}
	var before pipeline.Kind
	for _, blk := range b.base.Body {
		v := blockView{Class: blockClass(blk.Kind), Label: blockLabel(blk.Kind)}
		if blk.Kind == before && v.Label != "" { // a list or a table goes on
			v.Label, v.Class = "", v.Class+" run"
		}
		before = blk.Kind
		for _, s := range blk.Sentences {
			v.Rows = append(v.Rows, b.row(s))
		}
		if len(v.Rows) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// row is one sentence of the article. Its source shows the normalized text with
// the tracked changes; the editions are made of the corrected one.
func (b *builder) row(s pipeline.Sentence) rowView {
	r := rowView{ID: clean(s.ID), Anchor: anchor(s.ID)}
	r.Source, r.News = b.sourceCell(s), b.news[s.ID]
	worked := s
	if text, ok := b.worked[s.ID]; ok {
		worked.Text = text
	}
	for i, e := range b.editions {
		r.Targets = append(r.Targets, b.targetCell(e, b.heads[i], e.line(worked)))
	}
	r.Trouble = trouble(r)
	return r
}

func (b *builder) sourceCell(s pipeline.Sentence) cell {
	c := cell{Lang: source, Name: "English", Class: "src", State: "done", Findings: b.beside(s.ID, source)}
	c.Pieces, c.Notes = track(s.Text, b.edits[s.ID], marksOf(s.Text, pipeline.SourceSide, b.own(s.ID)))
	if b.source.units == nil {
		return c
	}
	u, ok := b.source.units[s.ID]
	switch {
	case !ok || u.State == pipeline.Initial:
		c.State, c.Note = "missing", "not corrected"
	case u.State == pipeline.Failed && u.Target == "":
		c.State, c.Note = "missing", orElse(clean(u.Note), "not corrected")
	case u.State == pipeline.Failed:
		c.State, c.Note = "failed", clean(u.Note)
	case u.State == pipeline.Kept:
		c.State, c.Note = "kept", clean(u.Note)
	}
	return c
}

// own are the findings of no language on a sentence.
func (b *builder) own(id string) []pipeline.Finding {
	var out []pipeline.Finding
	for _, f := range b.bySent[id] {
		if f.Lang == "" {
			out = append(out, f)
		}
	}
	return out
}

func (b *builder) targetCell(e *edition, h editionHead, l line) cell {
	c := cell{Lang: h.Lang, Name: h.Name, Class: h.Class, State: "done", Note: clean(l.Note), Findings: b.beside(l.ID, h.Lang)}
	var own []pipeline.Finding
	for _, f := range b.bySent[l.ID] {
		if f.Lang == h.Lang {
			own = append(own, f)
		}
	}
	switch {
	case l.missing():
		c.State, c.Marker, c.Source = "missing", clean(fmt.Sprintf(e.words.NotDone, l.ID)), clean(l.Source)
		return c
	case l.State == pipeline.Kept && l.Text == "":
		c.State, c.Source = "kept", clean(l.Source)
		return c
	case l.State == pipeline.Kept:
		c.State = "kept"
	case l.marked():
		c.State = "failed"
	}
	c.Pieces = run(l.Text, 0, len(l.Text), marksOf(l.Text, pipeline.TargetSide, own))
	return c
}

// trouble is the worst state of a row, or the worst open finding's severity.
func trouble(r rowView) string {
	worst := ""
	for _, c := range append([]cell{r.Source}, r.Targets...) {
		switch c.State {
		case "missing":
			return "missing"
		case "failed":
			worst = "failed"
		}
	}
	return worst
}

func (b *builder) summary() []summaryGroup {
	if b.doc.Summary == nil || b.source == nil {
		return nil
	}
	var out []summaryGroup
	for _, p := range english().products() {
		g := summaryGroup{Name: p.Label}
		for _, s := range b.doc.Summary.Of(p.Product) {
			g.Rows = append(g.Rows, b.summaryRow(s))
		}
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func (b *builder) summaryRow(s pipeline.SummarySentence) summaryRow {
	r := summaryRow{rowView: rowView{ID: clean(s.ID), Anchor: anchor(s.ID)}}
	english := editionHead{Lang: source, Name: "English", Class: "src"}
	r.Source = b.targetCell(b.source, english, b.source.summaryLine(s))
	r.Source.Findings = b.beside(s.ID, source)
	r.Source.Source = "" // the marker stands for a text that never was
	if r.Source.State != "missing" {
		r.Source.Pieces = run(s.Text, 0, len(s.Text), marksOf(s.Text, pipeline.TargetSide, b.own(s.ID)))
	}
	for i, e := range b.editions {
		r.Targets = append(r.Targets, b.targetCell(e, b.heads[i], e.summaryLine(s)))
	}
	for _, id := range s.Evidence {
		l := link{Text: clean(id)}
		if b.shown(id) {
			l.Anchor = anchor(id)
		}
		r.Evidence = append(r.Evidence, l)
	}
	r.Trouble = trouble(r.rowView)
	return r
}

// onSheet reports whether a finding is about a name of the names sheet: the
// place of such a finding is the name.
func (b *builder) onSheet(f pipeline.Finding) bool {
	return f.Stage == "names" && f.Span.Sentence != "" && !b.shown(f.Span.Sentence) &&
		slices.ContainsFunc(b.doc.Names, func(n pipeline.Name) bool { return n.Source == f.Span.Sentence })
}

func (b *builder) names() []nameRow {
	out := make([]nameRow, 0, len(b.doc.Names))
	seen := map[string]bool{}
	for _, n := range b.doc.Names {
		if seen[n.Source] {
			continue
		}
		seen[n.Source] = true
		r := nameRow{Source: clean(n.Source), Origin: clean(n.Origin)}
		for _, f := range b.bySent[n.Source] {
			if b.onSheet(f) {
				r.Findings = append(r.Findings, b.view(f))
			}
		}
		for _, h := range b.heads {
			r.Forms = append(r.Forms, cell{Lang: h.Lang, Name: h.Name, Note: clean(n.Forms[h.Lang])})
		}
		out = append(out, r)
	}
	return out
}

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}

// blockLabel names the blocks that are not plain paragraphs.
func blockLabel(k pipeline.Kind) string {
	switch k {
	case pipeline.Paragraph, "":
		return ""
	case pipeline.Boilerplate:
		return "boilerplate, not exported"
	}
	return spaced(string(k))
}

// blockClass is the class of a block; a kind that we do not know has none.
func blockClass(k pipeline.Kind) string {
	if !slices.Contains(kinds(), k) {
		return ""
	}
	return "k-" + string(k)
}
