package outdir

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"dragoman/pipeline/locale"
)

// Holds are the files of an article in its folder, as paths in the output
// folder, in order: what Write puts there, in any language, and what a killed
// run left half written. None is no error.
func (d *Dir) Holds(folder string) ([]string, error) {
	if !fs.ValidPath(folder) || strings.Contains(folder, "/") || folder == "." {
		return nil, fmt.Errorf("%q is not the name of a folder", folder)
	}
	ours := map[string]bool{"report.html": true, DocumentFile: true}
	for _, l := range locale.All() {
		ours[l.Tag.String()+".md"] = true
	}
	var found []string
	for _, in := range []string{folder, Temporary + folder} {
		entries, err := fs.ReadDir(d.root.FS(), in)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", in, err)
		}
		for _, e := range entries {
			if !e.IsDir() && (ours[e.Name()] || strings.HasPrefix(e.Name(), Temporary)) {
				found = append(found, path.Join(in, e.Name()))
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// RemoveArticle takes the files of an article away, and its folder where nothing else
// is in it. It gives what was taken, and whether other files stay.
func (d *Dir) RemoveArticle(folder string) (removed []string, left bool, err error) {
	found, err := d.Holds(folder)
	if err != nil {
		return nil, false, err
	}
	for _, name := range found {
		if err := d.root.Remove(name); ignoreMissing(err) != nil {
			return removed, false, fmt.Errorf("removing %s: %w", name, err)
		}
		removed = append(removed, name)
	}
	for _, in := range []string{folder, Temporary + folder} {
		entries, err := fs.ReadDir(d.root.FS(), in)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return removed, false, fmt.Errorf("reading %s: %w", in, err)
		case len(entries) > 0:
			left = true
			continue
		}
		if err := d.root.Remove(in); ignoreMissing(err) != nil {
			return removed, left, fmt.Errorf("removing %s: %w", in, err)
		}
	}
	return removed, left, d.sync("")
}
