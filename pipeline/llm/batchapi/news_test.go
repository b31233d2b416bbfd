package batchapi_test

import (
	"os"
	"testing"
	"testing/synctest"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reader"
)

func article(t *testing.T) *pipeline.Article {
	t.Helper()
	f, err := os.Open("../../../fixtures/cases/ankara-2016/input.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	arts, err := reader.Text(f, "ankara-2016.txt")
	if err != nil || len(arts) != 1 {
		t.Fatalf("%d articles, %v", len(arts), err)
	}
	return arts[0]
}

// edition takes the article through the whole pipeline in one process.
func (p *process) edition(t *testing.T, art *pipeline.Article) (*pipeline.Document, error) {
	t.Helper()
	pipe, err := news.New(news.Config{Client: p.client, Model: llmtest.ModelName, Author: pipeline.Pseudo, Afresh: true})
	if err != nil {
		t.Fatal(err)
	}
	return pipe.Run(p.ctx, art)
}

// One article, end to end: every stage's calls go in a batch of their own, and
// the edition is the one that live calls give.
func TestAnArticleByBatches(t *testing.T) {
	art := article(t)
	for _, crash := range []string{"", "save created", "GET /v1/files/ID/content"} {
		t.Run("crash at "+crash, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{Latency: hour, Shuffle: true})
				if crash != "" {
					p := w.begin(t, crash)
					if _, err := p.edition(t, art); err == nil {
						t.Error("a killed process has an edition")
					}
					p.end(t)
				}
				p := w.begin(t, "")
				doc, err := p.edition(t, art)
				if err != nil {
					t.Fatal(err)
				}
				p.end(t)
				complete(t, doc)
				w.once(t, len(w.server.Requests()))
				w.nothingLeft(t)
				if n := p.count("POST /v1/chat/completions"); n != 0 {
					t.Errorf("%d live calls", n)
				}
				if n := len(w.server.BatchStates()); n < 3 || n > 5 {
					t.Errorf("%d batches for three stages", n)
				}
			})
		})
	}
}

// complete fails where a sentence has no edition.
func complete(t *testing.T, doc *pipeline.Document) {
	t.Helper()
	want := 0
	for range doc.Normalized.Sentences() {
		want++
	}
	if want == 0 || len(doc.Corrections) != want || doc.Summary == nil || len(doc.Translations) != 2 {
		t.Fatalf("the document is not whole: %d sentences, %d corrections, %d translations", want, len(doc.Corrections), len(doc.Translations))
	}
	for _, tr := range doc.Translations {
		if len(tr.Article) != want {
			t.Errorf("%s: %d of %d sentences", tr.Lang, len(tr.Article), want)
		}
		for _, u := range tr.Article {
			if u.State == pipeline.Failed || u.State == pipeline.Initial {
				t.Errorf("%s: %s is %s: %s", tr.Lang, u.ID, u.State, u.Note)
			}
		}
	}
}

// Lines that expire under the policy to mark them end the work on the article
// without losing what came; the next run submits only those.
func TestAnArticleWithExpiredLines(t *testing.T) {
	art := article(t)
	synctest.Test(t, func(t *testing.T) {
		expire := true
		w := newWorld(llmtest.Batches{Latency: hour, Line: func(_ string, n int) llmtest.Fate {
			if expire && n == 0 {
				return llmtest.Expired
			}
			return llmtest.Answered
		}})
		mark := func(c *batchapi.Config) { c.Missing = batchapi.Mark }
		p := w.begin(t, "", mark)
		doc, err := p.edition(t, art)
		if doc == nil || pipeline.CodeOf(err) != pipeline.Unavailable {
			t.Fatalf("document %v, error %v", doc != nil, err)
		}
		p.end(t)
		expire = false
		p = w.begin(t, "", mark)
		if doc, err = p.edition(t, art); err != nil {
			t.Fatal(err)
		}
		p.end(t)
		complete(t, doc)
		stored := map[string]bool{}
		for x, err := range w.ledger.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if stored[x.Key] {
				t.Errorf("%s was answered twice", x.Key)
			}
			stored[x.Key] = true
			if x.Reply.Header[llm.TransportHeader] != llm.TransportBatch {
				t.Errorf("%s came live", x.Key)
			}
		}
		w.nothingLeft(t)
	})
}
