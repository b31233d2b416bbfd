package openai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"model":"m-1","choices":[{"index":0,"message":{"content":"{\"s1\":\"Привет\"}"},"finish_reason":"stop"}],
			"usage":{"prompt_tokens":20,"completion_tokens":5}}`)
	}))
	defer server.Close()

	client, err := openai.New(openai.Config{
		BaseURL: server.URL + "/v1",
		HTTP:    wire.New(wire.Config{MaxTokens: 100_000}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Complete(context.Background(), &llm.Request{
		Stage: "translate", Lang: "ru", Model: "m", MaxTokens: 100,
		Messages: []llm.Message{
			{Role: "system", Content: "Translate into Russian."},
			{Role: "user", Content: `{"sentences":{"s1":"Hello"}}`},
		},
		SchemaName: "reply",
		Schema:     json.RawMessage(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`),
	})
	fmt.Println(resp.Text, resp.Model, resp.Usage.OutputTokens, err)
	// Output: {"s1":"Привет"} m-1 5 <nil>
}
