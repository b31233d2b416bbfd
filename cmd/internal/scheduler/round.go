package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
)

// round goes on with what is open, then claims and runs what is due. Again: time
// has passed meanwhile, and more may be due.
func (s *Scheduler) round(ctx context.Context, row store.Schedule, spec schedule.Spec, did *Did) (again bool, err error) {
	if err := s.resume(ctx, spec, did, false); err != nil || !did.Waiting.IsZero() {
		return false, err
	}
	claimed, err := s.claim(ctx, row, spec, did)
	if err != nil {
		return false, err
	}
	if claimed == 0 {
		return false, nil
	}
	if err := s.resume(ctx, spec, did, false); err != nil || !did.Waiting.IsZero() {
		return false, err
	}
	return true, nil
}

// past are the latest firings of a schedule, at least as far back as the last
// that was due; all of them where it was only triggered for long.
func (s *Scheduler) past(ctx context.Context, name string) ([]store.Firing, error) {
	past, err := s.Firings.List(ctx, store.FiringFilter{Schedule: name, Limit: history})
	if err != nil || len(past) < history || slices.ContainsFunc(past, func(f store.Firing) bool { return f.Cause != store.CauseManual }) {
		return past, err
	}
	return s.Firings.List(ctx, store.FiringFilter{Schedule: name})
}

// history is how many of the latest firings are looked at for what a schedule
// was doing: more than ever become due while one is under way.
const history = 2 * schedule.MostMissed

// claim finds out what is due, and claims it; what a policy skips is noted. It
// gives how many are to be run.
func (s *Scheduler) claim(ctx context.Context, row store.Schedule, spec schedule.Spec, did *Did) (n int, err error) {
	now := s.Now()
	past, err := s.past(ctx, row.Name)
	if err != nil {
		return 0, err
	}
	last := row.Since
	var busy []schedule.Span
	for _, f := range past {
		if f.Cause != store.CauseManual && f.Due.After(last) && !f.Due.After(now) { // one that is ahead is of a clock that was; its time is not run twice
			last = f.Due
		}
		if !f.Started.IsZero() && !f.Ended.IsZero() {
			busy = append(busy, schedule.Span{Due: f.Due, From: f.Started, To: f.Ended})
		}
	}
	due := schedule.Due(spec, last, now, busy)
	for _, skip := range due.Skipped {
		if err := s.skip(ctx, spec, skip, did); err != nil {
			return n, err
		}
	}
	for _, r := range due.Runs {
		cause := store.CauseDue
		if r.Missed {
			cause = store.CauseMissed
		}
		stored, _, err := s.Firings.Claim(ctx, store.Firing{Schedule: row.Name, Due: r.Due, Cause: cause, State: store.FiringOpen})
		if err != nil {
			return n, err
		}
		if stored.State == store.FiringOpen { // made by us now, or by a process that died just then
			n++
		}
	}
	did.Next = spec.Next(now)
	return n, nil
}

// skip notes due times that are not run, in one row of the latest of them.
func (s *Scheduler) skip(ctx context.Context, spec schedule.Spec, skip schedule.Skip, did *Did) error {
	reason := skip.Reason
	if skip.Count > 1 {
		reason = fmt.Sprintf("%d times since %s: %s", skip.Count, schedule.Stamp(skip.First, spec.Zone), reason)
	}
	stored, made, err := s.Firings.Claim(ctx, store.Firing{
		Schedule: spec.Name, Due: skip.Last, Cause: store.CauseDue, State: store.FiringSkipped, Reason: reason, Ended: s.Now(),
	})
	if err != nil || !made {
		return err
	}
	did.Skipped = append(did.Skipped, stored)
	s.ended(stored)
	return nil
}

// longestWait is longer than any firing waits before it goes on; a later time is
// of a clock that was ahead.
const longestWait = time.Hour

// resume works off the open firings of a schedule, the oldest first. With force
// it does not wait for one that is to be gone on with later.
func (s *Scheduler) resume(ctx context.Context, spec schedule.Spec, did *Did, force bool) error {
	did.Waiting = time.Time{}
	open, err := s.Firings.List(ctx, store.FiringFilter{Schedule: spec.Name, States: []store.FiringState{store.FiringOpen}})
	if err != nil {
		return err
	}
	slices.SortFunc(open, func(a, b store.Firing) int { return a.Due.Compare(b.Due) })
	for _, f := range open {
		if wait := f.Retry.Sub(s.Now()); wait > 0 && wait <= longestWait && !force {
			did.Waiting = f.Retry
			return nil // one after the other: the rest waits for it
		}
		f, err := s.fire(ctx, spec, f)
		if f.Attempts > 0 {
			did.Fired = append(did.Fired, f)
		}
		if err != nil {
			return err
		}
		if f.State == store.FiringOpen {
			did.Waiting = f.Retry
			return nil
		}
	}
	return nil
}

// fire takes one firing on.
func (s *Scheduler) fire(ctx context.Context, spec schedule.Spec, f store.Firing) (store.Firing, error) {
	f.Attempts++
	if f.Started.IsZero() {
		f.Started = s.Now()
	}
	f.Retry, f.Reason = time.Time{}, ""
	if err := s.Firings.Update(ctx, f); err != nil {
		f.Attempts--
		return f, err
	}
	if s.Began != nil {
		s.Began(f)
	}
	result, err := s.Work(ctx, spec, f)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // whatever it met on its way out
	}
	if errors.Is(err, errLost) { // the row is of whoever has the lock now
		f.Reason = err.Error()
		s.ended(f)
		return f, err
	}
	if result.Report != nil {
		f.Report = result.Report
	}
	if result.Run != "" {
		f.Run = result.Run
	}
	f.Reason = result.Reason
	switch {
	case err != nil:
		f.Reason = err.Error()
	case result.Again > 0:
		f.Retry = s.Now().Add(result.Again)
	default:
		f.State, f.Ended = store.FiringDone, s.Now()
	}
	// What it came to is stored although the process is to end.
	err = errors.Join(err, s.Firings.Update(context.WithoutCancel(ctx), f))
	s.ended(f)
	return f, err
}

func (s *Scheduler) ended(f store.Firing) {
	if s.Ended != nil {
		s.Ended(f)
	}
}

func (s *Scheduler) say(line string) {
	if s.Say != nil {
		s.Say(line)
	}
}
