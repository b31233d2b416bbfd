package news_test

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reader"
)

// The whole pipeline on the pseudo model, which costs nothing. For a real one,
// leave Network out and give BaseURL, APIKey and Model of an endpoint.
func Example() {
	server := llmtest.NewServer(llmtest.Options{})
	client, err := openai.New(openai.Config{
		BaseURL: "http://pseudo.invalid/v1", Model: llmtest.ModelName,
		HTTP: wire.New(wire.Config{Network: server.Transport()}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := news.New(news.Config{Client: client, Model: llmtest.ModelName, To: []language.Tag{language.Turkish}})
	if err != nil {
		fmt.Println(err)
		return
	}
	articles, err := reader.Text(strings.NewReader("The river port of Lesna was closed on Monday after a barge hit a pier.\n\nTwo sailors were taken to hospital.\n"), "lesna.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, err := p.Run(context.Background(), articles[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range doc.Translations[0].Article {
		fmt.Println(u.ID, u.State)
	}
	// Output:
	// p1s1 translated
	// p2s1 translated
}
