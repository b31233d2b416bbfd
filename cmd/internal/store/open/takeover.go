package open

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/folder"
	"dragoman/cmd/internal/store/sqldb"
	"dragoman/cmd/internal/store/sqlite"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
)

// importing is the database while it is filled.
const importing = "dragoman.db.importing"

// importBatch is how many rows are stored in one transaction.
const importBatch = 500

// takeOver fills a new database from the files of an older program: every
// stored reply with its number, settled answers, decisions, profiles. The files
// stay where they are, and are not looked at again. The database appears whole
// or not at all. One process does it; others wait.
func takeOver(ctx context.Context, dir, file string, now func() time.Time) error {
	const doing = "taking over the files of the state folder"
	lock := flock.New(filepath.Join(dir, importing+".lock"), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return failed(doing, err)
	}
	err := func() error {
		if _, err := os.Stat(file); err == nil {
			return nil // another process did it
		}
		temporary := filepath.Join(dir, importing)
		for _, end := range []string{"", "-wal", "-shm"} { // of a process that died
			if err := os.Remove(temporary + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := fill(ctx, dir, temporary, now); err != nil {
			return err
		}
		if _, err := os.Stat(temporary + "-wal"); err == nil { // closing the last handle writes it back and removes it
			return errors.New("the database was not closed")
		}
		if err := os.Rename(temporary, file); err != nil {
			return err
		}
		if d, err := os.Open(dir); err == nil {
			_ = d.Sync() // not every file system syncs folders
			return d.Close()
		}
		return nil
	}()
	if err := errors.Join(err, lock.Close()); err != nil {
		return failed(doing, err)
	}
	return nil
}

func failed(doing string, err error) error {
	if pipeline.CodeOf(err) != "" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &pipeline.Error{
		Code: pipeline.Unavailable, Hint: "check that the state folder is writable and the disk has room",
		Err: fmt.Errorf("%s: %w", doing, err),
	}
}

// fill copies a folder into a new database, and closes it: only then is all of
// it in the one file.
func fill(ctx context.Context, dir, file string, now func() time.Time) error {
	to, err := sqlite.Open(ctx, file, now)
	if err != nil {
		return err
	}
	from, err := folder.Open(dir)
	if err != nil {
		return errors.Join(err, to.Close())
	}
	for _, step := range []func() error{
		func() error { return replies(ctx, from, to) },
		func() error { return settled(from, to) },
		func() error { return decisions(ctx, from, to) },
		func() error { return profiles(ctx, filepath.Join(dir, folder.Profiles), to) },
	} {
		if err = step(); err != nil {
			break
		}
	}
	return errors.Join(err, from.Close(), to.Close())
}

func replies(ctx context.Context, from, to *store.Store) error {
	into, ok := to.Ledger.(*sqldb.Ledger)
	if !ok {
		return fmt.Errorf("%T takes nothing over", to.Ledger)
	}
	var batch []*llm.Exchange
	for x, err := range from.Ledger.All(ctx) {
		if err != nil {
			return err
		}
		if batch = append(batch, x); len(batch) == importBatch {
			if err := into.Import(ctx, batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	return into.Import(ctx, batch)
}

func settled(from, to *store.Store) error {
	old, ok := from.Settled.(*reuse.Folder)
	if !ok {
		return fmt.Errorf("%T cannot be taken over", from.Settled)
	}
	var batch []reuse.Entry
	for e, err := range old.All() {
		if err != nil {
			return err
		}
		if batch = append(batch, e); len(batch) == importBatch {
			if err := to.Settled.Put(batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	return to.Settled.Put(batch)
}

func decisions(ctx context.Context, from, to *store.Store) error {
	d, err := from.Decisions.Recall(ctx)
	if err == nil {
		_, err = to.Decisions.Remember(ctx, d)
	}
	return err
}

// profiles takes over what can be read; doctor finds out the rest again.
func profiles(ctx context.Context, dir string, to *store.Store) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		var p llm.Profile
		if json.Unmarshal(b, &p) != nil || p.Model == "" {
			continue
		}
		if err := to.Profiles.Save(ctx, p.Endpoint, p.Model, p); err != nil {
			return err
		}
	}
	return nil
}
