package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/store"
)

// office is a batch as the command runs it, one article after the other, on the
// pseudo model.
type office struct {
	t    *testing.T
	desk *desk
	in   string
	out  *outdir.Dir
	docs *shelf
	runs int
}

// batch runs over everything, and gives the calls made and the totals.
func (o *office) batch(plan *Plan) (calls int, totals Totals) {
	t, ctx := o.t, context.Background()
	t.Helper()
	o.runs++
	run, before := fmt.Sprintf("r-%d", o.runs), o.desk.server.Count()
	if err := o.out.Probe(); err != nil {
		t.Fatal(err)
	}
	in := open(t, Options{Out: o.out.Path}, o.in)
	census, err := Scan(ctx, in, 0)
	if err != nil {
		t.Fatal(err)
	}
	sel := Selection{Collection: "c", Run: run, Settings: plan.Settings(), Present: func(folder string, size int64) bool {
		n, ok := o.out.Size(folder + "/" + outdir.DocumentFile)
		return ok && n == size
	}}
	for chunk, err := range Select(ctx, in, census, o.docs, sel) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chunk {
			switch {
			case c.Why == Rewrite:
				o.rewrite(c.Doc)
			case c.Why.Asks():
				o.work(c.Doc)
			case c.Why == Unreadable:
				if err := o.docs.Put(ctx, c.Doc); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	totals, err = WriteReport(o.out, Head{Run: run, Finished: true}, func(states ...store.DocState) iter.Seq2[*store.Document, error] {
		return o.docs.List(ctx, "c", "", states...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return o.desk.server.Count() - before, totals
}

// work takes one article to its end: the result is stored before its files are
// written, and Written after them.
func (o *office) work(row *store.Document) {
	o.t.Helper()
	art, err := DecodeArticle(row.Article)
	if err != nil {
		o.t.Fatal(err)
	}
	before, err := o.docs.Get(context.Background(), "c", []string{row.ID}, true)
	if err != nil {
		o.t.Fatal(err)
	}
	if b := before[row.ID]; b != nil { // the command gets its row whole
		row.Result = b.Result
	}
	doc, err := o.desk.pipe.Run(context.Background(), art)
	state := store.DocDone
	if doc == nil {
		state = store.DocFailed
	}
	written, ferr := Finish(row, state, doc, err)
	if err := o.docs.Put(context.Background(), row); err != nil || ferr != nil {
		o.t.Fatal(err, ferr)
	}
	if doc == nil {
		return
	}
	if _, err := o.out.Write(row.Folder, doc); err != nil {
		o.t.Fatal(err)
	}
	row.Written = written
	if err := o.docs.Put(context.Background(), row); err != nil {
		o.t.Fatal(err)
	}
}

// rewrite writes the files of a stored result again.
func (o *office) rewrite(row *store.Document) {
	o.t.Helper()
	whole, err := o.docs.Get(context.Background(), "c", []string{row.ID}, true)
	if err != nil {
		o.t.Fatal(err)
	}
	doc, written, err := Stored(whole[row.ID])
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.out.Write(row.Folder, doc); err != nil {
		o.t.Fatal(err)
	}
	row.Written = written
	if err := o.docs.Put(context.Background(), row); err != nil {
		o.t.Fatal(err)
	}
}

// A batch from end to end: nothing to do is no call, missing files come again
// for nothing, a change of ours costs nothing, a changed article costs itself.
func TestBatchFromEndToEnd(t *testing.T) {
	dir := tree(t, map[string]string{
		"one.txt": article(1), "two.md": article(2), "Sub/Three.txt": article(3), "empty.txt": " ", "same.txt": article(1),
		"rows.jsonl": `{"id":"row/1","text":"A storm hit the coast on Monday. Some houses were damaged.","headline":"Storm"}`,
	})
	out := outFolder(t)
	o := &office{t: t, desk: newDesk(t), in: dir, out: out, docs: newShelf()}
	plan := deskPlan()
	calls, totals := o.batch(plan)
	if calls == 0 || totals.Articles != 6 || totals.States[store.DocDone] != 5 || totals.States[store.DocFailed] != 1 || totals.Stored.Calls == 0 {
		t.Fatalf("%d calls, %+v", calls, totals)
	}
	entries, err := os.ReadDir(out.Path)
	if err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, e := range entries {
		if e.IsDir() {
			folders++
		}
	}
	if folders != 5 {
		t.Errorf("%d folders", folders)
	}

	if calls, again := o.batch(plan); calls != 0 || again.Articles != 6 || again.States[store.DocDone] != 5 {
		t.Errorf("nothing to do: %d calls, %+v", calls, again)
	}

	before := readFile(t, out, "one/document.json")
	if err := os.RemoveAll(filepath.Join(out.Path, "one")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(out.Path, "two", "document.json"), 10); err != nil {
		t.Fatal(err)
	}
	if calls, _ := o.batch(plan); calls != 0 || readFile(t, out, "one/document.json") != before || len(readFile(t, out, "two/document.json")) == 10 {
		t.Errorf("missing files: %d calls", calls)
	}

	plan.Build.Version++
	if calls, _ := o.batch(plan); calls != 0 {
		t.Errorf("a change of ours: %d calls", calls)
	}

	if err := os.WriteFile(filepath.Join(dir, "two.md"), []byte(article(22)), 0o644); err != nil {
		t.Fatal(err)
	}
	one, _ := o.batch(plan)
	if one == 0 || one > calls/2 {
		t.Errorf("a changed article: %d calls, all took %d", one, calls)
	}
	var last Line
	for line := range strings.SplitSeq(strings.TrimSpace(readFile(t, out, resultsFile)), "\n") {
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Fatal(err)
		}
		for _, p := range last.Paths {
			if _, err := os.Stat(filepath.Join(out.Path, filepath.FromSlash(p))); err != nil {
				t.Error(err)
			}
		}
	}
}
