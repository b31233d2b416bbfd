package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/storetest"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/reuse"
)

// raw opens a database beside the store.
func raw(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(file, time.Second, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec1(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
}

// whole checks a database from end to end.
func whole(t *testing.T, file string) {
	t.Helper()
	var said string
	if err := raw(t, file).QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("integrity_check: %s, %v", said, err)
	}
}

// unavailable checks an error with its remedy.
func unavailable(t *testing.T, what string, err error, hint string) {
	t.Helper()
	if e, ok := errors.AsType[*pipeline.Error](err); !ok || e.Code != pipeline.Unavailable || !strings.Contains(e.Hint, hint) {
		t.Errorf("%s: %v (%+v), want a hint with %q", what, err, e, hint)
	}
}

// A damaged row counts as not stored, and costs no other.
func TestDamagedRows(t *testing.T) {
	file, ctx := filepath.Join(t.TempDir(), "dragoman.db"), context.Background()
	s := openAt(t, file)
	defer s.Close()
	key := ledgertest.Exchange(1).Key
	for range 5 {
		if err := s.Ledger.Append(ctx, ledgertest.Exchange(1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ledger.Append(ctx, ledgertest.Exchange(2)); err != nil {
		t.Fatal(err)
	}
	db := raw(t, file)
	var body []byte
	if err := db.QueryRow("SELECT body FROM exchanges WHERE key = ? AND sequence = 1", key).Scan(&body); err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(body)
	flipped[len(flipped)/2] ^= 4
	for n, b := range map[int][]byte{1: flipped, 2: body[:len(body)-3], 3: {}, 4: []byte("text in its place, much longer than a header")} {
		exec1(t, db, "UPDATE exchanges SET body = ? WHERE key = ? AND sequence = ?", b, key, n)
	}
	exec1(t, db, "UPDATE exchanges SET body = ? WHERE key = ?", body, ledgertest.Exchange(2).Key) // of another request
	if xs, err := s.Ledger.Find(ctx, key); err != nil || len(xs) != 1 || xs[0].Sequence != 5 {
		t.Errorf("found %+v, %v", xs, err)
	}
	n := 0
	for _, err := range s.Ledger.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	damaged := s.Ledger.(store.Damaged).Damaged()
	if n != 1 || len(damaged) != 5 || damaged[0] != key+"-0001" {
		t.Errorf("%d listed, damaged: %v", n, damaged)
	}
	x := ledgertest.Exchange(1)
	if err := s.Ledger.Append(ctx, x); err != nil || x.Sequence != 6 {
		t.Errorf("the next has number %d, %v", x.Sequence, err)
	}
	for _, table := range []string{"settled", "profiles"} {
		damageKept(t, s, db, table)
	}
}

// damageKept stores a settled answer and a profile, and damages one.
func damageKept(t *testing.T, s *store.Store, db *sql.DB, table string) {
	ctx := context.Background()
	if err := errors.Join(s.Settled.Put([]reuse.Entry{{Key: "k", Stage: "correct"}}), s.Profiles.Save(ctx, "u", "m", llm.Profile{Slots: 2})); err != nil {
		t.Fatal(err)
	}
	exec1(t, db, "UPDATE "+table+" SET body = ?", []byte("\x01 damaged, and longer than a header"))
	entries, err := s.Settled.Find("correct", "", "k")
	_, stored, err2 := s.Profiles.Load(ctx, "u", "m")
	if err != nil || err2 != nil || (len(entries) == 0) != (table == "settled") || stored != (table == "settled") {
		t.Errorf("%s damaged: %v, %v, %v, %v", table, entries, stored, err, err2)
	}
}

func TestNoDatabase(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	file := filepath.Join(dir, "text.db")
	text := strings.Repeat("this is no database, but somebody's text\n", 200)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(ctx, file, nil)
	unavailable(t, "a text", err, "no database")
	if b, _ := os.ReadFile(file); string(b) != text {
		t.Error("the text was changed")
	}
	_, err = Open(ctx, dir, nil)
	unavailable(t, "a folder", err, "written")
	_, err = Open(ctx, filepath.Join(file, "x.db"), nil)
	unavailable(t, "beneath a file", err, "written")
}

// A database with a torn page answers with an error that says so, where the
// page is needed.
func TestCorruptDatabase(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	s := openAt(t, file)
	for range 50 {
		if err := s.Ledger.Append(ctx, ledgertest.Exchange(1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = Open(ctx, file, nil)
	if err == nil {
		_, err = s.Ledger.Find(ctx, ledgertest.Exchange(1).Key)
		s.Close()
	}
	unavailable(t, "torn pages", err, "damaged")
}

func TestNewerVersion(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dragoman.db")
	if err := openAt(t, file).Close(); err != nil {
		t.Fatal(err)
	}
	exec1(t, raw(t, file), "UPDATE schema_version SET version = 99")
	_, err := Open(context.Background(), file, nil)
	unavailable(t, "a newer version", err, "newer program")
}

// A full disk fails what does not fit, says so, and spares what is there; when
// there is room again the same handle goes on.
func TestFullDisk(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	s := openAt(t, file, "max_page_count(60)")
	defer s.Close()
	var mu sync.Mutex
	kept := 0
	var wg sync.WaitGroup
	for w := range 8 { // side by side: their writes share transactions
		wg.Go(func() {
			for i := range 20 {
				x := ledgertest.Exchange(w)
				x.Reply.Body = noise(w*100+i, 9000)
				err := s.Ledger.Append(ctx, x)
				mu.Lock()
				if err == nil {
					kept++
				} else {
					unavailable(t, "a full disk", err, "has room")
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	found := 0
	for _, err := range s.Ledger.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != kept || kept == 0 || kept == 160 {
		t.Errorf("%d found, %d acknowledged", found, kept)
	}
	exec1(t, raw(t, file), "DELETE FROM exchanges")
	if err := s.Ledger.Append(ctx, ledgertest.Exchange(1)); err != nil {
		t.Errorf("with room again: %v", err)
	}
	whole(t, file)
}

// noise does not compress.
func noise(seed, n int) []byte {
	b, v := make([]byte, n), uint64(seed)*2654435761+1
	for i := range b {
		v ^= v << 13
		v ^= v >> 7
		v ^= v << 17
		b[i] = byte(v)
	}
	return b
}

// A lock that another program keeps is waited for, and then told.
func TestLocked(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	s, err := open(ctx, file, nil, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := raw(t, file)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 40 { // they wait together, not one after the other
		wg.Go(func() {
			unavailable(t, "a locked database", s.Ledger.Append(ctx, ledgertest.Exchange(1)), "another program")
		})
	}
	wg.Wait()
	if _, err := s.Ledger.Find(ctx, ledgertest.Exchange(1).Key); err != nil {
		t.Errorf("reading meanwhile: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ledger.Append(ctx, ledgertest.Exchange(1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A write that waits behind a lock is left at once when its context ends, and
// is not done later.
func TestLeft(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	s := openAt(t, file)
	defer s.Close()
	tx, err := raw(t, file).Begin()
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := s.Ledger.Append(short, ledgertest.Exchange(1)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("left: %v", err)
			}
		})
	}
	wg.Wait()
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	x := ledgertest.Exchange(1)
	if err := s.Ledger.Append(ctx, x); err != nil || x.Sequence != 1 {
		t.Errorf("the next has number %d, %v", x.Sequence, err)
	}
}

func TestOpenedAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dragoman.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := Open(context.Background(), file, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(s.Ledger.Append(context.Background(), ledgertest.Exchange(1)), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := openAt(t, file)
	defer s.Close()
	if xs, err := s.Ledger.Find(context.Background(), ledgertest.Exchange(1).Key); err != nil || len(xs) != 8 {
		t.Errorf("%d exchanges, %v", len(xs), err)
	}
}

// In no simulated second begin more claims than the rate has, and the shared
// line of two handles has no gaps.
func TestRatesOnASimulatedClock(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	start := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	now := start
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	var handles []*store.Store
	for range 2 {
		s, err := Open(ctx, file, clock)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		handles = append(handles, s)
	}
	var begins []time.Duration
	for step := range 4 {
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				wait, err := handles[i%2].Rates.Take(ctx, "b", 1, 600)
				if err != nil {
					t.Error(err)
				}
				at := clock().Add(wait).Sub(start)
				mu.Lock()
				defer mu.Unlock()
				begins = append(begins, at)
			})
		}
		wg.Wait()
		mu.Lock()
		now = now.Add(time.Duration(step) * 700 * time.Millisecond)
		mu.Unlock()
	}
	slices.Sort(begins)
	for k, at := range begins {
		if at != time.Duration(k)*100*time.Millisecond {
			t.Fatalf("claim %d begins at %v", k, at)
		}
	}
	if err := handles[0].Rates.Pause(ctx, "b", time.Minute); err != nil {
		t.Fatal(err)
	}
	if wait, err := handles[1].Rates.Take(ctx, "b", 0, 600); err != nil || wait != time.Minute {
		t.Errorf("the other handle pauses for %v, %v", wait, err)
	}
}

// A reservation whose process died stays set aside; after an hour nobody waits
// for it any more.
func TestDeadReservation(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	s, err := Open(ctx, filepath.Join(t.TempDir(), "dragoman.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reserve := func() error {
		_, err := s.Purse.Reserve(ctx, storetest.Account("day", 100), storetest.Amount(60))
		return err
	}
	if err := reserve(); err != nil {
		t.Fatal(err)
	}
	if err := reserve(); !errors.Is(err, wire.ErrBusy) {
		t.Errorf("beside a call under way: %v", err)
	}
	now = now.Add(61 * time.Minute)
	if err := reserve(); pipeline.CodeOf(err) != pipeline.Budget || !strings.Contains(fmt.Sprint(err), "day") {
		t.Errorf("beside a dead one: %v", err)
	}
	if got, err := s.Purse.Spent(ctx, "day"); err != nil || got != storetest.Amount(60) {
		t.Errorf("spent %+v, %v", got, err)
	}
}
