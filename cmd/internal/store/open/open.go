// Package open opens the state that a URL names.
package open

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/folder"
	"dragoman/cmd/internal/store/postgres"
	"dragoman/cmd/internal/store/sqlite"
	"dragoman/pipeline"
)

// File is the database in a state folder.
const File = "dragoman.db"

// forms is how a URL may be written.
const forms = "write a folder, sqlite:FILE, folder:DIR or postgres://USER:PASSWORD@HOST/DATABASE"

// Open opens the state that a URL names:
//
//	DIR                      the database dragoman.db in this folder
//	sqlite:FILE              this SQLite file
//	folder:DIR               a folder of readable files; it has nothing of batches
//	postgres://…             PostgreSQL; postgresql://… too
//
// What is missing is made, for the owner only. The files of an older program in
// a DIR that has no database yet are taken over into it, so that nothing is paid
// for again; they stay where they are.
// Now is the clock of what is stored; nil is time.Now.
func Open(ctx context.Context, url string, now func() time.Time) (*store.Store, error) {
	scheme, rest, has := strings.Cut(url, ":")
	if !has || len(scheme) < 2 || strings.ContainsAny(scheme, `/\.`) { // a letter alone is a drive of Windows
		if url == "" {
			return nil, invalid("the state's place is not named")
		}
		return inFolder(ctx, url, now)
	}
	switch scheme {
	case "sqlite":
		if rest == "" || strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, ":") {
			return nil, invalid("sqlite:%s names no file", rest)
		}
		return sqlite.Open(ctx, rest, now)
	case "folder":
		if rest == "" || strings.HasPrefix(rest, "//") {
			return nil, invalid("folder:%s names no folder", rest)
		}
		return folder.Open(rest)
	case "postgres", "postgresql":
		return postgres.Open(ctx, url, now)
	}
	return nil, invalid("%s: is no place for the state", scheme) // not the URL: it may hold a password
}

func invalid(format string, args ...any) error {
	return &pipeline.Error{Code: pipeline.Invalid, Hint: forms, Err: fmt.Errorf("opening the state: "+format, args...)}
}

// inFolder opens the database of a state folder.
func inFolder(ctx context.Context, dir string, now func() time.Time) (*store.Store, error) {
	file := filepath.Join(dir, File)
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) && folder.Holds(dir) {
		if err := takeOver(ctx, dir, file, now); err != nil {
			return nil, err
		}
	}
	return sqlite.Open(ctx, file, now)
}
