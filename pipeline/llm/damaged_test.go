package llm_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
)

// A file that holds no exchange of its key is set aside and costs only itself:
// the others are found, nothing is deleted, and its number is not given again.
func TestDamagedFiles(t *testing.T) {
	whole := func(t *testing.T, path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	tests := []struct {
		name    string
		content func(t *testing.T, path, other string) string
	}{
		{"cut in the middle", func(t *testing.T, path, _ string) string { s := whole(t, path); return s[:len(s)/2] }},
		{"cut at its last byte", func(t *testing.T, path, _ string) string { s := whole(t, path); return s[:len(s)-2] }},
		{"zeros", func(*testing.T, string, string) string { return string(make([]byte, 300)) }},
		{"no object", func(*testing.T, string, string) string { return "null" }},
		{"another program's", func(*testing.T, string, string) string { return `{"name":"x","version":1}` }},
		{"another request's", func(t *testing.T, _, other string) string { return whole(t, other) }},
		{"something behind it", func(t *testing.T, path, _ string) string { return whole(t, path) + "{" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			l := openFolder(t, dir)
			for _, n := range []int{1, 1, 1, 2} {
				if err := l.Append(context.Background(), ledgertest.Exchange(n)); err != nil {
					t.Fatal(err)
				}
			}
			key, other := ledgertest.Exchange(1).Key, ledgertest.Exchange(2).Key
			path := filepath.Join(dir, key[:2], key+"-0003.json")
			content := tt.content(t, path, filepath.Join(dir, other[:2], other+"-0001.json"))
			write(t, path, content)

			folder, err := llm.OpenFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			xs, err := folder.Find(context.Background(), key)
			if err != nil || len(xs) != 2 {
				t.Errorf("%d found, %v", len(xs), err)
			}
			if got := folder.Damaged(); !slices.Equal(got, []string{path + ".damaged"}) {
				t.Errorf("damaged: %v", got)
			}
			if got := whole(t, path+".damaged"); got != content {
				t.Errorf("set aside: %q", got)
			}
			n := 0
			for _, err := range openFolder(t, dir).All(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			again := ledgertest.Exchange(1)
			if err := folder.Append(context.Background(), again); err != nil || n != 3 || again.Sequence != 4 {
				t.Errorf("%d in all, the next has number %d, %v", n, again.Sequence, err)
			}
		})
	}
}

// All sets aside what it meets, as Find does; a file that cannot be read stays
// where it is, and one set aside before is never written over.
func TestDamagedStays(t *testing.T) {
	dir := t.TempDir()
	x := ledgertest.Exchange(1)
	sub := filepath.Join(dir, x.Key[:2])
	if err := os.MkdirAll(filepath.Join(sub, x.Key+"-0002.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(sub, x.Key+"-0001.json"), "{")
	write(t, filepath.Join(sub, x.Key+"-0001.json.damaged"), "before")
	write(t, filepath.Join(sub, x.Key+"-0003.json"), "{")
	l, err := llm.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for x, err := range l.All(context.Background()) {
			t.Errorf("%v, %v", x, err)
		}
	}
	want := []string{
		filepath.Join(sub, x.Key+"-0001.json"), filepath.Join(sub, x.Key+"-0002.json"), filepath.Join(sub, x.Key+"-0003.json.damaged"),
	}
	if got := l.Damaged(); !slices.Equal(got, want) {
		t.Errorf("damaged: %v", got)
	}
	if b, err := os.ReadFile(want[0] + ".damaged"); err != nil || string(b) != "before" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(sub, x.Key+"-0003.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stands twice: %v", err)
	}
}
