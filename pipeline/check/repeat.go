package check

import (
	"strings"

	"dragoman/pipeline/facts"
)

// repeatedPiece is the longest piece of a text that stands a second time
// further on, either as a whole sentence or right behind the first: the place
// of the second one, and its words; 0 without one.
func repeatedPiece(t *facts.Text) (facts.Span, int) {
	ks := make([]int, 0, len(t.Tokens)) // the words among the tokens
	for i := range t.Tokens {
		if t.Tokens[i].Kind == facts.Word || t.Tokens[i].Kind == facts.Digit {
			ks = append(ks, i)
		}
	}
	l := limits()
	hs := make([]uint64, len(ks))
	for k, i := range ks {
		hs[k] = t.TokenHash(i)
	}
	seen := newTally(len(ks)) // rows of words, to where they stood last, counted from one
	best, at := 0, facts.Span{}
	for i := 0; i+l.RepeatedWords <= len(ks); {
		place := seen.at(rowHash(hs[i : i+l.RepeatedWords]))
		first := int(*place) - 1
		*place = int32(i) + 1
		if first < 0 {
			i++
			continue
		}
		n := l.RepeatedWords
		for i+n < len(ks) && first+n < i && hs[first+n] == hs[i+n] {
			n++
		}
		span := facts.Span{Start: t.Tokens[ks[i]].Start, End: t.Tokens[ks[i+n-1]].End}
		onEnd := first+n == i && n >= l.RepeatedOnEnd
		whole := startsPiece(t, ks[i]) && endsPiece(t, ks[i+n-1]) && len([]rune(t.Raw[span.Start:span.End])) >= l.RepeatedLetters
		if n > best && (onEnd || whole) {
			best, at = n, span
		}
		i += n
	}
	return at, best
}

// startsPiece reports whether a sentence or line starts at token i.
func startsPiece(t *facts.Text, i int) bool {
	for j := i - 1; j >= 0; j-- {
		if t.Tokens[j].Kind != facts.Sign {
			return strings.Contains(t.Raw[t.Tokens[j].End:t.Tokens[j+1].Start], "\n")
		}
		if strings.Contains(".!?:…", t.Tokens[j].Text) {
			return true
		}
	}
	return true
}

// endsPiece reports whether a sentence or line ends with token i.
func endsPiece(t *facts.Text, i int) bool {
	for j := i + 1; j < len(t.Tokens); j++ {
		if strings.Contains(t.Raw[t.Tokens[j-1].End:t.Tokens[j].Start], "\n") {
			return true
		}
		if t.Tokens[j].Kind != facts.Sign {
			return false
		}
		if strings.Contains(".!?…", t.Tokens[j].Text) {
			return true
		}
	}
	return true
}
