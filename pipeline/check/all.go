package check

import (
	"slices"

	"dragoman/pipeline"
)

// pairChecks are the checks of one translated sentence, in the order they
// run: what makes the answer no translation at all comes first, and when it is
// found the finer checks are silent about that sentence.
var pairChecks = []func(*view){
	emptyTarget,   // T03
	controls,      // T23
	chatter,       // T20
	loops,         // T21
	targetLang,    // T02
	untranslated,  // T03
	mixedScript,   // T12
	numberValues,  // T04
	addresses,     // T19
	lengthRatio,   // T07
	endMarks,      // T09
	numberFormat,  // T05
	dates,         // T06
	sentenceCount, // T08
	lostQuotation, // T10
	quoteBalance,  // T11
	doubledWord,   // T13
	turkishForm,   // T16
	negationLost,  // T18
	hedgeLost,     // T24
	neighbours,    // T22
	sheetNames,    // T14, the names sheet
	lostNames,     // T14, without one
}

// Pair judges one translated sentence. The findings stand in the order of the
// list of checks; none means that no rule objects.
func Pair(p pipeline.Pair) []pipeline.Finding {
	v := newView(p)
	for _, c := range pairChecks {
		c(v)
		if v.broken {
			break
		}
	}
	return v.findings
}

// wholeChecks are the checks of a text of several sentences as one.
var wholeChecks = []func(*view){emptyTarget, controls, chatter, loops, untranslated, mixedScript, addresses, targetLang}

// beadChecks are the checks of one group of sentences in a text without ids.
var beadChecks = []func(*view){
	targetLang, numberValues, lengthRatio, endMarks, numberFormat, dates, lostQuotation, doubledWord, turkishForm, negationLost, hedgeLost, lostNames,
}

// Gate gives the findings that block at a bound, in their order.
func Gate(findings []pipeline.Finding, failOn pipeline.Severity) []pipeline.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f pipeline.Finding) bool { return !f.Gates(failOn) })
}
