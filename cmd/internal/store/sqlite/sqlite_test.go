package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/storetest"
)

func openAt(t testing.TB, file string, pragmas ...string) *store.Store {
	t.Helper()
	s, err := open(context.Background(), file, nil, busyTimeout, pragmas...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	var mu sync.Mutex
	files := map[*store.Store]string{}
	storetest.Run(t, func(t *testing.T) *store.Store {
		mu.Lock()
		defer mu.Unlock()
		file := filepath.Join(t.TempDir(), "state", "a b?#%41.db")
		s := openAt(t, file)
		files[s] = file
		return s
	}, func(t *testing.T, first *store.Store) *store.Store {
		mu.Lock()
		defer mu.Unlock()
		return openAt(t, files[first])
	})
}

func TestModes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "dragoman.db")
	s := openAt(t, file)
	defer s.Close()
	for path, want := range map[string]os.FileMode{filepath.Dir(file): 0o700, file: 0o600, file + "-wal": 0o600, file + "-shm": 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %o", path, info.Mode(), err, want)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := openAt(b, filepath.Join(b.TempDir(), "dragoman.db"))
	defer s.Close()
	storetest.BenchmarkAppend(b, s.Ledger, 64)
}
