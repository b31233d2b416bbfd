//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/llm/llmtest"
)

// write writes a file of the desk and gives its path.
func (d *desk) write(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// ends runs the program and holds its exit code against what it must be.
func (d *desk) ends(want int, args ...string) {
	d.t.Helper()
	if code := d.run(args...); code != want {
		d.t.Fatalf("%s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, d.log())
	}
}

// called holds the number of calls since the last look against what it must be.
func (d *desk) called(want int, why string) {
	d.t.Helper()
	if got := d.model.Count(); got != want {
		d.t.Errorf("%s: %d calls, want %d\n%s", why, got, want, d.log())
	}
	d.model.Reset()
}

// asked are the calls since the last look: each by its stage and language, with
// the sentences it asks about.
func (d *desk) asked() []string {
	var out []string
	for _, r := range d.model.Requests() {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s", r.Task, r.To))+": "+strings.Join(r.Sentences, " | "))
	}
	d.model.Reset()
	slices.Sort(out)
	return out
}

// lines reads results.jsonl by article.
func (d *desk) lines(out string) map[string]resultLine {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, out, "results.jsonl"))
	if err != nil {
		d.t.Fatal(err)
	}
	lines := map[string]resultLine{}
	for dec := json.NewDecoder(bytes.NewReader(b)); dec.More(); {
		var l resultLine
		if err := dec.Decode(&l); err != nil {
			d.t.Fatal(err)
		}
		lines[l.ID] = l
	}
	return lines
}

// resultLine is what the tests read of results.jsonl.
type resultLine struct {
	ID, State, Origin, Folder string
	Paths                     []string
	Calls, Stored             int
	Error                     *struct{ Message string }
}

// states are the articles of results.jsonl by id.
func (d *desk) states(out string) map[string]string {
	states := map[string]string{}
	for id, l := range d.lines(out) {
		states[id] = l.State
	}
	return states
}

// TestSoakRerun runs a batch again: nothing is asked, and the engine is
// not even opened, which is seen by the files that it would make.
func TestSoakRerun(t *testing.T) {
	t.Parallel()
	n := 12
	if *soak {
		n = 10_000
	}
	d := newDesk(t, "", llmtest.Options{Quiet: true})
	args := []string{"batch", articles(t, d.dir, n), "-o", "out", "-q"}
	d.ends(0, args...)
	d.results(filepath.Join(d.dir, "out"), n)
	before := editionsIn(t, filepath.Join(d.dir, "out"))
	d.model.Reset()
	engine, err := filepath.Glob(filepath.Join(d.state, "*-jobs.db*"))
	if err != nil || len(engine) == 0 {
		t.Fatalf("no database of jobs in the state: %v, %v", engine, err)
	}
	for _, name := range engine {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	d.ends(0, args...)
	d.called(0, "run again")
	if engine, _ = filepath.Glob(filepath.Join(d.state, "*-jobs.db*")); len(engine) > 0 {
		t.Errorf("the engine was opened with nothing to do: %v", engine)
	}
	if !maps.Equal(before, editionsIn(t, filepath.Join(d.dir, "out"))) {
		t.Error("the editions are not what they were")
	}
	d.results(filepath.Join(d.dir, "out"), n)

	// One article's folder is lost: it comes back without a call.
	if err := os.RemoveAll(filepath.Join(d.dir, "out", "a00003")); err != nil {
		t.Fatal(err)
	}
	d.ends(0, args...)
	d.called(0, "a folder was lost")
	if !maps.Equal(before, editionsIn(t, filepath.Join(d.dir, "out"))) {
		t.Error("the lost folder did not come back as it was")
	}
}

// TestOneSentenceChanged changes one sentence of one article among others:
// asked are that sentence, its two translations, the summary, and the
// translations of the summary sentences that changed. Nothing else.
func TestOneSentenceChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	for i := range 4 {
		d.write(fmt.Sprintf("in/a%d.txt", i), articleText(i))
	}
	d.ends(0, "batch", "in", "-o", "out", "-q")
	all := len(d.asked())
	old := articleText(2)
	begin := strings.Index(old, "Residents of ")
	sentence, _, _ := strings.Cut(old[begin:], " A school")
	changed := strings.Replace(sentence, "smaller", "larger", 1)
	text := strings.Replace(old, sentence, changed, 1)
	d.write("in/a2.txt", text)
	d.ends(0, "batch", "in", "-o", "out", "-q")
	whole := strings.NewReplacer("\n\n", " | ", ". ", ". | ").Replace(strings.TrimSpace(text))
	want := []string{
		"correct/edits: " + changed,
		"summarize/brief: " + whole,
		"translate/article ru: " + changed,
		"translate/article tr: " + changed,
		// Of the summary's sentences, the short summary's second alone is made of it.
		"translate/summary ru: " + changed,
		"translate/summary tr: " + changed,
	}
	if got := d.asked(); !slices.Equal(got, want) || changed == sentence {
		t.Errorf("of %d calls at first, now:\n%s\nwant:\n%s", all, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
