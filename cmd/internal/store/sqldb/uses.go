package sqldb

import (
	"context"
	"slices"
	"strings"
)

// uses notes which articles used which exchanges.
type uses struct{ db *DB }

// Note stores that an article used exchanges. See [store.Uses].
func (t *uses) Note(ctx context.Context, article string, keys []string) error {
	keys = named(keys) // in order: one for everybody who locks several rows
	if len(keys) == 0 {
		return nil
	}
	return t.db.write(ctx, "noting what an article used", func(ctx context.Context, s *session) error {
		for part := range slices.Chunk(keys, getPage) {
			var args []any
			for _, key := range part {
				args = append(args, text(article), text(key))
			}
			query := "INSERT INTO uses (article, key) VALUES (?, ?)" + strings.Repeat(", (?, ?)", len(part)-1) + " ON CONFLICT DO NOTHING"
			if err := s.once(ctx, query, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// named are the keys in order, each once, without the empty one.
func named(keys []string) []string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return key == "" })
}

// Of gives the keys that an article used. See [store.Uses].
func (t *uses) Of(ctx context.Context, article string) ([]string, error) {
	return listed(ctx, t.db, "reading what an article used", usesOf, []any{text(article)}, scanText)
}

const usesOf = "SELECT key FROM uses WHERE article = ? ORDER BY key"

func scanText(scan func(...any) error) (string, error) {
	var s text
	err := scan(&s)
	return string(s), err
}
