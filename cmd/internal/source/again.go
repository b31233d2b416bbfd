package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dragoman/cmd/internal/store"
)

// Begun is what began a document.
type Begun struct {
	Key     string
	Content string // digest of the text that it had last, see Content
}

// again stands before the content that a thing had, in the place of what its
// source said of it, until it is met again.
const again = "again:"

// Again has the next poll find some documents changed, whatever is known of them,
// so that they are worked on once more: their texts are not there any more. It
// gives what began each of them; one that no source is known to have offered is
// left out. A copy of it under another key is not met again.
func (p *Poller) Again(ctx context.Context, documents map[string]bool) (map[string]Begun, error) {
	begun := map[string]Begun{}
	owned := map[string]string{} // document of an inbox -> the key that began it
	var own []store.Entry
	for e, err := range p.Entries.All(ctx, p.Collection) {
		switch {
		case err != nil:
			return nil, fmt.Errorf("looking up what is known: %w", err)
		case !documents[e.Document]:
		case e.Key == reservation(e.Document):
			owned[e.Document] = e.Offered
		default:
			own = append(own, e)
		}
	}
	own = slices.DeleteFunc(own, func(e store.Entry) bool {
		if owner, ok := owned[e.Document]; ok {
			return owner != e.Key
		}
		return !strings.HasSuffix(e.Document, "-"+short(e.Key))
	})
	if len(own) == 0 {
		return begun, nil
	}
	for i, e := range own {
		content := e.Content
		if content == "" { // it was to be met again before
			content = strings.TrimPrefix(e.Offered, again)
		}
		begun[e.Document] = Begun{e.Key, content}
		own[i] = store.Entry{Collection: e.Collection, Key: e.Key, Offered: again + content, Document: e.Document, First: e.First}
	}
	if err := p.Entries.Remember(ctx, own...); err != nil {
		return nil, fmt.Errorf("noting what is to be read again: %w", err)
	}
	return begun, p.unconditional(ctx)
}

// unconditional has the next polls read their sources as a whole: an unchanged one
// holds what is to be read again.
func (p *Poller) unconditional(ctx context.Context) error {
	sources, err := p.Sources.List(ctx, p.Collection)
	if err != nil {
		return fmt.Errorf("listing the sources: %w", err)
	}
	for _, s := range sources {
		if s.Tag == "" && s.Modified == "" && s.Digest == "" {
			continue
		}
		s.Tag, s.Modified, s.Digest = "", "", ""
		if err := p.Sources.Save(ctx, s); err != nil {
			return fmt.Errorf("saving the state of %s: %w", s.Name, err)
		}
	}
	return nil
}

// Stay leaves the files of some documents in their inbox: they may have to be
// read again.
func (poll *Poll) Stay(documents map[string]bool) {
	poll.moves = slices.DeleteFunc(slices.Clone(poll.moves), func(f file) bool { return documents[f.document] })
}

// Lacks reports whether a poll says that its source does not offer a key any
// more: it was read as a whole, and had no trouble with that one.
func (poll *Poll) Lacks(key string) bool {
	return poll.Failure == "" && !poll.Skipped && poll.Left == 0 && poll.Waiting == 0 &&
		!slices.ContainsFunc(poll.Problems, func(p Problem) bool { return p.Key == key })
}
