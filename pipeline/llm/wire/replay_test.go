package wire_test

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// A run is recorded from a server that misbehaves, and repeated without it:
// the same answers, usage, durations and errors, and no wait is waited.
func TestRecordAndReplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	var live, replayed []*llm.Response
	var liveErr, replayErr []error
	requests := func() []*llm.Request {
		other := question()
		other.Lang, other.Temperature = "tr", 0.5
		cut := question()
		cut.MaxTokens = 7
		again := question() // answered from the ledger
		return []*llm.Request{question(), other, cut, again}
	}
	synctest.Test(t, func(t *testing.T) {
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(1300 * time.Millisecond)
			switch n {
			case 1:
				apiError(w, 429, "rate_limit_exceeded", "slow", "Retry-After", "7")
			case 3:
				abort(w, chunked+chunk(piece("Hel")))
			case 5:
				stream(w, piece("Hello")+finish("length")+tokens+done)
			default:
				stream(w, helloStream())
			}
		})
		tape, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Live})
		if err != nil {
			t.Fatal(err)
		}
		c, _ := client(t, wire.Config{Network: transport, Tape: tape, Fresh: true})
		for _, r := range requests() {
			resp, err := c.Complete(context.Background(), r)
			live, liveErr = append(live, resp), append(liveErr, err)
		}
	})
	recs, err := llm.OpenRecordings(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	c, w := client(t, wire.Config{Network: wire.Replay(recs), Instant: true})
	begin := time.Now()
	for _, r := range requests() {
		resp, err := c.Complete(context.Background(), r)
		replayed, replayErr = append(replayed, resp), append(replayErr, err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("the replay took %s", took)
	}
	if !reflect.DeepEqual(live, replayed) {
		a, _ := json.Marshal(live)
		b, _ := json.Marshal(replayed)
		t.Errorf("live\n%s\nreplayed\n%s", a, b)
	}
	for i := range liveErr {
		if pipeline.CodeOf(liveErr[i]) != pipeline.CodeOf(replayErr[i]) {
			t.Errorf("request %d: live %v, replayed %v", i, liveErr[i], replayErr[i])
		}
	}
	if !live[3].Stored || live[0].Duration != 1300*time.Millisecond || live[2].Finish != llm.Length {
		t.Errorf("live: %+v", live[0])
	}
	if got := w.Spent().Calls; got != 5 {
		t.Errorf("%d attempts were replayed, want 5", got)
	}
	if unused := recs.Unused(); len(unused) > 0 {
		t.Errorf("unused: %v", unused)
	}
}

// A request without a recording is an error at once, without retries.
func TestReplayMiss(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	if _, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Live}); err != nil {
		t.Fatal(err)
	}
	recs, err := llm.OpenRecordings(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	c, w := client(t, wire.Config{Network: wire.Replay(recs), Instant: true})
	_, err = c.Complete(context.Background(), question())
	if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "no recording") || w.Spent().Calls != 1 {
		t.Errorf("got %v after %d calls", err, w.Spent().Calls)
	}
	req, _ := http.NewRequest(http.MethodGet, "http://model.test/v1/models", nil)
	if _, err := wire.Replay(recs).RoundTrip(req); err == nil {
		t.Error("a replay answered something else")
	}
}
