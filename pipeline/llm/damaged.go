package llm

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// damagedSuffix is put behind the name of a file that holds no exchange of its
// key.
const damagedSuffix = ".damaged"

// Damaged are the files that this handle met and that hold no exchange of
// their key, in the order met, each as it is called now: cut ones, and those
// with another request in them, were set aside under their name and ".damaged";
// those that cannot be read stand where they stood. None is deleted. For their
// keys they count as not stored.
func (f *Folder) Damaged() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.damaged)
}

// read reads one file; nil is a claim that was never filled, or a damaged file.
func (f *Folder) read(name exchangeName) (*Exchange, error) {
	b, err := os.ReadFile(name.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // pruned meanwhile
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.EIO):
		f.note(name.path) // it may be readable another time
		return nil, nil
	case err != nil:
		return nil, storeError("reading the ledger", err)
	case len(b) == 0:
		return nil, nil
	}
	x, err := DecodeExchange(b, name.key, name.sequence)
	if err != nil {
		f.setAside(name.path)
		return nil, nil
	}
	return x, nil
}

// setAside renames a damaged file, over nothing that is there already. Where
// that cannot be done it stays, and is met again.
func (f *Folder) setAside(path string) {
	to := path + damagedSuffix
	if _, err := os.Lstat(to); err != nil && os.Rename(path, to) == nil {
		path = to
	}
	f.note(path)
}

func (f *Folder) note(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.damaged, path) {
		f.damaged = append(f.damaged, path)
	}
}
