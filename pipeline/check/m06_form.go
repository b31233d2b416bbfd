package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// danglingStart is M06: a summary's first words point back to something it has
// not said: a pronoun, "also", "however".
func danglingStart(v *summaryView) {
	ws := wordsOf(v.text)
	if len(ws) == 0 || !standsAlone(v.s) {
		return
	}
	w := ws[0]
	switch w.Lower {
	case "he", "she", "they", "it", "his", "her", "their", "its", "also", "however", "but", "and", "moreover", "meanwhile", "such", "these", "those", "therefore", "thus":
		if w.Lower == "it" && len(ws) > 1 && (ws[1].Lower == "is" || ws[1].Lower == "was" || ws[1].Lower == "has") {
			return // "It is unclear whether …"
		}
		v.say("M06", "fluency/coherence", pipeline.Minor, w.Span, fmt.Sprintf("The sentence starts with %q, which points to something not said before.", w.Text))
	}
}

// standsAlone reports whether a sentence is read without another before it.
func standsAlone(s pipeline.SummarySentence) bool {
	switch s.Product {
	case pipeline.SummaryHeadline, pipeline.SummaryLead, pipeline.KeyPoint:
		return true
	}
	return s.ID == "" || strings.HasSuffix(s.ID, "s1") || strings.HasSuffix(s.ID, "g1")
}

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

// denies reports whether a text has a word of denial, with weak also one that
// denies without a negative particle.
func denies(t *facts.Text, weak bool) bool {
	if len(t.Negations()) > 0 {
		return true
	}
	for i := range t.Tokens {
		if weak && t.Tokens[i].Lex.Is(locale.WeakNegation) {
			return true
		}
	}
	return weak && deniesBySuffix(t)
}

// deniesBySuffix finds the Turkish endings that deny: -ma- before an ending of
// the verb, -sız.
func deniesBySuffix(t *facts.Text) bool {
	if t.Loc.Tag != locale.Turkish.Tag {
		return false
	}
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Word || len(k.Lower) < limits().DenialBytes {
			continue
		}
		for _, s := range turkishDenials() {
			if strings.Contains(k.Lower, s) {
				return true
			}
		}
	}
	return false
}

var turkishDenials = list("turkish-denials")
