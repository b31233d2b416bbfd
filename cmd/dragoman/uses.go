package main

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// rowUser is the name in the uses of an article that has a row in the state.
func rowUser(collection, id string) string { return collection + "\x00" + id }

// runUser is the name in the uses of an article of `run`, which has no row. It
// is the same for the article as it was read and for the source that a
// document.json has, which is without what the reader noticed.
func runUser(art *pipeline.Article) string {
	plain := *art
	plain.Noticed = nil
	return "run\x00" + art.ID + "\x00" + batch.InputDigest(&plain)
}

// usesOf are the exchanges and settled answers that a document was made from.
func usesOf(doc *pipeline.Document) []string {
	var keys []string
	for _, step := range doc.Trace {
		if step.Key != "" {
			keys = append(keys, step.Key)
		}
	}
	for _, key := range doc.Recalled {
		keys = append(keys, store.SettledUse+key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// put stores the row of a finished article and notes what it used. The two are
// written side by side, so that they share one commit.
func (p *articleWorker) put(ctx context.Context, row *store.Document, doc *pipeline.Document) error {
	if p.st.Uses == nil || doc == nil {
		return p.st.Documents.Put(ctx, row)
	}
	keys := usesOf(doc)
	var g errgroup.Group
	g.Go(func() error { return p.st.Documents.Put(ctx, row) })
	if len(keys) > 0 {
		g.Go(func() error { return p.st.Uses.Note(ctx, rowUser(row.Collection, row.ID), keys) })
	}
	return g.Wait()
}

// noting notes what articles without a row used, once they have ended.
func noting(run running, uses store.Uses) running {
	return func(ctx context.Context, art *pipeline.Article) (*pipeline.Document, error) {
		doc, err := run(ctx, art)
		if doc == nil {
			return nil, err
		}
		keys := usesOf(doc)
		if len(keys) == 0 {
			return doc, err
		}
		noted := uses.Note(context.WithoutCancel(ctx), runUser(art), keys)
		if err == nil && noted != nil {
			err = stateError(noted)
		}
		return doc, err
	}
}
