package batch

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/text/language"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// finishedDoc is a document with one translated and one failed sentence where
// failed is set, and what its calls cost.
func finishedDoc(id string, failed bool) *pipeline.Document {
	art := &pipeline.Article{ID: id, InLanguage: language.English, Body: []pipeline.Block{
		{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: "A | storm <b>"}}},
		{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: "One."}}},
	}}
	units := func(state pipeline.State) []pipeline.Unit {
		return []pipeline.Unit{{ID: "h1s1", Target: "x", State: pipeline.Translated}, {ID: "p1s1", Target: "x", State: state}}
	}
	state := pipeline.Translated
	if failed {
		state = pipeline.Failed
	}
	doc := &pipeline.Document{
		Source: art, Normalized: art, Corrected: art, Corrections: units(pipeline.Translated), Origin: pipeline.Origin{Model: "m"},
		Translations: []pipeline.Translation{{Lang: language.Russian, Article: units(state)}},
		Trace: []pipeline.Step{
			{Stage: "translate", Sent: 1, Usage: pipeline.Usage{InputTokens: 100, OutputTokens: 50, Known: true}, Cost: &pipeline.Money{Micros: 1500, Currency: "USD"}},
			{Stage: "correct", Stored: true, Usage: pipeline.Usage{InputTokens: 10, OutputTokens: 5, Known: true}},
		},
	}
	if failed {
		doc.Findings = []pipeline.Finding{{Check: "T04", Severity: pipeline.Major}}
	}
	return doc
}

func finishedRow(t testing.TB, id string, state store.DocState, doc *pipeline.Document, err error) *store.Document {
	t.Helper()
	row := &store.Document{Collection: "c", ID: id, Folder: FolderName(id), Origin: "in/" + id + ".txt", Run: "r-1"}
	written, ferr := Finish(row, state, doc, err)
	if ferr != nil {
		t.Fatal(ferr)
	}
	row.Written = written
	row.Result = nil // as lists give it
	return row
}

func rowsOf(rows ...*store.Document) Rows {
	return func(states ...store.DocState) iter.Seq2[*store.Document, error] {
		return func(yield func(*store.Document, error) bool) {
			for _, d := range rows {
				if (len(states) == 0 || slices.Contains(states, d.State)) && !yield(d, nil) {
					return
				}
			}
		}
	}
}

func outFolder(t testing.TB) *outdir.Dir {
	t.Helper()
	out, err := outdir.Open(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	return out
}

func readFile(t testing.TB, out *outdir.Dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(out.Path, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var hostile = `<script>alert(1)</script>|[x](javascript:y)` + "\x1b[31m\n\u202e"

func someRows(t testing.TB) []*store.Document {
	other := finishedRow(t, "old", store.DocDone, finishedDoc("old", false), nil)
	other.Run = "r-0"
	return []*store.Document{
		finishedRow(t, "done", store.DocDone, finishedDoc("done", false), nil),
		finishedRow(t, hostile, store.DocFailed, nil, &pipeline.Error{Code: pipeline.Invalid, Unit: hostile, Hint: "mend it", Err: errors.New("no English")}),
		finishedRow(t, "flagged", store.DocFlagged, finishedDoc("flagged", true), nil),
		other,
		finishedRow(t, "stopped", store.DocStopped, nil, &pipeline.Error{Code: pipeline.Budget, Err: errors.New("the cap is reached")}),
		{Collection: "c", ID: "waiting", Folder: "waiting", State: store.DocWaiting, Run: "r-1"},
	}
}

func someHead() Head {
	at := time.Date(2026, 11, 28, 22, 0, 0, 0, time.UTC)
	return Head{
		Run: "r-1", Collection: "c", Model: "m", Started: at, Ended: at.Add(time.Hour), Spent: "0.0030 of 5.0000 USD", Notes: []string{"a note"}, Gone: 2,
		Doubled: []Problem{{Message: "in/z.txt: has the id \"z\"", Hint: "rename it"}},
	}
}

func TestWriteReport(t *testing.T) {
	out := outFolder(t)
	totals, err := WriteReport(out, someHead(), rowsOf(someRows(t)...))
	if err != nil {
		t.Fatal(err)
	}
	if totals.Articles != 6 || totals.States[store.DocDone] != 2 || totals.States[store.DocFlagged] != 1 || totals.States[store.DocFailed] != 1 || totals.States[store.DocStopped] != 1 {
		t.Errorf("got %+v", totals)
	}
	if totals.Asked.CostText() != "0.0045 USD" || totals.Asked.Calls != 3 || totals.Stored.Calls != 3 || totals.Failed != 1 || totals.Done != 11 || totals.Findings[pipeline.Major] != 1 {
		t.Errorf("got %+v", totals)
	}
	var names []string
	entries, _ := os.ReadDir(out.Path)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != ".dragoman.lock index.html report.json report.md results.jsonl" {
		t.Errorf("there are %s", got)
	}
}

func TestResultsLines(t *testing.T) {
	out := outFolder(t)
	if _, err := WriteReport(out, someHead(), rowsOf(someRows(t)...)); err != nil {
		t.Fatal(err)
	}
	var lines []Line
	s := bufio.NewScanner(strings.NewReader(readFile(t, out, resultsFile)))
	for s.Scan() {
		var l Line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	done, failed := lines[0], lines[1]
	if done.Folder != "done" || strings.Join(done.Paths, " ") != "done/report.html done/document.json done/en.md done/ru.md" || done.Cost[0].Micros != 1500 || done.Stored != 1 || done.Error != nil || done.Done != 4 {
		t.Errorf("got %+v", done)
	}
	if failed.ID != hostile || failed.Folder != "" || len(failed.Paths) != 0 || failed.Error.Code != pipeline.Invalid || failed.Error.Hint != "mend it" || failed.Cost == nil {
		t.Errorf("got %+v", failed)
	}

	var report struct {
		Run      string
		Totals   Totals
		ThisRun  Totals
		Articles []Line
		Doubled  []Problem
	}
	if err := json.Unmarshal([]byte(readFile(t, out, reportJSON)), &report); err != nil {
		t.Fatal(err)
	}
	if report.Run != "r-1" || report.Totals.Articles != 6 || report.ThisRun.Articles != 5 || len(report.Articles) != 6 || len(report.Doubled) != 1 {
		t.Errorf("got %+v", report)
	}
}

// Without an article, and without a state that it knows, a report is whole too.
func TestEmptyReport(t *testing.T) {
	out := outFolder(t)
	if _, err := WriteReport(out, Head{Finished: true}, rowsOf()); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(readFile(t, out, reportJSON)), &v); err != nil {
		t.Error(err)
	}
	for _, name := range []string{reportMarkdown, reportHTML} {
		text := readFile(t, out, name)
		if !strings.Contains(text, "There was no article.") || strings.Contains(text, "wants a person") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestMarkdown(t *testing.T) {
	out := outFolder(t)
	if _, err := WriteReport(out, someHead(), rowsOf(someRows(t)...)); err != nil {
		t.Fatal(err)
	}
	text := readFile(t, out, reportMarkdown)
	for _, want := range []string{
		"The run is not finished", "- Articles: 6: 2 done, 1 waiting, 1 flagged, 1 stopped, 1 failed", "[flagged](<flagged/report.html>) | flagged | 1 sentence failed; findings: 1 major",
		"no English; mend it", "the cap is reached", "| [done](<done/report.html>) | done | 4 of 4 | none | 1 | 1 | 0.0015 USD | A \\| storm &lt;b&gt; |", "2 articles of earlier runs", "a note", "rename it",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	for _, bad := range []string{"<script", "\x1b", "\u202e", "[x](java"} {
		if strings.Contains(text, bad) {
			t.Errorf("holds %q:\n%s", bad, text)
		}
	}
	if at, all := strings.Index(text, "What wants a person"), strings.Index(text, "All articles"); at < 0 || at > all {
		t.Error("what wants a person does not come first")
	}
}

// The page is well formed, has no script, links each article's report, and
// shows text as text.
func TestHTML(t *testing.T) {
	out := outFolder(t)
	rows := append(someRows(t), finishedRow(t, "Ünlü/İd", store.DocDone, finishedDoc("x", false), nil))
	if _, err := WriteReport(out, someHead(), rowsOf(rows...)); err != nil {
		t.Fatal(err)
	}
	text := readFile(t, out, reportHTML)
	count := map[string]int{}
	var links []string
	z := html.NewTokenizer(strings.NewReader(text))
	var open []string
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		switch kind {
		case html.StartTagToken:
			count[tok.Data]++
			if tok.Data != "meta" {
				open = append(open, tok.Data)
			}
			for _, a := range tok.Attr {
				if a.Key == "href" {
					links = append(links, a.Val)
				}
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> closes %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 || count["script"] > 0 || count["table"] != 2 || count["caption"] != 2 || count["h1"] != 1 {
		t.Errorf("open %v, there are %v", open, count)
	}
	if want := 2 + 1 + 3 + len(rows); count["tr"] != want { // heads, doubled, urgent, all
		t.Errorf("%d rows, want %d", count["tr"], want)
	}
	if len(links) != 5 || !slices.Contains(links, "./done/report.html") {
		t.Errorf("links %v", links)
	}
	if strings.Contains(text, "ZgotmplZ") || !strings.Contains(text, "prefers-color-scheme: dark") || !strings.Contains(text, "&lt;script&gt;") || strings.ContainsAny(text, "\x1b\u202e") {
		t.Error(text)
	}
}

func TestVerdicts(t *testing.T) {
	for want, r := range map[string]*report{
		"The run ended early: no":             {Head: Head{Ending: &Problem{Message: "no"}}},
		"There was no article.":               {},
		"The run is not finished":             {all: Totals{Articles: 1}},
		"Not every article has an edition":    {Head: Head{Finished: true}, all: Totals{Articles: 2, States: map[store.DocState]int{store.DocFailed: 1}}},
		"some of them want a person":          {Head: Head{Finished: true}, all: Totals{Articles: 2, States: map[store.DocState]int{store.DocFlagged: 1}}},
		"nothing stands against any of them.": {Head: Head{Finished: true}, all: Totals{Articles: 2, States: map[store.DocState]int{store.DocDone: 2}}},
	} {
		if got := r.verdict(); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Costs of different currencies are not added up, and unknown stays unknown.
func TestTotalsOfMoney(t *testing.T) {
	all := newTotals()
	for _, m := range []*pipeline.Money{{Micros: 100, Currency: "USD"}, {Micros: 200, Currency: "EUR"}, {Micros: 300, Currency: "USD"}, nil} {
		doc := finishedDoc("x", false)
		doc.Trace[0].Cost = m
		all.add(&store.Document{State: store.DocDone}, ResultOf(doc, nil))
	}
	if got := all.Asked.CostText(); got != "0.0002 EUR + 0.0004 USD + unknown for 1 of 4 calls" {
		t.Errorf("got %s", got)
	}
}

func TestFinish(t *testing.T) {
	row := &store.Document{ID: "x"}
	written, err := Finish(row, store.DocFlagged, finishedDoc("x", true), nil)
	if err != nil || !strings.HasPrefix(written, "sha256:") || row.State != store.DocFlagged {
		t.Errorf("got %s, %v", written, err)
	}
	r := resultOf(row)
	if r.Bytes != int64(len(row.Result)) || r.Failed != 1 || r.Headline != "A | storm <b>" || r.Models != "m" || r.Languages[0] != "ru" {
		t.Errorf("got %+v", r)
	}
	out := outFolder(t)
	if _, err := out.Write("x", finishedDoc("x", true)); err != nil {
		t.Fatal(err)
	}
	if n, ok := out.Size("x/" + outdir.DocumentFile); !ok || n != r.Bytes {
		t.Errorf("the file has %d bytes, the account says %d", n, r.Bytes)
	}
	none := &store.Document{Result: []byte("earlier"), Written: "sha256:1"}
	if written, err := Finish(none, store.DocStopped, nil, errors.New("no")); written != "" || err != nil || string(none.Result) != "earlier" || resultOf(none).Error.Message != "no" {
		t.Errorf("got %q, %v, %+v", written, err, none)
	}
	damaged := &store.Document{Report: json.RawMessage("{")}
	if resultOf(damaged).Error == nil {
		t.Error("a damaged account is no problem")
	}
}

// The bound on what is listed first says how many more there are.
func TestManyUrgent(t *testing.T) {
	var rows []*store.Document
	for i := range maxUrgent + 7 {
		rows = append(rows, &store.Document{ID: fmt.Sprintf("n%d", i), State: store.DocFailed})
	}
	out := outFolder(t)
	if _, err := WriteReport(out, Head{}, rowsOf(rows...)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{reportMarkdown, reportHTML} {
		if !strings.Contains(readFile(t, out, name), "And 7 more in the table below.") {
			t.Errorf("%s does not say how many more", name)
		}
	}
}

// The memory of a report does not grow with its articles.
func TestReportIsFlat(t *testing.T) {
	const n = 10_000
	one := finishedRow(t, "x", store.DocDone, finishedDoc("x", false), nil)
	most := uint64(0)
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	rows := func(...store.DocState) iter.Seq2[*store.Document, error] {
		return func(yield func(*store.Document, error) bool) {
			for i := range n {
				d := *one
				d.ID = fmt.Sprintf("article-%d", i)
				if i == n/2 {
					most = max(most, live())
				}
				if !yield(&d, nil) {
					return
				}
			}
		}
	}
	if _, err := WriteReport(outFolder(t), Head{Finished: true}, rows); err != nil {
		t.Fatal(err)
	}
	if most > before+2<<20 {
		t.Errorf("%d KiB more are held in the middle", (most-before)>>10)
	}
}

// A store that fails leaves the reports of an earlier run.
func TestReportAllOrNothing(t *testing.T) {
	out := outFolder(t)
	if _, err := WriteReport(out, someHead(), rowsOf(someRows(t)...)); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, out, reportHTML)
	broken, walks := errors.New("the store is gone"), 0
	rows := func(...store.DocState) iter.Seq2[*store.Document, error] {
		walks++
		return func(yield func(*store.Document, error) bool) {
			if walks > 1 {
				yield(nil, broken)
			}
		}
	}
	if _, err := WriteReport(out, Head{}, rows); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if readFile(t, out, reportHTML) != before {
		t.Error("the page changed")
	}
}
