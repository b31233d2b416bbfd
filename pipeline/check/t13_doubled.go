package check

import (
	"fmt"
	"sync"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// doubledWord is T13: a word of grammar stands twice in a row, and not so in
// the source.
func doubledWord(v *view) {
	for i := 1; i < len(v.tgt.Tokens); i++ {
		a, b := &v.tgt.Tokens[i-1], &v.tgt.Tokens[i]
		if a.Kind != facts.Word || a.Lower != b.Lower || !a.Lex.Is(locale.Function) || b.Upper && !a.Upper || len([]rune(a.Text)) < 2 && unicode.IsUpper([]rune(a.Text)[0]) {
			continue
		}
		if reduplicates()[a.Lower] {
			continue
		}
		v.add(report{
			check: "T13", category: "fluency/grammar", severity: pipeline.Minor, at: facts.Span{Start: a.Start, End: b.End}, suggest: a.Text,
			message: fmt.Sprintf("The word %q stands twice in a row.", a.Text),
		})
		return
	}
}

// reduplicates are words of grammar that may rightly be doubled.
var reduplicates = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, w := range lines("reduplicates") {
		set[w] = true
	}
	return set
})
