package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

func decided(id, state string) *pipeline.Decisions {
	d := pipeline.Decision{State: state, Reason: "why"}
	if strings.HasPrefix(id, "e-") {
		return &pipeline.Decisions{Edits: map[string]pipeline.Decision{id: d}}
	}
	return &pipeline.Decisions{Findings: map[string]pipeline.Decision{id: d}}
}

func TestDecisionsAreRemembered(t *testing.T) {
	for _, url := range []string{"DIR", "sqlite:DIR/a.db", "folder:DIR"} {
		t.Run(url, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			cfg := &config.Config{State: strings.Replace(url, "DIR", dir, 1)}
			decide := func(opts runOptions, given *pipeline.Decisions) *pipeline.Decisions {
				t.Helper()
				kept := &keeping{cfg: cfg, now: time.Now} // as a run of its own
				d, err := decisions(context.Background(), kept, opts, given)
				if err != nil {
					t.Fatal(err)
				}
				if err := kept.close(); err != nil {
					t.Fatal(err)
				}
				return d
			}
			if d := decide(runOptions{}, nil); d != nil {
				t.Fatalf("an empty state: %v", d)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("reading nothing makes the state")
			}
			for _, given := range []*pipeline.Decisions{decided("e-1", "accepted"), decided("f-1", "waived"), decided("e-1", "rejected"), decided("e-2", "accepted"), decided("e-2", store.Undecided)} {
				decide(runOptions{}, given)
			}
			want := "map[e-1:{rejected why}] map[f-1:{waived why}]"
			if d := decide(runOptions{}, nil); fmt.Sprint(d.Edits, d.Findings) != want {
				t.Errorf("got %+v", d)
			}
			for _, opts := range []runOptions{{Pseudo: true}, {Replay: "rec"}} {
				if d := decide(opts, decided("e-9", "accepted")); len(d.Edits) != 1 || len(d.Findings) != 0 {
					t.Errorf("%+v: %+v", opts, d)
				}
			}
			if d := decide(runOptions{}, nil); fmt.Sprint(d.Edits, d.Findings) != want {
				t.Errorf("a replay was remembered: %+v", d)
			}
		})
	}
}
