package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dragoman/pipeline/llm/ledgertest"
)

// soak asks for the tests of trouble in full: `make soak`.
var soak = flag.Bool("soak", false, "cut the log of writes at every byte, not at some")

// What a write-ahead log of SQLite is made of, in bytes.
const (
	logHeader   = 32
	frameHeader = 24
	page        = 4096
)

// TestTornTail is D5: the log of writes ends anywhere. What was appended before
// the end is there, and nothing else; what comes next is appended to it.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	db, log, at := appended(t, filepath.Join(dir, "dragoman.db"), 3)
	cuts := []int{0, 1, logHeader - 1, logHeader, len(log)}
	for end := logHeader; end <= len(log); end += frameHeader + page {
		cuts = append(cuts, end-1, end, min(end+1, len(log)), min(end+frameHeader, len(log)), min(end+frameHeader+page/2, len(log)))
	}
	if *soak {
		for cut := range len(log) {
			cuts = append(cuts, cut)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	last := 0
	for i, cut := range cuts {
		torn := filepath.Join(dir, fmt.Sprintf("torn-%d.db", cut))
		if err := errors.Join(os.WriteFile(torn, db, 0o600), os.WriteFile(torn+"-wal", log[:cut], 0o600)); err != nil {
			t.Fatal(err)
		}
		want := 0
		for want < len(at) && at[want] <= cut {
			want++
		}
		last = max(last, want)
		if i%16 == 0 {
			goesOn(t, torn, want)
		} else if got := rowsOf(t, torn); got != want {
			t.Fatalf("the log is cut at byte %d of %d: %d exchanges are found, want %d", cut, len(log), got, want)
		}
		for _, name := range []string{torn, torn + "-wal", torn + "-shm"} {
			_ = os.Remove(name) // there are thousands
		}
	}
	if last != len(at) {
		t.Errorf("with the whole log %d exchanges are found, want %d", last, len(at))
	}
	t.Logf("%d places", len(cuts))
}

// goesOn opens a database with so many exchanges and appends another.
func goesOn(t *testing.T, file string, have int) {
	t.Helper()
	ctx := context.Background()
	s := openAt(t, file)
	x := ledgertest.Exchange(1)
	if err := s.Ledger.Append(ctx, x); err != nil || x.Sequence != have+1 {
		t.Errorf("%s: the next exchange has number %d, want %d: %v", file, x.Sequence, have+1, err)
	}
	if xs, err := s.Ledger.Find(ctx, x.Key); err != nil || len(xs) != have+1 {
		t.Errorf("%s: %d exchanges are found, want %d: %v", file, len(xs), have+1, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	whole(t, file)
}

// appended is a database with n exchanges in its log and not in the file: both,
// and how long the log was after each of them.
func appended(t *testing.T, file string, n int) (db, log []byte, at []int) {
	t.Helper()
	s := openAt(t, file)
	if err := s.Close(); err != nil { // the tables are in the file
		t.Fatal(err)
	}
	s = openAt(t, file)
	defer s.Close()
	read := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for range n {
		if err := s.Ledger.Append(context.Background(), ledgertest.Exchange(1)); err != nil {
			t.Fatal(err)
		}
		at = append(at, len(read(file+"-wal")))
	}
	return read(file), read(file + "-wal"), at
}

// rowsOf opens a database and counts its exchanges.
func rowsOf(t *testing.T, file string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(file, busyTimeout, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.QueryRow("SELECT COUNT(*) FROM exchanges").Scan(&n), db.Close()); err != nil {
		t.Fatal(err)
	}
	return n
}
