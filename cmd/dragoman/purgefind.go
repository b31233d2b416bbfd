package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/schedule"
	polling "dragoman/cmd/internal/source"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// purging is a purge on its way.
type purging struct {
	env   *environment
	cfg   *config.Config
	st    *store.Store
	sinks sinkPurge // nil: none
}

// subject is one article that is to be purged.
type subject struct {
	name string             // as it was given
	row  *store.Document    // whole; nil where it has none
	art  *pipeline.Article  // as it was read; nil where nobody has it any more
	doc  *pipeline.Document // its edition; nil where there is none
	dir  string             // folder that was named and holds its files; "" for none
}

// find finds the article that a person named.
func (p *purging) find(ctx context.Context, name, collection string) (*subject, error) {
	collection, err := collectionNamed(collection)
	if err != nil {
		return nil, err
	}
	s := &subject{name: name}
	is, err := p.matching(ctx, s)
	if err != nil {
		return nil, err
	}
	rows, err := p.rows(ctx, collection, is)
	if err != nil {
		return nil, err
	}
	if len(rows) > 1 {
		var where []string
		for _, row := range rows {
			where = append(where, fmt.Sprintf("%s of %s (%s)", row.ID, row.Collection, row.Origin))
		}
		return nil, badUsage("name its id, and --collection", "%s is more than one article: %s", name, strings.Join(where, "; "))
	}
	if len(rows) == 1 {
		return s, p.load(ctx, s, rows[0])
	}
	if s.art != nil {
		used, err := p.st.Uses.Of(ctx, runUser(s.art))
		if err != nil || len(used) > 0 || s.doc != nil {
			return s, err
		}
	}
	return nil, badUsage("name its id, its address, its document.json, its output folder, or the file that it was read from; articles of `run` by the last three",
		"the state knows no article %s", name)
}

// collectionNamed is the id of a collection that is given, or whose output
// folder is.
func collectionNamed(given string) (string, error) {
	if info, err := os.Stat(given); given == "" || err != nil || !info.IsDir() {
		return given, nil
	}
	id, err := outdir.Collection(given)
	if err == nil && id == "" {
		err = fmt.Errorf("%s is the output folder of no batch", given)
	}
	if err != nil {
		return "", badUsage("", "purge: --collection: %w", err)
	}
	return id, nil
}

// matching says which rows are of the article that is named. What a path leads
// to is read.
func (p *purging) matching(ctx context.Context, s *subject) (is func(*store.Document) bool, err error) {
	info, err := os.Stat(s.name)
	switch {
	case err != nil: // no path, or too long for one
		return p.named(ctx, s.name)
	case info.IsDir():
		return p.inFolder(s, s.name)
	case filepath.Base(s.name) == outdir.DocumentFile:
		return p.inFolder(s, filepath.Dir(s.name))
	}
	read, err := readerOf(s.name)
	if err != nil {
		return nil, err
	}
	arts, err := source{name: s.name, read: read}.articles(ctx, nil)
	if err != nil {
		return nil, err
	}
	if len(arts) != 1 {
		return nil, badUsage("name the id of one", "%s holds %d articles", s.name, len(arts))
	}
	s.art = arts[0]
	input := batch.InputDigest(s.art)
	return func(row *store.Document) bool { return row.Input == input }, nil
}

// named says which rows have an id or an address.
func (p *purging) named(ctx context.Context, name string) (func(*store.Document) bool, error) {
	address := polling.Canonical(name) // "" of an id
	known := map[string]bool{}         // articles that sources had at this address, by collection and id
	if strings.Contains(name, "://") {
		schedules, err := p.st.Schedules.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range schedules {
			byKey, _, err := p.st.Entries.Known(ctx, schedule.Collection(s.Name), addressKeys(name), nil)
			if err != nil {
				return nil, err
			}
			for _, e := range byKey {
				known[rowUser(e.Collection, e.Document)] = true
			}
		}
	}
	return func(row *store.Document) bool {
		return row.ID == name || address != "" && polling.Canonical(row.Origin) == address || known[rowUser(row.Collection, row.ID)]
	}, nil
}

// addressKeys are what sources know the page of an address by.
func addressKeys(address string) []string { return []string{address, polling.Canonical(address)} }

// inFolder says which row is of an article's output folder, and reads the
// edition there.
func (p *purging) inFolder(s *subject, dir string) (func(*store.Document) bool, error) {
	b, err := os.ReadFile(filepath.Join(dir, outdir.DocumentFile))
	if err != nil {
		return nil, badUsage("name the folder of one article", "purge: %w", err)
	}
	if s.doc, err = writer.ReadJSON(bytes.NewReader(b)); err != nil {
		return nil, badUsage("", "purge: %s: %w", filepath.Join(dir, outdir.DocumentFile), err)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, badUsage("", "purge: %w", err)
	}
	s.art, s.dir = s.doc.Source, dir
	collection, err := outdir.Collection(filepath.Dir(dir))
	if err != nil {
		return nil, &outputError{err}
	}
	folder := filepath.Base(dir)
	return func(row *store.Document) bool {
		return collection != "" && row.Collection == collection && row.Folder == folder
	}, nil
}

// rows are the rows of a collection, or of all, that match.
func (p *purging) rows(ctx context.Context, collection string, is func(*store.Document) bool) (rows []*store.Document, err error) {
	for row, err := range p.st.Documents.List(ctx, collection, "") {
		if err != nil {
			return nil, err
		}
		if is(row) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// load reads what the state has of an article.
func (p *purging) load(ctx context.Context, s *subject, row *store.Document) error {
	whole, err := p.st.Documents.Get(ctx, row.Collection, []string{row.ID}, true)
	if err != nil {
		return err
	}
	if s.row = whole[row.ID]; s.row == nil {
		s.row = row // it went meanwhile, and what it left is taken away
	}
	if art, err := batch.DecodeArticle(s.row.Article); err == nil && len(s.row.Article) > 0 {
		s.art = art
	}
	if doc, _, err := batch.Stored(s.row); err == nil {
		s.doc = doc
	}
	if s.doc == nil { // its texts were pruned, or never kept: the files may be there
		outs, err := p.outs(ctx, s)
		if err != nil {
			return err
		}
		for _, out := range outs {
			b, err := os.ReadFile(filepath.Join(out, s.row.Folder, outdir.DocumentFile))
			if err == nil {
				s.doc, _ = writer.ReadJSON(bytes.NewReader(b))
			}
		}
	}
	if s.art == nil && s.doc != nil {
		s.art = s.doc.Source
	}
	return nil
}

// exchanges are the replies that its edition names.
func (s *subject) exchanges() []string {
	if s.doc == nil {
		return nil
	}
	return usesOf(s.doc)
}

// decided are the ids of its edits and findings among decisions.
func (s *subject) decided(all *pipeline.Decisions) *pipeline.Decisions {
	out := &pipeline.Decisions{Edits: map[string]pipeline.Decision{}, Findings: map[string]pipeline.Decision{}}
	if s.doc == nil || all == nil {
		return out
	}
	for _, e := range s.doc.Edits {
		if _, ok := all.Edits[e.ID]; ok {
			out.Edits[e.ID] = pipeline.Decision{State: store.Undecided}
		}
	}
	for _, f := range slices.Concat(s.doc.Findings) {
		if _, ok := all.Findings[f.ID]; ok {
			out.Findings[f.ID] = pipeline.Decision{State: store.Undecided}
		}
	}
	return out
}
