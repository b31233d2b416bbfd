package batch

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
)

// ticker is a clock that goes when it is told.
type ticker struct{ at time.Time }

func (c *ticker) now() time.Time       { return c.at }
func (c *ticker) pass(d time.Duration) { c.at = c.at.Add(d) }
func newTicker() *ticker               { return &ticker{time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)} }
func columns(n int) func() int         { return func() int { return n } }
func usd(micros int64) *pipeline.Money { return &pipeline.Money{Micros: micros, Currency: "USD"} }

func TestProgressLines(t *testing.T) {
	var out strings.Builder
	c := newTicker()
	p := NewProgress(&out, Lines, nil, c.now)
	p.Update(Counts{Total: 10_000, Skipped: 4000, Running: 8})
	for i := range 600 { // ten minutes, one article a second
		c.pass(time.Second)
		p.Update(Counts{Total: 10_000, Skipped: 4000, Done: i + 1, Flagged: 2, Running: 8, Calls: 10 * i, Stored: 3, Tokens: 1_000_000, Money: usd(410_000), Cap: usd(5_000_000), MaxTok: 2_000_000})
	}
	p.Say("a note\x1b[31m")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1+20+1+1 {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	if want := "4,000 of 10,000 · 4,000 unchanged · 8 running · 0 calls · 0 tokens · nothing spent · 0s · time left unknown"; lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	if want := "4,602 of 10,000 · 4,000 unchanged · 2 flagged · 8 running · 5,990 calls (3 answered from store) · 1,000,000 of 2,000,000 tokens · 0.4100 of 5.0000 USD · 10m0s · 1h30m left"; lines[22] != want {
		t.Errorf("got  %s\nwant %s", lines[22], want)
	}
	if lines[21] != "a note[31m" && strings.Contains(lines[21], "\x1b") {
		t.Errorf("got %q", lines[21])
	}
}

// The time left follows the recent rate, and is not known at first.
func TestETA(t *testing.T) {
	c := newTicker()
	p := NewProgress(&strings.Builder{}, Silent, nil, c.now)
	if left, ok := p.ETA(); !ok || left != 0 {
		t.Errorf("nothing to do: %v, %v", left, ok)
	}
	p.Update(Counts{Total: 1000})
	c.pass(time.Hour)
	p.Update(Counts{Total: 1000, Done: fewest - 1})
	if _, ok := p.ETA(); ok {
		t.Error("known after two articles")
	}
	done := fewest
	for range 20 * 60 { // then one a second
		c.pass(time.Second)
		done++
		p.Update(Counts{Total: 10_000, Done: done})
	}
	left, ok := p.ETA()
	want := time.Duration(10_000-done) * time.Second
	if !ok || left < want*9/10 || left > want*11/10 {
		t.Errorf("got %v, want about %v", left, want)
	}
	c.pass(time.Minute)
	p.Update(Counts{Total: 10_000, Done: 9000, Failed: 500, Stopped: 500})
	if left, ok := p.ETA(); !ok || left != 0 {
		t.Errorf("at the end: %v, %v", left, ok)
	}
}

// A stall shows: the time left grows while nothing ends.
func TestETAOfAStall(t *testing.T) {
	c := newTicker()
	p := NewProgress(&strings.Builder{}, Silent, nil, c.now)
	for i := range 60 {
		c.pass(time.Second)
		p.Update(Counts{Total: 1000, Done: i})
	}
	before, _ := p.ETA()
	c.pass(10 * time.Minute)
	if after, ok := p.ETA(); ok && after <= before {
		t.Errorf("before %v, after %v", before, after)
	}
}

func TestProgressStatus(t *testing.T) {
	var out strings.Builder
	c := newTicker()
	p := NewProgress(&out, Status, columns(40), c.now)
	p.Update(Counts{Total: 5, Running: 2})
	p.Update(Counts{Total: 5, Running: 3}) // too soon to be drawn
	c.pass(time.Second)
	p.Update(Counts{Total: 5, Done: 5, Calls: 3})
	p.Say("note")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(out.String(), "\r")
	if len(got) != 5 || !strings.HasPrefix(got[1], "0 of 5 · 2 running") || !strings.HasPrefix(got[2], "5 of 5 · 3 calls") || strings.TrimSpace(got[3]) != "" || got[4] != "note\n" {
		t.Errorf("got %q", got)
	}
	for _, part := range got[1:3] {
		if n := len([]rune(part)); n > 39 {
			t.Errorf("%d columns: %q", n, part)
		}
	}
}

func TestProgressJSON(t *testing.T) {
	var out strings.Builder
	c := newTicker()
	p := NewProgress(&out, JSON, nil, c.now)
	p.Update(Counts{Total: 5})
	p.Say("note")
	p.Event(map[string]string{"type": "article", "id": "<a>"})
	c.pass(10 * time.Second)
	p.Update(Counts{Total: 9, Skipped: 1, Done: 4, Calls: 7, Money: usd(1), Cap: usd(5)})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 {
		t.Fatalf("got %q", lines)
	}
	if lines[0] != `{"type":"progress","total":5,"skipped":0,"done":0,"flagged":0,"failed":0,"stopped":0,"running":0,"calls":0,"stored":0,"tokens":0,"cost":null,"maxCost":null,"maxTokens":0,"elapsedMs":0,"etaMs":null}` {
		t.Errorf("got %s", lines[0])
	}
	if lines[1] != `{"type":"note","message":"note"}` || lines[2] != `{"id":"<a>","type":"article"}` {
		t.Errorf("got %q", lines[1:3])
	}
	var e ProgressEvent
	if err := json.Unmarshal([]byte(lines[3]), &e); err != nil || e.ETAMS == nil || *e.ETAMS != 10_000 || e.Cost.Micros != 1 {
		t.Errorf("got %s, %v", lines[3], err)
	}
}

// While calls are slow nothing changes but the time, and that is told.
func TestProgressWhileNothingChanges(t *testing.T) {
	for look, want := range map[Look]string{
		Status: "0s 1s 2s 3s 4s ", Lines: "0s 30s 1m0s ", JSON: "1 ", Silent: "",
	} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			p := NewProgress(&out, look, func() int { return 200 }, time.Now)
			p.Run()
			p.Run() // again does nothing
			p.Update(Counts{Total: 5, Running: 2})
			wait := 4500 * time.Millisecond
			if look == Lines {
				wait = 61 * time.Second
			}
			time.Sleep(wait)
			synctest.Wait()
			p.mu.Lock()
			got := ""
			for _, line := range strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\r' || r == '\n' }) {
				if _, rest, ok := strings.Cut(line, "nothing spent · "); ok {
					took, _, _ := strings.Cut(rest, " ")
					got += took + " "
				} else {
					got += "1 "
				}
			}
			p.mu.Unlock()
			if got != want {
				t.Errorf("%s: got %q, want %q", look, got, want)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			n := out.Len()
			time.Sleep(time.Minute)
			if out.Len() != n {
				t.Errorf("%s: it tells after its end", look)
			}
		})
	}
}

func TestMoneyWords(t *testing.T) {
	for want, c := range map[string]Counts{
		"nothing spent":            {},
		"cost unknown":             {Calls: 1},
		"0.5000 USD":               {Money: usd(500_000)},
		"0.5000 of 2.0000 USD":     {Money: usd(500_000), Cap: usd(2_000_000)},
		"0.5000 USD of 2.0000 EUR": {Money: usd(500_000), Cap: &pipeline.Money{Micros: 2_000_000, Currency: "EUR"}},
	} {
		if got := c.money(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, d := range map[string]time.Duration{"5s": 5 * time.Second, "3m": 3 * time.Minute, "2h05m": 125 * time.Minute} {
		if got := rough(d); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// Who reads no more is told at the end: the run goes on.
func TestProgressOnABrokenPipe(t *testing.T) {
	p := NewProgress(failing{}, JSON, nil, newTicker().now)
	p.Update(Counts{Total: 1})
	p.Say("x")
	if err := p.Close(); err == nil {
		t.Error("no error")
	}
	quiet := NewProgress(failing{}, Silent, nil, newTicker().now)
	quiet.Update(Counts{Total: 1})
	quiet.Say("x")
	quiet.Event(1)
	if err := quiet.Close(); err != nil {
		t.Errorf("got %v", err)
	}
}
