package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

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

// Anchor finds the only place where before stands in a sentence: the only one
// between words, or the only one at all.
func Anchor(sentence, before string) (start int, ok bool) {
	if before == "" {
		return 0, false
	}
	whole, anyAt := []int{}, []int{}
	for i := 0; ; {
		j := strings.Index(sentence[i:], before)
		if j < 0 {
			break
		}
		at := i + j
		anyAt = append(anyAt, at)
		if !cutsWord(sentence, at, at+len(before)) {
			whole = append(whole, at)
		}
		i = at + 1
	}
	switch {
	case len(whole) == 1:
		return whole[0], true
	case len(whole) == 0 && len(anyAt) == 1:
		return anyAt[0], true
	}
	return 0, false
}

// cutsWord reports whether a range starts or ends inside a word.
func cutsWord(s string, a, b int) bool {
	inside := func(i int) bool {
		return i > 0 && i < len(s) && isWordRune(lastRune(s[:i])) && isWordRune(s[i:])
	}
	return inside(a) || inside(b)
}

// anchor is C01: the edit's own span where the text stands there, else the
// only place where it does.
func anchor(text string, e pipeline.Edit) (int, string) {
	if s := e.Span; s.End > s.Start && s.Start >= 0 && s.End <= len(text) && text[s.Start:s.End] == e.Before {
		return s.Start, ""
	}
	start, ok := Anchor(text, e.Before)
	switch {
	case ok:
		return start, ""
	case strings.Contains(text, e.Before):
		return 0, fmt.Sprintf("C01: %q stands more than once in the sentence", clip(e.Before))
	}
	return 0, fmt.Sprintf("C01: %q does not stand in the sentence", clip(e.Before))
}

// noEdit is C09 for a proposal that changes nothing.
func noEdit(e pipeline.Edit) string {
	switch {
	case e.Before == "":
		return "C09: the edit replaces nothing"
	case e.Before == e.After:
		return "C09: before and after are the same"
	case fold(e.Before) == fold(e.After):
		return "C09: only white space would change"
	case strings.ContainsAny(e.After, "\n\r\t"):
		return "C08: the edit breaks the line"
	}
	return ""
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

// overlaps keeps the first of edits that touch the same text.
func overlaps(sentence pipeline.Sentence, es []pipeline.Edit) ([]pipeline.Edit, []pipeline.Finding) {
	var out []pipeline.Edit
	var findings []pipeline.Finding
	for _, e := range es {
		if n := len(out); n > 0 && e.Span.Start < out[n-1].Span.End {
			if out[n-1].ID != e.ID {
				findings = append(findings, dropped(sentence, e, "C09: it overlaps another edit"))
			}
			continue
		}
		out = append(out, e)
	}
	return out, findings
}

// minimal is C07: where the edits of a sentence that would be applied change
// more of its words than a correction does, they are only proposed.
func minimal(sentence pipeline.Sentence, es []pipeline.Edit) []pipeline.Edit {
	words, changed := len(strings.Fields(sentence.Text)), 0
	for _, e := range es {
		if e.State == pipeline.Applied {
			changed += changedWords(e)
		}
	}
	if l := limits(); changed <= l.EditedWords || float64(changed) <= l.EditedShare*float64(words) {
		return es
	}
	for i := range es {
		if es[i].State == pipeline.Applied {
			es[i].State = pipeline.Proposed
			es[i].Held = fmt.Sprintf("C07: the edits rewrite %d of %d words", changed, words)
		}
	}
	return es
}

// changedWords counts the words an edit replaces or inserts, whichever is
// more, without those it keeps. A change of punctuation or of a capital is not
// one of words.
func changedWords(e pipeline.Edit) int {
	b, a := bareWords(e.Before), bareWords(e.After)
	have := map[string]int{}
	for _, w := range b {
		have[w]++
	}
	same := 0
	for _, w := range a {
		if have[w] > 0 {
			have[w]--
			same++
		}
	}
	return max(len(a), len(b)) - same
}

func bareWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && r != '-'
	})
}
