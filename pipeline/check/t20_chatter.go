package check

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

var (
	openers  = list("chatter-openers")
	closing  = list("chatter-closings")
	refusals = list("refusals")
)

// chatter is T20: the model talks about its work, refuses it, or leaves marks
// of its format around it.
func chatter(v *view) {
	t := strings.TrimSpace(v.p.Target)
	low, src := strings.ToLower(t), strings.ToLower(v.p.Source)
	switch {
	case strings.Contains(t, "```") && !strings.Contains(v.p.Source, "```"):
		v.chat("```", "The answer holds a code fence.")
	case strings.Contains(low, "<think>") || strings.Contains(low, "</think>") || strings.Contains(low, "<|"):
		v.chat("<", "The answer holds marks of the model's own format.")
	case startsWithAny(low, src, openers()) != "":
		v.broken = true
		v.chat(firstLine(t), fmt.Sprintf("%q is the model talking about its answer, not a translation.", clip(firstLine(t))))
	case startsWithAny(low, src, refusals()) != "":
		v.broken = true
		v.chat(firstLine(t), fmt.Sprintf("%q is a refusal, not a translation.", clip(firstLine(t))))
	}
	for _, line := range tail(t) {
		if p := startsWithAny(strings.ToLower(line), "", closing()); p != "" && !startsLine(src, closing()) {
			v.chat(line, fmt.Sprintf("%q is the model's remark on its answer.", clip(line)))
			return
		}
	}
	edgeMarks(v, t)
}

func (v *view) chat(piece, message string) {
	i := max(0, strings.Index(v.p.Target, piece))
	v.add(report{
		check: "T20", category: "accuracy/addition", severity: pipeline.Major,
		at: facts.Span{Start: i, End: min(len(v.p.Target), i+len(piece))}, message: message,
	})
}

// edgeMarks finds Markdown or JSON around an answer whose source has none.
func edgeMarks(v *view, t string) {
	for _, m := range []string{"**", "__", "# ", "> ", "{\"", "[\"", "- **", "<s", "[INST]"} {
		if strings.HasPrefix(t, m) && !strings.Contains(v.p.Source, strings.TrimSpace(m)) {
			v.add(report{
				check: "T20", category: "accuracy/addition", severity: pipeline.Major, at: facts.Span{End: len(m)},
				message: fmt.Sprintf("The answer starts with the mark %q, which the source has not.", m),
			})
			return
		}
	}
}

// startsWithAny is the phrase that low starts with and src does not.
func startsWithAny(low, src string, phrases []string) string {
	low = strings.TrimLeft(low, "\"'«“*#>-— (")
	for _, p := range phrases {
		if strings.HasPrefix(low, p) && !strings.HasPrefix(src, p) {
			if rest := low[len(p):]; rest == "" || !isWordRune(rest) {
				return p
			}
		}
	}
	return ""
}

func isWordRune(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || r >= '0' && r <= '9' || isLetterRune(r)
}

// startsLine reports whether a line of the text starts with one of the
// phrases: then the article itself carries a note.
func startsLine(text string, phrases []string) bool {
	for line := range strings.Lines(text) {
		if startsWithAny(strings.TrimSpace(line), "", phrases) != "" {
			return true
		}
	}
	return false
}

// tail are the last pieces of a text: its last line, and its last sentence
// where it opens with a bracket.
func tail(t string) []string {
	var out []string
	if i := strings.LastIndexByte(t, '\n'); i >= 0 {
		out = append(out, strings.TrimSpace(t[i+1:]))
	}
	for _, sep := range []string{". ", "! ", "? ", ".\" ", "». ", ") ", "» ", "\" "} {
		if i := strings.LastIndex(t, sep); i >= 0 {
			out = append(out, strings.TrimSpace(t[i+len(sep):]))
		}
	}
	if i := strings.LastIndexAny(t, "(["); i > 0 {
		out = append(out, t[i:])
	}
	return out
}

func firstLine(t string) string {
	if i := strings.IndexByte(t, '\n'); i >= 0 {
		return t[:i]
	}
	return t
}
