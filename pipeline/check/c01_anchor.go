package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
)

// Anchor finds the only place where before stands in a sentence: the only one
// between words, or the only one at all.
func Anchor(sentence, before string) (start int, ok bool) {
	if before == "" {
		return 0, false
	}
	whole, anyAt := []int{}, []int{}
	for i := 0; ; {
		j := strings.Index(sentence[i:], before)
		if j < 0 {
			break
		}
		at := i + j
		anyAt = append(anyAt, at)
		if !cutsWord(sentence, at, at+len(before)) {
			whole = append(whole, at)
		}
		i = at + 1
	}
	switch {
	case len(whole) == 1:
		return whole[0], true
	case len(whole) == 0 && len(anyAt) == 1:
		return anyAt[0], true
	}
	return 0, false
}

// cutsWord reports whether a range starts or ends inside a word.
func cutsWord(s string, a, b int) bool {
	inside := func(i int) bool {
		return i > 0 && i < len(s) && isWordRune(lastRune(s[:i])) && isWordRune(s[i:])
	}
	return inside(a) || inside(b)
}

// anchor is C01: the edit's own span where the text stands there, else the
// only place where it does.
func anchor(text string, e pipeline.Edit) (int, string) {
	if s := e.Span; s.End > s.Start && s.Start >= 0 && s.End <= len(text) && text[s.Start:s.End] == e.Before {
		return s.Start, ""
	}
	start, ok := Anchor(text, e.Before)
	switch {
	case ok:
		return start, ""
	case strings.Contains(text, e.Before):
		return 0, fmt.Sprintf("C01: %q stands more than once in the sentence", clip(e.Before))
	}
	return 0, fmt.Sprintf("C01: %q does not stand in the sentence", clip(e.Before))
}
