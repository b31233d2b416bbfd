package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/sink"
	polling "dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

// courier is what delivers for a schedule. Its error is of the settings of a
// sink, for which everything waits; it works for the others all the same.
func (w *firings) courier(spec schedule.Spec) (*sink.Courier, error) {
	targets, err := sink.Targets(spec.Sinks, sink.Options{Getenv: w.getenv, Now: w.env.now})
	return &sink.Courier{
		Deliveries: w.st.Deliveries, Documents: w.st.Documents, Locks: w.st.Locks, Collection: schedule.Collection(spec.Name), Schedule: spec.Name,
		Deliver: spec.Deliver, FailOn: withSpec(w.cfg, spec).FailOn, Targets: targets, Now: w.env.now,
		Bare: w.cfg.NoStoreText, Outages: &w.outages,
		Told: func(d store.Delivery) { w.delivered(spec.Name, d) },
	}, err
}

// delivered tells of a delivery that is at its end.
func (w *firings) delivered(name string, d store.Delivery) {
	if d.State == store.DeliveryDone {
		w.events.Delivered(name, d)
		return
	}
	w.events.DeliveryOverruled(name, d)
}

// deliverDue delivers what is due of a schedule outside of its firings: what was
// released or sent again, and what a sink did not take before.
func (w *firings) deliverDue(ctx context.Context, spec schedule.Spec) (sink.Tally, error) {
	for _, err := range w.st.Deliveries.List(ctx, store.DeliveryFilter{
		Collection: schedule.Collection(spec.Name), States: []store.DeliveryState{store.DeliveryPending}, Due: w.env.now(), Limit: 1,
	}) {
		if err != nil {
			return sink.Tally{}, err
		}
		courier, unset := w.courier(spec) // a sink that cannot be opened keeps no other from its deliveries
		if unset != nil {
			unset = &usageError{err: fmt.Errorf("%s: %w", spec.Name, unset), hint: hintOf(unset)}
		}
		tally, err := courier.Round(ctx)
		w.faults(spec.Name, tally)
		return tally, errors.Join(err, unset)
	}
	return sink.Tally{}, nil
}

// deliverNamed delivers what is due of one schedule.
func (w *firings) deliverNamed(ctx context.Context, name string) error {
	row, found, err := scheduler.Find(ctx, w.st.Schedules, name)
	if err != nil || !found {
		return err
	}
	spec, err := scheduler.SpecOf(row)
	if err != nil {
		return err
	}
	tally, err := w.deliverDue(ctx, spec)
	if n := tally.Textless; n > 0 && err == nil {
		w.say(fmt.Sprintf("%s: %s without a text, as none is stored: the next run that is due asks for it again, or dragoman schedule trigger %s", name, term.Count(n, "delivery"), name))
	}
	return err
}

// faults tells of what a sink did not take.
func (w *firings) faults(name string, tally sink.Tally) {
	for _, fault := range tally.Faults {
		state := store.DeliveryPending
		if fault.Dead {
			state = store.DeliveryDead
		}
		w.events.DeliveryFailed(name, store.Delivery{ID: fault.ID, Document: fault.Document, Sink: fault.Sink, Attempts: fault.Attempts, State: state}, errors.New(fault.Reason))
	}
}

// deliverEvery is how often a worker looks for deliveries that are due: what a
// person releases is out within seconds.
const deliverEvery = 3 * time.Second

// deliverAll delivers for every schedule until ctx ends, each by itself, so that
// what takes long for one holds no other.
func (w *firings) deliverAll(ctx context.Context, loop *ops.Loop) {
	d := &deliverer{firings: w, busy: map[string]bool{}}
	defer d.wait.Wait()
	for {
		d.look(ctx)
		if now := w.env.now(); now.Sub(d.pruned) >= pruneLook || now.Before(d.pruned) {
			d.pruned = now
			w.prune(ctx)
		}
		loop.Tick()
		select {
		case <-ctx.Done():
			return
		case <-time.After(deliverEvery):
		}
	}
}

// deliverer delivers for all schedules of a worker.
type deliverer struct {
	*firings
	wait   sync.WaitGroup
	pruned time.Time

	mu   sync.Mutex
	busy map[string]bool // schedules that are delivered for just now; each that was ever met is in it
}

// look begins a round for every schedule that has none.
func (d *deliverer) look(ctx context.Context) {
	rows, err := d.st.Schedules.List(ctx)
	if err != nil {
		d.trouble(ctx, "reading the schedules", err)
		return
	}
	d.trouble(ctx, "reading the schedules", nil)
	d.forget(ctx, rows)
	for _, row := range rows {
		d.mu.Lock()
		busy := d.busy[row.Name]
		d.busy[row.Name] = true
		d.mu.Unlock()
		if busy {
			continue
		}
		d.wait.Go(func() {
			d.trouble(ctx, "delivering for "+row.Name, d.deliverOnce(ctx, row))
			d.mu.Lock()
			defer d.mu.Unlock()
			d.busy[row.Name] = false
		})
	}
}

// forget takes schedules that are not there any more out of the metrics, again and
// again: a firing that was under way may have come to its end meanwhile.
func (d *deliverer) forget(ctx context.Context, rows []store.Schedule) {
	var gone []string
	d.mu.Lock()
	for name, busy := range d.busy {
		if !busy && !slices.ContainsFunc(rows, func(row store.Schedule) bool { return row.Name == name }) {
			gone = append(gone, name)
		}
	}
	d.mu.Unlock()
	for _, name := range gone {
		d.trouble(ctx, "delivering for "+name, nil)
		d.events.Metrics.Forget(name)
	}
}

// trouble tells that something does not go, once, and that it does again.
func (w *firings) trouble(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	before := w.troubled[what]
	if err == nil {
		delete(w.troubled, what)
	} else {
		if w.troubled == nil {
			w.troubled = map[string]string{}
		}
		w.troubled[what] = err.Error()
	}
	w.mu.Unlock()
	switch {
	case err != nil && before != err.Error():
		w.events.Trouble(what, err)
	case err == nil && before != "":
		w.events.Over(what)
	}
}

// keepJobs is how long ended jobs are kept, which hold ids alone: as long as
// `jobs prune` keeps them by default.
const keepJobs = 30 * 24 * time.Hour

// pruneJobs forgets jobs that ended long ago.
func (w *firings) pruneJobs(ctx context.Context) (err error) {
	engine := w.engine
	if engine == nil {
		if engine, err = openEngine(ctx, w.cfg, nil, nil, w.say); err != nil {
			return err
		}
		defer func() { err = closing(err, engine.Close) }()
	}
	_, err = engine.Prune(ctx, w.env.now().Add(-keepJobs))
	return err
}

// deliverOnce delivers what is due of a schedule, and says in the metrics what
// waits.
func (w *firings) deliverOnce(ctx context.Context, row store.Schedule) error {
	spec, err := scheduler.SpecOf(row)
	if err != nil {
		return err
	}
	_, err = w.deliverDue(ctx, spec)
	return errors.Join(err, w.measure(ctx, row, spec))
}

// pruneLook is how often a worker looks whether the state is to be pruned, which
// is once a day over all processes.
const pruneLook = time.Hour

// prune takes away what the policy of the configuration and of the schedules
// says. That it fails is told, and fails nothing else.
func (w *firings) prune(ctx context.Context) {
	gone, err := prunePolicy(ctx, w.cfg, w.st, w.env.now())
	if err == nil && gone != nil { // it was time
		err = w.pruneJobs(ctx)
	}
	w.trouble(ctx, "pruning", err)
}

// measure sets the metrics that say how things stand.
func (w *firings) measure(ctx context.Context, row store.Schedule, spec schedule.Spec) error {
	if w.events.Metrics == nil {
		return nil
	}
	next := time.Time{}
	if !row.Paused {
		next = spec.Next(w.env.now())
	}
	w.events.Metrics.NextDue(row.Name, next)
	var sinks, sources []string
	for _, s := range spec.Sinks {
		sinks = append(sinks, s.Name)
	}
	for _, s := range spec.Sources {
		sources = append(sources, polling.Name(s))
	}
	w.events.Metrics.Expect(row.Name, sinks, sources)
	type counts struct{ held, pending, dead int }
	bySink := map[string]*counts{}
	for _, s := range spec.Sinks {
		bySink[s.Name] = &counts{}
	}
	for d, err := range w.st.Deliveries.List(ctx, store.DeliveryFilter{
		Collection: schedule.Collection(row.Name), States: []store.DeliveryState{store.DeliveryHeld, store.DeliveryPending, store.DeliveryDead},
	}) {
		if err != nil {
			return err
		}
		n := bySink[d.Sink]
		switch {
		case n == nil: // a sink that is not there any more
		case d.State == store.DeliveryHeld:
			n.held++
		case d.State == store.DeliveryPending:
			n.pending++
		default:
			n.dead++
		}
	}
	for name, n := range bySink {
		w.events.Metrics.Deliveries(row.Name, name, n.held, n.pending, n.dead)
	}
	return nil
}
