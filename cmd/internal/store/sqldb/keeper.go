package sqldb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/store"
)

// keeper measures what is kept and takes it away.
type keeper struct{ db *DB }

// sort says how one kind is kept: in which table, how many bytes of text a row
// has, how old it is, and which rows may be taken. All are expressions over the
// table.
type sort struct {
	table, bytes, when, free string
	args                     []any  // of free
	guard                    string // a query, without its end, of the rows d that free looks at, so that they are locked; rows of the table are t
	key                      string // the column with the key of an exchange; "" where there is none
	answer                   string // the name of a settled answer among uses; "" where it is none
}

// The conditions of the largest tables ask for single rows, by their keys, and
// not whether some exist: a planner would make a join of whole tables of that.
const (
	// noOpenRun: an open run may need what came since the oldest of them
	// began.
	noOpenRun = " < COALESCE((SELECT MIN(started) FROM runs WHERE state = 'open'), 9223372036854775807)"
	// ofText finds the document of a text.
	ofText = "d.collection = document_texts.collection AND d.id = document_texts.id"
	// finalText: its article waits for nothing, the run that took it on has
	// ended, and so has what was made of it.
	finalText = "1 = (SELECT 1 FROM documents d WHERE " + ofText + ` AND d.state IN ('done', 'flagged', 'failed')
		AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = d.run AND runs.state = 'open')
		AND NOT EXISTS (SELECT 1 FROM firings WHERE firings.run = d.run AND d.run <> '' AND firings.state = 'open')
		AND NOT EXISTS (SELECT 1 FROM deliveries v WHERE v.collection = d.collection AND v.document = d.id AND v.state IN ('held', 'pending')))`
	// pastFiring: not the last of its schedule, nor the last that was not asked
	// for by hand: the next due time is counted from there.
	pastFiring = `state <> 'open' AND due < (SELECT MAX(f.due) FROM firings f WHERE f.schedule = firings.schedule) AND (cause = 'manual' OR
		due < (SELECT f.due FROM firings f WHERE f.schedule = firings.schedule AND f.cause <> 'manual' ORDER BY f.due DESC LIMIT 1))`
	doneRun = "state = 'done' AND NOT EXISTS (SELECT 1 FROM firings WHERE firings.run = runs.id AND firings.state = 'open')"
)

// sortOf says how a kind is kept.
func sortOf(k store.Kind) (sort, bool) {
	switch k {
	case store.KindReplies:
		return sort{table: "exchanges", bytes: "OCTET_LENGTH(body)", when: "sent", free: "sent" + noOpenRun, key: "key"}, true
	case store.KindSettled:
		return sort{table: "settled", bytes: "OCTET_LENGTH(body)", when: "stored", free: "stored" + noOpenRun, key: "exchange", answer: "'" + store.SettledUse + "' || key"}, true
	case store.KindTexts:
		return sort{
			table: "document_texts", bytes: "OCTET_LENGTH(body)", when: "(SELECT d.updated FROM documents d WHERE " + ofText + ")", free: finalText,
			guard: "SELECT d.id FROM document_texts t JOIN documents d ON d.collection = t.collection AND d.id = t.id",
		}, true
	case store.KindFirings:
		return sort{table: "firings", bytes: "OCTET_LENGTH(report)", when: "CASE WHEN ended > 0 THEN ended ELSE due END", free: pastFiring}, true
	case store.KindDeliveries:
		return sort{
			table: "deliveries", bytes: "OCTET_LENGTH(headline) + OCTET_LENGTH(reason)", when: "CASE WHEN ended > 0 THEN ended ELSE made END",
			free: "state NOT IN ('held', 'pending')",
		}, true
	case store.KindRuns:
		return sort{table: "runs", bytes: "OCTET_LENGTH(plan)", when: "ended", free: doneRun}, true
	case store.KindEntries:
		return sort{
			table: "entries", bytes: "OCTET_LENGTH(key) + OCTET_LENGTH(content) + OCTET_LENGTH(offered)",
			when: "CASE WHEN looked > first_met THEN looked ELSE first_met END", free: "1 = 1",
		}, true
	}
	return sort{}, false
}

// Sizes gives what there is of each kind. See [store.Keeper].
func (t *keeper) Sizes(ctx context.Context) (map[store.Kind]store.Amounts, error) {
	all := map[store.Kind]store.Amounts{}
	for _, k := range store.Kinds() {
		of, _ := sortOf(k)
		err := t.db.read(ctx, "measuring what is kept", func(s *session) error {
			a, err := amountOf(ctx, s, of.table, of.bytes, "1 = 1")
			all[k] = a
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// amountOf counts rows of a table, and their bytes.
func amountOf(ctx context.Context, s *session, table, bytes, where string, args ...any) (a store.Amounts, err error) {
	err = s.once1(ctx, "SELECT COUNT(*), CAST(COALESCE(SUM("+bytes+"), 0) AS BIGINT) FROM "+table+" WHERE "+where, args, &a.Rows, &a.Bytes)
	return a, err
}

// How much is looked at and taken away at once: enough that a scan of the whole
// table is worth it, and so little in one transaction that nobody waits long.
const (
	pruneScan    = 20_000
	prunePortion = 500
)

// candidate is a row that may be taken.
type candidate struct {
	row string
	at  int64
}

// Prune takes away what of a kind is old, or too much. See [store.Keeper].
func (t *keeper) Prune(ctx context.Context, k store.Kind, before time.Time, most int64, dry bool) (gone store.Amounts, err error) {
	doing := fmt.Sprintf("pruning the %s", k)
	of, known := sortOf(k)
	if !known {
		return gone, invalid("", "%s: there is no such kind", doing)
	}
	return t.prune(ctx, doing, of, before, most, dry)
}

// PruneOf takes away what of a kind is old in one collection. See
// [store.Pruner].
func (t *keeper) PruneOf(ctx context.Context, collection string, k store.Kind, before time.Time, dry bool) (gone store.Amounts, err error) {
	doing := fmt.Sprintf("pruning the %s of %s", k, collection)
	of, known := sortOf(k)
	switch {
	case !known || k == store.KindReplies || k == store.KindSettled:
		return gone, invalid("", "%s: a collection has none of its own", doing)
	case k == store.KindFirings:
		of.free, of.args = of.free+" AND 'schedule:' || firings.schedule = ?", []any{text(collection)}
	default:
		of.free, of.args = of.free+" AND "+of.table+".collection = ?", []any{text(collection)}
	}
	return t.prune(ctx, doing, of, before, -1, dry)
}

func (t *keeper) prune(ctx context.Context, doing string, of sort, before time.Time, most int64, dry bool) (gone store.Amounts, err error) {
	over := int64(0) // bytes that are too many
	if most >= 0 {
		err := t.db.read(ctx, doing, func(s *session) error {
			all, err := amountOf(ctx, s, of.table, of.bytes, "1 = 1")
			over = max(all.Bytes-most, 0)
			return err
		})
		if err != nil {
			return gone, err
		}
	}
	for {
		rows, sum, err := t.oldest(ctx, doing, of, stamp(before), over-gone.Bytes, dry)
		if err != nil || dry {
			return sum, err
		}
		was := gone.Rows
		for part := range slices.Chunk(rows, prunePortion) {
			taken, err := t.take(ctx, doing, of, part)
			gone = store.Amounts{Rows: gone.Rows + taken.Rows, Bytes: gone.Bytes + taken.Bytes}
			if err != nil {
				return gone, err
			}
		}
		if len(rows) < pruneScan || gone.Rows == was {
			break
		}
	}
	if gone.Rows > 0 && t.db.dialect.Compact != nil {
		err = t.db.failed(ctx, "giving space back", t.db.dialect.Compact(ctx, t.db.db))
	}
	return gone, err
}

// errEnough ends a scan.
var errEnough = errors.New("enough")

// oldest finds what is to be taken, the oldest first: what is from before a
// time, and what it takes to be rid of so many bytes. With dry it only sums up.
func (t *keeper) oldest(ctx context.Context, doing string, of sort, before, over int64, dry bool) (rows []candidate, sum store.Amounts, err error) {
	query, args := "SELECT CAST("+t.db.dialect.Row+" AS TEXT), "+of.when+", "+of.bytes+" FROM "+of.table+" WHERE "+of.free, slices.Clone(of.args)
	if over <= 0 {
		query, args = query+" AND "+of.when+" < ?", append(args, before)
	}
	most := int64(pruneScan)
	if dry {
		most = noLimit
	}
	err = t.db.read(ctx, doing, func(s *session) error {
		rows, sum = nil, store.Amounts{}
		err := s.each(ctx, query+" ORDER BY 2, 1 LIMIT ?", append(args, most), func(scan func(...any) error) error {
			var c candidate
			var bytes int64
			if err := scan(&c.row, &c.at, &bytes); err != nil {
				return err
			}
			if c.at >= before && sum.Bytes >= over {
				return errEnough
			}
			sum.Rows, sum.Bytes = sum.Rows+1, sum.Bytes+bytes
			if !dry {
				rows = append(rows, c)
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return rows, sum, err
}

// take takes rows away, but for those that changed since they were found.
func (t *keeper) take(ctx context.Context, doing string, of sort, rows []candidate) (gone store.Amounts, err error) {
	var args []any
	for _, c := range rows {
		args = append(args, c.row)
	}
	in := t.db.dialect.Row + " IN (?" + strings.Repeat(", ?", len(rows)-1) + ")"
	query := "DELETE FROM " + of.table + " WHERE " + in + " AND " + of.free + " AND " + of.when + " <= ? RETURNING " + of.bytes + ", " + cmp.Or(of.key, "''") + ", " + cmp.Or(of.answer, "''")
	latest := rows[len(rows)-1].at
	err = t.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		if of.guard != "" && t.db.dialect.ForUpdate != "" {
			err := s.each(ctx, of.guard+" WHERE t."+in+" ORDER BY d.collection, d.id"+t.db.dialect.ForUpdate+" OF d", args, func(func(...any) error) error { return nil })
			if err != nil {
				return err
			}
		}
		var taken store.Amounts
		var keys, answers []string
		err := s.each(ctx, query, append(slices.Concat(args, of.args), latest), func(scan func(...any) error) error {
			var bytes int64
			var key, answer text
			err := scan(&bytes, &key, &answer)
			taken.Rows, taken.Bytes, keys, answers = taken.Rows+1, taken.Bytes+bytes, append(keys, string(key)), append(answers, string(answer))
			return err
		})
		if err == nil {
			err = t.forget(ctx, s, named(keys), named(answers))
		}
		if !s.again || taken.Rows > 0 { // else they went when the connection was lost
			gone = taken
		}
		return err
	})
	if err != nil {
		return store.Amounts{}, err
	}
	return gone, nil
}

// forget takes away who used exchanges of which nothing is left, and who took
// settled answers that were taken away.
func (t *keeper) forget(ctx context.Context, s *session, keys, answers []string) error {
	if len(answers) > 0 {
		in, args := among("key", answers)
		if err := s.once(ctx, "DELETE FROM uses WHERE 1 = 1"+in, args...); err != nil {
			return err
		}
	}
	if len(keys) == 0 {
		return nil
	}
	in, args := among("key", keys)
	return s.once(ctx, `DELETE FROM uses WHERE NOT EXISTS (SELECT 1 FROM exchanges WHERE exchanges.key = uses.key)
		AND NOT EXISTS (SELECT 1 FROM settled WHERE settled.exchange = uses.key)`+in, args...)
}
