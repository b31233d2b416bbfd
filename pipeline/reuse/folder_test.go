package reuse

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

func folder(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func value(s string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", s)) }

// values are the values that a new process finds under a key, oldest first.
func values(t *testing.T, dir, key string) []string {
	t.Helper()
	entries, err := folder(t, dir).Find("translate", "ru", key)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, string(e.Value))
	}
	return out
}

func TestAnEntryComesBackWithEveryField(t *testing.T) {
	dir := t.TempDir()
	want := Entry{
		Key: "k", Stage: "translate", Lang: "ru", Before: "b", After: "a", Value: json.RawMessage(`{"text":"«Да» <b>&"}`),
		Model: "m", Failed: true, Problems: []string{"one", "two"}, Exchange: "x",
	}
	v := reflect.ValueOf(want)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Fatalf("the test leaves %s out", v.Type().Field(i).Name)
		}
	}
	if err := folder(t, dir).Put([]Entry{want}); err != nil {
		t.Fatal(err)
	}
	got, err := folder(t, dir).Find("translate", "ru", "k")
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	var a, b any
	if json.Unmarshal(got[0].Value, &a) != nil || json.Unmarshal(want.Value, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("value %s", got[0].Value)
	}
	got[0].Value, want.Value = nil, nil
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v, want %+v", got[0], want)
	}
}

// A file may be damaged in any way: what is whole in it is found.
func TestDamagedLinesArePassedOver(t *testing.T) {
	const good1, good2 = `{"key":"k","before":"","after":"","value":"one"}`, `{"key":"k","before":"","after":"","value":"two"}`
	for name, file := range map[string]string{
		"sound":                  good1 + "\n" + good2 + "\n",
		"empty lines":            "\n\n" + good1 + "\n\n\n" + good2 + "\n\n",
		"no end of the last":     good1 + "\n" + good2,
		"torn before the next":   good1 + "\n" + `{"key":"k","val` + "\n" + good2 + "\n",
		"no JSON":                good1 + "\nhello\n" + good2 + "\n",
		"another shape":          good1 + "\n[1,2]\n7\nnull\n\"k\"\n" + good2 + "\n",
		"no key":                 good1 + "\n" + `{"value":"three"}` + "\n" + good2 + "\n",
		"zeros after a crash":    good1 + "\n" + strings.Repeat("\x00", 500) + "\n" + good2 + "\n",
		"a field of wrong type":  good1 + "\n" + `{"key":"k","failed":"yes"}` + "\n" + good2 + "\n",
		"fields of a later time": strings.Replace(good1, "{", `{"since":"2030",`, 1) + "\n" + good2 + "\n",
		"carriage returns":       good1 + "\r\n" + good2 + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "translate-ru.jsonl"), []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := values(t, dir, "k"); !slices.Equal(got, []string{`"one"`, `"two"`}) {
				t.Fatalf("%v", got)
			}
			if err := folder(t, dir).Put([]Entry{{Key: "k", Stage: "translate", Lang: "ru", Value: value("three")}}); err != nil {
				t.Fatal(err)
			}
			if got := values(t, dir, "k"); !slices.Equal(got, []string{`"one"`, `"two"`, `"three"`}) {
				t.Errorf("after the next write: %v", got)
			}
		})
	}
}

func TestEachStageAndLanguageHasItsFile(t *testing.T) {
	dir := t.TempDir()
	entries := []Entry{
		{Key: "k", Stage: "correct", Value: value("a")},
		{Key: "k", Stage: "translate", Lang: "ru", Value: value("b")},
		{Key: "k", Stage: "translate", Lang: "tr", Value: value("c")},
		{Key: "k", Stage: "summary", Lang: "tr", Value: value("d")},
	}
	f := folder(t, dir)
	if err := f.Put(entries); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got, err := f.Find(e.Stage, e.Lang, "k")
		if err != nil || len(got) != 1 || string(got[0].Value) != string(e.Value) {
			t.Errorf("%s %s: %+v, %v", e.Stage, e.Lang, got, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, x := range files {
		names = append(names, x.Name())
		info, err := x.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", x.Name(), info.Mode(), err)
		}
	}
	if want := []string{"correct.jsonl", "summary-tr.jsonl", "translate-ru.jsonl", "translate-tr.jsonl"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}

// A name never leads out of the folder.
func TestNothingIsWrittenOutsideTheFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f := folder(t, dir)
	if err := f.Put([]Entry{{Key: "k", Stage: "../outside"}}); err == nil {
		t.Error("written outside")
	}
	if files, _ := os.ReadDir(parent); len(files) != 1 {
		t.Errorf("%v", files)
	}
}

// What could not be written is not found either: all of a Put or none.
func TestAPutThatFailsLeavesNothing(t *testing.T) {
	t.Run("no file can be made", func(t *testing.T) {
		dir := t.TempDir()
		f := folder(t, dir)
		if _, err := f.Find("translate", "ru", "k"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "translate-ru.jsonl"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := f.Put([]Entry{{Key: "k", Stage: "translate", Lang: "ru", Value: value("one")}}); err == nil {
			t.Fatal("no error")
		}
		if got, _ := f.Find("translate", "ru", "k"); len(got) != 0 {
			t.Errorf("found all the same: %+v", got)
		}
	})
	t.Run("a value that is no JSON", func(t *testing.T) {
		dir := t.TempDir()
		f := folder(t, dir)
		err := f.Put([]Entry{
			{Key: "k", Stage: "translate", Lang: "ru", Value: value("one")},
			{Key: "k", Stage: "translate", Lang: "ru", Value: json.RawMessage(`{"s1":`)},
		})
		if err == nil {
			t.Fatal("no error")
		}
		if got, _ := f.Find("translate", "ru", "k"); len(got) != 0 {
			t.Errorf("found all the same: %+v", got)
		}
		if got := values(t, dir, "k"); len(got) != 0 {
			t.Errorf("written all the same: %v", got)
		}
	})
}

func TestAFolderMustBeThere(t *testing.T) {
	if _, err := NewFolder(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "correct.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := folder(t, dir).Find("correct", "", "k"); err == nil {
		t.Errorf("a file that cannot be read is empty: %v", got)
	}
}

// A desk that loses the folder pays again and no more: an emptied one works.
func TestAForgottenFolderStartsAgain(t *testing.T) {
	dir := t.TempDir()
	if err := folder(t, dir).Put([]Entry{{Key: "k", Stage: "translate", Lang: "ru", Value: value("one")}}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "translate-ru.jsonl")); err != nil {
		t.Fatal(err)
	}
	if got := values(t, dir, "k"); got != nil {
		t.Errorf("%v", got)
	}
	if err := folder(t, dir).Put([]Entry{{Key: "k", Stage: "translate", Lang: "ru", Value: value("two")}}); err != nil {
		t.Fatal(err)
	}
	if got := values(t, dir, "k"); !slices.Equal(got, []string{`"two"`}) {
		t.Errorf("%v", got)
	}
}

// Two processes on one folder: lines never run into one another.
func TestWritesSideBySideAreAllFound(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for _, f := range []*Folder{folder(t, dir), folder(t, dir)} {
		for i := range 8 {
			wg.Go(func() {
				for j := range 5 {
					e := Entry{Key: fmt.Sprintf("k%d", i), Stage: "translate", Lang: "ru", Value: value(strings.Repeat("слово ", 50*j))}
					if err := f.Put([]Entry{e, e}); err != nil {
						t.Error(err)
					}
					if got, err := f.Find("translate", "ru", e.Key); err != nil || len(got) < 2*(j+1) {
						t.Errorf("%d entries, %v", len(got), err)
					}
				}
			})
		}
	}
	wg.Wait()
	for i := range 8 {
		if got := values(t, dir, fmt.Sprintf("k%d", i)); len(got) != 20 {
			t.Errorf("k%d: %d entries", i, len(got))
		}
	}
}

func TestNoneKeepsNothing(t *testing.T) {
	var s Store = None{}
	if err := s.Put([]Entry{{Key: "k", Stage: "translate"}}); err != nil {
		t.Error(err)
	}
	if got, err := s.Find("translate", "", "k"); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestPutOfNothingMakesNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := folder(t, dir).Put(nil); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%v", files)
	}
}

// All is what an upgrade takes over: every entry of every file, oldest first,
// without torn lines.
func TestAllEntries(t *testing.T) {
	dir := t.TempDir()
	f := folder(t, dir)
	for i, e := range []Entry{{Stage: "translate", Lang: "ru"}, {Stage: "correct"}, {Stage: "translate", Lang: "ru"}} {
		e.Key, e.Value = "k", value(fmt.Sprint(i))
		if err := f.Put([]Entry{e}); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"translate-tr.jsonl": `{"key":"torn","st`, "notes.txt": `{"key":"k"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for e, err := range folder(t, dir).All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Stage+string(e.Value))
	}
	if want := []string{`correct"1"`, `translate"0"`, `translate"2"`}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for range f.All() {
		break // stopping early is allowed
	}
	if err := os.Mkdir(filepath.Join(dir, "z.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range f.All() {
		last = err
	}
	if last == nil {
		t.Error("a file that cannot be read is passed over")
	}
}
