package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/llmtest"
)

// wordsOf are sentences of an article, of its summary and of its editions.
func wordsOf(t *testing.T, document string) []string {
	t.Helper()
	b, err := os.ReadFile(document)
	var doc pipeline.Document
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, s := range doc.Normalized.Sentences() {
		words = append(words, s.Text)
	}
	for _, tr := range doc.Translations {
		for _, u := range tr.Article {
			words = append(words, u.Target)
		}
	}
	words = slices.DeleteFunc(words, func(s string) bool { return len(s) < 30 })
	if len(words) < 8 {
		t.Fatalf("%s holds %d long sentences", document, len(words))
	}
	return words
}

// written are the files below a folder, without what names times and runs.
func written(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"en.md", "ru.md", "tr.md"} {
		found, err := filepath.Glob(filepath.Join(dir, "*", name))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no %s, %v", dir, name, err)
		}
		for _, path := range found {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, path)
			files[rel] = ofThisRun.ReplaceAllString(string(b), "")
		}
	}
	for _, name := range []string{"results.jsonl"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue // of `run`
		}
		for line := range strings.Lines(string(b)) {
			var l struct{ ID, Headline, State string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			files[name+" "+l.ID] = l.Headline + " " + l.State
		}
	}
	return files
}

// With no-store-text no sentence of an article or an answer reaches the state,
// and what comes out is the same.
func TestNothingOfATextIsStored(t *testing.T) {
	bare, whole := newCareDesk(t), newCareDesk(t)
	for _, d := range []*careDesk{bare, whole} {
		d.file("in/a.txt", articleText(1))
		d.file("in/b.txt", articleText(2))
		d.file("in/c.txt", articleText(1)) // the same text
		d.file("in/empty.txt", "")
		d.file("one.txt", articleText(3))
		d.file("decisions.json", `{"findings":{"f-0123456789ab":{"state":"waived","reason":"the mayor himself told the night desk"}}}`)
		// A sentence that fails, for its findings.
		d.model.Inject(llmtest.Injection{Kind: llmtest.SentenceEnglish, Task: "translate", To: "ru", Sentence: "p2s1"})
	}
	all := func(d *careDesk, more ...string) {
		t.Helper()
		d.run(append([]string{"run", filepath.Join(d.dir, "one.txt"), "-o", filepath.Join(d.dir, "single"), "--decisions", filepath.Join(d.dir, "decisions.json")}, more...)...)
		d.run(append([]string{"batch", filepath.Join(d.dir, "in"), "-o", filepath.Join(d.dir, "out")}, more...)...)
	}
	all(bare, "--no-store-text")
	all(whole)
	if n, m := bare.calls(), whole.calls(); n != m || n == 0 {
		t.Errorf("%d calls without texts in the state, %d with them", n, m)
	}
	for _, out := range []string{"single", "out"} {
		got, want := written(t, filepath.Join(bare.dir, out)), written(t, filepath.Join(whole.dir, out))
		if !maps.Equal(got, want) {
			t.Errorf("%s: other files:\n%v\nwant\n%v", out, got, want)
		}
	}
	words := append(wordsOf(t, filepath.Join(bare.dir, "out", "a", "document.json")), wordsOf(t, filepath.Join(bare.dir, "single", "one", "document.json"))...)
	words = append(words, "the night desk")
	if found := traces(t, bare.state, words...); len(found) > 0 {
		t.Errorf("the state holds texts:\n%s", strings.Join(found, "\n"))
	}
	if found := traces(t, whole.state, words...); len(found) < len(words) {
		t.Errorf("the search finds %d texts in a state that holds %d", len(found), len(words))
	}

	// The editions stand, so nothing is asked; a new run does not know the answers.
	bare.run("batch", filepath.Join(bare.dir, "in"), "-o", filepath.Join(bare.dir, "out"), "--no-store-text")
	if n := bare.calls(); n != 0 {
		t.Errorf("%d calls for editions that stand", n)
	}
	if got, want := written(t, filepath.Join(bare.dir, "out")), written(t, filepath.Join(whole.dir, "out")); !maps.Equal(got, want) {
		t.Errorf("after a second run: other files:\n%v\nwant\n%v", got, want)
	}
	if err := os.RemoveAll(filepath.Join(bare.dir, "out", "b")); err != nil {
		t.Fatal(err)
	}
	bare.run("batch", filepath.Join(bare.dir, "in"), "-o", filepath.Join(bare.dir, "out"), "--no-store-text")
	if n := bare.calls(); n == 0 {
		t.Error("an edition that is nowhere any more was made without a call")
	}
	if got, want := written(t, filepath.Join(bare.dir, "out"))["b/ru.md"], written(t, filepath.Join(whole.dir, "out"))["b/ru.md"]; got != want {
		t.Errorf("made again, the edition is\n%s\nwant\n%s", got, want)
	}
	if found := traces(t, bare.state, words...); len(found) > 0 {
		t.Errorf("the state holds texts:\n%s", strings.Join(found, "\n"))
	}
	bare.want(0, "replies", "list")
	if !bytes.Contains(bare.stdout.Bytes(), []byte("200 no text")) {
		t.Errorf("the replies:\n%s", bare.stdout.String())
	}

	// What there is of it can be purged, and the report keeps its headlines.
	before := written(t, filepath.Join(bare.dir, "out"))
	bare.want(0, "purge", "a", "--yes", "--json")
	if a := bare.account(); a.Gone[store.KindReplies].Rows == 0 || a.Gone[store.KindTexts].Rows != 1 || len(a.Files) != 5 {
		t.Errorf("purged: %+v", a)
	}
	bare.want(0, "purge", "c", "--yes")
	for name := range before {
		if strings.HasPrefix(name, "a/") || strings.HasPrefix(name, "c/") || strings.HasSuffix(name, " a") || strings.HasSuffix(name, " c") {
			delete(before, name)
		}
	}
	if after := written(t, filepath.Join(bare.dir, "out")); !maps.Equal(after, before) {
		t.Errorf("after the purge: %v\nwant %v", after, before)
	}
}
