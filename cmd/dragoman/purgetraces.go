package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	polling "dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/textless"
	"dragoman/pipeline"
)

// accounts takes an article of a schedule out of the accounts of its firings, and
// out of what its sources could not read.
func (p *purging) accounts(ctx context.Context, s *subject, dry bool, a *purgeAccount) error {
	if s.row == nil || schedule.NameOf(s.row.Collection) == "" {
		return nil
	}
	names, err := p.namesOf(ctx, s)
	if err != nil {
		return err
	}
	firings, err := p.st.Firings.List(ctx, store.FiringFilter{Schedule: schedule.NameOf(s.row.Collection)})
	if err != nil {
		return err
	}
	for _, f := range firings {
		report, found := textless.Without(f.Report, s.row.ID, names...)
		if !found {
			continue
		}
		a.Firings++
		if f.Report = report; dry {
			continue
		}
		if err := p.st.Firings.Update(ctx, f); err != nil {
			return err
		}
	}
	sources, err := p.st.Sources.List(ctx, s.row.Collection)
	if err != nil || dry {
		return err
	}
	for _, src := range sources {
		extra, found := textless.Without(src.Extra, s.row.ID, names...)
		if !found {
			continue
		}
		src.Extra = extra
		if err := p.st.Sources.Save(ctx, src); err != nil {
			return err
		}
	}
	return nil
}

// namesOf are the addresses and paths of an article: under which its sources know
// it, and where it was read.
func (p *purging) namesOf(ctx context.Context, s *subject) (names []string, err error) {
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	add(s.row.Origin)
	if s.art != nil {
		add(s.art.URL)
	}
	for e, err := range p.st.Entries.All(ctx, s.row.Collection) {
		if err != nil {
			return nil, err
		}
		if e.Document == s.row.ID {
			add(e.Key)
		}
	}
	return names, nil
}

// inputs notes where an article of a schedule still is, as purge touches no input:
// the file that it was read from, and the list of addresses that names its page.
func (p *purging) inputs(ctx context.Context, s *subject, _ bool, a *purgeAccount) error {
	if s.row == nil || schedule.NameOf(s.row.Collection) == "" {
		return nil
	}
	origin, name := s.row.Origin, schedule.NameOf(s.row.Collection)
	if strings.Contains(origin, "://") {
		listed, err := p.listed(ctx, name, origin)
		if listed {
			a.Notes = append(a.Notes, fmt.Sprintf("its address stands under urls in the schedule %s, and stays there", name))
		}
		return err
	}
	files := []string{origin}
	places, err := placesOf(ctx, p.st, name)
	if err != nil {
		return err
	}
	for _, m := range places {
		rel, err := filepath.Rel(m.Name, origin)
		if m.Kind == store.PlaceMoved && err == nil && filepath.IsLocal(rel) {
			files = append(files, numbered(filepath.Join(m.Path, rel))...)
		}
	}
	a.Notes = append(a.Notes, p.textIn(ctx, s, files)...)
	return nil
}

// listed reports whether a schedule names an address itself.
func (p *purging) listed(ctx context.Context, name, address string) (bool, error) {
	row, found, err := scheduler.Find(ctx, p.st.Schedules, name)
	if err != nil || !found {
		return false, err
	}
	spec, err := scheduler.SpecOf(row)
	return slices.ContainsFunc(spec.Sources, func(src schedule.Source) bool {
		return slices.ContainsFunc(src.URLs, func(u string) bool { return polling.Canonical(u) == polling.Canonical(address) })
	}), err
}

// numbered are a file and those that were moved to where it is and got a number.
func numbered(path string) []string {
	out := []string{path}
	ext := filepath.Ext(path)
	for n := 2; ; n++ {
		next := fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), n, ext)
		if _, err := os.Lstat(next); err != nil {
			return out
		}
		out = append(out, next)
	}
}

// textIn says which of some files hold the article; the first is where it was
// read.
func (p *purging) textIn(ctx context.Context, s *subject, files []string) (notes []string) {
	unsure, seen := []string{}, map[string]bool{}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil && errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() || seen[file] {
			continue
		}
		seen[file] = true
		if s.isIn(ctx, file) {
			notes = append(notes, fmt.Sprintf("the file that it was read from stays: %s", file))
		} else {
			unsure = append(unsure, fmt.Sprintf("%s stays, and may hold an earlier or a later text of it", file))
		}
	}
	switch {
	case len(notes) > 0:
		return notes
	case len(unsure) > 0:
		return unsure
	case s.row.Origin == "":
		return nil
	}
	return []string{fmt.Sprintf("the file that it was read from is not at %s any more; where it is now, it stays", s.row.Origin)}
}

// isIn reports whether a file holds the article as it was read.
func (s *subject) isIn(ctx context.Context, file string) bool {
	read, err := readerOf(file)
	if err != nil {
		return false
	}
	arts, err := source{name: file, read: read}.articles(ctx, nil)
	return err == nil && slices.ContainsFunc(arts, func(art *pipeline.Article) bool {
		return batch.InputDigest(art) == s.row.Input || s.art != nil && polling.Content(art) == polling.Content(s.art)
	})
}
