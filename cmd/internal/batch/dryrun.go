package batch

import (
	"context"
	"iter"
	"net/url"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reuse"
	"dragoman/pipeline/writer"
)

// dryRun takes articles through the real stages with nothing sent and nothing
// stored: what is settled or stored answers, else the pseudo model in memory.
type dryRun struct {
	cfg    news.Config
	server *llmtest.Server
	meter  *meter
}

func newDryRun(cfg EstimateConfig) (*dryRun, error) {
	server := llmtest.NewServer(llmtest.Options{})
	stored := llm.Ledger(readOnly{llm.NewMemory()})
	if cfg.Ledger != nil {
		stored = readOnly{cfg.Ledger}
	}
	client, err := openai.New(openai.Config{
		BaseURL: dryAddress(cfg.Plan.BaseURL), Model: cfg.Plan.Model, Profile: cfg.Profile,
		HTTP: wire.New(wire.Config{
			Network: server.Transport(), Ledger: stored, Fresh: cfg.Plan.Fresh, Profile: cfg.Profile, Concurrency: 64, Instant: true,
		}),
	})
	if err != nil {
		return nil, err
	}
	settled := reuse.Store(reuse.None{})
	if cfg.Settled != nil && !cfg.Plan.Fresh {
		settled = recall{cfg.Settled}
	}
	d := &dryRun{server: server, meter: &meter{next: client}}
	p := cfg.Plan
	d.cfg = news.Config{
		Client: d.meter, Model: p.Model, Prompts: cfg.Prompts, To: p.To, Reuse: settled, Decisions: cfg.Decisions,
		Names: p.Names, Glossary: p.Glossary, Checks: p.Checks, Context: p.Context, Long: p.Long,
	}
	if d.cfg.Context == 0 {
		d.cfg.Context = cfg.Profile.Context
	}
	_, err = news.New(d.cfg)
	return d, err
}

// dryAddress is an address that the pseudo model answers at, with the host of
// the endpoint: what it answered there in earlier runs counts as stored.
func dryAddress(baseURL string) string {
	if u, err := url.Parse(baseURL); err == nil && u.Host != "" {
		return "http://" + u.Host + "/v1"
	}
	return "http://estimate.invalid/v1"
}

// measure is what one article takes; usable is false where no edition can come
// of it.
func (d *dryRun) measure(ctx context.Context, art *pipeline.Article, afresh bool) (u usage, usable bool, err error) {
	d.server.Reset()
	d.meter.begin()
	cfg := d.cfg
	cfg.Afresh = afresh
	pipe, err := news.New(cfg)
	if err != nil {
		return u, false, err
	}
	doc, err := pipe.Run(ctx, art)
	if ctx.Err() != nil {
		return u, false, context.Cause(ctx)
	}
	if doc == nil {
		return u, false, nil // the article's own fault: it is told when it is worked on
	}
	if err != nil {
		return u, false, err
	}
	u = d.meter.used()
	for _, s := range writer.AccountOf(doc).Stages {
		n := s.Total - s.Kept - byRule(doc, s)
		u.sentences += int64(n)
		u.answered += int64(n - min(n, d.meter.asked(s)))
	}
	return u, true, nil
}

// byRule counts the sentences of a translation that are written by rule and
// asked of nobody: datelines.
func byRule(doc *pipeline.Document, s writer.StageAccount) int {
	tr, ok := doc.Translation(s.Lang)
	if !ok || s.Part != "article" {
		return 0
	}
	done := map[string]bool{}
	for _, u := range tr.Article {
		done[u.ID] = u.State.Done()
	}
	n := 0
	for b, sentence := range doc.Normalized.Sentences() {
		if b.Kind == pipeline.Dateline && done[sentence.ID] {
			n++
		}
	}
	return n
}

// readOnly is a ledger that is looked at and not written.
type readOnly struct{ llm.Ledger }

// Append keeps nothing.
func (readOnly) Append(_ context.Context, x *llm.Exchange) error {
	x.Sequence = 1
	return nil
}

// All gives nothing: no call of an estimate wants it.
func (readOnly) All(context.Context) iter.Seq2[*llm.Exchange, error] {
	return func(func(*llm.Exchange, error) bool) {}
}

// recall is a store of settled answers that is looked at and not written.
type recall struct{ reuse.Store }

// Put keeps nothing.
func (recall) Put([]reuse.Entry) error { return nil }
