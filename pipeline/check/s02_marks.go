package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// loopedSpeaker is S02 for a sentence that lays one statement to two speakers:
// "…, the attacker said, according to the witness", with what is quoted naming
// its speaker once more.
func loopedSpeaker(v *view) {
	ms := v.src.Attributions()
	for i := 1; i < len(ms); i++ {
		a, b := ms[i-1], ms[i]
		if strings.HasPrefix(b.Key, "according") && isSaid(a.Key) && b.Start-a.End <= limits().SpeakerGap && len(v.src.Quotations()) > 0 {
			v.add(report{
				check: "S02", category: "verity", severity: pipeline.Neutral, at: facts.Span{Start: a.Start, End: b.End}, source: true,
				message: fmt.Sprintf("Two speakers for one statement: %q.", v.p.Source[a.Start:b.End]),
			})
		}
	}
}

func isSaid(key string) bool {
	return key == "said" || key == "says" || key == "told" || key == "added"
}

// unbalanced is S02 for a paragraph whose quotation marks or brackets do not
// pair.
func unbalanced(b pipeline.Block) []pipeline.Finding {
	text := b.Text()
	var out []pipeline.Finding
	for _, pair := range []string{"\"\"", "“”", "()", "[]", "«»"} {
		rs := []rune(pair)
		a, z := strings.Count(text, string(rs[0])), strings.Count(text, string(rs[1]))
		if rs[0] == rs[1] && a%2 == 0 || rs[0] != rs[1] && a == z {
			continue
		}
		v := &view{stage: "normalize", p: pipeline.Pair{ID: b.Sentences[0].ID, Source: text}}
		v.add(report{
			check: "S02", category: "fluency/punctuation", severity: pipeline.Neutral, source: true,
			message: fmt.Sprintf("The marks %s of this paragraph do not pair.", pair),
		})
		out = append(out, v.findings...)
	}
	return out
}
