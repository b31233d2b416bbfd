package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/folder"
	"dragoman/cmd/internal/store/open"
	"dragoman/cmd/internal/store/textless"
	"dragoman/pipeline"
)

// keeping is the state of one command, opened when something of it is first
// needed: what asks no model and remembers nothing makes no file.
type keeping struct {
	cfg *config.Config
	now func() time.Time

	mu sync.Mutex
	st *store.Store
}

// store is the open state.
func (k *keeping) store(ctx context.Context) (*store.Store, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.st == nil {
		st, err := open.Open(ctx, k.cfg.State, k.now)
		if err != nil {
			return nil, stateError(err)
		}
		if k.cfg.NoStoreText {
			st = textless.Wrap(st)
		}
		k.st = st
	}
	return k.st, nil
}

// exists reports whether there is a state to be read: a database elsewhere
// counts as there.
func (k *keeping) exists() bool {
	dir := stateFolder(k.cfg.State)
	if dir == "" {
		return true
	}
	path, isFile := strings.CutPrefix(k.cfg.State, "sqlite:")
	switch {
	case isFile:
	case strings.HasPrefix(k.cfg.State, "folder:"):
		path = dir
	case folder.Holds(dir): // an older program's, which is taken over
		return true
	default:
		path = filepath.Join(dir, open.File)
	}
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// empty reports whether a command that only looks has nothing to look at, and
// so makes no database.
func (k *keeping) empty() bool { return !strings.HasPrefix(k.cfg.State, "folder:") && !k.exists() }

// close closes what was opened.
func (k *keeping) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.st == nil {
		return nil
	}
	err := k.st.Close()
	k.st = nil
	return err
}

// stateError is an error of the state, with a hint where it has none.
func stateError(err error) error {
	if e, ok := errors.AsType[*pipeline.Error](err); ok && e.Hint != "" {
		return err
	}
	return &pipeline.Error{
		Code: pipeline.Unavailable, Hint: "set DRAGOMAN_STATE to a folder that can be written, or to a database",
		Err: fmt.Errorf("opening the state: %w", err),
	}
}
