package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// running is one job in this process.
type running struct {
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when Work has returned
}

// article is the workflow: one job from its claim to its end. It has no steps:
// what a job costs is in the ledger, so running it again repeats nothing.
func (e *Engine) article(wctx dbos.Context, job Job) (Outcome, error) {
	out, stays, err := e.take(wctx, job)
	if stays {
		// Only a run that returns after the engine has ended leaves its row
		// as it is, for the next process.
		<-wctx.Done()
		return Outcome{}, context.Canceled
	}
	if err != nil {
		out.Note = note(err)
		return out, errors.New(out.Note)
	}
	return out, nil
}

// take runs one job when it is its turn. Stays: the job is not ended.
func (e *Engine) take(ctx context.Context, job Job) (out Outcome, stays bool, err error) {
	id := job.ID()
	r := &running{done: make(chan struct{})}
	ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)

	// The same job once more in this process: the lease was lost for a while,
	// or the job was cancelled and begun again. The older run has no say.
	if older := e.enter(id, r); older != nil {
		older.cancel(ErrTaken)
		<-older.done
	}
	defer func() { e.leave(id, r, !stays) }()

	if err := e.admit(ctx); err != nil {
		return Outcome{}, !dropped(ctx), err
	}
	defer func() { <-e.slots }()

	out, err = e.work(ctx, job)
	switch {
	case dropped(ctx): // the store knows better; what is returned is not recorded
		return out, false, context.Cause(ctx)
	case errors.Is(err, ErrStopped), err != nil && e.stopped():
		return out, true, err
	}
	return out, false, err
}

// dropped reports whether the job is no longer this run's.
func dropped(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return errors.Is(cause, ErrCancelled) || errors.Is(cause, ErrTaken)
}

// stopped reports whether the engine takes no jobs any more, or has ended.
func (e *Engine) stopped() bool {
	select {
	case <-e.stopping:
		return true
	default:
		return e.dbos.Err() != nil
	}
}

// admit waits for the lease and for a free slot. An error: the job does not begin.
func (e *Engine) admit(ctx context.Context) error {
	for {
		e.mu.Lock()
		held := e.held
		e.mu.Unlock()
		select {
		case <-held:
		case <-e.stopping:
			return ErrStopped
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		select {
		case e.slots <- struct{}{}:
		case <-e.stopping:
			return ErrStopped
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		switch {
		case e.stopped():
			<-e.slots
			return ErrStopped
		case e.isHeld():
			return nil
		}
		<-e.slots // the lease went while it waited for the slot
	}
}

// work calls Work; a panic of it is an error.
func (e *Engine) work(ctx context.Context, job Job) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("a job panicked", "job", job.ID(), "panic", p, "stack", string(debug.Stack()))
			out, err = Outcome{}, fmt.Errorf("a bug: panic: %v", p)
		}
	}()
	return e.cfg.Work(ctx, job)
}

// note is an error in one line.
func note(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// enter notes that a job runs, and gives the run of the same job that it replaces.
func (e *Engine) enter(id string, r *running) (older *running) {
	e.mu.Lock()
	defer e.mu.Unlock()
	older = e.running[id]
	e.running[id] = r
	return older
}

// leave notes that a job runs no more. Ended: its end is being stored.
func (e *Engine) leave(id string, r *running, ended bool) {
	close(r.done)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running[id] != r {
		return // replaced: the newer run tells the end
	}
	delete(e.running, id)
	if ended {
		e.settling[id] = true
		select {
		case e.kick <- struct{}{}:
		default:
		}
	}
	e.shrunk()
}

// shrunk wakes who waits for the maps to empty; e.mu is held.
func (e *Engine) shrunk() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// settle waits until the ends of jobs are in the store, and tells of them.
func (e *Engine) settle(ctx context.Context) {
	const every = 10 * time.Millisecond
	for {
		select {
		case <-e.kick:
		case <-ctx.Done():
			return
		}
		for e.settled(ctx) > 0 {
			select {
			case <-time.After(every):
			case <-ctx.Done():
				return
			}
		}
	}
}

// settled takes one look at the jobs whose end is being stored, and gives how
// many are left.
func (e *Engine) settled(ctx context.Context) int {
	e.mu.Lock()
	ids := make([]string, 0, len(e.settling))
	for id := range e.settling {
		ids = append(ids, id)
	}
	e.mu.Unlock()
	if len(ids) == 0 {
		return 0
	}
	rows, err := e.rows(ctx, ids, e.cfg.Ended != nil)
	if err != nil {
		e.log.Warn("looking at ended jobs", "error", err)
		return len(ids)
	}
	open := map[string]bool{}
	for _, row := range rows {
		if row.Status == dbos.WorkflowStatusPending && row.ExecutorID == e.id {
			open[row.ID] = true
		} else if i := info(row); e.cfg.Ended != nil && i.Status != Queued && i.Status != Running {
			e.cfg.Ended(i)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range ids {
		if !open[id] {
			delete(e.settling, id)
		}
	}
	e.shrunk()
	return len(open)
}

// watch ends the context of jobs that were cancelled or taken by another process.
func (e *Engine) watch(ctx context.Context) {
	for tick(ctx, watchEvery) {
		e.mu.Lock()
		mine := make(map[string]*running, len(e.running))
		for id, r := range e.running {
			mine[id] = r
		}
		e.mu.Unlock()
		ids := make([]string, 0, len(mine))
		for id := range mine {
			ids = append(ids, id)
		}
		rows, err := e.rows(ctx, ids, false)
		if err != nil {
			e.log.Warn("looking at running jobs", "error", err)
			continue
		}
		for _, row := range rows {
			r := mine[row.ID]
			switch {
			case row.Status == dbos.WorkflowStatusPending && row.ExecutorID == e.id:
			case row.Status == dbos.WorkflowStatusPending, row.Status == dbos.WorkflowStatusEnqueued && row.ExecutorID != e.id:
				r.cancel(ErrTaken)
			default:
				r.cancel(ErrCancelled)
			}
			delete(mine, row.ID)
		}
		for _, r := range mine { // gone from the store: deleted
			r.cancel(ErrCancelled)
		}
	}
}

// rows reads jobs by id, in portions.
func (e *Engine) rows(ctx context.Context, ids []string, payload bool) ([]dbos.WorkflowStatus, error) {
	var rows []dbos.WorkflowStatus
	for portion := range portions(ids) {
		found, err := dbos.ListWorkflows(e.on(ctx), dbos.WithFilterWorkflowIDs(portion...),
			dbos.WithFilterLoadInput(payload), dbos.WithFilterLoadOutput(payload))
		if err != nil {
			return nil, fmt.Errorf("reading jobs: %w", err)
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// tick waits, and reports whether ctx still lives.
func tick(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
