package batch

import (
	"encoding/json"
	"fmt"

	"dragoman/pipeline"
)

// kept is an article as the store has it: with what its reader noticed, which
// the document's own form leaves out.
type kept struct {
	*pipeline.Article
	Noticed []pipeline.Finding `json:"noticed,omitempty"`
}

// EncodeArticle is an article as it was read, for Document.Article.
func EncodeArticle(a *pipeline.Article) ([]byte, error) {
	b, err := json.Marshal(kept{a, a.Noticed})
	if err != nil {
		return nil, fmt.Errorf("keeping the article: %w", err)
	}
	return b, nil
}

// DecodeArticle reads what EncodeArticle wrote.
func DecodeArticle(b []byte) (*pipeline.Article, error) {
	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return nil, fmt.Errorf("reading the stored article: %w", err)
	}
	if k.Article == nil {
		k.Article = &pipeline.Article{}
	}
	k.Article.Noticed = k.Noticed
	return k.Article, nil
}

// InputDigest is the digest of an article as it was read, its id left out: the
// same text under two ids has one digest.
func InputDigest(a *pipeline.Article) string {
	b := *a
	b.ID = ""
	return Digest(kept{&b, a.Noticed})
}
