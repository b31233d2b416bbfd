package sqldb

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"dragoman/cmd/internal/store"
)

// entries is the memory of sources.
type entries struct{ db *DB }

const entryColumns = "collection, key, content, offered, document, tag, modified, first_met, looked"

const putEntry = "INSERT INTO entries (" + entryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (collection, key) DO UPDATE SET content = excluded.content, offered = excluded.offered, document = excluded.document,
		tag = excluded.tag, modified = excluded.modified, looked = excluded.looked`

// Known finds entries by key and by content. See [store.Entries].
func (t *entries) Known(ctx context.Context, collection string, keys, contents []string) (byKey, byContent map[string]store.Entry, err error) {
	asked := make(map[string]string, len(keys)) // the key that is asked for, by what stands in the table
	for _, key := range keys {
		asked[store.Purged(key)], asked[key] = key, key
	}
	byKey, err = t.by(ctx, collection, "key", slices.Sorted(maps.Keys(asked)), func(e *store.Entry) string {
		e.Key = asked[e.Key]
		return e.Key
	})
	if err == nil {
		byContent, err = t.by(ctx, collection, "content", contents, func(e *store.Entry) string { return e.Content })
	}
	if err != nil {
		return nil, nil, err
	}
	return byKey, byContent, nil
}

// by finds entries by the values of a column; of one value the first met. Of may
// change the entry.
func (t *entries) by(ctx context.Context, collection, column string, values []string, of func(*store.Entry) string) (map[string]store.Entry, error) {
	found := map[string]store.Entry{}
	for part := range slices.Chunk(values, getPage) {
		in, args := among(column, part)
		query := "SELECT " + entryColumns + " FROM entries WHERE collection = ?" + in + " ORDER BY first_met DESC, key DESC"
		list, err := listed(ctx, t.db, "recalling entries", query, append([]any{text(collection)}, args...), scanEntry)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			found[of(&e)] = e
		}
	}
	return found, nil
}

// Remember stores entries. See [store.Entries].
func (t *entries) Remember(ctx context.Context, list ...store.Entry) error {
	// One order for everybody who locks several rows; of one key the last counts.
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b store.Entry) int {
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Key, b.Key))
	})
	return t.db.write(ctx, "remembering entries", func(ctx context.Context, s *session) error {
		for _, e := range list {
			if err := put(ctx, s, e); err != nil {
				return err
			}
		}
		return reconcile(ctx, s, list)
	})
}

// put stores one entry: of a purged article without names.
func put(ctx context.Context, s *session, e store.Entry) error {
	if store.IsPurged(e.Document) {
		e.Key, e.Tag, e.Modified = store.Purged(e.Key), "", ""
	}
	_, err := s.exec(ctx, putEntry, text(e.Collection), text(e.Key), text(e.Content), text(e.Offered), text(e.Document),
		text(e.Tag), text(e.Modified), stamp(e.First), stamp(e.Looked))
	return err
}

func forget(ctx context.Context, s *session, collection, key string) error {
	_, err := s.exec(ctx, "DELETE FROM entries WHERE collection = ? AND key = ?", text(collection), text(key))
	return err
}

// reconcile leaves of each key that was stored just now the entry under the key
// or the one under its digest: the latter where the text is the purged one. It
// looks after the storing, which has waited for a purge that was under way.
func reconcile(ctx context.Context, s *session, list []store.Entry) error {
	type name struct{ collection, key string }
	stored := map[name]store.Entry{} // of one key the last counts
	for _, e := range list {
		stored[name{e.Collection, store.Purged(e.Key)}] = e
	}
	for part := range slices.Chunk(list, getPage) {
		var collections, keys []string
		for _, e := range part {
			collections, keys = append(collections, e.Collection), append(keys, store.Purged(e.Key))
		}
		in, args := among("collection", slices.Compact(collections))
		inKeys, more := among("key", keys)
		var unnamed []store.Entry
		if err := s.each(ctx, "SELECT "+entryColumns+" FROM entries WHERE 1 = 1"+in+inKeys, append(args, more...), func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			unnamed = append(unnamed, e)
			return err
		}); err != nil {
			return err
		}
		for _, there := range unnamed {
			if e, ok := stored[name{there.Collection, there.Key}]; ok {
				if err := choose(ctx, s, e, there); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// choose leaves one of an entry that was stored just now and the one without
// names of the same key.
func choose(ctx context.Context, s *session, e, unnamed store.Entry) error {
	if e.Key == unnamed.Key {
		return nil
	}
	if !store.IsPurged(e.Document) {
		if e.Content != unnamed.Content { // another document begins there
			return forget(ctx, s, e.Collection, unnamed.Key)
		}
		e.Document = unnamed.Document // purged while its source was looked at
		if err := put(ctx, s, e); err != nil {
			return err
		}
	}
	return forget(ctx, s, e.Collection, e.Key)
}

// unname leaves of the entries of a purged article what finds them again. One
// without a content is about the name of the document alone, and goes.
func unname(ctx context.Context, s *session, collection, document string) error {
	if document == "" || store.IsPurged(document) {
		return nil
	}
	var list []store.Entry
	err := s.each(ctx, "SELECT "+entryColumns+" FROM entries WHERE collection = ? AND document = ? ORDER BY key", []any{text(collection), text(document)},
		func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			list = append(list, e)
			return err
		})
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Content != "" { // under its digest; what was listed goes
			e.Document = store.Purged(document)
			if err := put(ctx, s, e); err != nil {
				return err
			}
		}
		if err := forget(ctx, s, collection, e.Key); err != nil {
			return err
		}
	}
	return nil
}

// All gives the entries of a collection by key. See [store.Entries].
func (t *entries) All(ctx context.Context, collection string) iter.Seq2[store.Entry, error] {
	return paged(ctx, t.db, "listing entries", noLimit, func(last *store.Entry) (string, []any) {
		if last == nil { // a key may be empty
			return "SELECT " + entryColumns + " FROM entries WHERE collection = ? ORDER BY key LIMIT ?", []any{text(collection)}
		}
		return "SELECT " + entryColumns + " FROM entries WHERE collection = ? AND key > ? ORDER BY key LIMIT ?", []any{text(collection), text(last.Key)}
	}, scanEntry)
}

func scanEntry(scan func(...any) error) (store.Entry, error) {
	var e store.Entry
	var first, looked int64
	err := scan((*text)(&e.Collection), (*text)(&e.Key), (*text)(&e.Content), (*text)(&e.Offered), (*text)(&e.Document), (*text)(&e.Tag), (*text)(&e.Modified), &first, &looked)
	e.First, e.Looked = moment(first), moment(looked)
	return e, err
}

// sources keeps the state of sources.
type sources struct{ db *DB }

const sourceColumns = "collection, name, tag, modified, digest, looked, fresh, failing, failure, not_before, extra"

const putSource = "INSERT INTO sources (" + sourceColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (collection, name) DO UPDATE SET tag = excluded.tag, modified = excluded.modified, digest = excluded.digest,
		looked = excluded.looked, fresh = excluded.fresh, failing = excluded.failing, failure = excluded.failure,
		not_before = excluded.not_before, extra = excluded.extra`

// Load finds a source. See [store.Sources].
func (t *sources) Load(ctx context.Context, collection, name string) (src store.Source, known bool, err error) {
	err = t.db.read(ctx, "reading the state of a source", func(s *session) error {
		src, err = scanSource(func(into ...any) error {
			return s.row(ctx, "SELECT "+sourceColumns+" FROM sources WHERE collection = ? AND name = ?", []any{text(collection), text(name)}, into)
		})
		known = err == nil
		if errors.Is(err, errNoRow) {
			return nil
		}
		return err
	})
	if !known {
		src = store.Source{}
	}
	return src, known, err
}

// Save stores a source. See [store.Sources].
func (t *sources) Save(ctx context.Context, src store.Source) error {
	return t.db.write(ctx, "storing the state of a source", func(ctx context.Context, s *session) error {
		_, err := s.exec(ctx, putSource, text(src.Collection), text(src.Name), text(src.Tag), text(src.Modified), text(src.Digest),
			stamp(src.Looked), stamp(src.Fresh), stamp(src.Failing), text(src.Failure), stamp(src.NotBefore), plain(src.Extra))
		return err
	})
}

// List gives the sources of a collection, or all. See [store.Sources].
func (t *sources) List(ctx context.Context, collection string) ([]store.Source, error) {
	where, args := "", []any{}
	if collection != "" {
		where, args = " WHERE collection = ?", append(args, text(collection))
	}
	return listed(ctx, t.db, "listing the sources", "SELECT "+sourceColumns+" FROM sources"+where+" ORDER BY collection, name", args, scanSource)
}

func scanSource(scan func(...any) error) (store.Source, error) {
	var src store.Source
	var looked, fresh, failing, notBefore int64
	err := scan((*text)(&src.Collection), (*text)(&src.Name), (*text)(&src.Tag), (*text)(&src.Modified), (*text)(&src.Digest),
		&looked, &fresh, &failing, (*text)(&src.Failure), &notBefore, (*[]byte)(&src.Extra))
	src.Looked, src.Fresh, src.Failing, src.NotBefore, src.Extra = moment(looked), moment(fresh), moment(failing), moment(notBefore), given(src.Extra)
	return src, err
}
