//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// pseudoPrices are prices for the pseudo model: micros of a euro for a token of
// the question, and of the answer.
const (
	inputMicros, outputMicros = 1, 2
	pseudoPrices              = "date: 2026-01-01\nsource: the desk\ncurrency: EUR\nmodels:\n  pseudo: {input: 1, output: 2}\n"
)

// spentBy is what the answered calls cost, by the model's own count of tokens.
func spentBy(j llmtest.Tally) (micros, tokens int64) {
	return j.InputTokens*inputMicros + j.OutputTokens*outputMicros, j.InputTokens + j.OutputTokens
}

// euros is an amount as a flag takes it.
func euros(micros int64) string {
	return fmt.Sprintf("%d.%06d EUR", micros/1_000_000, micros%1_000_000)
}

// TestSoakCaps runs batches with random caps in money or tokens, at random
// widths: the spend, by the model's count, is never above the cap; the exit
// code says that it was met; with a higher cap the same command ends well, and
// nothing is paid twice.
func TestSoakCaps(t *testing.T) {
	t.Parallel()
	runs := 10
	if *soak {
		runs = 100
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	d := newDesk(t, "", llmtest.Options{Quiet: true, Latency: 2 * time.Millisecond})
	d.write("prices.yaml", pseudoPrices)
	met := 0
	for i := range runs {
		d.state = filepath.Join(d.dir, fmt.Sprintf("state-%d", i))
		d.model.Reset()
		n, width := 1+dice.IntN(6), 1+dice.IntN(16)
		out := fmt.Sprintf("out-%d", i)
		args := []string{"batch", articles(t, d.dir, n), "-o", out, "-q", "--prices", "prices.yaml", "--concurrency", fmt.Sprint(width)}
		inMoney := dice.IntN(2) == 0
		// An article is some 5,000 tokens; a cap of a call or two is among them.
		limit := 500 + dice.Int64N(int64(n)*5000)
		capped, raised := []string{"--max-tokens", fmt.Sprint(limit)}, []string{"--max-tokens", "100000000"}
		if inMoney {
			capped, raised = []string{"--max-cost", euros(limit)}, []string{"--max-cost", "100 EUR"}
		}
		var workers []*exec.Cmd
		if dice.IntN(3) == 0 { // another process pays from the same purse
			workers = append(workers, d.start("worker", "-q", "--prices", "prices.yaml", "--concurrency", fmt.Sprint(width)))
		}
		code := d.run(append(args, capped...)...)
		d.dismiss(workers)
		micros, tokens := spentBy(d.model.Tally())
		got := tokens
		if inMoney {
			got = micros
		}
		if got > limit {
			t.Errorf("run %d: %d articles, %d at once, %d workers besides, %v: %d were spent", i, n, width, len(workers), capped, got)
		}
		switch code {
		case 4:
			met++
		case 0: // the cap was enough
		default:
			t.Fatalf("run %d, %v: exit code %d\n%s", i, capped, code, d.log())
		}
		if code = d.run(append(args, raised...)...); code != 0 {
			t.Fatalf("run %d, with the cap raised: exit code %d\n%s", i, code, d.log())
		}
		if again := d.model.Tally().AnsweredAgain; again > 0 {
			t.Errorf("run %d: %d calls were paid twice", i, again)
		}
		d.results(filepath.Join(d.dir, out), n)
	}
	if met < runs/3 {
		t.Errorf("the cap was met in %d of %d runs: little was tested", met, runs)
	}
	t.Logf("the cap was met in %d of %d runs", met, runs)
}

// TestDayCapHoldsOverProcesses has two batches and then a run pay from one day's
// money: together they never spend more than the cap.
func TestDayCapHoldsOverProcesses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Quiet: true, Latency: 10 * time.Millisecond})
	d.env = []string{"DRAGOMAN_PRICES=" + d.write("prices.yaml", pseudoPrices)}
	for _, half := range []string{"a", "b"} {
		for i := range 6 {
			d.write(fmt.Sprintf("%s/%s%d.txt", half, half, i), articleText(i+100*int(half[0])))
		}
	}
	day := time.Now().UTC().Format(time.DateOnly)
	const limit = 30_000
	args := func(in string, micros int64) []string {
		return []string{"batch", in, "-o", "out-" + in, "-q", "--concurrency", "8", "--max-cost-per-day", euros(micros)}
	}
	var both []*exec.Cmd
	for _, in := range []string{"a", "b"} {
		both = append(both, d.start(args(in, limit)...))
	}
	for _, cmd := range both {
		if code := exitOf(t, cmd); code != 4 {
			t.Errorf("exit code %d, want 4\n%s", code, d.log())
		}
	}
	// What is left of the day is not enough for an article.
	d.write("single.txt", articleText(7000))
	d.ends(4, "run", "single.txt", "-o", "out-run", "-q", "--max-cost-per-day", euros(limit))
	if time.Now().UTC().Format(time.DateOnly) != day {
		t.Skip("the day has ended meanwhile: the cap began again")
	}
	micros, _ := spentBy(d.model.Tally())
	if micros > limit || micros < limit/2 {
		t.Errorf("%d of %d were spent by three processes", micros, limit)
	}
	for _, in := range []string{"a", "b"} {
		d.ends(0, args(in, 100*limit)...)
		d.results(filepath.Join(d.dir, "out-"+in), 6)
	}
	if again := d.model.Tally().AnsweredAgain; again > 0 {
		t.Errorf("%d calls were paid twice", again)
	}
}

// TestSoakRates lets two batches on one state make ten calls a
// second. A claim is made before the call is sent, so each process may have
// one call on its way that the model counts into the next second: two are
// tolerated, one a process. How many came within one second is held to that in
// the long form alone, on a machine that is not busy: who wakes up late sends
// late, and close to the next. That all calls together took the time that the
// rate asks for holds on any machine.
func TestSoakRates(t *testing.T) {
	n := 3
	if *soak {
		n = 40
	}
	const rate, tolerated = 10, 2
	d := newDesk(t, "", llmtest.Options{Quiet: true, Latency: 50 * time.Millisecond})
	var both []*exec.Cmd
	began := time.Now()
	for _, half := range []string{"a", "b"} {
		for i := range n {
			d.write(fmt.Sprintf("%s/%s%d.txt", half, half, i), articleText(i+100*int(half[0])))
		}
		both = append(both, d.start("batch", half, "-o", "out-"+half, "-q", "--concurrency", "8", "--rpm", fmt.Sprint(60*rate)))
	}
	for _, cmd := range both {
		if code := exitOf(t, cmd); code != 0 {
			t.Errorf("exit code %d\n%s", code, d.log())
		}
	}
	got := d.model.Tally()
	if least := time.Duration(got.Calls-tolerated) * time.Second / rate; time.Since(began) < least || got.Calls != 16*n {
		t.Errorf("%d calls in %s, want %d in %s at least", got.Calls, time.Since(began), 16*n, least)
	}
	if *soak && got.MostInSecond > rate+tolerated {
		t.Errorf("%d calls, %d of them within one second", got.Calls, got.MostInSecond)
	}
	t.Logf("%d calls, at most %d within one second", got.Calls, got.MostInSecond)
}
