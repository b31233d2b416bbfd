package sqldb

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"dragoman/pipeline"
)

// migrations are the steps from an empty database to today's tables, by
// number: 001.sql makes version 1. A released one never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables to today's version. Several processes may open an
// empty database at once: one makes the tables, the others wait.
func (d *DB) migrate(ctx context.Context) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql") // in order of their names
	if err != nil {
		return err
	}
	d.tables = len(steps)
	return d.persist(ctx, func(bool) (bool, error) {
		have, err := d.version(ctx, d.db)
		if err != nil || have == len(steps) {
			return false, err
		}
		tx, err := d.db.BeginTx(ctx, nil)
		if err != nil {
			return false, err
		}
		if err := d.apply(ctx, tx, steps); err != nil {
			_ = tx.Rollback() // the first error is the one to tell
			return false, err
		}
		return true, tx.Commit()
	})
}

// apply runs what is missing of the steps, in a transaction.
func (d *DB) apply(ctx context.Context, tx Conn, steps []string) error {
	if d.dialect.Lock != nil {
		if err := d.dialect.Lock(ctx, tx); err != nil {
			return err
		}
	}
	have, err := d.version(ctx, tx) // another process may have been faster
	switch {
	case err != nil:
		return err
	case have > len(steps):
		return &pipeline.Error{
			Code: pipeline.Unavailable, Hint: "use the newer program that wrote it; nothing was changed",
			Err: fmt.Errorf("the state is of version %d, this program knows %d", have, len(steps)),
		}
	case have == 0:
		if _, err := tx.ExecContext(ctx, "CREATE TABLE schema_version (version BIGINT NOT NULL)"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO schema_version (version) VALUES (0)"); err != nil {
			return err
		}
	}
	types := strings.NewReplacer("{text}", d.dialect.Text, "{bytes}", d.dialect.Bytes, "{now}", strconv.FormatInt(stamp(d.now()), 10))
	for _, name := range steps[have:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, types.Replace(string(text))); err != nil {
			return fmt.Errorf("applying %s: %w", path.Base(name), err)
		}
	}
	s := &session{conn: tx, dialect: &d.dialect}
	_, err = s.exec(ctx, "UPDATE schema_version SET version = ?", len(steps))
	return err
}

// version is the version of the tables that are there, 0 where none are.
func (d *DB) version(ctx context.Context, c Conn) (int, error) {
	var n int
	if err := c.QueryRowContext(ctx, d.dialect.Tables).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	err := c.QueryRowContext(ctx, "SELECT version FROM schema_version").Scan(&n)
	return n, err
}
