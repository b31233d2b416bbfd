package batchapi_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
)

func folderState(t *testing.T) (batchapi.State, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "batches")
	s, err := batchapi.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func submission(n int, ids ...string) batchapi.Submission {
	return batchapi.Submission{
		ID: fmt.Sprintf("dragoman-%024x", n), Phase: batchapi.Gathered, Model: "m", CustomIDs: ids,
		Created: time.Date(2026, 11, 28, 12, n, 0, 5, time.UTC),
	}
}

// Every state keeps what it is given.
func TestStates(t *testing.T) {
	folder, _ := folderState(t)
	for name, s := range map[string]batchapi.State{"memory": batchapi.NewMemory(), "folder": folder} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			ids := []string{"d1-1", "d2-1"}
			for _, sub := range []batchapi.Submission{submission(3), submission(1, ids...), submission(2, "d3-2")} {
				if err := s.Save(ctx, sub); err != nil {
					t.Fatal(err)
				}
			}
			ids[0] = "changed by its owner"
			later := submission(2, "d3-2")
			later.Phase, later.InputFile, later.Batch = batchapi.Created, "file-1", "batch_1"
			if err := errors.Join(s.Save(ctx, later), s.Delete(ctx, submission(3).ID), s.Delete(ctx, submission(3).ID)); err != nil {
				t.Fatal(err)
			}
			got, err := s.Load(ctx)
			want := []batchapi.Submission{submission(1, "d1-1", "d2-1"), later}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("loaded %+v, %v; want %+v", got, err, want)
			}
			stopped, cancel := context.WithCancel(ctx)
			cancel()
			if err := s.Save(stopped, submission(9)); !errors.Is(err, context.Canceled) {
				t.Errorf("saving after the end: %v", err)
			}
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					if err := s.Save(ctx, submission(i%3+10, "d1-1")); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got, err := s.Load(ctx); err != nil || len(got) != 5 {
				t.Errorf("%d submissions, %v", len(got), err)
			}
		})
	}
}

func TestFolderFiles(t *testing.T) {
	s, dir := folderState(t)
	if err := s.Save(t.Context(), submission(1, "d1-1")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, submission(1).ID+".json")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files %v", entries)
	}
	for _, other := range []string{".tmp-1", "readme.txt", "notes.json"} {
		if err := os.WriteFile(filepath.Join(dir, other), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Load(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("%d submissions, %v", len(got), err)
	}
	if err := os.WriteFile(name, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); pipeline.CodeOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), name) {
		t.Errorf("a damaged file: %v", err)
	}
	for _, id := range []string{"", "../x-00000000", "dragoman-", "dragoman-0123/../../../x", "x"} {
		bad := submission(1)
		bad.ID = id
		if err := s.Save(t.Context(), bad); err == nil {
			t.Errorf("saved under %q", id)
		}
		if err := s.Delete(t.Context(), id); err == nil {
			t.Errorf("deleted %q", id)
		}
	}
}

// A folder that cannot be written stops everything before it is sent.
func TestNothingIsSentThatCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "", func(c *batchapi.Config) { c.State = full{} })
		for _, r := range p.askAll(3) {
			if pipeline.CodeOf(r.err) != pipeline.Unavailable || !strings.Contains(r.err.Error(), "no space") {
				t.Errorf("error %v", r.err)
			}
		}
		p.end(t)
		if n := p.count("POST /v1/files"); n != 0 {
			t.Errorf("%d uploads", n)
		}
	})
}

// full is a state on a full disk.
type full struct{}

func (full) Save(context.Context, batchapi.Submission) error { return errors.New("no space left") }

func (full) Load(context.Context) ([]batchapi.Submission, error) { return nil, nil }

func (full) Delete(context.Context, string) error { return errors.New("no space left") }

// The folder takes a process through a crash as memory does.
func TestRestartOnAFolder(t *testing.T) {
	for _, at := range []string{"save gathered", "POST /v1/batches", "save ended"} {
		state, dir := folderState(t)
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(llmtest.Batches{Latency: hour})
			w.state = state
			p := w.begin(t, at)
			p.askAll(5)
			p.end(t)
			p = w.begin(t, "")
			whole(t, p.askAll(5))
			p.end(t)
			w.once(t, 5)
			w.nothingLeft(t)
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
				t.Errorf("files %v, %v", entries, err)
			}
		})
	}
}

// A state that cannot be loaded is an error of the call, and is tried again.
func TestAStateThatCannotBeLoaded(t *testing.T) {
	state, dir := folderState(t)
	name := filepath.Join(dir, submission(1).ID+".json")
	if err := os.WriteFile(name, []byte("no JSON"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(llmtest.Batches{})
		p := w.begin(t, "", func(c *batchapi.Config) { c.State = state })
		for _, r := range p.askAll(2) {
			if pipeline.CodeOf(r.err) != pipeline.Unavailable {
				t.Errorf("error %v", r.err)
			}
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		whole(t, p.askAll(2))
		p.end(t)
	})
}
