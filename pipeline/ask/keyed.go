package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"dragoman/pipeline"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// MaxPiece is how many failing sentences are asked again together.
const MaxPiece = 5

// MaxChunk is how many sentences are asked for in one request, whatever the
// model's context: longer answers loop and stray more often.
const MaxChunk = 40

// Item is one piece of a keyed question.
type Item struct {
	ID     string // the sentence's id
	Text   string
	Before string // the sentence before it, for context and for reuse
	After  string // the sentence after it, for reuse
	Names  string // the names sheet's entries it uses, for reuse

	Earlier string // the sentence before Before, for context
}

// Question asks for one value of type T for each item.
type Question[T any] struct {
	Stage, Lang string
	Memory      string // the stage's name among settled answers; "" for Stage
	Part        string // what of the document it is about, for events
	Prompt      *prompts.Prompt
	Settings    map[string]any
	Prefix      string // of the keys: "s" gives s1, s2 …
	Items       []Item

	// Inputs are the request's values for these items under these keys, apart
	// from the settings and "problems".
	Inputs func(items []Item, keys []string) map[string]any

	// Judge finds the faults of a value. Other gives the values of other items,
	// as far as they are known. A finding of severity major or above that is
	// not waived fails the value.
	Judge func(item Item, value T, other func(id string) (T, bool)) []pipeline.Finding

	// Tokens estimates the tokens of an answer to one item, from above.
	Tokens func(item Item) int
}

// Answer is what became of one item.
type Answer[T any] struct {
	Value    T
	Given    bool // there is a value at all
	OK       bool // it passed
	Findings []pipeline.Finding
	Reason   string // why it is not OK
}

// Usable reports whether the value may stand, marked if need be: it passed, or
// nothing worse than a major finding remains. A critical finding says that it
// is no answer at all.
func (a Answer[T]) Usable() bool {
	return a.OK || a.Given && worst(a.Findings) < pipeline.Critical.Rank()
}

// candidate is a value that came, and what was found in it.
type candidate[T any] struct {
	raw      json.RawMessage
	model    string // that gave it
	exchange string // key of the exchange that it came from
	value    T
	findings []pipeline.Finding
}

// keyed is the state of one question while it is asked.
type keyed[T any] struct {
	*Asker
	q      Question[T]
	digest string // of the prompt with its settings

	mu       sync.Mutex
	best     map[string]candidate[T] // the best value of each item so far
	ok       map[string]bool
	reason   map[string]string // why an item has no passing value
	problems map[string][]string
	judged   map[string]bool // a whole reply was judged for this item, so its failure is the model's
}

// Keyed asks the question. The answers hold every item, whatever happens; the
// error is the first that ended the asking early.
func Keyed[T any](ctx context.Context, a *Asker, q Question[T]) (map[string]Answer[T], error) {
	k := &keyed[T]{
		Asker: a, q: q,
		best: map[string]candidate[T]{}, ok: map[string]bool{}, reason: map[string]string{},
		problems: map[string][]string{}, judged: map[string]bool{},
	}
	if k.q.Memory == "" {
		k.q.Memory = q.Stage
	}
	err := k.run(ctx)
	answers := make(map[string]Answer[T], len(q.Items))
	for _, it := range q.Items {
		c, given := k.best[it.ID]
		ans := Answer[T]{Value: c.value, Given: given, OK: k.ok[it.ID], Findings: c.findings}
		if !ans.OK {
			ans.Reason = k.reason[it.ID]
			if ans.Reason == "" {
				ans.Reason = "not asked"
			}
		}
		answers[it.ID] = ans
	}
	return answers, err
}

func (k *keyed[T]) run(ctx context.Context) error {
	if len(k.q.Items) == 0 {
		return nil
	}
	system, _, err := k.q.Prompt.Render(k.values(k.q.Items[:1], []string{k.q.Prefix + "1"}, nil))
	if err != nil {
		return &pipeline.Error{Code: pipeline.Invalid, Stage: k.q.Stage, Err: err}
	}
	k.digest = promptDigest(k.q.Prompt, system)
	k.tell("started")
	defer k.tell("finished")
	fresh, again, err := k.recall()
	if err != nil {
		return &pipeline.Error{Code: pipeline.Unavailable, Stage: k.q.Stage, Err: err}
	}
	var g errgroup.Group // without its own context: a call in flight is paid for, and is heard out
	for _, part := range k.chunks(fresh, Tokens(system)) {
		g.Go(func() error { return k.settle(ctx, part) })
	}
	for _, it := range again {
		g.Go(func() error {
			err := k.alone(ctx, it)
			return errors.Join(err, k.keep([]Item{it}))
		})
	}
	err = g.Wait()
	return errors.Join(err, k.keep(k.rejudge()))
}

// recall takes the settled answers that still pass. It returns the items to be
// asked for the first time, and those to be asked again alone: failed before
// and asked afresh, or accepted once and found wanting by today's checks.
func (k *keyed[T]) recall() (fresh, again []Item, err error) {
	entries := map[string]reuse.Entry{}
	asked := make([]reuse.Asked, len(k.q.Items))
	for i, it := range k.q.Items {
		asked[i] = reuse.Asked{Key: k.key(it), Before: reuse.Neighbour(it.Before), After: reuse.Neighbour(it.After)}
	}
	found, err := reuse.ChooseAll(k.Reuse, k.q.Memory, k.q.Lang, asked)
	if err != nil {
		return nil, nil, fmt.Errorf("recalling settled answers: %w", err)
	}
	for i, it := range k.q.Items {
		e := found[i]
		if e == nil {
			continue
		}
		entries[it.ID] = *e
		k.recalled(e.Key)
		var c candidate[T]
		if json.Unmarshal(e.Value, &c.value) == nil {
			c.raw, c.model, c.exchange = e.Value, e.Model, e.Exchange
			k.best[it.ID] = c
		}
	}
	for _, it := range k.q.Items {
		e, ok := entries[it.ID]
		if !ok {
			fresh = append(fresh, it)
			continue
		}
		k.judged[it.ID] = true
		if c, given := k.best[it.ID]; given {
			k.answered(c.model, pipeline.PromptUse{Prompt: k.q.Prompt.Name(), Digest: k.q.Prompt.Digest, Lang: k.q.Lang})
			k.judge(it, c)
		} else {
			k.reason[it.ID], k.problems[it.ID] = firstOf(e.Problems, "no usable answer came"), e.Problems
		}
		if !k.ok[it.ID] && (k.Afresh || !e.Failed) {
			again = append(again, it)
		}
	}
	return fresh, again, nil
}

func (k *keyed[T]) key(it Item) string {
	return reuse.Key{
		Stage: k.q.Memory, Lang: k.q.Lang, Text: it.Text, Names: it.Names,
		Prompt: k.digest, Model: k.Model,
	}.String()
}

// settle asks for a part, again in pieces, and again alone, and keeps what
// came of it in one write.
func (k *keyed[T]) settle(ctx context.Context, part []Item) error {
	err := k.ask(ctx, part, nil, 0)
	if pipeline.CodeOf(err) == pipeline.TooLong && len(part) > 1 {
		half := len(part) / 2
		var g errgroup.Group
		g.Go(func() error { return k.settle(ctx, part[:half]) })
		g.Go(func() error { return k.settle(ctx, part[half:]) })
		return g.Wait()
	}
	if pipeline.CodeOf(err) == pipeline.TooLong {
		return k.keep(part) // one sentence beyond the model's context stays so
	}
	if !Fatal(err) {
		err = k.each(ctx, pieces(k.failing(part), MaxPiece), func(ctx context.Context, piece []Item) error {
			return k.ask(ctx, piece, k.quoted(piece), 0)
		})
	}
	if !Fatal(err) {
		err = k.each(ctx, pieces(k.failing(part), 1), func(ctx context.Context, piece []Item) error {
			return k.ask(ctx, piece, k.quoted(piece), 1)
		})
	}
	if kept := k.keep(part); kept != nil {
		return errors.Join(err, kept)
	}
	if Fatal(err) {
		return err
	}
	return nil
}

// each asks the pieces side by side; an answer's own fault is no error here.
func (k *keyed[T]) each(ctx context.Context, parts [][]Item, f func(context.Context, []Item) error) error {
	var g errgroup.Group
	for _, p := range parts {
		g.Go(func() error {
			if err := f(ctx, p); Fatal(err) {
				return err
			}
			return nil
		})
	}
	return g.Wait()
}

// alone asks for one item by the next attempt that is not stored: answers that
// came before are judged first, for nothing.
func (k *keyed[T]) alone(ctx context.Context, it Item) error {
	problems := k.quoted([]Item{it})
	for attempt := range maxAttempts {
		stored, err := k.attempt(ctx, []Item{it}, problems, Raise, attempt)
		if Fatal(err) {
			return err
		}
		if k.passed(it.ID) || !stored {
			break
		}
	}
	return nil
}

// maxAttempts bounds the stored answers to one request that are judged again.
const maxAttempts = 50

// ask sends one request for some items and judges what comes.
func (k *keyed[T]) ask(ctx context.Context, items []Item, problems prompts.Object, raise float64) error {
	_, err := k.attempt(ctx, items, problems, raise*Raise, 0)
	return err
}

func (k *keyed[T]) attempt(ctx context.Context, items []Item, problems prompts.Object, raise float64, attempt int) (stored bool, err error) {
	keys, units := make([]string, len(items)), make([]string, len(items))
	tokens := 64
	for i, it := range items {
		keys[i], units[i] = fmt.Sprintf("%s%d", k.q.Prefix, i+1), it.ID
		tokens += k.q.Tokens(it)
	}
	resp, err := k.Do(ctx, Call{
		Stage: k.q.Stage, Lang: k.q.Lang, Prompt: k.q.Prompt, Values: k.values(items, keys, problems),
		Keys: keys, MaxTokens: tokens, Raise: raise, Attempt: attempt, Units: units,
	})
	if resp == nil {
		k.noAnswer(items, err)
		return false, err
	}
	k.take(items, keys, resp, err)
	return resp.Stored, err
}

// values are a request's values. Problems are given under the keys of this
// request.
func (k *keyed[T]) values(items []Item, keys []string, problems prompts.Object) map[string]any {
	values := k.q.Inputs(items, keys)
	for name, v := range k.q.Settings {
		values[name] = v
	}
	for _, name := range k.q.Prompt.Inputs {
		if name == "problems" {
			values[name] = problems
		}
	}
	return values
}
