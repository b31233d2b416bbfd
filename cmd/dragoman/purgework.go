package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
)

// purge takes everything about an article away, its row last: what a crash
// leaves is found by the same command again.
func (p *purging) purge(ctx context.Context, s *subject, dry bool) (a *purgeAccount, err error) {
	a = &purgeAccount{Article: s.name, Gone: map[store.Kind]store.Amounts{}, Files: []string{}, Reports: []string{}, Notes: []string{}, DryRun: dry}
	if s.row != nil {
		a.Article, a.Collection, a.Origin = s.row.ID, s.row.Collection, s.row.Origin
		if _, err := p.st.Keeper.Purge(ctx, p.ofRow(s, true)); err != nil { // it may be under way
			return nil, err
		}
	} else if s.art != nil {
		a.Article = s.art.ID
	}
	if s.row != nil && schedule.NameOf(s.row.Collection) != "" && !dry {
		letGo, failed := still(ctx, p.st, s.row.Collection)
		if failed != nil {
			return nil, failed
		}
		defer func() { err = closing(err, letGo) }()
	}
	for _, step := range []func(context.Context, *subject, bool, *purgeAccount) error{
		p.files, p.fromSinks, p.jobs, p.accounts, p.decisions, p.inputs, p.rowAndReplies,
	} {
		if err := step(ctx, s, dry, a); err != nil {
			return nil, err
		}
	}
	switch {
	case s.row == nil:
	case strings.HasPrefix(s.row.Collection, schedule.Collection("")):
		a.Notes = append(a.Notes, "digests of it stay, so that its schedule does not buy it again")
	default:
		a.Notes = append(a.Notes, fmt.Sprintf("the input itself is not touched (%s): a batch that has it buys it again", s.row.Origin))
	}
	if a.Decisions > 0 {
		a.Notes = append(a.Notes, "the decisions held for these sentences in every article; they hold nowhere now")
	}
	return a, nil
}

// ofRow names the article of a row to the keeper.
func (p *purging) ofRow(s *subject, dry bool) store.Purge {
	return store.Purge{Collection: s.row.Collection, Document: s.row.ID, Replies: s.exchanges(), Dry: dry}
}

// rowAndReplies takes away what the state's tables hold: under the name of its
// row, and under that of an article of `run`.
func (p *purging) rowAndReplies(ctx context.Context, s *subject, dry bool, a *purgeAccount) error {
	var todo []store.Purge
	if s.art != nil {
		todo = append(todo, store.Purge{Article: runUser(s.art), Replies: s.exchanges(), Dry: dry})
	}
	if s.row != nil {
		todo = append(todo, p.ofRow(s, dry))
	}
	for _, one := range todo {
		gone, err := p.st.Keeper.Purge(ctx, one)
		if err != nil {
			return err
		}
		for k, n := range gone {
			a.Gone[k] = store.Amounts{Rows: a.Gone[k].Rows + n.Rows, Bytes: a.Gone[k].Bytes + n.Bytes}
		}
	}
	return nil
}

// decisions takes back what was decided about its sentences.
func (p *purging) decisions(ctx context.Context, s *subject, dry bool, a *purgeAccount) error {
	all, err := p.st.Decisions.Recall(ctx)
	if err != nil {
		return err
	}
	back := s.decided(all)
	a.Decisions = len(back.Edits) + len(back.Findings)
	if dry || a.Decisions == 0 {
		return nil
	}
	_, err = p.st.Decisions.Remember(ctx, back)
	return err
}

// files takes away its files in the output folder of its batch, and in the
// folder that was named.
func (p *purging) files(ctx context.Context, s *subject, dry bool, a *purgeAccount) error {
	outs, err := p.outs(ctx, s)
	if err != nil {
		return err
	}
	for _, out := range outs {
		folder := filepath.Base(s.dir)
		if s.row != nil {
			folder = s.row.Folder
		}
		if err := p.filesIn(ctx, s, out, folder, dry, a); err != nil {
			return err
		}
	}
	return nil
}

// outs are the output folders that hold files of an article: those of the runs
// of its collection that are still that collection's, and the one above the
// folder that was named.
func (p *purging) outs(ctx context.Context, s *subject) (outs []string, err error) {
	if s.dir != "" {
		outs = append(outs, filepath.Dir(s.dir))
	}
	if s.row == nil {
		return outs, nil
	}
	runs, err := p.st.Runs.List(ctx, store.RunFilter{Collection: s.row.Collection})
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if run.Out == "" || slices.Contains(outs, run.Out) {
			continue
		}
		if id, err := outdir.Collection(run.Out); err == nil && id == run.Collection {
			outs = append(outs, run.Out)
		}
	}
	return outs, nil
}

// filesIn takes an article's files out of one output folder, and writes its
// reports again.
func (p *purging) filesIn(ctx context.Context, s *subject, out, folder string, dry bool, a *purgeAccount) (err error) {
	dir, err := openOut(out)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, dir.Close) }()
	found, err := dir.Holds(folder)
	left := false
	if err == nil && !dry {
		found, left, err = dir.RemoveArticle(folder)
	}
	if err != nil {
		return &outputError{err}
	}
	for _, name := range found {
		a.Files = append(a.Files, filepath.Join(out, filepath.FromSlash(name)))
	}
	if left {
		a.Notes = append(a.Notes, "files that are not dragoman's stay in "+filepath.Join(out, folder))
	}
	if s.row == nil || dry {
		return nil
	}
	written, err := batch.ReportAgain(dir.Dir, s.row.ID, func(states ...store.DocState) iter.Seq2[*store.Document, error] {
		return p.st.Documents.List(ctx, s.row.Collection, "", states...)
	})
	if err != nil {
		return &outputError{err}
	}
	if written {
		a.Reports = append(a.Reports, out)
	}
	return nil
}

// fromSinks takes an article away from the sinks of its schedule.
func (p *purging) fromSinks(ctx context.Context, s *subject, dry bool, a *purgeAccount) error {
	if p.sinks == nil || s.row == nil {
		return nil
	}
	taken, err := p.sinks(ctx, p.st, s.row.Collection, s.row.ID, dry)
	a.Files = append(a.Files, taken.removed...)
	a.Notes = append(a.Notes, taken.notes...)
	return err
}

// jobs deletes its jobs: their notes may quote it. Those that ask through the
// Batch API have a file of their own.
func (p *purging) jobs(ctx context.Context, s *subject, dry bool, a *purgeAccount) error {
	if s.row == nil {
		return nil
	}
	runs, err := p.st.Runs.List(ctx, store.RunFilter{Collection: s.row.Collection})
	if err != nil {
		return err
	}
	var ids []string
	for _, run := range runs {
		ids = append(ids, jobs.Job{Run: run.ID, Collection: run.Collection, Document: s.row.ID}.ID())
	}
	seen := map[string]bool{}
	for _, transport := range []string{config.Live, config.Batch} {
		url, _ := enginePlace(p.cfg.State, transport)
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
				continue // nobody ever had jobs there
			}
		}
		if seen[url] || len(ids) == 0 {
			continue
		}
		seen[url] = true
		n, err := p.jobsAt(ctx, transport, ids, dry)
		if err != nil {
			return err
		}
		a.Jobs += n
	}
	return nil
}

// jobsAt deletes jobs of one engine.
func (p *purging) jobsAt(ctx context.Context, transport string, ids []string, dry bool) (n int, err error) {
	cfg := *p.cfg
	cfg.Transport = transport
	engine, err := openEngine(ctx, &cfg, nil, nil, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = closing(err, engine.Close) }()
	if !dry {
		return engine.Drop(ctx, ids...)
	}
	infos, err := engine.Look(ctx, ids...)
	return len(infos), err
}
