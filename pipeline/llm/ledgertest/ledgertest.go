// Package ledgertest holds the suite that every implementation of [llm.Ledger]
// passes: the folder and the memory now, databases later.
package ledgertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/pipeline/llm"
)

// Run runs the suite. open gives a fresh, empty ledger; reopen gives a second
// handle on the same store, as another process would hold it, or nil where the
// store does not outlive its handle.
func Run(t *testing.T, open func(t *testing.T) llm.Ledger, reopen func(t *testing.T, first llm.Ledger) llm.Ledger) {
	t.Run("empty", func(t *testing.T) { empty(t, open(t)) })
	t.Run("everything is kept", func(t *testing.T) { kept(t, open(t), reopen) })
	t.Run("without its texts", func(t *testing.T) { withheld(t, open(t), reopen) })
	t.Run("numbered in order", func(t *testing.T) { numbered(t, open(t)) })
	t.Run("hostile replies", func(t *testing.T) { hostile(t, open(t), reopen) })
	t.Run("all in order", func(t *testing.T) { all(t, open(t)) })
	t.Run("what is given out is a copy", func(t *testing.T) { copied(t, open(t)) })
	t.Run("side by side", func(t *testing.T) { sideBySide(t, open(t), reopen) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, open(t)) })
}

// Exchange is an exchange with every field set, told apart by n.
func Exchange(n int) *llm.Exchange {
	req := llm.Request{
		Stage: "translate", Lang: "tr", Prompt: "translate/article@1", PromptDigest: "sha256:ab", Model: "m",
		Messages:   []llm.Message{{Role: "system", Content: "Rules <&>."}, {Role: "user", Content: fmt.Sprintf(`{"s%d":"Çavuşoğlu \"dedi\""}`, n)}},
		SchemaName: "reply", Schema: json.RawMessage(`{"type":"object"}`), Temperature: 0.25, MaxTokens: 300, Units: []string{"p1s1", "p1s2"},
	}
	return &llm.Exchange{
		Key: llm.Key(&req), Request: req, Rung: llm.RungObject, Params: json.RawMessage(`{"stream":true}`), Shape: "sha256:cd",
		Endpoint: "http://model.test/v1/chat/completions", Sent: time.Date(2026, 11, 22, 18, 0, n, 0, time.UTC), Duration: 1250 * time.Millisecond,
		Reply: llm.Reply{Status: 200, Header: map[string]string{"Content-Type": "text/event-stream"}, Body: []byte("data: {\"a\":\"я <b>\"}\r\n\r\n"), Broken: "unexpected EOF"},
	}
}

func add(t *testing.T, l llm.Ledger, x *llm.Exchange) {
	t.Helper()
	if err := l.Append(context.Background(), x); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, l llm.Ledger, key string) []*llm.Exchange {
	t.Helper()
	xs, err := l.Find(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return xs
}

func empty(t *testing.T, l llm.Ledger) {
	if xs := find(t, l, Exchange(1).Key); len(xs) != 0 {
		t.Errorf("an empty ledger finds %d exchanges", len(xs))
	}
	for _, err := range l.All(context.Background()) {
		t.Errorf("an empty ledger lists something (%v)", err)
	}
}

func kept(t *testing.T, l llm.Ledger, reopen func(*testing.T, llm.Ledger) llm.Ledger) {
	want := Exchange(1)
	add(t, l, want)
	if want.Sequence != 1 {
		t.Errorf("the first exchange has number %d", want.Sequence)
	}
	for _, l := range handles(t, l, reopen) {
		xs := find(t, l, want.Key)
		if len(xs) != 1 || !reflect.DeepEqual(xs[0], want) {
			t.Errorf("kept %+v,\nwant %+v", xs, want)
		}
	}
}

// withheld is an exchange whose texts are not to be stored: its key stays, and
// it has its number among those of the key.
func withheld(t *testing.T, l llm.Ledger, reopen func(*testing.T, llm.Ledger) llm.Ledger) {
	whole, want := Exchange(1), Exchange(1).Withheld()
	add(t, l, whole)
	add(t, l, want)
	for _, l := range handles(t, l, reopen) {
		xs := find(t, l, whole.Key)
		if len(xs) != 2 {
			t.Fatalf("%d exchanges, want 2", len(xs))
		}
		got := xs[1]
		if !got.NoText || got.Sequence != 2 || len(got.Request.Messages)+len(got.Request.Schema)+len(got.Reply.Body) != 0 || got.Duration != want.Duration {
			t.Errorf("kept %+v", got)
		}
	}
}

func handles(t *testing.T, l llm.Ledger, reopen func(*testing.T, llm.Ledger) llm.Ledger) []llm.Ledger {
	if reopen == nil {
		return []llm.Ledger{l}
	}
	return []llm.Ledger{l, reopen(t, l)}
}

func numbered(t *testing.T, l llm.Ledger) {
	for i := 1; i <= 12; i++ {
		x := Exchange(1)
		x.Reply.Status = 200 + i
		add(t, l, x)
		if x.Sequence != i {
			t.Errorf("exchange %d has number %d", i, x.Sequence)
		}
	}
	other := Exchange(2)
	add(t, l, other)
	if other.Sequence != 1 {
		t.Errorf("the first of another key has number %d", other.Sequence)
	}
	for i, x := range find(t, l, Exchange(1).Key) {
		if x.Sequence != i+1 || x.Reply.Status != 201+i {
			t.Errorf("at %d stands number %d, status %d", i, x.Sequence, x.Reply.Status)
		}
	}
}

func hostile(t *testing.T, l llm.Ledger, reopen func(*testing.T, llm.Ledger) llm.Ledger) {
	bodies := []string{"", "\x00\xff\xfe raw", "</script>\u2028\u202e", strings.Repeat("x", 1<<20), "{\"a\":1,\"a\":2}"}
	for _, b := range bodies {
		x := Exchange(1)
		x.Reply.Body = []byte(b)
		add(t, l, x)
	}
	for _, l := range handles(t, l, reopen) {
		xs := find(t, l, Exchange(1).Key)
		if len(xs) != len(bodies) {
			t.Fatalf("%d exchanges, want %d", len(xs), len(bodies))
		}
		for i, b := range bodies {
			if string(xs[i].Reply.Body) != b {
				t.Errorf("body %d came back changed", i)
			}
		}
	}
	bad := Exchange(1)
	bad.Key = "../../etc/passwd"
	if err := l.Append(context.Background(), bad); err == nil {
		if got, err := l.Find(context.Background(), bad.Key); err != nil || len(got) != 1 {
			t.Error("a strange key was neither refused nor kept")
		}
	}
}

func all(t *testing.T, l llm.Ledger) {
	want := map[string]int{}
	for i := range 20 {
		x := Exchange(i % 7)
		add(t, l, x)
		want[x.Key]++
	}
	var last *llm.Exchange
	for x, err := range l.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && (x.Key < last.Key || x.Key == last.Key && x.Sequence != last.Sequence+1) {
			t.Errorf("number %d of %.8s follows %d of %.8s", x.Sequence, x.Key, last.Sequence, last.Key)
		}
		want[x.Key]--
		last = x
	}
	for key, n := range want {
		if n != 0 {
			t.Errorf("%d exchanges of %.8s are missing", n, key)
		}
	}
	for range l.All(context.Background()) {
		break // stopping early is allowed
	}
}

func copied(t *testing.T, l llm.Ledger) {
	x := Exchange(1)
	add(t, l, x)
	x.Reply.Body[0] = '!'
	first := find(t, l, x.Key)[0]
	first.Reply.Body[0] = '?'
	first.Request.Messages[0].Content = "changed"
	again := find(t, l, x.Key)[0]
	if !bytes.Equal(again.Reply.Body, Exchange(1).Reply.Body) || again.Request.Messages[0].Content != Exchange(1).Request.Messages[0].Content {
		t.Error("a holder changed what is stored")
	}
}

func sideBySide(t *testing.T, l llm.Ledger, reopen func(*testing.T, llm.Ledger) llm.Ledger) {
	const workers, each = 8, 10
	both := handles(t, l, reopen)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				x := Exchange(1)
				x.Reply.Status = 1000 + w*each + i
				if err := both[w%len(both)].Append(context.Background(), x); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[int]bool{}
	for i, x := range find(t, l, Exchange(1).Key) {
		if x.Sequence != i+1 {
			t.Errorf("at %d stands number %d", i, x.Sequence)
		}
		seen[x.Reply.Status] = true
	}
	if len(seen) != workers*each {
		t.Errorf("%d of %d exchanges were kept", len(seen), workers*each)
	}
}

func cancelled(t *testing.T, l llm.Ledger) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Append(ctx, Exchange(1)); err == nil {
		t.Error("appending with a cancelled context is no error")
	}
	if _, err := l.Find(ctx, Exchange(1).Key); err == nil {
		t.Error("finding with a cancelled context is no error")
	}
	if xs := find(t, l, Exchange(1).Key); len(xs) != 0 {
		t.Error("a cancelled append was kept")
	}
}
