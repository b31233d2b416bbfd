package batch

import (
	"context"
	"fmt"
	"time"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// Estimate is what a run will take, before it is begun.
type Estimate struct {
	Model    string `json:"model"`
	Articles int    `json:"articles"` // looked at
	ToAsk    int    `json:"toAsk"`    // of them, to be worked on
	Twins    int    `json:"twins"`    // of those, with the text of another: they cost nothing
	Unusable int    `json:"unusable"` // of those measured, what no edition can come of: not English, empty
	Measured int    `json:"measured"` // whose requests were really made up; the others are reckoned by their length

	Sentences int `json:"sentences"` // to be answered, of all stages and languages together
	Answered  int `json:"answered"`  // of them, settled or stored already

	Calls  Range `json:"calls"`
	Input  Range `json:"input"`  // tokens
	Output Range `json:"output"` // tokens, without those that a model spends on reasoning

	Live  *Cost `json:"live"`  // null: the price is unknown
	Batch *Cost `json:"batch"` // through the Batch API; null: the price is unknown

	PricesDated string `json:"pricesDated"` // day of the price file
}

// Range is from what is typical to what it takes with sentences asked again and
// a vocabulary that cuts words small.
type Range struct {
	Low  int64 `json:"low"`
	High int64 `json:"high"`
}

// Cost is a range of money.
type Cost struct {
	Low  pipeline.Money `json:"low"`
	High pipeline.Money `json:"high"`
}

// EstimateConfig is what an estimate is made from.
type EstimateConfig struct {
	Plan      *Plan
	Prompts   *prompts.Set        // nil: the built-in ones
	Decisions *pipeline.Decisions // may be nil
	Ledger    llm.Ledger          // stored replies; only read. nil has none
	Settled   reuse.Store         // settled answers; only read. nil has none
	Profile   llm.Profile         // of the endpoint
	Prices    llm.Prices
	Dated     time.Time // of the prices
	Measure   int       // articles measured before a part of them does; 0 is 50
}

// The size of the measured part. Making up the requests of an article takes
// some tens of milliseconds, so that the estimate of an archive takes seconds.
const (
	defaultMeasure = 50
	measureEvery   = 20 // of those beyond
	maxMeasured    = 200
)

// How far apart the two ends are. English prose is 4.7 characters a token with
// the vocabularies measured, JSON and rules are less; three bytes a token is
// the bound that package ask reckons with, and what answers are reckoned with
// here.
const (
	charsPerToken = 4.5
	bytesPerToken = 3.6  // of questions: rules and JSON in English
	reaskTokens   = 1.25 // with every fifth sentence asked again, in pieces and alone
	reaskCalls    = 1.5
	unmeasured    = 0.1 // what articles that were not measured may differ by
)

// Estimator adds up what articles will take. It sends nothing: the stages
// really run, on what is stored and settled, and the pseudo model stands where
// a call would be made.
type Estimator struct {
	cfg      EstimateConfig
	dry      *dryRun
	sum      Estimate
	measured usage // of the measured articles
	bytes    int64 // of the measured articles
	rest     int64 // bytes of the others
}

// usage is what the calls of some articles take.
type usage struct {
	calls                          int64
	lowIn, highIn, lowOut, highOut int64
	sentences, answered            int64
}

// NewEstimator makes an estimator.
func NewEstimator(cfg EstimateConfig) (*Estimator, error) {
	if cfg.Measure <= 0 {
		cfg.Measure = defaultMeasure
	}
	dry, err := newDryRun(cfg)
	if err != nil {
		return nil, fmt.Errorf("preparing the estimate: %w", err)
	}
	e := &Estimator{cfg: cfg, dry: dry, sum: Estimate{Model: cfg.Plan.Model}}
	if !cfg.Dated.IsZero() {
		e.sum.PricesDated = cfg.Dated.Format(time.DateOnly)
	}
	return e, nil
}

// Add takes one choice of Select. What is not to be worked on costs nothing.
func (e *Estimator) Add(ctx context.Context, c Choice) error {
	e.sum.Articles++
	if !c.Why.Asks() || c.Doc == nil {
		return nil
	}
	e.sum.ToAsk++
	if c.Twin {
		e.sum.Twins++
		return nil
	}
	nth := e.sum.ToAsk - 1
	if nth >= e.cfg.Measure && (nth%measureEvery != 0 || e.sum.Measured >= max(maxMeasured, e.cfg.Measure)) {
		e.rest += int64(c.Size)
		return nil
	}
	art, err := DecodeArticle(c.Doc.Article)
	if err != nil {
		return err
	}
	u, usable, err := e.dry.measure(ctx, art, c.Doc.Afresh)
	if err != nil {
		return fmt.Errorf("estimating %s: %w", c.ID, err)
	}
	e.sum.Measured++
	e.bytes += int64(c.Size)
	if !usable {
		e.sum.Unusable++
		return nil
	}
	e.measured.add(u)
	return nil
}

func (u *usage) add(v usage) {
	u.calls += v.calls
	u.lowIn += v.lowIn
	u.highIn += v.highIn
	u.lowOut += v.lowOut
	u.highOut += v.highOut
	u.sentences += v.sentences
	u.answered += v.answered
}

// Estimate is the sum of what was added.
func (e *Estimator) Estimate() Estimate {
	out := e.sum
	share := 0.0 // of the others, to the measured
	if e.bytes > 0 {
		share = float64(e.rest) / float64(e.bytes)
	}
	all := func(n int64, rest float64) int64 { return n + int64(float64(n)*share*rest+0.5) }
	m := e.measured
	low, high := 1-unmeasured, 1+unmeasured
	out.Calls = Range{all(m.calls, low), all(int64(float64(m.calls)*reaskCalls+0.5), high)}
	out.Input = Range{all(m.lowIn, low), all(int64(float64(m.highIn)*reaskTokens), high)}
	out.Output = Range{all(m.lowOut, low), all(int64(float64(m.highOut)*reaskTokens), high)}
	out.Sentences, out.Answered = int(all(m.sentences, 1)), int(all(m.answered, 1))
	if price, known := e.cfg.Prices.Of(out.Model); known {
		out.Live = out.cost(price)
		if batch, known := price.Batch(); known {
			out.Batch = out.cost(batch)
		}
	}
	return out
}

// cost is the price of the tokens, with nothing read from the provider's cache.
func (e *Estimate) cost(p llm.Price) *Cost {
	of := func(in, out int64) pipeline.Money {
		return p.Cost(pipeline.Usage{InputTokens: int(in), OutputTokens: int(out), Known: true})
	}
	return &Cost{Low: of(e.Input.Low, e.Output.Low), High: of(e.Input.High, e.Output.High)}
}

// String is the range in words: "1,200 to 2,400".
func (r Range) String() string {
	if r.Low == r.High {
		return term.Number(int(r.Low))
	}
	return term.Number(int(r.Low)) + " to " + term.Number(int(r.High))
}

// String is the range in words, or "unknown" for nil: never 0.
func (c *Cost) String() string {
	switch {
	case c == nil:
		return "unknown"
	case c.Low == c.High:
		return c.Low.String()
	}
	return c.Low.String() + " to " + c.High.String()
}

// Rows is the estimate for a person: a name and what is said of it, a row each.
func (e *Estimate) Rows() [][]string {
	articles := fmt.Sprintf("%s of %s are to be worked on", term.Number(e.ToAsk), term.Number(e.Articles))
	if e.Twins > 0 {
		articles += fmt.Sprintf(", %s of them with the text of another", term.Number(e.Twins))
	}
	rows := [][]string{
		{"articles", articles},
		{"sentences", fmt.Sprintf("%s, of which %s are answered already", term.Number(e.Sentences), term.Number(e.Answered))},
		{"calls", e.Calls.String()},
		{"tokens in", e.Input.String()},
		{"tokens out", e.Output.String() + " (without reasoning)"},
		{"cost", e.Live.String()},
		{"cost by Batch API", e.Batch.String()},
		{"prices", fmt.Sprintf("of %s, for %q", orUnknown(e.PricesDated), e.Model)},
	}
	if rest := e.ToAsk - e.Twins - e.Measured; rest > 0 {
		rows = append(rows, []string{"measured", fmt.Sprintf("%s articles; the other %s are reckoned by their length", term.Number(e.Measured), term.Number(rest))})
	}
	if e.Unusable > 0 {
		rows = append(rows, []string{"no edition", fmt.Sprintf("will come of %s of those measured", term.Number(e.Unusable))})
	}
	return rows
}

func orUnknown(s string) string {
	if s == "" {
		return "an unknown day"
	}
	return s
}
