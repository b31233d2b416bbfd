package check

import (
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// FuzzArticle wants no panic and spans inside their texts of the checks of
// summaries, of the source and of whole editions, whatever the texts are.
func FuzzArticle(f *testing.F) {
	f.Add("Minister meets Harris | in Sinop\nHarris said: \"We left at 8:30.\"", "He reportedly left 12 times.", "Харис ушёл в 8:30, Harris'i", "Haris 12 kez gitti.")
	f.Add("", "", "", "")
	f.Add(" ", "sVʼ\t ", "ʼ", "0ʼ") // U+02BC is a letter and an apostrophe
	f.Add("A\nB\nA", "\xff 1,234 “", "(((", "%50 50% 5%5")
	f.Fuzz(func(t *testing.T, article, summary, ru, tr string) {
		inside := func(x pipeline.Finding, texts ...string) {
			longest := 0
			for _, s := range texts {
				longest = max(longest, len(s))
			}
			if x.Span.Start < 0 || x.Span.Start > x.Span.End || x.Span.End > longest {
				t.Fatalf("%s: span %v of %d bytes", x.Check, x.Span, longest)
			}
		}
		art := articleOf(article)
		if len(art.Body) > 0 {
			art.Body[0].Kind = pipeline.Headline
		}
		for _, x := range Source(art) {
			inside(x, article)
		}
		r := SummaryRow(SummaryText{ID: "r", Article: article, Summary: summary})
		for _, x := range r.Findings {
			if x.ID == "" || x.Span.Start < 0 || x.Span.Start > x.Span.End || x.Span.End > len(summary) {
				t.Fatalf("%s %q: span %v of %d bytes", x.Check, x.ID, x.Span, len(summary))
			}
		}
		doc := &pipeline.Document{Names: []pipeline.Name{{Source: "Harris", Forms: map[string]string{"ru": "Харрис"}}}}
		for lang, text := range map[string]string{"ru": ru, "tr": tr} {
			e := pipeline.Translation{Lang: language.MustParse(lang)}
			for _, s := range art.Sentences() {
				e.Article = append(e.Article, answered(s.ID, s.Text, text))
			}
			doc.Translations = append(doc.Translations, e)
		}
		for i := range doc.Translations {
			for _, x := range append(Spellings(doc, &doc.Translations[i]), Edition(doc, &doc.Translations[i])...) {
				inside(x, ru, tr, article)
			}
		}
		for _, x := range Editions(doc) {
			inside(x, ru, tr, article)
		}
	})
}

// A text of copied words is judged in one pass: names, markers and quotations
// around them are looked up, not searched for again at each word.
func TestCopiedWordsGrowWithTheText(t *testing.T) {
	row := func(n int) Row {
		src, tgt := "", ""
		for i := range n {
			w := string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + "word"
			src += "The men spoke of a thing known as " + w + " there. "
			tgt += "Люди говорили о вещи, известной как " + w + ". "
		}
		return Row{ID: "r", Lang: "ru", Source: src, Target: tgt}
	}
	PairRow(row(1))
	small, large := testing.AllocsPerRun(1, func() { PairRow(row(20)) }), testing.AllocsPerRun(1, func() { PairRow(row(200)) })
	if large > 30*small {
		t.Errorf("20 sentences make %.0f allocations, 200 make %.0f", small, large)
	}
}
