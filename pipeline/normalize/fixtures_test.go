package normalize_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/normalize"
	"dragoman/pipeline/reader"
)

// inputs are the articles of the fixtures, as their readers give them.
func inputs(t *testing.T) map[string]*pipeline.Article {
	t.Helper()
	out := map[string]*pipeline.Article{}
	names, err := filepath.Glob("../../fixtures/cases/*/input.*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		read, err := reader.For(name)
		if err != nil {
			t.Fatal(err)
		}
		if articles, err := read(f, name); err == nil {
			out[filepath.Base(filepath.Dir(name))] = articles[0]
		}
	}
	return out
}

// What comes out of the stage goes through it unchanged.
func TestArticleIsIdempotent(t *testing.T) {
	for name, src := range inputs(t) {
		t.Run(name, func(t *testing.T) {
			once, err := normalize.Article(src)
			if err != nil {
				t.Skip(err)
			}
			again := *once.Article
			again.Body = nil
			for _, b := range once.Article.Body {
				again.Body = append(again.Body, pipeline.Block{Kind: b.Kind, Sentences: []pipeline.Sentence{{Text: b.Text()}}})
			}
			twice, err := normalize.Article(&again)
			if err != nil {
				t.Fatal(err)
			}
			if len(twice.Repairs) > 0 {
				t.Errorf("repaired again: %+v", twice.Repairs)
			}
			if fmt.Sprint(twice.Article.Body) != fmt.Sprint(once.Article.Body) {
				t.Errorf("blocks changed:\n%v\n%v", once.Article.Body, twice.Article.Body)
			}
		})
	}
}

// The log leads from the reader's text to the blocks.
func TestArticleLogLeadsToTheBlocks(t *testing.T) {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for name, src := range inputs(t) {
		t.Run(name, func(t *testing.T) {
			res, err := normalize.Article(src)
			if err != nil {
				t.Skip(err)
			}
			var blocks []string
			for _, b := range res.Article.Body {
				blocks = append(blocks, b.Text())
			}
			source := normalize.Source(src)
			for _, r := range res.Repairs {
				if source[r.Start:r.End] != r.Before {
					t.Errorf("repair %+v is not where it says", r)
				}
			}
			if got, want := squeeze(normalize.Apply(source, res.Repairs)), squeeze(strings.Join(blocks, "")); got != want {
				t.Errorf("the log makes\n%s\nthe blocks are\n%s", got, want)
			}
		})
	}
}
