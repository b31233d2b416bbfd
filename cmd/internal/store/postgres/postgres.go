// Package postgres keeps the state in PostgreSQL: the state of several
// machines.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/sqldb"
	"dragoman/pipeline"
)

// Schema is where the tables stand, unless the URL has a search_path.
const Schema = "dragoman"

// connections is how many statements run at once.
const connections = 16

// lockID is the number of the advisory lock under which tables are made.
const lockID = 0x647261676f6d616e // "dragoman"

// lockPoll is how often a process asks whether another has made the tables.
const lockPoll = 50 * time.Millisecond

// Open opens the state in the database of a URL. Now is the clock of what is
// stored; nil is time.Now. Rates go by the server's clock, as the machines'
// own differ.
//
// A server that restarts costs a pause, not an error, if it is back within
// some twenty seconds. A commit whose outcome is not known is looked at before
// it is made again.
func Open(ctx context.Context, url string, now func() time.Time) (*store.Store, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil { // its text may hold the password
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Hint: "write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
			Err: errors.New("opening the state: the PostgreSQL URL cannot be read"),
		}
	}
	own := cfg.RuntimeParams["search_path"] == ""
	if own {
		cfg.RuntimeParams["search_path"] = Schema
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "dragoman"
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s, err := sqldb.Open(ctx, db, dialect(own), now)
	if err != nil {
		return nil, err
	}
	s.Locks = newLocks(cfg)
	return s, nil
}

func dialect(own bool) sqldb.Dialect {
	return sqldb.Dialect{
		Text: `TEXT COLLATE "C"`, Bytes: "BYTEA", Numbered: true, ForUpdate: " FOR UPDATE", Row: "ctid", Scrub: scrub,
		Clock:  "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000",
		Tables: "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_version'",
		Lock:   func(ctx context.Context, tx sqldb.Conn) error { return lock(ctx, tx, own) },
		Anew:   anew, Lost: lost, Hint: hint,
	}
}

// scrub makes the server drop the deleted rows of tables, and their index
// entries, at once. What its log, its copies and its backups hold of them is
// beyond our reach.
func scrub(ctx context.Context, db *sql.DB, tables []string) error {
	for _, table := range tables {
		if _, err := db.ExecContext(ctx, "VACUUM "+table); err != nil {
			return err
		}
	}
	return nil
}

// lock waits for its turn by asking again and again: a session that slept in
// the lock would keep a connection of a small server. It ends with the
// transaction.
func lock(ctx context.Context, tx sqldb.Conn, own bool) error {
	for {
		var got bool
		if err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(lockID)).Scan(&got); err != nil {
			return err
		}
		if got {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPoll):
		}
	}
	if !own {
		return nil
	}
	_, err := tx.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+Schema)
	return err
}

// state is PostgreSQL's code of an error, "" where it is none of its.
func state(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// anew: serialization failure, deadlock, and a lock not had in time.
func anew(err error) bool {
	switch state(err) {
	case "40001", "40P01", "55P03":
		return true
	}
	return false
}

// lost: the server ends, starts, or cannot be reached.
func lost(err error) bool {
	switch s := state(err); {
	case s == "57P01", s == "57P02", s == "57P03", strings.HasPrefix(s, "08"):
		return true
	case s != "":
		return false
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone) {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return network || connect || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// hint is the remedy for an error.
func hint(err error) string {
	s := state(err)
	switch {
	case strings.HasPrefix(s, "28"):
		return "check the user and the password in the PostgreSQL URL"
	case s == "3D000":
		return "make the database, or name another in the PostgreSQL URL"
	case s == "3F000":
		return "make the schema that search_path names, or leave search_path out"
	case s == "42501":
		return "give the user of the PostgreSQL URL the right to make a schema and tables, and to write them"
	case s == "53100":
		return "the disk of the PostgreSQL server is full"
	case s == "53300":
		return fmt.Sprintf("the PostgreSQL server has no connection left: a process uses up to %d", connections)
	case s == "25006":
		return "the PostgreSQL server only reads: name the one that writes"
	case lost(err):
		return "check that the PostgreSQL server runs and can be reached"
	}
	return ""
}
