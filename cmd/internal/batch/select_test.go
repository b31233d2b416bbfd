package batch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// bench is a folder of articles, a store and an output folder.
type bench struct {
	t     testing.TB
	dir   string
	docs  *shelf
	sizes map[string]int64 // of document.json, by folder
	n     int              // runs so far
}

func newBench(t testing.TB, files map[string]string) *bench {
	return &bench{t: t, dir: tree(t, files), docs: newShelf(), sizes: map[string]int64{}}
}

func (b *bench) selection() Selection {
	b.n++
	return Selection{
		Collection: "c", Run: fmt.Sprintf("r-%d", b.n), Settings: "s1", Chunk: 2,
		Now:     func() time.Time { return time.Unix(0, 0) },
		Present: func(folder string, size int64) bool { return size > 0 && b.sizes[folder] == size },
	}
}

// choices selects, and gives the choices by id.
func (b *bench) choices(s Selection, sample int) map[string]Choice {
	b.t.Helper()
	in := open(b.t, Options{}, b.dir)
	c, err := Scan(context.Background(), in, sample)
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]Choice{}
	for chunk, err := range Select(context.Background(), in, c, b.docs, s) {
		if err != nil {
			b.t.Fatal(err)
		}
		for _, x := range chunk {
			key := x.ID
			if x.Why == Doubled {
				key += "!"
			}
			out[key] = x
			if x.Doc != nil {
				if err := b.docs.Put(context.Background(), x.Doc); err != nil {
					b.t.Fatal(err)
				}
			}
		}
	}
	return out
}

// whys are the reasons by id, in one line.
func whys(choices map[string]Choice) string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(choices)) {
		out = append(out, id+" "+string(choices[id].Why))
	}
	return strings.Join(out, ", ")
}

// end brings an article to its end.
func (b *bench) end(c Choice, state store.DocState) {
	b.t.Helper()
	doc := &pipeline.Document{Source: &pipeline.Article{ID: c.ID}, Normalized: &pipeline.Article{ID: c.ID}}
	row := *c.Doc
	written, err := Finish(&row, state, doc, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	row.Written = written
	b.sizes[row.Folder] = resultOf(&row).Bytes
	if err := b.docs.Put(context.Background(), &row); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) endAll(choices map[string]Choice, state store.DocState) {
	for _, c := range choices {
		if c.Why.Asks() {
			b.end(c, state)
		}
	}
}

func article(n int) string {
	return fmt.Sprintf("Storm %d\n\nA storm hit the coast on day %d.\n", n, n)
}

func TestSelect(t *testing.T) {
	b := newBench(t, map[string]string{"a.txt": article(1), "b.txt": article(2), "c.txt": article(3), "d.txt": article(1), "e.txt": " "})
	first := b.choices(b.selection(), 0)
	if got := whys(first); got != "a new, b new, c new, d new, e unreadable" {
		t.Fatalf("got %s", got)
	}
	a := first["a"]
	art, err := DecodeArticle(a.Doc.Article)
	if err != nil || art.ID != "a" || a.Doc.State != store.DocWaiting || a.Doc.Folder != "a" || a.Doc.Run != "r-1" || a.Doc.Settings != "s1" || a.Size != len(a.Doc.Article) {
		t.Errorf("got %+v, %v", a.Doc, err)
	}
	if a.Twin || !first["d"].Twin || first["d"].Doc.Input != a.Doc.Input {
		t.Errorf("twins: %v, %v", a.Twin, first["d"].Twin)
	}
	if e := first["e"]; e.Doc.State != store.DocFailed || resultOf(e.Doc).Error == nil || e.Err == nil {
		t.Errorf("got %+v", e.Doc)
	}

	// Nothing was done: everything is unfinished, with the same run or another.
	if got := whys(b.choices(b.selection(), 0)); got != "a unfinished, b unfinished, c unfinished, d unfinished, e unreadable" {
		t.Errorf("got %s", got)
	}

	b.end(first["a"], store.DocDone)
	b.end(first["b"], store.DocFlagged)
	b.end(first["c"], store.DocFailed)
	b.end(first["d"], store.DocStopped)
	if got := whys(b.choices(b.selection(), 0)); got != "a unchanged, b unchanged, c unchanged, d unfinished, e unreadable" {
		t.Errorf("got %s", got)
	}

	// Only what failed, and that afresh.
	b.end(first["d"], store.DocStopped)
	s := b.selection()
	s.OnlyFailed = true
	got := b.choices(s, 0)
	if whys(got) != "a left out, b again, c again, d again, e unreadable" || !got["b"].Doc.Afresh || !got["d"].Doc.Afresh {
		t.Errorf("got %s", whys(got))
	}
	// That run was stopped: a plain one goes on with it, and asks afresh too.
	if got := b.choices(b.selection(), 0); got["b"].Why != Unfinished || !got["b"].Doc.Afresh {
		t.Errorf("got %s", whys(got))
	}
}

func TestSelectChanges(t *testing.T) {
	b := newBench(t, map[string]string{"a.txt": article(1), "b.txt": article(2)})
	b.endAll(b.choices(b.selection(), 0), store.DocDone)

	if err := os.WriteFile(filepath.Join(b.dir, "a.txt"), []byte(article(7)), 0o644); err != nil {
		t.Fatal(err)
	}
	got := b.choices(b.selection(), 0)
	if whys(got) != "a changed, b unchanged" || got["a"].Doc.Written == "" || len(got["a"].Doc.Report) > 0 {
		t.Errorf("text: got %s, %+v", whys(got), got["a"].Doc)
	}
	b.endAll(got, store.DocDone)

	s := b.selection()
	s.Settings = "s2"
	got = b.choices(s, 0)
	if whys(got) != "a settings, b settings" || len(got["a"].Doc.Report) == 0 {
		t.Errorf("settings: got %s", whys(got))
	}
	b.endAll(got, store.DocDone)

	// Files that are missing or cut are written again, for nothing.
	b.sizes["a"]--
	delete(b.sizes, "b")
	s = b.selection()
	s.Settings = "s2"
	got = b.choices(s, 0)
	if whys(got) != "a rewrite, b rewrite" || got["a"].Why.Asks() || got["a"].Doc.State != store.DocDone {
		t.Errorf("files: got %s", whys(got))
	}
	s.Present = nil
	if got := whys(b.choices(s, 0)); got != "a unchanged, b unchanged" {
		t.Errorf("files not looked at: got %s", got)
	}

	// Fresh asks for everything, once a run.
	s = b.selection()
	s.Settings, s.Fresh, s.Present = "s2", true, nil
	got = b.choices(s, 0)
	if whys(got) != "a fresh, b fresh" {
		t.Errorf("fresh: got %s", whys(got))
	}
	b.end(got["a"], store.DocDone)
	if got := whys(b.choices(s, 0)); got != "a unchanged, b unfinished" {
		t.Errorf("fresh, resumed: got %s", got)
	}
}

// The same run, resumed after --only failed, asks nothing again that has ended.
func TestSelectOnlyFailedResumed(t *testing.T) {
	b := newBench(t, map[string]string{"a.txt": article(1), "b.txt": article(2)})
	b.endAll(b.choices(b.selection(), 0), store.DocFlagged)
	s := b.selection()
	s.OnlyFailed = true
	got := b.choices(s, 0)
	b.end(got["a"], store.DocFlagged)
	if got := whys(b.choices(s, 0)); got != "a unchanged, b unfinished" {
		t.Errorf("got %s", got)
	}
}

func TestSelectDoubledIDs(t *testing.T) {
	b := newBench(t, map[string]string{"a.md": article(1), "a.txt": article(2), "r.jsonl": `{"id":"x","text":"One."}` + "\n" + `{"id":"x","text":"Two."}` + "\n" + `{"id":"a","text":"Three."}`})
	for range 2 {
		got := b.choices(b.selection(), 0)
		if whys(got) != "a new, a! doubled, x new, x! doubled" && whys(got) != "a unfinished, a! doubled, x unfinished, x! doubled" {
			t.Fatalf("got %s", whys(got))
		}
		err := got["x!"].Err
		if !strings.Contains(err.Error(), "r.jsonl:2") || !strings.Contains(err.Error(), "r.jsonl:1") || got["x!"].Doc != nil {
			t.Errorf("got %v", err)
		}
	}
}

// A sample is the same whatever else is there before and behind it, and no
// larger than it was to be.
func TestSelectSample(t *testing.T) {
	files := map[string]string{}
	for i := range 50 {
		files[fmt.Sprintf("n%02d.txt", i)] = article(i)
	}
	b := newBench(t, files)
	small, large := b.choices(b.selection(), 5), b.choices(b.selection(), 20)
	if len(small) != 5 || len(large) != 20 {
		t.Fatalf("got %d and %d", len(small), len(large))
	}
	firsts := 0
	for id := range small {
		if _, ok := large[id]; !ok {
			t.Errorf("%s is in the small sample alone", id)
		}
		if id < "n05" {
			firsts++
		}
	}
	if firsts == 5 {
		t.Error("the sample is the first five")
	}
	in := open(t, Options{}, b.dir)
	for sample, want := range map[int]int{0: 50, 5: 5, 50: 50, 99: 50} {
		c, err := Scan(context.Background(), in, sample)
		if err != nil || c.Total() != want || c.Inputs != 50 {
			t.Errorf("sample %d: got %d of %d, %v", sample, c.Total(), c.Inputs, err)
		}
	}
}

func TestGone(t *testing.T) {
	b := newBench(t, map[string]string{"a.txt": article(1), "b.txt": article(2)})
	b.choices(b.selection(), 0)
	second := store.Document{Collection: "c", ID: "a#2"}
	if err := b.docs.Put(context.Background(), &second); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(b.dir, "b.txt")); err != nil {
		t.Fatal(err)
	}
	c, err := Scan(context.Background(), open(t, Options{}, b.dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, first, err := c.Gone(context.Background(), b.docs, "c"); n != 1 || !slices.Equal(first, []string{"b"}) || err != nil {
		t.Errorf("got %d, %v, %v", n, first, err)
	}
}

// Rows that were counted and can then not be read are told of, whatever is in the
// sample; and what came since the counting is the batch's too.
func TestInputsThatOnlyTheSecondWalkMeets(t *testing.T) {
	for _, sample := range []int{0, 1, 3} {
		b := newBench(t, map[string]string{"rows.jsonl": `{"id":"x","text":"A\n\nB."}` + "\n" + `{"id":"y","text":"C\n\nD."}` + "\n"})
		in := open(t, Options{}, filepath.Join(b.dir, "rows.jsonl"))
		c, err := Scan(context.Background(), in, sample)
		if err != nil || c.Inputs != 2 {
			t.Fatal(c, err)
		}
		if err := os.Remove(filepath.Join(b.dir, "rows.jsonl")); err != nil {
			t.Fatal(err)
		}
		var all []Choice
		for chunk, err := range Select(context.Background(), in, c, b.docs, b.selection()) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, chunk...)
		}
		if len(all) != 1 || all[0].Why != Unreadable || all[0].Err == nil || !c.Includes(all[0].ID) {
			t.Errorf("sample %d: %+v", sample, all)
		}
	}
	b := newBench(t, map[string]string{"a.txt": article(1)})
	in := open(t, Options{}, b.dir)
	c, err := Scan(context.Background(), in, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "b.txt"), []byte(article(2)), 0o644); err != nil {
		t.Fatal(err)
	}
	for range Select(context.Background(), in, c, b.docs, b.selection()) {
	}
	if !c.Includes("a") || !c.Includes("b") || !c.Includes("b#2") {
		t.Error("an input that came meanwhile is worked on, and in no report")
	}
}

// An error of the store, and the end of the context, end the walk.
func TestSelectEnds(t *testing.T) {
	b := newBench(t, map[string]string{"a.txt": article(1)})
	in := open(t, Options{}, b.dir)
	c, err := Scan(context.Background(), in, 0)
	if err != nil {
		t.Fatal(err)
	}
	b.docs.err = errors.New("no store")
	for _, err := range Select(context.Background(), in, c, b.docs, b.selection()) {
		if !errors.Is(err, b.docs.err) {
			t.Errorf("got %v", err)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("signal")
	cancel(why)
	if _, err := Scan(ctx, in, 0); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	for _, err := range Select(ctx, in, c, newShelf(), b.selection()) {
		if !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	}
}

// What a reader noticed is kept with the article, and is part of its digest.
func TestArticleIsKeptWhole(t *testing.T) {
	a := &pipeline.Article{ID: "x", Body: []pipeline.Block{{Kind: pipeline.Lead, Sentences: []pipeline.Sentence{{Text: "One <b>."}}}}, Noticed: []pipeline.Finding{{Check: "N03", Message: "a guess"}}}
	b, err := EncodeArticle(a)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeArticle(b)
	if err != nil || back.ID != "x" || len(back.Noticed) != 1 || back.Body[0].Text() != "One <b>." {
		t.Errorf("got %+v, %v", back, err)
	}
	c := *a
	c.ID = "y"
	if InputDigest(a) != InputDigest(&c) || InputDigest(a) != InputDigest(back) {
		t.Error("the digest depends on the id")
	}
	c.Noticed = nil
	if InputDigest(a) == InputDigest(&c) {
		t.Error("the digest leaves out what was noticed")
	}
	if _, err := DecodeArticle([]byte("{")); err == nil {
		t.Error("no error")
	}
}

// BenchmarkUnchanged is a run over articles of 3 KB that are all done: reading,
// digest, look-up, and the look at the output folder.
func BenchmarkUnchanged(b *testing.B) {
	const n = 1000
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("in/n%04d.txt", i)] = article(i) + strings.Repeat("\nThe council of the town met again on Friday, and the mayor said that the harbour stays shut.\n", 31)
	}
	k := newBench(b, files)
	k.dir = filepath.Join(k.dir, "in")
	out, err := outdir.Open(filepath.Join(b.TempDir(), "out"))
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	s := k.selection()
	first := k.choices(s, 0)
	k.endAll(first, store.DocDone)
	for folder, size := range k.sizes {
		dir := filepath.Join(out.Path, folder)
		if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, outdir.DocumentFile), make([]byte, size), 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	s.Chunk, s.Present = 0, func(folder string, size int64) bool {
		got, ok := out.Size(folder + "/" + outdir.DocumentFile)
		return ok && got == size
	}
	in := open(b, Options{Out: out.Path}, k.dir)
	for b.Loop() {
		c, err := Scan(context.Background(), in, 0)
		if err != nil {
			b.Fatal(err)
		}
		unchanged := 0
		for chunk, err := range Select(context.Background(), in, c, k.docs, s) {
			if err != nil {
				b.Fatal(err)
			}
			for _, x := range chunk {
				if x.Why == Unchanged {
					unchanged++
				}
			}
		}
		if unchanged != n {
			b.Fatalf("%d are unchanged", unchanged)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "articles/s")
}
