package fallback_test

import (
	"context"
	"errors"
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/fallback"
	"dragoman/pipeline/llm/llmtest"
)

// An endpoint that is down, and the pseudo model in its place.
func ExampleNew() {
	down := &llmtest.Fault{Err: &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("no route to the endpoint")}}
	client, err := fallback.New(fallback.Config{Choices: []fallback.Choice{
		{Client: down},
		{Client: llmtest.Echo{}, Model: "pseudo"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Complete(context.Background(), &llm.Request{Model: "large", Messages: []llm.Message{{Role: "user", Content: "Hello"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text, "from", resp.Model)
	// Output: Hello from pseudo
}
