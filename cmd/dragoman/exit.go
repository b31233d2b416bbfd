package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// environment is what a command may touch of the world.
type environment struct {
	stdin  io.Reader
	stdout io.Writer // results only
	stderr io.Writer // everything else, cleaned
	raw    io.Writer // stderr as it is, for the status line alone
	live   bool      // stderr is a terminal that wants a moving status line
	env    func(string) (string, bool)
	now    func() time.Time
}

// outcome is what a command on articles ends with, as an error so that urfave
// carries it: documents and errors in parallel, and further errors of the run.
type outcome struct {
	docs   []*pipeline.Document
	errs   []error
	failOn pipeline.Severity
	counts state // of articles that are counted and not held: a batch's
}

// Error is the first error; problems lists them all.
func (o *outcome) Error() string {
	for _, err := range o.problems() {
		return err.Error()
	}
	return "findings remain"
}

// problems are the outcome's errors, without those that have been told.
func (o *outcome) problems() []error {
	if o == nil {
		return nil
	}
	var out []error
	seen := map[string]bool{}
	for _, joined := range o.errs {
		for _, err := range leaves(joined) {
			if text := cause(err); !seen[text] && !errors.As(err, new(told)) {
				seen[text] = true
				out = append(out, err)
			}
		}
	}
	return out
}

// maxTold is how many errors are told in full: where a server is down, every
// sentence has one.
const maxTold = 3

// tell prints the errors with their remedies, each remedy once.
func (o *outcome) tell(w io.Writer) {
	all := o.problems()
	hinted := map[string]bool{"": true}
	for i, err := range all {
		if i == maxTold {
			fmt.Fprintf(w, "dragoman: and %d more errors\n", len(all)-maxTold)
			return
		}
		fmt.Fprintf(w, "dragoman: %v\n", err)
		if hint := hintOf(err); !hinted[hint] {
			hinted[hint] = true
			fmt.Fprintf(w, "hint: %s\n", hint)
		}
	}
}

// cause is what went wrong, whichever stage met it.
func cause(err error) string {
	if errors.As(err, new(*missing)) {
		return err.Error()
	}
	if e, ok := errors.AsType[*pipeline.Error](err); ok && e.Err != nil {
		return string(e.Code) + e.Err.Error()
	}
	return err.Error()
}

// leaves takes joined errors apart, so that each is told and judged by itself.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, leaves(e)...)
	}
	return out
}

// told marks an error that the user has already read in full.
type told struct{ error }

func (t told) Unwrap() error { return t.error }

// usageError is a mistake of whoever called the program.
type usageError struct {
	err  error
	hint string
}

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

// badUsage makes a usage error.
func badUsage(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// interrupted is the signal that ended a run.
type interrupted struct{ sig os.Signal }

func (i *interrupted) Error() string { return "stopped by " + i.sig.String() }

// hintOf is the remedy that comes with an error, or "".
func hintOf(err error) string {
	if u, ok := errors.AsType[*usageError](err); ok {
		return u.hint
	}
	if m, ok := errors.AsType[*missing](err); ok {
		return m.hint
	}
	if _, ok := errors.AsType[*interrupted](err); ok {
		return "the same command again goes on from here; what was answered is not paid twice"
	}
	if _, ok := errors.AsType[*outdir.Locked](err); ok {
		return "wait for it, or choose another --out folder"
	}
	if errors.As(err, new(*batchesLocked)) {
		return lockedHint
	}
	if errors.As(err, new(*busy)) {
		return "it does what is due; wait for it, or call again later"
	}
	if e, ok := errors.AsType[*pipeline.Error](err); ok {
		return e.Hint
	}
	return ""
}

// state is what an exit code is read from.
type state struct {
	signal                                                     os.Signal
	locked, unreachable, overBudget, noEdition, flagged, usage bool
	missing                                                    bool
}

// and is two states together.
func (s state) and(t state) state {
	if s.signal == nil {
		s.signal = t.signal
	}
	s.locked, s.unreachable, s.overBudget = s.locked || t.locked, s.unreachable || t.unreachable, s.overBudget || t.overBudget
	s.noEdition, s.flagged, s.usage, s.missing = s.noEdition || t.noEdition, s.flagged || t.flagged, s.usage || t.usage, s.missing || t.missing
	return s
}

// survey looks at every article and every error.
func survey(docs []*pipeline.Document, errs []error, failOn pipeline.Severity) state {
	var s state
	for i := range max(len(docs), len(errs)) {
		var err error
		if i < len(errs) {
			err = errs[i]
		}
		if i >= len(docs) {
			s.ofRun(err)
			continue
		}
		s.ofArticle(docs[i], err, failOn)
	}
	return s
}

// ofArticle adds one article's document and error.
func (s *state) ofArticle(doc *pipeline.Document, err error, failOn pipeline.Severity) {
	ended := false
	for _, e := range leaves(err) {
		ended = s.endsRun(e) || ended
	}
	if ended {
		return
	}
	switch {
	case !hasEdition(doc):
		s.noEdition = true
	case err != nil || unfinished(doc, failOn):
		s.flagged = true
	}
}

// ofRun adds an error that belongs to no article. One that nobody classified
// is counted as the state or the system failing us: resumable, and not well.
func (s *state) ofRun(joined error) {
	for _, err := range leaves(joined) {
		if !s.endsRun(err) {
			s.ofNothing(err)
		}
	}
}

func (s *state) ofNothing(err error) {
	if errors.As(err, new(*findingsRemain)) {
		s.flagged = true
		return
	}
	switch pipeline.CodeOf(err) {
	case pipeline.Refused, pipeline.Truncated, pipeline.BadOutput, pipeline.TooLong:
		s.noEdition = true
	case pipeline.Invalid:
		s.usage = true
	default:
		s.unreachable = true
	}
}

// endsRun adds what stops a whole run, and reports whether err was that.
func (s *state) endsRun(err error) bool {
	if i, ok := errors.AsType[*interrupted](err); ok {
		s.signal = i.sig
		return true
	}
	if errors.As(err, new(*outdir.Locked)) || errors.As(err, new(*batchesLocked)) || errors.As(err, new(*busy)) {
		s.locked = true
		return true
	}
	if errors.As(err, new(*usageError)) {
		s.usage = true
		return true
	}
	if errors.As(err, new(*missing)) {
		s.missing = true
		return true
	}
	if errors.As(err, new(*outputError)) {
		s.unreachable = true
		return true
	}
	switch pipeline.CodeOf(err) {
	case pipeline.Auth, pipeline.Unavailable, pipeline.RateLimit:
		s.unreachable = true
		return true
	case pipeline.Budget, pipeline.Quota:
		s.overBudget = true
		return true
	}
	return false
}

// outputError is a result that could not be written.
type outputError struct{ err error }

func (o *outputError) Error() string { return o.err.Error() }
func (o *outputError) Unwrap() error { return o.err }

// hasEdition reports whether something usable came of an article: one
// translated or kept sentence where it was to be translated, else what the
// stage it stopped at gives.
func hasEdition(doc *pipeline.Document) bool {
	switch {
	case doc == nil:
		return false
	case len(doc.Translations) > 0:
		return slices.ContainsFunc(doc.Translations, func(tr pipeline.Translation) bool {
			return anyAnswer(doc, tr.Article) || anyAnswer(doc, tr.Summary)
		})
	case doc.Summary != nil:
		return slices.ContainsFunc(doc.Summary.Sentences, func(x pipeline.SummarySentence) bool { return x.Text != "" })
	case len(doc.Corrections) > 0:
		return slices.ContainsFunc(doc.Corrections, func(u pipeline.Unit) bool { return u.State != pipeline.Failed })
	}
	return doc.Normalized != nil
}

// anyAnswer reports whether one of the units has an answer that passed. A
// dateline is no answer: it is written by rule.
func anyAnswer(doc *pipeline.Document, units []pipeline.Unit) bool {
	byRule := map[string]bool{}
	for b, s := range doc.Normalized.Sentences() {
		byRule[s.ID] = b.Kind == pipeline.Dateline || b.Kind == pipeline.Boilerplate
	}
	return slices.ContainsFunc(units, func(u pipeline.Unit) bool { return u.State.Done() && !byRule[u.ID] })
}

// unfinished reports whether a sentence failed or is not accounted for, or a
// finding gates.
func unfinished(doc *pipeline.Document, failOn pipeline.Severity) bool {
	if a := writer.AccountOf(doc); a.Failures() > 0 || !a.Complete() {
		return true
	}
	return slices.ContainsFunc(doc.Findings, func(f pipeline.Finding) bool { return f.Gates(failOn) })
}

// stopped is the signal that cancelled ctx, or nil.
func stopped(ctx context.Context) error {
	if i, ok := errors.AsType[*interrupted](context.Cause(ctx)); ok {
		return i
	}
	return nil
}
