package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
)

func articleOf(sentences ...string) *pipeline.Article {
	a := &pipeline.Article{ID: "a"}
	for i, s := range sentences {
		id := fmt.Sprintf("p%d", i+1)
		a.Body = append(a.Body, pipeline.Block{ID: id, Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: s}}})
	}
	return a
}

// docWith is a document with one translated edition whose one sentence is in
// the given state, and with the given findings.
func docWith(state pipeline.State, findings ...pipeline.Severity) *pipeline.Document {
	art := articleOf("One.")
	unit := pipeline.Unit{ID: "p1s1", Source: "One.", Target: "Один.", State: state}
	doc := &pipeline.Document{
		Source: art, Normalized: art, Corrected: art,
		Corrections:  []pipeline.Unit{{ID: "p1s1", Source: "One.", Target: "One.", State: pipeline.Translated}},
		Translations: []pipeline.Translation{{Lang: language.Russian, Article: []pipeline.Unit{unit}}},
	}
	for _, s := range findings {
		doc.Findings = append(doc.Findings, pipeline.Finding{Severity: s})
	}
	return doc
}

func classed(code pipeline.Code) error {
	return fmt.Errorf("asking: %w", &pipeline.Error{Code: code, Err: errors.New("no")})
}

func TestExitCode(t *testing.T) {
	good, flagged, failed := docWith(pipeline.Translated), docWith(pipeline.Translated, pipeline.Major), docWith(pipeline.Failed)
	lost := docWith(pipeline.Translated)
	lost.Translations[0].Article = nil
	lost.Translations = append(lost.Translations, docWith(pipeline.Translated).Translations[0])
	lost.Translations[1].Lang = language.Turkish
	waived := docWith(pipeline.Translated, pipeline.Critical)
	waived.Findings[0].Waived = "the desk knows"
	normalized := &pipeline.Document{Normalized: articleOf("One.")}
	corrected := &pipeline.Document{Normalized: articleOf("One."), Corrections: []pipeline.Unit{{ID: "p1s1", State: pipeline.Failed}}}
	unrecorded := error(&missing{err: classed(pipeline.Invalid)})
	sigint, sigterm := error(&interrupted{os.Interrupt}), error(&interrupted{syscall.SIGTERM})
	for _, test := range []struct {
		name   string
		docs   []*pipeline.Document
		errs   []error
		failOn pipeline.Severity
		want   int
	}{
		{"nothing to complain about", []*pipeline.Document{good}, []error{nil}, pipeline.Major, 0},
		{"no articles", nil, nil, pipeline.Major, 0},
		{"major finding", []*pipeline.Document{flagged}, []error{nil}, pipeline.Major, 1},
		{"major finding, critical fails", []*pipeline.Document{flagged}, []error{nil}, pipeline.Critical, 0},
		{"minor finding, minor fails", []*pipeline.Document{docWith(pipeline.Translated, pipeline.Minor)}, []error{nil}, pipeline.Minor, 1},
		{"waived finding", []*pipeline.Document{waived}, []error{nil}, pipeline.Neutral, 0},
		{"kept sentence is no failure, but no edition either", []*pipeline.Document{docWith(pipeline.Kept)}, []error{nil}, pipeline.Major, 3},
		{"lost sentence", []*pipeline.Document{lost}, []error{nil}, pipeline.Major, 1},
		{"nothing usable", []*pipeline.Document{failed}, []error{nil}, pipeline.Major, 3},
		{"only normalized", []*pipeline.Document{normalized}, []error{nil}, pipeline.Major, 0},
		{"no correction came", []*pipeline.Document{corrected}, []error{nil}, pipeline.Major, 3},
		{"error beside an edition", []*pipeline.Document{good}, []error{classed(pipeline.BadOutput)}, pipeline.Major, 1},
		{"article cannot be read", []*pipeline.Document{nil}, []error{classed(pipeline.Invalid)}, pipeline.Major, 3},
		{"refused", []*pipeline.Document{nil}, []error{classed(pipeline.Refused)}, pipeline.Major, 3},
		{"budget", []*pipeline.Document{good}, []error{classed(pipeline.Budget)}, pipeline.Major, 4},
		{"quota", []*pipeline.Document{good}, []error{classed(pipeline.Quota)}, pipeline.Major, 4},
		{"key refused", []*pipeline.Document{nil}, []error{classed(pipeline.Auth)}, pipeline.Major, 5},
		{"rate limit spent", []*pipeline.Document{good}, []error{classed(pipeline.RateLimit)}, pipeline.Major, 5},
		{"unreachable", nil, []error{classed(pipeline.Unavailable)}, pipeline.Major, 5},
		{"cannot write", nil, []error{&outputError{os.ErrPermission}}, pipeline.Major, 5},
		{"of no class", nil, []error{errors.New("odd")}, pipeline.Major, 5},
		{"usage", nil, []error{badUsage("", "no")}, pipeline.Major, 2},
		{"configuration", nil, []error{classed(pipeline.Invalid)}, pipeline.Major, 2},
		{"locked", nil, []error{&outdir.Locked{Dir: "out"}}, pipeline.Major, 75},
		{"batches locked", nil, []error{&batchesLocked{"state/batches"}}, pipeline.Major, 75},
		{"interrupted", []*pipeline.Document{good}, []error{sigint}, pipeline.Major, 130},
		{"terminated", []*pipeline.Document{good}, []error{sigterm}, pipeline.Major, 143},

		{"a recording is missing", []*pipeline.Document{nil}, []error{unrecorded}, pipeline.Major, 2},
		{"a missing recording over 1 and 3", []*pipeline.Document{flagged, nil, nil}, []error{nil, classed(pipeline.Invalid), unrecorded}, pipeline.Major, 2},
		{"4 over a missing recording", []*pipeline.Document{nil, good}, []error{unrecorded, classed(pipeline.Budget)}, pipeline.Major, 4},

		{"1 over 0", []*pipeline.Document{good, flagged}, []error{nil, nil}, pipeline.Major, 1},
		{"1 over 2", []*pipeline.Document{flagged}, []error{nil, badUsage("", "no")}, pipeline.Major, 1},
		{"3 over 1", []*pipeline.Document{flagged, nil}, []error{nil, classed(pipeline.Invalid)}, pipeline.Major, 3},
		{"4 over 3", []*pipeline.Document{nil, good}, []error{classed(pipeline.Invalid), classed(pipeline.Budget)}, pipeline.Major, 4},
		{"5 over 4", []*pipeline.Document{good, nil}, []error{classed(pipeline.Budget), classed(pipeline.Auth)}, pipeline.Major, 5},
		{"5 over 4 in one error", []*pipeline.Document{good}, []error{errors.Join(classed(pipeline.Budget), classed(pipeline.Auth))}, pipeline.Major, 5},
		{"75 over 5", nil, []error{classed(pipeline.Auth), &outdir.Locked{}}, pipeline.Major, 75},
		{"130 over 75", nil, []error{&outdir.Locked{}, sigint}, pipeline.Major, 130},
		{"143 over all", []*pipeline.Document{flagged, nil}, []error{classed(pipeline.Budget), classed(pipeline.Auth), &outdir.Locked{}, sigterm}, pipeline.Major, 143},
	} {
		if got := exitCode(test.docs, test.errs, test.failOn); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestProblemsAreToldOnce(t *testing.T) {
	a := classed(pipeline.Auth)
	o := &outcome{errs: []error{errors.Join(a, a), nil, a, told{errors.New("known")}, errors.New("other")}}
	if got := o.problems(); len(got) != 2 || o.Error() != a.Error() {
		t.Errorf("got %v", got)
	}
	if got := (*outcome)(nil).problems(); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestHints(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{badUsage("do that", "no"), "do that"},
		{fmt.Errorf("x: %w", &pipeline.Error{Hint: "mend it"}), "mend it"},
		{&outdir.Locked{Dir: "out", PID: "7"}, "wait for it, or choose another --out folder"},
		{&batchesLocked{"state/batches"}, lockedHint},
		{errors.New("odd"), ""},
	} {
		if got := hintOf(test.err); got != test.want {
			t.Errorf("%v: got %q", test.err, got)
		}
	}
	if got := (&outdir.Locked{Dir: "out", PID: "7"}).Error(); got != "another run is writing to out: process 7" {
		t.Error(got)
	}
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	if stopped(ctx) != nil {
		t.Error("stopped before the signal")
	}
	cancel(&interrupted{os.Interrupt})
	if stopped(ctx) == nil {
		t.Error("not stopped after it")
	}
	plain, stop := context.WithCancel(context.Background())
	stop()
	if stopped(plain) != nil {
		t.Error("a cancelled context is taken for a signal")
	}
}
