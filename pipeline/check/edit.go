package check

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Verdict is what the rules say of one proposed edit.
//
// Drop is the reason why it is no edit at all, "" where it is one. Hold is the
// reason why it may only be proposed: it touches something a person must decide
// about. Finding is set for a doubt that proposes nothing (category query).
type Verdict struct {
	Edit    pipeline.Edit // with Span, ID, State and Held filled in
	Drop    string
	Hold    string
	Finding *pipeline.Finding
}

// Edit judges one proposal for a sentence: C01 anchor, C09 no-op, then C02
// numbers, C03 quotations, C04 names, C05 addresses and dates, C06 negations,
// C11 hedges and attributions, C08 sentence count.
func Edit(sentence pipeline.Sentence, e pipeline.Edit) Verdict {
	e.Span.Sentence = sentence.ID
	if e.Category == "query" || e.Before == e.After && e.Reason != "" && e.Category == "" {
		return queryOf(sentence, e)
	}
	reason := noEdit(e)
	if reason != "" {
		return Verdict{Edit: e, Drop: reason}
	}
	start, reason := anchor(sentence.Text, e)
	if reason != "" {
		return Verdict{Edit: e, Drop: reason}
	}
	e.Span.Start, e.Span.End = start, start+len(e.Before)
	e, reason = shrink(e)
	if reason != "" {
		return Verdict{Edit: e, Drop: reason}
	}
	e.ID = pipeline.EditID(sentence.Text, e.Span.Start, e.Before, e.After)
	v := Verdict{Edit: e, Hold: hold(sentence.Text, e)}
	v.Edit.State = pipeline.Applied
	if v.Hold != "" {
		v.Edit.State, v.Edit.Held = pipeline.Proposed, v.Hold
	}
	return v
}

// Query is the check id of a doubt that proposes nothing.
const Query = "query"

// queryOf turns a doubt without a proposal into a finding.
func queryOf(sentence pipeline.Sentence, e pipeline.Edit) Verdict {
	f := pipeline.Finding{
		Check: Query, Category: "accuracy", Severity: pipeline.Minor, Stage: "correct",
		Side: pipeline.SourceSide, Span: pipeline.Span{Sentence: sentence.ID}, Message: e.Reason,
	}
	if start, ok := Anchor(sentence.Text, e.Before); ok && e.Before != "" {
		f.Span.Start, f.Span.End = start, start+len(e.Before)
	}
	if f.Message == "" {
		return Verdict{Edit: e, Drop: "C09: a query without a question"}
	}
	f.ID = pipeline.FindingID(f, sentence.Text, "")
	return Verdict{Edit: e, Drop: "query", Finding: &f}
}

// shrink takes off what before and after share at both ends, whole words at a
// time, so that the tracked change shows what changes and touches no more.
func shrink(e pipeline.Edit) (pipeline.Edit, string) {
	b, a := e.Before, e.After
	head := 0
	for i := 0; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if b[i] == ' ' {
			head = i + 1
		}
	}
	b, a = b[head:], a[head:]
	tail := 0
	for i := 1; i <= min(len(a), len(b)) && a[len(a)-i] == b[len(b)-i]; i++ {
		if b[len(b)-i] == ' ' {
			tail = i
		}
	}
	b, a = b[:len(b)-tail], a[:len(a)-tail]
	if b == "" || a == "" || head+tail == 0 {
		return e, "" // an insertion or a deletion keeps its words for an anchor
	}
	e.Span.Start += head
	e.Span.End -= tail
	e.Before, e.After = b, a
	return e, noEdit(e)
}

// hold is the first rule that an edit of a sentence touches, "" without one.
func hold(text string, e pipeline.Edit) string {
	after := text[:e.Span.Start] + e.After + text[e.Span.End:]
	old, now := facts.Of(text, locale.English), facts.Of(after, locale.English)
	for _, r := range holdRules {
		if why := r(old, now, e); why != "" {
			return why
		}
	}
	return ""
}

var holdRules = []func(old, now *facts.Text, e pipeline.Edit) string{
	holdNumbers, holdQuotations, holdNames, holdAddresses, holdNegations, holdHedges, holdAttributions, holdSentences,
}

// Edits judges all proposals for one sentence: each by [Edit], then overlaps
// (C09) and minimality (C07). Kept stand in the order of the sentence;
// proposals that are no edits come back as neutral findings, queries as minor
// ones.
func Edits(sentence pipeline.Sentence, proposals []pipeline.Edit) (kept []pipeline.Edit, findings []pipeline.Finding) {
	for _, p := range proposals {
		v := Edit(sentence, p)
		switch {
		case v.Finding != nil:
			findings = append(findings, *v.Finding)
		case v.Drop != "":
			findings = append(findings, dropped(sentence, p, v.Drop))
		default:
			kept = append(kept, v.Edit)
		}
	}
	slices.SortStableFunc(kept, func(a, b pipeline.Edit) int { return a.Span.Start - b.Span.Start })
	kept, over := overlaps(sentence, kept)
	return minimal(sentence, kept), append(findings, over...)
}

func dropped(sentence pipeline.Sentence, e pipeline.Edit, why string) pipeline.Finding {
	rule, message, _ := strings.Cut(why, ": ")
	f := pipeline.Finding{
		Check: rule, Category: "fluency/grammar", Severity: pipeline.Neutral, Stage: "correct", Side: pipeline.SourceSide,
		Span:    pipeline.Span{Sentence: sentence.ID},
		Message: fmt.Sprintf("A proposed edit (%q to %q) was left out: %s.", clip(e.Before), clip(e.After), message),
	}
	f.ID = pipeline.FindingID(f, sentence.Text, "")
	return f
}
