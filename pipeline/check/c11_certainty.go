package check

import (
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// holdHedges is C11 for certainty: reportedly, allegedly, may …
func holdHedges(old, now *facts.Text, _ pipeline.Edit) string {
	a, b := keysOf(old.Hedges()), keysOf(now.Hedges())
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("C11: it changes how certain the statement is (%s)", changeOf(a, b))
}

func keysOf(ms []facts.Mention) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Key)
	}
	slices.Sort(out)
	return out
}

// holdAttributions is C11 for the speaker and the verb of saying. A comma or
// an article beside them does not count.
func holdAttributions(old, now *facts.Text, e pipeline.Edit) string {
	a, b := keysOf(old.Attributions()), keysOf(now.Attributions())
	if !slices.Equal(a, b) {
		return fmt.Sprintf("C11: it changes a word of saying (%s)", changeOf(a, b))
	}
	x, y := speakers(old), speakers(now)
	if !slices.Equal(x, y) {
		return fmt.Sprintf("C11: it changes who says it (%s)", changeOf(x, y))
	}
	return ""
}

// speakers are the words of meaning beside the words of saying: up to three
// before a verb, up to four after "according to", within the same clause.
// Articles are not counted, so that one more or less moves nothing else into
// the reach, and "it" before a form of be ("it was added") names nobody.
func speakers(t *facts.Text) []string {
	var out []string
	for _, m := range t.Attributions() {
		step, limit, at := -1, 3, m.Start
		if strings.HasPrefix(m.Key, "according") {
			step, limit, at = 1, 4, m.End
		}
		i, _ := slices.BinarySearchFunc(t.Tokens, at, func(k facts.Token, p int) int { return k.Start - p })
		if step < 0 {
			i--
		}
		for n := 0; n < limit && i >= 0 && i < len(t.Tokens); i += step {
			k := &t.Tokens[i]
			if k.Kind == facts.Sign {
				break
			}
			if articles[k.Lower] {
				continue
			}
			n++
			if (!k.Lex.Is(locale.Function) || k.Lex.Is(locale.Pronoun)) && !dummy(t, i) {
				out = append(out, facts.Bare(k.Lower))
			}
		}
	}
	slices.Sort(out)
	return out
}

var articles = map[string]bool{"a": true, "an": true, "the": true}

// dummy reports whether token i is the "it" of "it is said", which stands for
// no speaker.
func dummy(t *facts.Text, i int) bool {
	if t.Tokens[i].Lower != "it" || i+1 >= len(t.Tokens) {
		return false
	}
	switch t.Tokens[i+1].Lower {
	case "is", "was", "has", "had":
		return true
	}
	return false
}
