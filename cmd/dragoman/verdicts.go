package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// formats are the formats that `check` prints.
var formats = []string{"text", "json", "sarif", "github"}

// verdict is what was found in one text.
type verdict struct {
	result check.RowResult
	text   string  // that was judged
	places []place // of the findings in the judged file; nil where nobody wants them
	row    bool    // it is one of many
}

// verdicts prints verdicts in one format.
type verdicts interface {
	print(v verdict) error
	close() error
}

// newVerdicts prints in the format that the options name.
func newVerdicts(w io.Writer, opts checkOptions) verdicts {
	switch opts.Format {
	case "json":
		return rowVerdicts{w}
	case "sarif":
		return &sarifVerdicts{w: w, file: opts.judged()}
	case "github":
		return githubVerdicts{w: w, file: opts.judged()}
	}
	return textVerdicts{w}
}

// textVerdicts prints one line a finding, with the words it is about.
type textVerdicts struct{ w io.Writer }

func (t textVerdicts) print(v verdict) error {
	for _, f := range v.result.Findings {
		line := fmt.Sprintf("%s %s at %d: %s", f.Severity, f.Check, f.Span.Start, advice(f))
		if words := excerptAt(v.text, f.Span); words != "" {
			line += " «" + words + "»"
		}
		if v.row {
			line = v.result.ID + ": " + line
		}
		if f.ID != "" {
			line += " [" + f.ID + "]"
		}
		if f.Waived != "" {
			line += " waived: " + f.Waived
		}
		if _, err := fmt.Fprintln(t.w, term.String(line)); err != nil {
			return &outputError{fmt.Errorf("printing findings: %w", err)}
		}
	}
	return nil
}

func (textVerdicts) close() error { return nil }

// advice is a finding's message, with what to write instead where the message
// does not say it already.
func advice(f check.RowFinding) string {
	if f.Suggest == "" || strings.Contains(f.Message, f.Suggest) {
		return f.Message
	}
	return f.Message + " Suggested: " + f.Suggest
}

// maxExcerpt is how much of the text a finding is about stands on its line.
const maxExcerpt = 60

// excerptAt is the text of a span, cut to what fits a line.
func excerptAt(text string, span check.RowSpan) string {
	if span.Start < 0 || span.End > len(text) || span.Start >= span.End {
		return ""
	}
	words := text[span.Start:span.End]
	if utf8.RuneCountInString(words) > maxExcerpt {
		words = string([]rune(words)[:maxExcerpt]) + "…"
	}
	return words
}

// rowVerdicts prints one JSON line a text. The keys and their order are a
// promise to whoever reads them.
type rowVerdicts struct{ w io.Writer }

type jsonRow struct {
	ID       string        `json:"id"`
	Findings []jsonFinding `json:"findings"`
	Flagged  bool          `json:"flagged"`
}

type jsonFinding struct {
	Check    string            `json:"check"`
	Severity pipeline.Severity `json:"severity"`
	Span     check.RowSpan     `json:"span"`
	Message  string            `json:"message"`
	ID       string            `json:"id,omitempty"`
	Waived   string            `json:"waived,omitempty"`
}

func (r rowVerdicts) print(v verdict) error {
	row := jsonRow{ID: v.result.ID, Flagged: v.result.Flagged, Findings: []jsonFinding{}}
	for _, f := range v.result.Findings {
		row.Findings = append(row.Findings, jsonFinding{f.Check, f.Severity, f.Span, f.Message, f.ID, f.Waived})
	}
	enc := json.NewEncoder(r.w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(row); err != nil {
		return &outputError{fmt.Errorf("printing verdicts: %w", err)}
	}
	return nil
}

func (rowVerdicts) close() error { return nil }

// githubVerdicts prints workflow commands, which GitHub shows as annotations
// beside the lines of a change.
type githubVerdicts struct {
	w    io.Writer
	file string
}

func (g githubVerdicts) print(v verdict) error {
	for i, f := range v.result.Findings {
		if f.Waived != "" {
			continue
		}
		message := advice(f)
		if v.row {
			message = v.result.ID + ": " + message
		}
		p := v.places[i]
		where := fmt.Sprintf("file=%s,line=%d", property(slashed(g.file)), max(p.line, 1))
		if p.col > 0 {
			where += fmt.Sprintf(",col=%d", p.col)
		}
		if p.endLine > p.line {
			where += fmt.Sprintf(",endLine=%d", p.endLine)
		} else if p.endCol > p.col {
			where += fmt.Sprintf(",endColumn=%d", p.endCol)
		}
		if _, err := fmt.Fprintf(g.w, "::%s %s,title=%s::%s\n", annotation(f.Severity), where, property(f.Check+" "+string(f.Severity)), data(message)); err != nil {
			return &outputError{fmt.Errorf("printing annotations: %w", err)}
		}
	}
	return nil
}

func (githubVerdicts) close() error { return nil }

// annotation is the kind of annotation for a severity.
func annotation(s pipeline.Severity) string {
	switch {
	case s.AtLeast(pipeline.Major):
		return "error"
	case s.AtLeast(pipeline.Minor):
		return "warning"
	}
	return "notice"
}

// data escapes the text of a workflow command: without it a message with a
// line break could begin a command of its own.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(term.String(s))
}

// property escapes a value within a workflow command.
func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}
