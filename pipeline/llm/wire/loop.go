package wire

import "strings"

// A loop is certain when the end of the text is the same run of bytes over and
// over: at least loopCopies times, and loopBytes long in all. Runs of up to
// loopPeriod bytes are looked for.
const (
	loopPeriod = 800
	loopCopies = 5
	loopBytes  = 480
	loopStride = 64 // bytes of new text between two looks
)

// loops watches a text grow.
type loops struct {
	sent   string // what the model was asked: a repetition that stands there is no loop
	looked int    // length at the last look
}

// certain reports whether the text, grown since the last call, now ends in a
// repetition that cannot be meant.
func (l *loops) certain(text string) bool {
	if len(text)-l.looked < loopStride {
		return false
	}
	l.looked = len(text)
	period, length := repetition(text)
	if period == 0 || length < loopBytes || length < loopCopies*period {
		return false
	}
	return !strings.Contains(l.sent, text[len(text)-min(length, loopBytes):])
}

// repetition is the period of the longest repetition at the end of a text, and
// its length in bytes; 0 where there is none of loopBytes.
func repetition(text string) (period, length int) {
	for p := 1; p <= loopPeriod && p < len(text); p++ {
		n := p
		for i := len(text) - 1 - p; i >= 0 && text[i] == text[i+p] && n < 2*loopCopies*loopPeriod; i-- {
			n++
		}
		if n >= loopBytes && n >= loopCopies*p {
			return p, n
		}
	}
	return 0, 0
}
