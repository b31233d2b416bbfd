package sqldb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline/reuse"
)

// settled is a [reuse.Store].
type settled struct{ db *DB }

const putSettled = `INSERT INTO settled (stage, lang, key, sentence_before, sentence_after, rank, body, exchange, stored)
	VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(rank), 0) + 1 FROM settled WHERE stage = ? AND lang = ? AND key = ?), ?, ?, ?)
	ON CONFLICT (stage, lang, key, sentence_before, sentence_after) DO UPDATE SET rank = excluded.rank, body = excluded.body,
		exchange = excluded.exchange, stored = excluded.stored`

// Find gives the entries of a key, oldest first.
func (t *settled) Find(stage, lang, key string) ([]reuse.Entry, error) {
	ctx := context.Background()
	var out []reuse.Entry
	err := t.db.read(ctx, "reading settled answers", func(s *session) error {
		out = nil
		const query = "SELECT key, body FROM settled WHERE stage = ? AND lang = ? AND key = ? ORDER BY rank, sentence_before, sentence_after"
		return s.each(ctx, query, []any{text(stage), text(lang), text(key)}, func(scan func(...any) error) error {
			e, err := t.scan(scan)
			if e != nil {
				out = append(out, *e)
			}
			return err
		})
	})
	return out, err
}

// scan reads a row; nil where it is damaged, and so not settled.
func (t *settled) scan(scan func(...any) error) (*reuse.Entry, error) {
	var key string
	var body []byte
	if err := scan((*text)(&key), &body); err != nil {
		return nil, err
	}
	var e reuse.Entry
	b, err := t.db.packer.unseal(key, body)
	if err != nil || json.Unmarshal(b, &e) != nil || e.Key != key {
		return nil, nil
	}
	return &e, nil
}

// askedAtOnce is how many sentences one query is about.
const askedAtOnce = 100

// ChooseMany gives the entry for each sentence, nil for none. Rows of their
// keys that have none of their neighbours are not read.
func (t *settled) ChooseMany(stage, lang string, asked []reuse.Asked) ([]*reuse.Entry, error) {
	ctx := context.Background()
	out := make([]*reuse.Entry, 0, len(asked))
	for part := range slices.Chunk(asked, askedAtOnce) {
		var keys, before, after []string
		for _, a := range part {
			keys, before, after = append(keys, a.Key), append(before, a.Before), append(after, a.After)
		}
		ofKeys, args := among("key", keys)
		ofBefore, more := among("sentence_before", before)
		ofAfter, most := among("sentence_after", after)
		query := "SELECT key, body FROM settled WHERE stage = ? AND lang = ?" + ofKeys +
			" AND (" + strings.TrimPrefix(ofBefore, " AND ") + " OR " + strings.TrimPrefix(ofAfter, " AND ") + ") ORDER BY rank, sentence_before, sentence_after"
		args = slices.Concat([]any{text(stage), text(lang)}, args, more, most)
		byKey := map[string][]reuse.Entry{}
		if err := t.db.read(ctx, "reading settled answers", func(s *session) error {
			clear(byKey) // of a try before this one
			return s.each(ctx, query, args, func(scan func(...any) error) error {
				e, err := t.scan(scan)
				if e != nil {
					byKey[e.Key] = append(byKey[e.Key], *e)
				}
				return err
			})
		}); err != nil {
			return nil, err
		}
		for _, a := range part {
			var best *reuse.Entry
			if e, ok := reuse.Choose(byKey[a.Key], a.Before, a.After); ok {
				best = &e
			}
			out = append(out, best)
		}
	}
	return out, nil
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
	stored := stamp(t.db.now())
	return t.db.write(context.Background(), doing, func(ctx context.Context, s *session) error {
		for i, e := range entries {
			stage, lang, key := text(e.Stage), text(e.Lang), text(e.Key)
			if _, err := s.exec(ctx, putSettled, stage, lang, key, text(e.Before), text(e.After), stage, lang, key, bodies[i],
				text(e.Exchange), stored); err != nil {
				return err
			}
		}
		return nil
	})
}
