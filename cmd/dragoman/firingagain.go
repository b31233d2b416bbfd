package main

import (
	"context"
	"slices"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/batch"
	polling "dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
)

// Without stored texts a process that ends takes its editions with it. What of
// them is still to be delivered is read from its source and asked for once more
// by the next firing; what is held waits for its release.

// lost is an article that is to be delivered and has no text any more.
type lost struct {
	polling.Begun
	offered bool // by this look
}

// findLost has the polls that follow offer such articles as if they had changed.
func (t *firing) findLost(ctx context.Context, poller *polling.Poller) error {
	if !t.cfg.NoStoreText {
		return nil
	}
	documents, err := t.courier.Lost(ctx)
	if err != nil || len(documents) == 0 {
		return err
	}
	begun, err := poller.Again(ctx, documents)
	if err != nil {
		return err
	}
	t.lost = map[string]*lost{}
	for id := range documents {
		t.lost[id] = &lost{Begun: begun[id]}
	}
	return nil
}

// metBefore looks up what the articles of a poll were before, where no text is
// stored. Settled are those whose editions are made and planned, and that are
// offered once more only as their process died before it could remember so.
// Others are asked for again.
func (t *firing) metBefore(ctx context.Context, p *polling.Poll) (settled map[string]bool, err error) {
	settled = map[string]bool{}
	if !t.cfg.NoStoreText || len(p.Items) == 0 {
		return settled, nil
	}
	before, err := t.rowsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, item := range p.Items {
		row, l := before[item.Document], t.lost[item.Document]
		if l != nil {
			l.offered = true
			if err := t.askAgain(ctx, p, item, row); err != nil {
				return nil, err
			}
		} else if row != nil && row.State.Final() && row.Input == batch.InputDigest(item.Article) {
			if settled[item.Document], err = t.courier.Planned(ctx, row); err != nil {
				return nil, err
			}
		}
	}
	return settled, nil
}

// rowsOf are the articles of a poll as they are in the state, by id.
func (t *firing) rowsOf(ctx context.Context, p *polling.Poll) (map[string]*store.Document, error) {
	var ids []string
	for _, item := range p.Items {
		ids = append(ids, item.Document)
	}
	return t.st.Documents.Get(ctx, t.collection, ids, false)
}

// askAgain notes that a lost article is asked for again. One that has another
// text by now is not what a person may have released.
func (t *firing) askAgain(ctx context.Context, p *polling.Poll, item polling.Item, before *store.Document) error {
	if before == nil {
		return nil
	}
	if before.Input != batch.InputDigest(item.Article) && t.lost[item.Document].Content != polling.Content(item.Article) {
		return t.courier.Replaced(ctx, item.Document)
	}
	t.again[item.Document] = true
	p.Notes = append(p.Notes, item.Document+" is asked for again: it is still to be delivered, and no text of it is stored")
	return nil
}

// giveUpLost gives up what no source offers any more.
func (t *firing) giveUpLost(ctx context.Context, polls []*polling.Poll) error {
	for id, l := range t.lost {
		if l.offered || slices.ContainsFunc(polls, func(p *polling.Poll) bool { return !p.Lacks(l.Key) }) {
			continue
		}
		if err := t.giveUp(ctx, id, "no text of this edition is stored, and no source offers its article any more; offered again, it is asked for again"); err != nil {
			return err
		}
	}
	return nil
}

// giveUp gives up what is to be delivered of an article.
func (t *firing) giveUp(ctx context.Context, id, reason string) error {
	tally, err := t.courier.GiveUp(ctx, id, reason)
	t.faults(t.spec.Name, tally)
	return err
}

// commit remembers a poll. Without stored texts the files of articles that a sink
// may still want stay in their inbox.
func (t *firing) commit(ctx context.Context, poller *polling.Poller, p *polling.Poll) error {
	if t.cfg.NoStoreText {
		open, err := t.courier.Unfinished(ctx)
		if err != nil {
			return err
		}
		p.Stay(open)
	}
	return poller.Commit(ctx, p)
}

// unkept is a poll that is not remembered yet: where no text is stored, what is
// not at its end when the process goes is offered once more by the next poll,
// and would be lost if it were known.
type unkept struct {
	poller *polling.Poller
	poll   *polling.Poll
	source string
}

// commitEnded has remembered what is at its end of the polls of this try.
func (t *firing) commitEnded(ctx context.Context) error {
	for _, u := range t.unkept {
		rows, err := t.rowsOf(ctx, u.poll)
		if err != nil {
			return err
		}
		left := map[string]bool{}
		for id, row := range rows {
			if !row.State.Final() {
				left[id] = true
			} else if row.State == store.DocFailed && t.again[id] {
				if err := t.giveUp(ctx, id, "no text of this edition was stored, and none came of it when it was asked for again"); err != nil {
					return err
				}
			}
		}
		u.poll.Leave(left)
		if err := t.commit(ctx, u.poller, u.poll); err != nil {
			return err
		}
		if i := slices.IndexFunc(t.account.Sources, func(s account.Source) bool { return s.Name == u.source }); i >= 0 {
			t.account.Sources[i].Notes = u.poll.Notes
		}
	}
	t.unkept = nil
	return nil
}
