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
	last, n := loopIn(v.tgt.Hashes())
	if n == 0 {
		return
	}
	if _, own := loopIn(v.src.Hashes()); own > 0 {
		return
	}
	ws := v.targetWords()
	at := facts.Span{Start: ws[last-n+1].Start, End: ws[last].End}
	v.broken = true
	v.add(report{
		check: "T21", category: "accuracy/addition", severity: pipeline.Critical, at: at,
		message: fmt.Sprintf("The answer repeats %q over and over.", clip(v.p.Target[at.Start:at.End])),
	})
}

// loopIn finds the first loop of a row of words: its last word and how many
// words it has, 0 without one.
func loopIn(ws []uint64) (last, words int) {
	l := limits()
	for size := 1; size <= l.LoopWords; size++ {
		need := l.LoopAgain
		if size < l.LoopShort {
			need = l.LoopShortAgain
		}
		run := 0
		for i := size; i < len(ws); i++ {
			if ws[i] != ws[i-size] {
				run = 0
				continue
			}
			if run++; run >= size*need {
				return i, run + size
			}
		}
	}
	return scattered(ws)
}

// scattered finds a phrase of five words that comes four times.
func scattered(ws []uint64) (last, words int) {
	size, times := limits().ScatteredWords, int32(limits().ScatteredTimes)
	if len(ws) < size*int(times) {
		return 0, 0
	}
	seen := newTally(len(ws))
	for i := size; i <= len(ws); i++ {
		n := seen.at(rowHash(ws[i-size : i]))
		if *n++; *n == times {
			return i - 1, size
		}
	}
	return 0, 0
}

// rowHash is one hash of a row of words.
func rowHash(ws []uint64) uint64 {
	h := uint64(14695981039346656037)
	for _, w := range ws {
		h = (h ^ w) * 1099511628211
	}
	return h
}
