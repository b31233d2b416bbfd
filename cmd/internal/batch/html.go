package batch

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

//go:embed index.gohtml
var pages embed.FS

// page is the parts of index.html: "head" to the table of what wants a person,
// "urgent" for its rows, "middle" to the table of all, "row", "foot".
func page() (*template.Template, error) {
	t, err := template.ParseFS(pages, "index.gohtml")
	if err != nil {
		return nil, fmt.Errorf("reading the report's page: %w", err)
	}
	return t, nil
}

// shown is one article in a table.
type shown struct {
	ID, Link, Headline, Origin, State, Why       string
	Sentences, Findings, Calls, Stored, CostText string
}

func show(d *store.Document) shown {
	r := resultOf(d)
	s := shown{
		ID: term.String(d.ID), Headline: r.Headline, Origin: term.String(d.Origin), State: string(d.State),
		Sentences: sentencesText(r.Done, r.Failed, r.Sentences), Findings: findingsText(r.Findings),
		Calls: term.Number(r.Asked.Calls), Stored: term.Number(r.Stored.Calls), CostText: r.Asked.CostText(),
	}
	if d.Written != "" {
		s.Link = "./" + d.Folder + "/report.html"
	}
	switch d.State {
	case store.DocFailed, store.DocFlagged, store.DocStopped:
		s.Why = term.String(reason(d, r))
	}
	return s
}

// html writes index.html: one page without a script, in one pass over what
// wants a person and one over all.
func (r *report) html(w io.Writer) error {
	t, err := page()
	if err != nil {
		return err
	}
	urgentRows := r.all.States[store.DocFailed] + r.all.States[store.DocStopped] + r.all.States[store.DocFlagged] + len(r.Doubled)
	top := map[string]any{
		"Verdict": r.verdict(), "Ending": r.Ending, "Facts": r.facts(), "Notes": r.Notes, "Urgent": urgentRows, "Doubled": r.Doubled,
		"Well": urgentRows == 0 && r.Ending == nil && r.Finished,
	}
	if err := t.ExecuteTemplate(w, "head", top); err != nil {
		return err
	}
	more, err := r.eachUrgent(func(d *store.Document) error { return t.ExecuteTemplate(w, "urgent", show(d)) })
	if err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, "middle", map[string]any{"Urgent": urgentRows, "More": more, "Articles": term.Number(r.all.Articles)}); err != nil {
		return err
	}
	if err := r.each(func(d *store.Document) error { return t.ExecuteTemplate(w, "row", show(d)) }); err != nil {
		return err
	}
	return t.ExecuteTemplate(w, "foot", nil)
}
