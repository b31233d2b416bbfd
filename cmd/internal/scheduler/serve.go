package scheduler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
)

// lookEvery is how often the state is looked at for schedules that were
// applied, paused or resumed, and the longest time that a due time, or a firing
// of a process that died, waits beyond its moment.
const lookEvery = 2 * time.Second

// restTime is how long a schedule is left alone after an error: of the state,
// or of a stored schedule that cannot be read.
const restTime = 30 * time.Second

// sweepEvery is how often a schedule that is not due is looked at all the same,
// for what another process left.
const sweepEvery = 15 * time.Second

// Server runs every schedule of a state, one goroutine each at most.
type server struct {
	*Scheduler
	wait sync.WaitGroup

	mu      sync.Mutex
	working map[string]bool
	wake    map[string]time.Time // when a schedule is looked at next; not there: now
	known   map[string]store.Schedule
	told    map[string]string // what was said of a schedule last
}

// Serve runs the schedules of the state until ctx ends, and waits for what is
// under way. Tick, if set, is called whenever it has looked.
func (s *Scheduler) Serve(ctx context.Context, tick func()) {
	v := &server{Scheduler: s, working: map[string]bool{}, wake: map[string]time.Time{}, known: map[string]store.Schedule{}, told: map[string]string{}}
	defer v.wait.Wait()
	for away := false; ; {
		err := v.look(ctx)
		if err != nil && ctx.Err() == nil && !away {
			s.say("the state does not answer, and is waited for: " + err.Error())
		}
		away = err != nil
		if tick != nil {
			tick()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// look begins a round for each schedule that may have something to do.
func (v *server) look(ctx context.Context) error {
	rows, err := v.Schedules.List(ctx)
	if err != nil {
		return err
	}
	now := v.Now()
	for _, row := range rows {
		v.mu.Lock()
		changed := string(v.known[row.Name].Spec) != string(row.Spec) || v.known[row.Name].Paused != row.Paused
		v.known[row.Name] = row
		idle := row.Paused || v.working[row.Name] || !changed && now.Before(v.wake[row.Name])
		if !idle {
			v.working[row.Name] = true
		}
		v.mu.Unlock()
		if idle {
			continue
		}
		v.wait.Go(func() {
			next, line := v.once(ctx, row)
			v.mu.Lock()
			v.working[row.Name], v.wake[row.Name] = false, next
			news := v.told[row.Name] != line
			v.told[row.Name] = line
			v.mu.Unlock()
			if line != "" && news && ctx.Err() == nil {
				v.say(line)
			}
		})
	}
	return nil
}

// once does what is due of one schedule, and gives when it is to be looked at
// next, and what is wrong with it.
func (v *server) once(ctx context.Context, row store.Schedule) (next time.Time, wrong string) {
	did, err := v.Run(ctx, row.Name)
	now := v.Now()
	switch {
	case errors.Is(err, ErrBusy):
		return now.Add(lookEvery), ""
	case err != nil:
		return now.Add(restTime), fmt.Sprintf("schedule %s: %v", row.Name, err)
	}
	next = now.Add(sweepEvery)
	for _, at := range []time.Time{did.Next, did.Waiting} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next, ""
}

// Upcoming gives the next n due times of a schedule.
func Upcoming(spec schedule.Spec, now time.Time, n int) []time.Time {
	var out []time.Time
	for at := spec.Next(now); !at.IsZero() && len(out) < n; at = spec.Next(at) {
		out = append(out, at)
	}
	return out
}
