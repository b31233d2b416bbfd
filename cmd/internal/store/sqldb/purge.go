package sqldb

import (
	"context"
	"errors"
	"slices"

	"dragoman/cmd/internal/store"
)

// ofDocument is what counts as the bytes of a document.
const ofDocument = `COALESCE(OCTET_LENGTH(report), 0) + COALESCE((SELECT SUM(OCTET_LENGTH(t.body)) FROM document_texts t
	WHERE t.collection = documents.collection AND t.id = documents.id), 0)`

const (
	// takenByNobody: no other article took the settled answer in place of
	// asking.
	takenByNobody = " AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.key = '" + store.SettledUse + "' || settled.key AND u.article <> ?)"
	// ofNobody: the settled answer comes from an exchange that no article has,
	// since the one that made it is purged. That of this article is met by the
	// exchange.
	ofNobody = " AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.key = settled.exchange)"
)

// Purge takes away everything about an article. See [store.Keeper].
func (t *keeper) Purge(ctx context.Context, p store.Purge) (gone map[store.Kind]store.Amounts, err error) {
	const doing = "purging an article"
	if p.Article == "" {
		p.Article = p.Collection + "\x00" + p.Document
	}
	if p.Dry {
		err = t.db.read(ctx, doing, func(s *session) error {
			gone, err = t.purge(ctx, s, p)
			return err
		})
		return gone, err
	}
	err = t.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		was := gone
		gone, err = t.purge(ctx, s, p)
		if s.again && err == nil && was != nil && nothing(gone) {
			gone = was // it went when the connection was lost
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return gone, t.db.failed(ctx, "purging what is left of an article", t.db.dialect.Scrub(ctx, t.db.db,
		[]string{"exchanges", "settled", "documents", "document_texts", "deliveries", "entries", "firings", "sources", "uses"}))
}

func nothing(gone map[store.Kind]store.Amounts) bool {
	for _, a := range gone {
		if a.Rows > 0 {
			return false
		}
	}
	return true
}

func (t *keeper) purge(ctx context.Context, s *session, p store.Purge) (map[store.Kind]store.Amounts, error) {
	document := []any{text(p.Collection), text(p.Document)}
	if err := t.idle(ctx, s, p); err != nil {
		return nil, err
	}
	keys, err := t.alone(ctx, s, p)
	if err != nil {
		return nil, err
	}
	gone := map[store.Kind]store.Amounts{}
	remove := func(k store.Kind, table, bytes, where string, args ...any) error {
		a, err := amountOf(ctx, s, table, bytes, where, args...)
		if err != nil {
			return err
		}
		gone[k] = store.Amounts{Rows: gone[k].Rows + a.Rows, Bytes: gone[k].Bytes + a.Bytes}
		if p.Dry {
			return nil
		}
		return s.once(ctx, "DELETE FROM "+table+" WHERE "+where, args...)
	}
	if err := remove(store.KindTexts, "documents", ofDocument, "collection = ? AND id = ?", document...); err != nil {
		return nil, err
	}
	if err := remove(store.KindDeliveries, "deliveries", "OCTET_LENGTH(headline) + OCTET_LENGTH(reason)", "collection = ? AND document = ?", document...); err != nil {
		return nil, err
	}
	gone[store.KindReplies], gone[store.KindSettled] = store.Amounts{}, store.Amounts{}
	for part := range slices.Chunk(keys, prunePortion) {
		in, args := among("key", part)
		if err := remove(store.KindReplies, "exchanges", "OCTET_LENGTH(body)", "1 = 1"+in, args...); err != nil {
			return nil, err
		}
		in, args = among("exchange", part)
		if err := remove(store.KindSettled, "settled", "OCTET_LENGTH(body)", "1 = 1"+in+takenByNobody, append(args, text(p.Article))...); err != nil {
			return nil, err
		}
		in, args = among("'"+store.SettledUse+"' || key", part)
		args = append(args, text(p.Article))
		if err := remove(store.KindSettled, "settled", "OCTET_LENGTH(body)", "1 = 1"+in+takenByNobody+ofNobody, args...); err != nil {
			return nil, err
		}
	}
	if p.Dry {
		return gone, nil
	}
	if err := unname(ctx, s, p.Collection, p.Document); err != nil {
		return nil, err
	}
	return gone, s.once(ctx, "DELETE FROM uses WHERE article = ?", text(p.Article))
}

// idle checks that nobody works on an article, and keeps it so until the
// transaction ends.
func (t *keeper) idle(ctx context.Context, s *session, p store.Purge) error {
	var state, run string
	err := s.once1(ctx, "SELECT state, COALESCE((SELECT state FROM runs WHERE runs.id = documents.run), '') FROM documents WHERE collection = ? AND id = ?"+
		t.db.dialect.ForUpdate, []any{text(p.Collection), text(p.Document)}, &state, &run)
	switch {
	case errors.Is(err, errNoRow):
		return nil
	case err != nil:
		return err
	case store.DocState(state) == store.DocWaiting && store.RunState(run) == store.RunOpen:
		return invalid("purge it when its run has ended, or cancel the run first: dragoman jobs list", "the article %s is being worked on", p.Document)
	}
	return nil
}

// alone are the keys that an article used, and no other.
func (t *keeper) alone(ctx context.Context, s *session, p store.Purge) ([]string, error) {
	keys := slices.Clone(p.Replies)
	err := s.each(ctx, usesOf, []any{text(p.Article)}, func(scan func(...any) error) error {
		key, err := scanText(scan)
		keys = append(keys, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	keys = named(keys)
	shared := map[string]bool{}
	for part := range slices.Chunk(keys, prunePortion) {
		in, args := among("key", part)
		err := s.each(ctx, "SELECT DISTINCT key FROM uses WHERE article <> ?"+in, append([]any{text(p.Article)}, args...), func(scan func(...any) error) error {
			key, err := scanText(scan)
			shared[key] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(keys, func(key string) bool { return shared[key] }), nil
}
