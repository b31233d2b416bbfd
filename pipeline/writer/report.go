package writer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// report is what the template shows. Every text in it is clean; ids that become
// anchors are safe.
type report struct {
	Title, Dateline string
	Meta            []pair
	Author          string
	Banner          string // that no model has really worked on it, or ""
	Mark            string // the banner's first word, for the title
	Disclosure      string
	Revision        *revisionView // nil where there was no edition before
	Account         accountView
	Editions        []editionHead
	Columns         string // class of every grid: columns-1 …
	Summary         []summaryGroup
	NoSummary       string // the marker, where there should be a summary
	Blocks          []blockView
	Legend          bool // there are tracked changes to explain
	Whole           []findingView
	Elsewhere       []findingView
	LooseEdits      []looseEdit
	Findings        []findingView
	Names           []nameRow
	Repairs         []pipeline.Repair
	Prompts         []prompt
	Steps           []stepView
}

// pair is a label and its value.
type pair struct{ Name, Value string }

// editionHead is one column beside the source.
type editionHead struct {
	Lang, Name, Class string // "ru", "Russian", "l1"
}

// newReport builds the view of a document. Nothing in a document can make it
// fail: what is not there is shown as not there.
func newReport(doc *pipeline.Document) report {
	b := newBuilder(doc)
	r := report{
		Title: b.title(), Author: b.author(),
		Disclosure: clean(english().disclosure(doc)),
		Revision:   b.revision(),
		Account:    b.account(),
		Editions:   b.heads,
		Columns:    fmt.Sprintf("columns-%d", min(len(b.heads)+1, 4)),
		Summary:    b.summary(),
		Legend:     len(doc.Edits) > 0,
		Names:      b.names(),
		Prompts:    promptsOf(doc, ""),
		Steps:      b.steps(),
	}
	if summaryFailed(doc) {
		r.NoSummary = fmt.Sprintf(english().NotDone, "sum")
	}
	r.Banner = english().banner(doc)
	r.Mark, _, _ = strings.Cut(r.Banner, ".")
	if b.base != nil {
		r.Dateline = clean(b.base.First(pipeline.Dateline))
		r.Meta = b.meta()
	}
	r.Blocks = b.blocks()
	r.Whole, r.Elsewhere = b.loose()
	r.LooseEdits = b.looseEdits()
	r.Findings = b.all()
	for _, p := range doc.Repairs {
		p.Rule, p.Before, p.After = clean(p.Rule), visible(p.Before), visible(p.After)
		r.Repairs = append(r.Repairs, p)
	}
	for i, p := range r.Prompts {
		r.Prompts[i] = prompt{ID: clean(p.ID), Digest: clean(p.Digest)}
	}
	return r
}

// builder holds what the parts of a report share.
type builder struct {
	doc      *pipeline.Document
	base     *pipeline.Article // normalized: the text that edits are made in
	places   places
	source   *edition // nil where there is no article
	editions []*edition
	heads    []editionHead
	findings []pipeline.Finding            // all, in reading order
	bySent   map[string][]pipeline.Finding // the same by sentence
	edits    map[string][]pipeline.Edit    // by sentence, in order of place
	worked   map[string]string             // the corrected text by sentence
	news     map[string]string             // what a revision made of a sentence
}

func newBuilder(doc *pipeline.Document) *builder {
	b := &builder{
		doc: doc, base: doc.Normalized, places: placesOf(doc),
		news:   news(doc.Revision),
		bySent: map[string][]pipeline.Finding{}, edits: map[string][]pipeline.Edit{}, worked: map[string]string{},
	}
	if b.base == nil {
		b.base = doc.Corrected
	}
	if e, ok := editionOf(doc, source); ok {
		b.source = e
		for _, s := range b.base.Sentences() {
			b.worked[s.ID] = s.Text
		}
		for _, s := range e.base.Sentences() {
			b.worked[s.ID] = s.Text
		}
		for i, t := range doc.Translations {
			lang := t.Lang.String()
			if e, ok := editionOf(doc, lang); ok {
				b.editions = append(b.editions, e)
				b.heads = append(b.heads, editionHead{Lang: lang, Name: languageName(t.Lang), Class: fmt.Sprintf("l%d", i+1)})
			}
		}
	}
	b.findings = append(b.findings, doc.Findings...)
	sortFindings(b.findings, b.places)
	for _, f := range b.findings {
		b.bySent[f.Span.Sentence] = append(b.bySent[f.Span.Sentence], f)
	}
	for _, e := range sortEdits(doc.Edits, b.places) {
		b.edits[e.Span.Sentence] = append(b.edits[e.Span.Sentence], e)
	}
	return b
}

// languageName is the English name of a language that we know, or its tag.
func languageName(tag language.Tag) string {
	if l, ok := locale.For(tag); ok && l.Name != "" {
		return l.Name
	}
	return tag.String()
}

// shown reports whether a sentence has a row in the report.
func (b *builder) shown(id string) bool {
	return b.source != nil && id != "" && b.places.of(id) < len(b.places)
}

func (b *builder) title() string {
	for _, a := range []*pipeline.Article{b.doc.Corrected, b.doc.Normalized, b.doc.Source} {
		if a == nil {
			continue
		}
		if t := clean(a.First(pipeline.Headline)); t != "" {
			return t
		}
		if t := clean(a.ID); t != "" {
			return t
		}
	}
	return "Untitled article"
}

func (b *builder) meta() []pair {
	var out []pair
	if id := clean(b.base.ID); id != "" {
		out = append(out, pair{"Article", id})
	}
	if u := clean(b.base.URL); u != "" {
		out = append(out, pair{"Published at", u})
	}
	if len(b.heads) > 0 {
		names := make([]string, len(b.heads))
		for i, h := range b.heads {
			names[i] = h.Name
		}
		out = append(out, pair{"Editions", strings.Join(names, ", ")})
	}
	return out
}

// author is the status of the document in a word.
func (b *builder) author() string {
	if b.doc.Origin.Author == "" && len(b.doc.Trace) > 0 {
		return string(pipeline.AIAutonomous)
	}
	return clean(string(b.doc.Origin.Author))
}

var safeID = regexp.MustCompile(`^(?:[dhkbp][0-9]{1,6}s[0-9]{1,6}|sum\.[a-z][0-9]{0,6}|[ef]-[0-9a-f]{6,64})$`)

// anchor is an id as it may stand in id and href: one of ours as it is, any
// other as a digest.
func anchor(id string) string {
	if safeID.MatchString(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "x-" + hex.EncodeToString(sum[:6])
}

// level is a severity as a class name.
func level(f pipeline.Finding) string {
	if f.Severity.Rank() < 0 {
		return string(pipeline.Neutral)
	}
	return string(f.Severity)
}

// spaced takes a name in camel case apart: "wordChoice" is "word choice".
func spaced(s string) string {
	var b strings.Builder
	for i, r := range clean(s) {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
