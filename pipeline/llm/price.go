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
	if !u.Known {
		return nil
	}
	for _, m := range models {
		if price, ok := p.Of(m); ok {
			cost := price.Cost(u)
			return &cost
		}
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
// input and output are errors.
func ReadPrices(r io.Reader) (Prices, time.Time, error) {
	var file struct {
		Date     string `yaml:"date"`
		Source   string `yaml:"source"`
		Currency string `yaml:"currency"`
		Models   map[string]struct {
			Input  *float64 `yaml:"input"`
			Cached *float64 `yaml:"cached"`
			Output *float64 `yaml:"output"`
		} `yaml:"models"`
	}
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
	out := Prices{}
	for model, p := range file.Models {
		if p.Input == nil || p.Output == nil {
			return nil, time.Time{}, fmt.Errorf("reading prices: %s: input and output are needed", model)
		}
		if p.Cached == nil {
			p.Cached = p.Input
		}
		if slices.Min([]float64{*p.Input, *p.Cached, *p.Output}) < 0 {
			return nil, time.Time{}, errors.New("reading prices: " + model + ": a price is negative")
		}
		out[model] = Price{file.Currency, micros(*p.Input), micros(*p.Cached), micros(*p.Output)}
	}
	return out, date, nil
}

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

func micros(f float64) int64 { return int64(f*1e6 + 0.5) }
