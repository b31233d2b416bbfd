package check

import (
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
