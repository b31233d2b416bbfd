package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// memory is what is known while one source is polled: what the store holds of the
// things it offers, and what was decided since.
type memory struct {
	p                *Poller
	poll             *Poll
	now              time.Time
	byKey, byContent map[string]store.Entry
	owned            map[string]string // key of an inbox's document -> the key that began it
}

func (p *Poller) remember(poll *Poll) *memory {
	return &memory{p: p, poll: poll, now: p.now(), byKey: map[string]store.Entry{}, byContent: map[string]store.Entry{}, owned: map[string]string{}}
}

// atOnce is how many entries are asked for in one query.
const atOnce = 500

// recall loads what is known under keys and contents.
func (m *memory) recall(ctx context.Context, keys, contents []string) error {
	load := func(keys, contents []string) error {
		byKey, byContent, err := m.p.Entries.Known(ctx, m.p.Collection, keys, contents)
		if err != nil {
			return &stateError{fmt.Errorf("looking up what is known: %w", err)}
		}
		for k, e := range byKey {
			if _, decided := m.byKey[k]; !decided {
				m.byKey[k] = e
			}
		}
		for c, e := range byContent {
			if _, decided := m.byContent[c]; !decided {
				m.byContent[c] = e
			}
		}
		return nil
	}
	for some := range slices.Chunk(keys, atOnce) {
		if err := load(some, nil); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(contents, atOnce) {
		if err := load(nil, some); err != nil {
			return err
		}
	}
	return nil
}

// thing is one thing that was offered and read.
type thing struct {
	key      string
	link     string // "" of a file
	id       string // the document that it begins; "" is made of key, link and headline
	article  *pipeline.Article
	content  string
	offered  string // see store.Entry
	paged    bool   // a page was fetched for it
	tag      string
	modified string
}

// decide says whether a thing is new, changed or known, and keeps what is to be
// remembered of it.
func (m *memory) decide(t thing) {
	old, known := m.byKey[t.key]
	entry := store.Entry{
		Collection: m.p.Collection, Key: t.key, Content: t.content, Offered: t.offered, Document: old.Document,
		Tag: t.tag, Modified: t.modified, First: m.now, Looked: m.now,
	}
	if known {
		entry.First = old.First
	}
	if t.offered == t.content {
		entry.Offered = ""
	}
	twin, copied := m.byContent[t.content]
	owner := known && m.began(old.Document, t.key)
	why := Changed
	switch {
	case known && old.Content == t.content:
		m.poll.Known++
		if t.paged || old.Offered != entry.Offered {
			m.keep(entry)
		}
		return
	case copied && (twin.Document != old.Document || !owner):
		entry.Document = twin.Document
		m.poll.Known++
		m.keep(entry)
		return
	case !owner:
		why = New
		if entry.Document = t.id; t.id == "" {
			entry.Document = documentID(t.key, t.link, t.article.First(pipeline.Headline))
		}
	}
	t.article.ID = entry.Document
	m.keep(entry)
	where := t.link
	if where == "" {
		where = t.key
	}
	m.poll.Items = append(m.poll.Items, Item{
		Key: t.key, Document: entry.Document, Why: why, Article: t.article, URL: where, Title: title(t.article),
	})
}

// began reports whether a document was begun by the thing of this key.
func (m *memory) began(document, key string) bool {
	if owner, ok := m.owned[document]; ok {
		return owner == key
	}
	return strings.HasSuffix(document, "-"+short(key))
}

// keep is an entry that Commit will remember, and that counts from now on.
func (m *memory) keep(e store.Entry) {
	m.poll.entries = append(m.poll.entries, e)
	m.byKey[e.Key] = e
	if _, ok := m.byContent[e.Content]; !ok {
		m.byContent[e.Content] = e
	}
}
