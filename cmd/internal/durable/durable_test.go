package durable

import (
	"os"
	"path/filepath"
	"testing"
)

// That the folders are synced shows in the test of power loss of
// cmd/dragoman, which reads the system calls.
func TestMkdirAll(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b", "c")
	for range 2 { // again: nothing to make
		if err := MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
			t.Fatalf("%v, %v", info, err)
		}
	}
	t.Chdir(top)
	if err := MkdirAll("d/e/", 0o700); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(top, "d", "e")); err != nil || !info.IsDir() {
		t.Errorf("a path from here: %v, %v", info, err)
	}
	file := filepath.Join(top, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "x")} {
		if err := MkdirAll(bad, 0o700); err == nil {
			t.Errorf("%s was made", bad)
		}
	}
	if err := Sync(filepath.Join(top, "nothing")); err == nil {
		t.Error("what is not there was synced")
	}
}
