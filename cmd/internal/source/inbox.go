package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// inbox is a folder of files. Everything in it is reached through an os.Root, so
// that no link leads out of it.
type inbox struct {
	dir    string
	moveTo string // "" where files stay
}

// seen is how a file looked.
type seen struct {
	Size int64     `json:"size"`
	Mod  time.Time `json:"mod"`
	At   time.Time `json:"at"` // when it was first seen so
}

// file is one file of an inbox.
type file struct {
	rel string // with forward slashes
	seen
	whole    bool   // it has been as it is for a while
	document string // id of the article that it is
}

// folder polls an inbox. Files that are due are read, the oldest first, as many as
// MaxItems says; the rest is read by the next poll.
func (p *Poller) folder(ctx context.Context, src schedule.Source, poll *Poll) error {
	box := &inbox{dir: src.Inbox, moveTo: src.MoveTo}
	if box.moveTo != "" && oneFolder(box.moveTo, box.dir) {
		return invalid(src.Inbox, "name another folder in move-to", "move-to is the inbox itself")
	}
	root, err := os.OpenRoot(src.Inbox)
	if err != nil {
		return unreadable(src.Inbox, err)
	}
	defer root.Close()
	w := &walk{inbox: box, root: root, poll: poll, now: p.now(), settle: src.Settle, growing: map[string]seen{}}
	if w.settle == 0 {
		w.settle = Settle
	}
	w.pages = p.pages(p.remember(poll), src)
	if err := w.all(ctx); err != nil {
		return err
	}
	w.tellIgnored()
	poll.inbox, poll.extra.Growing = box, w.growing
	slices.SortFunc(w.files, func(a, b file) int {
		return cmp.Or(a.Mod.Compare(b.Mod), strings.Compare(a.rel, b.rel))
	})
	if err := w.read(ctx, src.MaxItems); err != nil {
		return err
	}
	if line := poll.extra.Unmoved; line != "" {
		poll.Problems = append(poll.Problems, Problem{Key: src.MoveTo, Line: line, Since: w.now, Tries: 1})
	}
	return w.pages.close()
}

// walk is one look through an inbox.
type walk struct {
	*inbox
	root    *os.Root
	poll    *Poll
	pages   *pages
	now     time.Time
	settle  time.Duration
	files   []file
	growing map[string]seen
	ignored []string
}

// all finds the files.
func (w *walk) all(ctx context.Context) error {
	err := fs.WalkDir(w.root.FS(), ".", func(rel string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && rel == ".":
			return unreadable(w.dir, err)
		case err != nil:
			w.bad(rel, unreadable(w.name(rel), err))
			return fs.SkipDir
		case rel == ".":
			return nil
		case passing(d.Name()):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return w.within(rel)
		}
		w.entry(rel, d)
		return nil
	})
	return err
}

// passing are names of what is hidden or still on its way.
func passing(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") {
		return true
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp":
		return true
	}
	return false
}

// within leaves out the folder of processed files, and what a run wrote.
func (w *walk) within(rel string) error {
	if w.moveTo != "" && oneFolder(w.moveTo, w.name(rel)) {
		return fs.SkipDir
	}
	for _, mark := range []string{outdir.LockName, outdir.DocumentFile} {
		if _, err := w.root.Lstat(path.Join(rel, mark)); err == nil {
			w.poll.note("%s was left out: it holds what a run wrote", w.name(rel))
			return fs.SkipDir
		}
	}
	return nil
}

// oneFolder reports whether two paths lead to one folder, also by links.
func oneFolder(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// entry looks at one name that is no folder.
func (w *walk) entry(rel string, d fs.DirEntry) {
	link := d.Type()&fs.ModeSymlink != 0
	info, err := w.root.Stat(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !link:
		return // gone since
	case link && err != nil:
		w.bad(rel, invalid(w.name(rel), "remove the link, and put a copy of the file there", "is a link that leaves the inbox or leads nowhere"))
	case link && info.IsDir():
		w.bad(rel, invalid(w.name(rel), "remove the link", "is a link to a folder, which is not followed"))
	case err != nil:
		w.bad(rel, unreadable(w.name(rel), err))
	case !isArticle(rel):
		w.ignored = append(w.ignored, rel)
	case !info.Mode().IsRegular():
		w.bad(rel, invalid(w.name(rel), "remove it", "is a pipe, a socket or a device, which is not read"))
	default:
		w.found(file{rel: rel, seen: seen{Size: info.Size(), Mod: info.ModTime(), At: w.now}})
	}
}

// isArticle reports whether a reader takes a file. One without an ending is not
// taken: it would be the README and the Makefile too.
func isArticle(name string) bool {
	if path.Ext(name) == "" {
		return false
	}
	_, err := reader.For(name)
	return err == nil
}

// found takes a file. It is whole where it has been as it is for a while: by its
// time, or, where that is in the future, by what the last poll saw.
func (w *walk) found(f file) {
	last, growing := w.poll.extra.Growing[f.rel]
	if growing && last.Size == f.Size && last.Mod.Equal(f.Mod) {
		f.At = last.At
	}
	f.whole = w.now.Sub(f.Mod) >= w.settle || w.now.Sub(f.At) >= w.settle
	w.files = append(w.files, f)
}

// read decides about the files.
func (w *walk) read(ctx context.Context, most int) error {
	if most == 0 {
		most = MaxItems
	}
	m := w.pages.memory
	var keys []string
	for _, f := range w.files {
		keys = append(keys, w.key(f.rel), reservation(fileID(f.rel)))
	}
	if err := m.recall(ctx, keys, nil); err != nil {
		return err
	}
	for _, f := range w.files {
		id := fileID(f.rel)
		if r, ok := m.byKey[reservation(id)]; ok {
			m.owned[id] = r.Offered
		}
	}
	done := 0
	for _, f := range w.files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if old, known := m.byKey[w.key(f.rel)]; known && old.Offered == f.offered() {
			w.poll.Known++
			f.document = old.Document
			w.moved(f)
			continue
		}
		if !f.whole {
			w.growing[f.rel] = f.seen
			w.poll.Waiting++
			continue
		}
		if done >= most || w.pages.full() {
			w.poll.Left++
			continue
		}
		done++
		if err := w.file(ctx, f); err != nil {
			return err
		}
	}
	w.poll.NotChanged = done == 0 && len(w.poll.Problems) == 0 && w.poll.Waiting == 0
	return nil
}

// file reads one file and decides about it.
func (w *walk) file(ctx context.Context, f file) error {
	a, err := w.open(f)
	if errors.Is(err, errGrowing) {
		w.poll.Waiting++
		return nil
	}
	key := w.key(f.rel)
	if err != nil {
		w.pages.problem(key, err, false)
		return nil
	}
	m := w.pages.memory
	t := thing{key: key, article: a, content: Content(a), offered: f.offered(), id: fileID(f.rel)}
	if err := m.recall(ctx, nil, []string{t.content}); err != nil {
		return err
	}
	free := true
	if owner, taken := m.owned[t.id]; taken && owner != key {
		t.id, free = t.id+"-"+short(key), false
	}
	before := len(w.poll.Items)
	w.pages.take(t)
	if n := len(w.poll.Items); n > before && w.poll.Items[n-1].Document == t.id && free {
		m.owned[t.id] = key
		m.poll.entries = append(m.poll.entries, store.Entry{Collection: m.p.Collection, Key: reservation(t.id), Document: t.id, Offered: key, First: m.now, Looked: m.now})
	}
	f.document = m.byKey[key].Document
	w.moved(f)
	return nil
}

// reservation is the key under which is remembered which file began a document:
// a.txt and a.html would both be "a".
func reservation(id string) string { return bounded("document:" + id) }

var errGrowing = errors.New("still being written")

// open reads a file's article, if it is as it was when it was found.
func (w *walk) open(f file) (*pipeline.Article, error) {
	read, err := reader.For(f.rel)
	if err != nil {
		return nil, err
	}
	in, err := w.root.OpenFile(filepath.FromSlash(f.rel), os.O_RDONLY|syscall.O_NONBLOCK, 0) // what became a pipe since must not be waited for
	if err != nil {
		return nil, unreadable(w.name(f.rel), err)
	}
	defer in.Close()
	same := func() bool {
		info, err := in.Stat()
		return err == nil && info.Mode().IsRegular() && info.Size() == f.Size && info.ModTime().Equal(f.Mod)
	}
	if !same() {
		return nil, errGrowing
	}
	articles, err := read(in, w.name(f.rel))
	if !same() {
		return nil, errGrowing
	}
	if err != nil {
		return nil, err
	}
	return articles[0], nil
}

// moved is a processed file, which Commit moves.
func (w *walk) moved(f file) {
	if w.moveTo != "" {
		w.poll.moves = append(w.poll.moves, f)
	}
}

func (w *walk) bad(rel string, err error) { w.pages.problem(w.key(rel), err, false) }

func (b *inbox) name(rel string) string { return filepath.Join(b.dir, filepath.FromSlash(rel)) }

// key is a file's whole path.
func (b *inbox) key(rel string) string { return bounded(filepath.ToSlash(b.name(rel))) }

// offered says how a file looks; what looks as it did is not read again.
func (f file) offered() string { return fmt.Sprintf("stat:%d:%d", f.Size, f.Mod.UnixNano()) }

// fileID is the id of a file's article: its path in the inbox without the ending.
func fileID(rel string) string {
	id := strings.TrimSuffix(rel, path.Ext(rel))
	if len(id) > longestFileID || !utf8.ValidString(id) {
		return strings.ToValidUTF8(id[:min(len(id), longestFileID)], "") + "-" + short(rel)
	}
	return id
}

// longestFileID bounds an id that is a path, in bytes.
const longestFileID = 200

// unreadable is what the system says of a name, with a remedy.
func unreadable(name string, err error) error {
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return invalid(name, "make it, or name another; is its disk there?", "does not exist")
	case errors.Is(err, fs.ErrPermission):
		return invalid(name, "make it readable for the user who runs this", "may not be read")
	}
	return invalid(name, "", "cannot be read: %w", cause)
}
