package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
)

// sourcesAtOnce is how many sources of a schedule are looked at side by side:
// they are on different hosts mostly, and each host is asked one thing at a time.
const sourcesAtOnce = 4

// look polls the sources, and stores what is new: first the articles, then that
// they are known. One source that cannot be read keeps no other from being read.
func (t *firing) look(ctx context.Context) error {
	poller := &source.Poller{
		Fetch: t.client, Entries: t.st.Entries, Sources: t.st.Sources, Collection: t.collection, Now: t.env.now,
	}
	polls := make([]*source.Poll, len(t.spec.Sources))
	errs := make([]error, len(t.spec.Sources))
	var g errgroup.Group
	g.SetLimit(sourcesAtOnce)
	for i, src := range t.spec.Sources {
		g.Go(func() error {
			polls[i], errs[i] = poller.Poll(ctx, src)
			return nil
		})
	}
	_ = g.Wait() // each has its own error
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.account.Sources = nil
	for i, src := range t.spec.Sources {
		told := account.Source{Name: source.Name(src)}
		if errs[i] != nil {
			if isStateError(errs[i]) {
				return errs[i]
			}
			told.Error = oneLine(errs[i])
			t.events.SourceFailed(t.spec.Name, told.Name, errs[i])
		} else if err := t.keep(ctx, poller, polls[i], &told); err != nil {
			return err
		}
		t.account.Sources = append(t.account.Sources, told)
	}
	t.account.Looked = t.env.now()
	return nil
}

// keep stores the new articles of a poll as waiting, then that they are known.
func (t *firing) keep(ctx context.Context, poller *source.Poller, p *source.Poll, told *account.Source) error {
	told.Known = p.Known
	told.Offered = p.Known + len(p.Items) + len(p.Problems)
	for _, problem := range p.Problems {
		told.Problems = append(told.Problems, problem.String())
	}
	now := t.env.now()
	rows := make([]*store.Document, 0, len(p.Items))
	for i, item := range p.Items {
		article, err := batch.EncodeArticle(item.Article)
		if err != nil {
			return err
		}
		rows = append(rows, &store.Document{
			Collection: t.collection, ID: item.Document, Folder: batch.FolderName(item.Document), Origin: item.Origin(), Input: batch.InputDigest(item.Article),
			State: store.DocWaiting, Article: article, Updated: now.Add(time.Duration(i) * time.Microsecond), // in the source's order, which is the order of the work
		})
		if item.Why == source.New {
			told.New++
		} else {
			told.Changed++
		}
	}
	if len(rows) > 0 {
		if err := t.st.Documents.Put(ctx, rows...); err != nil {
			return err
		}
	}
	if err := poller.Commit(ctx, p); err != nil {
		return err
	}
	if p.Silent > 0 {
		t.silent = append(t.silent, account.Condition{
			Type: account.SourceSilent, About: p.Name, Since: now, Message: fmt.Sprintf("%s has offered nothing new for %s", p.Name, schedule.Words(p.Silent)),
		})
	}
	t.events.SourceRead(t.spec.Name, *told, now)
	return nil
}

// isStateError tells the state's errors, which end the process's try, from those
// of a source.
func isStateError(err error) bool { return errors.Is(err, source.ErrState) }
