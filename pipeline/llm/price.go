package llm

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"dragoman/pipeline"
)

// Price is what one million tokens cost.
type Price struct {
	Currency string // ISO 4217
	Input    int64  // millionths of the currency per million input tokens
	Cached   int64  // the same, for input tokens read from the provider's cache
	Output   int64  // the same, for output tokens, reasoning included

	HasBatch    bool  // the prices of the provider's Batch API are known:
	BatchInput  int64 // as Input, through the Batch API
	BatchCached int64 // as Cached, through the Batch API
	BatchOutput int64 // as Output, through the Batch API
}

// Batch is the price of the same model through its provider's Batch API; ok is
// false where it is not known.
func (p Price) Batch() (batch Price, ok bool) {
	if !p.HasBatch {
		return Price{}, false
	}
	return Price{Currency: p.Currency, Input: p.BatchInput, Cached: p.BatchCached, Output: p.BatchOutput}, true
}

// Cost is the price of a usage, rounded up to a millionth.
func (p Price) Cost(u pipeline.Usage) pipeline.Money {
	cached := min(u.CachedTokens, u.InputTokens)
	sum := int64(u.InputTokens-cached)*p.Input + int64(cached)*p.Cached + int64(u.OutputTokens)*p.Output
	return pipeline.Money{Micros: (sum + 999_999) / 1_000_000, Currency: p.Currency}
}

// Prices are the known prices by model. The nil map is usable: it knows none.
type Prices map[string]Price

// Of is the price of a model. A provider's prefix ("openai/gpt-4o") and a
// snapshot's date at the end ("gpt-4o-2024-08-06") are looked past; any other
// difference makes a model unknown.
func (p Prices) Of(model string) (Price, bool) {
	for _, name := range []string{model, afterSlash(model), dated.ReplaceAllString(model, ""), dated.ReplaceAllString(afterSlash(model), "")} {
		if price, ok := p[name]; ok {
			return price, true
		}
	}
	return Price{}, false
}

var dated = regexp.MustCompile(`-20\d\d-?\d\d-?\d\d$`)

func afterSlash(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// Cost is the price of a usage by the first model that has one: nil, never 0,
// where none has, or the usage is not known.
func (p Prices) Cost(models []string, u pipeline.Usage) *pipeline.Money {
	return p.CostBy("", models, u)
}

// CostBy is Cost of an answer that came by a transport: see [Call].Transport.
// By a Batch API it is nil where the price there is not known, whatever the
// other one is.
func (p Prices) CostBy(transport string, models []string, u pipeline.Usage) *pipeline.Money {
	if !u.Known {
		return nil
	}
	for _, m := range models {
		price, ok := p.Of(m)
		if !ok {
			continue
		}
		if transport == TransportBatch {
			if price, ok = price.Batch(); !ok {
				return nil
			}
		}
		cost := price.Cost(u)
		return &cost
	}
	return nil
}

//go:embed prices.yaml
var builtinPrices []byte

// BuiltinPrices are the prices that came with the program, and the day they
// were read.
func BuiltinPrices() (Prices, time.Time, error) { return ReadPrices(bytes.NewReader(builtinPrices)) }

// LoadPrices reads a price file of the same form, and lays it over the
// built-in prices: its models win, the others stay.
func LoadPrices(path string) (Prices, time.Time, error) {
	out, _, err := BuiltinPrices()
	if err != nil {
		return nil, time.Time{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, &pipeline.Error{Code: pipeline.Invalid, Unit: path, Err: fmt.Errorf("reading prices: %w", err)}
	}
	defer f.Close()
	own, date, err := ReadPrices(f)
	if err != nil {
		return nil, time.Time{}, &pipeline.Error{Code: pipeline.Invalid, Unit: path, Err: err}
	}
	for model, price := range own {
		out[model] = price
	}
	return out, date, nil
}

// ReadPrices reads a price file: see prices.yaml beside this file for its form.
// Unknown keys, a missing date, a negative price and a model without all of
// input and output are errors. batch, the part of a price that the Batch API
// asks, may be missing, and so may a model's own batch_input and batch_output.
func ReadPrices(r io.Reader) (Prices, time.Time, error) {
	var file priceFile
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, time.Time{}, fmt.Errorf("reading prices: %w", err)
	}
	date, err := time.Parse(time.DateOnly, file.Date)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading prices: date: %w", err)
	}
	if !currency.MatchString(file.Currency) {
		return nil, time.Time{}, fmt.Errorf("reading prices: %q is no currency", file.Currency)
	}
	if f := file.Batch; f != nil && (*f < 0 || *f > 1) {
		return nil, time.Time{}, errors.New("reading prices: batch is the part of a price that the Batch API asks, from 0 to 1")
	}
	out := Prices{}
	for model, p := range file.Models {
		if out[model], err = p.price(file.Currency, file.Batch); err != nil {
			return nil, time.Time{}, fmt.Errorf("reading prices: %s: %w", model, err)
		}
	}
	return out, date, nil
}

// priceFile is a price file as it is written.
type priceFile struct {
	Date     string                `yaml:"date"`
	Source   string                `yaml:"source"`
	Currency string                `yaml:"currency"`
	Batch    *float64              `yaml:"batch"` // part of each price that the Batch API asks: 0.5 is half
	Models   map[string]modelPrice `yaml:"models"`
}

// modelPrice is one model of a price file, in units of the currency.
type modelPrice struct {
	Input       *float64 `yaml:"input"`
	Cached      *float64 `yaml:"cached"`
	Output      *float64 `yaml:"output"`
	BatchInput  *float64 `yaml:"batch_input"`
	BatchOutput *float64 `yaml:"batch_output"`
}

// price is the price of a model; batch is the part that the file says for all.
func (m modelPrice) price(currency string, batch *float64) (Price, error) {
	if m.Input == nil || m.Output == nil {
		return Price{}, errors.New("input and output are needed")
	}
	if m.Cached == nil {
		m.Cached = m.Input
	}
	if (m.BatchInput == nil) != (m.BatchOutput == nil) {
		return Price{}, errors.New("batch_input and batch_output belong together")
	}
	p := Price{Currency: currency, Input: micros(*m.Input), Cached: micros(*m.Cached), Output: micros(*m.Output)}
	all := []float64{*m.Input, *m.Cached, *m.Output}
	switch {
	case m.BatchInput != nil:
		all = append(all, *m.BatchInput, *m.BatchOutput)
		p.HasBatch, p.BatchInput, p.BatchOutput = true, micros(*m.BatchInput), micros(*m.BatchOutput)
		p.BatchCached = min(p.Cached, p.BatchInput)
	case batch != nil:
		p.HasBatch, p.BatchInput, p.BatchCached, p.BatchOutput = true, micros(*m.Input**batch), micros(*m.Cached**batch), micros(*m.Output**batch)
	}
	if slices.Min(all) < 0 {
		return Price{}, errors.New("a price is negative")
	}
	return p, nil
}

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

func micros(f float64) int64 { return int64(f*1e6 + 0.5) }
