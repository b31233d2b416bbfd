package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
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
	cfg := &config.Config{State: filepath.Join(t.TempDir(), "state")}
	if d, err := decisions(cfg, runOptions{}, nil); d != nil || err != nil {
		t.Fatalf("an empty state: %v, %v", d, err)
	}
	if _, err := os.Stat(cfg.State); err == nil {
		t.Error("reading nothing makes the folder")
	}
	for _, given := range []*pipeline.Decisions{decided("e-1", "accepted"), decided("f-1", "waived"), decided("e-1", "rejected"), decided("e-2", "accepted"), decided("e-2", undecided)} {
		if _, err := decisions(cfg, runOptions{}, given); err != nil {
			t.Fatal(err)
		}
	}
	d, err := decisions(cfg, runOptions{}, nil)
	if err != nil || fmt.Sprint(d.Edits, d.Findings) != "map[e-1:{rejected why}] map[f-1:{waived why}]" {
		t.Errorf("got %+v, %v", d, err)
	}
	for _, opts := range []runOptions{{Pseudo: true}, {Replay: "rec"}} {
		if d, err := decisions(cfg, opts, decided("e-9", "accepted")); err != nil || len(d.Edits) != 1 || len(d.Findings) != 0 {
			t.Errorf("%+v: %+v, %v", opts, d, err)
		}
	}
	if again, _ := recalled(cfg.State); len(again.Edits) != 1 {
		t.Errorf("a replay was remembered: %+v", again)
	}
	left, err := filepath.Glob(filepath.Join(cfg.State, outdir.Temporary+"*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Runs that end at once lose no decision to each other.
func TestDecisionsOfManyRuns(t *testing.T) {
	cfg := &config.Config{State: t.TempDir()}
	var g sync.WaitGroup
	for i := range 16 {
		g.Go(func() {
			if _, err := decisions(cfg, runOptions{}, decided(fmt.Sprint("e-", i), "accepted")); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if d, err := recalled(cfg.State); err != nil || len(d.Edits) != 16 {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestBrokenDecisions(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":       "{",
		"other version": `{"version": 2, "edits": {}, "findings": {}}`,
		"no version":    `{}`,
		"unknown state": `{"version": 1, "edits": {"e-1": {"state": "maybe"}}}`,
		"wrong kind":    `{"version": 1, "findings": {"f-1": {"state": "accepted"}}}`,
	} {
		cfg := &config.Config{State: t.TempDir()}
		file := filepath.Join(cfg.State, decisionsFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := decisions(cfg, runOptions{}, decided("e-1", "accepted"))
		if pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
		if b, _ := os.ReadFile(file); string(b) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}
