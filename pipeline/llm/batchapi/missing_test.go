package batchapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/wire"
)

// fated gives the second line of every batch a fate.
func fated(f llmtest.Fate) func(string, int) llmtest.Fate {
	return func(_ string, n int) llmtest.Fate {
		if n == 1 {
			return f
		}
		return llmtest.Answered
	}
}

func TestLinesWithoutAnAnswer(t *testing.T) {
	tests := map[string]struct {
		fate    llmtest.Fate
		policy  batchapi.Missing
		oneFile bool
		live    int    // calls made live
		batches int    // made
		says    string // the error of the one line; "" for an answer
	}{
		"expired, live":         {llmtest.Expired, batchapi.AskLive, false, 1, 1, ""},
		"expired, marked":       {llmtest.Expired, batchapi.Mark, false, 0, 1, "batch_expired: This request could not be executed"},
		"expired, in one file":  {llmtest.Expired, batchapi.Mark, true, 0, 1, "batch_expired"},
		"in no file, live":      {llmtest.Lost, batchapi.AskLive, false, 1, 1, ""},
		"in no file, marked":    {llmtest.Lost, batchapi.Mark, false, 0, 1, "the batch ended without an answer to this line"},
		"no JSON, live":         {llmtest.Garbled, batchapi.AskLive, false, 1, 1, ""},
		"no JSON, marked":       {llmtest.Garbled, batchapi.Mark, false, 0, 1, "cannot be read"},
		"status 500, live":      {llmtest.Broken, batchapi.AskLive, false, 1, 1, ""},
		"status 500, resubmits": {llmtest.Broken, batchapi.Mark, true, 0, 2, ""},
		"a cut body, live":      {llmtest.Cut, batchapi.AskLive, false, 1, 1, ""},
		"a cut body, resubmits": {llmtest.Cut, batchapi.Mark, false, 0, 2, ""},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{Line: fated(c.fate), OneFile: c.oneFile, Latency: hour})
				p := w.begin(t, "", func(cfg *batchapi.Config) { cfg.Missing = c.policy })
				got := p.askAll(4)
				p.end(t)
				failed := 0
				for _, r := range got {
					if r.err != nil {
						failed++
						if pipeline.CodeOf(r.err) != pipeline.Unavailable || !strings.Contains(r.err.Error(), c.says) {
							t.Errorf("error %v", r.err)
						}
					}
				}
				if want := map[bool]int{true: 0, false: 1}[c.says == ""]; failed != want {
					t.Errorf("%d questions failed, want %d", failed, want)
				}
				if n := p.count("POST /v1/chat/completions"); n != c.live {
					t.Errorf("%d live calls, want %d", n, c.live)
				}
				if n := len(w.server.BatchStates()); n != c.batches {
					t.Errorf("%d batches, want %d", n, c.batches)
				}
				if c.says != "" && p.wire.Spent().Unknown != 0 {
					t.Errorf("a line that the batch did not answer counts as paid: %+v", p.wire.Spent())
				}
				w.nothingLeft(t)
			})
		})
	}
}

// What is left marked is submitted again by the next run, alone.
func TestTheNextRunSubmitsWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expire := true
		w := newWorld(llmtest.Batches{Line: func(_ string, n int) llmtest.Fate {
			if expire && n%2 == 0 {
				return llmtest.Expired
			}
			return llmtest.Answered
		}})
		mark := func(c *batchapi.Config) { c.Missing = batchapi.Mark }
		p := w.begin(t, "", mark)
		p.askAll(10)
		p.end(t)
		expire = false
		w.server.Reset()
		p = w.begin(t, "", mark)
		whole(t, p.askAll(10))
		p.end(t)
		w.once(t, 5)
		w.nothingLeft(t)
	})
}

func TestABatchThatIsNotAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Invalid: "The model 'x' is not available for batches, said sk-secret-0123456789"})
		p := w.begin(t, "")
		for _, r := range p.askAll(3) {
			if pipeline.CodeOf(r.err) != pipeline.Invalid || !strings.Contains(r.err.Error(), "not accepted: The model 'x'") || strings.Contains(r.err.Error(), "secret") {
				t.Errorf("error %v", r.err)
			}
		}
		p.end(t)
		if n := len(w.server.BatchStates()); n != 1 {
			t.Errorf("%d batches: it was tried again", n)
		}
		w.nothingLeft(t)
	})
}

// answers makes a network give one reply to a path.
func answers(path string, status int, body string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		if !strings.HasPrefix(req.URL.Path, path) {
			return nil, nil
		}
		return reply(status, body, "Location", "https://elsewhere.invalid/"), nil
	}
}

func TestRepliesOfTheAPI(t *testing.T) {
	tests := map[string]struct {
		path   string
		status int
		body   string
		code   pipeline.Code
		left   int // submissions that stay for the next run
	}{
		"a redirect":       {"/v1/files", 302, "", pipeline.Unavailable, 1},
		"a refused key":    {"/v1/files", 401, `{"error":{"message":"Incorrect API key provided: sk-secret-0123456789"}}`, pipeline.Auth, 1},
		"no batches":       {"/v1/files", 404, `{"error":{"message":"no such path"}}`, pipeline.Unavailable, 1},
		"no money":         {"/v1/batches", 429, `{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}`, pipeline.Quota, 1},
		"a bad file":       {"/v1/batches", 400, `{"error":{"message":"Invalid file"}}`, pipeline.Invalid, 0},
		"HTML":             {"/v1/batches", 200, `<html>`, pipeline.Unavailable, 1},
		"no id":            {"/v1/files", 200, `{}`, pipeline.Unavailable, 1},
		"in trouble":       {"/v1/batches", 503, `busy`, pipeline.Unavailable, 1},
		"an endless reply": {"/v1/batches", 200, `{"x":"` + strings.Repeat("x", 9<<20), pipeline.Unavailable, 1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{})
				p := w.begin(t, "", func(c *batchapi.Config) { c.Outage = 20 * time.Second })
				p.fail = answers(c.path, c.status, c.body)
				for _, r := range p.askAll(2) {
					if pipeline.CodeOf(r.err) != c.code || strings.Contains(r.err.Error(), "secret") {
						t.Errorf("error %v", r.err)
					}
					if e, ok := errors.AsType[*pipeline.Error](r.err); ok && c.code == pipeline.Unavailable && e.Hint == "" {
						t.Errorf("no hint: %v", r.err)
					}
				}
				p.end(t)
				if left, _ := w.state.Load(t.Context()); len(left) != c.left {
					t.Errorf("state %+v", left)
				}
				p.fail = nil
				p = w.begin(t, "")
				whole(t, p.askAll(2))
				p.end(t)
				w.once(t, 2)
				w.nothingLeft(t)
			})
		})
	}
}

// A batch that the provider has lost is asked live, or marked.
func TestABatchThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Latency: 3 * hour})
		p := w.begin(t, "")
		time.AfterFunc(hour, w.server.ForgetBatches)
		whole(t, p.askAll(3))
		p.end(t)
		if n := p.count("POST /v1/chat/completions"); n != 3 {
			t.Errorf("%d live calls", n)
		}
		w.nothingLeft(t)
	})
}

// Lines asked live go a few at a time, however many expired.
func TestLiveCallsAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Line: func(string, int) llmtest.Fate { return llmtest.Expired }})
		w.server = llmtest.NewServer(llmtest.Options{Latency: time.Second, Batch: llmtest.Batches{Line: func(string, int) llmtest.Fate { return llmtest.Expired }}})
		p := w.begin(t, "", func(c *batchapi.Config) { c.LiveAtOnce = 3 })
		whole(t, p.askAll(30))
		p.end(t)
		if n := w.server.MaxInFlight(); n != 3 {
			t.Errorf("%d calls at once", n)
		}
		w.nothingLeft(t)
	})
}

// A line asked live has its own time limit, since the wire above has none.
func TestALiveCallThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Line: fated(llmtest.Lost)})
		p := w.begin(t, "")
		hung := 0
		p.fail = func(req *http.Request) (*http.Response, error) {
			if !strings.HasSuffix(req.URL.Path, "/chat/completions") || hung > 0 {
				return nil, nil
			}
			hung++
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		whole(t, p.askAll(2))
		p.end(t)
		w.nothingLeft(t)
	})
}

// The failure that several callers get is each one's own: the wire writes into it.
func TestErrorsAreNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Invalid: "no"})
		p := w.begin(t, "")
		seen := map[*wire.Failure]bool{}
		for _, r := range p.askAll(5) {
			f, ok := errors.AsType[*wire.Failure](r.err)
			if !ok || seen[f] {
				t.Fatalf("failure %p of %v is shared or missing", f, r.err)
			}
			seen[f] = true
			paid, ok := errors.AsType[*llm.PaidError](r.err)
			if !ok || paid.Usage.Known != true {
				t.Errorf("a batch that was not accepted counts as paid: %+v", paid)
			}
		}
		p.end(t)
	})
}

// Other calls pass through.
func TestOtherCallsAreLive(t *testing.T) {
	w := newWorld(llmtest.Batches{})
	p := w.begin(t, "")
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://pseudo.invalid/v1/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.batch.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
}
