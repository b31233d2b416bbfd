package llm_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
)

func TestMemory(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) llm.Ledger { return llm.NewMemory() }, nil)
}

func TestFolder(t *testing.T) {
	var dir string
	open := func(t *testing.T) llm.Ledger {
		dir = filepath.Join(t.TempDir(), "ledger")
		return openFolder(t, dir)
	}
	ledgertest.Run(t, open, func(t *testing.T, _ llm.Ledger) llm.Ledger { return openFolder(t, dir) })
}

func openFolder(t *testing.T, dir string) llm.Ledger {
	t.Helper()
	l, err := llm.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Files are for the owner only, readable JSON, and nothing else stays behind.
func TestFolderFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ledger")
	l := openFolder(t, dir)
	x := ledgertest.Exchange(1)
	if err := l.Append(context.Background(), x); err != nil {
		t.Fatal(err)
	}
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
			t.Errorf("%s has mode %o", path, mode)
		}
		if !d.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, x.Key[:2], x.Key+"-0001.json")
	if len(files) != 1 || files[0] != want {
		t.Fatalf("files %v, want %s", files, want)
	}
	b, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`"Rules <&>."`, `Çavuşoğlu`, "\n  \"status\": 200"} {
		if !strings.Contains(string(b), s) {
			t.Errorf("%s is not readable in the file:\n%s", s, b)
		}
	}
}

// A claim whose writer died, and other people's files, are skipped.
func TestFolderLeftovers(t *testing.T) {
	dir := t.TempDir()
	l := openFolder(t, dir)
	x := ledgertest.Exchange(1)
	sub := filepath.Join(dir, x.Key[:2])
	if err := os.MkdirAll(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(sub, x.Key+"-0001.json"), "")
	write(t, filepath.Join(sub, ".tmp-123"), "half")
	write(t, filepath.Join(sub, "notes.txt"), "mine")
	write(t, filepath.Join(dir, "README"), "mine")
	if err := l.Append(context.Background(), x); err != nil {
		t.Fatal(err)
	}
	if x.Sequence != 2 {
		t.Errorf("number %d, want 2: the claim stands", x.Sequence)
	}
	xs, err := l.Find(context.Background(), x.Key)
	if err != nil || len(xs) != 1 || xs[0].Sequence != 2 {
		t.Errorf("found %v, %v", xs, err)
	}
	n := 0
	for _, err := range l.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d exchanges, want 1", n)
	}
}

func TestFolderCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	if _, err := llm.OpenFolder(filepath.Join(file, "ledger")); pipeline.CodeOf(err) != pipeline.Unavailable {
		t.Errorf("opening beneath a file: %v", err)
	}
}

// Several processes append to one folder: every exchange is kept, each under a
// number of its own.
func TestFolderSeveralProcesses(t *testing.T) {
	const processes, each = 3, 15
	if dir := os.Getenv("LEDGER_TEST_DIR"); dir != "" {
		l := openFolder(t, dir)
		for range each {
			if err := l.Append(context.Background(), ledgertest.Exchange(1)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	dir := t.TempDir()
	var running []*exec.Cmd
	for range processes {
		c := exec.Command(os.Args[0], "-test.run=^TestFolderSeveralProcesses$")
		c.Env = append(os.Environ(), "LEDGER_TEST_DIR="+dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, c)
	}
	for _, c := range running {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	xs, err := openFolder(t, dir).Find(context.Background(), ledgertest.Exchange(1).Key)
	if err != nil || len(xs) != processes*each {
		t.Fatalf("%d exchanges, %v; want %d", len(xs), err, processes*each)
	}
	for i, x := range xs {
		if x.Sequence != i+1 {
			t.Errorf("at %d stands number %d", i, x.Sequence)
		}
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every part of the logical request changes the key; nothing else does.
func TestKey(t *testing.T) {
	base := ledgertest.Exchange(1).Request
	changed := map[string]func(r *llm.Request){
		"stage":       func(r *llm.Request) { r.Stage = "correct" },
		"model":       func(r *llm.Request) { r.Model = "m2" },
		"temperature": func(r *llm.Request) { r.Temperature = 0.3 },
		"max tokens":  func(r *llm.Request) { r.MaxTokens++ },
		"system":      func(r *llm.Request) { r.Messages = []llm.Message{{Role: "system", Content: "x"}, base.Messages[1]} },
		"user":        func(r *llm.Request) { r.Messages = []llm.Message{base.Messages[0], {Role: "user", Content: "x"}} },
		"role": func(r *llm.Request) {
			r.Messages = []llm.Message{base.Messages[0], {Role: "system", Content: base.Messages[1].Content}}
		},
		"one message": func(r *llm.Request) { r.Messages = base.Messages[:1] },
		"messages joined": func(r *llm.Request) {
			r.Messages = []llm.Message{{Role: "system", Content: base.Messages[0].Content + base.Messages[1].Content}}
		},
		"schema":    func(r *llm.Request) { r.Schema = []byte(`{"type":"array"}`) },
		"no schema": func(r *llm.Request) { r.Schema = nil },
	}
	seen := map[string]string{llm.Key(&base): "the request itself"}
	for name, change := range changed {
		r := base
		change(&r)
		if other, ok := seen[llm.Key(&r)]; ok {
			t.Errorf("%s gives the same key as %s", name, other)
		}
		seen[llm.Key(&r)] = name
	}
	same := map[string]func(r *llm.Request){
		"attempt":      func(r *llm.Request) { r.Attempt = 3 },
		"units":        func(r *llm.Request) { r.Units = nil },
		"language":     func(r *llm.Request) { r.Lang = "" },
		"prompt":       func(r *llm.Request) { r.Prompt, r.PromptDigest = "x", "y" },
		"schema name":  func(r *llm.Request) { r.SchemaName = "other" },
		"schema space": func(r *llm.Request) { r.Schema = []byte(` { "type" : "object" } `) },
	}
	for name, change := range same {
		r := base
		change(&r)
		if llm.Key(&r) != llm.Key(&base) {
			t.Errorf("%s changes the key", name)
		}
	}
	if k := llm.Key(&base); len(k) != 64 {
		t.Errorf("the key is %q", k)
	}
}

func ExampleOpenFolder() {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		return
	}
	defer os.RemoveAll(dir)
	ledger, err := llm.OpenFolder(dir)
	if err != nil {
		return
	}
	x := &llm.Exchange{Request: llm.Request{Stage: "translate", Model: "m"}, Reply: llm.Reply{Status: 200, Body: []byte("{}")}}
	x.Key = llm.Key(&x.Request)
	err = ledger.Append(context.Background(), x)
	found, _ := ledger.Find(context.Background(), x.Key)
	fmt.Println(x.Sequence, len(found), err)
	// Output: 1 1 <nil>
}
