package outdir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/writer"
)

// DocumentFile is the file of a folder that is written last: who waits for it
// finds the others there.
const DocumentFile = "document.json"

// Write puts one document into its folder: report.html, one Markdown file a
// language, and document.json last. Editions of an earlier run in languages
// that this one has not are taken away; other files there stay. It returns the
// folder's path.
//
// A folder that is new appears with all its files or not at all. In one that is
// there already every file is on the disk before the first takes the place of
// an older one.
func (d *Dir) Write(folder string, doc *pipeline.Document) (string, error) {
	full := filepath.Join(d.Path, folder)
	if err := d.write(folder, Files(doc)); err != nil {
		return "", fmt.Errorf("writing %s: %w", full, err)
	}
	return full, nil
}

// Files are the files of a document, document.json last.
func Files(doc *pipeline.Document) []File {
	as := func(name string, write pipeline.Writer) File {
		return File{Name: name, Write: func(w io.Writer) error { return write(w, doc) }}
	}
	var out []File
	for _, lang := range Editions(doc) {
		out = append(out, as(lang+".md", writer.Markdown(lang)))
	}
	return append(out, as("report.html", writer.HTML), as(DocumentFile, writer.JSON))
}

// Editions are the languages that a document has an edition in, the source
// language first.
func Editions(doc *pipeline.Document) []string {
	langs := []string{locale.English.Tag.String()}
	for _, tr := range doc.Translations {
		langs = append(langs, tr.Lang.String())
	}
	return langs
}

func (d *Dir) write(folder string, files []File) error {
	if !fs.ValidPath(folder) || strings.Contains(folder, "/") || folder == "." {
		return fmt.Errorf("%q is not the name of a folder", folder)
	}
	_, err := d.root.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d.create(folder, files)
	case err != nil:
		return err
	}
	return d.replace(folder, files)
}

// create makes the folder appear with all its files.
func (d *Dir) create(folder string, files []File) (err error) {
	tmp := Temporary + folder
	if err := d.root.RemoveAll(tmp); err != nil {
		return err
	}
	if err := d.root.Mkdir(tmp, 0o755); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.root.RemoveAll(tmp))
		}
	}()
	for _, f := range files {
		if err := d.put(path.Join(tmp, f.Name), f.Write); err != nil {
			return err
		}
	}
	if err := d.sync(tmp); err != nil {
		return err
	}
	if err := d.root.Rename(tmp, folder); err != nil {
		return err
	}
	return d.sync("")
}

// replace puts files into a folder that is there. What cannot be written
// leaves the folder as it was.
func (d *Dir) replace(folder string, files []File) error {
	staged := 0
	for _, f := range files {
		if err := d.stage(folder, f); err != nil {
			for _, s := range files[:staged] {
				err = errors.Join(err, ignoreMissing(d.root.Remove(path.Join(folder, Temporary+s.Name))))
			}
			return err
		}
		staged++
	}
	if err := d.sweep(folder, files); err != nil {
		return err
	}
	for _, f := range files {
		if err := d.root.Rename(path.Join(folder, Temporary+f.Name), path.Join(folder, f.Name)); err != nil {
			return err
		}
	}
	return d.sync(folder)
}

// sweep removes what a killed run left half written, and editions that are not
// part of this document.
func (d *Dir) sweep(folder string, files []File) error {
	stale := map[string]bool{}
	for _, l := range locale.All() {
		stale[l.Tag.String()+".md"] = true
	}
	staged := map[string]bool{}
	for _, f := range files {
		delete(stale, f.Name)
		staged[Temporary+f.Name] = true
	}
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		left := strings.HasPrefix(e.Name(), Temporary) && !staged[e.Name()]
		if stale[e.Name()] || left {
			if err := d.root.Remove(path.Join(folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sweep removes folders and files that a killed run left half written in the
// output folder itself.
func (d *Dir) Sweep() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		names, err := f.Readdirnames(1000)
		for _, name := range names {
			if strings.HasPrefix(name, Temporary) {
				if err := d.root.RemoveAll(name); err != nil {
					return fmt.Errorf("sweeping %s: %w", d.Path, err)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sweeping %s: %w", d.Path, err)
		}
	}
}

// Better reports whether the folder holds an edition of an earlier run in which
// fewer sentences failed, and where. A run that was ended early does not take
// its place.
func (d *Dir) Better(folder string, doc *pipeline.Document) (string, bool) {
	f, err := d.root.Open(path.Join(folder, DocumentFile))
	if err != nil {
		return "", false
	}
	defer f.Close()
	old, err := writer.ReadJSON(f)
	if err != nil {
		return "", false
	}
	return filepath.Join(d.Path, folder), failures(old) < failures(doc)
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
