package llm_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
)

// A process that is killed while it appends loses nothing that was
// acknowledged, and leaves nothing that cannot be read.
func TestFolderKilled(t *testing.T) {
	if dir := os.Getenv("LEDGER_KILL_DIR"); dir != "" {
		appendForEver(t, dir)
		return
	}
	dir := t.TempDir()
	acknowledged := 0
	for round := range 6 {
		c := exec.Command(os.Args[0], "-test.run=^TestFolderKilled$")
		c.Env = append(os.Environ(), "LEDGER_KILL_DIR="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 5+7*round && lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "kept") {
				n++
				acknowledged++
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it managed to say before it died
			if strings.HasPrefix(lines.Text(), "kept") {
				acknowledged++
			}
		}
		c.Wait() //nolint:errcheck // it was killed
	}
	found, last := 0, 0
	for x, err := range openFolder(t, dir).All(context.Background()) {
		if err != nil {
			t.Fatalf("after the kills: %v", err)
		}
		if string(x.Reply.Body) != string(ledgertest.Exchange(1).Reply.Body) || x.Sequence <= last {
			t.Errorf("number %d is damaged", x.Sequence)
		}
		found, last = found+1, x.Sequence
	}
	if found < acknowledged || found > acknowledged+6 {
		t.Errorf("%d exchanges kept, %d acknowledged, 6 kills", found, acknowledged)
	}
}

func appendForEver(t *testing.T, dir string) {
	l := openFolder(t, dir)
	for {
		if err := l.Append(context.Background(), ledgertest.Exchange(1)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("kept")
	}
}

// Whatever stands in a file of the ledger, reading it ends in an exchange of
// its key or in none.
func FuzzExchangeFile(f *testing.F) {
	f.Add([]byte(`{"stage":"translate","messages":[{"role":"user","content":"x"}],"body":"y","sent":"2026-11-22T18:00:00Z"}`))
	f.Add([]byte(`{"bytes":"AP8=","durationMs":-1}`))
	f.Add([]byte(`[]`))
	key := ledgertest.Exchange(1).Key
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		l, err := llm.OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, key[:2]), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, key[:2], key+"-0001.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		xs, err := l.Find(context.Background(), key)
		if err != nil || len(xs) > 0 && (xs[0].Key != key || llm.Key(&xs[0].Request) != key || xs[0].Sequence != 1) {
			t.Errorf("%+v, %v", xs, err)
		}
	})
}

// Whatever stands in a recording, opening the folder ends in recordings or a
// typed error.
func FuzzRecordingFile(f *testing.F) {
	f.Add([]byte(authoredRU))
	f.Add([]byte(`{"request":{"stage":"x","prompt":"y","temperature":0,"messages":[{"role":"user","content":{}}]},"response":{"content":"z"}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		for name, b := range map[string][]byte{llm.RecordingsFile: []byte(`{"model":"m","provenance":"authored","profile":{}}`), "a-1.json": content} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, update := range []bool{false, true} {
			r, err := llm.OpenRecordings(dir, update)
			if err != nil {
				if pipeline.CodeOf(err) != pipeline.Invalid {
					t.Errorf("not typed: %v", err)
				}
				continue
			}
			if _, err := r.Next(keyed("ru", "rules", "s1", "s2")); err != nil && pipeline.CodeOf(err) != pipeline.Invalid {
				t.Errorf("not typed: %v", err)
			}
		}
	})
}

// The call travels in the context, and nothing else is taken for it.
func TestCallInContext(t *testing.T) {
	if llm.CallFrom(context.Background()) != nil {
		t.Error("a call out of nowhere")
	}
	call := &llm.Call{Request: &llm.Request{Stage: "correct"}}
	ctx, cancel := context.WithCancel(llm.WithCall(context.Background(), call))
	defer cancel()
	if llm.CallFrom(ctx) != call {
		t.Error("the call was lost")
	}
	other := &llm.Call{}
	if llm.CallFrom(llm.WithCall(ctx, other)) != other || llm.CallFrom(ctx) != call {
		t.Error("the inner call does not win, or the outer changed")
	}
}

func TestDigest(t *testing.T) {
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := llm.Digest(nil); got != empty {
		t.Errorf("the digest of nothing is %s", got)
	}
	if llm.Digest([]byte("a")) == llm.Digest([]byte("b")) {
		t.Error("two texts, one digest")
	}
}

// A folder of recordings is laid out for people who read it in a repository:
// readable by all, nothing executable.
func TestRecordingsModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	r, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Live, Note: "for the test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Record(exchange(keyed("ru", "rules", "s1"), 200, ""), answer(`{"s1":"a"}`)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !json.Valid(b) || !strings.HasSuffix(string(b), "}\n") {
			t.Errorf("%s is no JSON with a line end", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A folder that cannot be written says so, with a hint; as the owner of
// everything this test would prove nothing.
func TestRecordCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	if _, err := llm.NewRecordings(filepath.Join(file, "x"), llm.RecordingsInfo{}); pipeline.CodeOf(err) != pipeline.Unavailable {
		t.Errorf("beneath a file: %v", err)
	}
	if err := llm.SaveProfile(filepath.Join(file, "x"), llm.Profile{}); pipeline.CodeOf(err) != pipeline.Unavailable {
		t.Errorf("a profile beneath a file: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "replies")
	r, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Live})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	err = r.Record(exchange(keyed("ru", "rules", "s1"), 200, ""), nil)
	if e, ok := err.(*pipeline.Error); !ok || e.Code != pipeline.Unavailable || e.Hint == "" {
		t.Errorf("into a folder that is gone: %v", err)
	}
}

func ExampleNewSecret() {
	key := llm.NewSecret("sk-live-0123456789abcdef")
	fmt.Printf("%v %+v %q\n", key, struct{ Key llm.Secret }{key}, key)
	fmt.Println(key.Redact("the provider says: wrong key sk-live-0123456789abcdef"))
	// Output:
	// [redacted] {Key:[redacted]} [redacted]
	// the provider says: wrong key [redacted]
}

func ExampleOpenRecordings() {
	dir, err := os.MkdirTemp("", "replies")
	if err != nil {
		return
	}
	defer os.RemoveAll(dir)
	tape, err := llm.NewRecordings(filepath.Join(dir, "a"), llm.RecordingsInfo{Model: "m", Provenance: llm.Live})
	if err != nil {
		fmt.Println(err)
		return
	}
	call := &llm.Call{Request: &llm.Request{Stage: "summarize", Prompt: "summarize/brief@1", Model: "m"}}
	x := &llm.Exchange{Key: llm.Key(call.Request), Request: *call.Request, Reply: llm.Reply{Status: 200}}
	if err := tape.Record(x, &llm.Answer{Text: `{"headline":"Envoy shot"}`, Finish: llm.Stop}); err != nil {
		fmt.Println(err)
		return
	}
	recordings, err := llm.OpenRecordings(filepath.Join(dir, "a"), false)
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := recordings.Next(call)
	fmt.Println(got.File, got.Answer.Text, len(recordings.Unused()), err)
	// Output: summarize-brief-1.json {"headline":"Envoy shot"} 0 <nil>
}
