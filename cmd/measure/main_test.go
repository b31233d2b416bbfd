package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunWithoutAFolder(t *testing.T) {
	var out, errs strings.Builder
	if code := run("", &out, &errs); code != 2 || !strings.Contains(errs.String(), "DRAGOMAN_DATA") || out.Len() > 0 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out.String(), errs.String())
	}
}

func TestRunNamesWhatIsMissing(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.TempDir(), &out, &errs); code != 1 || !strings.Contains(errs.String(), "normalize.jsonl") || !strings.Contains(errs.String(), "html_articles") {
		t.Errorf("exit %d, stderr %q", code, errs.String())
	}
}

func TestNormalizeTables(t *testing.T) {
	dir := folder(t, map[string]string{"normalize.jsonl": `{"id":"1","in":"a  b","out":"a b","kind":"spaces","expect":"pass"}
{"id":"2","in":"“a”","out":"\"a\"","kind":"quotes","expect":"policy"}
{"id":"3","in":"ﬁsh","out":"ﬁsh","out_full":"fish","kind":"ligatures","expect":"pass"}
`})
	tables, err := normalizeTables(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, table := range tables {
		table.print(&out)
	}
	words := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"all rows to pass 2 2 100.0 %", "quotes (policy) 1 0 0.0 %", "the log makes the output of the input 3 3"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestSentenceTables(t *testing.T) {
	dir := folder(t, map[string]string{"sentences.jsonl": `{"id":"1","lang":"en","text":"One came. Two left.","sentences":["One came.","Two left."],"kind":"corpus"}
{"id":"2","lang":"en","text":"He left. She stayed.","sentences":["He left. She stayed."],"kind":"corpus"}
`})
	tables, err := sentenceTables(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(tables[0].rows[1], "|"); got != "en corpus|2|50.0 %|0.5000 (1 of 2)|1.0000 (1 of 1)" {
		t.Errorf("row is %s", got)
	}
	if _, err := sentenceTables(folder(t, map[string]string{"sentences.jsonl": `{"id":"1","lang":"xx","text":"a"}`})); err == nil {
		t.Error("a language nobody knows passed")
	}
	if _, err := sentenceTables(folder(t, map[string]string{"sentences.jsonl": "{\"id\":\"1\"}\nnonsense\n"})); err == nil || !strings.Contains(err.Error(), "sentences.jsonl:2") {
		t.Errorf("error is %v", err)
	}
}

func TestHTMLTables(t *testing.T) {
	story := strings.Repeat("<p>The town council met for four hours on Tuesday and put off its decision on the bridge until May.</p>", 4)
	files := map[string]string{
		"html_articles/a.html": "<html><body><article><h1>Bridge waits</h1>" + story + "</article></body></html>",
		"html_articles/a.json": `{"id":"a","html":"a.html","title":"Bridge waits","starts_with":"The town council","must_contain":["until May"],"must_not_contain":["ferry"]}`,
		"html_articles/b.json": `{"id":"b","html":"a.html","must_contain":["ferry"],"must_not_contain":["bridge"],"starts_with":"A ","expected_text":"Nothing of the kind","title":"Other"}`,
	}
	tables, err := htmlTables(folder(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if got := tables[0].rows[1][:2]; strings.Join(got, " ") != "a yes" {
		t.Errorf("row is %q", tables[0].rows[1])
	}
	for _, want := range []string{"b no", "lacks ferry", "holds bridge", "does not start", "text differs", "headline is"} {
		if got := strings.Join(tables[0].rows[2], " "); !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
}

func TestPercentAndRatio(t *testing.T) {
	if percent(1, 0) != "-" || percent(1, 3) != "33.3 %" || ratio(0, 0) != 1 || ratio(1, 4) != 0.25 {
		t.Error("figures are written wrongly")
	}
}
