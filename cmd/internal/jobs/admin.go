package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// portion is how many jobs one transaction or query is about. Queueing so many
// holds an SQLite file for some 100 ms.
const portion = 250

// portions cuts ids into such parts.
func portions(ids []string) iter.Seq[[]string] { return slices.Chunk(ids, portion) }

// Submit queues jobs. A job that is there already, in whatever state, is left
// alone. Portions of the jobs are queued as a whole or not at all; after an
// error the same call can be made again.
func (e *Engine) Submit(ctx context.Context, jobs ...Job) error {
	for part := range slices.Chunk(jobs, portion) {
		if err := e.submit(ctx, part); err != nil {
			return fmt.Errorf("queueing jobs: %w", err)
		}
	}
	return nil
}

// submit queues a portion in one transaction, in the order of ids, so that two
// processes with the same jobs do not wait for each other in a ring.
func (e *Engine) submit(ctx context.Context, jobs []Job) error {
	jobs, err := e.unknown(ctx, jobs)
	if err != nil || len(jobs) == 0 {
		return err
	}
	slices.SortFunc(jobs, func(a, b Job) int { return strings.Compare(a.ID(), b.ID()) })
	for i, j := range jobs {
		if i == 0 || j.Run != jobs[i-1].Run {
			if err := e.queue(ctx, j.Run); err != nil {
				return err
			}
		}
	}
	tx, err := e.rt.SystemDB().Pool().BeginTx(ctx, dbos.TxOptions{})
	if err != nil {
		return err
	}
	for _, j := range jobs {
		_, err := dbos.Enqueue[Outcome](e.on(ctx), queueOf(j.Run), article, j,
			dbos.WithEnqueueWorkflowID(j.ID()), dbos.WithEnqueueTransaction(tx))
		if err != nil {
			return errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
		}
	}
	return tx.Commit(ctx)
}

// unknown gives the jobs that are not there yet. Queueing one that is does
// nothing, at the cost of queueing it.
func (e *Engine) unknown(ctx context.Context, jobs []Job) ([]Job, error) {
	ids := make([]string, len(jobs))
	for i, j := range jobs {
		ids[i] = j.ID()
	}
	rows, err := e.rows(ctx, ids, false)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(rows))
	for _, row := range rows {
		known[row.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(jobs), func(j Job) bool { return known[j.ID()] }), nil
}

// Cancel cancels jobs that have not ended. Work that is under way has its
// context ended, within about a second where another process has it.
func (e *Engine) Cancel(ctx context.Context, ids ...string) error {
	for part := range portions(ids) {
		if err := dbos.CancelWorkflows(e.on(ctx), part); err != nil {
			return fmt.Errorf("cancelling jobs: %w", err)
		}
	}
	rows, err := e.rows(ctx, ids, false)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, row := range rows {
		if r := e.running[row.ID]; r != nil && row.Status == dbos.WorkflowStatusCancelled {
			r.cancel(ErrCancelled)
		}
	}
	return nil
}

// Again queues jobs that failed or were cancelled once more, and with force
// those as well whose Work returned an outcome. Their earlier outcome is
// forgotten. Others are left alone. It gives how many were queued.
func (e *Engine) Again(ctx context.Context, force bool, ids ...string) (n int, err error) {
	rows, err := e.rows(ctx, ids, false)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		switch statusOf(row.Status) {
		case Queued, Running:
			continue
		case Done:
			if !force {
				continue
			}
		}
		if _, err := dbos.RewindWorkflow[Outcome](e.on(ctx), row.ID,
			dbos.WithRewindQueue(queueOf(runOf(row.ID))), dbos.WithRewindApplicationVersion(appVersion)); err != nil {
			return n, fmt.Errorf("queueing %s again: %w", row.ID, err)
		}
		n++
	}
	return n, nil
}

// Tally counts the jobs of a run by status. A status without jobs is not in it.
func (e *Engine) Tally(ctx context.Context, runID string) (map[Status]int, error) {
	groups, err := dbos.GetWorkflowAggregates(e.on(ctx), dbos.GetWorkflowAggregatesInput{
		GroupByStatus: true, SelectCount: true,
		Name: []string{article}, WorkflowIDPrefix: []string{runID + "/"},
	})
	if err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	tally := map[Status]int{}
	for _, g := range groups {
		if s := g.Group["status"]; s != nil && g.Count != nil {
			tally[statusOf(dbos.WorkflowStatusType(*s))] += int(*g.Count)
		}
	}
	return tally, nil
}

// Filter says which jobs are listed. Its zero value: the first [ListLimit] of all.
type Filter struct {
	Run    string // "": every run
	Status Status // "": every status
	Limit  int    // at most so many; 0: ListLimit
	After  string // go on after the job with this id
}

// ListLimit is how many jobs a list has where nothing is said.
const ListLimit = 1000

// List gives jobs in the order of their ids.
func (e *Engine) List(ctx context.Context, f Filter) ([]Info, error) {
	if f.Limit <= 0 {
		f.Limit = ListLimit
	}
	ids, err := e.ids(ctx, f)
	if err != nil {
		return nil, err
	}
	rows, err := e.rows(ctx, ids, true)
	if err != nil {
		return nil, err
	}
	infos := make([]Info, 0, len(rows))
	for _, row := range rows {
		infos = append(infos, info(row))
	}
	slices.SortFunc(infos, func(a, b Info) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return infos, nil
}

// ids asks for ids alone: the library pages by offset only.
func (e *Engine) ids(ctx context.Context, f Filter) ([]string, error) {
	db := e.rt.SystemDB()
	query := `SELECT workflow_uuid FROM %sworkflow_status WHERE name = $1 AND workflow_uuid > $2`
	args := []any{article, f.After}
	if f.Run != "" {
		args = append(args, f.Run+"/%")
		query += fmt.Sprintf(` AND workflow_uuid LIKE $%d`, len(args))
	}
	if f.Status != "" {
		var in []string
		for stored, s := range statuses() {
			if s == f.Status {
				args = append(args, string(stored))
				in = append(in, fmt.Sprintf("$%d", len(args)))
			}
		}
		if in == nil {
			return nil, fmt.Errorf("listing jobs: no status %q", f.Status)
		}
		query += ` AND status IN (` + strings.Join(in, ", ") + `)`
	}
	query += fmt.Sprintf(` ORDER BY workflow_uuid LIMIT %d`, f.Limit)
	// RenderSQL formats: the percent sign of LIKE is among the arguments.
	rows, err := db.Pool().Query(ctx, db.RenderSQL(query, db.Dialect().SchemaPrefix(db.Schema())), args...)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, errors.Join(fmt.Errorf("listing jobs: %w", err), rows.Close())
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	return ids, nil
}

// Show gives one job, or [ErrUnknown].
func (e *Engine) Show(ctx context.Context, id string) (Info, error) {
	rows, err := e.rows(ctx, []string{id}, true)
	if err != nil {
		return Info{}, err
	}
	if len(rows) == 0 {
		return Info{}, fmt.Errorf("showing %s: %w", id, ErrUnknown)
	}
	return info(rows[0]), nil
}

// Look gives the jobs of these ids, in no order. One that is not there is left
// out.
func (e *Engine) Look(ctx context.Context, ids ...string) ([]Info, error) {
	rows, err := e.rows(ctx, ids, true)
	if err != nil {
		return nil, err
	}
	infos := make([]Info, len(rows))
	for i, row := range rows {
		infos[i] = info(row)
	}
	return infos, nil
}

// Prune deletes the jobs that ended before a moment, and gives how many.
func (e *Engine) Prune(ctx context.Context, olderThan time.Time) (n int, err error) {
	for {
		rows, err := dbos.ListWorkflows(e.on(ctx), dbos.WithFilterName(article),
			dbos.WithFilterStatus(dbos.WorkflowStatusSuccess, dbos.WorkflowStatusError,
				dbos.WorkflowStatusCancelled, dbos.WorkflowStatusMaxRecoveryAttemptsExceeded),
			dbos.WithFilterCompletedBefore(olderThan), dbos.WithFilterLimit(portion),
			dbos.WithFilterLoadInput(false), dbos.WithFilterLoadOutput(false))
		if err != nil {
			return n, fmt.Errorf("looking for old jobs: %w", err)
		}
		if len(rows) == 0 {
			return n, nil
		}
		ids := make([]string, 0, len(rows))
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		if err := dbos.DeleteWorkflows(e.on(ctx), ids); err != nil {
			return n, fmt.Errorf("deleting old jobs: %w", err)
		}
		n += len(ids)
	}
}

// Pause keeps jobs of every run from beginning, in every process, now and
// after restarts, until Resume; what runs goes on. It takes up to a second to
// reach every process.
func (e *Engine) Pause(ctx context.Context) error { return e.pause(ctx, true) }

// Resume ends a pause.
func (e *Engine) Resume(ctx context.Context) error { return e.pause(ctx, false) }

// pause turns the sign of the stored number of jobs at once: a negative one
// lets no job begin, and remembers what it was. The queue without a run keeps
// the pause for the runs to come.
func (e *Engine) pause(ctx context.Context, on bool) error {
	if _, err := dbos.RegisterQueue(e.on(ctx), articles, dbos.WithWorkerConcurrency(1),
		dbos.WithQueueBasePollingInterval(e.cfg.Poll), dbos.WithQueueOnConflict(dbos.QueueConflictNeverUpdate)); err != nil {
		return fmt.Errorf("reading the queue: %w", err)
	}
	queues, err := dbos.ListQueues(e.on(ctx))
	if err != nil {
		return fmt.Errorf("reading the queues: %w", err)
	}
	for _, q := range queues {
		if name := q.GetName(); name != articles && !strings.HasPrefix(name, articles+"/") {
			continue
		}
		n := 1
		if have := q.GetWorkerConcurrency(); have != nil {
			n = max(*have, -*have)
		}
		if on {
			n = -n
		}
		if err := q.SetWorkerConcurrency(e.on(ctx), &n); err != nil {
			return fmt.Errorf("changing a queue: %w", err)
		}
	}
	return nil
}

// Forget takes away the queue of a run that is over: its jobs stay listed.
func (e *Engine) Forget(ctx context.Context, run string) error {
	if err := dbos.DeleteQueue(e.on(ctx), queueOf(run)); err != nil && !errors.Is(err, dbos.ErrQueueNotFound) {
		return fmt.Errorf("taking the queue of %s away: %w", run, err)
	}
	return nil
}

// Paused reports whether the queue is paused.
func (e *Engine) Paused(ctx context.Context) (bool, error) {
	q, err := dbos.RetrieveQueue(e.on(ctx), articles) // keeps the pause
	if errors.Is(err, dbos.ErrQueueNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the queue: %w", err)
	}
	have := q.GetWorkerConcurrency()
	return have != nil && *have < 0, nil
}

// statuses gives the library's statuses in our words.
func statuses() map[dbos.WorkflowStatusType]Status {
	return map[dbos.WorkflowStatusType]Status{
		dbos.WorkflowStatusEnqueued:                    Queued,
		dbos.WorkflowStatusDelayed:                     Queued,
		dbos.WorkflowStatusPending:                     Running,
		dbos.WorkflowStatusSuccess:                     Done,
		dbos.WorkflowStatusError:                       Failed,
		dbos.WorkflowStatusMaxRecoveryAttemptsExceeded: Failed,
		dbos.WorkflowStatusCancelled:                   Cancelled,
	}
}

// statusOf gives one.
func statusOf(s dbos.WorkflowStatusType) Status { return statuses()[s] }

// info gives a stored job in our words.
func info(row dbos.WorkflowStatus) Info {
	i := Info{
		ID: row.ID, Status: statusOf(row.Status), Executor: row.ExecutorID, Attempts: row.Attempts,
		Created: row.CreatedAt, Updated: row.UpdatedAt,
	}
	decode(row.Input, &i.Job)
	if i.Status == Done || i.Status == Failed {
		decode(row.Output, &i.Outcome)
	}
	switch {
	case row.Status == dbos.WorkflowStatusMaxRecoveryAttemptsExceeded:
		i.Outcome.Note = fmt.Sprintf("given up: the program died %d times while it had this job", row.Attempts-1)
	case row.Status == dbos.WorkflowStatusError && i.Outcome.Note == "" && row.Error != nil:
		i.Outcome.Note = note(row.Error)
	}
	return i
}

// decode reads a stored value, which comes as JSON or as what JSON gave. What
// cannot be read leaves to as it is: a list shows the rest.
func decode(v any, to any) {
	raw, err := json.Marshal(v)
	if s, ok := v.(string); ok {
		raw, err = []byte(s), nil
	}
	if err == nil {
		_ = json.Unmarshal(raw, to)
	}
}
