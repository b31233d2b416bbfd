package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// errOnlyLooked keeps a lease that was tried as it is.
var errOnlyLooked = errors.New("only looked")

// Left marks those of the jobs that are under way in a process that is gone:
// they are [Orphaned] until another process goes on with them.
func (e *Engine) Left(ctx context.Context, infos []Info) (err error) {
	gone := map[string]bool{} // by process
	for _, i := range infos {
		if i.Status == Running && i.Executor != e.id {
			gone[i.Executor] = false
		}
	}
	if len(gone) == 0 {
		return nil
	}
	look := e.lease
	if look == nil { // an engine that takes no jobs has none
		if look, err = e.looker(ctx); err != nil {
			return fmt.Errorf("looking for dead workers: %w", err)
		}
		defer func() { err = errors.Join(err, look.close()) }()
	}
	for id := range gone {
		err := look.bury(ctx, id, func() error { gone[id] = true; return errOnlyLooked })
		if err != nil && !errors.Is(err, errOnlyLooked) {
			return fmt.Errorf("looking for dead workers: %w", err)
		}
	}
	for n, i := range infos {
		if i.Status == Running && gone[i.Executor] {
			infos[n].Status = Orphaned
		}
	}
	return nil
}

// looker is what tries the leases of others, without one of its own.
func (e *Engine) looker(ctx context.Context) (lease, error) {
	if strings.HasPrefix(e.cfg.URL, "sqlite:") {
		return &looking{fileLease{folder: e.cfg.Leases}}, nil
	}
	return leaseServer(ctx, e.cfg.URL, e.id, false)
}

// looking is a folder of leases without one of our own.
type looking struct{ fileLease }

// close has nothing to give back.
func (*looking) close() error { return nil }
