package check

import (
	"fmt"

	"dragoman/pipeline"
)

// Edition judges a translated article as a whole: its length against its
// source (T07), and one answer standing for two different sentences (T22) that
// are no neighbours.
func Edition(doc *pipeline.Document, tr *pipeline.Translation) []pipeline.Finding {
	var out []pipeline.Finding
	v := newView(pipeline.Pair{Lang: tr.Lang})
	src, tgt := 0, 0
	first := map[string]pipeline.Unit{}
	for _, u := range tr.Article {
		if !u.State.Done() {
			continue
		}
		src += len([]rune(u.Source))
		tgt += len([]rune(u.Target))
		key := fold(u.Target)
		if prev, ok := first[key]; ok && fold(prev.Source) != fold(u.Source) && len([]rune(key)) >= 30 {
			w := newView(pipeline.Pair{ID: u.ID, Source: u.Source, Target: u.Target, Lang: tr.Lang})
			w.add(report{
				check: "T22", category: "accuracy/mistranslation", severity: pipeline.Major,
				message: fmt.Sprintf("The answer is the same as that of %s, whose source is another.", prev.ID),
			})
			out = append(out, w.findings...)
		} else if !ok {
			first[key] = u
		}
	}
	if b := v.loc.Length; b.WholeMax > 0 && src >= 400 {
		if r := float64(tgt) / float64(src); r < b.WholeMin || r > b.WholeMax {
			v.p.Source, v.p.Target = fmt.Sprint(src), fmt.Sprint(tgt)
			v.add(report{
				check: "T07", category: "accuracy", severity: pipeline.Minor,
				message: fmt.Sprintf("The whole edition has %.2f letters for one of its source; %.2f to %.2f is usual.", r, b.WholeMin, b.WholeMax),
			})
		}
	}
	return append(out, v.findings...)
}
