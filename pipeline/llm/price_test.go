package llm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

func TestPriceOf(t *testing.T) {
	p := llm.Prices{"gpt-4o": {Currency: "USD", Input: 1}, "qwen/qwen3": {Currency: "USD", Input: 2}}
	tests := []struct {
		model string
		want  int64 // input; -1 unknown
	}{
		{"gpt-4o", 1},
		{"openai/gpt-4o", 1},
		{"gpt-4o-2024-08-06", 1},
		{"openai/gpt-4o-2024-08-06", 1},
		{"qwen/qwen3", 2},
		{"gpt-4o-mini", -1},
		{"gpt-4o-audio-preview", -1},
		{"qwen3", -1},
		{"", -1},
	}
	for _, tt := range tests {
		got, ok := p.Of(tt.model)
		if ok != (tt.want >= 0) || ok && got.Input != tt.want {
			t.Errorf("%q: %+v, %v; want %d", tt.model, got, ok, tt.want)
		}
	}
	if _, ok := llm.Prices(nil).Of("gpt-4o"); ok {
		t.Error("no prices know a price")
	}
}

// A cost is exact to the millionth, rounded up; unknown is nil and never 0,
// while a price of 0 is known.
func TestCost(t *testing.T) {
	usage := func(in, cached, out int) pipeline.Usage {
		return pipeline.Usage{InputTokens: in, CachedTokens: cached, OutputTokens: out, Known: true}
	}
	p := llm.Prices{
		"m":    {Currency: "USD", Input: 2_500_000, Cached: 1_250_000, Output: 10_000_000},
		"free": {Currency: "USD"},
	}
	tests := []struct {
		model string
		usage pipeline.Usage
		want  string
	}{
		{"m", usage(1_000_000, 0, 0), "2.5000 USD"},
		{"m", usage(1_000_000, 1_000_000, 0), "1.2500 USD"},
		{"m", usage(1_000_000, 400_000, 100_000), "3.0000 USD"},
		{"m", usage(0, 50, 1_000_000), "10.0000 USD"},
		{"free", usage(5, 0, 5), "0.0000 USD"},
		{"other", usage(5, 0, 5), "unknown"},
		{"m", pipeline.Usage{InputTokens: 5}, "unknown"},
	}
	for _, tt := range tests {
		got := "unknown"
		if c := p.Cost([]string{tt.model}, tt.usage); c != nil {
			got = c.String()
		}
		if got != tt.want {
			t.Errorf("%s %+v costs %s, want %s", tt.model, tt.usage, got, tt.want)
		}
	}
	if c := p["m"].Cost(usage(1, 0, 0)); c.Micros != 3 {
		t.Errorf("2.5 millionths are %d, want 3: rounded up", c.Micros)
	}
	if c := p.Cost([]string{"answering", "m"}, usage(1_000_000, 0, 0)); c == nil || c.Micros != 2_500_000 {
		t.Errorf("the configured model's price: %v", c)
	}
}

func TestReadPrices(t *testing.T) {
	const head = "date: 2026-01-02\ncurrency: USD\n"
	tests := []struct{ name, file, want string }{
		{"good", head + "models:\n  m: {input: 1.5, cached: 0.5, output: 3}\n", ""},
		{"unknown key", head + "models:\n  m: {input: 1, output: 1, outptu: 2}\n", "line 4"},
		{"no date", "currency: USD\nmodels: {}\n", "date"},
		{"bad currency", "date: 2026-01-02\ncurrency: dollars\nmodels: {}\n", `"dollars" is no currency`},
		{"no output", head + "models:\n  m: {input: 1}\n", "m: input and output are needed"},
		{"negative", head + "models:\n  m: {input: -1, output: 1}\n", "negative"},
		{"not YAML", "{", "reading prices"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, date, err := llm.ReadPrices(strings.NewReader(tt.file))
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil || date.Format(time.DateOnly) != "2026-01-02" || p["m"] != (llm.Price{Currency: "USD", Input: 1_500_000, Cached: 500_000, Output: 3_000_000}) {
				t.Errorf("%+v, %s, %v", p, date, err)
			}
		})
	}
}

// The built-in prices are dated, and a file of one's own goes over them.
func TestBuiltinPrices(t *testing.T) {
	p, date, err := llm.BuiltinPrices()
	if err != nil || len(p) == 0 || date.IsZero() {
		t.Fatalf("%d prices of %s, %v", len(p), date, err)
	}
	for model, price := range p {
		if price.Cached > price.Input || price.Output < price.Input {
			t.Errorf("%s: %+v looks like a slip", model, price)
		}
	}
	file := filepath.Join(t.TempDir(), "prices.yaml")
	write(t, file, "date: 2026-01-02\ncurrency: USD\nmodels:\n  gpt-4o: {input: 1, output: 2}\n  mine: {input: 0, output: 0}\n")
	own, date, err := llm.LoadPrices(file)
	if err != nil || date.Year() != 2026 || len(own) != len(p)+1 {
		t.Fatalf("%d prices of %s, %v", len(own), date, err)
	}
	if own["gpt-4o"].Input != 1_000_000 || own["gpt-4o"].Cached != 1_000_000 || own["gpt-4o-mini"] != p["gpt-4o-mini"] {
		t.Errorf("%+v", own["gpt-4o"])
	}
	for _, bad := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if _, _, err := llm.LoadPrices(bad); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestProfiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profiles")
	p, ok, err := llm.LoadProfile(dir, "http://model.test/v1", "m")
	if ok || err != nil || p.Start() != llm.RungSchema || p.Model != "m" {
		t.Errorf("nothing stored: %+v, %v, %v", p, ok, err)
	}
	want := llm.Profile{
		Endpoint: "http://model.test/v1", Server: "llama.cpp", Model: "m", Answering: "m-1", Rung: llm.RungObject, Context: 4096, Slots: 2,
		NoStream: true, Probed: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
	}
	if err := llm.SaveProfile(dir, want); err != nil {
		t.Fatal(err)
	}
	got, ok, err := llm.LoadProfile(dir, want.Endpoint, want.Model)
	if !ok || err != nil || got != want || got.Start() != llm.RungObject {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	if _, ok, err := llm.LoadProfile(dir, want.Endpoint, "other"); ok || err != nil {
		t.Errorf("another model: %v, %v", ok, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	write(t, filepath.Join(dir, files[0].Name()), `{"rungs":1}`)
	if _, _, err := llm.LoadProfile(dir, want.Endpoint, want.Model); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("a damaged profile: %v", err)
	}
}

func TestRungs(t *testing.T) {
	var seen []llm.Rung
	for r, ok := llm.RungSchema, true; ok; r, ok = r.Below() {
		seen = append(seen, r)
	}
	if fmt.Sprint(seen) != "[schema object plain]" {
		t.Errorf("the ladder is %v", seen)
	}
}

func ExamplePrices_Cost() {
	prices := llm.Prices{"m": {Currency: "USD", Input: 2_500_000, Cached: 1_250_000, Output: 10_000_000}}
	usage := pipeline.Usage{InputTokens: 1200, OutputTokens: 300, Known: true}
	fmt.Println(prices.Cost([]string{"m"}, usage))
	fmt.Println(prices.Cost([]string{"another"}, usage) == nil)
	// Output:
	// 0.0060 USD
	// true
}

// The price of the Batch API comes from the model, else from the file's part of
// each price, else it is unknown: files from before it was known hold.
func TestBatchPrice(t *testing.T) {
	head := "date: 2026-11-22\ncurrency: USD\n"
	for name, tt := range map[string]struct {
		file string
		want string // of a million tokens each way, half a million of them cached; "" unknown
	}{
		"old file":       {head + "models: {m: {input: 2, cached: 1, output: 8}}", ""},
		"half":           {head + "batch: 0.5\nmodels: {m: {input: 2, cached: 1, output: 8}}", "4.7500 USD"},
		"own":            {head + "batch: 0.5\nmodels: {m: {input: 2, cached: 1, output: 8, batch_input: 1.5, batch_output: 6}}", "7.2500 USD"},
		"own alone":      {head + "models: {m: {input: 2, output: 8, batch_input: 1, batch_output: 4}}", "5.0000 USD"},
		"free of charge": {head + "batch: 0\nmodels: {m: {input: 2, output: 8}}", "0.0000 USD"},
	} {
		prices, _, err := llm.ReadPrices(strings.NewReader(tt.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		price, ok := prices["m"].Batch()
		got := ""
		if ok {
			got = price.Cost(pipeline.Usage{InputTokens: 1_000_000, CachedTokens: 500_000, OutputTokens: 1_000_000, Known: true}).String()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	for name, file := range map[string]string{
		"above one":  "batch: 1.5\nmodels: {m: {input: 2, output: 8}}",
		"below zero": "batch: -0.1\nmodels: {m: {input: 2, output: 8}}",
		"half given": "models: {m: {input: 2, output: 8, batch_input: 1}}",
		"negative":   "models: {m: {input: 2, output: 8, batch_input: -1, batch_output: 1}}",
	} {
		if _, _, err := llm.ReadPrices(strings.NewReader(head + file)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	builtin, _, err := llm.BuiltinPrices()
	if err != nil {
		t.Fatal(err)
	}
	for model, price := range builtin {
		if batch, ok := price.Batch(); !ok || batch.Input > price.Input || batch.Output > price.Output {
			t.Errorf("%s: %+v", model, price)
		}
	}
}

// An answer has the price of the way it came, and none where that is unknown.
func TestCostByTransport(t *testing.T) {
	prices := llm.Prices{
		"half": {Currency: "EUR", Input: 4_000_000, Output: 8_000_000, HasBatch: true, BatchInput: 2_000_000, BatchOutput: 4_000_000},
		"none": {Currency: "EUR", Input: 4_000_000, Output: 8_000_000},
	}
	tests := map[string]struct {
		transport string
		models    []string
		want      int64 // -1: unknown
	}{
		"live":                {"", []string{"half"}, 12},
		"batch":               {llm.TransportBatch, []string{"half"}, 6},
		"batch, none known":   {llm.TransportBatch, []string{"none"}, -1},
		"live, none for both": {"", []string{"none"}, 12},
		"the first known one": {llm.TransportBatch, []string{"stranger", "half"}, 6},
		"of what answered":    {llm.TransportBatch, []string{"none", "half"}, -1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			got := int64(-1)
			if cost := prices.CostBy(c.transport, c.models, pipeline.Usage{InputTokens: 1, OutputTokens: 1, Known: true}); cost != nil {
				got = cost.Micros
			}
			if got != c.want {
				t.Errorf("cost %d, want %d", got, c.want)
			}
		})
	}
}
