package news_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reader"
	"dragoman/pipeline/reuse"
)

// desk is one news desk's machine: a pseudo endpoint and the state kept
// between runs.
type desk struct {
	server  *llmtest.Server
	ledger  llm.Ledger
	settled reuse.Store
	context int // tokens that the run believes the model holds
}

func newDesk(opt llmtest.Options, faults ...llmtest.Injection) *desk {
	d := &desk{server: llmtest.NewServer(opt), ledger: llm.NewMemory(), settled: &memory{entries: map[string][]reuse.Entry{}}, context: 131072}
	d.server.Inject(faults...)
	return d
}

// run takes an article through the whole pipeline, as the program's run does:
// one wire, and sentences that failed before are asked afresh. It returns the
// document, the calls that the server saw, and the error.
func (d *desk) run(t *testing.T, art *pipeline.Article) (*pipeline.Document, []llmtest.Seen, error) {
	t.Helper()
	before := d.server.Count()
	profile := llm.Profile{Model: llmtest.ModelName, Rung: llm.RungSchema, Context: d.context}
	client, err := openai.New(openai.Config{
		BaseURL: "http://pseudo.invalid/v1", Model: llmtest.ModelName, Profile: profile,
		HTTP: wire.New(wire.Config{Network: d.server.Transport(), Ledger: d.ledger, Profile: profile, Jitter: func() float64 { return 0 }}),
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := news.New(news.Config{Client: client, Model: llmtest.ModelName, Reuse: d.settled, Context: d.context, Afresh: true, Author: pipeline.Pseudo})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := p.Run(context.Background(), art)
	if doc == nil {
		t.Fatalf("no document: %v", err)
	}
	return doc, d.server.Requests()[before:], err
}

// memory is a store of settled answers that forgets with the test.
type memory struct {
	mu      sync.Mutex
	entries map[string][]reuse.Entry
}

func (m *memory) Find(stage, lang, key string) ([]reuse.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]reuse.Entry(nil), m.entries[stage+"/"+lang+"/"+key]...), nil
}

func (m *memory) Put(entries []reuse.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range entries {
		at := e.Stage + "/" + e.Lang + "/" + e.Key
		m.entries[at] = append(m.entries[at], e)
	}
	return nil
}

// article reads a text as the program reads a file.
func article(t testing.TB, text string) *pipeline.Article {
	t.Helper()
	arts, err := reader.Text(strings.NewReader(text), "article.txt")
	if err != nil {
		t.Fatal(err)
	}
	return arts[0]
}

// sample is the sample article.
func sample(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../../fixtures/cases/ankara-2016/input.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// result is a document without what differs between two good runs: the trace
// and the date.
func result(doc *pipeline.Document) string {
	d := *doc
	d.Trace, d.Source = nil, nil
	b, err := json.MarshalIndent(&d, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// complaints is all that a run says about its result: what it could not do,
// and findings that gate it. A run that says nothing ends with exit code 0.
func complaints(doc *pipeline.Document, err error) []string {
	var out []string
	if err != nil {
		out = append(out, "error: "+err.Error())
	}
	units := doc.Corrections
	for _, tr := range doc.Translations {
		units = append(append(units[:len(units):len(units)], tr.Article...), tr.Summary...)
	}
	for _, u := range units {
		if u.State == pipeline.Failed || u.State == pipeline.Initial {
			out = append(out, "unit "+u.ID+": "+u.Note)
		}
	}
	for _, f := range doc.Findings {
		if f.Gates(pipeline.Major) {
			out = append(out, f.Check+" "+f.Stage+" "+f.Lang+" "+f.Span.Sentence+": "+f.Message)
		}
	}
	return out
}
