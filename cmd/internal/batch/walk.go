package batch

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// walk is one walk over the inputs.
type walk struct {
	*Inputs
	ctx   context.Context
	yield func(Input, error) bool
	leave fs.FileInfo   // the output folder
	root  string        // the folder that was named, without links: what is in it leads nowhere else
	above []fs.FileInfo // the folders on the way to here
	found bool          // the folder at hand holds an input
}

// give yields one input, unless the walk is to end.
func (w *walk) give(in Input, err error) bool {
	w.found = true
	if w.ctx.Err() != nil {
		w.yield(in, context.Cause(w.ctx))
		return false
	}
	return w.yield(in, err)
}

// bad yields an error of what has no input.
func (w *walk) bad(name string, err error) bool {
	return w.give(Input{ID: fileID("", name), Origin: name}, err)
}

// source yields the inputs of one argument, and reports whether to go on.
func (w *walk) source(s source) bool {
	switch {
	case s.list:
		return w.list(s.path)
	case s.glob != "":
		return w.pattern(s)
	}
	w.above = nil
	w.root = ""
	return w.entry(s.base, s.path, true)
}

// inside says what is wrong with a link in a folder that leads out of the
// folder that was named: who can put a link there could have any file of this
// machine read. What is no link is inside as its folder is.
func (w *walk) inside(base, name string) error {
	info, err := os.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil // an error shows where the file is looked at
	}
	if w.root == "" {
		if w.root, err = filepath.EvalSymlinks(base); err == nil {
			w.root, err = filepath.Abs(w.root)
		}
		if err != nil {
			return unreadable(base, err)
		}
	}
	to, err := filepath.EvalSymlinks(name)
	if err == nil {
		to, err = filepath.Abs(to)
	}
	if err != nil {
		return unreadable(name, err)
	}
	if rel, err := filepath.Rel(w.root, to); err != nil || !filepath.IsLocal(rel) {
		return invalid(name, "name what it leads to among the inputs, or copy it here", "is a link that leads out of %s", base)
	}
	return nil
}

// entry yields what one name holds. named is set for what a person or a list
// named, where a file that no reader takes is an error and not passed over.
func (w *walk) entry(base, name string, named bool) bool {
	info, err := os.Stat(name)
	if err != nil {
		return w.bad(name, unreadable(name, err))
	}
	if !named && !info.IsDir() && !isRows(name) && !isArticle(name) {
		w.note(func() { w.ignored++ })
		return true
	}
	if !named {
		if err := w.inside(base, name); err != nil {
			return w.bad(name, err)
		}
	}
	if info.IsDir() {
		return w.folder(base, name, info, named)
	}
	if err := usable(name, info); err != nil {
		return w.bad(name, err)
	}
	if isRows(name) {
		return w.rows(name, name)
	}
	return w.give(file(fileID(base, name), name), nil)
}

// folder yields what is in a folder and the folders in it, in the order of
// their names. Hidden ones and those that a run wrote are left out; links are
// followed, but not to a folder above, and not out of the folder that was named.
func (w *walk) folder(base, name string, info fs.FileInfo, named bool) bool {
	if w.leave != nil && os.SameFile(info, w.leave) {
		if named {
			return w.bad(name, invalid(name, "name another --out folder", "is the output folder"))
		}
		return true
	}
	if slices.ContainsFunc(w.above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
		return w.bad(name, invalid(name, "remove the link", "is a link to a folder that it stands in"))
	}
	names, err := namesIn(name)
	if err != nil {
		return w.bad(name, unreadable(name, err))
	}
	if isOutput(names) {
		w.note(func() { w.left[name] = true })
		if !named {
			return true
		}
		return w.bad(name, invalid(name, "name the folder of the articles", "holds what an earlier run wrote, and no articles"))
	}
	w.above = append(w.above, info)
	if named {
		w.found = false
	}
	for _, n := range names {
		if strings.HasPrefix(n, ".") {
			continue
		}
		if !w.entry(base, filepath.Join(name, n), false) {
			return false
		}
	}
	w.above = w.above[:len(w.above)-1]
	if named && !w.found {
		return w.bad(name, invalid(name, "articles are .txt, .md and .html files, or rows in .jsonl files", "holds no article"))
	}
	return true
}

// namesIn are the names in a folder, in order. Names alone: a folder of a
// million files is some tens of megabytes.
func namesIn(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
