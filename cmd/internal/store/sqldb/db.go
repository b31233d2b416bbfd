// Package sqldb keeps the state in an SQL database: one code for SQLite and
// PostgreSQL. What differs between them is a [Dialect]; packages sqlite and
// postgres have theirs, and nothing else. The statements use what both
// understand.
//
// Whatever holds text of people or of models is sealed: compressed, and behind
// a digest, so that a damaged row is told from a whole one. It counts as not
// stored, and costs no more than itself.
package sqldb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// Dialect is what one database does in its own way.
type Dialect struct {
	Text, Bytes string // column types: text ordered by its bytes, and bytes
	Numbered    bool   // parameters are $1, $2 in place of ?
	ForUpdate   string // ends a SELECT whose rows are locked until the transaction ends; "" where a writer is alone anyway
	Clock       string // an expression: the server's time in nanoseconds; "" where the program's clock counts
	Row         string // a column that tells the rows of any table apart, for a while
	Tables      string // counts the tables named schema_version that a fresh connection sees

	// Begin is the statement that begins a transaction which writes. Where it
	// is set, one goroutine writes for all and shares its transactions among
	// them; where it is "", every write has a connection and a transaction of
	// its own.
	Begin   string
	Alone   string        // prepares the connection of that goroutine: it waits for no lock by itself
	Wait    time.Duration // how long that goroutine waits for the lock of another process
	Changes string        // a query: a number that other processes' commits change
	// Lock makes this process the only one that sets up the database, until
	// the transaction ends; nil where beginning it does that.
	Lock func(ctx context.Context, tx Conn) error
	// Anew reports whether an error undid the transaction for a reason that
	// passes (a deadlock, a lock not had in time), so that it may run again.
	Anew func(err error) bool
	// Lost reports whether an error is of the connection, not of the statement.
	// A write then runs again, for [patience] at most; nil where there is none.
	Lost func(err error) bool
	// Compact gives the space of what was taken away back to the system; nil
	// where the database does so by itself.
	Compact func(ctx context.Context, db *sql.DB) error
	// Scrub makes what was taken away from these tables unreadable, as far as
	// the database can.
	Scrub func(ctx context.Context, db *sql.DB, tables []string) error
	// Hint is the remedy for an error, "" where none is known.
	Hint func(err error) string
}

// Conn is a connection or a transaction of database/sql.
type Conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open database.
type DB struct {
	db      *sql.DB
	dialect Dialect
	now     func() time.Time
	owner   string // host and process, of reservations
	group   *group // nil where writes do not share transactions
	packer  packer
	tables  int // version of the tables
}

// Open makes the tables where they are missing, and gives the state in a
// database, but for its Locks, which are each database's own. It takes db over: Close closes it, and so does an error. Now is
// the clock of what is stored; nil is time.Now.
func Open(ctx context.Context, db *sql.DB, dialect Dialect, now func() time.Time) (*store.Store, error) {
	d, err := open(ctx, db, dialect, now)
	if err != nil {
		_ = db.Close() // the first error is the one to tell
		return nil, err
	}
	return &store.Store{
		Ledger: &Ledger{db: d}, Settled: &settled{d}, Decisions: &decisions{d}, Profiles: &profiles{d},
		Runs: &runs{d}, Documents: &documents{d}, Purse: &purse{d}, Rates: &rates{d},
		Schedules: &schedules{d}, Places: &places{d}, Firings: &firings{d}, Entries: &entries{d}, Sources: &sources{d}, Deliveries: &deliveries{d},
		Uses: &uses{d}, Keeper: &keeper{d}, Version: d.tables, Close: sync.OnceValue(d.close),
	}, nil
}

func open(ctx context.Context, db *sql.DB, dialect Dialect, now func() time.Time) (*DB, error) {
	if now == nil {
		now = time.Now
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	d := &DB{db: db, dialect: dialect, now: now, owner: fmt.Sprintf("%s:%d", host, os.Getpid())}
	if err := d.migrate(ctx); err != nil {
		return nil, d.failed(ctx, "opening the state", err)
	}
	if dialect.Begin != "" {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, d.failed(ctx, "opening the state", err)
		}
		if d.group, err = newGroup(ctx, d, conn); err != nil {
			return nil, d.failed(ctx, "opening the state", err)
		}
	}
	return d, nil
}

func (d *DB) close() error {
	var err error
	if d.group != nil {
		err = d.group.close()
	}
	if err := errors.Join(err, d.db.Close()); err != nil {
		return d.failed(context.Background(), "closing the state", err)
	}
	return nil
}

// failed is an error of the database, with its remedy. What is typed already,
// and the end of a context, stays as it is.
func (d *DB) failed(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if e := ctx.Err(); e != nil {
		return fmt.Errorf("%s: %w", doing, e)
	}
	if _, typed := errors.AsType[*pipeline.Error](err); typed || errors.Is(err, wire.ErrBusy) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	hint := d.dialect.Hint(err)
	if hint == "" {
		hint = "check that the database of the state can be reached and written"
	}
	return &pipeline.Error{Code: pipeline.Unavailable, Hint: hint, Err: fmt.Errorf("%s: %w", doing, err)}
}

// invalid is a request that no database could fulfil.
func invalid(hint, format string, args ...any) error {
	return &pipeline.Error{Code: pipeline.Invalid, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// randomID is a name that nobody else takes: n random bytes in hexadecimal.
func randomID(n int) string {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // it never fails
	return hex.EncodeToString(b)
}

// stamp is a time as a column, 0 for the zero time.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is a time from its column, in UTC.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
