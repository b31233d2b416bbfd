package llm_test

import (
	"errors"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// Sums of usage and money say when a part of them is missing.
func TestBill(t *testing.T) {
	used := pipeline.Usage{InputTokens: 10, OutputTokens: 2, CachedTokens: 4, Known: true}
	usd, eur := &pipeline.Money{Micros: 5, Currency: "USD"}, &pipeline.Money{Micros: 5, Currency: "EUR"}
	type attempt struct {
		usage pipeline.Usage
		cost  *pipeline.Money
		paid  bool
	}
	tests := []struct {
		name     string
		attempts []attempt
		usage    pipeline.Usage
		micros   int64 // -1: not known
	}{
		{"none", nil, pipeline.Usage{}, -1},
		{"one", []attempt{{used, usd, true}}, used, 5},
		{"two", []attempt{{used, usd, true}, {used, usd, true}}, used.Add(used), 10},
		{"free", []attempt{{}}, pipeline.Usage{Known: true}, -1},
		{"free, then paid", []attempt{{}, {used, usd, true}}, used, 5},
		{"silent, then paid", []attempt{{paid: true}, {used, usd, true}}, pipeline.Usage{InputTokens: 10, OutputTokens: 2, CachedTokens: 4}, 5},
		{"paid, silent, free", []attempt{{used, usd, true}, {paid: true}, {}}, pipeline.Usage{InputTokens: 10, OutputTokens: 2, CachedTokens: 4}, 5},
		{"a price is unknown", []attempt{{used, usd, true}, {used, nil, true}, {used, usd, true}}, used.Add(used).Add(used), -1},
		{"two currencies", []attempt{{used, usd, true}, {used, eur, true}}, used.Add(used), -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b llm.Bill
			for _, a := range tt.attempts {
				b.Add(a.usage, a.cost, a.paid)
			}
			micros := int64(-1)
			if b.Cost != nil {
				micros = b.Cost.Micros
			}
			if b.Attempts != len(tt.attempts) || b.Usage != tt.usage || micros != tt.micros {
				t.Errorf("%+v, %d millionths", b, micros)
			}
		})
	}
	if usd.Micros != 5 {
		t.Error("the attempt's own cost changed")
	}
}

// Bills are joined as if their attempts had stood on one.
func TestJoinBills(t *testing.T) {
	used := pipeline.Usage{InputTokens: 10, OutputTokens: 2, CachedTokens: 4, Known: true}
	usd, eur := &pipeline.Money{Micros: 5, Currency: "USD"}, &pipeline.Money{Micros: 5, Currency: "EUR"}
	add := []func(b *llm.Bill){
		func(*llm.Bill) {},
		func(b *llm.Bill) { b.Add(pipeline.Usage{}, nil, false) },
		func(b *llm.Bill) { b.Add(pipeline.Usage{}, nil, true) },
		func(b *llm.Bill) { b.Add(used, usd, true) },
		func(b *llm.Bill) { b.Add(used, eur, true) },
		func(b *llm.Bill) { b.Add(used, nil, true) },
	}
	for i, first := range add {
		for j, second := range add {
			for k, third := range add {
				var want, a, b llm.Bill
				first(&want)
				second(&want)
				third(&want)
				first(&a)
				second(&b)
				third(&b)
				a.Join(b)
				if a.Attempts != want.Attempts || a.Usage != want.Usage || (a.Cost == nil) != (want.Cost == nil) || a.Cost != nil && *a.Cost != *want.Cost {
					t.Errorf("%d and %d with %d: %+v, want %+v", i, j, k, a, want)
				}
			}
		}
	}
}

func TestPaidError(t *testing.T) {
	cause := &pipeline.Error{Code: pipeline.Auth, Err: errors.New("no")}
	var err error = &llm.PaidError{Bill: llm.Bill{Attempts: 1}, Err: cause}
	if pipeline.CodeOf(err) != pipeline.Auth || err.Error() != "no" || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}
