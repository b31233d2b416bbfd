package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// locks are locked files in a folder beside the database, one a name. They stay
// when they are let go: a file that is removed while another process opens it
// would be locked by both.
type locks struct{ folder string }

// lockFolder follows the name of the database.
const lockFolder = ".locks"

// lockTries is how often a file is opened that somebody removes meanwhile.
const lockTries = 100

// Try takes a lock without waiting. See [store.Locks].
func (l *locks) Try(ctx context.Context, name string) (store.Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("taking the lock %s: %w", name, err)
	}
	sum := sha256.Sum256([]byte(name)) // any name is a safe file name, and no two are the same, also without regard to case
	path := filepath.Join(l.folder, hex.EncodeToString(sum[:16])+".lock")
	file, err := lockFile(path)
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Unavailable, Hint: fmt.Sprintf("check that %s can be written, and is on a disk of this machine", l.folder),
			Err: fmt.Errorf("taking the lock %s: %w", name, err),
		}
	}
	if file == nil {
		return nil, nil
	}
	return &lock{file: file, lost: make(chan struct{})}, nil
}

// lockFile locks a file, which is made if need be; nil where another holds it.
func lockFile(path string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	for range lockTries {
		file := flock.New(path, flock.SetPermissions(0o600))
		got, err := file.TryLock()
		if err != nil {
			return nil, err
		}
		if !got {
			return nil, file.Close()
		}
		ours, err := file.Stat()
		if named, gone := os.Stat(path); err == nil && gone == nil && os.SameFile(ours, named) {
			return file, nil
		}
		if err := file.Close(); err != nil { // the lock is on a file that nobody else sees
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s is removed again and again", path)
}

// lock is a locked file.
type lock struct {
	file *flock.Flock
	lost chan struct{}
}

// Lost is never closed: the lock lasts as long as the process.
func (l *lock) Lost() <-chan struct{} { return l.lost }

// Close lets go of the lock.
func (l *lock) Close() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("letting go of a lock: %w", err)
	}
	return nil
}
