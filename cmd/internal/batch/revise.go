package batch

import (
	"slices"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// revise says in a new edition what has become of the text since the one that
// its row holds. What was made again of the same article keeps what was said
// before, as a revision is of the text. An earlier edition that cannot be read
// is none.
func revise(row *store.Document, doc *pipeline.Document) {
	before, digest, err := Stored(row)
	if err != nil {
		return
	}
	if !sameText(before.Source, doc.Source) {
		if r := pipeline.Revise(before, doc, digest); r != nil {
			doc.Revision = r
			return
		}
	}
	if holdsStill(before, doc) {
		doc.Revision = before.Revision
	}
}

// sameText reports whether two articles as they were read have the same parts.
func sameText(a, b *pipeline.Article) bool {
	return a != nil && b != nil && slices.EqualFunc(a.Body, b.Body, func(x, y pipeline.Block) bool {
		return x.Kind == y.Kind && x.Text() == y.Text()
	})
}

// holdsStill reports whether the sentences that an earlier edition's revision
// names have kept their ids: a later version of normalize may cut otherwise.
func holdsStill(before, doc *pipeline.Document) bool {
	if before.Revision == nil || before.Normalized == nil || doc.Normalized == nil {
		return false
	}
	r := before.Revision
	for _, id := range slices.Concat(r.Changed, r.Added, r.Moved) {
		was, _ := before.Normalized.Sentence(id)
		if is, there := doc.Normalized.Sentence(id); !there || is != was {
			return false
		}
	}
	return true
}
