package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/batch"
	polling "dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

// look polls the sources one after the other, and stores what is new: first the
// articles, then that they are known. A source that cannot be read keeps no other
// from being read.
func (t *firing) look(ctx context.Context) error {
	poller := &polling.Poller{
		Fetch: t.client, Entries: t.st.Entries, Sources: t.st.Sources, Collection: t.collection, Now: t.env.now,
		Eager: t.row.Cause == store.CauseManual && t.account.Looked.IsZero(),
	}
	t.account.Sources, t.seen = nil, nil
	if err := t.findLost(ctx, poller); err != nil {
		return err
	}
	var polls []*polling.Poll
	for _, src := range t.spec.Sources {
		told := account.Source{Name: polling.Name(src)}
		poll, err := poller.Poll(ctx, src)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case poll == nil:
			return err // of the state
		case err != nil:
			told.Error = strings.TrimPrefix(poll.Failure, "fetch: "+told.Name+": ")
			t.events.SourceFailed(t.spec.Name, told.Name, errors.New(poll.Failure))
		}
		polls = append(polls, poll)
		if err := t.keep(ctx, poller, poll, &told); err != nil {
			return err
		}
		if err == nil {
			t.events.SourceRead(t.spec.Name, told, t.env.now())
		}
		t.account.Sources = append(t.account.Sources, told)
	}
	t.account.Looked = t.env.now()
	return t.giveUpLost(ctx, polls)
}

// keep stores the new articles of a poll as waiting, then that they are known.
func (t *firing) keep(ctx context.Context, poller *polling.Poller, p *polling.Poll, told *account.Source) error {
	told.Known, told.Waiting, told.Left, told.Ignored = p.Known, p.Waiting, p.Left, p.Ignored
	told.Offered = p.Known + len(p.Items) + len(p.Problems)
	for _, problem := range p.Problems {
		told.Problems = append(told.Problems, problem.Line)
	}
	settled, err := t.metBefore(ctx, p)
	if err != nil {
		return err
	}
	now := t.env.now()
	rows := make([]*store.Document, 0, len(p.Items))
	for i, item := range p.Items {
		if settled[item.Document] {
			told.Known++
			continue
		}
		article, err := batch.EncodeArticle(item.Article)
		if err != nil {
			return err
		}
		rows = append(rows, &store.Document{
			Collection: t.collection, ID: item.Document, Folder: batch.FolderName(item.Document), Origin: item.URL, Input: batch.InputDigest(item.Article),
			State: store.DocWaiting, Article: article, Updated: now.Add(time.Duration(i) * time.Microsecond), // in the source's order, which is the order of the work
		})
		if item.Why == polling.New {
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
	if t.cfg.NoStoreText && len(rows) > 0 {
		t.unkept = append(t.unkept, unkept{poller, p, told.Name})
	} else if err := t.commit(ctx, poller, p); err != nil {
		return err
	}
	t.seen = append(t.seen, t.unusable(p)...)
	told.Notes = p.Notes // of Commit too: a file that could not be moved
	if p.Silent > 0 {
		name := account.SourceName(p.Name)
		t.seen = append(t.seen, account.Condition{
			Type: account.SourceSilent, About: name, Since: now, Message: fmt.Sprintf("%s has offered nothing new for %s", name, days(p.Silent)),
		})
	}
	return nil
}

// days is a long time in words, rounded down.
func days(d time.Duration) string {
	switch {
	case d < time.Minute:
		return term.Count(int(d/time.Second), "second")
	case d < 2*time.Hour:
		return term.Count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return term.Count(int(d/time.Hour), "hour")
	}
	return term.Count(int(d/(24*time.Hour)), "day")
}
