package outdir

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// tree is an output folder with some things in it.
func tree(t *testing.T) *Dir {
	t.Helper()
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := d.MakeFolder("ru/articles"); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", "ru", "ru/articles"} {
		if err := d.WriteFile(folder, File{Name: "x.html", Write: func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }}); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestRemoveFile(t *testing.T) {
	d := tree(t)
	outside := filepath.Join(t.TempDir(), "kept")
	if err := os.Mkdir(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(d.Path, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		there, fail bool
	}{
		{"ru/articles/x.html", true, false},
		{"ru/articles/x.html", false, false},
		{"no/such/file", false, false},
		{"x.html", true, false},
		{"link", true, false},
		{"ru", false, true},
		{"ru/x.html", true, false},
		{"..", false, true},
		{"", false, true},
		{".", false, true},
		{"/etc", false, true},
		{"a/../../b", false, true},
	} {
		there, err := d.RemoveFile(c.name)
		if there != c.there || (err != nil) != c.fail {
			t.Errorf("%q: %v, %v", c.name, there, err)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("what a link leads to is gone: %v", err)
	}
	if got := names(t, d.Path); got != LockName+" ru" {
		t.Errorf("left: %s", got)
	}
}

func TestReadFileAndMakeFolderStayInside(t *testing.T) {
	d := tree(t)
	if b, err := d.ReadFile("ru/x.html"); err != nil || string(b) != "x" {
		t.Errorf("got %q, %v", b, err)
	}
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(d.Path, "tr")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tr/articles", "../elsewhere"} {
		if err := d.MakeFolder(name); err == nil {
			t.Errorf("%s was made", name)
		}
		if _, err := d.ReadFile(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if got := names(t, outside); got != "" {
		t.Errorf("made outside: %s", got)
	}
}
