package sink

import (
	"context"
	"errors"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/site"
	"dragoman/pipeline/writer"
)

// siteSink is a Sink that keeps a static site. Pages are written with each
// delivery, indexes and feeds with the flush, and the folder is locked from the
// first delivery until then.
type siteSink struct {
	path string
	opts site.Options
	dir  *outdir.Dir // nil while it is not locked
	site *site.Site
}

func openSite(spec schedule.Sink) Sink {
	return &siteSink{path: spec.Site, opts: site.Options{Title: spec.Title, URL: spec.URL, Items: spec.Items}}
}

// Deliver writes the pages of an edition.
func (s *siteSink) Deliver(ctx context.Context, e Edition) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	return s.site.Put(site.Article{
		ID: e.Article, URL: e.URL, Version: e.Delivery.Version, Made: e.Delivery.Made, Author: string(e.Document.Origin.Author),
		Revised: e.Document.Revision != nil, Readings: writer.Readings(e.Document),
	})
}

// Remove takes an article's pages away, and its place in the lists with the
// flush.
func (s *siteSink) Remove(ctx context.Context, article string, dry bool) ([]string, error) {
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	if dry {
		return inside(s.path, s.site.Holds(article)), nil
	}
	removed, err := s.site.Remove(article)
	return inside(s.path, removed), err
}

// Flush makes the indexes and feeds, and unlocks the folder.
func (s *siteSink) Flush(context.Context) error {
	if s.dir == nil {
		return nil
	}
	err := s.site.Publish()
	dir := s.dir
	s.dir, s.site = nil, nil
	return errors.Join(err, dir.Close())
}

// open locks the folder and reads the site, where that is not done yet.
func (s *siteSink) open(ctx context.Context) error {
	if s.dir != nil {
		return nil
	}
	dir, err := openDir(ctx, s.path)
	if err != nil {
		return err
	}
	kept, err := site.Open(dir, s.opts)
	if err != nil {
		return &Passing{Err: errors.Join(err, dir.Close())}
	}
	s.dir, s.site = dir, kept
	return nil
}
