package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A lock dies with its process, however it dies.
func TestLockOfKilled(t *testing.T) {
	ctx := context.Background()
	if file := os.Getenv("STORE_LOCK_FILE"); file != "" {
		if l, err := openAt(t, file).Locks.Try(ctx, "l"); l == nil || err != nil {
			t.Fatal(l, err)
		}
		fmt.Println("held")
		select {}
	}
	file := filepath.Join(t.TempDir(), "dragoman.db")
	s := openAt(t, file)
	defer s.Close()
	c := exec.Command(os.Args[0], "-test.run=^TestLockOfKilled$")
	c.Env = append(os.Environ(), "STORE_LOCK_FILE="+file)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	if l, err := s.Locks.Try(ctx, "l"); l != nil || err != nil {
		t.Fatalf("beside the child: %v, %v", l, err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait() //nolint:errcheck // it was killed
	l, err := s.Locks.Try(ctx, "l")
	if l == nil || err != nil {
		t.Fatalf("after its death: %v, %v", l, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// The files of locks are their owner's alone, and a place that cannot be
// written is told.
func TestLockFiles(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "dragoman.db")
	s := openAt(t, file)
	defer s.Close()
	l, err := s.Locks.Try(ctx, "l")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(file+lockFolder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files: %v, %v", files, err)
	}
	for path, want := range map[string]os.FileMode{file + lockFolder: 0o700, files[0]: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %o", path, info.Mode(), err, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(file + lockFolder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+lockFolder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Locks.Try(ctx, "l")
	unavailable(t, "a file in the folder's place", err, lockFolder)
}
