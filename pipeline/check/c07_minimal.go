package check

import (
	"fmt"
	"strings"
	"unicode"

	"dragoman/pipeline"
)

// minimal is C07: where the edits of a sentence that would be applied change
// more of its words than a correction does, they are only proposed.
func minimal(sentence pipeline.Sentence, es []pipeline.Edit) []pipeline.Edit {
	words, changed := len(strings.Fields(sentence.Text)), 0
	for _, e := range es {
		if e.State == pipeline.Applied {
			changed += changedWords(e)
		}
	}
	if l := limits(); changed <= l.EditedWords || float64(changed) <= l.EditedShare*float64(words) {
		return es
	}
	for i := range es {
		if es[i].State == pipeline.Applied {
			es[i].State = pipeline.Proposed
			es[i].Held = fmt.Sprintf("C07: the edits rewrite %d of %d words", changed, words)
		}
	}
	return es
}

// changedWords counts the words an edit replaces or inserts, whichever is
// more, without those it keeps. A change of punctuation or of a capital is not
// one of words.
func changedWords(e pipeline.Edit) int {
	b, a := bareWords(e.Before), bareWords(e.After)
	have := map[string]int{}
	for _, w := range b {
		have[w]++
	}
	same := 0
	for _, w := range a {
		if have[w] > 0 {
			have[w]--
			same++
		}
	}
	return max(len(a), len(b)) - same
}

func bareWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && r != '-'
	})
}
