package pipeline_test

import (
	"fmt"

	"dragoman/pipeline"
)

func Example() {
	art := &pipeline.Article{ID: "lesna", Body: []pipeline.Block{
		{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: "Barge hits pier"}}},
		{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{
			{ID: "p1s1", Text: "The port of Lesna was closed."},
			{ID: "p1s2", Text: "Nobody was hurt."},
		}},
	}}
	for b, s := range art.Sentences() {
		fmt.Println(b.Kind, s.ID, s.Text)
	}
	// Output:
	// headline h1s1 Barge hits pier
	// lead p1s1 The port of Lesna was closed.
	// lead p1s2 Nobody was hurt.
}
