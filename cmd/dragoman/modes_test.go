package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store/open"
)

// private holds everything below a folder against the modes of what is its
// owner's alone, and gives the names of the files.
func private(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %#o, want %#o", path, got, want)
		}
		names[e.Name()] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What is kept is its owner's alone, while it is open and after.
func TestTheStateIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	d := newCareDesk(t)
	in := d.file("in/a.txt", articleText(1))
	for _, transport := range []string{"live", "batch"} {
		d.want(0, "batch", in, "-o", filepath.Join(d.dir, "out-"+transport), "--transport", transport)
	}
	private(t, d.state)

	held, err := open.Open(t.Context(), d.state, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	lock, err := held.Locks.Try(t.Context(), "test")
	if err != nil || lock == nil {
		t.Fatal(lock, err)
	}
	defer lock.Close()
	url, leases := enginePlace(d.state, "live")
	engine, err := jobs.Open(t.Context(), jobs.Config{URL: url, Leases: leases, Concurrency: 1, Work: nobodysWork})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	names := private(t, d.state)
	for _, name := range []string{"dragoman.db", "dragoman.db-wal", "dragoman.db-shm", "dragoman-jobs.db", "dragoman-jobs.db-wal", "dragoman-leases"} {
		if !names[name] {
			t.Errorf("%s was not looked at: %v", name, names)
		}
	}

	// A state of readable files.
	d.state = "folder:" + filepath.Join(d.dir, "readable")
	d.want(0, "run", in)
	private(t, filepath.Join(d.dir, "readable"))
}

// An open key file is told of, once, and the key is not.
func TestAWideKeyFileIsToldOf(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	d := newCareDesk(t)
	key := d.file("key", "sk-very-secret")
	d.file("dragoman.yaml", "api-key-file: "+key+"\n")
	for mode, told := range map[os.FileMode]int{0o644: 1, 0o600: 0} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		d.want(0, "replies", "list", "--config", filepath.Join(d.dir, "dragoman.yaml"))
		if n := count(d.stderr.String(), "chmod 600 "+key); n != told || count(d.stderr.String(), "sk-very-secret") > 0 {
			t.Errorf("%#o: told %d times: %s", mode, n, d.stderr.String())
		}
	}
}

func count(s, part string) int { return strings.Count(s, part) }

// nobodysWork takes no job.
func nobodysWork(context.Context, jobs.Job) (jobs.Outcome, error) {
	return jobs.Outcome{}, jobs.ErrStopped
}
