package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/storetest"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/ledgertest"
	"dragoman/pipeline/reuse"
)

// canary is what must be gone. It does not compress.
func canary() []byte { return noise(7, 6000) }

// traces are pieces of every column that holds text, as they are stored.
func traces(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	const piece = 48
	db := raw(t, file)
	for _, query := range []string{
		"SELECT body FROM exchanges", "SELECT body FROM settled", "SELECT body FROM document_texts", "SELECT report FROM documents", "SELECT headline FROM deliveries",
	} {
		var column []byte
		if err := db.QueryRow(query + " ORDER BY rowid DESC").Scan(&column); err != nil || len(column) < 5000 {
			t.Fatalf("%s: %d bytes, %v", query, len(column), err)
		}
		for i := 0; i+piece <= len(column); i += piece {
			all = append(all, column[i:i+piece])
		}
	}
	return all
}

// found counts the traces in the files of a database.
func found(t *testing.T, file string, traces [][]byte) (n int) {
	t.Helper()
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(file + end)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, trace := range traces {
			if bytes.Contains(b, trace) {
				n++
			}
		}
	}
	return n
}

// write stores the canary wherever text goes, and some of it over again.
func write(t *testing.T, s *store.Store, id string) {
	t.Helper()
	ctx := context.Background()
	for range 2 {
		x := ledgertest.Exchange(1)
		x.Reply.Body = canary()
		d := &store.Document{Collection: "c", ID: id, State: store.DocDone, Article: canary(), Result: canary(), Report: json.RawMessage(canary())}
		value, err := json.Marshal(canary())
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			s.Ledger.Append(ctx, x), s.Documents.Put(ctx, d), s.Uses.Note(ctx, "c\x00"+id, []string{x.Key}),
			s.Settled.Put([]reuse.Entry{{Key: "k", Stage: "correct", Value: value, Exchange: x.Key}}),
			s.Deliveries.Add(ctx, store.Delivery{ID: id, Collection: "c", Document: id, Headline: string(canary()), State: store.DeliveryPending}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// replace stores a later version of an article.
func replace(t *testing.T, s *store.Store, id string) {
	t.Helper()
	d := &store.Document{Collection: "c", ID: id, State: store.DocDone, Article: []byte("a later version"), Result: []byte("short")}
	if err := s.Documents.Put(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

// What was purged is in no file any more, neither what was stored last nor what
// it replaced; in a file of the first release as in a new one.
func TestPurgedFromTheFile(t *testing.T) {
	ctx := context.Background()
	for name, file := range map[string]string{"new": filepath.Join(t.TempDir(), "dragoman.db"), "of the first release": version1(t)} {
		s := openAt(t, file)
		defer s.Close()
		write(t, s, "article")
		traces := traces(t, file)
		if n := found(t, file, traces); n < len(traces)*9/10 { // some lie across two pages
			t.Fatalf("%s: %d of %d traces are found before it is purged", name, n, len(traces))
		}
		for range 20 { // it is in the log more than once, and in the file
			write(t, s, "article")
		}
		replace(t, s, "article")
		got, err := s.Keeper.Purge(ctx, store.Purge{Collection: "c", Document: "article"})
		if err != nil || got[store.KindReplies].Rows < 42 || got[store.KindTexts].Rows != 1 {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		if n := found(t, file, traces); n > 0 {
			t.Errorf("%s: %d of %d traces are left", name, n, len(traces))
		}
		storetest.Fill(t, s) // the handle goes on
		whole(t, file)
	}
}

// A purge that another program's reading keeps from emptying the log says so,
// and the next try does it.
func TestPurgeBesideReader(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	s, err := open(ctx, file, nil, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write(t, s, "article")
	traces := traces(t, file)
	tx, err := raw(t, file).BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("ROLLBACK"); err != nil { // the driver's transactions write
		t.Fatal(err)
	}
	if _, err := tx.Exec("BEGIN"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT COUNT(*) FROM exchanges").Scan(&n); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	purge := store.Purge{Collection: "c", Document: "article"}
	got, err := s.Keeper.Purge(ctx, purge)
	unavailable(t, "beside a reader", err, "again")
	if got[store.KindReplies].Rows == 0 {
		t.Errorf("purged %+v", got)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keeper.Purge(ctx, purge); err != nil {
		t.Error(err)
	}
	if n := found(t, file, traces); n > 0 {
		t.Errorf("%d traces are left", n)
	}
}

// What was pruned makes the file smaller: in steps where it has a map of its
// pages, by rewriting it where it has none.
func TestPrunedFileShrinks(t *testing.T) {
	ctx := context.Background()
	for name, file := range map[string]string{"new": filepath.Join(t.TempDir(), "dragoman.db"), "of the first release": version1(t)} {
		s := openAt(t, file)
		defer s.Close()
		for i := range 300 {
			x := ledgertest.Exchange(i)
			x.Reply.Body, x.Sent = noise(i, 20_000), time.Now().Add(-time.Hour)
			if i < 10 {
				x.Sent = time.Now()
			}
			if err := s.Ledger.Append(ctx, x); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range runsOf(t, s) {
			r.State = store.RunDone
			if err := s.Runs.Update(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		exec1(t, raw(t, file), "PRAGMA wal_checkpoint(TRUNCATE)")
		before := size(t, file)
		got, err := s.Keeper.Prune(ctx, store.KindReplies, time.Now().Add(-time.Minute), -1, false)
		if err != nil || got.Rows < 290 {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		if after := size(t, file); after > before/5 {
			t.Errorf("%s: %d bytes of %d are left", name, after, before)
		}
		var mode int
		if err := raw(t, file).QueryRow("PRAGMA auto_vacuum").Scan(&mode); err != nil || mode != 2 {
			t.Errorf("%s: auto_vacuum is %d, %v", name, mode, err)
		}
		if xs, err := s.Ledger.Find(ctx, ledgertest.Exchange(5).Key); err != nil || len(xs) == 0 {
			t.Errorf("%s: what is new is gone: %v", name, err)
		}
		whole(t, file)
	}
}

func runsOf(t *testing.T, s *store.Store) []store.Run {
	t.Helper()
	list, err := s.Runs.List(context.Background(), store.RunFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A purge that is left while it waits for another writer takes nothing away.
func TestPurgeLeft(t *testing.T) {
	ctx, file := context.Background(), version1(t)
	s := openAt(t, file)
	defer s.Close()
	write(t, s, "article")
	replace(t, s, "article")
	lock, err := raw(t, file).Begin()
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := s.Keeper.Purge(short, store.Purge{Collection: "c", Document: "article"}); !errors.Is(err, context.DeadlineExceeded) || pipeline.CodeOf(err) != "" {
		t.Errorf("behind a writer: %v", err)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if docs, err := s.Documents.Get(ctx, "c", []string{"article"}, true); err != nil || string(docs["article"].Article) != "a later version" {
		t.Errorf("it is gone: %v, %v", docs, err)
	}
}
