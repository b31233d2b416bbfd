package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// heldEdits judges every edit between a source and its corrected text: one that
// touches what a machine may not change is a finding of severity major, since
// a run would only have proposed it. The spans are those of the corrected text.
func heldEdits(id, source, corrected string) check.RowResult {
	result := check.RowResult{ID: id, Findings: []check.RowFinding{}}
	before, after := strings.SplitAfter(source, "\n"), strings.SplitAfter(corrected, "\n")
	if len(before) != len(after) {
		before, after = []string{source}, []string{corrected}
	}
	at := 0
	for i, line := range before {
		sentence := pipeline.Sentence{ID: fmt.Sprintf("p%ds1", i+1), Text: line}
		all := check.EditsOf(line, after[i])
		kept, _ := check.Edits(sentence, slices.Clone(all))
		for _, e := range kept {
			if e.State != pipeline.Proposed {
				continue
			}
			rule, _, _ := strings.Cut(e.Held, ":")
			start := movedTo(e, all, after[i])
			result.Flagged = true
			result.Findings = append(result.Findings, check.RowFinding{
				ID: e.ID, Check: rule, Severity: pipeline.Major, Span: check.RowSpan{Start: at + start, End: at + start + len(e.After)},
				Message: fmt.Sprintf("%s (%q → %q)", e.Held, e.Before, e.After), Suggest: e.Before,
			})
		}
		at += len(after[i])
	}
	return result
}

// movedTo is where the new text of an edit stands in the corrected line: the
// edits before it have moved it, and white space may have. Where it is not
// found it is the place it was at.
func movedTo(e pipeline.Edit, all []pipeline.Edit, corrected string) int {
	at := e.Span.Start
	for _, x := range all {
		if x.Span.Start < e.Span.Start && x.Span.End <= e.Span.Start {
			at += len(x.After) - len(x.Before)
		}
	}
	at = max(0, min(at, len(corrected)-len(e.After)))
	for distance := 0; distance <= len(corrected); distance++ {
		for _, start := range []int{at - distance, at + distance} {
			if start >= 0 && start <= len(corrected) && strings.HasPrefix(corrected[start:], e.After) {
				return start
			}
		}
	}
	return at
}

// termFindings holds a text without ids against a glossary, group of sentences
// by group. What stands in the group before or behind is not missing: the
// alignment is a guess.
func termFindings(row check.Row, terms []check.Term) []check.RowFinding {
	lang, err := language.Parse(row.Lang)
	if err != nil || len(terms) == 0 || strings.TrimSpace(row.Target) == "" {
		return nil
	}
	var out []check.RowFinding
	beads := check.Align(row.Source, row.Target, lang).Beads
	for i, b := range beads {
		if b.SourceCount == 0 || b.TargetCount == 0 {
			continue
		}
		pair := pipeline.Pair{ID: row.ID, Lang: lang, Source: row.Source[b.Source.Start:b.Source.End], Target: row.Target[b.Target.Start:b.Target.End]}
		found := check.Glossary(pair, terms)
		if len(found) == 0 {
			continue
		}
		wide := pair
		wide.Target = row.Target[beads[max(0, i-1)].Target.Start:max(b.Target.End, beads[min(len(beads)-1, i+1)].Target.End)]
		still := check.Glossary(wide, terms)
		for _, f := range found {
			if !slices.ContainsFunc(still, func(x pipeline.Finding) bool { return x.Message == f.Message }) {
				continue
			}
			at := check.RowSpan{Start: b.Target.Start, End: b.Target.End}
			if f.Span.Len() > 0 {
				at = check.RowSpan{Start: b.Target.Start + f.Span.Start, End: b.Target.Start + f.Span.End}
			}
			out = append(out, check.RowFinding{ID: f.ID, Check: f.Check, Severity: f.Severity, Span: at, Message: f.Message, Suggest: f.Suggest})
		}
	}
	return out
}
