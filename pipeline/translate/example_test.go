package translate_test

import (
	"context"
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/reuse"
	"dragoman/pipeline/translate"
	"dragoman/prompts"
)

// A sentence whose answer never passes is failed with a reason; the dateline
// needs no model at all.
func Example() {
	set, err := prompts.Builtin()
	if err != nil {
		fmt.Println(err)
		return
	}
	art := &pipeline.Article{Body: []pipeline.Block{
		{ID: "d1", Kind: pipeline.Dateline, Sentences: []pipeline.Sentence{{ID: "d1s1", Text: "Monday, December 19 2016 20:43 EET"}}},
		{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: "The river port was closed on Monday after a barge hit a pier."}}},
	}}
	job := translate.Job{
		Ask:     &ask.Asker{Client: llmtest.Echo{}, Model: "echo", Reuse: reuse.None{}},
		Prompts: set, Lang: locale.Turkish,
	}
	res, err := translate.Article(context.Background(), job, art)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range res.Units {
		fmt.Println(u.ID, u.State, u.Target)
	}
	// Output:
	// d1s1 translated 19 Aralık 2016 Pazartesi, 20:43 EET
	// p1s1 failed
}
