package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// prices of the pseudo model, so that costs can be told.
const halfPrice = `date: 2026-01-01
source: the desk
currency: EUR
batch: 0.5
models:
  pseudo: {input: 1, output: 2}
`

// spent are the figures of a report.json.
type spent struct {
	Spent  string
	Totals struct {
		States map[string]int
		Asked  struct {
			Calls int
			Usage struct{ InputTokens, OutputTokens int }
			Cost  []struct{ Micros int }
		}
		Stored struct{ Calls int }
	}
}

// A batch through the Batch API that is stopped, or killed, while it waits:
// the same command takes up what was submitted. No question is submitted twice,
// none is asked in any other way, and each is paid once, at the price of a batch.
func TestBatchesOutliveTheProcess(t *testing.T) {
	tests := map[string]struct {
		signal syscall.Signal // 0: it is let alone
		exit   int
	}{
		"let alone": {0, 0},
		"stopped":   {syscall.SIGTERM, 143},
		"killed":    {syscall.SIGKILL, -int(syscall.SIGKILL)},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			const n = 20
			d := newDesk(t, "", llmtest.Options{Batch: llmtest.Batches{Latency: 500 * time.Millisecond, Shuffle: true}})
			prices := filepath.Join(d.dir, "prices.yaml")
			if err := os.WriteFile(prices, []byte(halfPrice), 0o600); err != nil {
				t.Fatal(err)
			}
			in, out := articles(t, d.dir, n), filepath.Join(d.dir, "out")
			command := []string{"batch", in, "--out", out, "--transport", "batch", "--prices", prices}
			cmd := d.start(command...)
			if c.signal != 0 {
				for len(d.model.BatchStates()) == 0 && cmd.Process.Signal(syscall.Signal(0)) == nil {
					time.Sleep(time.Millisecond)
				}
				if code := d.run("run", articleFile(t, d.dir), "--transport", "batch"); code != 75 {
					t.Errorf("a second process ended with exit code %d, want 75\n%s", code, d.log())
				}
				if err := cmd.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
			}
			if code := exitOf(t, cmd); code != c.exit {
				t.Fatalf("exit code %d, want %d\n%s", code, c.exit, d.log())
			}
			if c.signal != 0 {
				if code := d.run(command...); code != 0 {
					t.Fatalf("then exit code %d\n%s", code, d.log())
				}
			}
			for _, r := range d.model.Requests() {
				if r.Batch == "" {
					t.Errorf("%s was asked live", r.Task)
				}
			}
			for digest, times := range d.model.Lines() {
				if times != 1 {
					t.Errorf("%s was submitted %d times", digest, times)
				}
			}
			held(t, out, n, d.model.Count(), c.signal == syscall.SIGKILL)
			if left, err := filepath.Glob(filepath.Join(d.state, "batches", "*", "*.json")); err != nil || len(left) != 0 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}

// held holds a report against what the model was asked. A run that was killed
// counts what it had set aside as spent.
func held(t *testing.T, out string, articles, calls int, killed bool) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(out, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got spent
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	asked := got.Totals.Asked
	if got.Totals.States["done"] != articles || asked.Calls+got.Totals.Stored.Calls != calls {
		t.Errorf("%d done with %d calls and %d stored, want %d with %d", got.Totals.States["done"], asked.Calls, got.Totals.Stored.Calls, articles, calls)
	}
	half := (asked.Usage.InputTokens + 2*asked.Usage.OutputTokens) / 2
	if len(asked.Cost) != 1 || asked.Cost[0].Micros < half || asked.Cost[0].Micros > half+calls { // each call is rounded up
		t.Errorf("cost %v, want %d millionths", asked.Cost, half)
	}
	tokens := asked.Usage.InputTokens + asked.Usage.OutputTokens
	if got.Totals.Stored.Calls == 0 && !killed && spentTokens(got.Spent) != tokens {
		t.Errorf("the account says %q, and %d tokens were used", got.Spent, tokens)
	}
}

// spentTokens are the tokens in "0.0472 EUR, 83,408 tokens".
func spentTokens(s string) (n int) {
	_, s, _ = strings.Cut(s, " EUR, ")
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n = 10*n + int(r-'0')
		}
	}
	return n
}

// articleFile is one article.
func articleFile(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "one.txt")
	if err := os.WriteFile(name, []byte(articleText(77)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWhereBatchesAreKept(t *testing.T) {
	for state, want := range map[string]string{
		"state":                    "state/batches",
		"folder:/desk/files":       "/desk/files/batches",
		"sqlite:/desk/news.db":     "/desk/news-batches",
		"postgres://desk@host/all": "",
	} {
		got, err := batchesPlace(state)
		if filepath.ToSlash(got) != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v", state, got, err)
		}
	}
}
