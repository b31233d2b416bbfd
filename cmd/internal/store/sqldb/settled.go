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

var _ reuse.Many = (*settled)(nil)

// Find gives the entries of a key, oldest first.
func (t *settled) Find(stage, lang, key string) ([]reuse.Entry, error) {
	found, err := t.FindMany(stage, lang, []string{key})
	return found[key], err
}

// FindMany gives the entries of each key, oldest first.
func (t *settled) FindMany(stage, lang string, keys []string) (map[string][]reuse.Entry, error) {
	found := make(map[string][]reuse.Entry, len(keys))
	for part := range slices.Chunk(keys, maxAmong) {
		if err := t.findSome(stage, lang, part, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// maxAmong is how many keys are asked for in one query.
const maxAmong = 200

func (t *settled) findSome(stage, lang string, keys []string, found map[string][]reuse.Entry) error {
	condition, args := among("key", keys)
	query := "SELECT key, body FROM settled WHERE stage = ? AND lang = ?" + condition + " ORDER BY key, rank, sentence_before, sentence_after"
	args = append([]any{text(stage), text(lang)}, args...)
	return t.db.read(context.Background(), "reading settled answers", func(s *session) error {
		for _, key := range keys {
			delete(found, key) // of a try before this one
		}
		return s.each(context.Background(), query, args, func(scan func(...any) error) error {
			var key string
			var body []byte
			if err := scan((*text)(&key), &body); err != nil {
				return err
			}
			var e reuse.Entry
			b, err := unseal(key, body)
			if err != nil || json.Unmarshal(b, &e) != nil || e.Key != key {
				return nil // damaged: not settled
			}
			found[key] = append(found[key], e)
			return nil
		})
	})
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
