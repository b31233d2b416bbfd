package sink

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/outdir"
)

// folder is a Sink that puts each article into a folder of its own, in the form
// of `batch`: report.html, a Markdown file a language, document.json. Files
// appear whole or not at all. The folder is locked from the first delivery to
// the flush. Two schedules may share one, and of an article that both have the
// later edition stands.
type folder struct {
	path string
	dir  *outdir.Dir // nil while it is not locked
}

// Deliver writes the files of an edition.
func (f *folder) Deliver(ctx context.Context, e Edition) error {
	if err := f.open(ctx); err != nil {
		return err
	}
	_, err := f.dir.Write(batch.FolderName(e.Article), e.Document)
	return err
}

// Remove takes an article's files away, and its folder where nothing else is
// in it.
func (f *folder) Remove(ctx context.Context, article string, dry bool) ([]string, error) {
	if err := f.open(ctx); err != nil {
		return nil, err
	}
	var names []string
	var err error
	if dry {
		names, err = f.dir.Holds(batch.FolderName(article))
	} else {
		names, _, err = f.dir.RemoveArticle(batch.FolderName(article))
	}
	return inside(f.path, names), err
}

// Flush unlocks the folder.
func (f *folder) Flush(context.Context) error {
	if f.dir == nil {
		return nil
	}
	dir := f.dir
	f.dir = nil
	return dir.Close()
}

// open locks the folder where it is not locked yet.
func (f *folder) open(ctx context.Context) (err error) {
	if f.dir == nil {
		f.dir, err = openDir(ctx, f.path)
	}
	return err
}

// How long a folder that another process writes to is waited for, and how long
// it is then left alone. A whole edition is written in well under a second.
const (
	patience  = 3 * time.Second
	lockPause = 100 * time.Millisecond
	busyPause = 15 * time.Second
)

// openDir locks a folder, and clears what a killed process left half written.
func openDir(ctx context.Context, path string) (*outdir.Dir, error) {
	for waited := time.Duration(0); ; waited += lockPause {
		dir, err := outdir.Open(path)
		if err == nil {
			if err := dir.Sweep(); err != nil {
				return nil, &Passing{Err: errors.Join(err, dir.Close())}
			}
			return dir, nil
		}
		if _, locked := errors.AsType[*outdir.Locked](err); !locked {
			return nil, &Passing{Err: err}
		}
		if waited >= patience {
			return nil, &Passing{After: busyPause, Err: err}
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// inside are names in a folder as paths.
func inside(dir string, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return out
}
