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

const putSettled = `INSERT INTO settled (stage, lang, key, sentence_before, sentence_after, rank, body)
	VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(rank), 0) + 1 FROM settled WHERE stage = ? AND lang = ? AND key = ?), ?)
	ON CONFLICT (stage, lang, key, sentence_before, sentence_after) DO UPDATE SET rank = excluded.rank, body = excluded.body`

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

// The best row for a sentence between its neighbours, as reuse.Choose has it,
// behind the sentence's place.
const bestSettled = `SELECT %d, key, body FROM (SELECT key, body FROM settled WHERE stage = ? AND lang = ? AND key = ? AND (sentence_before = ? OR sentence_after = ?)
	ORDER BY CASE WHEN sentence_before = ? AND sentence_after = ? THEN 0 ELSE 1 END, rank DESC LIMIT 1) AS best`

// askedAtOnce is how many sentences one query is about.
const askedAtOnce = 50

// ChooseMany gives the entry for each sentence, nil for none.
func (t *settled) ChooseMany(stage, lang string, asked []reuse.Asked) ([]*reuse.Entry, error) {
	ctx := context.Background()
	out := make([]*reuse.Entry, len(asked))
	for first := 0; first < len(asked); first += askedAtOnce {
		var queries []string
		var args []any
		for i, a := range asked[first:min(first+askedAtOnce, len(asked))] {
			before, after := text(a.Before), text(a.After)
			queries = append(queries, fmt.Sprintf(bestSettled, first+i))
			args = append(args, text(stage), text(lang), text(a.Key), before, after, before, after)
		}
		if err := t.db.read(ctx, "reading settled answers", func(s *session) error {
			return s.each(ctx, strings.Join(queries, " UNION ALL "), args, func(scan func(...any) error) error {
				var place int
				e, err := t.scan(func(columns ...any) error { return scan(append([]any{&place}, columns...)...) })
				if e != nil {
					out[place] = e
				}
				return err
			})
		}); err != nil {
			return nil, err
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
