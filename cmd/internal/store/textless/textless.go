// Package textless keeps a state without texts, for desks whose articles are
// confidential: of articles, questions, answers and editions only digests,
// numbers and names of models reach the store. The texts live in the process
// that works on them, so that within it nothing is asked twice, and go with it.
//
// What stays: ids and origins of articles (file names, addresses), what became
// of them, what they took, and which edits and findings an editor decided on,
// by digest, without the reasons.
package textless

import (
	"sync"

	"dragoman/cmd/internal/store"
)

// most is how many bytes of replies, and how many of editions, a process
// remembers, the latest: some 5,000 short articles' replies. What is forgotten
// is asked again where it comes again.
const most = 256 << 20

// mostSettled is how many bytes of settled answers a process remembers.
const mostSettled = 64 << 20

// Wrap gives the store with its texts kept back. What the store had before
// stays in it, and stored replies that are whole are still answers. Closing it
// closes the store.
func Wrap(st *store.Store) *store.Store {
	out := *st
	out.Ledger = &ledger{under: st.Ledger, whole: newShelf[exchangeName, *exchange](most)}
	out.Settled = &settled{entries: newShelf[string, *entries](mostSettled)}
	out.Decisions = &decisions{under: st.Decisions, reasons: map[string]string{}}
	if st.Documents != nil {
		out.Documents = &documents{
			under: st.Documents, articles: map[docName][]byte{}, reports: map[docName][]byte{}, results: newShelf[docName, *edition](most),
		}
	}
	if st.Deliveries != nil {
		out.Deliveries = &deliveries{st.Deliveries}
	}
	if st.Firings != nil {
		out.Firings = &firings{st.Firings}
	}
	return &out
}

// sized is what knows how many bytes it holds.
type sized interface{ size() int64 }

// shelf keeps what was put last, up to a number of bytes.
type shelf[K comparable, V sized] struct {
	mu    sync.Mutex
	most  int64
	bytes int64
	items map[K]V
	order []K // as they were put first
}

func newShelf[K comparable, V sized](most int64) *shelf[K, V] {
	return &shelf[K, V]{most: most, items: map[K]V{}}
}

// get gives an item; ok is false where it was never put or is forgotten.
func (s *shelf[K, V]) get(k K) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok = s.items[k]
	return v, ok
}

// put keeps an item in the place of what its name had. The oldest go where
// there is no room.
func (s *shelf[K, V]) put(k K, v V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.items[k]; ok {
		s.bytes -= old.size()
	} else {
		s.order = append(s.order, k)
	}
	s.items[k] = v
	s.bytes += v.size()
	for s.bytes > s.most && len(s.order) > 1 {
		s.forget(s.order[0])
		s.order = s.order[1:]
	}
}

// drop forgets an item.
func (s *shelf[K, V]) drop(k K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.items[k]; !ok {
		return
	}
	s.forget(k)
	for i, name := range s.order {
		if name == k {
			s.order = append(s.order[:i], s.order[i+1:]...)
			return
		}
	}
}

// forget takes an item out; s.mu is held.
func (s *shelf[K, V]) forget(k K) {
	if old, ok := s.items[k]; ok {
		s.bytes -= old.size()
		delete(s.items, k)
	}
}
