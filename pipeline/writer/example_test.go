package writer_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// small is a document of two sentences, one of which has no translation.
func small() *pipeline.Document {
	art := &pipeline.Article{
		ID: "small", InLanguage: language.English,
		Body: []pipeline.Block{
			{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: "Ambassador shot"}}},
			{ID: "p1", Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: "He died in Ankara."}}},
		},
	}
	done := func(id, source, target string) pipeline.Unit {
		return pipeline.Unit{ID: id, Source: source, Target: target, State: pipeline.Translated}
	}
	return &pipeline.Document{
		Source: art, Normalized: art, Corrected: art,
		Corrections: []pipeline.Unit{done("h1s1", "Ambassador shot", "Ambassador shot"), done("p1s1", "He died in Ankara.", "He died in Ankara.")},
		Translations: []pipeline.Translation{{Lang: language.Russian, Article: []pipeline.Unit{
			done("h1s1", "Ambassador shot", "Застрелен посол"),
			{ID: "p1s1", Source: "He died in Ankara.", State: pipeline.Failed, Note: "an empty answer"},
		}}},
		Origin: pipeline.Origin{Author: pipeline.AIAutonomous, Model: "a-model", Date: time.Date(2026, 11, 22, 17, 5, 0, 0, time.UTC)},
	}
}

func ExampleMarkdown() {
	if err := writer.Markdown("ru")(os.Stdout, small()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// > **⚠ Не переведено:** p1s1
	//
	// # Застрелен посол
	//
	// \[не переведено: p1s1\]
	//
	// > Оригинал (p1s1): He died in Ankara.
	// >
	// > ⚠ p1s1: an empty answer
	//
	// ---
	//
	// ## Замечания
	//
	// Замечаний нет.
	//
	// ---
	//
	// ## О происхождении текста
	//
	// Правка, краткое содержание и перевод с английского выполнены искусственным интеллектом (модель: a-model; 22 ноября 2026, 17:05 UTC). Человек этот текст не проверял. Статус: ai-autonomous.
}

func ExampleAccountOf() {
	a := writer.AccountOf(small())
	fmt.Println(a.Verdict())
	for _, s := range a.Stages {
		fmt.Println(s.Name(), s.Done, "done,", s.Failures(), "failed", s.Unanswered)
	}
	// Output:
	// Every sentence is accounted for; 1 failed, and is marked.
	// correct 2 done, 0 failed []
	// translate article into ru 1 done, 1 failed [p1s1]
}

func ExampleJSON() {
	var file bytes.Buffer
	if err := writer.JSON(&file, small()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Join(strings.Split(file.String(), "\n")[:4], "\n"))
	doc, err := writer.ReadJSON(&file)
	fmt.Println(doc.Normalized.First(pipeline.Headline), err)
	// Output:
	// {
	//   "source": {
	//     "id": "small",
	//     "inLanguage": "en",
	// Ambassador shot <nil>
}

func ExampleReadJSON() {
	_, err := writer.ReadJSON(strings.NewReader(`{"source": {"id": "small", "language": "en"}}`))
	fmt.Println(err)
	// Output:
	// export: reading document: /source: key "inLanguage" is missing
}

func ExampleHTML() {
	var page strings.Builder
	if err := writer.HTML(&page, small()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(page.String(), "<title>Ambassador shot</title>"), strings.Contains(page.String(), "<script"))
	// Output: true false
}

func ExampleSchema() {
	fmt.Println(strings.Contains(writer.Schema(), "https://json-schema.org/draft/2020-12/schema"))
	// Output: true
}
