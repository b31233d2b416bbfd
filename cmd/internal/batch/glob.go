package batch

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// globOf is the source of a pattern: * and ? within a name, [a-z], and ** for
// any folders. Its fixed beginning is the base of the ids.
func globOf(arg string) (source, error) {
	slashed := filepath.ToSlash(arg)
	base, rest := ".", slashed
	for {
		head, tail, more := strings.Cut(rest, "/")
		if !more || strings.ContainsAny(head, "*?[") {
			break
		}
		if head == "" {
			base = "/"
		} else {
			base = path.Join(base, head)
		}
		rest = tail
	}
	if _, err := path.Match(strings.ReplaceAll(rest, "**", "*"), ""); err != nil {
		return source{}, invalid(arg, `put \ before a [ that is part of the name`, "is no pattern: %w", err)
	}
	base = filepath.FromSlash(base)
	info, err := os.Stat(base)
	if err != nil {
		return source{}, unreadable(base, err)
	}
	if !info.IsDir() {
		return source{}, invalid(base, "", "is no folder, as the pattern %s wants", arg)
	}
	return source{path: arg, base: base, glob: rest}, nil
}

// pattern yields the files and folders that match.
func (w *walk) pattern(s source) bool {
	w.found, w.root = false, ""
	if !w.matching(s.base, s.base, strings.Split(s.glob, "/"), 0) {
		return false
	}
	if !w.found {
		return w.bad(s.path, invalid(s.path, "quote the pattern, and compare it with the names in "+s.base, "the pattern matches no article"))
	}
	return true
}

// maxDepth bounds how deep ** goes: far beyond every archive's folders.
const maxDepth = 64

// matching yields what lies under dir and matches the parts of a pattern.
func (w *walk) matching(base, dir string, parts []string, depth int) bool {
	if depth > maxDepth {
		return w.bad(dir, invalid(dir, "look for a link to a folder above", "lies more than %d folders deep", maxDepth))
	}
	names, err := namesIn(dir)
	if err != nil {
		return w.bad(dir, unreadable(dir, err))
	}
	if isOutput(names) {
		w.note(func() { w.left[dir] = true })
		return true
	}
	part, rest := parts[0], parts[1:]
	if part == "**" && len(rest) > 0 && !w.matching(base, dir, rest, depth) { // ** for no folder
		return false
	}
	for _, n := range names {
		if strings.HasPrefix(n, ".") && !strings.HasPrefix(part, ".") {
			continue
		}
		if !w.matched(base, filepath.Join(dir, n), n, parts, depth) {
			return false
		}
	}
	return true
}

// matched yields what one name of a folder stands for in a pattern.
func (w *walk) matched(base, name, n string, parts []string, depth int) bool {
	info, err := os.Lstat(name)
	if err != nil {
		return w.bad(name, unreadable(name, err))
	}
	part, rest := parts[0], parts[1:]
	if part == "**" { // links are not followed by **
		switch {
		case info.IsDir():
			return w.leaveOut(name) || w.matching(base, name, parts, depth+1)
		case len(rest) == 0:
			return w.entry(base, name, false)
		}
		return true
	}
	if ok, _ := path.Match(part, n); !ok { // the pattern was looked at by globOf
		return true
	}
	if len(rest) == 0 {
		w.above = nil
		return w.leaveOut(name) || w.entry(base, name, false)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = os.Stat(name); err == nil && info.IsDir() {
			err = w.inside(base, name)
		} else if err != nil {
			err = unreadable(name, err)
		}
		if err != nil {
			return w.bad(name, err)
		}
	}
	return !info.IsDir() || w.leaveOut(name) || w.matching(base, name, rest, depth+1)
}

// leaveOut reports whether a name is the output folder.
func (w *walk) leaveOut(name string) bool {
	if w.leave == nil {
		return false
	}
	info, err := os.Stat(name)
	return err == nil && os.SameFile(info, w.leave)
}
