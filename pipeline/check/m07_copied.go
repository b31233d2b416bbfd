package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// copied is M07: the sentence takes over a long row of words.
func copied(v *summaryView) {
	at, n := copiedWords(v)
	if n > limits().CopiedWords {
		v.say("M07", "style", pipeline.Neutral, at, fmt.Sprintf("%d words in a row are copied from the article.", n))
	}
}

// copiedWords is the longest row of words that stands in the evidence too.
func copiedWords(v *summaryView) (facts.Span, int) {
	src, tgt := wordsOf(v.cited), wordsOf(v.text)
	if len(tgt) <= limits().CopiedWords {
		return facts.Span{}, 0
	}
	where := map[string][]int{}
	for i := 1; i < len(src); i++ {
		key := src[i-1].Lower + " " + src[i].Lower
		if len(where[key]) < 8 {
			where[key] = append(where[key], i)
		}
	}
	best, at := 0, facts.Span{}
	for i := 1; i < len(tgt); i++ {
		for _, j := range where[tgt[i-1].Lower+" "+tgt[i].Lower] {
			n := 2
			for i+n-1 < len(tgt) && j+n-1 < len(src) && tgt[i+n-1].Lower == src[j+n-1].Lower {
				n++
			}
			if n > best {
				best, at = n, facts.Span{Start: tgt[i-1].Start, End: tgt[min(i+n-2, len(tgt)-1)].End}
			}
		}
	}
	return at, best
}
