// Package site keeps a static site of editions in a folder: a page for each
// article and language, an index page a language, a page for each month of it,
// and an RSS feed a language whose items carry the disclosure. There is no
// script, nothing is fetched, and any web server can show it.
//
// What the indexes are made of is kept in hidden files of the folder, one a
// month and one that knows the months, so that they can be made again when the
// texts of the articles are not stored any more, and a site of many years costs
// no more than one of a month. Files appear whole or not at all; the same
// editions in the same order give the same bytes. What a killed process had
// begun is made whole by putting the same edition once more.
package site

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/writer"
)

// Options is what a site is called, and how long its lists are.
type Options struct {
	Title string // "" stands for "dragoman"
	URL   string // where it is shown, for the links of its feeds; "" leaves them relative
	Items int    // articles on an index page and in a feed; 0 stands for 100
}

// defaultItems is how many articles a feed has: a busy desk's day.
const defaultItems = 100

// Article is one version of one article.
type Article struct {
	ID       string
	URL      string    // where it was published; shown as a link where it is one of http or https
	Version  string    // digest of the edition
	Made     time.Time // of this version
	Revised  bool      // the version says that it changes an earlier one
	Author   string    // status word of the disclosure: "ai-autonomous"
	Readings []writer.Reading
}

// Site is an open site. It is used by one goroutine at a time.
type Site struct {
	dir    *outdir.Dir
	opts   Options
	list   list
	months map[string]*month // that were looked at, as "2026-11"
	stale  map[string]bool   // months that have changed
	dirty  bool
}

// Open reads the site in a folder that is locked; a folder without one is an
// empty site.
func Open(dir *outdir.Dir, o Options) (*Site, error) {
	if o.Title == "" {
		o.Title = "dragoman"
	}
	if o.Items <= 0 {
		o.Items = defaultItems
	}
	s := &Site{dir: dir, opts: o, months: map[string]*month{}, stale: map[string]bool{}}
	return s, s.read(ListName, &s.list)
}

// Put makes the pages of an article, and notes it for the lists, which Publish
// makes. The same version again changes nothing.
func (s *Site) Put(a Article) error {
	e := entry{ID: a.ID, Name: batch.FolderName(a.ID), Version: a.Version, Published: a.Made.UTC(), Author: a.Author}
	if a.Revised {
		e.Updated = e.Published
	}
	old, known, err := s.find(a.ID, e.month())
	if err != nil {
		return err
	}
	if known {
		e.Published, e.Updated = old.Published, old.Updated
		if old.Version != a.Version {
			e.Updated = a.Made.UTC()
		}
	}
	for _, r := range a.Readings {
		if !isTag(r.Lang) {
			return fmt.Errorf("making a page: %q is no language", r.Lang)
		}
		e.Editions = append(e.Editions, edition{
			Lang: r.Lang, Headline: r.Headline, Teaser: r.Teaser, Banner: r.Banner, Gaps: r.Gaps, Disclosure: r.Disclosure,
		})
		s.speak(r.Lang)
	}
	for _, r := range a.Readings {
		if err := s.write(pageName(r.Lang, e.Name), s.articlePage(e, a.URL, r)); err != nil {
			return err
		}
	}
	if _, err := s.unpublish(old, e.Editions); err != nil {
		return err
	}
	return s.insert(e)
}

// unpublish takes the pages of an entry away but for those that stay.
func (s *Site) unpublish(e entry, but []edition) ([]string, error) {
	var removed []string
	for _, ed := range e.Editions {
		if slices.ContainsFunc(but, func(x edition) bool { return x.Lang == ed.Lang }) {
			continue
		}
		name := pageName(ed.Lang, e.Name)
		there, err := s.dir.RemoveFile(name)
		if err != nil {
			return removed, fmt.Errorf("removing %s: %w", name, err)
		}
		if there {
			removed = append(removed, name)
		}
	}
	return removed, nil
}

// Holds are the pages of an article, as names in the folder.
func (s *Site) Holds(id string) []string {
	var out []string
	for _, ed := range s.anyLanguage() {
		name := pageName(ed.Lang, batch.FolderName(id))
		if _, there := s.dir.Size(name); there {
			out = append(out, name)
		}
	}
	return out
}

// Remove takes an article's pages away, and what the lists have of it once
// Publish has made them again. It gives the pages, as names in the folder.
func (s *Site) Remove(id string) ([]string, error) {
	e, known, err := s.find(id, "")
	if err != nil {
		return nil, err
	}
	removed, err := s.unpublish(entry{Name: batch.FolderName(id), Editions: s.anyLanguage()}, nil)
	if err != nil {
		return removed, err
	}
	if known {
		err = s.drop(e)
	} else if _, listed := s.list.Articles[id]; listed {
		delete(s.list.Articles, id)
		s.dirty = true
	}
	return removed, err
}

// anyLanguage are the editions that an article may have here, with those that a
// killed process made and no list knows.
func (s *Site) anyLanguage() []edition {
	langs := slices.Clone(s.list.Languages)
	for _, l := range locale.All() {
		if tag := l.Tag.String(); !slices.Contains(langs, tag) {
			langs = append(langs, tag)
		}
	}
	out := make([]edition, len(langs))
	for i, lang := range langs {
		out[i].Lang = lang
	}
	return out
}

// Publish makes the lists, the pages of months, the index pages and the feeds,
// where something has changed since Open. The pages come first, the feeds last:
// who follows a feed finds everything there.
func (s *Site) Publish() error {
	if !s.dirty {
		return nil
	}
	if err := s.save(); err != nil {
		return err
	}
	for _, lang := range s.list.Languages {
		for m := range s.stale {
			if err := s.archive(lang, m); err != nil {
				return err
			}
		}
		newest, err := s.newest(lang)
		if err != nil {
			return err
		}
		if err := s.write(indexName(lang), s.indexPage(lang, newest)); err != nil {
			return err
		}
		if err := s.write(feedName(lang), s.feed(lang, newest)); err != nil {
			return err
		}
	}
	s.stale, s.dirty = map[string]bool{}, false
	return nil
}

// archive makes the page of a month, or takes it away where nothing is left.
func (s *Site) archive(lang, name string) error {
	m, err := s.month(name)
	if err != nil {
		return err
	}
	items := m.in(lang)
	if len(items) == 0 {
		_, err := s.dir.RemoveFile(archiveName(lang, name))
		return err
	}
	return s.write(archiveName(lang, name), s.monthPage(lang, name, items))
}

// speak notes a language, English first and the others by name.
func (s *Site) speak(lang string) {
	if slices.Contains(s.list.Languages, lang) {
		return
	}
	s.list.Languages = append(s.list.Languages, lang)
	slices.SortFunc(s.list.Languages, func(a, b string) int {
		if (a == home) != (b == home) {
			if a == home {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
}

// write makes a file appear whole, and the folders above it.
func (s *Site) write(name string, write func(io.Writer) error) error {
	folder, file := path.Split(name)
	folder = strings.TrimSuffix(folder, "/")
	err := error(nil)
	if folder != "" {
		err = s.dir.MakeFolder(folder)
	}
	if err == nil {
		err = s.dir.WriteFile(folder, outdir.File{Name: file, Write: write})
	}
	if err != nil {
		return fmt.Errorf("writing %s of the site in %s: %w", name, s.dir.Path, err)
	}
	return nil
}

// plain writes bytes.
func plain(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}
