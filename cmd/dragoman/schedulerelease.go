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
		fmt.Fprintf(a.env.stdout, "released %s, for %s\n", term.String(released[0].Document), strings.Join(sinks, ", "))
	}
	if len(articles) == 0 {
		fmt.Fprintln(a.env.stdout, "nothing is held")
		return nil
	}
	fmt.Fprintf(a.env.stdout, "delivered by a worker within seconds, or by dragoman schedule run %s\n", name)
	return nil
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
	n := 0
	for _, article := range articles {
		again, err := courier.Resend(c.Context, article)
		if err != nil {
			return err
		}
		n += len(again)
	}
	if n == 0 {
		fmt.Fprintln(a.env.stdout, "nothing was given up")
		return nil
	}
	fmt.Fprintf(a.env.stdout, "%s tried again by a worker within seconds, or by dragoman schedule run %s\n", term.Count(n, "delivery"), name)
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
