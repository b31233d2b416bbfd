package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// loops is T21: a run of words is said again and again, as a model in a loop
// does: four words or more three times over in a row, one to three words five
// times over, or a phrase of five words four times with others between. What
// the source itself repeats is no loop.
func loops(v *view) {
	at, size := loopIn(wordsOf(v.tgt))
	if size == 0 {
		return
	}
	if _, own := loopIn(wordsOf(v.src)); own > 0 {
		return
	}
	v.broken = true
	v.add(report{
		check: "T21", category: "accuracy/addition", severity: pipeline.Critical, at: at,
		message: fmt.Sprintf("The answer repeats %q over and over.", clip(v.p.Target[at.Start:at.End])),
	})
}

// longestLoop is how many words the repeated run may have.
const longestLoop = 12

// loopIn finds the first loop of a row of words: its place, and how many words
// are repeated, 0 without one.
func loopIn(ws []*facts.Token) (facts.Span, int) {
	for size := 1; size <= longestLoop; size++ {
		need := 2 // repeats after the first
		if size < 4 {
			need = 4
		}
		run := 0
		for i := size; i < len(ws); i++ {
			if ws[i].Lower != ws[i-size].Lower {
				run = 0
				continue
			}
			if run++; run >= size*need {
				return facts.Span{Start: ws[i-run-size+1].Start, End: ws[i].End}, size
			}
		}
	}
	return scattered(ws)
}

// scattered finds a phrase of five words that comes four times.
func scattered(ws []*facts.Token) (facts.Span, int) {
	const size, times = 5, 4
	if len(ws) < size*times {
		return facts.Span{}, 0
	}
	seen := map[[size]string]int{}
	for i := size; i <= len(ws); i++ {
		var key [size]string
		for j := range key {
			key[j] = ws[i-size+j].Lower
		}
		if seen[key]++; seen[key] == times {
			return facts.Span{Start: ws[i-size].Start, End: ws[i-1].End}, size
		}
	}
	return facts.Span{}, 0
}
