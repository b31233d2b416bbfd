package sqldb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"dragoman/pipeline/reuse"
)

// settled is a [reuse.Store].
type settled struct{ db *DB }

const putSettled = `INSERT INTO settled (stage, lang, key, sentence_before, sentence_after, rank, body)
	VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(rank), 0) + 1 FROM settled WHERE stage = ? AND lang = ? AND key = ?), ?)
	ON CONFLICT (stage, lang, key, sentence_before, sentence_after) DO UPDATE SET rank = excluded.rank, body = excluded.body`

// Find gives the entries of a key, oldest first.
func (t *settled) Find(stage, lang, key string) ([]reuse.Entry, error) {
	ctx := context.Background()
	var out []reuse.Entry
	err := t.db.read(ctx, "reading settled answers", func(s *session) error {
		out = nil
		const query = "SELECT body FROM settled WHERE stage = ? AND lang = ? AND key = ? ORDER BY rank, sentence_before, sentence_after"
		return s.each(ctx, query, []any{text(stage), text(lang), text(key)}, func(scan func(...any) error) error {
			var body []byte
			if err := scan(&body); err != nil {
				return err
			}
			var e reuse.Entry
			b, err := unseal(key, body)
			if err != nil || json.Unmarshal(b, &e) != nil || e.Key != key {
				return nil // damaged: not settled
			}
			out = append(out, e)
			return nil
		})
	})
	return out, err
}

// Put keeps the entries, all or none.
func (t *settled) Put(entries []reuse.Entry) error {
	const doing = "keeping settled answers"
	// One order for everybody who locks several rows; of one key the order
	// given is the order of age.
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b reuse.Entry) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Key, b.Key))
	})
	bodies := make([][]byte, len(entries))
	for i, e := range entries {
		b, err := json.Marshal(e)
		if err == nil {
			bodies[i], err = t.db.packer.seal(e.Key, b)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return t.db.write(context.Background(), doing, func(ctx context.Context, s *session) error {
		for i, e := range entries {
			stage, lang, key := text(e.Stage), text(e.Lang), text(e.Key)
			if _, err := s.exec(ctx, putSettled, stage, lang, key, text(e.Before), text(e.After), stage, lang, key, bodies[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
