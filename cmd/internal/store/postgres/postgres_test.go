package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/pgtest"
	"dragoman/cmd/internal/store/storetest"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/ledgertest"
)

// TestPostgres runs what can share a server.
func TestPostgres(t *testing.T) {
	dsn := pgtest.Start(t)
	t.Run("store", func(t *testing.T) { suite(t, dsn) })
	t.Run("opened at once", func(t *testing.T) { openedAtOnce(t, database(t, dsn, "once")) })
	t.Run("search path", func(t *testing.T) { searchPath(t, database(t, dsn, "paths")) })
	t.Run("older version", func(t *testing.T) { olderVersion(t, database(t, dsn, "older")) })
	t.Run("locks of schemas", func(t *testing.T) { locksOfSchemas(t, database(t, dsn, "schemas")) })
	t.Run("refused", func(t *testing.T) { refused(t, dsn) })
}

// database makes an empty database.
func database(t *testing.T, dsn, name string) string {
	t.Helper()
	sqlExec(t, dsn, "CREATE DATABASE "+name)
	return strings.Replace(dsn, "/postgres?", "/"+name+"?", 1)
}

func sqlExec(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

func openAt(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := Open(context.Background(), dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// suite runs the suite, each state in a schema of its own.
func suite(t *testing.T, dsn string) {
	urls := map[*store.Store]string{}
	storetest.Run(t, func(t *testing.T) *store.Store {
		schema := fmt.Sprint("test", len(urls))
		sqlExec(t, dsn, "CREATE SCHEMA "+schema)
		url := dsn + "&search_path=" + schema
		s := openAt(t, url)
		urls[s] = url
		return s
	}, func(t *testing.T, first *store.Store) *store.Store {
		s := openAt(t, urls[first])
		urls[s] = urls[first]
		return s
	})
}

// Processes that open an empty database at once find one set of tables.
func openedAtOnce(t *testing.T, dsn string) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := Open(context.Background(), dsn, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Ledger.Append(context.Background(), ledgertest.Exchange(1)); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := openAt(t, dsn)
	defer s.Close()
	if xs, err := s.Ledger.Find(context.Background(), ledgertest.Exchange(1).Key); err != nil || len(xs) != 8 {
		t.Errorf("%d exchanges, %v", len(xs), err)
	}
	sqlExec(t, dsn, "UPDATE dragoman.schema_version SET version = 99")
	if _, err := Open(context.Background(), dsn, nil); pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("a newer version: %v", err)
	}
}

func searchPath(t *testing.T, dsn string) {
	sqlExec(t, dsn, "CREATE SCHEMA desk")
	for _, path := range []string{"desk", "missing"} {
		s, err := Open(context.Background(), dsn+"&search_path="+path, nil)
		if path == "missing" {
			if e, ok := err.(*pipeline.Error); !ok || e.Code != pipeline.Unavailable || !strings.Contains(e.Hint, "search_path") {
				t.Errorf("a schema that is not there: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		sqlExec(t, dsn, "SELECT version FROM desk.schema_version")
	}
}

// A server that crashes and comes back costs a pause: what was acknowledged is
// there, and money is counted once.
func TestServerCrashes(t *testing.T) {
	server := pgtest.StartDurable(t)
	s := openAt(t, server.DSN)
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const cost = 3
	var mu sync.Mutex
	kept, settled := 0, int64(0)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				x := ledgertest.Exchange(1)
				x.Sent = time.Now() // no two are the same
				if err := s.Ledger.Append(ctx, x); err != nil {
					t.Errorf("appending: %v", err)
					return
				}
				h, err := s.Purse.Reserve(ctx, storetest.Account("run", 1<<40), storetest.Amount(cost+1))
				if err == nil {
					err = s.Purse.Settle(ctx, h, storetest.Amount(cost))
				}
				if err != nil {
					t.Errorf("paying: %v", err)
					return
				}
				mu.Lock()
				kept, settled = kept+1, settled+cost
				mu.Unlock()
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	server.Crash(t)
	server.Start(t)
	time.Sleep(200 * time.Millisecond)
	close(stop)
	wg.Wait()
	xs, err := s.Ledger.Find(ctx, ledgertest.Exchange(1).Key)
	if err != nil || len(xs) != kept || kept == 0 {
		t.Errorf("%d exchanges kept, %v, %d acknowledged", len(xs), err, kept)
	}
	if got, err := s.Purse.Spent(ctx, "run"); err != nil || got != storetest.Amount(settled) {
		t.Errorf("spent %+v, %v, settled %d", got, err, settled)
	}
}

func refused(t *testing.T, dsn string) {
	for name, c := range map[string]struct {
		url  string
		code pipeline.Code
		hint string
	}{
		"no URL":      {"postgres://user:hushhush@host:port/x", pipeline.Invalid, "postgres://"},
		"no database": {strings.Replace(dsn, "/postgres?", "/none?", 1), pipeline.Unavailable, "make the database"},
		"no user":     {strings.Replace(dsn, "dragoman@", "nobody:hushhush@", 1), pipeline.Unavailable, "user"},
	} {
		_, err := Open(context.Background(), c.url, nil)
		e, ok := err.(*pipeline.Error)
		if !ok || e.Code != c.code || !strings.Contains(e.Hint, c.hint) || strings.Contains(fmt.Sprint(e, e.Hint), "hushhush") {
			t.Errorf("%s: %v (%+v)", name, err, e)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := openAt(b, pgtest.StartDurable(b).DSN)
	defer s.Close()
	storetest.BenchmarkAppend(b, s.Ledger, 64)
}
