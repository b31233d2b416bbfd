package sink

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/schedule"
)

// contents are the files of a folder by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

// same checks that two folders hold the same.
func same(t *testing.T, what string, a, b map[string]string) {
	t.Helper()
	for name, text := range a {
		if other, ok := b[name]; !ok || other != text {
			t.Errorf("%s: %s is not the same", what, name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%s: %d files and %d", what, len(a), len(b))
	}
}

func openTargets(t *testing.T, specs ...schedule.Sink) []Target {
	t.Helper()
	targets, err := Targets(specs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

func TestAFolderHasWholeEditions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	d := newDesk(t, openTargets(t, schedule.Sink{Name: "f", Folder: dir})...)
	strange := "https://news.example/?id=ü/../1"
	d.finish("a", article("a", "First"))
	d.finish(strange, article("b", "Second"))
	if tally := d.roundNow(); tally.Delivered != 2 {
		t.Fatalf("got %+v", tally)
	}
	got := contents(t, dir)
	if len(got) != 10 || got["a/document.json"] != string(jsonOf(t, article("a", "First"))) || !strings.Contains(got[batch.FolderName(strange)+"/ru.md"], "Шёл дождь.") {
		t.Errorf("there are %d files", len(got))
	}
	d.shelf.deliveries = nil // as if nothing were known of it
	d.finish("a", article("a", "First"))
	d.roundNow()
	same(t, "delivered again", got, contents(t, dir))
	would, err := d.Remove(t.Context(), strange, true)
	if err != nil || len(contents(t, dir)) != 10 {
		t.Errorf("removed though it only counts: %v", err)
	}
	removed, err := d.Remove(t.Context(), strange, false)
	if err != nil || len(removed) != 5 || !slices.Equal(removed, would) || filepath.Dir(filepath.Dir(removed[0])) != dir || len(contents(t, dir)) != 5 {
		t.Errorf("removed %q, %v", removed, err)
	}
	if removed, err := d.Remove(t.Context(), strange, false); err != nil || len(removed) != 0 {
		t.Errorf("removed again %q, %v", removed, err)
	}
}

func TestAFolderThatAnotherProcessHas(t *testing.T) {
	for _, spec := range []schedule.Sink{{Name: "x", Folder: "f"}, {Name: "x", Site: "f"}} {
		dir := filepath.Join(t.TempDir(), "f")
		spec.Folder, spec.Site = strings.Replace(spec.Folder, "f", dir, 1), strings.Replace(spec.Site, "f", dir, 1)
		synctest.Test(t, func(t *testing.T) {
			other, err := outdir.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			d := newDesk(t, openTargets(t, spec)...)
			d.finish("a", article("a", "First"))
			tally := d.roundNow()
			if tally.Failed != 1 || tally.Waiting != 1 || !strings.HasPrefix(tally.Faults[0].Reason, "another run is writing to") || tally.Next.Sub(d.clock) != busyPause {
				t.Errorf("got %+v", tally)
			}
			go func() { time.Sleep(time.Second); _ = other.Close() }()
			d.clock = tally.Next
			if tally = d.roundNow(); tally.Delivered != 1 {
				t.Errorf("got %+v", tally)
			}
		})
	}
}

func TestWaitingForAFolderEndsWithTheRound(t *testing.T) {
	dir := t.TempDir()
	other, err := outdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, openTargets(t, schedule.Sink{Name: "f", Folder: dir})...)
		d.finish("a", article("a", "First"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Round(ctx); !errors.Is(err, context.DeadlineExceeded) || d.shelf.deliveries[0].Attempts != 0 {
			t.Errorf("got %v, %+v", err, d.shelf.deliveries[0])
		}
	})
}

func TestAFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, openTargets(t, schedule.Sink{Name: "f", Folder: filepath.Join(file, "x")}, schedule.Sink{Name: "s", Site: filepath.Join(file, "y")})...)
	d.finish("a", article("a", "First"))
	d.finish("b", article("b", "First"))
	if tally := d.roundNow(); tally.Failed != 2 || tally.Waiting != 4 || len(tally.Faults) != 2 {
		t.Errorf("got %+v", tally)
	}
	if _, err := d.Remove(t.Context(), "a", false); err == nil || !strings.Contains(err.Error(), "removing a from f") || !strings.Contains(err.Error(), "removing a from s") {
		t.Errorf("got %v", err)
	}
}

func siteSpec(dir string) schedule.Sink {
	return schedule.Sink{Name: "s", Site: dir, Title: "The Desk", URL: "https://desk.example/"}
}

func TestASiteHasItsPagesAndFeeds(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, openTargets(t, siteSpec(dir))...)
	d.finish("a", article("a", "First"))
	d.clock = d.clock.Add(time.Hour)
	d.finish("b", flagged(article("b", "Second")))
	d.roundNow()
	got := contents(t, dir)
	if len(got) != 14 || strings.Contains(got["index.html"], "Second") || !strings.Contains(got["ru/feed.xml"], "<link>https://desk.example/ru/articles/a.html</link>") {
		t.Errorf("there are %d files", len(got))
	}
	if _, err := d.Release(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	d.roundNow()
	got = contents(t, dir)
	for _, name := range []string{"ru/articles/b.html", "ru/index.html", "ru/feed.xml"} {
		if !strings.Contains(got[name], "p1s1") || !strings.Contains(got[name], "⚠") {
			t.Errorf("%s does not mark what failed", name)
		}
	}
	would, err := d.Remove(t.Context(), "b", true)
	if err != nil || len(contents(t, dir)) != len(got) {
		t.Errorf("removed though it only counts: %v", err)
	}
	removed, err := d.Remove(t.Context(), "b", false)
	if err != nil || len(removed) != 3 || !slices.Equal(removed, would) || removed[0] != filepath.Join(dir, "articles", "b.html") {
		t.Errorf("removed %q, %v", removed, err)
	}
	for name, text := range contents(t, dir) {
		if strings.Contains(text, "Second") || strings.Contains(text, "articles/b.html") {
			t.Errorf("%s still has it", name)
		}
	}
}

func TestAKilledSiteIsMadeWhole(t *testing.T) {
	run := func(kill bool) map[string]string {
		dir := t.TempDir()
		d := newDesk(t, openTargets(t, siteSpec(dir))...)
		d.finish("a", article("a", "First"))
		d.roundNow()
		d.clock = d.clock.Add(time.Hour)
		d.finish("a", article("a", "Again"))
		d.finish("b", article("b", "Second"))
		if kill { // between the pages and the indexes: the lock goes, and nothing is noted
			s := &siteSink{path: dir, opts: d.Targets[0].Sink.(*siteSink).opts}
			for _, x := range d.shelf.deliveries[1:] {
				e, _, err := d.edition(t.Context(), x)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Deliver(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.dir.Close(); err != nil {
				t.Fatal(err)
			}
		}
		d.roundNow()
		return contents(t, dir)
	}
	same(t, "after a kill", run(false), run(true))
}

func TestADamagedListIsNotWrittenOver(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, ".dragoman-site.json")
	if err := os.WriteFile(name, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, openTargets(t, siteSpec(dir))...)
	d.finish("a", article("a", "First"))
	if tally := d.roundNow(); tally.Failed != 1 || !strings.Contains(tally.Faults[0].Reason, "reading the site's list") {
		t.Errorf("got %+v", tally)
	}
	if got := contents(t, dir); len(got) != 1 || got[".dragoman-site.json"] != "{" {
		t.Errorf("got %v", got)
	}
}
