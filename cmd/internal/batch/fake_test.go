package batch

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline/reuse"
)

// shelf is a store.Documents in memory.
type shelf struct {
	mu   sync.Mutex
	docs map[string]store.Document
	err  error // of every call
}

func newShelf() *shelf { return &shelf{docs: map[string]store.Document{}} }

func (s *shelf) Put(_ context.Context, docs ...*store.Document) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range docs {
		row, old := *d, s.docs[d.Collection+"/"+d.ID]
		if row.Article == nil {
			row.Article = old.Article
		}
		if row.Result == nil {
			row.Result = old.Result
		}
		s.docs[d.Collection+"/"+d.ID] = row
	}
	return s.err
}

func (s *shelf) Get(_ context.Context, collection string, ids []string, whole bool) (map[string]*store.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]*store.Document{}
	for _, id := range ids {
		if d, ok := s.docs[collection+"/"+id]; ok {
			if !whole {
				d.Article, d.Result = nil, nil
			}
			out[id] = &d
		}
	}
	return out, s.err
}

func (s *shelf) List(_ context.Context, collection, run string, states ...store.DocState) iter.Seq2[*store.Document, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(s.docs)
	return func(yield func(*store.Document, error) bool) {
		for _, k := range slices.Sorted(maps.Keys(all)) {
			d := all[k]
			d.Article, d.Result = nil, nil
			if d.Collection == collection && (run == "" || d.Run == run) && (len(states) == 0 || slices.Contains(states, d.State)) && !yield(&d, nil) {
				return
			}
		}
	}
}

// settled is a reuse.Store in memory.
type settled struct {
	mu      sync.Mutex
	entries map[string][]reuse.Entry
}

func newSettled() *settled { return &settled{entries: map[string][]reuse.Entry{}} }

func (m *settled) Find(stage, lang, key string) ([]reuse.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries[stage+"/"+lang+"/"+key]), nil
}

func (m *settled) Put(entries []reuse.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range entries {
		at := e.Stage + "/" + e.Lang + "/" + e.Key
		m.entries[at] = append(m.entries[at], e)
	}
	return nil
}
