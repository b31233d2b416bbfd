package check

import (
	"strings"

	"dragoman/pipeline"
)

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
