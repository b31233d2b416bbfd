package summarize_test

import (
	"context"
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/reuse"
	"dragoman/pipeline/summarize"
	"dragoman/prompts"
)

func Example() {
	client, err := openai.New(openai.Config{
		BaseURL: "http://pseudo.invalid/v1", Model: llmtest.ModelName,
		HTTP: wire.New(wire.Config{Network: llmtest.NewServer(llmtest.Options{}).Transport()}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := prompts.Builtin()
	if err != nil {
		fmt.Println(err)
		return
	}
	art := &pipeline.Article{ID: "lesna", Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{
		{ID: "p1s1", Text: "The river port of Lesna was closed on Monday after a barge hit a pier."},
		{ID: "p1s2", Text: "Two sailors were taken to hospital, according to the harbour office."},
		{ID: "p1s3", Text: "Ferries to the island of Orva run from the old quay."},
	}}}}
	job := summarize.Job{Ask: &ask.Asker{Client: client, Model: llmtest.ModelName, Reuse: reuse.None{}}, Prompts: set}
	res, err := summarize.Run(context.Background(), job, art)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range res.Summary.Of(pipeline.KeyPoint) {
		fmt.Println(s.ID, len(s.Evidence) > 0)
	}
	// Output:
	// sum.k1 true
	// sum.k2 true
	// sum.k3 true
}
