package main

import (
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

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/writer"
)

// lockName is the file in an output folder that a run holds a lock on. It
// names the holder's process, and goes when the run ends; the lock itself
// dies with the process.
const lockName = ".dragoman.lock"

// temporary marks a file that is not whole yet.
const temporary = ".dragoman-tmp-"

// outDir is an output folder that this run alone writes to.
type outDir struct {
	path string
	root *os.Root
	lock *flock.Flock
}

// openOut makes the folder if need be and locks it. It does not wait: a folder
// that another run holds is an error of type *locked.
func openOut(dir string) (*outDir, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, badUsage("", "making the output folder: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(&outputError{fmt.Errorf("opening the output folder: %w", err)}, lock.Close())
	}
	return &outDir{path: dir, root: root, lock: lock}, nil
}

// lockDir takes the lock. A holder removes its file when it is done, so the
// file that was locked must still be the one in the folder.
func lockDir(dir string) (*flock.Flock, error) {
	name := filepath.Join(dir, lockName)
	for {
		lock := flock.New(name, flock.SetPermissions(0o644))
		ok, err := lock.TryLock()
		if err != nil {
			return nil, &outputError{fmt.Errorf("locking the output folder: %w", err)}
		}
		if !ok {
			return nil, &locked{dir: dir, pid: holder(name)}
		}
		held, err := lock.Stat()
		there, err2 := os.Stat(name)
		if err == nil && err2 == nil && os.SameFile(held, there) {
			// Only for the message of a second run: a failure costs nothing.
			_ = os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
			return lock, nil
		}
		if err := lock.Close(); err != nil {
			return nil, &outputError{fmt.Errorf("locking the output folder: %w", err)}
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
func (o *outDir) Close() error {
	err := o.root.Remove(lockName)
	return errors.Join(o.root.Close(), o.lock.Close(), ignoreMissing(err))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// write puts one document into its folder: report.html, one Markdown file a
// language, and document.json last, so that who waits for it finds the others
// there. Editions of an earlier run in languages that this one has not are
// taken away. It returns the folder's path.
func (o *outDir) write(doc *pipeline.Document) (string, error) {
	dir := folderName(doc.Source.ID)
	if err := o.writeInto(dir, doc); err != nil {
		return "", &outputError{fmt.Errorf("writing %s: %w", filepath.Join(o.path, dir), err)}
	}
	return filepath.Join(o.path, dir), nil
}

// better reports whether the article's folder holds an edition of an earlier
// run in which fewer sentences failed, and where. A run that was ended early
// does not take its place.
func (o *outDir) better(doc *pipeline.Document) (string, bool) {
	dir := folderName(doc.Source.ID)
	f, err := o.root.Open(filepath.Join(dir, "document.json"))
	if err != nil {
		return "", false
	}
	defer f.Close()
	old, err := writer.ReadJSON(f)
	if err != nil {
		return "", false
	}
	return filepath.Join(o.path, dir), failures(old) < failures(doc)
}

// failures counts the sentences without an accepted answer, the stages that
// did not come about included.
func failures(doc *pipeline.Document) int {
	n := 0
	for _, s := range writer.AccountOf(doc).Stages {
		n += s.Failures() + len(s.Missing)
	}
	if doc.Summary == nil {
		n++
	}
	return n
}

func (o *outDir) writeInto(dir string, doc *pipeline.Document) error {
	if err := o.root.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := o.sweep(dir, doc); err != nil {
		return err
	}
	langs := editions(doc)
	for _, lang := range langs {
		if err := o.writeFile(dir, lang+".md", doc, writer.Markdown(lang)); err != nil {
			return err
		}
	}
	if err := o.writeFile(dir, "report.html", doc, writer.HTML); err != nil {
		return err
	}
	return o.writeFile(dir, "document.json", doc, writer.JSON)
}

// sweep removes what a killed run left half written, and editions that are not
// part of this document.
func (o *outDir) sweep(dir string, doc *pipeline.Document) error {
	stale := map[string]bool{}
	for _, l := range locale.All() {
		stale[l.Tag.String()+".md"] = true
	}
	for _, lang := range editions(doc) {
		delete(stale, lang+".md")
	}
	entries, err := fs.ReadDir(o.root.FS(), dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if stale[e.Name()] || strings.HasPrefix(e.Name(), temporary) {
			if err := o.root.Remove(path.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFile makes one file appear whole: a temporary file beside it, synced,
// renamed, and the folder synced.
func (o *outDir) writeFile(dir, name string, doc *pipeline.Document, write pipeline.Writer) (err error) {
	tmp := path.Join(dir, temporary+name)
	f, err := o.root.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(o.root.Remove(tmp)))
		}
	}()
	if err := errors.Join(write(f, doc), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := o.root.Rename(tmp, path.Join(dir, name)); err != nil {
		return err
	}
	return o.sync(dir)
}

// sync makes a rename durable where the system can.
func (o *outDir) sync(dir string) error {
	d, err := o.root.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // not every file system syncs folders
	return d.Close()
}

// editions are the languages that a document has an edition in, the source
// language first.
func editions(doc *pipeline.Document) []string {
	langs := []string{locale.English.Tag.String()}
	for _, tr := range doc.Translations {
		langs = append(langs, tr.Lang.String())
	}
	return langs
}

// printEditions writes the Markdown of every edition, one after the other,
// with a line between them.
func printEditions(w io.Writer, doc *pipeline.Document) error {
	for i, lang := range editions(doc) {
		if i > 0 {
			if _, err := io.WriteString(w, "\n---\n\n"); err != nil {
				return err
			}
		}
		if err := writer.Markdown(lang)(w, doc); err != nil {
			return err
		}
	}
	return nil
}
