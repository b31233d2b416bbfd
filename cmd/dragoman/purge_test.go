package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/schedule"
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

// Of an article of a schedule its entry stays, so that it is not bought again;
// it is found by its address, and its sinks are told.
func TestPurgeOfASchedule(t *testing.T) {
	d := newCareDesk(t)
	ctx := t.Context()
	cfg := &config.Config{State: d.state}
	env := &environment{stdout: &d.stdout, stderr: &d.stderr, now: d.now}
	kept := &keeping{cfg: cfg, now: d.now}
	st, err := kept.store(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.close()
	collection, link := schedule.Collection("news"), "https://news.example.org/a"
	for _, id := range []string{"x-1", "x-2"} {
		art := &pipeline.Article{ID: id}
		body, err := batch.EncodeArticle(art)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			st.Documents.Put(ctx, &store.Document{Collection: collection, ID: id, Folder: id, Origin: link + id, State: store.DocDone, Article: body, Updated: d.now()}),
			st.Entries.Remember(ctx, store.Entry{Collection: collection, Key: link + id, Content: "sha256:1" + id, Document: id, First: d.now()}),
			st.Deliveries.Add(ctx, store.Delivery{ID: "msg_" + id, Collection: collection, Document: id, Sink: "web", State: store.DeliveryHeld, Headline: "Canary " + id, Made: d.now()}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	report := json.RawMessage(`{"items":[{"document":"x-1","headline":"Canary x-1"},{"document":"x-2","headline":"Canary x-2"}]}`)
	if _, _, err := st.Firings.Claim(ctx, store.Firing{Schedule: "news", Due: d.now(), State: store.FiringDone, Report: report}); err != nil {
		t.Fatal(err)
	}
	if err := st.Schedules.Apply(ctx, store.Schedule{Name: "news", Spec: json.RawMessage(`{}`)}); err != nil {
		t.Fatal(err)
	}
	told := ""
	p := &purging{env: env, cfg: cfg, st: st, sinks: func(_ context.Context, _ *store.Store, collection, id string, dry bool) (sunk, error) {
		told += fmt.Sprint(collection, " ", id, " ", dry, ";")
		return sunk{removed: []string{"/site/" + id}}, nil
	}}
	for _, name := range []string{"x-1", link + "x-1"} {
		if s, err := p.find(ctx, name, ""); err != nil || s.row == nil || s.row.ID != "x-1" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	s, err := p.find(ctx, link+"x-1", collection)
	if err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		a, err := p.purge(ctx, s, dry)
		if err != nil || a.Firings != 1 || a.Gone[store.KindDeliveries].Rows != 1 || a.Gone[store.KindTexts].Rows != 1 || !slices.Equal(a.Files, []string{"/site/x-1"}) {
			t.Errorf("dry %v: %+v, %v", dry, a, err)
		}
		if !strings.Contains(strings.Join(a.Notes, ";"), "its schedule does not buy it again") {
			t.Errorf("notes: %q", a.Notes)
		}
	}
	if want := collection + " x-1 true;" + collection + " x-1 false;"; told != want {
		t.Errorf("the sinks were told %q, want %q", told, want)
	}
	if known, _, err := st.Entries.Known(ctx, collection, []string{link + "x-1"}, nil); err != nil || len(known) != 1 {
		t.Errorf("the entry: %v, %v", known, err)
	}
	if found := traces(t, d.state, "Canary x-1"); len(found) > 0 {
		t.Errorf("left:\n%s", strings.Join(found, "\n"))
	}
	if found := traces(t, d.state, "Canary x-2"); len(found) == 0 {
		t.Error("the other article is gone too")
	}
	if _, err := p.find(ctx, "x-1", ""); err == nil {
		t.Error("a purged article is found")
	}
}
