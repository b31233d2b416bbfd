package check

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// Term is one entry of a glossary: a source term, how it is to be translated
// (the first form is the preferred one, any is right), and what must not stand
// for it.
type Term struct {
	Source    string
	Lang      language.Tag // of Targets and Forbidden; und holds for every language
	Targets   []string
	Forbidden []string
}

// Glossary is T17: a term of the glossary stands in the source and none of its
// forms, in any inflection, in the target; or a forbidden form stands there.
func Glossary(p pipeline.Pair, terms []Term) []pipeline.Finding {
	v := newView(p)
	low := strings.ToLower(p.Source)
	for _, t := range terms {
		if t.Lang != language.Und && t.Lang != p.Lang || !holdsWord(low, strings.ToLower(t.Source)) && !holdsWord(low, strings.ToLower(t.Source)+"s") {
			continue
		}
		for _, f := range t.Forbidden {
			if _, ok := formIn(v.tgt, f); ok && f != "" {
				v.add(report{
					check: "T17", category: "terminology/inconsistentWithTermbase", severity: pipeline.Major, suggest: first(t.Targets),
					message: fmt.Sprintf("%q must not stand for %q.", f, t.Source),
				})
			}
		}
		if len(t.Targets) == 0 || v.anyForm(t.Targets) {
			continue
		}
		v.add(report{
			check: "T17", category: "terminology/inconsistentWithTermbase", severity: pipeline.Major, suggest: first(t.Targets),
			message: fmt.Sprintf("The glossary translates %q as %q (in whatever form the sentence needs).", t.Source, strings.Join(t.Targets, " or ")),
		})
	}
	return v.findings
}

func (v *view) anyForm(forms []string) bool {
	for _, f := range forms {
		if _, ok := formIn(v.tgt, f); ok {
			return true
		}
	}
	return false
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}
