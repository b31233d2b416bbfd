package correct_test

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/correct"
)

// The corrected text is a pure function of the source, the edits and what a
// person decided about them.
func Example() {
	art := &pipeline.Article{Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{
		{ID: "p1s1", Text: "He was hit in a back by 11 shots."},
	}}}}
	edits := []pipeline.Edit{
		{Span: pipeline.Span{Sentence: "p1s1", Start: 14, End: 15}, Before: "a", After: "the", State: pipeline.Applied},
		{Span: pipeline.Span{Sentence: "p1s1", Start: 24, End: 26}, Before: "11", After: "eight", State: pipeline.Proposed},
	}
	fmt.Println(correct.Text(art, edits).Body[0].Text())
	edits[1].State = pipeline.Accepted
	fmt.Println(correct.Text(art, edits).Body[0].Text())
	// Output:
	// He was hit in the back by 11 shots.
	// He was hit in the back by eight shots.
}
