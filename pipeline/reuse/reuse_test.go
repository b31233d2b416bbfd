package reuse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestKeyCoversEveryField(t *testing.T) {
	base := Key{"translate", "ru", "He said no.", "", "sha256:1", "m"}
	seen := map[string]string{base.String(): "base"}
	v := reflect.ValueOf(&base).Elem()
	for i := range v.NumField() {
		k := base
		reflect.ValueOf(&k).Elem().Field(i).SetString("changed")
		if other, dup := seen[k.String()]; dup {
			t.Errorf("changing %s gives the key of %s", v.Type().Field(i).Name, other)
		}
		seen[k.String()] = v.Type().Field(i).Name
	}
	if (Key{Stage: "ab", Lang: "c"}).String() == (Key{Stage: "a", Lang: "bc"}).String() {
		t.Error("parts run together")
	}
}

func TestChooseWantsOneNeighbourTheSame(t *testing.T) {
	entry := func(before, after, value string) Entry {
		return Entry{Before: before, After: after, Value: json.RawMessage(`"` + value + `"`)}
	}
	for _, tc := range []struct {
		name    string
		entries []Entry
		want    string
	}{
		{"none kept", nil, ""},
		{"both other", []Entry{entry("x", "y", "other article")}, ""},
		{"one the same", []Entry{entry("b", "y", "one")}, `"one"`},
		{"both before one", []Entry{entry("b", "a", "both"), entry("b", "y", "one")}, `"both"`},
		{"the latest of equals", []Entry{entry("b", "a", "old"), entry("b", "a", "new")}, `"new"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, ok := Choose(tc.entries, "b", "a")
			if ok != (tc.want != "") || string(e.Value) != tc.want {
				t.Errorf("got %q %v, want %q", e.Value, ok, tc.want)
			}
		})
	}
}

func TestFolderKeepsEntriesOverProcessesAndTornLines(t *testing.T) {
	dir := t.TempDir()
	open := func() *Folder {
		f, err := NewFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	a := Entry{Key: "k1", Stage: "translate", Lang: "ru", Value: json.RawMessage(`"раз"`)}
	b := Entry{Key: "k2", Stage: "translate", Lang: "ru", Failed: true, Problems: []string{"cut"}}
	if err := open().Put([]Entry{a}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "translate-ru.jsonl")
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	torn.WriteString(`{"key":"k9","val`)
	torn.Close()
	if err := open().Put([]Entry{b}); err != nil {
		t.Fatal(err)
	}
	f := open()
	for _, want := range []Entry{a, b} {
		got, err := f.Find("translate", "ru", want.Key)
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: %+v, %v", want.Key, got, err)
		}
	}
	if got, _ := f.Find("translate", "tr", "k1"); got != nil {
		t.Error("found under another language")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}
