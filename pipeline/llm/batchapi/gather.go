package batchapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

// queue gathers lines of one model until a batch is made of them.
type queue struct {
	model string
	lines []*line
	bytes int64
	quiet *time.Timer // since the last line
	age   *time.Timer // since the first
}

func (q *queue) drop(l *line) {
	if i := slices.Index(q.lines, l); i >= 0 {
		q.lines = slices.Delete(q.lines, i, i+1)
		q.bytes -= int64(len(l.row))
	}
}

// gather puts a line into its model's queue. The lock is held.
func (t *Transport) gather(model string, l *line) {
	q := t.queues[model]
	if q != nil && q.bytes+int64(len(l.row)) > t.cfg.Bytes {
		t.submit(q)
		q = nil
	}
	if q == nil {
		q = &queue{model: model}
		due := func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.submit(q)
		}
		q.quiet, q.age = time.AfterFunc(t.cfg.Quiet, due), time.AfterFunc(t.cfg.Age, due)
		t.queues[model] = q
	}
	q.lines = append(q.lines, l)
	q.bytes += int64(len(l.row))
	l.queue = q
	q.quiet.Reset(t.cfg.Quiet)
	if len(q.lines) >= t.cfg.Lines {
		t.submit(q)
	}
}

// submit makes a batch of a queue. The lock is held.
func (t *Transport) submit(q *queue) {
	if t.queues[q.model] != q {
		return // it was, already
	}
	q.quiet.Stop()
	q.age.Stop()
	delete(t.queues, q.model)
	if len(q.lines) == 0 {
		return
	}
	b := newBatch(Submission{ID: newID(), Phase: Gathered, Model: q.model, Created: t.cfg.Now().UTC().Round(0)})
	for _, l := range q.lines {
		b.add(l)
		b.waiting += len(l.waiters)
	}
	t.open[b] = true
	t.start(b)
}

// newID names a submission: nobody else's file or batch has that name.
func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return "dragoman-" + hex.EncodeToString(b[:])
}

// batch is a submission at work. The transport's lock guards it, but for what
// only its driver changes.
type batch struct {
	Submission // CustomIDs stays empty here: order and lines say it

	lines   map[string]*line // not delivered yet, by id
	order   []string         // of the ids, some of them delivered
	count   int              // of lines when the submission was last saved
	waiting int              // callers
	joined  chan struct{}    // a caller came
	loaded  bool             // begun by another process
	resumed bool             // begun by another process, or tried before: look before leaping
	stop    context.CancelFunc

	saving sync.Mutex // held while the state is written
	over   bool       // no more to be saved; guarded by saving
	files  []string   // of its output, to be removed with its input
}

func newBatch(s Submission) *batch {
	return &batch{Submission: s, lines: map[string]*line{}, joined: make(chan struct{}, 1)}
}

func (b *batch) add(l *line) {
	l.batch, l.queue = b, nil
	b.lines[l.id()] = l
	b.order = append(b.order, l.id())
}

// saved is the submission as it is stored: with the lines that are left.
func (b *batch) saved() Submission {
	s := b.Submission
	s.CustomIDs = make([]string, 0, len(b.lines))
	for _, id := range b.order {
		if b.lines[id] != nil {
			s.CustomIDs = append(s.CustomIDs, id)
		}
	}
	return s
}

// load takes up what earlier processes submitted, once.
func (t *Transport) load(ctx context.Context) error {
	t.loading.Lock()
	defer t.loading.Unlock()
	if t.loaded {
		return nil
	}
	all, err := t.cfg.State.Load(ctx)
	if err != nil {
		return stateError("loading the batches under way", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range all {
		if len(s.CustomIDs) == 0 || t.cfg.Now().Sub(s.Created) > retention { // its output is no more
			if err := t.cfg.State.Delete(ctx, s.ID); err != nil {
				return stateError("forgetting an old batch", err)
			}
			continue
		}
		ids := s.CustomIDs
		s.CustomIDs = nil
		b := newBatch(s)
		b.loaded, b.resumed, b.count = true, true, len(ids)
		for _, id := range ids {
			if stem, n, ok := cutID(id); ok && b.lines[id] == nil {
				l := &line{stem: stem, attempt: n}
				b.add(l)
				t.index[stem] = append(t.index[stem], l)
			}
		}
		t.open[b] = true
	}
	t.loaded = true
	return nil
}

// Submissions are the batches whose answers are not all in the ledger yet,
// oldest first.
func (t *Transport) Submissions() []Submission {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Submission
	for b := range t.open {
		out = append(out, b.saved())
	}
	slices.SortFunc(out, older)
	return out
}

// Close saves which answers were delivered, and waits for what is being
// cleaned up. Call it when no request is under way any more.
func (t *Transport) Close() error {
	t.mu.Lock()
	var open []*batch
	for b := range t.open {
		if len(b.lines) < b.count {
			open = append(open, b)
		}
	}
	t.mu.Unlock()
	var first error
	for _, b := range open {
		if err := t.save(context.Background(), b, nil); err != nil && first == nil {
			first = err
		}
	}
	t.work.Wait()
	return first
}
