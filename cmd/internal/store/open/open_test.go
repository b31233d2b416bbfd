package open

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/folder"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
	"dragoman/pipeline/reuse"
)

func at(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := Open(context.Background(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestForms(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ url, file string }{
		{filepath.Join(dir, "a"), "a/dragoman.db"},
		{filepath.Join(dir, "with:colon"), "with:colon/dragoman.db"},
		{"sqlite:" + filepath.Join(dir, "b", "x.db"), "b/x.db"},
		{"folder:" + filepath.Join(dir, "c"), "c/replies"},
	} {
		s := at(t, c.url)
		if _, err := os.Stat(filepath.Join(dir, c.file)); err != nil {
			t.Errorf("%s: %v", c.url, err)
		}
		if (s.Runs == nil) != strings.HasPrefix(c.url, "folder:") {
			t.Errorf("%s: runs are %v", c.url, s.Runs)
		}
	}
	for _, url := range []string{
		"", "sqlite:", "sqlite://x", "sqlite::memory:", "folder:", "folder://x", "mysql://user:hushhush@host/x", "https://host/x", "postgres://user:hushhush@[::1/x",
	} {
		_, err := Open(context.Background(), url, nil)
		e, ok := err.(*pipeline.Error)
		if !ok || e.Code != pipeline.Invalid || e.Hint == "" || strings.Contains(fmt.Sprint(e, e.Hint), "hushhush") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// files are what is in a folder, by path and content.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "dragoman.db") {
			return err
		}
		b, err := os.ReadFile(path)
		found[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// older makes a folder as an older program left it, with n replies of one key,
// the second of which is damaged.
func older(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	s, err := folder.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for i := range n {
		x := ledgertest.Exchange(1)
		x.Reply.Body = []byte(fmt.Sprint("reply \xff", i+1))
		if err := s.Ledger.Append(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	key := ledgertest.Exchange(1).Key
	damaged := filepath.Join(dir, folder.Replies, key[:2], key+"-0002.json")
	for name, content := range map[string]string{damaged: "{", damaged + ".damaged": "earlier"} { // so that it stays in its place
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []string{"1", "2"} {
		if err := s.Settled.Put([]reuse.Entry{{Key: "k", Stage: "correct", Before: "b", Value: []byte(v)}, {Key: "k", Stage: "translate", Lang: "ru"}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Decisions.Remember(ctx, &pipeline.Decisions{Edits: map[string]pipeline.Decision{"e-1": {State: "accepted", Reason: "why"}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Profiles.Save(ctx, "http://h/v1", "m", llm.Profile{Slots: 3}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, folder.Profiles, "bad.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// An upgrade pays for nothing again, loses no decision, and leaves the old
// files alone.
func TestTakenOver(t *testing.T) {
	const n = importBatch + 3
	dir, ctx := older(t, n), context.Background()
	before := files(t, dir)
	var wg sync.WaitGroup
	for range 4 { // all of them at once
		wg.Go(func() {
			s, err := Open(ctx, dir, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := at(t, dir)
	xs, err := s.Ledger.Find(ctx, ledgertest.Exchange(1).Key)
	if err != nil || len(xs) != n-1 {
		t.Fatalf("%d replies, %v", len(xs), err)
	}
	for i, x := range xs {
		want := i + 1
		if want > 1 {
			want++
		}
		if x.Sequence != want || string(x.Reply.Body) != fmt.Sprint("reply \xff", want) {
			t.Fatalf("at %d stands number %d: %q", i, x.Sequence, x.Reply.Body)
		}
	}
	next := ledgertest.Exchange(1)
	if err := s.Ledger.Append(ctx, next); err != nil || next.Sequence != n+1 {
		t.Errorf("the next has number %d, %v", next.Sequence, err)
	}
	if got, err := s.Settled.Find("correct", "", "k"); err != nil || len(got) != 1 || string(got[0].Value) != "2" {
		t.Errorf("settled: %+v, %v", got, err)
	}
	if d, err := s.Decisions.Recall(ctx); err != nil || d.Edits["e-1"].Reason != "why" {
		t.Errorf("decisions: %+v, %v", d, err)
	}
	if p, stored, err := s.Profiles.Load(ctx, "http://h/v1", "m"); err != nil || !stored || p.Slots != 3 {
		t.Errorf("profile: %+v, %v, %v", p, stored, err)
	}
	if after := files(t, dir); !reflect.DeepEqual(after, before) {
		t.Error("the old files were changed")
	}
	if left, err := filepath.Glob(filepath.Join(dir, importing)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, folder.Replies)); err != nil {
		t.Fatal(err)
	}
	if xs, err := at(t, dir).Ledger.Find(ctx, next.Key); err != nil || len(xs) != n {
		t.Errorf("opened again: %d replies, %v", len(xs), err)
	}
}

// What cannot be taken over whole is not taken over, and the next try begins
// anew.
func TestNotTakenOver(t *testing.T) {
	dir, ctx := older(t, 3), context.Background()
	file := filepath.Join(dir, folder.DecisionsFile)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Open(ctx, dir, nil); pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), file) {
			t.Errorf("with broken decisions: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, File)); err == nil {
			t.Fatal("half a database is there")
		}
	}
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	s := at(t, dir)
	if xs, err := s.Ledger.Find(ctx, ledgertest.Exchange(1).Key); err != nil || len(xs) != 2 {
		t.Errorf("mended: %d replies, %v", len(xs), err)
	}
}
