package check

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

func worstOf(findings []pipeline.Finding) pipeline.Severity {
	worst := pipeline.Severity("")
	for _, f := range findings {
		if f.Severity.Rank() > worst.Rank() {
			worst = f.Severity
		}
	}
	return worst
}

// A form must be nearest to its own name.
func TestNameAmongHoldsAFormAgainstTheOtherNames(t *testing.T) {
	name := func(source, form string) pipeline.Name {
		return pipeline.Name{Source: source, Forms: map[string]string{"ru": form}}
	}
	sheet := []pipeline.Name{name("Andrey Karlov", ""), name("Maria Zakharova", ""), name("Al Jazeera", ""), name("Mevlüt Çavuşoğlu", "")}
	for _, tc := range []struct {
		source, form string
		want         pipeline.Severity
	}{
		{"Andrey Karlov", "Андрей Карлов", ""},
		{"Maria Zakharova", "Мария Захарова", ""},
		{"Mevlüt Çavuşoğlu", "Мевлют Чавушоглу", ""},
		{"Al Jazeera", "Аль-Джазира", ""},
		{"Andrey Karlov", "Мария Захарова", pipeline.Major},
		{"Andrey Karlov", "47 Андрей Карлов", pipeline.Major},
		{"Andrey Karlov", "Андрей", pipeline.Minor},
		{"Andrey Karlov", "Andrey Karlov", pipeline.Major},
		{"Karlov", "Karlov", pipeline.Major},
		{"Reuters", "Reuters", pipeline.Minor},
		{"AP", "AP", ""},
		{"CNNTurk", "CNN Türk", ""},
		{"Andrey Karlov", "Kонечно! Вот имя: Андрей Карлов", pipeline.Major},
	} {
		if got := NameAmong(name(tc.source, tc.form), sheet, language.Russian); worstOf(got) != tc.want {
			t.Errorf("%s as %q: %q, want %q: %+v", tc.source, tc.form, worstOf(got), tc.want, got)
		}
	}
}

// An answer that came twice is the fault of the sentence it does not fit.
func TestADoubledAnswerIsTheFaultOfTheSentenceItDoesNotFit(t *testing.T) {
	first := pipeline.Pair{ID: "p1s1", Source: "Karlov arrived in 2013 with two aides.", Lang: language.Russian}
	second := pipeline.Pair{ID: "p1s2", Source: "Zakharova left in 2015 with her driver.", Lang: language.Russian}
	first.Target = "Карлов приехал в 2013 году с двумя помощниками."
	second.Target = first.Target
	first.After, second.Before = &second, &first
	has := func(p pipeline.Pair) bool {
		for _, f := range Pair(p) {
			if f.Check == "T22" && f.Severity == pipeline.Major {
				return true
			}
		}
		return false
	}
	if has(first) {
		t.Error("the sentence that it fits is blamed")
	}
	if !has(second) {
		t.Error("the sentence that it does not fit is not found")
	}
}

func TestSummaryFormFindsWhatWasCutOrIsNotEnglish(t *testing.T) {
	art := &pipeline.Article{Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{
		{ID: "p1s1", Text: "A gunman shot the Russian ambassador at a photo exhibition in Ankara on Monday."},
	}}}}
	sentence := func(product pipeline.Product, text string, evidence ...string) []pipeline.Finding {
		return Summary(art, pipeline.SummarySentence{ID: "sum.x", Text: text, Evidence: evidence, Product: product}, Budget{})
	}
	for _, tc := range []struct {
		name    string
		product pipeline.Product
		text    string
		want    pipeline.Severity
	}{
		{"whole", pipeline.SummaryLead, "A gunman shot the Russian ambassador in Ankara.", ""},
		{"cut lead", pipeline.SummaryLead, "A gunman shot the Russian ambassador in", pipeline.Major},
		{"a key point needs no stop", pipeline.KeyPoint, "Gunman shot the Russian ambassador", ""},
		{"a quotation closes it", pipeline.Short, "A gunman shot \"the Russian ambassador.\"", ""},
		{"German", pipeline.SummaryLead, "Ein Mann hat den russischen Botschafter bei einer Ausstellung in Ankara erschossen.", pipeline.Major},
	} {
		var found []pipeline.Finding
		for _, f := range sentence(tc.product, tc.text, "p1s1") {
			if f.Check == "T02" || f.Check == "T09" {
				found = append(found, f)
			}
		}
		if worstOf(found) != tc.want {
			t.Errorf("%s: %q, want %q: %+v", tc.name, worstOf(found), tc.want, found)
		}
	}
	unknown := false
	for _, f := range sentence(pipeline.KeyPoint, "Gunman shot the Russian ambassador", "p1s1", "s99") {
		unknown = unknown || strings.Contains(f.Message, `"s99"`)
	}
	if !unknown {
		t.Error("evidence that does not exist is not found")
	}
}

func TestALeadThatIsAKeyPointIsFound(t *testing.T) {
	s := &pipeline.Summary{Sentences: []pipeline.SummarySentence{
		{ID: "sum.l", Product: pipeline.SummaryLead, Text: "A gunman shot the Russian ambassador."},
		{ID: "sum.k1", Product: pipeline.KeyPoint, Text: "A gunman shot the Russian ambassador"},
	}}
	got := SummaryAll(&pipeline.Article{}, s)
	if len(got) != 1 || got[0].Check != "M07" || got[0].Span.Sentence != "sum.k1" {
		t.Errorf("%+v", got)
	}
}
