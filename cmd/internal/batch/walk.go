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
	return w.entry(s.base, s.path, true)
}

// entry yields what one name holds. named is set for what a person or a list
// named, where a file that no reader takes is an error and not passed over.
func (w *walk) entry(base, name string, named bool) bool {
	info, err := os.Stat(name)
	if err != nil {
		return w.bad(name, unreadable(name, err))
	}
	if info.IsDir() {
		return w.folder(base, name, info, named)
	}
	if !named && !isRows(name) && !isArticle(name) {
		w.note(func() { w.ignored++ })
		return true
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
// followed, but not to a folder above.
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
