package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// Amount is so many millionths of a dollar, and no tokens.
func Amount(micros int64) wire.Amount { return amount(micros, 0) }

// Account is an account with a cap in millionths of a dollar.
func Account(name string, limit int64) []wire.Account { return account(name, limit, 0) }

func amount(micros, tokens int64) wire.Amount {
	a := wire.Amount{Tokens: tokens}
	if micros > 0 {
		a.Money = pipeline.Money{Micros: micros, Currency: "USD"}
	}
	return a
}

func account(name string, micros, tokens int64) []wire.Account {
	return []wire.Account{{Name: name, Cap: amount(micros, tokens)}}
}

// reserve reserves and says how it went: "" and a hold, or the kind of error.
func reserve(t *testing.T, s *store.Store, accounts []wire.Account, most wire.Amount) (hold, outcome string) {
	t.Helper()
	hold, err := s.Purse.Reserve(context.Background(), accounts, most)
	switch {
	case err == nil && hold != "":
		return hold, ""
	case errors.Is(err, wire.ErrBusy) && pipeline.CodeOf(err) == "" && hold == "":
		return "", "busy"
	case pipeline.CodeOf(err) != "" && hold == "":
		return "", string(pipeline.CodeOf(err))
	}
	t.Fatalf("reserved %q, %v", hold, err)
	return "", ""
}

func settle(t *testing.T, s *store.Store, hold string, used wire.Amount) {
	t.Helper()
	if err := s.Purse.Settle(context.Background(), hold, used); err != nil {
		t.Fatal(err)
	}
}

func spent(t *testing.T, s *store.Store, name string, want wire.Amount) {
	t.Helper()
	if got, err := s.Purse.Spent(context.Background(), name); err != nil || got != want {
		t.Errorf("%s has spent %+v, %v, want %+v", name, got, err, want)
	}
}

func purse(t *testing.T, s *store.Store) {
	run := account("run:1", 100, 1000)
	spent(t, s, "run:1", wire.Amount{})
	h1, _ := reserve(t, s, run, amount(60, 10))
	spent(t, s, "run:1", amount(60, 10))
	for _, c := range []struct {
		most wire.Amount
		want string
	}{
		{amount(41, 0), "busy"},     // would fit but for h1
		{amount(101, 0), "budget"},  // fits never
		{amount(1, 991), "busy"},    // by tokens
		{amount(1, 1001), "budget"}, // by tokens
		{amount(1e15, 1e15), "budget"},
		{amount(1<<62, 0), "invalid"}, // nothing overflows
		{amount(0, 1<<62), "invalid"},
		{wire.Amount{Tokens: 1001}, "budget"},                      // no price is known
		{wire.Amount{Tokens: -1}, "invalid"},                       // nobody gives back by reserving
		{wire.Amount{Money: pipeline.Money{Micros: 1}}, "invalid"}, // money of no currency
	} {
		if _, got := reserve(t, s, run, c.most); got != c.want {
			t.Errorf("%+v beside 60 of 100: %q, want %q", c.most, got, c.want)
		}
	}
	h2, got := reserve(t, s, run, amount(40, 990)) // the rest to the last
	if got != "" {
		t.Fatalf("the rest: %q", got)
	}
	settle(t, s, h1, amount(0, 0)) // given back
	spent(t, s, "run:1", amount(40, 990))
	settle(t, s, h2, amount(45, 700)) // more than was thought
	spent(t, s, "run:1", amount(45, 700))
	if _, got := reserve(t, s, run, amount(56, 0)); got != "budget" {
		t.Errorf("56 of the 55 that are left: %q", got)
	}
	for _, hold := range []string{h1, h2, "h-unknown", ""} {
		if err := s.Purse.Settle(context.Background(), hold, amount(1, 1)); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("settling %q: %v", hold, err)
		}
	}
	spent(t, s, "run:1", amount(45, 700))
	if _, got := reserve(t, s, account("run:1", 0, 0), amount(1<<40, 1<<40)); got != "" {
		t.Errorf("without a cap: %q", got)
	}
	if _, got := reserve(t, s, nil, amount(1, 1)); got != "invalid" {
		t.Errorf("from no account: %q", got)
	}
}

// An amount is set aside in every account or in none; a cap that is reached
// for good counts more than one that is only held.
func twoAccounts(t *testing.T, s *store.Store) {
	run, day := account("run:1", 100, 0), account("day:2026-11-28", 150, 0)
	h, _ := reserve(t, s, slices.Concat(run, day), amount(90, 5))
	spent(t, s, "run:1", amount(90, 5))
	spent(t, s, "day:2026-11-28", amount(90, 5))
	other := account("run:2", 100, 0)
	if _, got := reserve(t, s, slices.Concat(other, day), amount(70, 0)); got != "busy" {
		t.Errorf("the day is held: %q", got)
	}
	spent(t, s, "run:2", wire.Amount{})
	settle(t, s, h, amount(90, 4))
	spent(t, s, "run:1", amount(90, 4))
	if _, got := reserve(t, s, slices.Concat(day, other), amount(70, 0)); got != "budget" {
		t.Errorf("the day is spent: %q", got)
	}
	held, _ := reserve(t, s, other, amount(90, 0))
	if _, got := reserve(t, s, slices.Concat(other, day), amount(70, 0)); got != "budget" {
		t.Errorf("held and spent: %q", got)
	}
	settle(t, s, held, amount(1, 0))
	later := account("day:2026-11-29", 150, 0)
	held, _ = reserve(t, s, later, amount(140, 0))
	if _, got := reserve(t, s, slices.Concat(later, run), amount(20, 0)); got != "budget" { // whichever is looked at first
		t.Errorf("the run is spent, the day held: %q", got)
	}
	settle(t, s, held, amount(1, 0))
	if _, got := reserve(t, s, slices.Concat(run, run), amount(1, 0)); got != "invalid" {
		t.Errorf("one account twice: %q", got)
	}
}

func purseCurrencies(t *testing.T, s *store.Store) {
	euro := wire.Amount{Money: pipeline.Money{Micros: 5, Currency: "EUR"}}
	h, _ := reserve(t, s, account("a", 100, 0), amount(5, 0))
	if _, got := reserve(t, s, []wire.Account{{Name: "a"}}, euro); got != "invalid" {
		t.Errorf("euros from an account in dollars: %q", got)
	}
	if _, got := reserve(t, s, []wire.Account{{Name: "b", Cap: euro}}, amount(5, 0)); got != "invalid" {
		t.Errorf("dollars under a cap in euros: %q", got)
	}
	if err := s.Purse.Settle(context.Background(), h, euro); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("settled in euros: %v", err)
	}
	spent(t, s, "a", amount(5, 0))
	settle(t, s, h, amount(2, 0))
	if _, got := reserve(t, s, account("a", 100, 0), wire.Amount{Tokens: 7}); got != "" {
		t.Errorf("tokens without a price: %q", got)
	}
	spent(t, s, "a", amount(2, 7))
}

// Fifty goroutines on two handles never pass a cap, and spend it to the end.
func purseOfMany(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	ctx := context.Background()
	first, second := both(t)
	handles := []*store.Store{first, second}
	const limit, each = 1000, 30
	accounts := slices.Concat(account("run", limit, 0), account("day", 0, limit*2))
	var mu sync.Mutex
	var used int64
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			s := handles[w%2]
			for range 1000 {
				h, err := s.Purse.Reserve(ctx, accounts, amount(each, 1))
				switch {
				case errors.Is(err, wire.ErrBusy):
					time.Sleep(time.Millisecond)
					continue
				case pipeline.CodeOf(err) == pipeline.Budget:
					return
				case err != nil:
					t.Error(err)
					return
				}
				if now, err := s.Purse.Spent(ctx, "run"); err != nil || now.Money.Micros > limit {
					t.Errorf("over the cap: %+v, %v", now, err)
				}
				cost := int64(each - w%3)
				mu.Lock()
				used += cost
				mu.Unlock()
				if err := s.Purse.Settle(ctx, h, amount(cost, 1)); err != nil {
					t.Error(err)
				}
			}
			t.Error("it never came to an end")
		})
	}
	wg.Wait()
	got, err := first.Purse.Spent(ctx, "run")
	if err != nil || got.Money.Micros != used || used > limit || used <= limit-each {
		t.Errorf("spent %+v, %v; used %d of %d", got, err, used, limit)
	}
}

func rates(t *testing.T, s *store.Store) {
	ctx := context.Background()
	take := func(bucket string, n, perMinute int64) time.Duration {
		t.Helper()
		wait, err := s.Rates.Take(ctx, bucket, n, perMinute)
		if err != nil || wait < 0 {
			t.Fatalf("waiting %v, %v", wait, err)
		}
		return wait
	}
	if w := take("a", 30, 60); w != 0 {
		t.Errorf("the first waits %v", w)
	}
	if w := take("a", 1, 60); w > 30*time.Second || w < 20*time.Second {
		t.Errorf("behind 30 units of one a second it waits %v", w)
	}
	if w := take("b", 1, 60); w != 0 {
		t.Errorf("another bucket waits %v", w)
	}
	if w := take("a", 0, 60); w != 0 {
		t.Errorf("with nothing claimed and no pause it waits %v", w)
	}
	if w := take("a", 5, 0); w != 0 {
		t.Errorf("without a rate it waits %v", w)
	}
	if err := s.Rates.Return(ctx, "a", 25, 60); err != nil {
		t.Fatal(err)
	}
	if w := take("a", 0, 60); w != 0 {
		t.Errorf("a return pauses for %v", w)
	}
	if w := take("a", 1, 60); w > 6*time.Second {
		t.Errorf("after 25 of 31 came back it waits %v", w)
	}
	for _, d := range []time.Duration{time.Hour, time.Minute} { // the longer one holds
		if err := s.Rates.Pause(ctx, "a", d); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int64{0, 1} {
		if w := take("a", n, 60); w > time.Hour || w < 50*time.Minute {
			t.Errorf("a pause of an hour, %d units: %v", n, w)
		}
	}
	if w := take("a", 1, 60); w < 50*time.Minute+time.Second {
		t.Errorf("the next claim does not stand in line behind the pause: %v", w)
	}
	if err := s.Rates.Return(ctx, "new", 1000, 60); err != nil {
		t.Fatal(err)
	}
	if a, b := take("new", 60, 60), take("new", 1, 60); a != 0 || b < 50*time.Second {
		t.Errorf("what was never claimed came back: %v, %v", a, b)
	}
	if _, err := s.Rates.Take(ctx, "a", -1, 60); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("a negative claim: %v", err)
	}
	if w := take("huge", 1<<62, 1); w != 0 {
		t.Errorf("a claim that never ends waits %v", w)
	}
	if w := take("huge", 1<<62, 1); w < time.Hour {
		t.Errorf("behind it one waits %v", w)
	}
}

// The claims of two handles stand in one line: the k-th begins no sooner than
// k spaces after the first, whenever it was made.
func ratesOfMany(t *testing.T, both func(*testing.T) (*store.Store, *store.Store)) {
	first, second := both(t)
	handles := []*store.Store{first, second}
	const workers, each, perMinute = 10, 4, 600
	const space = time.Minute / perMinute
	var mu sync.Mutex
	var latest []time.Time // a claim begins at this time or sooner
	start := time.Now()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range each {
				wait, err := handles[w%2].Rates.Take(context.Background(), "b", 1, perMinute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				latest = append(latest, time.Now().Add(wait))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(latest, time.Time.Compare)
	for k, at := range latest {
		if at.Before(start.Add(time.Duration(k) * space)) {
			t.Errorf("claim %d begins %v after the start, at ten a second", k, at.Sub(start))
		}
	}
}
