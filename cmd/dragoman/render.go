package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"dragoman/cmd/internal/config"
	"dragoman/fixtures"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reader"
)

// promptsRender prints every request that a prompt makes of an article. The
// pipeline really runs, on the pseudo model, so the requests are exactly those
// of a run up to the point where they depend on earlier answers: the names
// sheet and the summary in them are the pseudo model's.
func promptsRender(ctx context.Context, env *environment, cfg *config.Config, id, file string) error {
	set, err := promptSet(cfg.Prompts)
	if err != nil {
		return err
	}
	prompt, err := set.Get(id)
	if err != nil {
		return badUsage(suggest(id, set.IDs()), "%w", err)
	}
	art, err := articleToRender(ctx, env, file)
	if err != nil {
		return err
	}
	server := llmtest.NewServer(llmtest.Options{})
	inner, err := openai.New(openai.Config{
		BaseURL: "http://pseudo.invalid/v1", Model: llmtest.ModelName,
		HTTP: wire.New(wire.Config{Network: server.Transport(), Instant: true, Now: env.now}),
	})
	if err != nil {
		return err
	}
	seen := &listener{next: inner}
	pipe, err := news.New(news.Config{Client: seen, Model: llmtest.ModelName, Prompts: set, To: cfg.To, Long: cfg.Long, Context: pseudoContext})
	if err != nil {
		return err
	}
	if _, err := pipe.Run(ctx, art); err != nil {
		return &outcome{docs: []*pipeline.Document{nil}, errs: []error{err}}
	}
	requests := seen.of(prompt.Name())
	if len(requests) == 0 {
		return badUsage("", "no request of this article uses %s: it is asked for other articles, with --long, or after an answer that failed", prompt.Name())
	}
	for _, r := range requests {
		if err := printRequest(env, r); err != nil {
			return err
		}
	}
	return nil
}

// articleToRender is the article of a file, or the sample.
func articleToRender(ctx context.Context, env *environment, file string) (*pipeline.Article, error) {
	if file == "" {
		sample, err := fixtures.FS()
		if err != nil {
			return nil, err
		}
		c, err := fixtures.Load(sample)
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(sample, c.Input)
		if err != nil {
			return nil, err
		}
		arts, err := reader.Text(bytes.NewReader(text), c.Input)
		if err != nil {
			return nil, err
		}
		return arts[0], nil
	}
	files, err := sources([]string{file}, nil)
	if err != nil {
		return nil, err
	}
	arts, err := files[0].articles(ctx, env.stdin)
	if err != nil {
		return nil, &outcome{docs: []*pipeline.Document{nil}, errs: []error{err}}
	}
	if len(arts) != 1 {
		return nil, badUsage("", "%s holds %d articles; rendering takes one", file, len(arts))
	}
	return arts[0], nil
}

// listener is a client that keeps every request on its way to another.
type listener struct {
	next llm.Client

	mu       sync.Mutex
	requests []*llm.Request
}

// Complete keeps the request and passes it on.
func (l *listener) Complete(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	l.mu.Lock()
	l.requests = append(l.requests, req)
	l.mu.Unlock()
	return l.next.Complete(ctx, req)
}

// of are the requests of one prompt, in an order that does not depend on which
// was asked first.
func (l *listener) of(prompt string) []*llm.Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*llm.Request
	for _, r := range l.requests {
		if r.Prompt == prompt {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b *llm.Request) int {
		if c := strings.Compare(a.Lang, b.Lang); c != 0 {
			return c
		}
		return slices.Compare(a.Units, b.Units)
	})
	return out
}

func printRequest(env *environment, r *llm.Request) error {
	var b strings.Builder
	fmt.Fprintf(&b, "=== %s %s\ntemperature %g, at most %d tokens, key %.12s\n", r.Prompt, r.Lang, r.Temperature, r.MaxTokens, llm.Key(r))
	for _, m := range r.Messages {
		fmt.Fprintf(&b, "--- %s\n%s\n", m.Role, m.Content)
	}
	var schema bytes.Buffer
	if json.Compact(&schema, r.Schema) == nil {
		fmt.Fprintf(&b, "--- schema %s\n%s\n", r.SchemaName, schema.String())
	}
	_, err := fmt.Fprintln(env.stdout, b.String())
	return err
}
