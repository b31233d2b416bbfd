package news

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/reader"
	"dragoman/pipeline/reuse"
)

// desk is a pseudo model with a state of its own, kept between runs.
type desk struct {
	server *llmtest.Server
	ledger llm.Ledger
	reuse  reuse.Store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	store, err := reuse.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return &desk{server: llmtest.NewServer(llmtest.Options{}), ledger: llm.NewMemory(), reuse: store}
}

// run takes an article through the pipeline as a new process would.
func (d *desk) run(t *testing.T, art *pipeline.Article, change ...func(*Config)) (*pipeline.Document, error) {
	t.Helper()
	client, err := openai.New(openai.Config{
		BaseURL: "http://pseudo.invalid/v1", Model: llmtest.ModelName,
		HTTP: wire.New(wire.Config{Network: d.server.Transport(), Ledger: d.ledger, Instant: true}),
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Client: client, Model: llmtest.ModelName, Reuse: d.reuse, Afresh: true}
	for _, c := range change {
		c(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p.Run(t.Context(), art)
}

// sample reads the sample article, or a text in its place.
func sample(t *testing.T, replace ...string) *pipeline.Article {
	t.Helper()
	raw, err := os.ReadFile("../../fixtures/cases/ankara-2016/input.txt")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(replace...).Replace(string(raw))
	arts, err := reader.Text(strings.NewReader(text), "ankara-2016.txt")
	if err != nil || len(arts) != 1 {
		t.Fatal(err)
	}
	return arts[0]
}

func TestEverySentenceIsAccountedFor(t *testing.T) {
	doc, err := newDesk(t).run(t, sample(t))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, s := range doc.Normalized.Sentences() {
		ids[s.ID] = true
	}
	lists := map[string][]pipeline.Unit{"correct": doc.Corrections}
	for _, tr := range doc.Translations {
		lists[tr.Lang.String()] = tr.Article
		if len(tr.Summary) != len(doc.Summary.Sentences) {
			t.Errorf("%s: %d of %d summary sentences", tr.Lang, len(tr.Summary), len(doc.Summary.Sentences))
		}
	}
	for name, units := range lists {
		seen := map[string]bool{}
		for _, u := range units {
			if !ids[u.ID] || seen[u.ID] {
				t.Errorf("%s: %s is unknown or doubled", name, u.ID)
			}
			seen[u.ID] = true
			if u.State == pipeline.Failed || u.State == pipeline.Initial {
				t.Errorf("%s: %s is %s: %s", name, u.ID, u.State, u.Note)
			}
		}
		if len(seen) != len(ids) {
			t.Errorf("%s: %d of %d sentences", name, len(seen), len(ids))
		}
	}
	for _, s := range doc.Summary.Sentences {
		if len(s.Evidence) == 0 {
			t.Errorf("%s has no evidence", s.ID)
		}
	}
	for _, f := range doc.Findings {
		if f.Gates(pipeline.Major) {
			t.Errorf("%s %s %s: %s", f.Check, f.Lang, f.Span.Sentence, f.Message)
		}
	}
	if doc.Origin.Author != pipeline.Pseudo {
		t.Errorf("origin %+v", doc.Origin)
	}
}

func TestNewRefusesWhatItCannotDo(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no client":        {},
		"English":          {Client: llmtest.Echo{}, To: []language.Tag{language.English}},
		"unknown language": {Client: llmtest.Echo{}, To: []language.Tag{language.Finnish}},
		"twice":            {Client: llmtest.Echo{}, To: []language.Tag{language.Russian, language.Russian}},
	} {
		if _, err := New(cfg); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever name the pseudo model was asked by, and however its answers were
// come by, the document says that it is no translation.
func TestPseudoAnswersAreMarkedInEveryLaterRun(t *testing.T) {
	d := newDesk(t)
	asOther := func(c *Config) { c.Model = "gpt-x" }
	for range 2 {
		doc, err := d.run(t, sample(t), asOther)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Origin.Author != pipeline.Pseudo || doc.Origin.Model != pipeline.PseudoModel {
			t.Errorf("%+v", doc.Origin)
		}
	}
}
