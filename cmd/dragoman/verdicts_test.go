package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// found is one finding about the first place of words in a text.
func found(text, words string, s pipeline.Severity) check.RowFinding {
	at := strings.Index(text, words)
	return check.RowFinding{Check: "T04", Severity: s, Span: check.RowSpan{Start: at, End: at + len(words)}, Message: "wrong"}
}

func TestPlacesAreThoseOfTheFile(t *testing.T) {
	for name, test := range map[string]struct {
		file, raw, text, words string
		line, col, endCol      int
		at                     string // of the bytes in the file; "" is not known
	}{
		"plain":           {"a.txt", "Один.\n\nДва слова.\n", "Один.\nДва слова.", "слова", 3, 5, 10, "слова"},
		"CR LF":           {"a.txt", "Один.\r\n\r\nДва слова.\r\n", "Один.\nДва слова.", "слова", 3, 5, 10, "слова"},
		"byte order":      {"a.txt", "\ufeffДва слова.", "Два слова.", "слова", 1, 5, 10, "слова"},
		"joined lines":    {"a.txt", "Два\n  слова.\n", "Два слова.", "слова", 2, 3, 8, "слова"},
		"marks":           {"a.md", "# Два *важных* слова\n", "Два важных слова", "важных слова", 1, 8, 21, "важных* слова"},
		"link":            {"a.md", "Два [слова](http://a.test/b) тут.\n", "Два слова тут.", "тут", 1, 30, 33, "тут"},
		"entities":        {"a.html", "<p>Два <b>слова</b> &amp; точка.</p>", "Два слова & точка.", "точка", 1, 27, 32, "точка"},
		"said before":     {"a.txt", "Два слова\nи ещё.\nДва слова тут.\n", "Два слова тут.", "тут", 3, 11, 14, "тут"},
		"windows-1251":    {"a.txt", "\xc4\xe2\xe0 \xf1\xeb\xee\xe2\xe0.", "Два слова.", "слова", 1, 5, 10, ""},
		"not in the file": {"a.txt", "Нечто другое.", "Два слова.", "слова", 0, 0, 0, ""},
	} {
		file := filepath.Join(t.TempDir(), test.file)
		if err := os.WriteFile(file, []byte(test.raw), 0o600); err != nil {
			t.Fatal(err)
		}
		p := placesIn(file, test.text, []check.RowFinding{found(test.text, test.words, pipeline.Major)})[0]
		if p.line != test.line || p.col != test.col || p.endCol != test.endCol {
			t.Errorf("%s: got %+v, want line %d, columns %d to %d", name, p, test.line, test.col, test.endCol)
		}
		if got := ""; p.bytes {
			if got = test.raw[p.start:p.end]; got != test.at {
				t.Errorf("%s: the bytes are %q, want %q", name, got, test.at)
			}
		} else if test.at != "" {
			t.Errorf("%s: no bytes", name)
		}
	}
}

func TestPlacesOfEmptySpans(t *testing.T) {
	text := "Один.\nДва."
	end := check.RowFinding{Span: check.RowSpan{Start: len(text), End: len(text)}}
	start := check.RowFinding{}
	p := placesIn("-", text, []check.RowFinding{end, start})
	if p[0].line != 2 || p[1].line != 1 || p[1].col != 1 || p[1].end != p[1].start {
		t.Errorf("got %+v", p)
	}
	if got := placesIn("-", "", []check.RowFinding{start}); got[0].line != 0 {
		t.Errorf("an empty text: %+v", got)
	}
	if got := placesIn(filepath.Join(t.TempDir(), "gone"), text, []check.RowFinding{start}); got[0].line != 0 {
		t.Errorf("a file that is gone: %+v", got)
	}
}

func FuzzTrace(f *testing.F) {
	f.Add("Два слова & точка.\nЕщё.", "<p>Два <b>слова</b> &amp; точка.</p>\n\n*Ещё*.")
	f.Fuzz(func(t *testing.T, text, raw string) {
		for i, at := range trace(text, raw) {
			if at < -1 || at >= len(raw) {
				t.Fatalf("byte %d is at %d of %d", i, at, len(raw))
			}
		}
	})
}

func TestAnnotationsAreEscaped(t *testing.T) {
	text := "a b"
	f := found(text, "b", pipeline.Critical)
	f.Message, f.Suggest = "100 %\n::error::x\x1b[2J", "c"
	minor, neutral := found(text, "a", pipeline.Minor), found(text, "a", pipeline.Neutral)
	var b bytes.Buffer
	out := newVerdicts(&b, checkOptions{Format: "github", Second: "dir/a,b:c.txt"})
	v := verdict{
		result: check.RowResult{ID: "x", Findings: []check.RowFinding{f, minor, neutral}},
		places: []place{{line: 2, col: 3, endLine: 2, endCol: 4}, {line: 2, col: 1, endLine: 3, endCol: 1}, {}},
	}
	if err := out.print(v); err != nil {
		t.Fatal(err)
	}
	want := `::error file=dir/a%2Cb%3Ac.txt,line=2,col=3,endColumn=4,title=T04 critical::100 %25 ::error::x[2J Suggested: c
::warning file=dir/a%2Cb%3Ac.txt,line=2,col=1,endLine=3,title=T04 minor::wrong
::notice file=dir/a%2Cb%3Ac.txt,line=1,title=T04 neutral::wrong
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// sarifLog is a log by the standard, as far as it is written here: what its
// schema requires must be there, and nothing that it does not know.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	} `json:"runs"`
}

func sarifOf(t *testing.T, opts checkOptions, all ...verdict) sarifLog {
	t.Helper()
	var b bytes.Buffer
	opts.Format = "sarif"
	out := newVerdicts(&b, opts)
	for _, v := range all {
		if err := out.print(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.close(); err != nil {
		t.Fatal(err)
	}
	obeysSARIF(t, b.Bytes())
	var log sarifLog
	dec := json.NewDecoder(&b)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatalf("%v", err)
	}
	if dec.More() || log.Version != "2.1.0" || log.Schema != sarifSchema || len(log.Runs) != 1 || log.Runs[0].Results == nil {
		t.Fatalf("got %+v", log)
	}
	return log
}

// obeysSARIF holds a log against the schema that the standard publishes.
func obeysSARIF(t *testing.T, log []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("testdata/sarif/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v\n%s", err, log)
	}
}

func TestSARIF(t *testing.T) {
	text := "a b"
	one := verdict{
		result: check.RowResult{ID: "r1", Findings: []check.RowFinding{found(text, "a", pipeline.Critical), found(text, "b", pipeline.Minor)}},
		places: []place{{line: 1, col: 1, endLine: 1, endCol: 2, end: 1, bytes: true}, {}},
	}
	two := verdict{result: check.RowResult{ID: "r2", Findings: []check.RowFinding{found(text, "b", pipeline.Neutral)}}, places: []place{{line: 4, endLine: 4}}, row: true}
	run := sarifOf(t, checkOptions{Second: "a dir/ü.txt"}, one, verdict{}, two).Runs[0]
	if run.ColumnKind != "unicodeCodePoints" || run.Tool.Driver.Name != "dragoman" || len(run.Results) != 3 {
		t.Fatalf("got %+v", run)
	}
	ids := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if ids[r.ID] || r.ShortDescription.Text == "" {
			t.Errorf("rule %+v", r)
		}
		ids[r.ID] = true
	}
	levels := []string{"error", "warning", "note"}
	for i, r := range run.Results {
		if r.Level != levels[i] || r.Message.Text == "" || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %d: %+v", i, r)
		}
		if got := r.Locations[0].PhysicalLocation.ArtifactLocation.URI; got != "a%20dir/%C3%BC.txt" {
			t.Errorf("uri %q", got)
		}
	}
	first, second, third := run.Results[0], run.Results[1], run.Results[2]
	if g := first.Locations[0].PhysicalLocation.Region; g == nil || g.StartLine != 1 || g.EndColumn != 2 || *g.ByteOffset != 0 || *g.ByteLength != 1 {
		t.Errorf("region %+v", g)
	}
	if g := second.Locations[0].PhysicalLocation.Region; g != nil {
		t.Errorf("an unknown place has the region %+v", g)
	}
	if third.Properties.Row != "r2" || !strings.HasPrefix(third.Message.Text, "r2: ") || third.Locations[0].PhysicalLocation.Region.ByteOffset != nil {
		t.Errorf("a row: %+v", third)
	}
	if empty := sarifOf(t, checkOptions{Second: "x"}).Runs[0]; len(empty.Results) != 0 {
		t.Errorf("nothing found: %+v", empty.Results)
	}
}

func TestFileURI(t *testing.T) {
	for name, want := range map[string]string{"ru.txt": "ru.txt", "./a/ru.txt": "a/ru.txt", "/srv/ru.txt": "file:///srv/ru.txt", "a:b.txt": "./a:b.txt"} {
		if got := fileURI(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// The spans of edits are those of the corrected text, however far the edits
// before them have moved it.
func TestHeldEditsStandInTheCorrectedText(t *testing.T) {
	source := "The the minister opened 12 offices  in Ankara.\nHe has left on 5 May."
	corrected := "The minister opened 17 new offices in Ankara.\nHe left on 6 May."
	got := heldEdits("x", source, corrected)
	words := ""
	for _, f := range got.Findings {
		words += corrected[f.Span.Start:f.Span.End] + ";"
	}
	if !got.Flagged || !strings.Contains(words, "17") || !strings.Contains(words, "6") {
		t.Errorf("got %q: %+v", words, got.Findings)
	}
	moved := heldEdits("x", "One 12 two.\nMore.", "One 17 two.")
	if len(moved.Findings) == 0 {
		t.Error("texts of different length are not held against each other")
	}
}

func TestTermFindings(t *testing.T) {
	terms := []check.Term{{Source: "ceasefire", Targets: []string{"перемирие"}, Forbidden: []string{"тишина"}}}
	src := "The ceasefire began on Monday in the city. The minister left for Moscow."
	for name, test := range map[string]struct {
		target string
		want   int
	}{
		"right":                  {"Перемирие началось в городе в понедельник. Министр уехал в Москву.", 0},
		"inflected":              {"О перемирии в городе объявили в понедельник. Министр уехал в Москву.", 0},
		"missing":                {"Пауза в городе началась в понедельник. Министр уехал в Москву.", 1},
		"forbidden":              {"Тишина в городе началась в понедельник. Министр уехал в Москву.", 2},
		"in the next sentence":   {"Стрельба в городе прекратилась в понедельник. Министр уехал в Москву, перемирие началось.", 0},
		"nothing to look at all": {" ", 0},
	} {
		got := termFindings(check.Row{ID: "1", Lang: "ru", Source: src, Target: test.target}, terms)
		if len(got) != test.want {
			t.Errorf("%s: got %+v, want %d", name, got, test.want)
		}
		for _, f := range got {
			if f.Check != "T17" || f.Span.Start != 0 || f.Span.End > len(test.target) {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
	if termFindings(check.Row{Lang: "ru", Source: src, Target: src}, nil) != nil {
		t.Error("findings without a glossary")
	}
}
