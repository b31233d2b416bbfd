package sqldb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"dragoman/cmd/internal/store"
)

// documents keeps the articles of collections.
type documents struct{ db *DB }

const documentColumns = "collection, id, folder, origin, input, settings, run, state, afresh, written, updated, report"

const putDocument = "INSERT INTO documents (" + documentColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (collection, id) DO UPDATE SET folder = excluded.folder, origin = excluded.origin, input = excluded.input,
		settings = excluded.settings, run = excluded.run, state = excluded.state, afresh = excluded.afresh,
		written = excluded.written, updated = excluded.updated, report = excluded.report`

const putText = `INSERT INTO document_texts (collection, id, kind, body) VALUES (?, ?, ?, ?)
	ON CONFLICT (collection, id, kind) DO UPDATE SET body = excluded.body`

// The kinds of a document's texts.
const (
	kindArticle = "article"
	kindResult  = "result"
)

// How many documents are read at once: lists are short rows, whole ones may
// be long, and a query has a bounded number of parameters.
const (
	listPage = 256
	getPage  = 200
)

// textName is what the seal of a document's text is bound to.
func textName(d *store.Document, kind string) string {
	return fmt.Sprintf("%s %d:%s%s", kind, len(d.Collection), d.Collection, d.ID)
}

// Put stores documents, all or none. See [store.Documents].
func (t *documents) Put(ctx context.Context, docs ...*store.Document) error {
	const doing = "storing documents"
	docs = slices.Clone(docs)
	slices.SortStableFunc(docs, func(a, b *store.Document) int { // one order for everybody who locks several rows
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.ID, b.ID))
	})
	type sealed struct {
		kind string
		body []byte
	}
	texts := make([][]sealed, len(docs))
	for i, d := range docs {
		for _, part := range []struct {
			kind    string
			content []byte
		}{{kindArticle, d.Article}, {kindResult, d.Result}} {
			if part.content == nil {
				continue
			}
			body, err := t.db.packer.seal(textName(d, part.kind), part.content)
			if err != nil {
				return fmt.Errorf("%s: %w", doing, err)
			}
			texts[i] = append(texts[i], sealed{part.kind, body})
		}
	}
	return t.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		for i, d := range docs {
			if _, err := s.exec(ctx, putDocument, text(d.Collection), text(d.ID), text(d.Folder), text(d.Origin), text(d.Input), text(d.Settings),
				text(d.Run), string(d.State), flag(d.Afresh), text(d.Written), stamp(d.Updated), []byte(d.Report)); err != nil {
				return err
			}
			for _, part := range texts[i] {
				if _, err := s.exec(ctx, putText, text(d.Collection), text(d.ID), part.kind, part.body); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Get gives the documents of these ids. A text that is damaged is left nil.
// See [store.Documents].
func (t *documents) Get(ctx context.Context, collection string, ids []string, whole bool) (map[string]*store.Document, error) {
	found := map[string]*store.Document{}
	for part := range slices.Chunk(ids, getPage) {
		in, args := among("id", part)
		args = append([]any{text(collection)}, args...)
		err := t.db.read(ctx, "reading documents", func(s *session) error {
			err := s.each(ctx, "SELECT "+documentColumns+" FROM documents WHERE collection = ?"+in, args, func(scan func(...any) error) error {
				d, err := scanDocument(scan)
				found[d.ID] = d
				return err
			})
			if err != nil || !whole {
				return err
			}
			return t.texts(ctx, s, in, args, found)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// texts reads the texts of documents into those that were found.
func (t *documents) texts(ctx context.Context, s *session, in string, args []any, found map[string]*store.Document) error {
	return s.each(ctx, "SELECT id, kind, body FROM document_texts WHERE collection = ?"+in, args, func(scan func(...any) error) error {
		var id, kind string
		var body []byte
		if err := scan((*text)(&id), &kind, &body); err != nil {
			return err
		}
		d := found[id]
		if d == nil {
			return nil // it came between the two queries
		}
		content, err := t.db.packer.unseal(textName(d, kind), body)
		switch {
		case errors.Is(err, errDamaged):
		case kind == kindArticle:
			d.Article = content
		case kind == kindResult:
			d.Result = content
		}
		return nil
	})
}

// List gives documents by collection and id, a page at a time. See
// [store.Documents].
func (t *documents) List(ctx context.Context, collection, run string, states ...store.DocState) iter.Seq2[*store.Document, error] {
	where, args := "", []any{}
	if collection != "" {
		where, args = " AND collection = ?", append(args, text(collection))
	}
	if run != "" {
		where, args = where+" AND run = ?", append(args, text(run))
	}
	if len(states) > 0 {
		in, more := among("state", states)
		where, args = where+in, append(args, more...)
	}
	query := "SELECT " + documentColumns + " FROM documents WHERE 1 = 1" + where
	const order = " ORDER BY collection, id LIMIT ?"
	return paged(ctx, t.db, "listing documents", noLimit, func(last **store.Document) (string, []any) {
		switch {
		case last == nil:
			return query + order, slices.Clone(args)
		case collection != "":
			return query + " AND id > ?" + order, append(slices.Clone(args), text((*last).ID))
		}
		return query + " AND (collection, id) > (?, ?)" + order, append(slices.Clone(args), text((*last).Collection), text((*last).ID))
	}, scanDocument)
}

// among is a condition that a column holds one of these values, to follow
// another.
func among[T ~string](column string, values []T) (condition string, args []any) {
	for _, v := range values {
		args = append(args, text(v))
	}
	return " AND " + column + " IN (?" + strings.Repeat(", ?", len(values)-1) + ")", args
}

func scanDocument(scan func(...any) error) (*store.Document, error) {
	var d store.Document
	var state string
	var afresh, updated int64
	var report []byte
	err := scan((*text)(&d.Collection), (*text)(&d.ID), (*text)(&d.Folder), (*text)(&d.Origin), (*text)(&d.Input), (*text)(&d.Settings),
		(*text)(&d.Run), &state, &afresh, (*text)(&d.Written), &updated, &report)
	d.State, d.Afresh, d.Updated, d.Report = store.DocState(state), afresh != 0, moment(updated), report
	return &d, err
}
