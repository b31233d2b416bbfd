package jobs

import (
	"context"
	"fmt"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// Drop deletes jobs, whatever they stand at, and what is left of their rows on
// the disk: notes on an article may quote it. It gives how many there were.
// Nobody may be working on them.
func (e *Engine) Drop(ctx context.Context, ids ...string) (n int, err error) {
	for part := range portions(ids) {
		rows, err := e.rows(ctx, part, false)
		if err != nil {
			return n, err
		}
		found := make([]string, len(rows))
		for i, row := range rows {
			found[i] = row.ID
		}
		if len(found) == 0 {
			continue
		}
		if err := dbos.DeleteWorkflows(e.on(ctx), found); err != nil {
			return n, fmt.Errorf("deleting jobs: %w", err)
		}
		n += len(found)
	}
	if n == 0 || e.db == nil { // a server overwrites what is deleted in its own time
		return n, nil
	}
	for _, scrub := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := e.db.ExecContext(ctx, scrub); err != nil {
			return n, fmt.Errorf("deleting what is left of jobs: %w", err)
		}
	}
	return n, nil
}
