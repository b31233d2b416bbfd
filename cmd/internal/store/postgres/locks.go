package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// locks are advisory locks, each on a connection of its own: it has them as
// long as it lives. It must lead to the server itself, not through a pool that
// shares sessions.
type locks struct{ config *pgx.ConnConfig }

// How a lock is watched: how often its connection is asked for a sign of life,
// and how long that may take before it counts as lost.
const (
	lockWatch = time.Second
	lockCheck = 5 * time.Second
)

// newLocks takes the settings of the store's connections.
func newLocks(cfg *pgx.ConnConfig) *locks {
	cfg = cfg.Copy()
	// The server lets go of the locks of a machine that fell silent after
	// 5 s + 3 * 3 s, instead of after hours.
	for name, value := range map[string]string{
		"idle_session_timeout": "0", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3", "tcp_keepalives_count": "3",
	} {
		cfg.RuntimeParams[name] = value
	}
	return &locks{config: cfg}
}

// Try takes a lock without waiting. See [store.Locks].
func (l *locks) Try(ctx context.Context, name string) (store.Lock, error) {
	failed := func(err error) error {
		if e := ctx.Err(); e != nil {
			return fmt.Errorf("taking the lock %s: %w", name, e)
		}
		return &pipeline.Error{Code: pipeline.Unavailable, Hint: hint(err), Err: fmt.Errorf("taking the lock %s: %w", name, err)}
	}
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return nil, failed(err)
	}
	got, err := take(ctx, conn, name)
	if err != nil || !got {
		end(conn)
		if err != nil {
			return nil, failed(err)
		}
		return nil, nil
	}
	has := &held{conn: conn, lost: make(chan struct{}), quit: make(chan struct{}), ended: make(chan struct{})}
	go has.watch()
	return has, nil
}

// take takes the lock of a name in the schema of a connection.
func take(ctx context.Context, conn *pgx.Conn, name string) (got bool, err error) {
	var schema string
	if err := conn.QueryRow(ctx, "SELECT COALESCE(current_schema(), '')").Scan(&schema); err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lockKey(schema, name)).Scan(&got)
	return got, err
}

// lockKey is the number of a lock, among the 2^64 of a database.
func lockKey(schema, name string) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "dragoman lock %d:%s%s", len(schema), schema, name)
	return int64(h.Sum64())
}

// end closes a connection, which gives its lock back.
func end(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), lockCheck)
	defer cancel()
	_ = conn.Close(ctx) // where the server cannot be told, it notices
}

// release gives the lock back before its connection ends: the server takes note
// of that a moment later, and whoever asks meanwhile would find the lock held.
func release(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), lockCheck)
	defer cancel()
	_, _ = conn.Exec(ctx, "SELECT pg_advisory_unlock_all()") // else the end of the connection does it
}

// held is an advisory lock and the connection that has it.
type held struct {
	conn  *pgx.Conn // watch's alone until it ended
	lost  chan struct{}
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once
}

// watch asks for a sign of life until the lock is let go or lost.
func (l *held) watch() {
	defer close(l.ended)
	defer end(l.conn)
	tick := time.NewTicker(lockWatch)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			release(l.conn)
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), lockCheck)
		err := l.conn.Ping(ctx)
		cancel()
		if err != nil {
			close(l.lost)
			return
		}
	}
}

// Lost is closed within seconds of the connection's end. The server may have
// given the lock to another before.
func (l *held) Lost() <-chan struct{} { return l.lost }

// Close lets go of the lock.
func (l *held) Close() error {
	l.once.Do(func() { close(l.quit) })
	<-l.ended
	return nil
}
