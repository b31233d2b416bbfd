package batch

import (
	"fmt"
	"io"
	"strings"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

// markdown writes report.md.
func (r *report) markdown(w io.Writer) error {
	p := &printer{w: w}
	p.printf("# Batch report\n\n%s\n\n", plainText(r.verdict()))
	if r.Ending != nil && r.Ending.Hint != "" {
		p.printf("To go on: %s\n\n", plainText(r.Ending.Hint))
	}
	for _, f := range r.facts() {
		p.printf("- %s: %s\n", f.Name, plainText(f.Text))
	}
	for _, n := range r.Notes {
		p.printf("- Note: %s\n", plainText(n))
	}
	if err := r.markdownUrgent(p); err != nil {
		return err
	}
	p.printf("\n## All articles\n\n| article | state | sentences | findings | calls | stored | cost | headline |\n|---|---|---|---|---|---|---|---|\n")
	err := r.each(func(d *store.Document) error {
		res := resultOf(d)
		p.printf("| %s | %s | %s | %s | %s | %s | %s | %s |\n",
			link(d), d.State, sentencesText(res.Done, res.Failed, res.Sentences), findingsText(res.Findings),
			term.Number(res.Asked.Calls), term.Number(res.Stored.Calls), plainText(res.Asked.CostText()), plainText(res.Headline))
		return p.err
	})
	if err != nil {
		return err
	}
	return p.err
}

// markdownUrgent writes what wants a person, with the reasons.
func (r *report) markdownUrgent(p *printer) error {
	begun := false
	begin := func() {
		if !begun {
			p.printf("\n## What wants a person\n\n| article | state | why | read from |\n|---|---|---|---|\n")
		}
		begun = true
	}
	for _, d := range r.Doubled {
		begin()
		p.printf("| – | failed | %s | – |\n", plainText(d.Message+"; "+d.Hint))
	}
	more, err := r.eachUrgent(func(d *store.Document) error {
		begin()
		p.printf("| %s | %s | %s | %s |\n", link(d), d.State, plainText(reason(d, resultOf(d))), plainText(d.Origin))
		return p.err
	})
	if more > 0 {
		p.printf("\nAnd %s more in the table below.\n", term.Number(more))
	}
	return err
}

// link is an article's id as a link to its report.
func link(d *store.Document) string {
	if d.Written == "" {
		return plainText(d.ID)
	}
	return fmt.Sprintf("[%s](<%s/report.html>)", plainText(d.ID), d.Folder)
}

// printer keeps the first error of writing.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// marks are the characters that mean something in Markdown or HTML.
var marks = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "!", `\!`,
)

// plainText is text that stays text in a cell of a table: on one line, without
// marks, and without what a terminal would obey.
func plainText(s string) string {
	return marks.Replace(strings.Join(strings.Fields(term.String(s)), " "))
}

// stamp is a time for a report, in UTC, or a dash.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
