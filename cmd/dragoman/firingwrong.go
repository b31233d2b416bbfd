package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/sink"
	polling "dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// mostConditions bounds how many held and dead deliveries, and how many articles
// without an edition, an account carries.
const mostConditions = 200

// failingAfter is how long a sink may take nothing before that is a condition:
// most of what refuses for less is a server that starts again.
const failingAfter = time.Hour

// conditions is everything that is wrong with the schedule now.
func (t *firing) conditions(ctx context.Context) ([]account.Condition, error) {
	now := t.env.now()
	out := slices.Clone(t.seen)
	for _, s := range t.account.Sources {
		if s.Error != "" {
			out = append(out, account.Condition{Type: account.SourceFailing, About: account.SourceName(s.Name), Since: now, Message: s.Error})
		}
	}
	for _, err := range t.problems {
		kind := account.FiringFailed
		if code := pipeline.CodeOf(err); code == pipeline.Budget || code == pipeline.Quota {
			kind = account.BudgetReached
		}
		out = append(out, account.Condition{Type: kind, Since: now, Message: term.String(oneLine(err))})
	}
	failed, err := t.withoutEdition(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, failed...)
	delivering, err := t.deliveriesWrong(ctx)
	return append(out, delivering...), err
}

// unusable are the items of a source that cannot be used. Where the source was
// not looked at, or could not be read, they are as they were.
func (t *firing) unusable(p *polling.Poll) []account.Condition {
	var out []account.Condition
	name := account.SourceName(p.Name)
	if p.Failure != "" || p.Skipped {
		for _, c := range t.before {
			if c.Type == account.ItemUnusable && c.Source == name {
				out = append(out, c)
			}
		}
		return out
	}
	for _, problem := range p.Problems {
		out = append(out, account.Condition{
			Type: account.ItemUnusable, About: account.SourceName(problem.Key), Since: problem.Since, Message: problem.Line, Source: name,
		})
	}
	return out
}

// failed notes an article that no edition came of.
func (t *firing) failed(line batch.Line) {
	why := cmp.Or(line.Error, &batch.Problem{})
	message := why.Message
	if _, words, named := strings.Cut(message, ": "+line.ID+": "); named { // behind the stage, and the id that is named anyway
		message = words
	}
	t.account.Failed = append(t.account.Failed, account.Failed{Document: line.ID, Reason: account.Why(why.Code, message, line.Calls+line.Stored)})
}

// withoutEdition are the articles that no edition came of: those of this firing,
// and those of earlier ones as long as they are in the state so.
func (t *firing) withoutEdition(ctx context.Context) ([]account.Condition, error) {
	var out []account.Condition
	ids := map[string]bool{}
	for _, f := range t.account.Failed {
		ids[f.Document] = true
		out = append(out, account.Condition{Type: account.ArticleFailed, About: f.Document, Since: t.env.now(), Message: f.Document + ": " + f.Reason})
	}
	var earlier []account.Condition
	var names []string
	for _, c := range t.before {
		if c.Type == account.ArticleFailed && !ids[c.About] {
			earlier, names = append(earlier, c), append(names, c.About)
		}
	}
	if len(names) > 0 {
		rows, err := t.st.Documents.Get(ctx, t.collection, names, false)
		if err != nil {
			return nil, err
		}
		earlier = slices.DeleteFunc(earlier, func(c account.Condition) bool { return rows[c.About] == nil || rows[c.About].State != store.DocFailed })
	}
	slices.SortStableFunc(earlier, func(a, b account.Condition) int { return b.Since.Compare(a.Since) })
	return append(out, earlier[:min(len(earlier), max(0, mostConditions-len(out)))]...), nil
}

// deliveriesWrong are the deliveries that are held or given up, and the sinks
// that have taken nothing of a delivery for long.
func (t *firing) deliveriesWrong(ctx context.Context) ([]account.Condition, error) {
	var out []account.Condition
	for d, err := range t.st.Deliveries.List(ctx, store.DeliveryFilter{
		Collection: t.collection, States: []store.DeliveryState{store.DeliveryHeld, store.DeliveryDead}, Limit: mostConditions,
	}) {
		if err != nil {
			return nil, err
		}
		out = append(out, account.OfDelivery(d)...)
	}
	late, err := lateDeliveries(ctx, t.st, t.collection)
	if err != nil {
		return nil, err
	}
	for _, l := range late {
		if t.env.now().Sub(l.Since) >= failingAfter {
			out = append(out, account.Condition{Type: account.DeliveryFailing, About: l.Sink, Since: l.Since, Message: fmt.Sprintf("%s has not taken %s, which %s tried again: %s", l.Sink, term.Count(l.Count, "edition"), isAre(l.Count), l.Reason)})
		}
	}
	return out, nil
}

// isAre is the verb for so many.
func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// late is what a sink has not taken and is tried again.
type late struct {
	Sink   string    `json:"sink"`
	Count  int       `json:"count"`  // deliveries
	Since  time.Time `json:"since"`  // of the oldest of them
	Next   time.Time `json:"next"`   // when the next of them is tried
	Reason string    `json:"reason"` // what the last try of the latest met
}

// lateDeliveries are the sinks of a collection that did not take what they were
// given, by name.
func lateDeliveries(ctx context.Context, st *store.Store, collection string) ([]late, error) {
	out := []late{}
	for d, err := range st.Deliveries.List(ctx, store.DeliveryFilter{Collection: collection, States: []store.DeliveryState{store.DeliveryPending}}) {
		if err != nil {
			return nil, err
		}
		if d.Attempts == 0 {
			continue
		}
		since := sink.Since(d)
		i := slices.IndexFunc(out, func(l late) bool { return l.Sink == d.Sink })
		if i < 0 {
			i = len(out)
			out = append(out, late{Sink: d.Sink, Since: since, Next: d.Next})
		}
		l := &out[i]
		l.Count++
		l.Reason = cmp.Or(d.Reason, l.Reason)
		if since.Before(l.Since) {
			l.Since = since
		}
		if d.Next.Before(l.Next) {
			l.Next = d.Next
		}
	}
	slices.SortFunc(out, func(a, b late) int { return cmp.Compare(a.Sink, b.Sink) })
	return out, nil
}
