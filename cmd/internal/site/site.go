// Package site keeps a static site of editions in a folder: a page for each
// article and language, an index page a language, a page for each month of it,
// and an RSS feed a language whose items carry the disclosure. There is no
// script, nothing is fetched, and any web server can show it.
//
// What the indexes are made of is kept in a hidden file of the folder, so that
// they can be made again when the texts of the articles are not stored any
// more. Files appear whole or not at all; the same editions in the same order
// give the same bytes. What a killed process had begun is made whole by putting
// the same edition once more.
package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline/writer"
)

// ListName is the file that the indexes are made of.
const ListName = ".dragoman-site.json"

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
	dir   *outdir.Dir
	opts  Options
	list  list
	stale map[string]bool // months whose pages are to be made again, as "2026-11"
	dirty bool
}

// list is the hidden file.
type list struct {
	Version   int      `json:"version"`   // of this form
	Languages []string `json:"languages"` // that pages were ever made in, English first
	Articles  []entry  `json:"articles"`  // the latest first
}

// listVersion is the form of the list that this program writes.
const listVersion = 1

// entry is what the lists say of an article.
type entry struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"` // of its pages
	Version   string    `json:"version"`
	Published time.Time `json:"published"`        // the first version
	Updated   time.Time `json:"updated,omitzero"` // a later version; zero: there is none
	Author    string    `json:"author"`
	Editions  []edition `json:"editions"`
}

// edition is an entry in one language.
type edition struct {
	Lang       string   `json:"lang"`
	Headline   string   `json:"headline"`
	Teaser     string   `json:"teaser"`
	Banner     string   `json:"banner,omitempty"`
	Gaps       []string `json:"gaps,omitempty"`
	Disclosure string   `json:"disclosure"`
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
	s := &Site{dir: dir, opts: o, stale: map[string]bool{}}
	b, err := dir.ReadFile(ListName)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s.list)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the site's list %s in %s: %w", ListName, dir.Path, err)
	}
	if s.list.Version != listVersion {
		return nil, fmt.Errorf("reading the site's list %s in %s: it has form %d, and this program knows %d", ListName, dir.Path, s.list.Version, listVersion)
	}
	return s, nil
}

// Put makes the pages of an article, and notes it for the lists, which Publish
// makes. The same version again changes nothing.
func (s *Site) Put(a Article) error {
	e := entry{ID: a.ID, Name: batch.FolderName(a.ID), Version: a.Version, Published: a.Made.UTC(), Author: a.Author}
	if a.Revised {
		e.Updated = e.Published
	}
	at := slices.IndexFunc(s.list.Articles, func(x entry) bool { return x.ID == a.ID })
	var old entry
	if at >= 0 {
		old = s.list.Articles[at]
		e.Published = old.Published
		switch {
		case old.Version != a.Version:
			e.Updated = a.Made.UTC()
		default:
			e.Updated = old.Updated
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
	if at >= 0 {
		s.list.Articles = slices.Delete(s.list.Articles, at, at+1)
	}
	s.insert(e)
	return nil
}

// insert puts an entry in its place.
func (s *Site) insert(e entry) {
	at, _ := slices.BinarySearchFunc(s.list.Articles, e, func(a, b entry) int {
		if c := b.Published.Compare(a.Published); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	s.list.Articles = slices.Insert(s.list.Articles, at, e)
	s.stale[e.month()] = true
	s.dirty = true
}

// unpublish takes the pages of an entry away but for those that stay.
func (s *Site) unpublish(e entry, but []edition) ([]string, error) {
	var removed []string
	for _, ed := range e.Editions {
		if slices.ContainsFunc(but, func(x edition) bool { return x.Lang == ed.Lang }) {
			continue
		}
		name := pageName(ed.Lang, e.Name)
		there, err := s.dir.Remove(name)
		if err != nil {
			return removed, fmt.Errorf("removing %s: %w", name, err)
		}
		if there {
			removed = append(removed, name)
		}
	}
	return removed, nil
}

// Remove takes an article's pages away, and what the lists have of it once
// Publish has made them again. It gives the pages, as names in the folder.
func (s *Site) Remove(id string) ([]string, error) {
	at := slices.IndexFunc(s.list.Articles, func(x entry) bool { return x.ID == id })
	if at < 0 {
		return nil, nil
	}
	e := s.list.Articles[at]
	removed, err := s.unpublish(e, nil)
	if err != nil {
		return removed, err
	}
	s.list.Articles = slices.Delete(s.list.Articles, at, at+1)
	s.stale[e.month()] = true
	s.dirty = true
	return removed, nil
}

// Publish makes the list, the pages of months, the index pages and the feeds,
// where something has changed since Open. The pages come first, the feeds last:
// who follows a feed finds everything there.
func (s *Site) Publish() error {
	if !s.dirty {
		return nil
	}
	s.list.Version = listVersion
	b, err := json.MarshalIndent(s.list, "", " ")
	if err != nil {
		return fmt.Errorf("writing the site's list: %w", err)
	}
	if err := s.write(ListName, plain(b)); err != nil {
		return err
	}
	for _, lang := range s.list.Languages {
		shelf := s.shelf(lang)
		for month := range s.stale {
			if err := s.archive(lang, month, shelf); err != nil {
				return err
			}
		}
		if err := s.write(indexName(lang), s.indexPage(lang, shelf)); err != nil {
			return err
		}
		if err := s.write(feedName(lang), s.feed(lang, shelf)); err != nil {
			return err
		}
	}
	s.stale, s.dirty = map[string]bool{}, false
	return nil
}

// archive makes the page of a month, or takes it away where nothing is left.
func (s *Site) archive(lang, month string, shelf []item) error {
	items := slices.DeleteFunc(slices.Clone(shelf), func(i item) bool { return i.month() != month })
	name := archiveName(lang, month)
	if len(items) == 0 {
		_, err := s.dir.Remove(name)
		return err
	}
	return s.write(name, s.monthPage(lang, month, items, shelf))
}

// item is an entry in the language of a list.
type item struct {
	entry
	edition
}

// shelf are the articles that there are in a language, the latest first.
func (s *Site) shelf(lang string) []item {
	var out []item
	for _, e := range s.list.Articles {
		for _, ed := range e.Editions {
			if ed.Lang == lang {
				out = append(out, item{e, ed})
			}
		}
	}
	return out
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

// month is the month in which an article was published, in UTC: "2026-11".
func (e entry) month() string { return e.Published.UTC().Format("2006-01") }
