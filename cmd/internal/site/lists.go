package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// ListName is the hidden file that knows the languages, the months, and which
// month each article is in.
const ListName = ".dragoman-site.json"

// list is the hidden file.
type list struct {
	Languages []string                  `json:"languages"` // that pages were ever made in, English first
	Months    map[string]map[string]int `json:"months"`    // "2026-11" to the number of articles by language
	Articles  map[string]string         `json:"articles"`  // id to month
}

// month is the hidden file of a month.
type month struct {
	Articles []entry `json:"articles"` // the latest first
}

// monthList is the name of a month's hidden file.
func monthList(name string) string { return ".dragoman-site-" + name + ".json" }

// listForm is the form of the hidden files that this program writes.
const listForm = 1

// formed is a hidden file with its form.
type formed struct {
	Form    int             `json:"form"`
	Content json.RawMessage `json:"content"`
}

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

// read reads a hidden file; one that is not there leaves v as it is.
func (s *Site) read(name string, v any) error {
	b, err := s.dir.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var f formed
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err == nil && f.Form != listForm {
		err = fmt.Errorf("it has form %d, and this program knows %d", f.Form, listForm)
	}
	if err == nil {
		err = json.Unmarshal(f.Content, v)
	}
	if err != nil {
		return fmt.Errorf("reading the site's list %s in %s: %w; put a good copy there, or move the folder away to begin anew", name, s.dir.Path, err)
	}
	return nil
}

// keep writes a hidden file.
func (s *Site) keep(name string, v any) error {
	content, err := json.Marshal(v)
	if err == nil {
		content, err = json.MarshalIndent(formed{listForm, content}, "", " ")
	}
	if err != nil {
		return fmt.Errorf("writing the site's list: %w", err)
	}
	return s.write(name, plain(content))
}

// month gives a month's articles, read once.
func (s *Site) month(name string) (*month, error) {
	if m := s.months[name]; m != nil {
		return m, nil
	}
	m := &month{}
	if err := s.read(monthList(name), m); err != nil {
		return nil, err
	}
	s.months[name] = m
	return m, nil
}

// find is what the lists say of an article. The month is where it would be if
// the list does not know it: a process was killed before it was noted there.
func (s *Site) find(id, otherwise string) (entry, bool, error) {
	name, listed := s.list.Articles[id]
	if !listed {
		name = otherwise
	}
	if name == "" {
		return entry{}, false, nil
	}
	m, err := s.month(name)
	if err != nil {
		return entry{}, false, err
	}
	for _, e := range m.Articles {
		if e.ID == id {
			return e, true, nil
		}
	}
	if listed { // killed in between: what the list says of that month is made anew
		s.stale[name] = true
	}
	return entry{}, false, nil
}

// insert puts an entry in its place.
func (s *Site) insert(e entry) error {
	m, err := s.month(e.month())
	if err != nil {
		return err
	}
	m.Articles = slices.DeleteFunc(m.Articles, func(x entry) bool { return x.ID == e.ID })
	at, _ := slices.BinarySearchFunc(m.Articles, e, func(a, b entry) int {
		if c := b.Published.Compare(a.Published); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	m.Articles = slices.Insert(m.Articles, at, e)
	if s.list.Articles == nil {
		s.list.Articles = map[string]string{}
	}
	s.list.Articles[e.ID] = e.month()
	s.stale[e.month()] = true
	s.dirty = true
	return nil
}

// drop takes an entry out.
func (s *Site) drop(e entry) error {
	m, err := s.month(e.month())
	if err != nil {
		return err
	}
	m.Articles = slices.DeleteFunc(m.Articles, func(x entry) bool { return x.ID == e.ID })
	delete(s.list.Articles, e.ID)
	s.stale[e.month()] = true
	s.dirty = true
	return nil
}

// save writes the hidden files of what has changed. The list comes first: an
// article that it knows and its month does not is put there by the next try.
func (s *Site) save() error {
	if s.list.Months == nil {
		s.list.Months = map[string]map[string]int{}
	}
	for name := range s.stale {
		m, err := s.month(name)
		if err != nil {
			return err
		}
		delete(s.list.Months, name)
		if len(m.Articles) > 0 {
			s.list.Months[name] = m.count()
		}
	}
	if err := s.keep(ListName, s.list); err != nil {
		return err
	}
	for name := range s.stale {
		m := s.months[name]
		var err error
		if len(m.Articles) == 0 {
			_, err = s.dir.RemoveFile(monthList(name))
		} else {
			err = s.keep(monthList(name), m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// item is an entry in the language of a list.
type item struct {
	entry
	edition
}

// in are the articles of a month that there are in a language.
func (m *month) in(lang string) []item {
	var out []item
	for _, e := range m.Articles {
		for _, ed := range e.Editions {
			if ed.Lang == lang {
				out = append(out, item{e, ed})
			}
		}
	}
	return out
}

// count is the number of articles by language.
func (m *month) count() map[string]int {
	out := map[string]int{}
	for _, e := range m.Articles {
		for _, ed := range e.Editions {
			out[ed.Lang]++
		}
	}
	return out
}

// monthsIn are the months with articles in a language, the latest first.
func (s *Site) monthsIn(lang string) []string {
	var out []string
	for name, counts := range s.list.Months {
		if counts[lang] > 0 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}

// newest are the articles of an index page and a feed, the latest first.
func (s *Site) newest(lang string) ([]item, error) {
	var out []item
	for _, name := range s.monthsIn(lang) {
		if len(out) >= s.opts.Items {
			break
		}
		m, err := s.month(name)
		if err != nil {
			return nil, err
		}
		out = append(out, m.in(lang)...)
	}
	return out[:min(len(out), s.opts.Items)], nil
}

// month is the month in which an article was published, in UTC: "2026-11".
func (e entry) month() string { return e.Published.UTC().Format("2006-01") }
