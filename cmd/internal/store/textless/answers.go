package textless

import (
	"context"
	"iter"
	"slices"
	"sync"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
)

// ledger stores exchanges without their texts and remembers the texts.
type ledger struct {
	under llm.Ledger
	whole *shelf[exchangeName, *exchange]
}

type exchangeName struct {
	key      string
	sequence int
}

// exchange is one with its texts.
type exchange struct{ llm.Exchange }

func (x *exchange) size() int64 {
	n := int64(len(x.Reply.Body) + len(x.Request.Schema) + 1024) // the rest of it, about
	for _, m := range x.Request.Messages {
		n += int64(len(m.Content))
	}
	return n
}

// copied is what a holder may change.
func (x *exchange) copied() *llm.Exchange {
	y := x.Exchange
	y.Request.Messages = slices.Clone(x.Request.Messages)
	y.Reply.Body = slices.Clone(x.Reply.Body)
	return &y
}

// Append stores an exchange without its texts. See [llm.Ledger].
func (l *ledger) Append(ctx context.Context, x *llm.Exchange) error {
	bare := x.Withheld()
	if err := l.under.Append(ctx, bare); err != nil {
		return err
	}
	x.Sequence = bare.Sequence
	whole := &exchange{*x}
	l.whole.put(exchangeName{x.Key, x.Sequence}, &exchange{*whole.copied()})
	return nil
}

// Find gives the exchanges of a key whose texts are known: those of this
// process, and those that were stored whole once. See [llm.Ledger].
func (l *ledger) Find(ctx context.Context, key string) ([]*llm.Exchange, error) {
	stored, err := l.under.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	var out []*llm.Exchange
	for _, x := range stored {
		if x.NoText {
			whole, ok := l.whole.get(exchangeName{x.Key, x.Sequence})
			if !ok {
				continue
			}
			x = whole.copied()
		}
		out = append(out, x)
	}
	return out, nil
}

// All gives every exchange as it is stored. See [llm.Ledger].
func (l *ledger) All(ctx context.Context) iter.Seq2[*llm.Exchange, error] { return l.under.All(ctx) }

// Damaged are the rows that hold no exchange. See [store.Damaged].
func (l *ledger) Damaged() []string {
	if d, ok := l.under.(store.Damaged); ok {
		return d.Damaged()
	}
	return nil
}

// settled remembers settled answers and stores none.
type settled struct {
	mu      sync.Mutex
	entries *shelf[string, *entries]
}

type entries struct{ of []reuse.Entry }

func (e *entries) size() int64 {
	n := int64(0)
	for _, one := range e.of {
		n += int64(len(one.Value) + 256) // the rest of it, about
		for _, p := range one.Problems {
			n += int64(len(p))
		}
	}
	return n
}

func settledName(stage, lang, key string) string { return stage + "\x00" + lang + "\x00" + key }

// Find gives the entries of a key, oldest first. See [reuse.Store].
func (s *settled) Find(stage, lang, key string) ([]reuse.Entry, error) {
	found, ok := s.entries.get(settledName(stage, lang, key))
	if !ok {
		return nil, nil
	}
	return slices.Clone(found.of), nil
}

// Put keeps entries. See [reuse.Store].
func (s *settled) Put(given []reuse.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range given {
		name := settledName(e.Stage, e.Lang, e.Key)
		made := &entries{}
		if have, ok := s.entries.get(name); ok {
			made.of = slices.DeleteFunc(slices.Clone(have.of), func(old reuse.Entry) bool { return old.Before == e.Before && old.After == e.After })
		}
		made.of = append(made.of, e)
		s.entries.put(name, made)
	}
	return nil
}

// decisions stores what was decided and not why: a reason is an editor's words
// about a text.
type decisions struct {
	under store.Decisions

	mu      sync.Mutex
	reasons map[string]string // of this process, by id
}

// Recall gives what was decided so far. See [store.Decisions].
func (d *decisions) Recall(ctx context.Context) (*pipeline.Decisions, error) {
	all, err := d.under.Recall(ctx)
	return d.reasoned(all), err
}

// Remember stores decisions without their reasons. See [store.Decisions].
func (d *decisions) Remember(ctx context.Context, given *pipeline.Decisions) (*pipeline.Decisions, error) {
	all, err := d.under.Remember(ctx, WithoutReasons(given))
	if err == nil && given != nil {
		d.mu.Lock()
		for _, of := range []map[string]pipeline.Decision{given.Edits, given.Findings} {
			for id, decided := range of {
				d.reasons[id] = decided.Reason
			}
		}
		d.mu.Unlock()
	}
	return d.reasoned(all), err
}

// reasoned puts the reasons that this process was given to the decisions.
func (d *decisions) reasoned(all *pipeline.Decisions) *pipeline.Decisions {
	if all == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, of := range []map[string]pipeline.Decision{all.Edits, all.Findings} {
		for id, decided := range of {
			if reason, ok := d.reasons[id]; ok {
				decided.Reason = reason
				of[id] = decided
			}
		}
	}
	return all
}

// WithoutReasons are decisions without the words of whoever made them.
func WithoutReasons(d *pipeline.Decisions) *pipeline.Decisions {
	if d == nil {
		return nil
	}
	bare := func(of map[string]pipeline.Decision) map[string]pipeline.Decision {
		if of == nil {
			return nil
		}
		out := make(map[string]pipeline.Decision, len(of))
		for id, decided := range of {
			decided.Reason = ""
			out[id] = decided
		}
		return out
	}
	return &pipeline.Decisions{Edits: bare(d.Edits), Findings: bare(d.Findings)}
}
