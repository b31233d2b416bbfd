package source

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"dragoman/cmd/internal/outdir"
)

// mostNames bounds the numbers that are tried behind a name that is taken.
const mostNames = 1000

// move takes processed files out of the inbox. A file is copied, and taken away
// when its copy is on the disk; one that has changed since it was read stays. No
// file is overwritten.
func (b *inbox) move(files []file) error {
	if b.moveTo == "" || len(files) == 0 {
		return nil
	}
	from, err := os.OpenRoot(b.dir)
	if err != nil {
		return unreadable(b.dir, err)
	}
	defer from.Close()
	if err := os.MkdirAll(b.moveTo, 0o700); err != nil {
		return fmt.Errorf("making the folder of processed files: %w", err)
	}
	to, err := os.OpenRoot(b.moveTo)
	if err != nil {
		return unreadable(b.moveTo, err)
	}
	defer to.Close()
	var errs []error
	for _, f := range files {
		if err := carry(from, to, f); err != nil {
			errs = append(errs, fmt.Errorf("moving %s: %w", b.name(f.rel), err))
		}
	}
	if len(errs) > 3 {
		errs = append(errs[:3], fmt.Errorf("and %d more", len(errs)-3))
	}
	return errors.Join(errs...)
}

// carry moves one file from one folder to another.
func carry(from, to *os.Root, f file) error {
	if !asSeen(from, f) {
		return nil
	}
	raw, err := from.ReadFile(filepath.FromSlash(f.rel))
	if err != nil {
		return err
	}
	if dir := path.Dir(f.rel); dir != "." {
		if err := to.MkdirAll(filepath.FromSlash(dir), 0o700); err != nil {
			return err
		}
	}
	temp, err := spare(to, f, raw)
	if err != nil {
		return err
	}
	defer to.Remove(temp) //nolint:errcheck // it is gone where all went well
	if err := settleIn(to, temp, f.rel, raw); err != nil {
		return err
	}
	if !asSeen(from, f) {
		return nil // edited in this moment: the next poll finds it changed
	}
	return from.Remove(filepath.FromSlash(f.rel))
}

// asSeen reports whether a file is still what was read.
func asSeen(root *os.Root, f file) bool {
	info, err := root.Stat(filepath.FromSlash(f.rel))
	return err == nil && info.Mode().IsRegular() && info.Size() == f.Size && info.ModTime().Equal(f.Mod)
}

// spare writes a copy under a name of its own, durably.
func spare(to *os.Root, f file, raw []byte) (string, error) {
	temp := filepath.FromSlash(path.Join(path.Dir(f.rel), outdir.Temporary+rand.Text()))
	out, err := to.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = out.Write(raw)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = to.Chtimes(temp, f.Mod, f.Mod)
	}
	if err != nil {
		return "", errors.Join(err, to.Remove(temp))
	}
	return temp, nil
}

// settleIn gives a copy its name, or one with a number where that is taken. Where
// the same file is there already, as an interrupted move leaves it, that is it.
func settleIn(to *os.Root, temp, rel string, raw []byte) error {
	for n := 1; n <= mostNames; n++ {
		name := rel
		if ext := path.Ext(rel); n > 1 {
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(rel, ext), n, ext)
		}
		name = filepath.FromSlash(name)
		if equal(to, name, raw) {
			return nil
		}
		err := to.Link(temp, name)
		if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links
			if _, taken := to.Lstat(name); taken != nil {
				err = to.Rename(temp, name)
			} else {
				err = fs.ErrExist
			}
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return fmt.Errorf("%d files of that name are there already", mostNames)
}

// equal reports whether a regular file holds these bytes.
func equal(root *os.Root, name string, raw []byte) bool {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(raw)) {
		return false
	}
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	there, err := io.ReadAll(io.LimitReader(f, int64(len(raw))+1))
	return err == nil && bytes.Equal(there, raw)
}
