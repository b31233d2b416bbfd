// Package outdir is the folder that a run writes its results into. One run at a
// time has it, by a lock that dies with the process; files appear in it whole
// or not at all; nothing is written outside it, whatever a name or a link says.
package outdir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"dragoman/cmd/internal/durable"
)

// LockName is the file in an output folder that a run holds a lock on. It
// names the holder's process, and goes when the run ends; the lock itself
// dies with the process.
const LockName = ".dragoman.lock"

// Temporary begins the name of what is not whole yet.
const Temporary = ".dragoman-tmp-"

// Dir is an output folder that this process alone writes to. Articles of
// different names may be written to it at once.
type Dir struct {
	Path string
	root *os.Root
	lock *flock.Flock
}

// Locked says who works in an output folder.
type Locked struct {
	Dir string
	PID string // of the holder, or "" where it did not say
}

// Error names the folder and its holder.
func (l *Locked) Error() string {
	if l.PID == "" {
		return fmt.Sprintf("another run is writing to %s", l.Dir)
	}
	return fmt.Sprintf("another run is writing to %s: process %s", l.Dir, l.PID)
}

// Unusable is a name that no output folder can have: a mistake of whoever gave
// it, where every other error is the system's.
type Unusable struct{ Err error }

// Error gives the cause.
func (u *Unusable) Error() string { return "making the output folder: " + u.Err.Error() }

// Unwrap gives the cause.
func (u *Unusable) Unwrap() error { return u.Err }

// Open makes the folder if need be and locks it. It does not wait: a folder
// that another run holds is an error of type *Locked, and one that cannot be
// made is an *Unusable.
func Open(dir string) (*Dir, error) {
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		if errors.As(err, new(*durable.SyncError)) {
			return nil, fmt.Errorf("making the output folder: %w", err)
		}
		return nil, &Unusable{err}
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the output folder: %w", err), lock.Close())
	}
	return &Dir{Path: dir, root: root, lock: lock}, nil
}

// lockDir takes the lock. A holder removes its file when it is done, so the
// file that was locked must still be the one in the folder.
func lockDir(dir string) (*flock.Flock, error) {
	name := filepath.Join(dir, LockName)
	for {
		lock := flock.New(name, flock.SetPermissions(0o644))
		ok, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking the output folder: %w", err)
		}
		if !ok {
			return nil, &Locked{Dir: dir, PID: holder(name)}
		}
		held, err := lock.Stat()
		there, err2 := os.Stat(name)
		if err == nil && err2 == nil && os.SameFile(held, there) {
			// Only for the message of a second run: a failure costs nothing.
			_ = os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
			return lock, nil
		}
		if err := lock.Close(); err != nil {
			return nil, fmt.Errorf("locking the output folder: %w", err)
		}
	}
}

// holder is the process that a lock file names, or "".
func holder(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	pid := strings.TrimSpace(string(b))
	if _, err := strconv.Atoi(pid); err != nil {
		return ""
	}
	return pid
}

// Close gives the folder free.
func (d *Dir) Close() error {
	err := d.root.Remove(LockName)
	return errors.Join(d.root.Close(), d.lock.Close(), ignoreMissing(err))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// File is one file to be written.
type File struct {
	Name  string // in its folder, without one
	Write func(io.Writer) error
}

// WriteFile makes one file of the folder appear whole: a temporary file beside
// it, synced, renamed, and the folder synced. folder "" is the output folder
// itself.
func (d *Dir) WriteFile(folder string, file File) error {
	if err := d.stage(folder, file); err != nil {
		return err
	}
	if err := d.root.Rename(path.Join(folder, Temporary+file.Name), path.Join(folder, file.Name)); err != nil {
		return err
	}
	return d.sync(folder)
}

// stage writes a file under its temporary name, to the disk.
func (d *Dir) stage(folder string, file File) error {
	return d.put(path.Join(folder, Temporary+file.Name), file.Write)
}

// put writes a file to the disk, or leaves none.
func (d *Dir) put(name string, write func(io.Writer) error) (err error) {
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(d.root.Remove(name)))
		}
	}()
	b := bufio.NewWriterSize(f, 1<<16) // formats write in small pieces
	err = errors.Join(write(b), b.Flush())
	return errors.Join(err, f.Sync(), f.Close())
}

// sync makes a rename durable where the system can.
func (d *Dir) sync(folder string) error {
	if folder == "" {
		folder = "."
	}
	f, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	_ = f.Sync() // not every file system syncs folders
	return f.Close()
}

// Size is the length of a file in the output folder, as "FOLDER/FILE"; ok is
// false where there is no such file.
func (d *Dir) Size(name string) (bytes int64, ok bool) {
	info, err := d.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}
