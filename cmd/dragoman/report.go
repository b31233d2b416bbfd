package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"unicode/utf8"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// maxListed is how many findings are listed under the result table; the rest
// is counted, and stands in the report.
const maxListed = 10

// maxMessage is how much of a finding's message stands on its line.
const maxMessage = 160

// reporter tells what a run does and what came of it: progress and a table on
// stderr, or with --json one JSON object a line on stdout.
type reporter struct {
	env      *environment
	opts     runOptions
	progress *term.Progress // nil says nothing

	mu  sync.Mutex // events come from several goroutines
	err error      // of writing to stdout
}

func newReporter(env *environment, opts runOptions) *reporter {
	r := &reporter{env: env, opts: opts}
	if opts.Quiet || opts.JSON {
		return r
	}
	w := env.stderr
	if env.live {
		w = env.raw
	}
	r.progress = term.NewProgress(w, env.live, env.now)
	return r
}

func (r *reporter) close() { r.progress.Close() }

// event takes one event of the pipeline. With --json it is printed as it is.
func (r *reporter) event(e pipeline.Event) {
	if r.opts.JSON {
		r.line(e)
		return
	}
	if len(r.opts.Files) == 1 {
		e.Article = ""
	}
	r.progress.Event(e)
}

// say tells what the run does, beside its progress.
func (r *reporter) say(line string) { r.progress.Say(line) }

// line prints one JSON object on one line.
func (r *reporter) line(v any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	enc := json.NewEncoder(r.env.stdout)
	enc.SetEscapeHTML(false)
	r.err = enc.Encode(v)
}

// articleEvent is the line of --json that closes an article.
type articleEvent struct {
	Type       string          `json:"type"` // article
	Article    string          `json:"article"`
	File       string          `json:"file"`    // as named on the command line
	Exit       int             `json:"exit"`    // what the exit code would be of this article alone
	Account    *writer.Account `json:"account"` // null where nothing came of the article
	DurationMS int64           `json:"durationMs"`
	Out        string          `json:"out,omitempty"`      // its folder, with --out
	Error      *eventError     `json:"error"`              // null where all is well
	Document   json.RawMessage `json:"document,omitempty"` // the whole document, without --out
}

// eventError is an error in a line of --json.
type eventError struct {
	Code    pipeline.Code `json:"code"` // "" for an error of no class
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`
}

// noteEvent is what a person should know, in a line of --json.
type noteEvent struct {
	Type    string `json:"type"` // note
	Message string `json:"message"`
}

// endEvent is the last line of --json.
type endEvent struct {
	Type     string `json:"type"` // end
	Exit     int    `json:"exit"`
	Articles int    `json:"articles"`
}

func newEventError(err error) *eventError {
	if err == nil {
		return nil
	}
	return &eventError{Code: pipeline.CodeOf(err), Message: err.Error(), Hint: hintOf(err)}
}

// finish prints the results and returns what the run ends with.
func (r *reporter) finish(ctx context.Context, done []finished, notes func([]*pipeline.Document) []string, failOn pipeline.Severity) error {
	r.close()
	end := &outcome{failOn: failOn}
	for _, f := range done {
		end.docs = append(end.docs, f.doc)
		end.errs = append(end.errs, f.err)
	}
	if sig := stopped(ctx); sig != nil {
		end.errs = append(end.errs, sig)
	}
	told := notes(end.docs)
	if r.opts.JSON {
		r.events(done, failOn, end, told)
	} else {
		end.errs = append(end.errs, r.print(done))
	}
	if r.err != nil {
		end.errs = append(end.errs, &outputError{fmt.Errorf("writing events: %w", r.err)})
	}
	well := end.code() == 0
	if !r.opts.JSON && !(r.opts.Quiet && well) {
		r.table(done, failOn)
	}
	for _, n := range told { // also with --quiet: what must be known is not "all is well"
		if !r.opts.JSON {
			fmt.Fprintf(r.env.stderr, "note: %s\n", n)
		}
	}
	if well {
		return nil
	}
	return end
}

// events prints the closing lines of --json.
func (r *reporter) events(done []finished, failOn pipeline.Severity, end *outcome, notes []string) {
	for _, f := range done {
		e := articleEvent{
			Type: "article", Article: f.id, File: f.file, DurationMS: f.took.Milliseconds(), Out: f.folder,
			Exit:  exitCode([]*pipeline.Document{f.doc}, []error{f.err}, failOn),
			Error: newEventError(f.err),
		}
		if f.doc != nil {
			a := writer.AccountOf(f.doc)
			e.Account = &a
			if r.opts.Out == "" {
				e.Document = compactDocument(f.doc)
			}
		}
		r.line(e)
	}
	for _, n := range notes {
		r.line(noteEvent{Type: "note", Message: n})
	}
	r.line(endEvent{Type: "end", Exit: end.code(), Articles: len(done)})
}

// compactDocument is document.json on one line.
func compactDocument(doc *pipeline.Document) json.RawMessage {
	var long, short bytes.Buffer
	if writer.JSON(&long, doc) != nil || json.Compact(&short, long.Bytes()) != nil {
		return nil
	}
	return short.Bytes()
}

// print writes the one article of a run without --out to stdout.
func (r *reporter) print(done []finished) error {
	if r.opts.Out != "" || len(done) != 1 || done[0].doc == nil {
		return nil
	}
	doc := done[0].doc
	var err error
	if r.opts.Until == "normalize" {
		err = printText(r.env.stdout, doc.Normalized)
	} else if hasEdition(doc) {
		err = printEditions(r.env.stdout, doc)
	}
	if err != nil {
		return &outputError{fmt.Errorf("printing the article: %w", err)}
	}
	return nil
}

// table prints one line an article, and under it what gates.
func (r *reporter) table(done []finished, failOn pipeline.Severity) {
	langs := languagesOf(done)
	head := []string{"article", "corrected", "summary"}
	rows := [][]string{append(append(head, langs...), "findings", "calls", "tokens", "cost", "time")}
	for _, f := range done {
		rows = append(rows, row(f, langs))
	}
	// Errors of stderr have nowhere to go.
	_ = term.Table(r.env.stderr, rows)
	for _, f := range done {
		r.gating(f, failOn)
		if f.folder != "" {
			fmt.Fprintf(r.env.stderr, "written: %s\n", f.folder)
		}
	}
}

// row is one line of the result table.
func row(f finished, langs []string) []string {
	switch {
	case f.skipped:
		return []string{f.id, "not begun"}
	case f.doc == nil:
		return []string{f.id, "no edition"}
	}
	a := writer.AccountOf(f.doc)
	cells := map[string]string{}
	for _, s := range a.Stages {
		key := s.Stage + s.Lang
		if s.Part == "summary" {
			key += "+"
		}
		cells[key] = share(s)
	}
	out := []string{f.id, dash(cells["correct"]), dash(cells["summarize"])}
	for _, lang := range langs {
		cell := dash(cells["translate"+lang])
		if sum := cells["translate"+lang+"+"]; sum != "" {
			cell += " + " + sum
		}
		out = append(out, cell)
	}
	calls := term.Number(a.Asked.Calls)
	if a.Stored.Calls > 0 {
		calls += fmt.Sprintf(" (%d stored)", a.Stored.Calls)
	}
	return append(out, findingsCell(a), calls, a.Asked.TokensText(), a.Asked.CostText(), term.Elapsed(f.took))
}

// share is "18/18", or "17/18 (1 failed)".
func share(s writer.StageAccount) string {
	text := fmt.Sprintf("%d/%d", s.Done+s.Kept, s.Total)
	if n := s.Failures() + len(s.Missing); n > 0 {
		text += fmt.Sprintf(" (%d failed)", n)
	}
	return text
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// findingsCell is "1 major, 3 minor", or "none".
func findingsCell(a writer.Account) string {
	text := ""
	for i := len(pipeline.Severities) - 1; i >= 0; i-- {
		s := pipeline.Severities[i]
		if n := a.Findings[s]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, s)
		}
	}
	if text == "" {
		return "none"
	}
	return text
}

// languagesOf are the languages of all editions, in the order of the first
// document that has each.
func languagesOf(done []finished) []string {
	var langs []string
	seen := map[string]bool{}
	for _, f := range done {
		if f.doc == nil {
			continue
		}
		for _, tr := range f.doc.Translations {
			if lang := tr.Lang.String(); !seen[lang] {
				seen[lang] = true
				langs = append(langs, lang)
			}
		}
	}
	return langs
}

// gating lists the findings that fail the run.
func (r *reporter) gating(f finished, failOn pipeline.Severity) {
	if f.doc == nil {
		return
	}
	n := 0
	for _, x := range f.doc.Findings {
		if !x.Gates(failOn) {
			continue
		}
		if n++; n <= maxListed {
			fmt.Fprintf(r.env.stderr, "  %s\n", findingLine(x))
		}
	}
	if n > maxListed {
		fmt.Fprintf(r.env.stderr, "  and %s more, all in the report\n", term.Number(n-maxListed))
	}
}

// findingLine is "major T04 p3s2 ru: … (f-0123456789ab)".
func findingLine(x pipeline.Finding) string {
	where := x.Span.Sentence
	if where == "" {
		where = "article"
	}
	if x.Lang != "" {
		where += " " + x.Lang
	}
	message := term.String(x.Message)
	if utf8.RuneCountInString(message) > maxMessage {
		message = string([]rune(message)[:maxMessage]) + "…"
	}
	return fmt.Sprintf("%s %s %s: %s (%s)", x.Severity, x.Check, where, message, x.ID)
}
