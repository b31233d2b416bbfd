package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"dragoman/pipeline"
)

// What is deleted or replaced is overwritten with zeros in the file
// (secure_delete). Its space is used again; when much of the file is free, it is
// given back to the disk.

// spare is the share of a file that may be free: one page in so many.
const spare = 4

// vacuumStep is how many pages are given back in one transaction: at 4 KiB
// each, what a disk moves in some ten milliseconds.
const vacuumStep = 1000

// mapped is the mode in which a file has a map of its pages, so that free ones
// can be given back. It is set before anything is in the file, or by rewriting
// it; and it takes the lock of a writer.
const mapped = "auto_vacuum(INCREMENTAL)"

// prepare gives an empty file its map.
func prepare(ctx context.Context, file string, busy time.Duration) error {
	info, err := os.Stat(file)
	if err != nil || info.Size() > 0 {
		return err
	}
	db, err := sql.Open("sqlite", dsn(file, busy, []string{mapped})) // the driver sets it before the mode of the log, by its name
	if err != nil {
		return err
	}
	return errors.Join(db.PingContext(ctx), db.Close())
}

// compact gives free pages back. A file of the first release has no map of its
// pages, and is rewritten once, with other writers waiting; then it has one.
func compact(ctx context.Context, db *sql.DB) error {
	return onOne(ctx, db, func(conn *sql.Conn) error {
		free, err := number(ctx, conn, "PRAGMA freelist_count")
		if err != nil {
			return err
		}
		pages, err := number(ctx, conn, "PRAGMA page_count")
		if err != nil || free*spare < pages {
			return err
		}
		if err := shrink(ctx, conn, free); err != nil {
			return err
		}
		_, err = truncate(ctx, conn) // else the next checkpoint does it
		return err
	})
}

// shrink gives all free pages back.
func shrink(ctx context.Context, conn *sql.Conn, free int64) error {
	has, err := incremental(ctx, conn)
	if err != nil {
		return err
	}
	if !has {
		return rewrite(ctx, conn)
	}
	for free > 0 {
		rows, err := conn.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumStep))
		if err != nil {
			return err
		}
		for rows.Next() { // a page each
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		left, err := number(ctx, conn, "PRAGMA freelist_count")
		if err != nil || left >= free {
			return err // others use pages and free pages meanwhile
		}
		free = left
	}
	return nil
}

// incremental reports whether the file has a map of its pages. The first
// release, which made none, did not overwrite what it replaced either.
func incremental(ctx context.Context, conn *sql.Conn) (bool, error) {
	mode, err := number(ctx, conn, "PRAGMA auto_vacuum")
	return mode == 2, err
}

// rewrite copies the file into itself, with a map and with nothing that was
// deleted or replaced.
func rewrite(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "PRAGMA "+mapped); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, "VACUUM")
	return err
}

// scrub makes sure that what was deleted is in no file any more: a file of the
// first release is rewritten once, and the write-ahead log is emptied.
func scrub(ctx context.Context, db *sql.DB, _ []string) error {
	return onOne(ctx, db, func(conn *sql.Conn) error {
		has, err := incremental(ctx, conn)
		if err == nil && !has {
			err = rewrite(ctx, conn)
		}
		if err != nil {
			return err
		}
		done, err := truncate(ctx, conn)
		if err == nil && !done {
			return &pipeline.Error{
				Code: pipeline.Unavailable, Hint: "run it again when no other program reads the state",
				Err: errors.New("it is deleted, but the write-ahead log beside the database could not be emptied: another program is reading"),
			}
		}
		return err
	})
}

// truncate writes the log into the database and empties it, unless somebody
// reads all the while.
func truncate(ctx context.Context, conn *sql.Conn) (done bool, err error) {
	var busy, log, moved int64
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	return busy == 0, err
}

// onOne works on one connection.
func onOne(ctx context.Context, db *sql.DB, do func(conn *sql.Conn) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close())
}

func number(ctx context.Context, conn *sql.Conn, query string) (n int64, err error) {
	err = conn.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}
