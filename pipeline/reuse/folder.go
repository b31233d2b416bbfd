package reuse

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"sync"
)

// Folder is a Store of JSON Lines files, one a stage and language. A Put is one
// append, so that a killed process leaves all of it or none; a torn last line
// is passed over when the file is read.
type Folder struct {
	root *os.Root

	mu     sync.Mutex
	loaded map[string]map[string][]Entry // file name to key to entries
}

// NewFolder keeps entries under dir, which must exist.
func NewFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of settled answers: %w", err)
	}
	return &Folder{root: root, loaded: map[string]map[string][]Entry{}}, nil
}

// Close releases the folder.
func (f *Folder) Close() error { return f.root.Close() }

func fileName(stage, lang string) string {
	if lang == "" {
		return stage + ".jsonl"
	}
	return stage + "-" + lang + ".jsonl"
}

// Find gives the entries of a key, oldest first.
func (f *Folder) Find(stage, lang, key string) ([]Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	byKey, err := f.load(fileName(stage, lang))
	if err != nil {
		return nil, err
	}
	return byKey[key], nil
}

// Put appends the entries. They are found only when they are written.
func (f *Folder) Put(entries []Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	files := map[string]*bytes.Buffer{}
	for _, e := range entries {
		name := fileName(e.Stage, e.Lang)
		if _, err := f.load(name); err != nil {
			return err
		}
		if files[name] == nil {
			files[name] = bytes.NewBufferString("\n") // ends a line that a crash may have torn
		}
		if err := json.NewEncoder(files[name]).Encode(e); err != nil {
			return fmt.Errorf("keeping a settled answer: %w", err)
		}
	}
	for name, b := range files {
		if err := f.appendTo(name, b.Bytes()); err != nil {
			return fmt.Errorf("keeping settled answers: %w", err)
		}
	}
	for _, e := range entries {
		byKey := f.loaded[fileName(e.Stage, e.Lang)]
		byKey[e.Key] = append(byKey[e.Key], e)
	}
	return nil
}

// All gives every entry, file by file and in each oldest first: for whoever
// takes the folder over. It stops at the first error.
func (f *Folder) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		files, err := fs.ReadDir(f.root.FS(), ".")
		if err != nil {
			yield(Entry{}, fmt.Errorf("reading settled answers: %w", err))
			return
		}
		for _, file := range files {
			if !strings.HasSuffix(file.Name(), ".jsonl") {
				continue
			}
			err := f.each(file.Name(), func(e Entry) bool { return yield(e, nil) })
			if errors.Is(err, errStop) {
				return
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
		}
	}
}

// errStop says that nobody wants more.
var errStop = errors.New("stopped")

func (f *Folder) appendTo(name string, b []byte) error {
	out, err := f.root.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return errors.Join(err, out.Close())
}

// load reads a file once; f.mu is held.
func (f *Folder) load(name string) (map[string][]Entry, error) {
	if byKey, ok := f.loaded[name]; ok {
		return byKey, nil
	}
	byKey := map[string][]Entry{}
	err := f.each(name, func(e Entry) bool {
		byKey[e.Key] = append(byKey[e.Key], e)
		return true
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f.loaded[name] = byKey
	return byKey, nil
}

// each reads the entries of a file. Where do returns false, the error is
// errStop.
func (f *Folder) each(name string, do func(Entry) bool) error {
	in, err := f.root.Open(name)
	if err != nil {
		return fmt.Errorf("reading settled answers: %w", err)
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e Entry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Key != "" && !do(e) {
			return errStop
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading settled answers in %s: %w", name, err)
	}
	return nil
}

// None is a Store that keeps nothing: for --replay and --fresh.
type None struct{}

// Find finds nothing.
func (None) Find(_, _, _ string) ([]Entry, error) { return nil, nil }

// Put keeps nothing.
func (None) Put(_ []Entry) error { return nil }
