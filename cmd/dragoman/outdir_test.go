package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"dragoman/pipeline"
)

func TestFolderName(t *testing.T) {
	for id, want := range map[string]string{
		"ankara-2016":      "ankara-2016",
		"Çavuşoğlu_1.2":    "Çavuşoğlu_1.2",
		"":                 "article",
		"..":               "article",
		"../../etc/passwd": "etc-passwd",
		"a/b\\c:d*e?f":     "a-b-c-d-e-f",
		"/abs":             "abs",
		".hidden":          "hidden",
		"trailing. ":       "trailing",
		"CON":              "_CON",
		"nul.txt":          "_nul.txt",
		"com1":             "_com1",
		"a\x00b\x1b[31m":   "a-b--31m",
		"a b":              "a-b",
		"\u202eevil":       "evil",
	} {
		if got := folderName(id); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

func FuzzFolderName(f *testing.F) {
	f.Add("../x")
	f.Add(strings.Repeat("ы", 300))
	f.Fuzz(func(t *testing.T, id string) {
		name := folderName(id)
		if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `/\:*?"<>|`) || len(name) > maxFolderName+1 || !utf8.ValidString(name) {
			t.Fatalf("%q became %q", id, name)
		}
		if again := folderName(name); again != name && !strings.HasPrefix(again, "_") {
			t.Fatalf("%q became %q and then %q", id, name, again)
		}
	})
}

func TestLongNamesStayApart(t *testing.T) {
	a, b := folderName(strings.Repeat("x", 200)+"a"), folderName(strings.Repeat("x", 200)+"b")
	if a == b {
		t.Errorf("two ids share %s", a)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	first, err := openOut(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openOut(dir)
	held, ok := errors.AsType[*locked](err)
	if !ok || held.pid == "" {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	second, err := openOut(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLockLeftByAKilledRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, lockName), []byte("999999\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := openOut(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestWrite(t *testing.T) {
	out, err := openOut(filepath.Join(t.TempDir(), "new", "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	doc := docWith(pipeline.Translated)
	doc.Source.ID = "../escape"
	folder := filepath.Join(out.path, "escape")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tr.md", temporary + "en.md", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := out.write(doc)
	if err != nil || got != folder {
		t.Fatalf("got %s, %v", got, err)
	}
	if got := names(t, folder); got != "document.json en.md notes.txt report.html ru.md" {
		t.Errorf("there are %s", got)
	}
}

func TestWriteDoesNotFollowLinks(t *testing.T) {
	elsewhere := t.TempDir()
	dir := t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(dir, "a")); err != nil {
		t.Skip(err)
	}
	out, err := openOut(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := out.write(docWith(pipeline.Translated)); !errors.As(err, new(*outputError)) {
		t.Errorf("got %v", err)
	}
	if got := names(t, elsewhere); got != "" {
		t.Errorf("written outside: %s", got)
	}
}

func TestWriteAllOrNothing(t *testing.T) {
	out, err := openOut(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	doc := docWith(pipeline.Translated)
	if _, err := out.write(doc); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(out.path, "a")
	before, err := os.ReadFile(filepath.Join(folder, "en.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = out.writeFile("a", "en.md", doc, func(w io.Writer, _ *pipeline.Document) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return errors.New("disk full")
	})
	if err == nil {
		t.Fatal("no error")
	}
	after, err := os.ReadFile(filepath.Join(folder, "en.md"))
	if err != nil || string(after) != string(before) {
		t.Errorf("the file changed: %q, %v", after, err)
	}
	if strings.Contains(names(t, folder), temporary) {
		t.Error("a temporary file is left")
	}
}
