package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Source judges the article itself, before anything is made of it: S01, a
// number or a name of the headline or the keywords that the body does not have;
// S02,
// quotation marks or brackets without a partner, and a speaker who is said to
// speak by the word of somebody else.
func Source(art *pipeline.Article) []pipeline.Finding {
	var out []pipeline.Finding
	var body []string
	for b, s := range art.Sentences() {
		switch b.Kind {
		case pipeline.Headline, pipeline.Keywords, pipeline.Boilerplate, pipeline.Dateline:
		default:
			body = append(body, s.Text)
		}
	}
	whole := facts.Of(strings.Join(body, "\n"), locale.English)
	for b, s := range art.Sentences() {
		v := sourceView(s)
		if (b.Kind == pipeline.Headline || b.Kind == pipeline.Keywords) && len(body) > 0 {
			headNumbers(v, whole)
			headNames(v, whole)
		}
		if b.Kind != pipeline.Boilerplate && b.Kind != pipeline.Keywords {
			loopedSpeaker(v)
		}
		out = append(out, v.findings...)
	}
	for _, b := range art.Body {
		if b.Kind != pipeline.Boilerplate && len(b.Sentences) > 0 {
			out = append(out, unbalanced(b)...)
		}
	}
	return out
}

func sourceView(s pipeline.Sentence) *view {
	v := &view{stage: "normalize", loc: locale.English, p: pipeline.Pair{ID: s.ID, Source: s.Text}}
	v.src = facts.Of(s.Text, locale.English)
	return v
}

// headNumbers is S01.
func headNumbers(v *view, body *facts.Text) {
	for _, n := range missingNumbers(v.src, body) {
		v.add(report{
			check: "S01", category: "verity", severity: pipeline.Minor, at: n.Span, source: true,
			message: fmt.Sprintf("The number %q of the headline is not in the body.", n.Text),
		})
	}
}

// headNames is S01 for names: a name of the headline or the keywords, no word
// of which stands in the body, also as another form ("Turkish" for Turkey). Words
// that may only have a capital because they stand in a headline are passed
// over.
func headNames(v *view, body *facts.Text) {
	for _, n := range v.src.Names() {
		if n.Initial && len(n.Parts) == 1 || titleCased(v.src, n) || !v.nameOfHead(n, body) {
			continue
		}
		v.add(report{
			check: "S01", category: "verity", severity: pipeline.Minor, at: n.Span, source: true,
			message: fmt.Sprintf("The name %q of the headline is not in the body.", v.p.Source[n.Start:n.End]),
		})
	}
}

// nameOfHead reports whether a name is one, and nothing of it stands in the
// body.
func (v *view) nameOfHead(n facts.Name, body *facts.Text) bool {
	proper := false
	for _, part := range n.Parts {
		if nameHeard(part, body) {
			return false
		}
		proper = proper || n.Place || v.src.Loc.Lookup(strings.ToLower(part)).Class&^locale.Place == 0
	}
	return proper
}

// nameHeard reports whether a word of a text starts with the first letters of
// a word of a name, or is its initial letters ("UN").
func nameHeard(part string, body *facts.Text) bool {
	want := facts.FoldName(facts.Bare(part))
	stem := want[:min(len(want), max(4, len(want)-3))]
	for i := range body.Tokens {
		if k := &body.Tokens[i]; k.Kind == facts.Word && strings.HasPrefix(body.Fold(i), stem) {
			return true
		}
	}
	return false
}

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
