// Package sqlite keeps the state in an SQLite file: the state of one machine.
// Several processes may hold it open at once.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"dragoman/cmd/internal/durable"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/sqldb"
	"dragoman/pipeline"
)

// busyTimeout is how long a query waits for a lock that another process holds;
// a write waits three times as long.
const busyTimeout = 5 * time.Second

// readers is how many queries run at once beside the writer.
const readers = 4

// Open opens the state in a file, which is made if need be, for the owner only
// (folder 0700, file 0600). Now is the clock of what is stored; nil is
// time.Now.
//
// Every commit is synced (write-ahead log, synchronous=FULL): money is at
// stake. Writes of one process share transactions, so that the price of a sync
// is paid once for all that wait.
func Open(ctx context.Context, file string, now func() time.Time) (*store.Store, error) {
	return open(ctx, file, now, busyTimeout)
}

func open(ctx context.Context, file string, now func() time.Time, busy time.Duration, pragmas ...string) (*store.Store, error) {
	file, err := filepath.Abs(file)
	if err == nil {
		err = create(file)
	}
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Unavailable, Hint: "set DRAGOMAN_STATE to a folder that can be written",
			Err: fmt.Errorf("opening the state: %w", err),
		}
	}
	for began := time.Now(); ; {
		s, err := begin(ctx, file, now, busy, pragmas)
		if err == nil || !held(err) || time.Since(began) > busy {
			return s, err
		}
		select { // who makes the file at the same moment has a lock that SQLite does not wait for
		case <-ctx.Done():
			return nil, err
		case <-time.After(openPause):
		}
	}
}

// openPause is how long whoever makes a file has its lock.
const openPause = 10 * time.Millisecond

// begin opens the state in a file that is there, perhaps empty.
func begin(ctx context.Context, file string, now func() time.Time, busy time.Duration, pragmas []string) (*store.Store, error) {
	if err := prepare(ctx, file, busy); err != nil {
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Hint: hint(file, code(err)), Err: fmt.Errorf("opening the state: %w", err)}
	}
	db, err := sql.Open("sqlite", dsn(file, busy, pragmas))
	if err != nil {
		return nil, fmt.Errorf("opening the state: %w", err)
	}
	db.SetMaxOpenConns(1 + readers)
	db.SetMaxIdleConns(1 + readers)
	s, err := sqldb.Open(ctx, db, dialect(file, busy), now)
	if err != nil {
		return nil, err
	}
	s.Locks = &locks{folder: file + lockFolder}
	return s, nil
}

// create makes the file, so that it is its owner's alone from the start; the
// files that SQLite puts beside it take its mode.
func create(file string) error {
	if err := durable.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	_, err := os.Lstat(file)
	f, err2 := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err2 != nil {
		return err2
	}
	if errors.Is(err, fs.ErrNotExist) {
		err2 = durable.Sync(filepath.Dir(file))
	}
	return errors.Join(err2, f.Close())
}

func dsn(file string, busy time.Duration, pragmas []string) string {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive of Windows
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"secure_delete(ON)",
	}, pragmas...)}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func dialect(file string, busy time.Duration) sqldb.Dialect {
	return sqldb.Dialect{
		Text: "TEXT", Bytes: "BLOB",
		Row: "rowid", Compact: compact, Scrub: scrub,
		Begin: "BEGIN IMMEDIATE", Alone: "PRAGMA busy_timeout = 0", Wait: 3 * busy, Changes: "PRAGMA data_version",
		Tables: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
		Anew:   held,
		Hint:   func(err error) string { return hint(file, code(err)) },
	}
}

// held reports whether an error says that another has a lock.
func held(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// code is SQLite's primary result code, 0 where the error is none of its.
func code(err error) int {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// hint is the remedy for a result code.
func hint(file string, code int) string {
	switch code {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Sprintf("%s is damaged or no database: put a copy of it in its place, or move it away to begin anew", file)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return fmt.Sprintf("check that the disk of %s has room and works", file)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fmt.Sprintf("check that %s and its folder can be written", file)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return fmt.Sprintf("another program holds %s: end it, or wait for it", file)
	case 0:
		return ""
	}
	return fmt.Sprintf("check %s and the disk it is on", file)
}
