package check

import (
	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// negationParity is M08: the sentence denies what its evidence does not, or
// the other way round. It is told to the editor only, for a summary may say
// the same without the word.
func negationParity(v *summaryView) {
	if v.citedRaw == "" || len(v.s.Evidence) > limits().DenialEvidence {
		return
	}
	mine, theirs := denies(v.text, false), denies(v.cited, true)
	switch {
	case mine && !theirs:
		v.say("M08", "accuracy/mistranslation", pipeline.Neutral, facts.Span{}, "The sentence denies something; its evidence has no word of denial.")
	case !denies(v.text, true) && denies(v.cited, false) && len(v.s.Evidence) == 1:
		v.say("M08", "accuracy/mistranslation", pipeline.Neutral, facts.Span{}, "The evidence denies something; the sentence has no word of denial.")
	}
}
