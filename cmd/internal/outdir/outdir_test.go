package outdir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

func TestName(t *testing.T) {
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
		if got := Name(id); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("../x")
	f.Add(strings.Repeat("ы", 300))
	f.Fuzz(func(t *testing.T, id string) {
		name := Name(id)
		if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `/\:*?"<>|`) || len(name) > MaxName+1 || !utf8.ValidString(name) {
			t.Fatalf("%q became %q", id, name)
		}
		if again := Name(name); again != name && !strings.HasPrefix(again, "_") {
			t.Fatalf("%q became %q and then %q", id, name, again)
		}
	})
}

func TestLongNamesStayApart(t *testing.T) {
	a, b := Name(strings.Repeat("x", 200)+"a"), Name(strings.Repeat("x", 200)+"b")
	if a == b {
		t.Errorf("two ids share %s", a)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir)
	held, ok := errors.AsType[*Locked](err)
	if !ok || held.PID == "" {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	second, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLockLeftByAKilledRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, LockName), []byte("999999\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := Open(dir)
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
	out, err := Open(filepath.Join(t.TempDir(), "new", "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	doc := docWith(pipeline.Translated)
	folder := filepath.Join(out.Path, "a")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tr.md", Temporary + "en.md", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := out.Write("a", doc)
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
	out, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := out.Write("a", docWith(pipeline.Translated)); err == nil {
		t.Errorf("got %v", err)
	}
	if got := names(t, elsewhere); got != "" {
		t.Errorf("written outside: %s", got)
	}
}

func TestWriteAllOrNothing(t *testing.T) {
	out, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	doc := docWith(pipeline.Translated)
	if _, err := out.Write("a", doc); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(out.Path, "a")
	before, err := os.ReadFile(filepath.Join(folder, "en.md"))
	if err != nil {
		t.Fatal(err)
	}
	failing := File{Name: "report.html", Write: func(w io.Writer) error {
		_, err := w.Write([]byte("half"))
		return errors.Join(err, errors.New("disk full"))
	}}
	changed := File{Name: "en.md", Write: func(w io.Writer) error {
		_, err := w.Write([]byte("new"))
		return err
	}}
	if err := out.write("a", []File{changed, failing}); err == nil {
		t.Fatal("no error")
	}
	if err := out.write("b", []File{changed, failing}); err == nil {
		t.Fatal("no error")
	}
	if got := names(t, out.Path); got != LockName+" a" {
		t.Errorf("there are %s", got)
	}
	after, err := os.ReadFile(filepath.Join(folder, "en.md"))
	if err != nil || string(after) != string(before) {
		t.Errorf("the file changed: %q, %v", after, err)
	}
	if strings.Contains(names(t, folder), Temporary) {
		t.Error("a temporary file is left")
	}
}

func TestOpenWhatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); !errors.As(err, new(*Unusable)) {
		t.Errorf("got %v", err)
	}
}

func TestWriteStaysInside(t *testing.T) {
	out, err := Open(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, folder := range []string{"", ".", "..", "../x", "/x", "a/b", "a/../b"} {
		if _, err := out.Write(folder, docWith(pipeline.Translated)); err == nil {
			t.Errorf("%q was written", folder)
		}
	}
	if got := names(t, out.Path); got != LockName {
		t.Errorf("there are %s", got)
	}
}

func TestSweep(t *testing.T) {
	out, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := os.MkdirAll(filepath.Join(out.Path, Temporary+"x", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out.Path, Temporary+"y"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(out.Path, "kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := out.Sweep(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, out.Path); got != LockName+" kept" {
		t.Errorf("there are %s", got)
	}
}

func TestProbe(t *testing.T) {
	out, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Probe(); err != nil {
		t.Errorf("got %v", err)
	}
	if got := names(t, out.Path); got != LockName {
		t.Errorf("there are %s", got)
	}
	if err := os.RemoveAll(out.Path); err != nil {
		t.Fatal(err)
	}
	err = out.Probe()
	if e, ok := errors.AsType[*pipeline.Error](err); !ok || e.Code != pipeline.Unavailable || e.Hint == "" {
		t.Errorf("got %v", err)
	}
	_ = out.Close()
}

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	if err := Room(dir, 0); err != nil {
		t.Errorf("got %v", err)
	}
	if _, known := free(dir); !known {
		t.Skip("this system does not tell")
	}
	err := Room(dir, 1<<62)
	if e, ok := errors.AsType[*pipeline.Error](err); !ok || e.Code != pipeline.Unavailable || e.Hint == "" {
		t.Errorf("got %v", err)
	}
}

func TestSizeAndBetter(t *testing.T) {
	out, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, ok := out.Size("a/" + DocumentFile); ok {
		t.Error("a size before anything is written")
	}
	if _, err := out.Write("a", docWith(pipeline.Translated)); err != nil {
		t.Fatal(err)
	}
	if n, ok := out.Size("a/" + DocumentFile); !ok || n == 0 {
		t.Errorf("got %d, %v", n, ok)
	}
	if _, better := out.Better("a", docWith(pipeline.Translated)); better {
		t.Error("the same is better than itself")
	}
	if at, better := out.Better("a", docWith(pipeline.Failed)); !better || at != filepath.Join(out.Path, "a") {
		t.Errorf("got %s, %v", at, better)
	}
}

// docWith is a document of one sentence with one translation in this state.
func docWith(state pipeline.State) *pipeline.Document {
	art := &pipeline.Article{ID: "a", InLanguage: language.English, Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: "One."}}}}}
	return &pipeline.Document{
		Source: art, Normalized: art, Corrected: art,
		Corrections: []pipeline.Unit{{ID: "p1s1", Source: "One.", Target: "One.", State: pipeline.Translated}},
		Translations: []pipeline.Translation{{Lang: language.Russian, Article: []pipeline.Unit{
			{ID: "p1s1", Source: "One.", Target: "Один.", State: state},
		}}},
	}
}
