package jobs

import (
	"context"
	"fmt"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// hold keeps the lease. While it is lost no job begins: another process may
// think this one dead.
func (e *Engine) hold(ctx context.Context) {
	for tick(ctx, watchEvery) {
		err := e.lease.check(ctx)
		if ctx.Err() != nil {
			return
		}
		e.setHeld(err)
	}
}

// setHeld opens or shuts the gate of jobs that are about to begin.
func (e *Engine) setHeld(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := isClosed(e.held)
	switch {
	case err == nil && !was:
		close(e.held)
		e.log.Info("the lease is held again", "executor", e.id)
	case err != nil && was:
		e.held = make(chan struct{})
		e.log.Warn("the lease is lost; no job begins until it is back", "executor", e.id, "error", err)
	}
}

// isHeld reports whether the lease is ours.
func (e *Engine) isHeld() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return isClosed(e.held)
}

// isClosed reports whether a channel is closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// reap gives the jobs of dead processes back to the queue: at once, and then
// in its rhythm.
func (e *Engine) reap(ctx context.Context) {
	for {
		if err := e.bury(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("looking for dead workers", "error", err)
		}
		if !tick(ctx, e.cfg.Takeover) {
			return
		}
	}
}

// bury looks at every other process that has jobs under way, or left a lease.
func (e *Engine) bury(ctx context.Context) error {
	if !e.isHeld() {
		return nil
	}
	groups, err := dbos.GetWorkflowAggregates(e.on(ctx), dbos.GetWorkflowAggregatesInput{
		GroupByExecutorID: true, SelectCount: true,
		Name: []string{article}, Status: []dbos.WorkflowStatusType{dbos.WorkflowStatusPending},
	})
	if err != nil {
		return fmt.Errorf("listing workers: %w", err)
	}
	others := map[string]bool{}
	for _, g := range groups {
		if id := g.Group["executor_id"]; id != nil {
			others[*id] = true
		}
	}
	if l, ok := e.lease.(*fileLease); ok {
		for _, id := range l.stale() {
			others[id] = true
		}
	}
	delete(others, e.id)
	for id := range others {
		if err := e.lease.bury(ctx, id, func() error {
			handles, err := e.rt.RecoverPendingWorkflows([]string{id})
			if err != nil {
				return fmt.Errorf("taking over from %s: %w", id, err)
			}
			if len(handles) > 0 {
				e.log.Info("jobs of a dead worker go on", "worker", id, "jobs", len(handles))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
