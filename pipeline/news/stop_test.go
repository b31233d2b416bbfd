package news_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
)

// A run that is stopped asks nothing more, and its document still accounts for
// every sentence.
func TestStoppedRun(t *testing.T) {
	server := llmtest.NewServer(llmtest.Options{})
	client, err := openai.New(openai.Config{BaseURL: "http://pseudo.invalid/v1", Model: llmtest.ModelName, HTTP: wire.New(wire.Config{Network: server.Transport()})})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	close(stop)
	p, err := news.New(news.Config{Client: client, Model: llmtest.ModelName, To: []language.Tag{language.Turkish}, Stop: stop})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := p.Run(context.Background(), article(t, "The port was closed on Monday.\n\nTwo sailors were taken to hospital.\n"))
	if doc == nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, %v", doc, err)
	}
	if n := server.Count(); n != 0 {
		t.Errorf("%d calls after the stop", n)
	}
	if len(doc.Corrections) != 2 || len(complaints(doc, nil)) == 0 {
		t.Errorf("got %+v", doc.Corrections)
	}
}
