package batch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reader"
	"dragoman/pipeline/reuse"
	"dragoman/pipeline/writer"
)

// desk is an endpoint and the state that is kept between runs.
type desk struct {
	server  *llmtest.Server
	ledger  llm.Ledger
	settled reuse.Store
	pipe    *news.Pipeline
}

const deskURL = "http://desk.invalid/v1"

func deskPlan() *Plan {
	return &Plan{BaseURL: deskURL, Model: "gpt-4o-mini", To: []language.Tag{language.Russian, language.Turkish}, Context: 131072}
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{server: llmtest.NewServer(llmtest.Options{}), ledger: llm.NewMemory(), settled: newSettled()}
	p := deskPlan()
	client, err := openai.New(openai.Config{BaseURL: p.BaseURL, Model: p.Model, HTTP: wire.New(wire.Config{Network: d.server.Transport(), Ledger: d.ledger, Instant: true})})
	if err != nil {
		t.Fatal(err)
	}
	if d.pipe, err = news.New(news.Config{Client: client, Model: p.Model, To: p.To, Context: p.Context, Reuse: d.settled}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) run(t testing.TB, art *pipeline.Article) writer.Account {
	t.Helper()
	doc, err := d.pipe.Run(context.Background(), art)
	if err != nil {
		t.Fatal(err)
	}
	return writer.AccountOf(doc)
}

func (d *desk) estimate(t testing.TB, measure int, arts ...*pipeline.Article) Estimate {
	t.Helper()
	prices, dated, err := llm.BuiltinPrices()
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEstimator(EstimateConfig{Plan: deskPlan(), Ledger: d.ledger, Settled: d.settled, Prices: prices, Dated: dated, Measure: measure})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range arts {
		b, err := EncodeArticle(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Add(context.Background(), Choice{Why: New, ID: a.ID, Doc: &store.Document{Article: b}, Size: len(b)}); err != nil {
			t.Fatal(err)
		}
	}
	return e.Estimate()
}

func caseArticle(t testing.TB, name string) *pipeline.Article {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "cases", name, "input.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", name, files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read, err := reader.For(files[0])
	if err != nil {
		t.Fatal(err)
	}
	arts, err := read(f, files[0])
	if err != nil {
		t.Fatal(err)
	}
	arts[0].ID = name
	return arts[0]
}

// What a run really uses, by the count of the server, lies in the range that
// the estimate gave before it.
func TestEstimateHolds(t *testing.T) {
	for _, name := range []string{"ankara-2016", "quotes", "tables", "html", "long", "injection"} {
		t.Run(name, func(t *testing.T) {
			d, art := newDesk(t), caseArticle(t, name)
			e := d.estimate(t, 0, art)
			a := d.run(t, art)
			if got := int64(d.server.Count()); !within(got, e.Calls) || got == 0 {
				t.Errorf("%d calls were made, estimated %v", got, e.Calls)
			}
			if got := int64(a.Asked.Usage.InputTokens); !within(got, e.Input) {
				t.Errorf("%d tokens went in, estimated %v", got, e.Input)
			}
			if got := int64(a.Asked.Usage.OutputTokens); !within(got, e.Output) {
				t.Errorf("%d tokens came out, estimated %v", got, e.Output)
			}
			if e.Answered != 0 || e.Sentences == 0 {
				t.Errorf("%d of %d sentences answered before anything was asked", e.Answered, e.Sentences)
			}
			if 2*e.Output.High > 7*e.Output.Low || 2*e.Input.High > 7*e.Input.Low {
				t.Errorf("in %v, out %v: too wide to be of use", e.Input, e.Output)
			}

			again := d.estimate(t, 0, art)
			if again.Calls != (Range{}) || again.Answered != again.Sentences || again.Live.High.Micros != 0 {
				t.Errorf("after the run: %+v", again)
			}
		})
	}
}

func within(n int64, r Range) bool { return r.Low <= n && n <= r.High }

// Replies that are stored and not settled are counted as answered too: the
// estimate looks into the ledger.
func TestEstimateLooksIntoTheLedger(t *testing.T) {
	d, art := newDesk(t), caseArticle(t, "quotes")
	d.run(t, art)
	d.settled = newSettled()
	if e := d.estimate(t, 0, art); e.Calls != (Range{}) || e.Answered != e.Sentences {
		t.Errorf("got %+v", e)
	}
}

// One changed sentence leaves the rest answered.
func TestEstimateOfAChangedSentence(t *testing.T) {
	d, art := newDesk(t), caseArticle(t, "ankara-2016")
	whole := d.estimate(t, 0, art)
	d.run(t, art)
	changed := *art
	changed.Body = append([]pipeline.Block(nil), art.Body...)
	last := len(changed.Body) - 3
	changed.Body[last] = pipeline.Block{Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{Text: "The council met again on Friday."}}}
	e := d.estimate(t, 0, &changed)
	if e.Calls.Low == 0 || e.Output.Low*2 > whole.Output.Low || e.Answered == 0 || e.Answered == e.Sentences {
		t.Errorf("whole %+v\nchanged %+v", whole, e)
	}
}

// An estimate sends nothing and stores nothing.
func TestEstimateLeavesNoTrace(t *testing.T) {
	d := newDesk(t)
	d.estimate(t, 0, caseArticle(t, "quotes"))
	for x, err := range d.ledger.All(context.Background()) {
		t.Fatalf("stored: %v, %v", x, err)
	}
	if n := len(d.settled.(*settled).entries); n != 0 || d.server.Count() != 0 {
		t.Errorf("%d settled, %d calls", n, d.server.Count())
	}
}

// Beyond the measured articles their length decides, and the range is wider.
func TestEstimateByLength(t *testing.T) {
	d := newDesk(t)
	var arts []*pipeline.Article
	for i := range 40 {
		a, err := reader.Text(strings.NewReader(fmt.Sprintf("Storm %d hits the coast\n\nA storm hit the coast on day %d. Some %d houses were damaged, officials said.\n", i, i, i+3)), "a.txt")
		if err != nil {
			t.Fatal(err)
		}
		arts = append(arts, a[0])
	}
	all, some := d.estimate(t, 100, arts...), d.estimate(t, 10, arts...)
	if all.Measured != 40 || some.Measured != 11 {
		t.Errorf("measured %d and %d", all.Measured, some.Measured)
	}
	if some.Input.Low > all.Input.Low || some.Input.High < all.Input.High || some.Output.High > 2*all.Output.High {
		t.Errorf("all %+v\nsome %+v", all, some)
	}
	if rows := fmt.Sprint(some.Rows()); !strings.Contains(rows, "reckoned by their length") {
		t.Errorf("got %s", rows)
	}
}

// A price that is not known is unknown, never 0; half is asked by the Batch API.
func TestEstimateOfMoney(t *testing.T) {
	art := caseArticle(t, "quotes")
	d := newDesk(t)
	e := d.estimate(t, 0, art)
	if e.Live == nil || e.Batch == nil || e.Live.Low.Micros == 0 || e.Live.Low.Micros >= e.Live.High.Micros {
		t.Fatalf("got %v, %v", e.Live, e.Batch)
	}
	if off := e.Live.High.Micros - 2*e.Batch.High.Micros; off < -2 || off > 2 {
		t.Errorf("live %v, batch %v", e.Live, e.Batch)
	}
	plan := deskPlan()
	plan.Model = "nobody-knows"
	unknown, err := NewEstimator(EstimateConfig{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := EncodeArticle(art)
	if err := unknown.Add(context.Background(), Choice{Why: New, Doc: &store.Document{Article: b}, Size: len(b)}); err != nil {
		t.Fatal(err)
	}
	got := unknown.Estimate()
	if got.Live != nil || got.Batch != nil || got.Live.String() != "unknown" || got.Input.Low == 0 {
		t.Errorf("got %+v", got)
	}
}

// What is not asked, and what has the text of another, costs nothing; what no
// edition can come of is said.
func TestEstimateOfWhatIsNotAsked(t *testing.T) {
	d := newDesk(t)
	e, err := NewEstimator(EstimateConfig{Plan: deskPlan(), Ledger: d.ledger})
	if err != nil {
		t.Fatal(err)
	}
	art := caseArticle(t, "russian")
	b, err := EncodeArticle(art)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Choice{
		{Why: Unchanged},
		{Why: Doubled},
		{Why: Unreadable, Doc: &store.Document{}},
		{Why: New, Twin: true, Doc: &store.Document{Article: b}, Size: len(b)},
		{Why: New, Doc: &store.Document{Article: b}, Size: len(b)},
	} {
		if err := e.Add(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	got := e.Estimate()
	if got.Articles != 5 || got.ToAsk != 2 || got.Twins != 1 || got.Unusable != 1 || got.Calls != (Range{}) {
		t.Errorf("got %+v", got)
	}
}

func BenchmarkEstimate(b *testing.B) {
	d, art := newDesk(b), caseArticle(b, "ankara-2016")
	raw, err := EncodeArticle(art)
	if err != nil {
		b.Fatal(err)
	}
	e, err := NewEstimator(EstimateConfig{Plan: deskPlan(), Ledger: d.ledger, Settled: d.settled, Measure: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := e.Add(context.Background(), Choice{Why: New, Doc: &store.Document{Article: raw}, Size: len(raw)}); err != nil {
			b.Fatal(err)
		}
	}
}
