package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// addresses is T19: a URL, e-mail address, handle or hashtag is lost, changed
// or made up. A hashtag may be translated: its loss is a doubt only.
func addresses(v *view) {
	src, tgt := v.src.Links(), v.tgt.Links()
	missing, extra := diffLinks(src, tgt), diffLinks(tgt, src)
	for i, m := range missing {
		r := report{
			check: "T19", category: "accuracy/omission", severity: pipeline.Major, at: m.Span, source: true, suggest: m.Text,
			message: fmt.Sprintf("The address %q of the source is missing; it must stand unchanged.", m.Text),
		}
		if m.Text[0] == '#' {
			r.severity = pipeline.Minor
		} else if i < len(extra) {
			r.source, r.at, r.category = false, extra[i].Span, "accuracy/mistranslation"
			r.message = fmt.Sprintf("The address %q of the source became %q; it must stand unchanged.", m.Text, extra[i].Text)
		}
		v.add(r)
	}
	for _, x := range extra[min(len(missing), len(extra)):] {
		sev := pipeline.Major
		if x.Text[0] == '#' {
			sev = pipeline.Minor
		}
		v.add(report{
			check: "T19", category: "accuracy/addition", severity: sev, at: x.Span,
			message: fmt.Sprintf("The address %q is not in the source.", x.Text),
		})
	}
}

// diffLinks are the addresses of a that b has not, as often.
func diffLinks(a, b []facts.Token) []facts.Token {
	if len(a) == 0 {
		return nil
	}
	have := map[string]int{}
	for _, k := range b {
		have[strings.TrimRight(k.Text, "/")]++
	}
	var out []facts.Token
	for _, k := range a {
		key := strings.TrimRight(k.Text, "/")
		if have[key] == 0 {
			out = append(out, k)
		} else {
			have[key]--
		}
	}
	return out
}
