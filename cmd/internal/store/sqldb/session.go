package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// session is a connection or transaction that speaks the dialect.
type session struct {
	conn    Conn
	dialect *Dialect
	kept    map[string]*sql.Stmt // statements prepared once; nil to prepare none
	prepare func(ctx context.Context, query string) (*sql.Stmt, error)
	again   bool // an earlier try of this write may have been committed: the connection was lost just then
}

// exec runs a statement and gives the number of rows it touched.
func (s *session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := s.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	var res sql.Result
	if st != nil {
		res, err = st.ExecContext(ctx, args...)
	} else {
		res, err = s.conn.ExecContext(ctx, s.dialect.rebind(query), args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row runs a query and scans its first row; sql.ErrNoRows where there is none.
func (s *session) row(ctx context.Context, query string, args, into []any) error {
	st, err := s.statement(ctx, query)
	if err != nil {
		return err
	}
	if st != nil {
		return st.QueryRowContext(ctx, args...).Scan(into...)
	}
	return s.conn.QueryRowContext(ctx, s.dialect.rebind(query), args...).Scan(into...)
}

// once runs a statement that is not worth keeping: its text is seldom the same.
func (s *session) once(ctx context.Context, query string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, s.dialect.rebind(query), args...)
	return err
}

// once1 is row for such a query.
func (s *session) once1(ctx context.Context, query string, args []any, into ...any) error {
	return s.conn.QueryRowContext(ctx, s.dialect.rebind(query), args...).Scan(into...)
}

// each runs a query and calls do for every row.
func (s *session) each(ctx context.Context, query string, args []any, do func(scan func(...any) error) error) (err error) {
	rows, err := s.conn.QueryContext(ctx, s.dialect.rebind(query), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// statement is a kept statement, nil where none are kept.
func (s *session) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s.kept == nil {
		return nil, nil
	}
	if st := s.kept[query]; st != nil {
		return st, nil
	}
	st, err := s.prepare(ctx, s.dialect.rebind(query))
	if err != nil {
		return nil, err
	}
	s.kept[query] = st
	return st, nil
}

// rebind writes the parameters as the dialect does. No statement of this
// package has a question mark for anything else.
func (d *Dialect) rebind(query string) string {
	if !d.Numbered {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			fmt.Fprintf(&b, "$%d", n)
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// patience is how long a write or a read tries again to reach a server that
// went away: longer than a restart takes.
const patience = 20 * time.Second

// The pauses between tries.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
)

// read runs queries outside a transaction.
func (d *DB) read(ctx context.Context, doing string, do func(s *session) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	s := &session{conn: d.db, dialect: &d.dialect}
	return d.failed(ctx, doing, d.persist(ctx, func(bool) (bool, error) { return false, do(s) }))
}

// write runs do in a transaction: all of it or nothing. When write returns
// without an error, it is durable. Do may run more than once; the last run
// counts.
func (d *DB) write(ctx context.Context, doing string, do func(ctx context.Context, s *session) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if d.group != nil {
		return d.failed(ctx, doing, d.group.do(ctx, do))
	}
	return d.failed(ctx, doing, d.persist(ctx, func(again bool) (bool, error) {
		tx, err := d.db.BeginTx(ctx, nil)
		if err != nil {
			return false, err
		}
		if err := do(ctx, &session{conn: tx, dialect: &d.dialect, again: again}); err != nil {
			_ = tx.Rollback() // the first error is the one to tell
			return false, err
		}
		return true, tx.Commit()
	}))
}

// persist tries until it works, or fails for a reason that does not pass. Try
// reports whether it came as far as the commit, whose outcome is unknown when
// the connection is lost.
func (d *DB) persist(ctx context.Context, try func(again bool) (committing bool, err error)) error {
	began := time.Now()
	unknown := false
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		committing, err := try(unknown)
		if err == nil || ctx.Err() != nil || time.Since(began) > patience {
			return err
		}
		lost := d.dialect.Lost != nil && d.dialect.Lost(err)
		if !lost && !d.dialect.Anew(err) {
			return err
		}
		unknown = unknown || lost && committing
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
