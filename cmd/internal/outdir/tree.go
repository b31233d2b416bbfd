package outdir

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// ReadFile reads a file of the output folder, as "FOLDER/FILE".
func (d *Dir) ReadFile(name string) ([]byte, error) { return d.root.ReadFile(name) }

// MakeFolder makes a folder and those above it, where they are not there yet.
func (d *Dir) MakeFolder(name string) error {
	if info, err := d.root.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := d.root.MkdirAll(name, 0o755); err != nil {
		return err
	}
	for up := path.Dir(name); ; up = path.Dir(up) {
		if err := d.sync(up); err != nil || up == "." {
			return err
		}
	}
}

// RemoveFile takes a file out of the output folder, as "FOLDER/FILE", and
// reports whether there was one. A link goes, and what it leads to stays; a
// folder is an error.
func (d *Dir) RemoveFile(name string) (bool, error) {
	if !fs.ValidPath(name) || name == "." {
		return false, fmt.Errorf("removing %q: that is no name in an output folder", name)
	}
	info, err := d.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.IsDir():
		return false, fmt.Errorf("removing %s: it is a folder", name)
	}
	if err := d.root.Remove(name); err != nil {
		return false, ignoreMissing(err)
	}
	return true, d.sync(path.Dir(name))
}
