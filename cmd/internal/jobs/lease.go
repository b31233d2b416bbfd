package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lease tells the living from the dead. Each process that works holds one
// under its executor id, and the system lets go of it when the process dies,
// however it dies.
type lease interface {
	// check makes sure that the lease is still ours, and takes it again if not.
	check(ctx context.Context) error
	// bury calls do if the executor is dead, with its lease held meanwhile.
	bury(ctx context.Context, executor string, do func() error) error
	// close gives the lease back.
	close() error
}

// fileLease is a locked file in a folder: one machine.
type fileLease struct {
	folder string
	file   *flock.Flock
}

// leaseSuffix ends the names of lease files.
const leaseSuffix = ".lease"

// leaseFile takes the lease of an executor in a folder.
func leaseFile(folder, executor string) (*fileLease, error) {
	if folder == "" {
		return nil, errors.New("a worker on an SQLite file needs a folder for its lease")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of leases: %w", err)
	}
	l := &fileLease{folder: folder, file: flock.New(filepath.Join(folder, executor+leaseSuffix))}
	// Another process that looks for the dead may remove the file between our
	// making and locking it; then the lock is on a file that nobody sees.
	for range 100 {
		got, err := l.file.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking the lease: %w", err)
		}
		if got && l.seen() {
			return l, nil
		}
		_ = l.file.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
	return nil, fmt.Errorf("locking the lease %s: it is held", l.file.Path())
}

// seen reports whether the locked file is the one under its name.
func (l *fileLease) seen() bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(l.file.Path())
	return err == nil && os.SameFile(ours, named)
}

// check has nothing to do: the lock lasts as long as the process.
func (l *fileLease) check(context.Context) error { return nil }

// bury calls do for an executor whose file is free or gone.
func (l *fileLease) bury(_ context.Context, executor string, do func() error) error {
	path := filepath.Join(l.folder, executor+leaseSuffix)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return do() // a worker has its lease before it takes a job: this one is gone
	}
	theirs := flock.New(path)
	got, err := theirs.TryLock()
	if err != nil {
		return fmt.Errorf("trying a lease: %w", err)
	}
	if !got {
		return nil
	}
	err = do()
	if err == nil {
		_ = os.Remove(path) // where an open file cannot be removed, it stays: empty, and free
	}
	return errors.Join(err, theirs.Unlock())
}

// stale gives the executors that left a file.
func (l *fileLease) stale() []string {
	entries, _ := os.ReadDir(l.folder)
	var ids []string
	for _, entry := range entries {
		if id, ok := strings.CutSuffix(entry.Name(), leaseSuffix); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// close removes the file and lets go of it.
func (l *fileLease) close() error {
	_ = os.Remove(l.file.Path())
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("unlocking the lease: %w", err)
	}
	return nil
}

// serverLease is an advisory lock of a session of its own: many machines. It
// needs a direct connection, not one through a pool that shares sessions.
type serverLease struct {
	config *pgx.ConnConfig
	key    int64 // 0: no lease, only the connection

	mu   sync.Mutex
	conn *pgx.Conn // nil after it was lost
}

// checkTime is how long a session may take to answer before it counts as lost.
const checkTime = 5 * time.Second

// leaseServer connects, and takes the lease of an executor that works.
func leaseServer(ctx context.Context, url, executor string, works bool) (*serverLease, error) {
	pool, err := pgxpool.ParseConfig(url) // knows the settings that are not the server's
	if err != nil {
		return nil, fmt.Errorf("reading the URL of the database: %w", err)
	}
	config := pool.ConnConfig
	config.ConnectTimeout = checkTime
	// The server lets go of the lease of a machine that fell silent after
	// 5 s + 3 * 3 s, instead of after hours.
	for name, value := range map[string]string{
		"application_name": appName + " lease", "idle_session_timeout": "0",
		"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3", "tcp_keepalives_count": "3",
	} {
		config.RuntimeParams[name] = value
	}
	l := &serverLease{config: config}
	if works {
		l.key = leaseKey(executor)
	}
	if err := l.dial(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// leaseKey is the advisory lock of an executor.
func leaseKey(executor string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("dragoman job lease " + executor)) // never fails
	return int64(h.Sum64())
}

// dial connects and takes the lease; l.mu is held, or nobody else has l yet.
func (l *serverLease) dial(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	got := true
	if l.key != 0 {
		got, err = lock(ctx, conn, l.key)
	}
	if err == nil && !got {
		err = errors.New("the lease is held") // by our own lost session, until the server notices
	}
	if err != nil {
		_ = conn.Close(ctx)
		return err
	}
	l.conn = conn
	return nil
}

// check asks the session for a sign of life, and makes a new one if it is lost.
func (l *serverLease) check(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if l.conn != nil {
		if l.conn.Ping(ctx) == nil {
			return nil
		}
		_ = l.conn.Close(ctx)
		l.conn = nil
	}
	return l.dial(ctx)
}

// bury calls do for an executor whose lock is free.
func (l *serverLease) bury(ctx context.Context, executor string, do func() error) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return errors.New("trying a lease: the connection is lost")
	}
	key := leaseKey(executor)
	got, err := lock(ctx, l.conn, key)
	if err != nil || !got {
		return err
	}
	defer func() { err = errors.Join(err, unlock(ctx, l.conn, key)) }()
	return do()
}

// close ends the session, and the lease with it.
func (l *serverLease) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	if err := l.conn.Close(ctx); err != nil {
		return fmt.Errorf("ending the lease: %w", err)
	}
	return nil
}
