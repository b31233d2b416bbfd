package wire_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// What an endpoint read from its prompt cache comes through the whole chain,
// streamed and plain: in the answer, in the bill, and at its own price.
func TestCachedTokens(t *testing.T) {
	for _, noStream := range []bool{false, true} {
		t.Run(fmt.Sprint("no stream ", noStream), func(t *testing.T) {
			s := llmtest.NewServer(llmtest.Options{PrefixCache: true})
			w := wire.New(wire.Config{Network: s.Transport(), Prices: testPrices, Profile: llm.Profile{NoStream: noStream}})
			c, err := openai.New(openai.Config{BaseURL: "http://pseudo.invalid/v1", HTTP: w})
			if err != nil {
				t.Fatal(err)
			}
			sum := int64(0)
			for i, cached := range []int{0, 1408, 1408} {
				req := question()
				req.Messages[0].Content = strings.Repeat("Keep to the rules. ", 300) // 1,425 tokens
				req.Messages[1].Content = fmt.Sprintf(`{"task":"none","n":%d}`, i)
				resp, err := c.Complete(context.Background(), req)
				if err != nil {
					t.Fatal(err)
				}
				u := resp.Usage
				cost := int64(u.InputTokens-cached) + int64(cached/2) + 2*int64(u.OutputTokens)
				if u.CachedTokens != cached || resp.Cost == nil || resp.Cost.Micros != cost {
					t.Errorf("request %d: %+v costs %v, want %d cached and %d millionths", i, u, resp.Cost, cached, cost)
				}
				sum += cost
			}
			if spent := w.Spent(); spent.Usage.CachedTokens != 2816 || spent.Cost.Micros != sum {
				t.Errorf("spent %+v, %v", spent, spent.Cost)
			}
		})
	}
}
