package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // the driver, and how its errors are read
	"github.com/jackc/pgx/v5"
)

// connect opens the store, takes the lease of an engine that works, and brings
// the tables up to date. The library gets a context that no signal ends: it
// would cancel what runs.
func (e *Engine) connect(ctx context.Context) error {
	cfg := dbos.Config{
		AppName: appName, ApplicationVersion: appVersion, ExecutorID: e.id,
		DatabaseSchema: schema, Logger: slog.New(quiet{e.log.Handler()}),
	}
	path, isFile := strings.CutPrefix(e.cfg.URL, "sqlite:")
	switch {
	case isFile:
		return e.connectFile(path, cfg)
	case strings.HasPrefix(e.cfg.URL, "postgres://"), strings.HasPrefix(e.cfg.URL, "postgresql://"):
		return e.connectServer(ctx, cfg)
	}
	return errors.New("the URL of the store begins with neither sqlite: nor postgres://")
}

// connectFile opens an SQLite file. Its commits survive a kill of the program,
// not a power cut: the money is in the ledger.
func (e *Engine) connectFile(path string, cfg dbos.Config) error {
	abs, err := filepath.Abs(strings.TrimPrefix(path, "//"))
	if err != nil {
		return fmt.Errorf("finding %s: %w", path, err)
	}
	if err := ownFile(abs); err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	// One connection: who waits in this process stands in a line. With more,
	// SQLite lets them try again after random waits, and when one of the
	// library's claims has waited too long it is slowed down for minutes.
	query := "_txlock=immediate&_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(ON)"
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: query}
	if e.db, err = sql.Open("sqlite", name.String()); err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	e.db.SetMaxOpenConns(1)
	if e.cfg.Work != nil {
		l, err := leaseFile(e.cfg.Leases, e.id)
		if err != nil {
			return err
		}
		e.lease = l
	}
	cfg.SQLiteSystemDB = e.db
	if e.dbos, err = dbos.NewContext(context.Background(), cfg); err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	return nil
}

// ownFile makes the file if need be, for its owner alone; what SQLite puts
// beside it takes its mode.
func ownFile(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// migrating is the advisory lock of PostgreSQL under which tables are made:
// the bytes of "dragomig". The library's migrations fail when two run at once,
// and hang where the second waits for the lock inside PostgreSQL, so the lock
// is asked for again and again.
const migrating = 0x647261676f6d6967

// connectServer opens a PostgreSQL database.
func (e *Engine) connectServer(ctx context.Context, cfg dbos.Config) error {
	l, err := leaseServer(ctx, e.cfg.URL, e.id, e.cfg.Work != nil)
	if err != nil {
		return err
	}
	if e.cfg.Work != nil {
		e.lease = l
	} else {
		defer func() { _ = l.close() }()
	}
	if err := l.locked(ctx, migrating, func() error {
		cfg.DatabaseURL = e.cfg.URL
		e.dbos, err = dbos.NewContext(context.Background(), cfg)
		return err
	}); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	return nil
}

// locked calls do while the lease's connection holds an advisory lock.
func (l *serverLease) locked(ctx context.Context, key int64, do func() error) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		got, err := lock(ctx, l.conn, key)
		if err != nil {
			return err
		}
		if got {
			break
		}
		if !tick(ctx, 50*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
	defer func() { err = errors.Join(err, unlock(ctx, l.conn, key)) }()
	return do()
}

// lock tries to take an advisory lock of the session.
func lock(ctx context.Context, conn *pgx.Conn, key int64) (got bool, err error) {
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&got); err != nil {
		return false, fmt.Errorf("taking an advisory lock: %w", err)
	}
	return got, nil
}

// unlock gives an advisory lock of the session back.
func unlock(ctx context.Context, conn *pgx.Conn, key int64) error {
	if _, err := conn.Exec(ctx, "select pg_advisory_unlock($1)", key); err != nil {
		return fmt.Errorf("giving an advisory lock back: %w", err)
	}
	return nil
}

// quiet hands on what the library says, one level lower: its warnings are
// about its inner life (a failed job is one), and what matters to a user comes
// back as an error.
type quiet struct{ slog.Handler }

// lower is one level of slog.
const lower = slog.LevelInfo - slog.LevelDebug

// Enabled reports whether a record is handled at its lower level.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, level-lower)
}

// Handle hands a record on.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level -= lower
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps the handler quiet.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup keeps the handler quiet.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
