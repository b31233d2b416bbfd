package check

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// evidence is M05: the sentence names the article's sentences it rests on,
// they exist, and they speak of the same thing.
func evidence(v *summaryView) {
	if len(v.s.Evidence) == 0 || v.citedRaw == "" {
		v.say("M05", "accuracy/addition", pipeline.Major, facts.Span{}, "The summary sentence names no sentence of the article that supports it.")
		return
	}
	if n := len(v.s.Evidence); n > limits().EvidenceMost {
		v.say("M05", "accuracy/addition", pipeline.Major, facts.Span{},
			fmt.Sprintf("It names %d sentences as its evidence; name only those that say it, at most %d.", n, limits().EvidenceMost))
	}
	for _, id := range v.s.Evidence {
		if !slices.Contains(v.ids, id) {
			v.say("M05", "accuracy/addition", pipeline.Minor, facts.Span{}, fmt.Sprintf("It names %q as its evidence, which is no sentence of the article.", id))
		}
	}
	if share := overlap(v.text, v.cited); share < limits().EvidenceShare {
		sev := pipeline.Minor
		if share < limits().EvidenceNone {
			sev = pipeline.Major
		}
		v.say("M05", "accuracy/addition", sev, facts.Span{},
			fmt.Sprintf("Of the words of this sentence only %.0f %% stand in the sentences it names (%s).", share*100, strings.Join(v.s.Evidence, ", ")))
	}
}

// overlap is the share of the words of meaning of a that b holds, by their
// first five letters.
func overlap(a, b *facts.Text) float64 {
	have := map[string]bool{}
	for _, w := range wordsOf(b) {
		have[stemKey(w.Lower)] = true
	}
	all, hit := 0, 0
	for _, w := range wordsOf(a) {
		if len(w.Text) < 3 || w.Lex.Is(locale.Function|locale.Pronoun) {
			continue
		}
		all++
		if have[stemKey(w.Lower)] {
			hit++
		}
	}
	if all == 0 {
		return 1
	}
	return float64(hit) / float64(all)
}

// stemKey is a word's first five letters, without a possessive ending: near
// enough to a stem for English words of meaning.
func stemKey(w string) string {
	w = facts.Bare(w)
	n := 0
	for i := range w {
		if n == 5 {
			return w[:i]
		}
		n++
	}
	return w
}
