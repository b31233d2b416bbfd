package check

import (
	"fmt"

	"dragoman/pipeline"
)

// Edition judges a translated article as a whole: its length against its
// source (T07), and answers that belong to another sentence which is no
// neighbour (T22): the same answer for two sources, or the numbers and names of
// another source and none of its own.
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
		if prev, ok := first[key]; ok && fold(prev.Source) != fold(u.Source) && len([]rune(key)) >= limits().TwinFarLetters {
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
	if b := v.loc.Length; b.WholeMax > 0 && src >= limits().WholeLetters {
		if r := float64(tgt) / float64(src); r < b.WholeMin || r > b.WholeMax {
			v.p.Source, v.p.Target = fmt.Sprint(src), fmt.Sprint(tgt)
			v.add(report{
				check: "T07", category: "accuracy", severity: pipeline.Minor,
				message: fmt.Sprintf("The whole edition has %.2f letters for one of its source; %.2f to %.2f is usual.", r, b.WholeMin, b.WholeMax),
			})
		}
	}
	return append(append(out, v.findings...), movedAnswers(tr)...)
}

// movedAnswers finds answers that were moved by more than one sentence. Only a
// sentence whose own numbers and names are all missing is looked at, so the
// work stays small in a good edition.
func movedAnswers(tr *pipeline.Translation) []pipeline.Finding {
	var out []pipeline.Finding
	anchored := make([]anchors, len(tr.Article))
	sources := make([]string, len(tr.Article)) // folded
	views := make([]*view, len(tr.Article))
	for i, u := range tr.Article {
		views[i] = newView(pipeline.Pair{ID: u.ID, Source: u.Source, Target: u.Target, Lang: tr.Lang})
		anchored[i] = newAnchors(views[i].src)
		sources[i] = fold(u.Source)
	}
	for i, u := range tr.Article {
		v := views[i]
		if !u.State.Done() || anchored[i].hits(v.tgt) > 0 {
			continue
		}
		for j, other := range tr.Article {
			if j >= i-1 && j <= i+1 || sources[j] == sources[i] {
				continue
			}
			theirs := anchored[j].without(anchored[i])
			figures := len(theirs.numbers) - len(unanswered(theirs.numbers, v.tgt.Numbers()))
			if anchored[i].count() == 0 && figures == 0 {
				continue // names alone only sound alike
			}
			if hits := theirs.hits(v.tgt); hits >= limits().OthersAnchors && 2*hits > theirs.count() {
				v.add(report{
					check: "T22", category: "accuracy/mistranslation", severity: pipeline.Major,
					message: fmt.Sprintf("The numbers and names of this answer are those of %s, and its own are missing: it belongs to another sentence.", other.ID),
				})
				break
			}
		}
		out = append(out, v.findings...)
	}
	return out
}
