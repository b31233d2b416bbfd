package llm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"dragoman/pipeline"
)

// OpenFolder is the ledger in a folder of readable JSON files, one an
// exchange: DIR/ab/KEY-0001.json. The folder is made if need be, for the owner
// only (0700, files 0600).
//
// A file appears whole or not at all: it is written beside its place, synced,
// renamed, and the folder synced. The number is claimed by creating the file
// exclusively first, so that two processes never take the same one; a claim
// whose writer died stays behind as an empty file and is skipped.
//
// A file that holds no exchange of its key costs no more than that exchange:
// see [Folder.Damaged].
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, storeError("opening the ledger", err)
	}
	return &Folder{dir: dir}, nil
}

// Folder is the ledger in a folder. [OpenFolder] makes it.
type Folder struct {
	dir string

	mu      sync.Mutex
	damaged []string
}

var _ Ledger = (*Folder)(nil)

// keyPattern guards the path: a key is never anything but hexadecimal digits.
var keyPattern = regexp.MustCompile(`^[0-9a-f]{16,128}$`)

// filePattern is the name of an exchange's file.
var filePattern = regexp.MustCompile(`^([0-9a-f]{16,128})-([0-9]{4,})\.json$`)

// Append stores an exchange as a new file. See [Ledger].
func (f *Folder) Append(ctx context.Context, x *Exchange) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !keyPattern.MatchString(x.Key) {
		return fmt.Errorf("appending to the ledger: %q is no key", x.Key)
	}
	dir := filepath.Join(f.dir, x.Key[:2])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return storeError("appending to the ledger", err)
	}
	name, err := f.claim(dir, x)
	if err != nil {
		return storeError("appending to the ledger", err)
	}
	b, err := encodeFile(newExchangeFile(x))
	if err != nil {
		return fmt.Errorf("appending to the ledger: %w", err)
	}
	if err := writeFile(name, b, 0o600); err != nil {
		return storeError("appending to the ledger", err)
	}
	return nil
}

// claim takes the next free number of the key by creating its file.
func (f *Folder) claim(dir string, x *Exchange) (string, error) {
	files, err := f.files(dir, x.Key)
	if err != nil {
		return "", err
	}
	next := 1
	if len(files) > 0 {
		next = files[len(files)-1].sequence + 1
	}
	for {
		name := filepath.Join(dir, fmt.Sprintf("%s-%04d.json", x.Key, next))
		if _, err := os.Lstat(name + damagedSuffix); err == nil {
			next++ // a number is given once
			continue
		}
		file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			next++
			continue
		}
		if err != nil {
			return "", err
		}
		x.Sequence = next
		return name, file.Close()
	}
}

type exchangeName struct {
	path     string
	key      string
	sequence int
}

// files are the exchange files in a folder, of one key or of all, in order.
func (f *Folder) files(dir, key string) ([]exchangeName, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []exchangeName
	for _, e := range entries {
		m := filePattern.FindStringSubmatch(e.Name())
		if m == nil || key != "" && m[1] != key {
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			continue
		}
		out = append(out, exchangeName{filepath.Join(dir, e.Name()), m[1], n})
	}
	slices.SortFunc(out, func(a, b exchangeName) int {
		if a.key != b.key {
			if a.key < b.key {
				return -1
			}
			return 1
		}
		return a.sequence - b.sequence
	})
	return out, nil
}

// Find reads the exchanges of a key. See [Ledger].
func (f *Folder) Find(ctx context.Context, key string) ([]*Exchange, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !keyPattern.MatchString(key) {
		return nil, fmt.Errorf("reading the ledger: %q is no key", key)
	}
	files, err := f.files(filepath.Join(f.dir, key[:2]), key)
	if err != nil {
		return nil, storeError("reading the ledger", err)
	}
	var out []*Exchange
	for _, name := range files {
		x, err := f.read(name)
		if err != nil {
			return nil, err
		}
		if x != nil {
			out = append(out, x)
		}
	}
	return out, nil
}

// All reads every exchange. See [Ledger].
func (f *Folder) All(ctx context.Context) iter.Seq2[*Exchange, error] {
	return func(yield func(*Exchange, error) bool) {
		dirs, err := os.ReadDir(f.dir)
		if err != nil {
			yield(nil, storeError("reading the ledger", err))
			return
		}
		for _, d := range dirs {
			files, err := f.files(filepath.Join(f.dir, d.Name()), "")
			if !d.IsDir() {
				continue
			}
			if err != nil {
				yield(nil, storeError("reading the ledger", err))
				return
			}
			for _, name := range files {
				x, err := f.read(name)
				if err == nil {
					err = ctx.Err()
				}
				if err == nil && x == nil {
					continue
				}
				if !yield(x, err) || err != nil {
					return
				}
			}
		}
	}
}

func storeError(doing string, err error) error {
	return &pipeline.Error{
		Code: pipeline.Unavailable,
		Hint: "check that the state folder is writable and the disk has room",
		Err:  fmt.Errorf("%s: %w", doing, err),
	}
}
