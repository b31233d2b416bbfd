package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// sharing is an article that has its middle paragraph from the n-th.
func sharing(n, other int) string {
	own, theirs := strings.Split(articleText(n), "\n\n"), strings.Split(articleText(other), "\n\n")
	return strings.Join([]string{theirs[0], theirs[1], own[2], theirs[3]}, "\n\n")
}

// only are the texts that are in the first list alone.
func only(texts, others []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(s string) bool {
		return slices.ContainsFunc(others, func(o string) bool { return strings.Contains(o, s) || strings.Contains(s, o) })
	})
}

// firstFinding is the id of a finding in a document.
func firstFinding(t *testing.T, document string) string {
	t.Helper()
	var doc pipeline.Document
	b, err := os.ReadFile(document)
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err != nil || len(doc.Findings) == 0 {
		t.Fatalf("%s has no finding: %v", document, err)
	}
	return doc.Findings[0].ID
}

func (d *careDesk) account() purgeAccount {
	d.t.Helper()
	var a purgeAccount
	if err := json.Unmarshal(d.stdout.Bytes(), &a); err != nil {
		d.t.Fatalf("%v: %s", err, d.stdout.String())
	}
	return a
}

// After a purge no sentence of the article is anywhere, and an article that
// shares some of its answers costs nothing.
func TestPurge(t *testing.T) {
	d := newCareDesk(t)
	out := filepath.Join(d.dir, "out")
	d.file("in/a.txt", articleText(1))
	d.want(0, "batch", filepath.Join(d.dir, "in"), "-o", out)
	alone := d.calls()
	d.file("in/b.txt", sharing(1, 2))
	d.want(0, "batch", filepath.Join(d.dir, "in"), "-o", out)
	if n := d.calls(); n == 0 || n > alone {
		t.Fatalf("%d calls for an article that shares a paragraph, %d for a whole one", n, alone)
	}
	d.want(0, "run", d.file("in2/a.txt", articleText(1)), "-o", filepath.Join(d.dir, "single"))
	finding := firstFinding(t, filepath.Join(out, "a", "document.json"))
	d.want(0, "batch", filepath.Join(d.dir, "in"), "-o", out, "--decisions", d.file("d.json", `{"findings":{"`+finding+`":{"state":"waived","reason":"the night desk knows better"}}}`))
	d.calls()

	words := only(wordsOf(t, filepath.Join(out, "a", "document.json")), wordsOf(t, filepath.Join(out, "b", "document.json")))
	words = append(words, "the night desk knows better")
	if len(words) < 6 {
		t.Fatalf("the first article alone has %q", words)
	}
	for _, root := range []string{d.state, out} {
		if len(traces(t, root, words...)) == 0 {
			t.Fatalf("nothing of the article is in %s", root)
		}
	}

	d.want(2, "purge", "a") // no terminal to ask on
	d.want(2, "purge", "nobody", "--yes")
	if !strings.Contains(d.stderr.String(), "knows no article nobody") {
		t.Errorf("told: %s", d.stderr.String())
	}
	d.want(0, "purge", "a", "--dry-run", "--json")
	dry := d.account()
	if len(traces(t, out, words...)) == 0 {
		t.Error("a dry run took files away")
	}
	d.want(0, "purge", "a", "--yes", "--json")
	got := d.account()
	if got.Gone[store.KindTexts].Rows != 1 || got.Gone[store.KindReplies].Rows == 0 || got.Gone[store.KindSettled].Rows == 0 || got.Decisions != 1 || got.Jobs == 0 || len(got.Files) != 5 || len(got.Reports) != 1 {
		t.Errorf("purged %+v", got)
	}
	if dry.Jobs != got.Jobs || dry.Decisions != got.Decisions || !slices.Equal(dry.Files, got.Files) || dry.Gone[store.KindTexts] != got.Gone[store.KindTexts] {
		t.Errorf("told before %+v, after %+v", dry, got)
	}
	d.want(0, "purge", filepath.Join(d.dir, "single", "a"), "--yes")
	for _, root := range []string{d.state, out, filepath.Join(d.dir, "single")} {
		if found := traces(t, root, words...); len(found) > 0 {
			t.Errorf("left in %s:\n%s", root, strings.Join(found, "\n"))
		}
	}
	if b, err := os.ReadFile(filepath.Join(out, "results.jsonl")); err != nil || bytes.Contains(b, []byte(`"id":"a"`)) || !bytes.Contains(b, []byte(`"id":"b"`)) {
		t.Errorf("the report: %s, %v", b, err)
	}

	// The other article is as it was, here and made anew.
	if err := os.RemoveAll(filepath.Join(d.dir, "in", "a.txt")); err != nil {
		t.Fatal(err)
	}
	d.want(0, "batch", filepath.Join(d.dir, "in"), "-o", out)
	d.want(0, "batch", filepath.Join(d.dir, "in"), "-o", filepath.Join(d.dir, "again"))
	if n := d.calls(); n != 0 {
		t.Errorf("%d calls for the article that is left", n)
	}
	d.want(2, "purge", "a", "--yes")
	d.want(2, "purge", "b", "--yes") // of two collections
	if !strings.Contains(d.stderr.String(), "more than one article") {
		t.Errorf("told: %s", d.stderr.String())
	}
	second := wordsOf(t, filepath.Join(out, "b", "document.json"))
	d.want(0, "purge", "b", "--yes", "--collection", out)
	d.want(0, "purge", filepath.Join(d.dir, "in", "b.txt"), "--yes")
	if found := traces(t, d.state, second...); len(found) > 0 {
		t.Errorf("left:\n%s", strings.Join(found, "\n"))
	}
}
