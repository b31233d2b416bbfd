package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// strongHedges are the English words that lay a statement to somebody else.
var strongHedges = list("strong-hedges")

// hedgeLost is T24: the source says reportedly, allegedly or according to, and
// the translation neither hedges nor names a speaker.
func hedgeLost(v *view) {
	h, ok := strongHedge(v.src)
	if !ok || hedges(v.tgt) {
		return
	}
	sev := pipeline.Minor
	if strings.HasPrefix(h.Key, "according") {
		sev = pipeline.Neutral // a translation names the speaker in many ways
	}
	v.add(report{
		check: "T24", category: "accuracy/omission", severity: sev, at: h.Span, source: true,
		message: fmt.Sprintf("%q of the source is missing: the translation states as a fact what the source only reports.", h.Text),
	})
}

// strongHedge is the first word of a text that makes it a report.
func strongHedge(t *facts.Text) (facts.Mention, bool) {
	for _, ms := range [][]facts.Mention{t.Hedges(), t.Attributions()} {
		for _, m := range ms {
			for _, s := range strongHedges() {
				if m.Key == s {
					return m, true
				}
			}
		}
	}
	return facts.Mention{}, false
}

// hedges reports whether a text hedges or names a speaker in any way. Turkish
// does it by the ending -mış too.
func hedges(t *facts.Text) bool {
	return len(t.Hedges()) > 0 || len(t.Attributions()) > 0 || evidential(t)
}

// evidentials are the Turkish endings of hearsay.
var evidentials = list("turkish-evidentials")

func evidential(t *facts.Text) bool {
	if t.Loc != locale.Turkish {
		return false
	}
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Word || len(k.Lower) < limits().EvidentialBytes {
			continue
		}
		for _, e := range evidentials() {
			if len(k.Lower) > len(e) && k.Lower[len(k.Lower)-len(e):] == e {
				return true
			}
		}
	}
	return false
}
