package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// loops is T21: a run of words is said again and again, as a model in a loop
// does: four words or more three times over in a row, or one to three words
// five times over.
func loops(v *view) {
	ws := wordsOf(v.tgt)
	for size := 1; size <= 12; size++ {
		need := 2 // repeats of the run before it
		if size < 4 {
			need = 4
		}
		run := 0
		for i := size; i < len(ws); i++ {
			if ws[i].Lower != ws[i-size].Lower {
				run = 0
				continue
			}
			run++
			if run >= size*need {
				v.looped(ws, i, run+size, size)
				return
			}
		}
	}
	phraseLoop(v, ws)
}

func (v *view) looped(ws []*facts.Token, end, n, size int) {
	at := facts.Span{Start: ws[end-n+1].Start, End: ws[end].End}
	if strings.Count(strings.ToLower(v.p.Source), strings.ToLower(v.p.Target[at.Start:ws[end-n+size].End])) > 2 {
		return
	}
	v.broken = true
	v.add(report{
		check: "T21", category: "accuracy/addition", severity: pipeline.Critical, at: at,
		message: fmt.Sprintf("The answer repeats %q over and over.", clip(v.p.Target[at.Start:ws[end-n+size].End])),
	})
}

// phraseLoop finds a phrase of five words that comes four times or more with
// other words between.
func phraseLoop(v *view, ws []*facts.Token) {
	const size, times = 5, 4
	if len(ws) < size*times {
		return
	}
	seen := map[string]int{}
	for i := size; i <= len(ws); i++ {
		key := ""
		for _, w := range ws[i-size : i] {
			key += w.Lower + " "
		}
		seen[key]++
		if seen[key] == times {
			v.broken = true
			at := facts.Span{Start: ws[i-size].Start, End: ws[i-1].End}
			v.add(report{
				check: "T21", category: "accuracy/addition", severity: pipeline.Critical, at: at,
				message: fmt.Sprintf("The answer says %q four times.", clip(v.p.Target[at.Start:at.End])),
			})
			return
		}
	}
}
