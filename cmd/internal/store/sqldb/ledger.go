package sqldb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"dragoman/pipeline/llm"
)

// Ledger keeps exchanges in a table. It is the Ledger of the store that [Open]
// gives.
type Ledger struct {
	db *DB

	mu      sync.Mutex
	damaged []string
}

// page is how many exchanges are read at once when all are wanted: some
// hundred kilobytes.
const page = 64

const insertExchange = `INSERT INTO exchanges (key, sequence, stage, lang, model, prompt, sent, duration_ms, status, body)
	VALUES (?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM exchanges WHERE key = ?), ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING RETURNING sequence`

const importExchange = `INSERT INTO exchanges (key, sequence, stage, lang, model, prompt, sent, duration_ms, status, body)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

// Append stores an exchange. See [llm.Ledger].
func (l *Ledger) Append(ctx context.Context, x *llm.Exchange) error {
	const doing = "appending to the ledger"
	body, err := l.pack(x)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var number int
	err = l.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		if s.again { // it may be there, from the try whose connection was lost
			err := s.row(ctx, "SELECT sequence FROM exchanges WHERE key = ? AND body = ?", []any{x.Key, body}, []any{&number})
			if !errors.Is(err, errNoRow) {
				return err
			}
		}
		columns := append([]any{x.Key, x.Key}, columnsOf(x, body)...)
		for {
			err := s.row(ctx, insertExchange, columns, []any{&number})
			if !errors.Is(err, errNoRow) { // else another process took the number just now
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	x.Sequence = number
	return nil
}

// Import stores exchanges of another ledger under the numbers that they have
// there, all or none. A number that is taken keeps what it has.
func (l *Ledger) Import(ctx context.Context, xs []*llm.Exchange) error {
	const doing = "importing into the ledger"
	bodies := make([][]byte, len(xs))
	for i, x := range xs {
		var err error
		if bodies[i], err = l.pack(x); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return l.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		for i, x := range xs {
			if _, err := s.exec(ctx, importExchange, append([]any{x.Key, x.Sequence}, columnsOf(x, bodies[i])...)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *Ledger) pack(x *llm.Exchange) ([]byte, error) {
	if !x.NoText && x.Key != llm.Key(&x.Request) {
		return nil, fmt.Errorf("%q is not the key of the request", x.Key)
	}
	b, err := llm.EncodeExchange(x)
	if err != nil {
		return nil, err
	}
	return l.db.packer.seal(x.Key, b)
}

// columnsOf are the columns behind key and number.
func columnsOf(x *llm.Exchange, body []byte) []any {
	r := &x.Request
	return []any{text(r.Stage), text(r.Lang), text(r.Model), text(r.Prompt), stamp(x.Sent), x.Duration.Milliseconds(), x.Reply.Status, body}
}

// row is an exchange as it is stored.
type row struct {
	key      string
	sequence int
	body     []byte
}

// Find reads the exchanges of a key. See [llm.Ledger].
func (l *Ledger) Find(ctx context.Context, key string) ([]*llm.Exchange, error) {
	rows, err := l.rows(ctx, "SELECT key, sequence, body FROM exchanges WHERE key = ? ORDER BY sequence", text(key))
	if err != nil {
		return nil, err
	}
	var out []*llm.Exchange
	for _, r := range rows {
		if x := l.unpack(r); x != nil {
			out = append(out, x)
		}
	}
	return out, nil
}

// All reads every exchange, a page at a time. See [llm.Ledger].
func (l *Ledger) All(ctx context.Context) iter.Seq2[*llm.Exchange, error] {
	return func(yield func(*llm.Exchange, error) bool) {
		var last row
		for {
			rows, err := l.rows(ctx, "SELECT key, sequence, body FROM exchanges WHERE (key, sequence) > (?, ?) ORDER BY key, sequence LIMIT ?",
				text(last.key), last.sequence, page)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range rows {
				if err := ctx.Err(); err != nil {
					yield(nil, fmt.Errorf("reading the ledger: %w", err))
					return
				}
				if x := l.unpack(r); x != nil && !yield(x, nil) {
					return
				}
			}
			if len(rows) < page {
				return
			}
			last = rows[len(rows)-1]
		}
	}
}

func (l *Ledger) rows(ctx context.Context, query string, args ...any) (rows []row, err error) {
	err = l.db.read(ctx, "reading the ledger", func(s *session) error {
		rows = nil
		return s.each(ctx, query, args, func(scan func(...any) error) error {
			var r row
			if err := scan((*text)(&r.key), &r.sequence, &r.body); err != nil {
				return err
			}
			rows = append(rows, r)
			return nil
		})
	})
	return rows, err
}

// unpack is the exchange of a row, nil where the row is damaged.
func (l *Ledger) unpack(r row) *llm.Exchange {
	b, err := l.db.packer.unseal(r.key, r.body)
	if err == nil {
		var x *llm.Exchange
		if x, err = llm.DecodeExchange(b, r.key, r.sequence); err == nil {
			return x
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if name := fmt.Sprintf("%s-%04d", r.key, r.sequence); !slices.Contains(l.damaged, name) {
		l.damaged = append(l.damaged, name)
	}
	return nil
}

// Damaged are the rows that this handle met and that hold no exchange of
// their key, as key and number, in the order met. They stay in the table, and
// count as not stored.
func (l *Ledger) Damaged() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.damaged)
}
