package batchapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
)

func TestManyQuestionsBecomeOneBatch(t *testing.T) {
	for name, how := range map[string]llmtest.Batches{
		"in order":                {},
		"shuffled":                {Shuffle: true, Latency: 3 * hour},
		"a line of somebody else": {Stranger: true},
		"doubled lines":           {Line: func(string, int) llmtest.Fate { return llmtest.Doubled }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(how)
				p := w.begin(t, "")
				began := time.Now()
				got := p.askAll(20)
				whole(t, got)
				p.end(t)
				w.once(t, 20)
				w.nothingLeft(t)
				if took := time.Since(began); took < how.Latency {
					t.Errorf("took %s", took)
				}
				if n := p.count("POST /v1/batches"); n != 1 {
					t.Errorf("%d batches", n)
				}
				if n := p.count("POST /v1/chat/completions"); n != 0 {
					t.Errorf("%d live calls", n)
				}
				for _, r := range got {
					if r.resp.Model != llmtest.ModelName || !r.resp.Usage.Known || r.resp.Attempts != 1 || r.resp.Transport != llm.TransportBatch {
						t.Errorf("response %+v", r.resp)
					}
				}
				strange := strings.Contains(strings.Join(p.notes, "\n"), "1 lines of the output were not asked for")
				if strange != how.Stranger {
					t.Errorf("notes: %q", p.notes)
				}
			})
		})
	}
}

func TestLinesAreGatheredWithinLimits(t *testing.T) {
	tests := map[string]struct {
		n       int
		change  func(*batchapi.Config)
		between time.Duration
		batches int
	}{
		"by number":      {25, func(c *batchapi.Config) { c.Lines = 10 }, 0, 3},
		"by size":        {10, func(c *batchapi.Config) { c.Bytes = 1200 }, 0, 3},
		"by age":         {30, nil, 4 * time.Second, 2},
		"by quiet":       {3, nil, 6 * time.Second, 3},
		"within quiet":   {3, nil, 4 * time.Second, 1},
		"limit is exact": {10, func(c *batchapi.Config) { c.Lines = 10 }, 0, 1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{})
				if c.change == nil {
					c.change = func(*batchapi.Config) {}
				}
				p := w.begin(t, "", c.change)
				got := make([]result, c.n)
				done := make(chan bool)
				for i := range c.n {
					go func() {
						got[i].resp, got[i].err = p.client.Complete(p.ctx, question(i))
						done <- true
					}()
					time.Sleep(c.between)
				}
				for range c.n {
					<-done
				}
				whole(t, got)
				p.end(t)
				w.once(t, c.n)
				w.nothingLeft(t)
				if n := p.count("POST /v1/batches"); n != c.batches {
					t.Errorf("%d batches, want %d", n, c.batches)
				}
			})
		})
	}
}

// A file may hold requests to one model only.
func TestEachModelHasItsBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "")
		done := make(chan error)
		for i := range 6 {
			go func() {
				q := question(i)
				q.Model = []string{"gpt-a", "gpt-b"}[i%2]
				_, err := p.client.Complete(p.ctx, q)
				done <- err
			}()
		}
		for range 6 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		p.end(t)
		if n := p.count("POST /v1/batches"); n != 2 {
			t.Errorf("%d batches", n)
		}
		w.nothingLeft(t)
	})
}

func TestTheMarkOfABatchStaysWithItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Line: func(_ string, n int) llmtest.Fate {
			if n == 0 {
				return llmtest.Expired
			}
			return llmtest.Answered
		}})
		p := w.begin(t, "")
		whole(t, p.askAll(2))
		p.end(t)
		marks := map[string]int{}
		for x, err := range w.ledger.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			marks[x.Reply.Header[llm.TransportHeader]]++
			if id := x.Reply.Header["X-Request-Id"]; x.Reply.Header[llm.TransportHeader] == llm.TransportBatch && !strings.HasPrefix(id, "req_batch_") {
				t.Errorf("request id %q", id)
			}
		}
		if marks[llm.TransportBatch] != 1 || marks[""] != 1 {
			t.Errorf("marks %v, want one of a batch and one live", marks)
		}
	})
}

func TestWhatAProviderSees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "")
		whole(t, p.askAll(1))
		p.end(t)
		seen := w.server.Requests()
		if len(seen) != 1 || seen[0].Streamed || seen[0].Batch == "" {
			t.Fatalf("journal %+v", seen)
		}
		var body map[string]any
		if err := json.Unmarshal(seen[0].Body, &body); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"stream", "stream_options"} {
			if _, there := body[name]; there {
				t.Errorf("the line has %s", name)
			}
		}
		if body["temperature"] != 0.0 || !strings.Contains(string(seen[0].Body), "Rules <of> the desk & more.") {
			t.Errorf("body %s", seen[0].Body)
		}
	})
}

func TestTwoThousandLines(t *testing.T) {
	n := 500
	if *everything {
		n = 2000
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Latency: 20 * hour, Shuffle: true})
		p := w.begin(t, "", func(c *batchapi.Config) { c.Lines = n * 2 / 5 })
		whole(t, p.askAll(n))
		p.end(t)
		w.once(t, n)
		w.nothingLeft(t)
		if got := p.count("POST /v1/batches"); got != 3 {
			t.Errorf("%d batches", got)
		}
		if got := p.count("GET /v1/files/ID/content"); got != 3 {
			t.Errorf("%d downloads", got)
		}
	})
}

var errNoMore = errors.New("nobody wants it")

func TestAbandonedBatches(t *testing.T) {
	yes := func(c *batchapi.Config) {
		c.CancelAbandoned = func(cause error) bool { return errors.Is(cause, errNoMore) }
	}
	tests := map[string]struct {
		change func(*batchapi.Config)
		causes []error
		state  string
		paid   int // lines that count as paid though nobody will fetch their answers
	}{
		"left running by default": {func(*batchapi.Config) {}, []error{errNoMore, errNoMore}, "in_progress", 0},
		"cancelled when wanted":   {yes, []error{errNoMore, errNoMore}, "cancelled", 2},
		"one only drains":         {yes, []error{errNoMore, errKilled}, "in_progress", 1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{Latency: 5 * hour})
				p := w.begin(t, "", c.change)
				done := make(chan error)
				for i, cause := range c.causes {
					ctx, cancel := context.WithCancelCause(p.ctx)
					go func() {
						_, err := p.client.Complete(ctx, question(i))
						done <- err
					}()
					time.AfterFunc(hour+time.Duration(i)*time.Minute, func() { cancel(cause) })
				}
				for range c.causes {
					if err := <-done; !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}
				p.end(t)
				if got := p.wire.Spent(); got.Calls != len(c.causes) || got.Unknown != c.paid {
					t.Errorf("%d calls, of which %d may have been paid; want %d", got.Calls, got.Unknown, c.paid)
				}
				if states := w.server.BatchStates(); len(states) != 1 || states[0] != c.state {
					t.Errorf("batches are %q, want %s", states, c.state)
				}
				if left, _ := w.state.Load(t.Context()); len(left) != 1 || left[0].Phase != batchapi.Created {
					t.Errorf("state %+v", left)
				}
			})
		})
	}
}

// A caller who goes while lines are gathered takes his line along.
func TestALineThatNobodyWaitsForIsNotSubmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "")
		ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
		defer cancel()
		gone := make(chan error)
		go func() {
			_, err := p.client.Complete(ctx, question(7))
			gone <- err
		}()
		whole(t, p.askAll(3))
		if err := <-gone; !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		p.end(t)
		w.once(t, 3)
		w.nothingLeft(t)
	})
}

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]batchapi.Config{
		"a URL with a key":  {BaseURL: "https://u:p@api.invalid/v1"},
		"no scheme":         {BaseURL: "api.invalid/v1"},
		"an unknown policy": {Missing: "perhaps"},
	} {
		if _, err := batchapi.New(cfg); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
