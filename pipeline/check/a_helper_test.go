package check

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"dragoman/pipeline"
)

// vetFindings wants of every finding what all of them must have: a check of the
// list, an MQM category, a severity, a stage, a message that is a sentence, an
// id, and a span on the bounds of characters inside the text it speaks of.
func vetFindings(t *testing.T, fs []pipeline.Finding, text string) {
	t.Helper()
	for _, f := range fs {
		if f.Check != Query && !slices.Contains(IDs(), f.Check) {
			t.Errorf("no check has the id %q", f.Check)
		}
		if f.Severity.Rank() < 0 {
			t.Errorf("%s: no severity %q", f.Check, f.Severity)
		}
		if f.Category == "" || f.Stage == "" || f.Side == "" || f.Message == "" {
			t.Errorf("%s: incomplete: %+v", f.Check, f)
		}
		if !strings.HasPrefix(f.ID, "f-") || len(f.ID) != len("f-")+12 {
			t.Errorf("%s: id %q", f.Check, f.ID)
		}
		vetSpan(t, f.Check, f.Span, text)
	}
}

// vetSpan wants a span inside the text, on the bounds of characters.
func vetSpan(t *testing.T, what string, s pipeline.Span, text string) {
	t.Helper()
	if s.Start < 0 || s.End < s.Start || s.End > len(text) {
		t.Errorf("%s: span %d to %d of %d bytes", what, s.Start, s.End, len(text))
		return
	}
	if !utf8.ValidString(text[s.Start:s.End]) || !utf8.ValidString(text[:s.Start]) {
		t.Errorf("%s: span %d to %d cuts a character of %q", what, s.Start, s.End, text)
	}
}

// ofCheck are the findings of one check, each as its severity and the text at
// its span: "major 27,750".
func ofCheck(fs []pipeline.Finding, id, text string) []string {
	var out []string
	for _, f := range fs {
		if f.Check == id {
			out = append(out, strings.TrimSpace(string(f.Severity)+" "+text[f.Span.Start:f.Span.End]))
		}
	}
	return out
}

// messageOf is the message of the first finding of a check, "" without one.
func messageOf(fs []pipeline.Finding, id string) string {
	for _, f := range fs {
		if f.Check == id {
			return f.Message
		}
	}
	return ""
}

// judged is one edit of one sentence.
func judged(text, before, after string) Verdict {
	return Edit(pipeline.Sentence{ID: "p4s2", Text: text}, pipeline.Edit{Before: before, After: after, Category: "grammar", Reason: "a test"})
}

// ruleOf is the rule a verdict names, "applied" where it names none.
func ruleOf(v Verdict) string {
	why := v.Drop + v.Hold
	if why == "" {
		return "applied"
	}
	rule, _, _ := strings.Cut(why, ":")
	return rule
}

// applyAll is the text with every edit in it, from the last to the first.
func applyAll(text string, es []pipeline.Edit) string {
	for _, e := range slices.Backward(es) {
		text = text[:e.Span.Start] + e.After + text[e.Span.End:]
	}
	return text
}

// storyOf is an article of numbered paragraphs, one sentence each.
func storyOf(sentences ...string) *pipeline.Article {
	return articleOf(strings.Join(sentences, "\n"))
}

// summed is what the rules say of one sentence of a summary.
func summed(art *pipeline.Article, p pipeline.Product, text string, evidence ...string) []pipeline.Finding {
	return Summary(art, pipeline.SummarySentence{ID: "sum.x1", Text: text, Evidence: evidence, Product: p}, Budgets()[p])
}
