package outdir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestRemoveArticle(t *testing.T) {
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	write := func(names ...string) {
		t.Helper()
		for _, name := range names {
			path := filepath.Join(d.Path, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	is := func(name string) bool {
		_, err := os.Lstat(filepath.Join(d.Path, name))
		return err == nil
	}
	write("a/en.md", "a/ru.md", "a/report.html", "a/document.json", "a/"+Temporary+"tr.md", Temporary+"a/document.json", "b/document.json", "b/en.md", "b/notes.txt", "b/sub/en.md")
	removed, left, err := d.RemoveArticle("a")
	want := []string{Temporary + "a/document.json", "a/" + Temporary + "tr.md", "a/document.json", "a/en.md", "a/report.html", "a/ru.md"}
	slices.Sort(want)
	if err != nil || left || !slices.Equal(removed, want) {
		t.Errorf("removed %v, want %v; left %v, %v", removed, want, left, err)
	}
	if is("a") || is(Temporary+"a") || !is("b/en.md") {
		t.Error("what was removed is there, or what was not is gone")
	}
	removed, left, err = d.RemoveArticle("b")
	if err != nil || !left || len(removed) != 2 || !is("b/notes.txt") || !is("b/sub/en.md") {
		t.Errorf("with files of others: %v, %v, %v", removed, left, err)
	}
	if removed, left, err := d.RemoveArticle("none"); err != nil || left || len(removed) != 0 {
		t.Errorf("what is not there: %v, %v, %v", removed, left, err)
	}

	// Nothing outside the folder is touched, whatever a name or a link says.
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "en.md"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(d.Path, "link")); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"link", "..", ".", "a/b", "/", ""} {
		if removed, _, err := d.RemoveArticle(name); err == nil || len(removed) != 0 {
			t.Errorf("%q: %v, %v", name, removed, err)
		}
	}
	if _, err := os.Stat(filepath.Join(outside, "en.md")); err != nil {
		t.Error(err)
	}
}
