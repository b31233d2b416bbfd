package writer

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
)

// summary writes the products of the summary, each sentence with the ids it
// rests on.
func (m *markdown) summary(e *edition) {
	sum := e.doc.Summary
	if sum == nil && !summaryFailed(e.doc) {
		return
	}
	m.para("---")
	m.para("## %s", e.words.Summary)
	if sum == nil {
		m.para("%s", escape(fmt.Sprintf(e.words.NotDone, "sum")))
		return
	}
	for _, p := range e.words.products() {
		sentences := sum.Of(p.Product)
		if len(sentences) == 0 {
			continue
		}
		m.para("**%s**\n", escape(p.Label))
		lines := make([]line, len(sentences))
		for i, s := range sentences {
			lines[i] = e.summaryLine(s)
			text := m.inline(e, lines[i:i+1], " ")
			if len(s.Evidence) > 0 {
				text += fmt.Sprintf(" *(%s %s)*", escape(e.words.Evidence), escape(strings.Join(s.Evidence, ", ")))
			}
			m.WriteString("- " + text + "\n")
		}
		m.beside(e, lines)
	}
}

// product is one part of a summary with its name in the edition's language.
type product struct {
	Product pipeline.Product
	Label   string
}

// products are the parts of a summary in reading order.
func (l labels) products() []product {
	return []product{
		{pipeline.SummaryHeadline, l.Headline},
		{pipeline.SummaryLead, l.Lead},
		{pipeline.KeyPoint, l.KeyPoints},
		{pipeline.Short, l.Short},
		{pipeline.Long, l.Long},
	}
}

// isQuery reports whether an edit is a doubt without a proposal.
func isQuery(e pipeline.Edit) bool { return e.Category == "query" || e.Before == e.After }

// isQueryFinding reports whether a finding is a doubt of the copy desk.
func isQueryFinding(f pipeline.Finding) bool {
	return f.Stage == "correct" && f.Check == "query"
}

// corrections writes the edits that were decided, by rule or by a person.
func (m *markdown) corrections(doc *pipeline.Document) {
	if doc.Corrected == nil {
		return
	}
	m.para("---")
	m.para("## Corrections")
	edits := slices.DeleteFunc(sortEdits(doc.Edits, placesOf(doc)), func(e pipeline.Edit) bool {
		return isQuery(e) || e.State == pipeline.Proposed
	})
	if len(edits) == 0 {
		m.para("None.")
		return
	}
	m.head("Id", "Sentence", "Before → after", "Category", "Reason", "State")
	for _, e := range edits {
		m.row(escape(e.ID), escape(e.Span.Sentence), change(e), escape(e.Category), escape(e.Reason), escape(string(e.State)))
	}
}

// proposals writes the edits that wait for a person, with what holds them.
func (m *markdown) proposals(doc *pipeline.Document) {
	edits := slices.DeleteFunc(sortEdits(doc.Edits, placesOf(doc)), func(e pipeline.Edit) bool {
		return isQuery(e) || e.State != pipeline.Proposed
	})
	if len(edits) == 0 {
		return
	}
	m.para("## Proposals")
	m.para("Not in the text: each touches something that only a person may change.")
	m.head("Id", "Sentence", "Before → after", "Category", "Reason", "Why it waits")
	for _, e := range edits {
		m.row(escape(e.ID), escape(e.Span.Sentence), change(e), escape(e.Category), escape(e.Reason), escape(e.Held))
	}
}

// queries writes the doubts without a proposal.
func (m *markdown) queries(doc *pipeline.Document) {
	var items []string
	places := placesOf(doc)
	for _, e := range sortEdits(doc.Edits, places) {
		if isQuery(e) {
			items = append(items, fmt.Sprintf("%s: “%s”: %s (%s)", escape(e.Span.Sentence), escape(e.Before), escape(e.Reason), escape(e.ID)))
		}
	}
	found := slices.Clone(doc.Findings)
	sortFindings(found, places)
	for _, f := range found {
		if isQueryFinding(f) {
			items = append(items, fmt.Sprintf("%s: %s (%s)%s", escape(f.Span.Sentence), escape(f.Message), escape(f.ID), waiver(english(), f)))
		}
	}
	if len(items) == 0 {
		return
	}
	m.para("## Queries")
	m.para("- %s", strings.Join(items, "\n- "))
}

// change writes an edit as before → after.
func change(e pipeline.Edit) string {
	return orNothing(e.Before) + " → " + orNothing(e.After)
}

func orNothing(s string) string {
	if clean(s) == "" {
		return "*(nothing)*"
	}
	return escape(s)
}

// findings writes the edition's findings in reading order.
func (m *markdown) findings(e *edition) {
	m.para("---")
	m.para("## %s", e.words.Findings)
	var items []string
	for _, f := range e.findings {
		if e.lang == source && isQueryFinding(f) {
			continue
		}
		item := fmt.Sprintf("**%s** ", escape(e.words.severity(f.Severity)))
		if f.Span.Sentence != "" {
			item += escape(f.Span.Sentence) + " "
		}
		item += escape(f.Check) + ": " + escape(f.Message)
		if f.Suggest != "" {
			item += " " + escape(e.words.Suggest) + " " + escape(f.Suggest)
		}
		items = append(items, item+" ("+escape(f.ID)+")"+waiver(e.words, f))
	}
	if len(items) == 0 {
		m.para("%s", escape(e.words.NoFindings))
		return
	}
	m.para("- %s", strings.Join(items, "\n- "))
}

func waiver(l labels, f pipeline.Finding) string {
	if f.Waived == "" {
		return ""
	}
	return " *" + escape(l.Waived) + "* " + escape(f.Waived)
}

// provenance writes what it took to make the document.
func (m *markdown) provenance(doc *pipeline.Document) {
	a := AccountOf(doc)
	m.para("---")
	m.para("## Provenance")
	m.para("%s", escape(a.Verdict()))
	if len(a.Stages) > 0 {
		m.head("Stage", "Sentences", "Done", "Kept", "Failed", "Missing")
		for _, s := range a.Stages {
			m.row(escape(s.Name()), fmt.Sprint(s.Total), fmt.Sprint(s.Done), fmt.Sprint(s.Kept), fmt.Sprint(s.Failures()), fmt.Sprint(len(s.Missing)))
		}
	}
	m.para("Calls: %d made, %d answered from the store. Tokens: %s. Cost: %s.",
		a.Asked.Calls, a.Stored.Calls, escape(a.Asked.TokensText()), escape(a.Asked.CostText()))
}
