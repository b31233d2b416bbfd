package batchapi_test

import (
	"errors"
	"flag"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
)

// points are where a process can die: after each thing that it keeps or does.
var points = []string{
	"save gathered", "POST /v1/files", "save uploaded", "POST /v1/batches", "save created",
	"GET /v1/batches/ID/", "save ended", "GET /v1/files/ID/content", "before append", "append", "delete",
}

// everything asks for every pair of points; without it each point is died at once,
// as the first and as the second of some pairs.
var everything = flag.Bool("full", false, "die at every pair of points, and submit all of two thousand lines")

func TestEveryPointOfRestart(t *testing.T) {
	for i, first := range points {
		for j, second := range append([]string{""}, points...) {
			if !*everything && j > 0 && (i+j)%6 != 0 {
				continue
			}
			t.Run(first+", "+second, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(llmtest.Batches{Latency: 2 * hour, Shuffle: true})
					for i, at := range []string{first, second} {
						if at == "" {
							continue
						}
						p := w.begin(t, at)
						p.askAll(12)
						p.end(t)
						if i == 0 && !p.isDead() {
							t.Fatalf("it never came to %q", at)
						}
						time.Sleep(10 * time.Minute)
					}
					p := w.begin(t, "")
					whole(t, p.askAll(12))
					p.end(t)
					w.once(t, 12)
					if n := len(w.server.BatchStates()); n != 1 {
						t.Errorf("%d batches", n)
					}
					exchanges := 0
					for _, err := range w.ledger.All(t.Context()) {
						if err != nil {
							t.Fatal(err)
						}
						exchanges++
					}
					if exchanges != 12 {
						t.Errorf("%d exchanges in the ledger", exchanges)
					}
				})
			})
		}
	}
}

// A stopped run leaves the batch at work; the next one gets its answers, one
// question after another, with few downloads.
func TestLateCallersAreServedFromTheOutput(t *testing.T) {
	tests := map[string]struct {
		keep      int64
		downloads int // at most: a caller may come while the file of the one before is still read
	}{
		"held in memory": {0, 1},
		"nothing held":   {1, 6},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{Latency: 2 * hour})
				p := w.begin(t, "save created")
				p.askAll(6)
				p.end(t)
				time.Sleep(24 * hour)
				p = w.begin(t, "", func(c2 *batchapi.Config) { c2.Keep = c.keep })
				for i := range 6 {
					r, err := p.client.Complete(p.ctx, question(i))
					if err != nil || !strings.HasSuffix(r.Text, "?") && !strings.HasSuffix(r.Text, ".") {
						t.Fatalf("question %d: %+v, %v", i, r, err)
					}
				}
				p.end(t)
				w.once(t, 6)
				w.nothingLeft(t)
				if n := p.count("GET /v1/files/ID/content"); n > c.downloads || c.downloads > 1 && n == 1 {
					t.Errorf("%d downloads, want %d at most", n, c.downloads)
				}
			})
		})
	}
}

// What nobody asks for again stays until its output is no more.
func TestOldSubmissionsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "save created")
		p.askAll(3)
		p.end(t)
		for _, c := range []struct {
			sleep time.Duration
			left  int
		}{{20 * 24 * hour, 1}, {11 * 24 * hour, 0}} {
			time.Sleep(c.sleep)
			p = w.begin(t, "")
			if _, err := p.client.Complete(p.ctx, question(100)); err != nil {
				t.Fatal(err)
			}
			p.end(t)
			if left := p.batch.Submissions(); len(left) != c.left {
				t.Errorf("after %s: %+v", c.sleep, left)
			}
		}
	})
}

// Where part of the answers is delivered and the process ends in good order,
// the rest alone is waited for.
func TestDeliveredLinesAreTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{Latency: hour})
		p := w.begin(t, "save created")
		p.askAll(5)
		p.end(t)
		p = w.begin(t, "")
		for i := range 2 {
			if _, err := p.client.Complete(p.ctx, question(i)); err != nil {
				t.Fatal(err)
			}
		}
		p.end(t)
		left, err := w.state.Load(t.Context())
		if err != nil || len(left) != 1 || len(left[0].CustomIDs) != 3 {
			t.Fatalf("state %+v, %v", left, err)
		}
		p = w.begin(t, "")
		whole(t, p.askAll(5))
		p.end(t)
		w.once(t, 5)
		w.nothingLeft(t)
		for _, n := range p.notes {
			if strings.Contains(n, "not asked for") {
				t.Errorf("a delivered line is said to be strange: %q", p.notes)
			}
		}
	})
}

// An answer that could not be stored is not delivered: it is not paid again.
func TestAFullDiskLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "")
		p.full = true
		for i, r := range p.askAll(4) {
			if r.err == nil {
				t.Errorf("question %d was answered on a full disk", i)
			}
		}
		p.end(t)
		if left, _ := w.state.Load(t.Context()); len(left) != 1 || len(left[0].CustomIDs) != 4 {
			t.Fatalf("state %+v", left)
		}
		p = w.begin(t, "")
		whole(t, p.askAll(4))
		p.end(t)
		w.once(t, 4)
		w.nothingLeft(t)
	})
}

func TestOutagesOfTheAPI(t *testing.T) {
	down := func(from, to time.Duration) func(*http.Request) (*http.Response, error) {
		began := time.Now()
		return func(*http.Request) (*http.Response, error) {
			if at := time.Since(began); at >= from && at < to {
				return nil, errors.New("no route to host, Bearer sk-secret-0123456789")
			}
			return nil, nil
		}
	}
	tests := map[string]struct {
		from, to time.Duration
		fails    bool
	}{
		"at the upload":         {0, time.Minute, false},
		"while it is polled":    {30 * time.Minute, 40 * time.Minute, false},
		"for too long":          {30 * time.Minute, 5 * hour, true},
		"too long at the start": {0, hour, true},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(llmtest.Batches{Latency: 2 * hour})
				p := w.begin(t, "")
				p.fail = down(c.from, c.to)
				got := p.askAll(3)
				p.end(t)
				if c.fails {
					for _, r := range got {
						if pipeline.CodeOf(r.err) != pipeline.Unavailable || strings.Contains(r.err.Error(), "secret") {
							t.Fatalf("error %v", r.err)
						}
					}
					if n := p.wire.Spent().Unknown; n != 0 {
						t.Errorf("%d lines count as paid before their answers are here", n)
					}
					time.Sleep(6 * hour)
					p = w.begin(t, "")
					got = p.askAll(3)
					p.end(t)
				}
				whole(t, got)
				w.once(t, 3)
				w.nothingLeft(t)
			})
		})
	}
}

// Replies that get lost make nothing happen twice, in one process either.
func TestLostReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := map[string]bool{}
		w := newWorld(llmtest.Batches{LoseReply: func(method, path string, _ int) bool {
			point := method + " " + strings.TrimRight(path, "0123456789")
			first := !lost[point]
			lost[point] = true
			return first
		}})
		p := w.begin(t, "")
		whole(t, p.askAll(40))
		p.end(t)
		w.once(t, 40)
		w.nothingLeft(t)
		if n := len(w.server.BatchStates()); n != 1 {
			t.Errorf("%d batches", n)
		}
		if len(lost) < 6 {
			t.Errorf("lost %v", lost)
		}
	})
}

// A batch that is found again stands behind many others in the lists.
func TestFoundBehindManyOthers(t *testing.T) {
	for _, at := range []string{"POST /v1/files", "POST /v1/batches"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(llmtest.Batches{})
			p := w.begin(t, at)
			p.askAll(2)
			p.end(t)
			other := *w
			other.state, other.ledger = batchapi.NewMemory(), llm.NewMemory()
			o := other.begin(t, "", func(c *batchapi.Config) { c.Lines, c.KeepFiles = 1, true })
			whole(t, o.askAll(120))
			o.end(t)
			w.server.Reset()
			p = w.begin(t, "")
			whole(t, p.askAll(2))
			p.end(t)
			if n := p.count("POST /v1/files"); n != 0 {
				t.Errorf("died at %s: the file was uploaded again", at)
			}
			if n := len(w.server.BatchStates()); n != 121 {
				t.Errorf("died at %s: %d batches", at, n)
			}
		})
	}
}

// lingering is a body that takes its time to end.
type lingering struct {
	io.ReadCloser
	slept bool
}

func (l *lingering) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if err != nil && !l.slept {
		l.slept = true
		time.Sleep(time.Minute)
	}
	return n, err
}

// A caller who comes after his line went by is not told that it is missing.
func TestACallerWhoComesDuringTheDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "save created")
		p.askAll(2)
		p.end(t)
		p = w.begin(t, "", func(c *batchapi.Config) { c.Keep, c.Missing = 1, batchapi.Mark })
		p.fail = func(req *http.Request) (*http.Response, error) {
			if !strings.HasSuffix(req.URL.Path, "/content") {
				return nil, nil
			}
			resp, err := p.server.Transport().RoundTrip(req)
			if err == nil {
				resp.Body = &lingering{ReadCloser: resp.Body}
			}
			return resp, err
		}
		if _, err := p.client.Complete(p.ctx, question(0)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // the download is still under way
		if _, err := p.client.Complete(p.ctx, question(1)); err != nil {
			t.Error(err)
		}
		p.end(t)
		w.once(t, 2)
		w.nothingLeft(t)
		if n := p.count("GET /v1/files/ID/content"); n != 2 {
			t.Errorf("%d downloads", n)
		}
	})
}
