package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/segment"
)

// sentenceCount is T08: one sentence became three, or the other way round. A
// remark only: one in fifty good translations parts or joins sentences.
func sentenceCount(v *view) {
	if v.srcRunes < limits().CountLetters {
		return
	}
	a, b := len(segment.Split(v.p.Source, v.src.Loc)), len(segment.Split(v.p.Target, v.loc))
	if abs(a-b) <= limits().CountSpread {
		return
	}
	v.add(report{
		check: "T08", category: "fluency", severity: pipeline.Neutral,
		message: fmt.Sprintf("The source has %d sentences and the translation %d.", a, b),
	})
}
