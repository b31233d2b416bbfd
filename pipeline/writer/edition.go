package writer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"dragoman/pipeline"
)

// source is the language of the corrected article.
const source = "en"

// edition is a document seen in one language.
type edition struct {
	doc      *pipeline.Document
	lang     string
	words    labels
	base     *pipeline.Article             // the corrected article, or the normalized one where there is none
	units    map[string]pipeline.Unit      // of the article, by id; nil where the stage did not run
	summary  map[string]pipeline.Unit      // of the summary, by id; nil for the source language
	findings []pipeline.Finding            // of this language, in reading order
	open     map[string][]pipeline.Finding // of those, the ones that nobody waived, by sentence
}

// line is one sentence as an edition writes it.
type line struct {
	ID       string
	Text     string // the answer; "" where there is none
	Source   string // the sentence that was worked on
	State    pipeline.State
	Note     string
	Findings []pipeline.Finding // open ones on this sentence, in reading order
}

// missing reports whether the marker stands in the text's place.
func (l line) missing() bool { return l.Text == "" && l.State != pipeline.Kept }

// marked reports whether the text stands with a ⚠.
func (l line) marked() bool { return l.Text != "" && l.State == pipeline.Failed }

// asSource reports whether the source stands here by rule and has words in it,
// so that the reader must be told.
func (l line) asSource() bool {
	return l.Text == "" && l.State == pipeline.Kept && strings.ContainsFunc(l.Source, unicode.IsLetter)
}

// editionOf gives the edition in a language; false where the document has none.
func editionOf(doc *pipeline.Document, lang string) (*edition, bool) {
	e := &edition{doc: doc, lang: lang, words: labelsFor(lang), base: doc.Corrected}
	if e.base == nil {
		e.base = doc.Normalized
	}
	if lang == source {
		if len(doc.Corrections) > 0 || doc.Corrected != nil {
			e.units = byID(doc.Corrections)
		}
	} else {
		t, ok := doc.Translation(lang)
		if !ok {
			return nil, false
		}
		e.units, e.summary = byID(t.Article), byID(t.Summary)
	}
	places := placesOf(doc)
	for _, f := range doc.Findings {
		if f.Lang == lang || lang == source && f.Lang == "" {
			e.findings = append(e.findings, f)
		}
	}
	sortFindings(e.findings, places)
	e.open = map[string][]pipeline.Finding{}
	for _, f := range e.findings {
		if f.Waived == "" {
			e.open[f.Span.Sentence] = append(e.open[f.Span.Sentence], f)
		}
	}
	return e, e.base != nil
}

// line is one sentence of the article.
func (e *edition) line(s pipeline.Sentence) line {
	out := line{ID: s.ID, Text: s.Text, Source: s.Text, State: pipeline.Translated}
	if e.units == nil { // the stage did not run: the text is what there is
		return out
	}
	u, ok := e.units[s.ID]
	out.Findings = e.open[s.ID]
	out.State, out.Note, out.Text = u.State, u.Note, u.Target
	if ok && u.Source != "" {
		out.Source = u.Source
	}
	if e.lang == source && u.State != pipeline.Failed && ok {
		out.Text = s.Text // the corrected text is the text, whatever the unit repeats
	}
	if u.State == pipeline.Initial || !ok {
		out.State, out.Text = pipeline.Initial, ""
	}
	return out
}

// summaryLine is one sentence of the summary.
func (e *edition) summaryLine(s pipeline.SummarySentence) line {
	out := line{ID: s.ID, Text: s.Text, Source: s.Text, State: pipeline.Translated, Findings: e.open[s.ID]}
	if e.summary == nil {
		if slices.ContainsFunc(out.Findings, func(f pipeline.Finding) bool { return f.Gates(pipeline.Major) }) {
			out.State = pipeline.Failed
		}
		return out
	}
	u, ok := e.summary[s.ID]
	out.State, out.Note, out.Text = u.State, u.Note, u.Target
	if u.State == pipeline.Initial || !ok {
		out.State, out.Text = pipeline.Initial, ""
	}
	return out
}

// gaps are the ids that this edition does not have, and those it marks.
func (e *edition) gaps() (untold, marked []string) {
	add := func(l line) {
		if l.missing() {
			untold = append(untold, l.ID)
		} else if l.marked() {
			marked = append(marked, l.ID)
		}
	}
	for b, s := range e.base.Sentences() {
		if b.Kind != pipeline.Boilerplate {
			add(e.line(s))
		}
	}
	if summaryFailed(e.doc) {
		untold = append(untold, "sum")
	}
	if e.doc.Summary != nil {
		for _, s := range e.doc.Summary.Sentences {
			add(e.summaryLine(s))
		}
	}
	return untold, marked
}

// byID never gives nil: a stage that ran and answered nothing still ran.
func byID(units []pipeline.Unit) map[string]pipeline.Unit {
	m := make(map[string]pipeline.Unit, len(units))
	for _, u := range units {
		if _, doubled := m[u.ID]; !doubled {
			m[u.ID] = u
		}
	}
	return m
}

// places numbers the sentences of a document in reading order: the article,
// then the summary. The whole article ("") comes before both.
type places map[string]int

func placesOf(doc *pipeline.Document) places {
	p := places{"": 0}
	art := doc.Normalized
	if art == nil {
		art = doc.Corrected
	}
	for _, id := range sentenceIDs(art) {
		if _, doubled := p[id]; !doubled {
			p[id] = len(p)
		}
	}
	if doc.Summary != nil {
		for _, id := range summaryIDs(doc.Summary) {
			if _, doubled := p[id]; !doubled {
				p[id] = len(p)
			}
		}
	}
	return p
}

// of is the number of a sentence; one that the document does not have comes
// last.
func (p places) of(id string) int {
	if n, ok := p[id]; ok {
		return n
	}
	return len(p)
}

// sortFindings puts findings in reading order: open before waived, the worst
// first, then by place, language and id.
func sortFindings(fs []pipeline.Finding, p places) {
	slices.SortStableFunc(fs, func(a, b pipeline.Finding) int {
		return cmp.Or(
			cmp.Compare(waivedRank(a), waivedRank(b)),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			cmp.Compare(p.of(a.Span.Sentence), p.of(b.Span.Sentence)),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Lang, b.Lang),
			cmp.Compare(a.ID, b.ID),
		)
	})
}

func waivedRank(f pipeline.Finding) int {
	if f.Waived != "" {
		return 1
	}
	return 0
}

// sortEdits puts edits in order of place.
func sortEdits(es []pipeline.Edit, p places) []pipeline.Edit {
	out := slices.Clone(es)
	slices.SortStableFunc(out, func(a, b pipeline.Edit) int {
		return cmp.Or(
			cmp.Compare(p.of(a.Span.Sentence), p.of(b.Span.Sentence)),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return out
}
