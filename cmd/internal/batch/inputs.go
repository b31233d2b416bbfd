package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// Input is one thing to be read: a file, or a row of one.
type Input struct {
	ID     string // its path in the folder that was named, without the ending; or the row's id
	Origin string // where it is read: "path", or "path:line"

	// Read gives its articles, whose ids begin with the input's. It reads
	// anew on every call; a row's text is held by the input itself.
	Read func(ctx context.Context) ([]*pipeline.Article, error)
}

// Inputs are everything that the arguments of a command name, however much it
// is: nothing but the names of one folder is held at once.
type Inputs struct {
	sources []source
	out     string // output folder, left out where it is met
	spool   string // copy of standard input, or ""

	mu      sync.Mutex
	ignored int // files in folders that no reader takes
	left    map[string]bool
	unknown map[string]bool // keys of rows that mean nothing
}

// source is one argument, or one line of a list.
type source struct {
	path string
	list bool   // a spooled list of paths, or of rows
	base string // what ids leave out; "" is the file's folder
	glob string // a pattern under base, in place of path
}

// Options of Open.
type Options struct {
	Out   string    // output folder: never read from
	Temp  string    // where standard input is kept for the run; "" is the system's
	Stdin io.Reader // read where "-" is named
}

// Open looks at the arguments: files, folders, patterns, files of rows (.jsonl,
// .ndjson), and "-" for a list of paths or rows on standard input, which is
// read to its end. What cannot be an input is a *pipeline.Error of class
// Invalid with a hint; what is wrong with one file of many is told by All.
func Open(ctx context.Context, args []string, opt Options) (*Inputs, error) {
	in := &Inputs{out: opt.Out, left: map[string]bool{}, unknown: map[string]bool{}}
	if len(args) == 0 {
		return nil, invalid("", "name files, folders or patterns, or - for a list on standard input", "there is nothing to read")
	}
	seen := map[string]bool{}
	for _, arg := range args {
		if seen[arg] {
			return nil, errors.Join(invalid(arg, "", "is named twice"), in.Close())
		}
		seen[arg] = true
		s, err := sourceOf(arg)
		if err == nil && arg == "-" {
			s.path, err = spool(ctx, opt.Stdin, opt.Temp)
			in.spool = s.path
		}
		if err != nil {
			return nil, errors.Join(err, in.Close())
		}
		in.sources = append(in.sources, s)
	}
	return in, nil
}

// Close takes away the copy of standard input.
func (in *Inputs) Close() error {
	if in.spool == "" {
		return nil
	}
	err := os.Remove(in.spool)
	in.spool = ""
	return err
}

// Notes are what a person should know of the last walk.
func (in *Inputs) Notes() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	var notes []string
	if in.ignored > 0 {
		notes = append(notes, fmt.Sprintf("%d files were left out: no .txt, .md, .html, .jsonl or .ndjson", in.ignored))
	}
	for _, dir := range slices.Sorted(maps.Keys(in.left)) {
		notes = append(notes, dir+" was left out: it holds what an earlier run wrote")
	}
	if len(in.unknown) > 0 {
		notes = append(notes, "rows have keys that mean nothing here: "+strings.Join(slices.Sorted(maps.Keys(in.unknown)), ", "))
	}
	return notes
}

func (in *Inputs) note(f func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	f()
}

// sourceOf looks at one argument, without reading it.
func sourceOf(arg string) (source, error) {
	lower := strings.ToLower(arg)
	switch {
	case arg == "-":
		return source{list: true}, nil
	case arg == "":
		return source{}, invalid("", "", "an empty name is no input")
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return source{}, invalid(arg, "let a schedule fetch it (urls: in dragoman.yaml), or give rows of {id, html, url} in a .jsonl file", "is an address, and a batch fetches nothing")
	}
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?[") {
		return globOf(arg)
	}
	if err != nil {
		return source{}, unreadable(arg, err)
	}
	if info.IsDir() {
		return source{path: arg, base: arg}, nil
	}
	return source{path: arg}, usable(arg, info)
}

// usable says whether a name that was given is a file that some reader takes.
func usable(name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return irregular(name, info.Mode())
	}
	if isRows(name) {
		return nil
	}
	_, err := reader.For(name)
	return err
}

func isRows(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".jsonl" || ext == ".ndjson"
}

// isArticle reports whether a file in a folder is taken for an article. One
// without an ending is not: it would be the README and the Makefile too.
func isArticle(name string) bool {
	if filepath.Ext(name) == "" {
		return false
	}
	_, err := reader.For(name)
	return err == nil
}

// invalid is an error about one input.
func invalid(unit, hint, format string, args ...any) error {
	return &pipeline.Error{Code: pipeline.Invalid, Stage: "read", Unit: unit, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// unreadable is what the system says of a name, with a remedy.
func unreadable(name string, err error) error {
	var place *fs.PathError
	cause := err
	if errors.As(err, &place) {
		cause = place.Err
	}
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hint = "compare the name with the folder's; a pattern that matches nothing stays as it is"
		if info, e := os.Lstat(name); e == nil && info.Mode()&fs.ModeSymlink != 0 {
			return invalid(name, "mend or remove the link", "is a link to what does not exist")
		}
		return invalid(name, hint, "no such file: %w", cause)
	case errors.Is(err, fs.ErrPermission):
		hint = "make it readable for the user who runs this"
	case isLoop(err):
		return invalid(name, "remove the link", "is a link that leads back to itself: %w", cause)
	}
	return invalid(name, hint, "cannot be read: %w", cause)
}

// isLoop reports the error of a link that goes round.
func isLoop(err error) bool {
	return strings.Contains(err.Error(), "too many") && strings.Contains(err.Error(), "link")
}

// irregular says what a name is that is neither file nor folder.
func irregular(name string, mode fs.FileMode) error {
	kind, hint := "no regular file", "name a file or a folder"
	switch {
	case mode&fs.ModeNamedPipe != 0:
		kind, hint = "a pipe", "pipe the list itself: … | dragoman batch -"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return invalid(name, hint, "is %s, which is not read", kind)
}

// All yields every input, folders in the order of their names. An error is of
// the input beside it, which has its Origin; the walk goes on after it. All may
// be walked any number of times; files that came or went since show.
func (in *Inputs) All(ctx context.Context) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		in.note(func() { in.ignored = 0 })
		w := &walk{Inputs: in, ctx: ctx, yield: yield}
		if info, err := os.Stat(in.out); in.out != "" && err == nil {
			w.leave = info
		}
		for _, s := range in.sources {
			if !w.source(s) {
				return
			}
		}
	}
}

// file is the input of one article file.
func file(id, name string) Input {
	return Input{ID: id, Origin: name, Read: func(ctx context.Context) ([]*pipeline.Article, error) {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		info, err := os.Stat(name) // a pipe must not be opened: it would wait for its writer
		if err != nil {
			return nil, unreadable(name, err)
		}
		if !info.Mode().IsRegular() {
			return nil, irregular(name, info.Mode())
		}
		read, err := reader.For(name)
		if err != nil {
			return nil, err
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer f.Close()
		arts, err := read(f, name)
		if err != nil {
			return nil, err
		}
		return identified(id, name, arts)
	}}
}

// identified gives the articles of one input their ids: the input's, and from
// the second on a number behind it.
func identified(id, origin string, arts []*pipeline.Article) ([]*pipeline.Article, error) {
	if len(arts) == 0 {
		return nil, invalid(origin, "", "holds no article")
	}
	for i, a := range arts {
		a.ID = id
		if i > 0 {
			a.ID = fmt.Sprintf("%s#%d", id, i+1)
		}
	}
	return arts, nil
}

// fileID is a file's id: its path from base, without its ending, with forward
// slashes on every system.
func fileID(base, name string) string {
	rel := filepath.Base(name)
	if base != "" {
		if r, err := filepath.Rel(base, name); err == nil {
			rel = r
		}
	}
	rel = filepath.ToSlash(rel)
	if id := strings.TrimSuffix(rel, path.Ext(rel)); id != "" && !strings.HasSuffix(id, "/") {
		return id
	}
	return rel
}

// isOutput reports whether a folder's names are those of an article's output
// folder, or of a whole run's.
func isOutput(names []string) bool {
	has := func(name string) bool { return slices.Contains(names, name) }
	return has(outdir.LockName) || has(outdir.DocumentFile) && has("report.html") || has(resultsFile) && has(reportJSON)
}
