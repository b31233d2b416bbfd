package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// groupSize bounds the writes that share a transaction: enough that one sync
// of the disk serves every call of a busy run, few enough that none waits long.
const groupSize = 256

// errClosed says that the state was closed under a write.
var errClosed = errors.New("the state is closed")

// group writes for all goroutines of this process: it takes all writes that
// wait and commits them together, so that they share one sync of the disk. An
// error of one leaves the others alone.
type group struct {
	db       *DB
	conn     *sql.Conn
	session  *session
	queue    chan *write
	quit     chan struct{} // closed: take what waits, then end
	finished chan struct{} // closed: nothing is taken any more
	err      error         // of the end; read after finished

	changes int64 // by other processes, as the database counts them
	shared  int   // transactions for which others are left a pause
}

// write is one caller's part of a transaction.
type write struct {
	ctx   context.Context
	do    func(ctx context.Context, s *session) error
	state atomic.Int32 // waiting, then running or left
	err   error
	done  chan struct{}
}

// The states of a write. Its caller can leave it while it waits, and no later.
const (
	waiting = iota
	running
	left
)

// begins reports whether a write is to be run: its caller has not left it.
func (w *write) begins() bool {
	if w.ctx.Err() == nil && w.state.CompareAndSwap(waiting, running) || w.state.Load() == running {
		return true
	}
	w.err = w.ctx.Err()
	return false
}

func newGroup(ctx context.Context, d *DB, conn *sql.Conn) (*group, error) {
	if _, err := conn.ExecContext(ctx, d.dialect.Alone); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	g := &group{
		db: d, conn: conn, queue: make(chan *write, groupSize), quit: make(chan struct{}), finished: make(chan struct{}),
		session: &session{conn: conn, dialect: &d.dialect, kept: map[string]*sql.Stmt{}, prepare: conn.PrepareContext},
	}
	go g.loop()
	return g, nil
}

// do hands a write over and waits until it is committed or has failed. A
// context that ends while the write waits takes it back at once; when it is
// under way its outcome is awaited, so that it is always known.
func (g *group) do(ctx context.Context, do func(ctx context.Context, s *session) error) error {
	w := &write{ctx: ctx, do: do, done: make(chan struct{})}
	select {
	case <-g.quit:
		return errClosed
	case g.queue <- w:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		if w.state.CompareAndSwap(waiting, left) {
			return ctx.Err()
		}
		<-w.done // it is under way
		return w.err
	case <-g.finished:
	}
	select {
	case <-w.done: // it was among the last
		return w.err
	default:
		return errClosed
	}
}

func (g *group) close() error {
	close(g.quit)
	<-g.finished
	return g.err
}

func (g *group) loop() {
	defer close(g.finished)
	for {
		select {
		case w := <-g.queue:
			g.take(w)
		case <-g.quit:
			for {
				select {
				case w := <-g.queue:
					g.take(w)
				default:
					for _, st := range g.session.kept {
						g.err = errors.Join(g.err, st.Close())
					}
					g.err = errors.Join(g.err, g.conn.Close())
					return
				}
			}
		}
	}
}

// take commits a write together with all that wait behind it.
func (g *group) take(first *write) {
	batch := []*write{first}
	for len(batch) < groupSize {
		select {
		case w := <-g.queue:
			batch = append(batch, w)
			continue
		default:
		}
		break
	}
	g.commit(batch)
	for _, w := range batch {
		close(w.done)
	}
	if g.shared > 0 {
		time.Sleep(yield)
	}
}

// commit runs the writes in one transaction. Where the transaction as a whole
// fails, each gets one of its own.
func (g *group) commit(batch []*write) {
	err := g.together(batch)
	switch {
	case err == nil:
	case len(batch) == 1:
		batch[0].err = err
	case errors.Is(err, errNotBegun): // nor would another
		for _, w := range batch {
			w.err = err
		}
	default:
		for _, w := range batch {
			w.err = nil
			if err := g.together([]*write{w}); err != nil {
				w.err = err
			}
		}
	}
}

// errNotBegun says that the transaction could not begin.
var errNotBegun = errors.New("no transaction could be begun")

// together runs the writes in one transaction, each behind a savepoint. The
// error is the transaction's; what a single write met is in its err.
func (g *group) together(batch []*write) error {
	ctx := context.Background() // a transaction that others share is not cut by one caller
	if err := g.begin(ctx); err != nil {
		return fmt.Errorf("%w: %w", errNotBegun, err)
	}
	kept := 0
	for _, w := range batch {
		if !w.begins() {
			continue
		}
		ok, err := g.one(ctx, w, len(batch) > 1)
		if err != nil {
			g.rollback(ctx)
			return err
		}
		if ok {
			kept++
		}
	}
	if kept == 0 {
		g.rollback(ctx)
		return nil
	}
	if _, err := g.session.exec(ctx, "COMMIT"); err != nil {
		g.rollback(ctx)
		return err
	}
	return nil
}

// begin takes the database's lock. It asks often: whoever has the lock gives
// it up for moments only while it has much to write.
func (g *group) begin(ctx context.Context) error {
	for began := time.Now(); ; time.Sleep(lockPoll) {
		_, err := g.session.exec(ctx, g.db.dialect.Begin)
		if err == nil {
			break
		}
		if !g.db.dialect.Anew(err) || time.Since(began) > g.db.dialect.Wait {
			return err
		}
	}
	var changes int64
	if err := g.session.row(ctx, g.db.dialect.Changes, nil, []any{&changes}); err != nil {
		g.rollback(ctx)
		return err
	}
	if changes != g.changes {
		g.changes, g.shared = changes, sharedFor
	} else if g.shared > 0 {
		g.shared--
	}
	return nil
}

// Writers of several processes take turns: one that waits asks every lockPoll,
// and one that sees the others' commits leaves them a pause of yield, until it
// has seen none for sharedFor transactions. A process alone does not pause.
const (
	lockPoll  = time.Millisecond
	yield     = 2 * time.Millisecond
	sharedFor = 64
)

// one runs a single write; ok says whether it is to be committed.
func (g *group) one(ctx context.Context, w *write, savepoint bool) (ok bool, err error) {
	if !savepoint {
		w.err = w.do(ctx, g.session)
		return w.err == nil, nil
	}
	if _, err := g.session.exec(ctx, "SAVEPOINT one"); err != nil {
		return false, err
	}
	if w.err = w.do(ctx, g.session); w.err != nil {
		if _, err := g.session.exec(ctx, "ROLLBACK TO one"); err != nil {
			return false, err
		}
	}
	if _, err := g.session.exec(ctx, "RELEASE one"); err != nil {
		return false, err
	}
	return w.err == nil, nil
}

// rollback ends a transaction that failed. Where the database has ended it by
// itself (a full disk), that is an error that says nothing new.
func (g *group) rollback(ctx context.Context) {
	_, _ = g.session.exec(ctx, "ROLLBACK")
}
