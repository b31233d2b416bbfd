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

// Remove takes a file, or a folder with all that is in it, out of the output
// folder, and reports whether there was one. A link goes, and what it leads to
// stays. A folder goes from its place in one step before it is emptied, so that
// nobody meets half of it.
func (d *Dir) Remove(name string) (bool, error) {
	if !fs.ValidPath(name) || name == "." {
		return false, fmt.Errorf("removing %q: that is no name in an output folder", name)
	}
	info, err := d.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	folder, file := path.Split(name)
	if !info.IsDir() {
		if err := d.root.Remove(name); err != nil {
			return false, ignoreMissing(err)
		}
		return true, d.sync(path.Clean(folder))
	}
	tmp := folder + Temporary + file
	if err := errors.Join(d.root.RemoveAll(tmp), d.root.Rename(name, tmp), d.root.RemoveAll(tmp)); err != nil {
		return false, err
	}
	return true, d.sync(path.Clean(folder))
}
