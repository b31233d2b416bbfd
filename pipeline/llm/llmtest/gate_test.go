package llmtest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// prose is news of other kinds than the sample article: figures, short
// sentences, headlines in capitals, addresses.
const prose = `MINISTERS WILL NOT MEET IN GENEVA THIS WEEK
Shares of the Istanbul bank fell 7.5% on Tuesday, wiping $1.2 billion off its value.
The index closed at 10,482.3 points, its lowest since March 2009.
"We don't know why," the spokeswoman said. "Nobody told us."
I don't know why.
No, I left in 2010.
More than two thousand people, among them 43 children, were moved to the U.S. base by 6 p.m. on Friday.
The B-52 landed at 4:15 a.m., officials told reporters.
Prime Minister Sarah Connell never said that she would resign, according to the BBC.
Police have not confirmed reports that one of the two men allegedly wrote to editor@example.org.
Details are at https://example.org/news/2016?id=7, the agency said.
He was born on the 3rd of May 1957 and wrote eleven books in the 1980s.
Why did he go to Kyiv?
Help!
Scientists at the University of Ankara found a new way to store energy in salt - a tenth of the price of today's batteries.
The court sentenced him to twenty-five years in prison without parole.
Mr. and Mrs. Smith haven't paid the £5m.`

// sentences are an article's sentences as they would be asked for.
func sentences(t *testing.T, text string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, r := range segment.Split(line, locale.English) {
			out = append(out, line[r.Start:r.End])
		}
	}
	return out
}

// Every answer of the pseudo model passes the checks that a translation must
// pass, with the names sheet that it would write itself.
func TestTranslationsPassTheGate(t *testing.T) {
	sample, err := os.ReadFile("../../../fixtures/cases/ankara-2016/input.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"sample": string(sample), "prose": prose} {
		for _, tag := range []language.Tag{language.Russian, language.Turkish} {
			t.Run(name+" "+tag.String(), func(t *testing.T) {
				gate(t, sentences(t, text), tag)
			})
		}
	}
}

func gate(t *testing.T, sources []string, tag language.Tag) {
	t.Helper()
	block := pipeline.Block{ID: "p1", Kind: pipeline.Paragraph}
	pairs := make([]pipeline.Pair, len(sources))
	for i, s := range sources {
		pairs[i] = pipeline.Pair{ID: fmt.Sprintf("p1s%d", i+1), Source: s, Target: llmtest.Translate(tag.String(), s), Lang: tag}
		block.Sentences = append(block.Sentences, pipeline.Sentence{ID: pairs[i].ID, Text: s})
	}
	var sheet []pipeline.Name
	for _, n := range facts.Candidates(&pipeline.Article{Body: []pipeline.Block{block}}, locale.English) {
		if form := llmtest.Name(tag.String(), n); form != "" {
			sheet = append(sheet, pipeline.Name{Source: n, Forms: map[string]string{tag.String(): form}})
			for _, f := range check.Name(n, tag, form) {
				if f.Severity.AtLeast(pipeline.Major) {
					t.Errorf("%s: %s is %s: %s", f.Check, n, form, f.Message)
				}
			}
		}
	}
	for i, p := range pairs {
		if i > 0 {
			p.Before = &pairs[i-1]
		}
		if i+1 < len(pairs) {
			p.After = &pairs[i+1]
		}
		p.Names = sheet
		for _, f := range check.Pair(p) {
			if f.Severity.AtLeast(pipeline.Major) {
				t.Errorf("%s: %s\n\t%s\n\t%s", f.Check, f.Message, p.Source, p.Target)
			}
		}
	}
}
