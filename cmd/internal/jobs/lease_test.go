package jobs

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestLeaseFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "leases")
	a, err := leaseFile(folder, "a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := leaseFile(folder, "b")
	if err != nil {
		t.Fatal(err)
	}
	buried := func(id string) (yes bool) {
		t.Helper()
		if err := a.bury(t.Context(), id, func() error { yes = true; return nil }); err != nil {
			t.Error(err)
		}
		return yes
	}
	if buried("b") {
		t.Error("b lives, and is buried")
	}
	if !buried("c") {
		t.Error("c has no file, and is not buried")
	}
	// As a kill leaves it: the file is there, the lock is not.
	if err := b.file.Unlock(); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	if err := a.bury(t.Context(), "b", func() error { return failed }); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if got := strings.Join(a.stale(), " "); got != "a b" {
		t.Errorf("left: %s", got)
	}
	if !buried("b") {
		t.Error("b is dead, and not buried")
	}
	if got := strings.Join(a.stale(), " "); got != "a" {
		t.Errorf("left: %s", got)
	}
	// A lock on a file that was removed is no lease.
	if err := os.Remove(a.file.Path()); err != nil {
		t.Fatal(err)
	}
	if a.seen() {
		t.Error("a removed file is seen")
	}
}

func TestExecutorIDs(t *testing.T) {
	a, b := executorID(), executorID()
	if a == b {
		t.Error("two of the same")
	}
	if !regexp.MustCompile(`^[a-z0-9-]+-[0-9]+-[0-9a-f]{12}$`).MatchString(a) {
		t.Error(a)
	}
}

func TestLibraryIsQuiet(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(quiet{slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})})
	log = log.With("a", 1).WithGroup("g")
	log.Debug("not at all")
	log.Info("not at all")
	log.Warn("once")
	log.Error("twice")
	got := out.String()
	if strings.Count(got, "\n") != 2 || !strings.Contains(got, "level=INFO msg=once a=1") || !strings.Contains(got, "level=WARN msg=twice") {
		t.Error(got)
	}
}
