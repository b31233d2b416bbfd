package sqldb

import (
	"context"
	"encoding/json"
	"iter"
)

// noLimit is the limit of a list without one: the most that both databases
// take.
const noLimit = 1<<63 - 1

// limit is the parameter of a LIMIT; 0 is none.
func limit(n int) int64 {
	if n <= 0 {
		return noLimit
	}
	return int64(n)
}

// plain is JSON as a column that is never NULL.
func plain(b json.RawMessage) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// given is JSON from such a column.
func given(b json.RawMessage) json.RawMessage {
	if len(b) == 0 {
		return nil
	}
	return b
}

// listed gives all rows of a query.
func listed[T any](ctx context.Context, d *DB, doing, query string, args []any, scan func(func(...any) error) (T, error)) (all []T, err error) {
	err = d.read(ctx, doing, func(s *session) error {
		all = nil // of a try before this one
		return s.each(ctx, query, args, func(row func(...any) error) error {
			v, err := scan(row)
			all = append(all, v)
			return err
		})
	})
	return all, err
}

// paged gives the rows of a list a page at a time, so that memory stays flat
// and no query is open while the caller works. Next is the query for what
// follows a row, nil for the first; it ends in LIMIT ?. Most bounds the rows.
func paged[T any](ctx context.Context, d *DB, doing string, most int64, next func(last *T) (string, []any), scan func(func(...any) error) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		for left := most; left > 0; {
			query, args := next(last)
			page := min(left, listPage)
			rows, err := listed(ctx, d, doing, query, append(args, page), scan)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range rows {
				if !yield(v, nil) {
					return
				}
			}
			if int64(len(rows)) < page {
				return
			}
			last, left = &rows[len(rows)-1], left-page
		}
	}
}
