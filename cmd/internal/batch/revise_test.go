package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// revisedDoc is an edition of an article of these sentences, a paragraph each.
func revisedDoc(date string, sentences ...string) *pipeline.Document {
	source, norm := &pipeline.Article{ID: "x"}, &pipeline.Article{ID: "x"}
	blocks := []pipeline.Block{{ID: "d1", Kind: pipeline.Dateline, Sentences: []pipeline.Sentence{{ID: "d1s1", Text: date}}}}
	for i, s := range sentences {
		id := fmt.Sprint("p", i+1)
		blocks = append(blocks, pipeline.Block{ID: id, Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: s}}})
	}
	norm.Body = blocks
	for _, b := range blocks {
		source.Body = append(source.Body, pipeline.Block{Kind: b.Kind, Sentences: []pipeline.Sentence{{Text: b.Text()}}})
	}
	return &pipeline.Document{Source: source, Normalized: norm, Origin: pipeline.Origin{Date: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}}
}

// finish puts an edition into a row and gives what it says, and its digest.
func finish(t *testing.T, row *store.Document, doc *pipeline.Document) (said, digest string) {
	t.Helper()
	digest, err := Finish(row, store.DocDone, doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	stored, again, err := Stored(row)
	if err != nil || again != digest {
		t.Fatalf("what was stored cannot be read: %v", err)
	}
	r := stored.Revision
	if r == nil {
		return "none", digest
	}
	return fmt.Sprintf("%v %v %v %v of %s", r.Changed, r.Added, r.Moved, r.Removed, r.Of), digest
}

func TestFinishOfARevision(t *testing.T) {
	row := &store.Document{ID: "x"}
	said, first := finish(t, row, revisedDoc("Monday", "One.", "Two came."))
	if said != "none" {
		t.Errorf("the first edition: %s", said)
	}
	if said, _ = finish(t, row, revisedDoc("Monday", "One.", "Two came.")); said != "none" {
		t.Errorf("the first edition made again: %s", said)
	}
	said, second := finish(t, row, revisedDoc("Tuesday", "One.", "Three came.", "Four."))
	want := "[p2s1] [p3s1] [] [] of " + first
	if said != want {
		t.Errorf("another text: %s, want %s", said, want)
	}
	if said, again := finish(t, row, revisedDoc("Tuesday", "One.", "Three came.", "Four.")); said != want || again != second {
		t.Errorf("made again of the same text: %s (%s), want %s (%s)", said, again, want, second)
	}
	said, third := finish(t, row, revisedDoc("Wednesday", "One.", "Three came.", "Four."))
	if said != want {
		t.Errorf("another date line alone: %s, want %s", said, want)
	}
	if said, _ = finish(t, row, revisedDoc("Wednesday", "One.", "Four.")); said != "[] [] [] [{p2s1 Three came.}] of "+third {
		t.Errorf("a third text: %s", said)
	}
}

// What cannot be compared is no revision, and no error.
func TestFinishWithoutARevision(t *testing.T) {
	recut := revisedDoc("Monday", "One.", "Three came.")
	recut.Normalized.Body[2].ID, recut.Normalized.Body[2].Sentences[0].ID = "p1", "p1s2"
	earlier := revisedDoc("Monday", "One.", "Three came.")
	earlier.Revision = &pipeline.Revision{Of: "sha256:1", Changed: []string{"p2s1"}}
	row := &store.Document{ID: "x"}
	if _, err := Finish(row, store.DocDone, earlier, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stored []byte
		doc    *pipeline.Document
	}{
		"none before":                      {nil, revisedDoc("Monday", "One.")},
		"damaged before":                   {[]byte("{"), revisedDoc("Monday", "One.")},
		"its sentences were cut otherwise": {row.Result, recut},
		"refused by normalize":             {row.Result, &pipeline.Document{Source: earlier.Source}},
	} {
		if said, _ := finish(t, &store.Document{ID: "x", Result: c.stored}, c.doc); said != "none" {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// An article that changed between two batches says so in its files.
func TestBatchOfARevision(t *testing.T) {
	dir := tree(t, map[string]string{"one.txt": "Storm\n\nA storm hit the coast on Monday. Some houses were damaged.\n"})
	o := &office{t: t, desk: newDesk(t), in: dir, out: outFolder(t), docs: newShelf()}
	o.batch(deskPlan())
	if got := readFile(t, o.out, "one/document.json"); strings.Contains(got, `"revision"`) {
		t.Error("the first edition is a revision")
	}
	changed := "Storm\n\nA storm hit the coast on Tuesday. Some houses were damaged. Nobody was hurt.\n"
	if err := os.WriteFile(filepath.Join(dir, "one.txt"), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	o.batch(deskPlan())
	if got := readFile(t, o.out, "one/ru.md"); !strings.Contains(got, "> Обновлено. Предложения: изменено 1 (p1s1), добавлено 1 (p1s3).") {
		t.Errorf("got %.600s", got)
	}
}
