package batchapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"syscall"

	"dragoman/pipeline"
)

// OpenFolder is a state in a folder of JSON files, one a submission:
// DIR/ID.json. The folder is made if need be, for the owner only (0700, files
// 0600). A file appears whole or not at all.
func OpenFolder(dir string) (State, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, stateError("opening the state of batches", err)
	}
	return &folder{dir}, nil
}

type folder struct{ dir string }

// idPattern guards the path.
var idPattern = regexp.MustCompile(`^[a-z]+-[0-9a-f]{8,64}$`)

func (f *folder) path(id string) (string, error) {
	if !idPattern.MatchString(id) {
		return "", fmt.Errorf("naming a submission's file: %q is no id", id)
	}
	return filepath.Join(f.dir, id+".json"), nil
}

func (f *folder) Save(ctx context.Context, s Submission) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := f.path(s.ID)
	if err != nil {
		return err
	}
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("saving a submission: %w", err)
	}
	if err := writeFile(name, append(b, '\n')); err != nil {
		return stateError("saving a submission", err)
	}
	return nil
}

// Load skips what is no submission's file. A file that holds none is an error:
// it may stand for a batch that is paid for.
func (f *folder) Load(ctx context.Context) ([]Submission, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, stateError("loading submissions", err)
	}
	var out []Submission
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id, ok := cutJSON(e.Name())
		if !ok {
			continue
		}
		b, err := os.ReadFile(filepath.Join(f.dir, e.Name()))
		if err != nil {
			return nil, stateError("loading submissions", err)
		}
		var s Submission
		if err := json.Unmarshal(b, &s); err != nil || s.ID != id {
			return nil, stateError("loading submissions", fmt.Errorf("%s holds no submission: move it away to go on without it", filepath.Join(f.dir, e.Name())))
		}
		out = append(out, s)
	}
	slices.SortFunc(out, older)
	return out, nil
}

func cutJSON(name string) (id string, ok bool) {
	ext := filepath.Ext(name)
	id = name[:len(name)-len(ext)]
	return id, ext == ".json" && idPattern.MatchString(id)
}

func (f *folder) Delete(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := f.path(id)
	if err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return stateError("forgetting a submission", err)
	}
	return nil
}

func stateError(doing string, err error) error {
	return &pipeline.Error{
		Code: pipeline.Unavailable, Hint: "free some space, or give another state",
		Err: fmt.Errorf("%s: %w", doing, err),
	}
}

// writeFile puts a file in its place whole: a temporary file beside it,
// synced, renamed, and the folder synced.
func writeFile(name string, b []byte) (err error) {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, ".tmp-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err := tmp.Write(b); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), name); err != nil || runtime.GOOS == "windows" {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
