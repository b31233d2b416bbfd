package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// purse keeps accounts in memory, as several processes would share them.
type purse struct {
	mu      sync.Mutex
	spent   map[string]wire.Amount
	held    map[string]wire.Amount // by account
	holds   map[string]reservation
	made    int
	asked   []time.Duration // when it was asked, since the first time
	first   time.Time
	down    bool // asked to reserve
	jammed  bool // asked to settle
	stopped int  // settled under a context that had ended
	settled []wire.Amount
}

type reservation struct {
	accounts []wire.Account
	most     wire.Amount
}

func newPurse() *purse {
	return &purse{spent: map[string]wire.Amount{}, held: map[string]wire.Amount{}, holds: map[string]reservation{}}
}

func plus(a, b wire.Amount, sign int64) wire.Amount {
	currency := a.Money.Currency
	if currency == "" {
		currency = b.Money.Currency
	}
	return wire.Amount{Money: pipeline.Money{Micros: a.Money.Micros + sign*b.Money.Micros, Currency: currency}, Tokens: a.Tokens + sign*b.Tokens}
}

func over(used, most, limit wire.Amount) bool {
	return limit.Tokens > 0 && used.Tokens+most.Tokens > limit.Tokens ||
		limit.Money.Micros > 0 && used.Money.Micros+most.Money.Micros > limit.Money.Micros
}

func (p *purse) Reserve(_ context.Context, accounts []wire.Account, most wire.Amount) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first.IsZero() {
		p.first = time.Now()
	}
	p.asked = append(p.asked, time.Since(p.first))
	if p.down {
		return "", errors.New("the database has gone away")
	}
	for _, a := range accounts {
		if over(p.spent[a.Name], most, a.Cap) {
			return "", &pipeline.Error{Code: pipeline.Budget, Err: fmt.Errorf("%s is used up", a.Name)}
		}
	}
	for _, a := range accounts {
		if over(plus(p.spent[a.Name], p.held[a.Name], 1), most, a.Cap) {
			return "", fmt.Errorf("reserving in %s: %w", a.Name, wire.ErrBusy)
		}
	}
	p.made++
	name := fmt.Sprint("h", p.made)
	p.holds[name] = reservation{accounts, most}
	for _, a := range accounts {
		p.held[a.Name] = plus(p.held[a.Name], most, 1)
	}
	return name, nil
}

func (p *purse) Settle(ctx context.Context, hold string, used wire.Amount) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		p.stopped++
	}
	if p.jammed {
		return errors.New("the database has gone away")
	}
	r, ok := p.holds[hold]
	if !ok {
		return errors.New("settled twice")
	}
	delete(p.holds, hold)
	p.settled = append(p.settled, used)
	for _, a := range r.accounts {
		p.held[a.Name] = plus(p.held[a.Name], r.most, -1)
		p.spent[a.Name] = plus(p.spent[a.Name], used, 1)
	}
	return nil
}

func (p *purse) Spent(_ context.Context, account string) (wire.Amount, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return plus(p.spent[account], p.held[account], 1), nil
}

// account is the one account of most tests.
func account(limit wire.Amount) func(time.Time) []wire.Account {
	return func(time.Time) []wire.Account { return []wire.Account{{Name: "run:r", Cap: limit}} }
}

func micros(n int64) pipeline.Money { return pipeline.Money{Micros: n, Currency: "USD"} }

// most is what the test's question can use.
func most() int64 {
	b := wire.Bound(question())
	return int64(b.InputTokens + b.OutputTokens)
}

// What an attempt leaves in the purse: its usage where it is known, all that
// was set aside where it may have been paid, nothing where it was not.
func TestPurseIsSettled(t *testing.T) {
	bound := wire.Bound(question())
	whole := wire.Amount{Tokens: most(), Money: micros(int64(bound.InputTokens) + 2*int64(bound.OutputTokens))}
	nothing := wire.Amount{}
	tests := []struct {
		name   string
		serve  handler
		prices llm.Prices
		want   wire.Amount
	}{
		{"usage", priced(20, 5), testPrices, wire.Amount{Tokens: 25, Money: micros(30)}},
		{"usage, no price", priced(20, 5), nil, wire.Amount{Tokens: 25}},
		{"no usage", jsonReply(`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}]}`), testPrices, whole},
		{"no usage, no price", jsonReply(`{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}]}`), nil, wire.Amount{Tokens: most()}},
		{"cut", sse(piece("Hel")), testPrices, whole},
		{"empty, with usage", jsonReply(completion("", "stop")), testPrices, wire.Amount{Tokens: 12, Money: micros(15)}},
		{"500", refuse(500, "server_error", "no"), testPrices, whole},
		{"429", refuse(429, "rate_limit_exceeded", "slow"), testPrices, nothing},
		{"400", refuse(400, "invalid_request_error", "bad"), testPrices, nothing},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			_, transport := start(t, always(tt.serve))
			p := newPurse()
			c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: account(wire.Amount{}), Prices: tt.prices, Attempts: 1})
			_, _ = c.Complete(context.Background(), question())
			if len(p.settled) != 1 || p.settled[0] != tt.want || len(p.holds) != 0 {
				t.Errorf("settled %v, want %v; %d open", p.settled, tt.want, len(p.holds))
			}
		})
	}
}

// Which caps refuse a call before anything is sent.
func TestAccountCaps(t *testing.T) {
	bound := wire.Bound(question())
	exact := int64(bound.InputTokens) + 2*int64(bound.OutputTokens)
	euros := llm.Prices{"m": {Currency: "EUR", Input: 1, Output: 1}}
	tests := []struct {
		name     string
		limit    wire.Amount
		prices   llm.Prices
		noBound  bool
		code     pipeline.Code
		reserved int
	}{
		{"none", wire.Amount{}, nil, false, "", 1},
		{"none, answer of any length", wire.Amount{}, nil, true, "", 1},
		{"tokens", wire.Amount{Tokens: most()}, nil, false, "", 1},
		{"one token too few", wire.Amount{Tokens: most() - 1}, nil, false, pipeline.Budget, 0},
		{"tokens, answer of any length", wire.Amount{Tokens: 1e9}, nil, true, pipeline.Invalid, 0},
		{"money", wire.Amount{Money: micros(exact)}, testPrices, false, "", 1},
		{"a millionth too little", wire.Amount{Money: micros(exact - 1)}, testPrices, false, pipeline.Budget, 0},
		{"money, unknown price", wire.Amount{Money: micros(1e9)}, nil, false, pipeline.Invalid, 0},
		{"money, other currency", wire.Amount{Money: micros(1e9)}, euros, false, pipeline.Invalid, 0},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, good)
			p := newPurse()
			c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: account(tt.limit), Prices: tt.prices})
			req := question()
			if tt.noBound {
				req.MaxTokens = 0
			}
			_, err := c.Complete(context.Background(), req)
			if pipeline.CodeOf(err) != tt.code || p.made != tt.reserved || s.count() != tt.reserved {
				t.Errorf("%v: %d reserved, %d sent; want %q, %d", err, p.made, s.count(), tt.code, tt.reserved)
			}
			if e, ok := errors.AsType[*pipeline.Error](err); ok && e.Stage != "translate" {
				t.Errorf("the error names stage %q", e.Stage)
			}
		})
	}
}

// Two wires on one purse, as two processes: never above the cap, and calls
// that would fit once others have settled wait for them.
func TestPurseOfTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(time.Second)
			priced(100, 50)(w, r)
		})
		p := newPurse()
		limit := 3*most() + 450
		var mu sync.Mutex
		done, refused := 0, 0
		var wg sync.WaitGroup
		for k := range 2 {
			c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: account(wire.Amount{Tokens: limit}), Concurrency: 16})
			for i := range 16 {
				wg.Go(func() {
					req := question()
					req.Temperature = float64(16*k+i) / 100
					_, err := c.Complete(context.Background(), req)
					mu.Lock()
					defer mu.Unlock()
					switch pipeline.CodeOf(err) {
					case "":
						done++
					case pipeline.Budget:
						refused++
					default:
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		used := p.spent["run:r"].Tokens
		if used > limit || used != int64(150*done) || s.count() != done || done+refused != 32 {
			t.Errorf("%d tokens of %d for %d calls, %d sent, %d refused", used, limit, done, s.count(), refused)
		}
		if left := limit - used; left >= most() {
			t.Errorf("refused with %d tokens left", left)
		}
	})
}

// What a dead process has set aside is waited for, by one look at a time, and
// then counts as spent; once that is known, nobody waits again.
func TestHoldsOfTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		p := newPurse()
		accounts := account(wire.Amount{Tokens: most() + 10})
		if _, err := p.Reserve(context.Background(), accounts(time.Now()), wire.Amount{Tokens: 11}); err != nil {
			t.Fatal(err)
		}
		c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: accounts, Concurrency: 8, BusyWait: 10 * time.Second, BusyPoll: time.Second})
		begin := time.Now()
		ask := func(i int) {
			req := question()
			req.Temperature = float64(i) / 100
			if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != pipeline.Budget || !strings.Contains(err.Error(), "died") {
				t.Error(err)
			}
		}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { ask(i) })
		}
		wg.Wait()
		if d := time.Since(begin); d != 10*time.Second || s.count() != 0 {
			t.Errorf("gave up after %s and %d requests", d, s.count())
		}
		if n := len(p.asked); n > 1+8+10+8 {
			t.Errorf("the purse was asked %d times", n)
		}
		ask(9)
		if d := time.Since(begin); d != 10*time.Second {
			t.Errorf("waited again, %s in all", d)
		}
	})
}

// A reservation of another process that ends in time lets the call through.
func TestWaitForAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, good)
		p := newPurse()
		accounts := account(wire.Amount{Tokens: most() + 10})
		hold, err := p.Reserve(context.Background(), accounts(time.Now()), wire.Amount{Tokens: 11})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(3100*time.Millisecond, func() {
			if err := p.Settle(context.Background(), hold, wire.Amount{Tokens: 1}); err != nil {
				t.Error(err)
			}
		})
		c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: accounts})
		begin := time.Now()
		if _, err := c.Complete(context.Background(), question()); err != nil {
			t.Error(err)
		}
		if d := time.Since(begin); d != 3250*time.Millisecond {
			t.Errorf("waited %s, want the first look after 3.1 s", d)
		}
	})
}

// A caller who stops leaves no reservation open: one in flight may have been
// paid, one that waits for the purse was not.
func TestStoppedWithAPurse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r, piece("Hel")) })
		p := newPurse()
		c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: account(wire.Amount{Tokens: most() + 10})})
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(3*time.Second, func() { cancel(errSignal) })
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				req := question()
				req.Temperature = float64(i)
				if _, err := c.Complete(ctx, req); !errors.Is(err, errSignal) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(p.settled) != 1 || p.settled[0].Tokens != most() || p.stopped != 0 || len(p.holds) != 0 {
			t.Errorf("settled %v, %d under an ended context, %d open", p.settled, p.stopped, len(p.holds))
		}
	})
}

// A run over midnight pays into the account of the day it is.
func TestAccountsByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, good)
		p := newPurse()
		c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: func(now time.Time) []wire.Account {
			return []wire.Account{{Name: "run:r"}, {Name: "day:" + now.UTC().Format(time.DateOnly)}}
		}})
		for i := range 2 {
			req := question()
			req.Temperature = float64(i)
			if _, err := c.Complete(context.Background(), req); err != nil {
				t.Error(err)
			}
			time.Sleep(24 * time.Hour)
		}
		if p.spent["run:r"].Tokens != 24 || p.spent["day:2000-01-01"].Tokens != 12 || p.spent["day:2000-01-02"].Tokens != 12 {
			t.Errorf("spent %v", p.spent)
		}
	})
}

// A purse that does not answer: no call without its reservation, and no
// answer whose cost could not be written down; it is stored, and found later.
func TestPurseFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, good)
		p := newPurse()
		p.down = true
		ledger := llm.NewMemory()
		c, _ := client(t, wire.Config{Network: transport, Ledger: ledger, Purse: p, Accounts: account(wire.Amount{})})
		if _, err := c.Complete(context.Background(), question()); pipeline.CodeOf(err) != pipeline.Unavailable || s.count() != 0 {
			t.Errorf("%v after %d requests", err, s.count())
		}
		p.down, p.jammed = false, true
		if _, err := c.Complete(context.Background(), question()); pipeline.CodeOf(err) != pipeline.Unavailable || s.count() != 1 {
			t.Errorf("%v after %d requests", err, s.count())
		}
		if resp, err := c.Complete(context.Background(), question()); err != nil || !resp.Stored || s.count() != 1 {
			t.Errorf("%+v, %v after %d requests", resp, err, s.count())
		}
	})
}

// What is not ready is not sent, and costs nothing.
func TestReady(t *testing.T) {
	full := &pipeline.Error{Code: pipeline.Unavailable, Hint: "free some space", Err: errors.New("64 MB are left on the disk")}
	tests := []struct {
		name string
		err  error
		code pipeline.Code
	}{
		{"ready", nil, ""},
		{"disk full", full, pipeline.Unavailable},
		{"an error of no class", errors.New("the lease is lost"), pipeline.Unavailable},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, times(1, func(w http.ResponseWriter, r *http.Request) { refuse(500, "server_error", "no")(w, r) }))
			p := newPurse()
			asked := 0
			c, _ := client(t, wire.Config{Network: transport, Purse: p, Accounts: account(wire.Amount{}), Ready: func(context.Context) error {
				if asked++; asked == 1 {
					return nil
				}
				return tt.err
			}})
			_, err := c.Complete(context.Background(), question())
			if pipeline.CodeOf(err) != tt.code || asked != 2 || len(p.holds) != 0 {
				t.Errorf("%v, asked %d times, %d open", err, asked, len(p.holds))
			}
			if tt.err != nil && (s.count() != 1 || p.settled[1] != wire.Amount{}) {
				t.Errorf("%d requests, settled %v", s.count(), p.settled)
			}
		})
	}
}
