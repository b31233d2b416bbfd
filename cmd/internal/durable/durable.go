// Package durable makes folders that are still there after the power went.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// SyncError says that folders were made, and that they may not be there any
// more after the power went.
type SyncError struct{ Err error }

// Error gives the cause.
func (s *SyncError) Error() string { return "syncing a new folder: " + s.Err.Error() }

// Unwrap gives the cause.
func (s *SyncError) Unwrap() error { return s.Err }

// MkdirAll is [os.MkdirAll] with every folder that it makes synced into the one
// above, where a failure is a *SyncError: a file that is synced in a new folder
// is otherwise lost with the folder's name.
func MkdirAll(dir string, perm fs.FileMode) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var above []string // folders that get a new name
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at {
			break
		}
		above = append(above, filepath.Dir(at))
	}
	if err := os.MkdirAll(dir, perm); err != nil {
		return err
	}
	for _, folder := range above {
		if err := Sync(folder); err != nil {
			return &SyncError{err}
		}
	}
	return nil
}

// Sync puts the names in a folder on the disk, where the system can: not every
// file system syncs folders, and not every system lets one be opened for it.
func Sync(folder string) error {
	f, err := os.Open(folder)
	if errors.Is(err, fs.ErrPermission) {
		return nil // a folder that may be passed through and not be read
	}
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}
