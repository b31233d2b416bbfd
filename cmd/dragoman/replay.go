package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"dragoman/cmd/internal/config"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// missing is a replay that met a request without a recording: nothing that
// came of it is a repeat of anything, so it ends the run with exit code 2.
type missing struct {
	err  error // the key and the difference to the nearest recording
	more int   // further requests without one
	hint string
}

func (m *missing) Error() string {
	if m.more == 0 {
		return m.err.Error()
	}
	return fmt.Sprintf("%v\n(and %d more requests without a recording)", m.err, m.more)
}

func (m *missing) Unwrap() error { return m.err }

// maxDifference is how many lines of difference are told. The first ones name
// the message that differs; what follows is more of the same.
const maxDifference = 8

// misses is the network of a replay. It keeps what a request without a
// recording is told in full, and passes only its first line on, so that no
// document carries a page of differences.
type misses struct {
	next http.RoundTripper

	mu  sync.Mutex
	all map[string]error // by stage, language and prompt, so that the same one is told each time
}

func newMisses(recs *llm.Recordings) *misses {
	return &misses{next: wire.Replay(recs), all: map[string]error{}}
}

// RoundTrip answers from the recordings.
func (m *misses) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(req)
	typed, ok := errors.AsType[*pipeline.Error](err)
	if !ok || typed.Code != pipeline.Invalid {
		return resp, err
	}
	call := llm.CallFrom(req.Context())
	place := strings.Join([]string{order(call.Request.Stage), call.Request.Lang, typed.Err.Error()}, "\x00")
	m.mu.Lock()
	m.all[place] = err
	m.mu.Unlock()
	short := *typed
	line, _, _ := strings.Cut(typed.Err.Error(), "\n")
	short.Err = errors.New(strings.TrimSuffix(line, ":"))
	return resp, &short
}

// order puts the stages in the order of the work: what came later may only
// have followed from the first.
func order(stage string) string {
	return fmt.Sprint(slices.Index([]string{"correct", "names", "summarize", "translate"}, stage)+1, stage)
}

// any reports whether a request had no recording.
func (m *misses) any() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.all) > 0
}

// first is the error of a replay with a request that was not recorded, or nil.
func (m *misses) first(record string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := ""
	for place := range m.all {
		if at == "" || place < at {
			at = place
		}
	}
	if at == "" {
		return nil
	}
	return &missing{err: shortened(m.all[at]), more: len(m.all) - 1, hint: "record it: " + record}
}

// shortened is the error with the first lines of its difference.
func shortened(err error) error {
	typed, ok := errors.AsType[*pipeline.Error](err)
	if !ok {
		return err
	}
	out := *typed
	lines := strings.Split(typed.Err.Error(), "\n")
	if len(lines) > 1+maxDifference {
		lines = append(lines[:1+maxDifference], "…")
	}
	out.Err = errors.New(strings.Join(lines, "\n"))
	return &out
}

// running is how an engine takes one article.
type running func(context.Context, *pipeline.Article) (*pipeline.Document, error)

// whole gives no document where a recording was missing.
func (m *misses) whole(run running, record string) running {
	return func(ctx context.Context, art *pipeline.Article) (*pipeline.Document, error) {
		doc, err := run(ctx, art)
		if miss := m.first(record); miss != nil {
			return nil, miss
		}
		return doc, err
	}
}

// recording is the command that records what these options replay.
func (o runOptions) recording(cfg *config.Config, model string) string {
	words := []string{"dragoman", cmp.Or(o.Until, "run")}
	for _, f := range o.Files {
		if f == "" || strings.ContainsAny(f, " \t\"'$&;()*?<>|\\") {
			f = "'" + strings.ReplaceAll(f, "'", `'\''`) + "'"
		}
		words = append(words, f)
	}
	if cfg.Origin("to") != "default" {
		var to []string
		for _, tag := range cfg.To {
			to = append(to, tag.String())
		}
		words = append(words, "--to", strings.Join(to, ","))
	}
	if cfg.Long {
		words = append(words, "--long")
	}
	words = append(words, "--model", model, "--record", "NEWDIR")
	if len(o.Files) > 1 {
		words = append(words, "--out", "DIR")
	}
	return strings.Join(words, " ")
}
