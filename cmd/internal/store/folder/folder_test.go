package folder

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/storetest"
	"dragoman/pipeline"
)

func TestStore(t *testing.T) {
	dirs := map[*store.Store]string{}
	at := func(t *testing.T, dir string) *store.Store {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		dirs[s] = dir
		return s
	}
	storetest.Run(t, func(t *testing.T) *store.Store { return at(t, filepath.Join(t.TempDir(), "state")) },
		func(t *testing.T, first *store.Store) *store.Store { return at(t, dirs[first]) })
}

func TestHolds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if Holds(dir) {
		t.Error("a folder that is not there holds a state")
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !Holds(dir) {
		t.Error("an open one holds none")
	}
	for _, name := range []string{"", Replies, Settled} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%q: %v, %v", name, info, err)
		}
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
		dir := t.TempDir()
		file := filepath.Join(dir, DecisionsFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		given := &pipeline.Decisions{Edits: map[string]pipeline.Decision{"e-1": {State: "accepted"}}}
		if _, err := s.Decisions.Remember(context.Background(), given); pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
		if b, _ := os.ReadFile(file); string(b) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "x")); pipeline.CodeOf(err) != pipeline.Unavailable {
		t.Errorf("beneath a file: %v", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.BenchmarkAppend(b, s.Ledger, 64)
}
