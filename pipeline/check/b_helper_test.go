package check

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// pairCase is one translated sentence and what a check must say of it.
//
// want is what is found, one finding after the other, parted by " | ": the
// severity and the text at its place, as in "major 348"; a place in the source
// is written "major source:384"; a finding of the whole sentence is its
// severity alone. "" wants the check silent.
type pairCase struct {
	name, src, hyp, want string
}

// judgePairs runs every case through [Pair], as the pipeline does, and
// compares what the one check says. Where nothing is wanted, no other check
// may gate the sentence either: such a case is a good translation.
func judgePairs(t *testing.T, check, lang string, cases []pairCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(lang+"/"+tc.name, func(t *testing.T) {
			t.Helper()
			p := pipeline.Pair{ID: "p1s2", Source: tc.src, Target: tc.hyp, Lang: language.MustParse(lang)}
			judgePair(t, check, p, tc.want)
		})
	}
}

// judgePair is judgePairs for one pair, which may have neighbours and names.
func judgePair(t *testing.T, check string, p pipeline.Pair, want string) {
	t.Helper()
	all := Pair(p)
	wellFormed(t, p, all)
	if got := told(check, p, all); got != want {
		t.Errorf("%s of %q:\n got %q\nwant %q\n all %v", check, p.Target, got, want, saidOf(all, p.Target, p.Source))
	}
	if want != "" {
		return
	}
	for _, f := range all {
		if f.Severity.AtLeast(pipeline.Major) {
			t.Errorf("%q is a good translation, and %s says: %s", p.Target, f.Check, f.Message)
		}
	}
}

// told writes the findings of a check as a case wants them.
func told(check string, p pipeline.Pair, findings []pipeline.Finding) string {
	var out []string
	for _, f := range findings {
		if f.Check != check {
			continue
		}
		text, mark := p.Target, ""
		if f.Side == pipeline.SourceSide {
			text, mark = p.Source, "source:"
		}
		s := string(f.Severity)
		if f.Span.Len() > 0 {
			s += " " + mark + text[f.Span.Start:f.Span.End]
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}

// wellFormed wants what every finding must have: a known check, its category,
// the language, the sentence, a message, an id of its own, and a place on the
// boundaries of characters.
func wellFormed(t *testing.T, p pipeline.Pair, findings []pipeline.Finding) {
	t.Helper()
	ids := map[string]bool{}
	for _, f := range findings {
		text := p.Target
		if f.Side == pipeline.SourceSide {
			text = p.Source
		}
		switch {
		case f.Span.Sentence != p.ID || f.Lang != p.Lang.String() || f.Stage != "translate":
			t.Errorf("%s is about %s, %s, %s", f.Check, f.Span.Sentence, f.Lang, f.Stage)
		case f.Message == "" || f.Severity.Rank() < 0 || Describe(f.Check) == "":
			t.Errorf("%+v says nothing, or is of no check", f)
		case f.ID != pipeline.FindingID(f, p.Source, p.Target):
			t.Errorf("%s: %s is not the id of its content", f.Check, f.ID)
		case ids[f.ID]:
			t.Errorf("%s: two findings are %s: %s", f.Check, f.ID, f.Message)
		}
		ids[f.ID] = true
		if top, _, _ := strings.Cut(f.Category, "/"); top == "" {
			t.Errorf("%s has no category", f.Check)
		}
		onRunes(t, f.Check, text, f.Span.Start, f.Span.End)
	}
}

// onRunes wants a range inside a text that cuts no character.
func onRunes(t *testing.T, check, text string, start, end int) {
	t.Helper()
	if start < 0 || start > end || end > len(text) {
		t.Fatalf("%s: %d to %d of %d bytes", check, start, end, len(text))
	}
	for _, at := range []int{start, end} {
		if at < len(text) && utf8.ValidString(text) && !utf8.RuneStart(text[at]) {
			t.Errorf("%s: byte %d of %q is inside a character", check, at, text)
		}
	}
}

// rowCase is one text without sentence ids and what is found there, written as
// in [pairCase] with the id of the check before it: "T04 major 348".
type rowCase struct {
	name, src, hyp string
	want           string
	flagged        bool
}

// judgeRows runs every case through [PairRow]; the findings of severity minor
// or above must be those wanted.
func judgeRows(t *testing.T, lang string, cases []rowCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(lang+"/"+tc.name, func(t *testing.T) {
			t.Helper()
			r := PairRow(Row{ID: tc.name, Lang: lang, Source: tc.src, Target: tc.hyp})
			if got := toldRow(r, tc.hyp, pipeline.Minor); got != tc.want {
				t.Errorf("\n got %q\nwant %q", got, tc.want)
			}
			if r.Flagged != tc.flagged || r.ID != tc.name {
				t.Errorf("row %q flagged: %v", r.ID, r.Flagged)
			}
		})
	}
}

// toldRow writes the findings of a row that are at least as bad as asked.
func toldRow(r RowResult, hyp string, least pipeline.Severity) string {
	var out []string
	for _, f := range r.Findings {
		if !f.Severity.AtLeast(least) {
			continue
		}
		s := fmt.Sprintf("%s %s", f.Check, f.Severity)
		if f.Span.End > f.Span.Start && f.Span.End-f.Span.Start < len(hyp) {
			s += " " + hyp[f.Span.Start:f.Span.End]
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}
