package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/sink"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// courierOf is a courier that only administers.
func (a *scheduleAdmin) courierOf(ctx context.Context, name string) (*sink.Courier, error) {
	_, spec, err := a.specNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	return &sink.Courier{
		Deliveries: a.st.Deliveries, Documents: a.st.Documents, Collection: schedule.Collection(name), Schedule: name,
		Deliver: spec.Deliver, FailOn: a.cfg.FailOn, Now: a.env.now,
	}, nil
}

// scheduleRelease lets held editions go. They are delivered by the next run of
// the schedule, or by a worker within seconds.
func scheduleRelease(c *cli.Context, a *scheduleAdmin) error {
	name, articles := c.Args().First(), c.Args().Tail()
	courier, err := a.courierOf(c.Context, name)
	if err != nil {
		return err
	}
	if c.Bool("all") {
		if len(articles) > 0 {
			return badUsage("", "schedule release: name articles or give --all, not both")
		}
		seen := map[string]bool{}
		if err := a.waiting(c.Context, name, func(d store.Delivery) error {
			if d.State == store.DeliveryHeld && !seen[d.Document] {
				seen[d.Document] = true
				articles = append(articles, d.Document)
			}
			return nil
		}); err != nil {
			return err
		}
	} else if len(articles) == 0 {
		return badUsage("dragoman schedule history "+name+" lists what is held", "schedule release wants the ids of articles, or --all")
	}
	textless := 0
	for _, article := range articles {
		released, err := courier.Release(c.Context, article)
		if err != nil {
			return err
		}
		if len(released) == 0 {
			return &pipeline.Error{Code: pipeline.Invalid, Unit: article, Hint: "dragoman schedule history " + name + " lists what is held", Err: errors.New("nothing of this article is held")}
		}
		var sinks []string
		for _, d := range released {
			sinks = append(sinks, d.Sink)
		}
		if withoutText(released) > 0 {
			textless++
		}
		fmt.Fprintf(a.env.stdout, "released %s, for %s\n", term.String(released[0].Document), strings.Join(sinks, ", "))
	}
	if len(articles) == 0 {
		fmt.Fprintln(a.env.stdout, "nothing is held")
		return nil
	}
	if textless < len(articles) {
		fmt.Fprintf(a.env.stdout, "delivered by a worker within seconds, or by dragoman schedule run %s\n", name)
	}
	a.noteTextless(name, term.Count(textless, "article"), textless)
	return nil
}

// withoutText counts deliveries whose text is not stored.
func withoutText(list []store.Delivery) (n int) {
	for _, d := range list {
		if strings.HasSuffix(d.Reason, sink.NoText) {
			n++
		}
	}
	return n
}

// noteTextless says what becomes of what was sent on and has no text in the state.
func (a *scheduleAdmin) noteTextless(name, what string, n int) {
	if n == 0 {
		return
	}
	fmt.Fprintf(a.env.stdout, "%s without a stored text: delivered within seconds by the worker that has it; where that has ended,\n"+
		"the next run of %s reads and asks for it again, at its price, and delivers what comes of it (dragoman schedule trigger %s: now)\n", what, name, name)
}

// scheduleResend tries dead deliveries again.
func scheduleResend(c *cli.Context, a *scheduleAdmin) error {
	name, articles := c.Args().First(), c.Args().Tail()
	courier, err := a.courierOf(c.Context, name)
	if err != nil {
		return err
	}
	if len(articles) == 0 {
		articles = []string{""}
	}
	n, textless := 0, 0
	for _, article := range articles {
		again, err := courier.Resend(c.Context, article)
		if err != nil {
			return err
		}
		if article != "" && len(again) == 0 {
			return &pipeline.Error{Code: pipeline.Invalid, Unit: article, Hint: "dragoman schedule history " + name + " lists what was given up", Err: errors.New("nothing of this article was given up")}
		}
		n += len(again)
		textless += withoutText(again)
	}
	if n == 0 {
		fmt.Fprintln(a.env.stdout, "nothing was given up")
		return nil
	}
	if stored := n - textless; stored > 0 {
		fmt.Fprintf(a.env.stdout, "%s tried again by a worker within seconds, or by dragoman schedule run %s\n", term.Count(stored, "delivery"), name)
	}
	a.noteTextless(name, term.Count(textless, "delivery"), textless)
	return nil
}

// article is a document of a schedule.
func (a *scheduleAdmin) article(ctx context.Context, name, id string, whole bool) (*store.Document, error) {
	if _, _, err := a.specNamed(ctx, name); err != nil {
		return nil, err
	}
	rows, err := a.st.Documents.Get(ctx, schedule.Collection(name), []string{id}, whole)
	if err != nil {
		return nil, err
	}
	if rows[id] == nil {
		return nil, badUsage("dragoman schedule history "+name, "the schedule %s has no article %q", name, id)
	}
	return rows[id], nil
}
