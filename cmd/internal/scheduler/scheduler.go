// Package scheduler runs schedules: it finds what is due, claims it so that
// nobody else runs it, goes on with what a dead process left, and keeps the
// history. What a firing does is a function that it is given.
//
// A firing is claimed before it begins and ended after its work has stored
// everything, so that a process that dies at any moment leaves an open firing,
// which the next process goes on with. Nothing is run twice at the same time:
// whoever works for a schedule holds its lock, and the lock dies with the
// process.
package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Result is what one try at a firing came to.
type Result struct {
	// Report is its account so far, to be stored with the firing.
	Report json.RawMessage
	// Run is the run of its articles, "" where there was nothing to ask.
	Run string
	// Again, if above zero, says that something that passes has stopped it (an
	// outage, a quota of the day): it stays open, and goes on after so long at
	// the earliest.
	Again time.Duration
	// Reason says why it goes on later, or what it failed of, in one line.
	Reason string
}

// Work does what a firing is for. It is called with the schedule's lock held,
// again for a firing that a process left, and so repeats nothing that is done.
// An error leaves the firing open: the process is to end, or the state is away.
type Work func(ctx context.Context, spec schedule.Spec, f store.Firing) (Result, error)

// Scheduler runs the schedules of one state.
type Scheduler struct {
	Schedules store.Schedules
	Firings   store.Firings
	Locks     store.Locks
	Work      Work
	Now       func() time.Time
	// Began and Ended, if set, are told of every try at a firing. Skipped are
	// told of with their Reason, through Ended.
	Began func(f store.Firing)
	Ended func(f store.Firing)
	// Say, if set, is told what a person should know, a line each.
	Say func(line string)
}

// Errors of Run.
var (
	// ErrBusy says that another process works for the schedule.
	ErrBusy = errors.New("another run of the schedule is under way")
	// errLost is the cause of a context whose lock went away.
	errLost = errors.New("the schedule's lock was lost, because the state was away")
)

// Did is what one call came to.
type Did struct {
	Fired   []store.Firing // ended or left open, in the order of their logical times
	Skipped []store.Firing // by a policy
	Paused  bool           // the schedule is paused, and nothing was looked at
	Waiting time.Time      // an open firing is not to be gone on with before; zero: none
	Next    time.Time      // when it is due next; zero: never again, or paused
}

// unknown is the error for a schedule that is not there.
func unknown(name string) error {
	return &pipeline.Error{
		Code: pipeline.Invalid, Unit: name, Hint: "dragoman schedule list shows those there are; dragoman schedule apply stores those of dragoman.yaml",
		Err: fmt.Errorf("there is no schedule %q in the state", name),
	}
}

// named is a stored schedule and its spec.
func (s *Scheduler) named(ctx context.Context, name string) (store.Schedule, schedule.Spec, error) {
	row, found, err := Find(ctx, s.Schedules, name)
	if err == nil && !found {
		err = unknown(name)
	}
	if err != nil {
		return row, schedule.Spec{}, err
	}
	spec, err := SpecOf(row)
	return row, spec, err
}

// Find looks for a stored schedule.
func Find(ctx context.Context, schedules store.Schedules, name string) (row store.Schedule, found bool, err error) {
	rows, err := schedules.List(ctx)
	if err != nil {
		return row, false, err
	}
	row, found = Named(rows, name)
	return row, found, nil
}

// Named looks for a schedule among those of a list.
func Named(rows []store.Schedule, name string) (row store.Schedule, found bool) {
	for _, row := range rows {
		if row.Name == name {
			return row, true
		}
	}
	return row, false
}

// SpecOf reads the spec of a stored schedule.
func SpecOf(row store.Schedule) (schedule.Spec, error) {
	var spec schedule.Spec
	if err := json.Unmarshal(row.Spec, &spec); err != nil {
		return spec, &pipeline.Error{
			Code: pipeline.Invalid, Unit: row.Name, Hint: "dragoman schedule apply stores it anew",
			Err: fmt.Errorf("reading the stored schedule: %w", err),
		}
	}
	return spec, nil
}

// lockName is the lock of a schedule.
func lockName(name string) string { return "schedule/" + name }

// locked does something with the schedule's lock held. The context ends when
// the lock is lost.
func (s *Scheduler) locked(ctx context.Context, name string, do func(ctx context.Context) error) (err error) {
	lock, err := s.Locks.Try(ctx, lockName(name))
	if err != nil {
		return fmt.Errorf("taking the lock of the schedule %s: %w", name, err)
	}
	if lock == nil {
		return fmt.Errorf("%s: %w", name, ErrBusy)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-lock.Lost():
			cancel(errLost)
		case <-stop:
		}
	}()
	defer func() {
		close(stop)
		<-watched
		cancel(nil)
		if closeErr := lock.Close(); err == nil {
			err = closeErr
		}
	}()
	return do(ctx)
}

// Run does what is due of one schedule, and what was left of it, and returns.
// Where another process works for the schedule it is ErrBusy.
func (s *Scheduler) Run(ctx context.Context, name string) (did Did, err error) {
	row, spec, err := s.named(ctx, name)
	if err != nil {
		return did, err
	}
	if row.Paused {
		did.Paused = true
		return did, nil
	}
	err = s.locked(ctx, name, func(ctx context.Context) error {
		for {
			again, err := s.round(ctx, row, spec, &did)
			if err != nil || !again {
				return err
			}
		}
	})
	return did, err
}

// Trigger runs a schedule now, due or not, paused or not. What was left of it
// is gone on with first.
func (s *Scheduler) Trigger(ctx context.Context, name string) (did Did, err error) {
	_, spec, err := s.named(ctx, name)
	if err != nil {
		return did, err
	}
	err = s.locked(ctx, name, func(ctx context.Context) error {
		asked, err := s.manual(ctx, name)
		if err != nil {
			return err
		}
		if err := s.resume(ctx, spec, &did, true); err != nil {
			return err
		}
		did.Next = spec.Next(s.Now())
		if len(did.Fired) == 0 { // it was there, and has ended
			did.Fired = append(did.Fired, asked)
		}
		return nil
	})
	return did, err
}

// manual claims the firing of a trigger. Two of one second are one later.
func (s *Scheduler) manual(ctx context.Context, name string) (store.Firing, error) {
	for at := s.Now().Truncate(time.Second); ; at = at.Add(time.Second) {
		f, made, err := s.Firings.Claim(ctx, store.Firing{Schedule: name, Due: at, Cause: store.CauseManual, State: store.FiringOpen})
		if err != nil || made {
			return f, err
		}
	}
}
