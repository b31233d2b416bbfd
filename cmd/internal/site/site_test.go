package site

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

var opening = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

// passage is a block of one sentence, as a reading has it.
func passage(kind pipeline.Kind, id, text string) writer.Passage {
	return writer.Passage{Kind: kind, Rows: [][]writer.Said{{{ID: id, Text: text}}}}
}

// article is an article with the same text everywhere.
func article(id, text string, made time.Time, langs ...string) Article {
	a := Article{ID: id, URL: "https://news.example/" + id, Version: "sha256:" + text, Made: made, Author: "ai-autonomous"}
	for _, lang := range langs {
		a.Readings = append(a.Readings, writer.Reading{
			Lang: lang, Headline: text + " " + lang, Teaser: "Teaser: " + text, SummaryTitle: "Summary", DisclosureTitle: "Disclosure", Disclosure: "Made by a machine: " + text,
			Article: []writer.Passage{passage(pipeline.Headline, "h1s1", text+" "+lang), passage(pipeline.Paragraph, "p1s1", "It rained.")},
			Summary: []writer.Passage{{Label: "Key points", Rows: [][]writer.Said{{{ID: "sum.k1", Text: "Rain."}}, {{ID: "sum.k2", Text: "Wind."}}}}},
		})
	}
	return a
}

// build puts articles into a site and publishes it.
func build(t *testing.T, dir string, o Options, articles ...Article) {
	t.Helper()
	change(t, dir, o, func(s *Site) {
		for _, a := range articles {
			if err := s.Put(a); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// change opens a site, changes it and publishes it.
func change(t *testing.T, dir string, o Options, f func(s *Site)) {
	t.Helper()
	out, err := outdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s, err := Open(out, o)
	if err != nil {
		t.Fatal(err)
	}
	f(s)
	if err := s.Publish(); err != nil {
		t.Fatal(err)
	}
}

// contents are the files of a folder by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func names(files map[string]string) string {
	var out []string
	for name := range files {
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestTheFilesOfASite(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, Options{}, article("a", "First", opening, "en", "ru"), article("Ü/b", "Second", opening.AddDate(0, -2, 0), "en"))
	strange := batch.FolderName("Ü/b")
	want := ".dragoman-site-2026-09.json .dragoman-site-2026-11.json .dragoman-site.json archive/2026-09.html archive/2026-11.html articles/a.html articles/" + strange + ".html feed.xml index.html " +
		"ru/archive/2026-11.html ru/articles/a.html ru/feed.xml ru/index.html"
	if got := names(contents(t, dir)); got != want {
		t.Errorf("there are %s", got)
	}
}

func TestTheSameArticlesGiveTheSameBytes(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	a, b := article("a", "First", opening, "en", "ru"), article("b", "Second", opening, "en", "ru")
	build(t, one, Options{Title: "T"}, a, b)
	build(t, two, Options{Title: "T"}, a)
	build(t, two, Options{Title: "T"}, b, a, b)
	x, y := contents(t, one), contents(t, two)
	for name := range x {
		if x[name] != y[name] {
			t.Errorf("%s is not the same", name)
		}
	}
	if names(x) != names(y) {
		t.Errorf("there are %s and %s", names(x), names(y))
	}
}

func TestNothingNewWritesNothing(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, Options{}, article("a", "First", opening, "en"))
	if err := os.Remove(filepath.Join(dir, "index.html")); err != nil {
		t.Fatal(err)
	}
	change(t, dir, Options{}, func(*Site) {})
	if _, err := os.Stat(filepath.Join(dir, "index.html")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAnUpdateTakesThePlaceOfItsPage(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, Options{}, article("a", "First", opening, "en", "ru"), article("b", "Other", opening.Add(time.Hour), "en"))
	before := parseFeed(t, contents(t, dir)["feed.xml"])
	update := article("a", "Later", opening.AddDate(0, 1, 2), "en")
	build(t, dir, Options{}, update)
	files := contents(t, dir)
	if strings.Contains(files["articles/a.html"], "First") || !strings.Contains(files["articles/a.html"], "Updated: <time datetime=\"2026-12-30T10:00:00Z\">30 December 2026, 10:00 UTC") {
		t.Errorf("the page is %s", files["articles/a.html"])
	}
	if _, there := files["ru/articles/a.html"]; there || strings.Contains(files["ru/index.html"], "First") || files["ru/archive/2026-11.html"] != "" {
		t.Errorf("an edition that is no more is still there: %s", names(files))
	}
	after := parseFeed(t, files["feed.xml"])
	if len(after.Items) != 2 || after.Items[1].Title != "Later en" || after.Items[1].GUID != before.Items[1].GUID || after.Items[1].Published != before.Items[1].Published ||
		!strings.Contains(after.Items[1].Description, "Updated: 30 December 2026") || strings.Contains(after.Items[0].Description, "Updated") {
		t.Errorf("the feed is %+v", after.Items[1])
	}
	if files["archive/2026-12.html"] != "" || !strings.Contains(files["archive/2026-11.html"], "Later") {
		t.Error("the article is not where it was published")
	}
	// The same version again is no update of the update.
	build(t, dir, Options{}, update)
	for name, text := range contents(t, dir) {
		if files[name] != text {
			t.Errorf("%s changed", name)
		}
	}
}

func TestARevisionIsAnUpdateThoughNothingIsKnown(t *testing.T) {
	dir := t.TempDir()
	a := article("a", "First", opening, "en")
	a.Revised = true
	build(t, dir, Options{}, a)
	if !strings.Contains(contents(t, dir)["index.html"], "Updated:") {
		t.Error("it is not said")
	}
}

func TestOlderArticlesStayWithinReach(t *testing.T) {
	dir := t.TempDir()
	var all []Article
	for i := range 30 {
		all = append(all, article(fmt.Sprintf("a%02d", i), fmt.Sprintf("Text%02d", i), opening.AddDate(0, 0, -10*i), "en", "tr"))
	}
	build(t, dir, Options{Items: 5}, all...)
	files := contents(t, dir)
	for _, lang := range []string{"", "tr/"} {
		index := files[lang+"index.html"]
		if n := strings.Count(index, "<h2><a "); n != 5 || strings.Contains(index, "Text05") || strings.Index(index, "Text00") > strings.Index(index, "Text04") {
			t.Errorf("%d articles on the index", n)
		}
		if f := parseFeed(t, files[lang+"feed.xml"]); len(f.Items) != 5 {
			t.Errorf("%d items in the feed", len(f.Items))
		}
		reached := reach(t, files, lang+"index.html")
		for i := range all {
			if name := fmt.Sprintf("%sarticles/a%02d.html", lang, i); !reached[name] {
				t.Errorf("%s cannot be reached", name)
			}
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	dir := t.TempDir()
	strange := "http://x/?a=b&c#d е%2F..%20~ü"
	build(t, dir, Options{}, article(strange, "First", opening, "en", "ru", "tr"), article("b", "Second", opening.AddDate(0, -1, 0), "en", "ru"))
	files := contents(t, dir)
	reached := reach(t, files, "index.html")
	for name := range files {
		if !strings.HasPrefix(name, ".") && !reached[name] {
			t.Errorf("%s cannot be reached", name)
		}
	}
}

// reach follows the links of pages, and gives what it came to. A link to
// nothing is an error.
func reach(t *testing.T, files map[string]string, from string) map[string]bool {
	t.Helper()
	seen := map[string]bool{from: true}
	for todo := []string{from}; len(todo) > 0; todo = todo[1:] {
		if path.Ext(todo[0]) != ".html" {
			continue
		}
		for _, href := range hrefs(t, files[todo[0]]) {
			if strings.Contains(href, "://") {
				continue
			}
			name := resolve(t, todo[0], href)
			if _, there := files[name]; !there {
				t.Errorf("%s links to %s, and there is no %s", todo[0], href, name)
			}
			if !seen[name] {
				seen[name] = true
				todo = append(todo, name)
			}
		}
	}
	return seen
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, Options{}, article("a", "First", opening, "en", "ru"))
	change(t, dir, Options{}, func(s *Site) {
		if held := strings.Join(s.Holds("a"), " "); held != "articles/a.html ru/articles/a.html" {
			t.Errorf("it holds %s", held)
		}
		removed, err := s.Remove("a")
		if held := s.Holds("a"); held != nil {
			t.Errorf("it still holds %s", held)
		}
		if err != nil || strings.Join(removed, " ") != "articles/a.html ru/articles/a.html" {
			t.Errorf("removed %q, %v", removed, err)
		}
		if removed, err := s.Remove("a"); err != nil || removed != nil {
			t.Errorf("removed again %q, %v", removed, err)
		}
	})
	files := contents(t, dir)
	if got := names(files); got != ".dragoman-site.json feed.xml index.html ru/feed.xml ru/index.html" {
		t.Errorf("there are %s", got)
	}
	for name, text := range files {
		if strings.Contains(text, "First") {
			t.Errorf("%s still has its words", name)
		}
	}
	if !strings.Contains(files["ru/index.html"], "Статей пока нет.") || len(parseFeed(t, files["ru/feed.xml"]).Items) != 0 {
		t.Error("an empty site does not say so")
	}
}

func TestRemoveTakesPagesThatNoListKnows(t *testing.T) {
	dir := t.TempDir()
	out, err := outdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Put(article("a", "First", opening, "en", "ru")), out.Close()); err != nil { // killed before Publish
		t.Fatal(err)
	}
	change(t, dir, Options{}, func(s *Site) {
		if removed, err := s.Remove("a"); err != nil || len(removed) != 2 {
			t.Errorf("removed %q, %v", removed, err)
		}
	})
	if got := names(contents(t, dir)); got != "" {
		t.Errorf("there are %s", got)
	}
}

// killed makes a site as a process left it that was killed in Publish after so
// many of the hidden files.
func killed(t *testing.T, dir string, files int, a Article) {
	t.Helper()
	all := t.TempDir()
	if err := os.CopyFS(all, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	build(t, all, Options{}, a)
	for _, name := range []string{ListName, monthList(a.Made.Format("2006-01"))}[:files] {
		b, err := os.ReadFile(filepath.Join(all, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAKillBetweenTheListsIsMadeGood(t *testing.T) {
	first, second := article("a", "First", opening, "en", "ru"), article("b", "Second", opening, "en")
	later := article("b", "Later", opening.AddDate(0, 1, 0), "en") // overtakes the second, which never came to its end
	for files := range 3 {
		for _, next := range []Article{second, later} {
			want, got := t.TempDir(), t.TempDir()
			build(t, want, Options{}, first)
			build(t, got, Options{}, first)
			killed(t, got, files, second)
			if files == 2 { // it is in both lists, and so it was there
				build(t, want, Options{}, second)
			}
			build(t, want, Options{}, next)
			build(t, got, Options{}, next)
			x, y := contents(t, want), contents(t, got)
			for name := range x {
				if x[name] != y[name] {
					t.Errorf("after %d files, %s: %s is not the same", files, next.Version, name)
				}
			}
			if names(x) != names(y) {
				t.Errorf("after %d files, %s: there are %s and %s", files, next.Version, names(x), names(y))
			}
		}
	}
}

func TestOldMonthsAreNotReadForNewArticles(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, Options{Items: 1}, article("a", "First", opening.AddDate(-1, 0, 0), "en"), article("b", "Second", opening, "en"))
	if err := os.WriteFile(filepath.Join(dir, monthList("2025-11")), []byte("never read"), 0o644); err != nil {
		t.Fatal(err)
	}
	build(t, dir, Options{Items: 1}, article("c", "Third", opening.Add(time.Hour), "en"))
	if index := contents(t, dir)["index.html"]; !strings.Contains(index, "Third") || strings.Contains(index, "Second") || !strings.Contains(index, "archive/2025-11.html") {
		t.Errorf("the index is %s", index)
	}
}

func TestOpenRefusesAListItCannotRead(t *testing.T) {
	for _, text := range []string{"", "{", `{"form":2,"content":{}}`, `{"form":1}`, `{}`, `[]`, `{"form":1,"content":[]}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ListName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := outdir.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(out, Options{}); err == nil || !strings.Contains(err.Error(), ListName) {
			t.Errorf("%q: %v", text, err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALanguageIsNoPath(t *testing.T) {
	for _, lang := range []string{"", "..", "ru/../..", "r u", "/"} {
		change(t, t.TempDir(), Options{}, func(s *Site) {
			if err := s.Put(article("a", "First", opening, lang)); err == nil {
				t.Errorf("%q has pages", lang)
			}
		})
	}
}
