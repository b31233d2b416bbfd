package main

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
)

// printing is an environment whose output can be read.
func printing() (env *environment, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return &environment{stdin: strings.NewReader(""), stdout: stdout, stderr: stderr, now: time.Now}, stdout, stderr
}

func TestPrintServers(t *testing.T) {
	servers := []openai.Local{{Server: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Models: []openai.Model{{ID: "qwen2.5:7b"}, {ID: "it's odd"}}}}
	env, stdout, _ := printing()
	if err := printServers(env, servers, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Ollama answers at http://127.0.0.1:11434/v1, with 2 models",
		"  OPENAI_BASE_URL=http://127.0.0.1:11434/v1 dragoman run --model qwen2.5:7b FILE",
		`--model 'it'\''s odd' FILE`,
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	env, stdout, _ = printing()
	if err := printServers(env, servers, true); err != nil {
		t.Fatal(err)
	}
	var line serverLine
	if err := json.Unmarshal(stdout.Bytes(), &line); err != nil || len(line.Models) != 2 {
		t.Errorf("got %s, %v", stdout, err)
	}
	env, stdout, stderr := printing()
	err := printServers(env, nil, false)
	if (&outcome{errs: []error{err}}).code() != 5 || stdout.Len() != 0 || !strings.Contains(stderr.String(), "no model server answers") {
		t.Errorf("got %v, %s, %s", err, stdout, stderr)
	}
}

func TestProfileRows(t *testing.T) {
	cfg, err := config.Load(config.Sources{Env: func(n string) (string, bool) {
		return map[string]string{"HOME": "/home/desk", "OPENAI_API_KEY": "sk-secret-0000"}[n], true
	}})
	if err != nil {
		t.Fatal(err)
	}
	text := func(p llm.Profile) string {
		var b strings.Builder
		for _, r := range profileRows(cfg, p, llm.Prices{"m": {Currency: "USD", Input: 2_000_000, Output: 8_000_000}}) {
			b.WriteString(strings.Join(r, "=") + "\n")
		}
		return b.String()
	}
	whole := text(llm.Profile{Model: "m", Rung: llm.RungSchema, Enforced: true, Context: 8192, Slots: 2})
	for _, want := range []string{"key=[redacted]", "JSON schema=enforced", "context=8,192 tokens", "at once=2", "streaming=yes", "price=2.0000 USD in, 8.0000 USD out"} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %q in\n%s", want, whole)
		}
	}
	poor := text(llm.Profile{Model: "other", Rung: llm.RungPlain, NoStream: true, NoUsage: true, DoneOnly: true})
	for _, want := range []string{"JSON schema=refused, and", "context=unknown", "streaming=no", "usage=not told", "finish=not told", "price=unknown"} {
		if !strings.Contains(poor, want) {
			t.Errorf("no %q in\n%s", want, poor)
		}
	}
	if strings.Contains(whole+poor, "sk-secret") {
		t.Error("the key is shown")
	}
}

func TestRow(t *testing.T) {
	doc := docWith(pipeline.Failed, pipeline.Major, pipeline.Minor, pipeline.Minor)
	doc.Trace = []pipeline.Step{{Sent: 1, Usage: pipeline.Usage{InputTokens: 1000, OutputTokens: 50, Known: true}}, {Stored: true}}
	for name, test := range map[string]struct {
		f    finished
		want string
	}{
		"whole":      {finished{id: "a", doc: doc, took: 90 * time.Millisecond}, "a|1/1|-|0/1 (1 failed)|1 major, 2 minor|1 (1 stored)|1,000 in, 50 out|unknown|90ms"},
		"no edition": {finished{id: "b"}, "b|no edition"},
		"not begun":  {finished{id: "c", skipped: true}, "c|not begun"},
	} {
		if got := strings.Join(row(test.f, []string{"ru"}), "|"); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestFindingLine(t *testing.T) {
	f := pipeline.Finding{ID: "f-1", Check: "T04", Severity: pipeline.Major, Lang: "ru", Span: pipeline.Span{Sentence: "p3s2"}, Message: "11 is missing\x1b[31m"}
	if got := findingLine(f); got != "major T04 p3s2 ru: 11 is missing[31m (f-1)" {
		t.Error(got)
	}
	if got := findingLine(pipeline.Finding{Message: strings.Repeat("ы", 500)}); len([]rune(got)) > 220 || !strings.Contains(got, "article") {
		t.Error(got)
	}
}

func TestTell(t *testing.T) {
	var b strings.Builder
	o := &outcome{}
	for _, text := range []string{"one", "two", "two", "three", "four", "five"} {
		o.errs = append(o.errs, badUsage("mend it", "%s", text))
	}
	o.tell(&b)
	want := "dragoman: one\nhint: mend it\ndragoman: two\ndragoman: three\ndragoman: and 2 more errors\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func TestRunFatal(t *testing.T) {
	for code, want := range map[pipeline.Code]bool{pipeline.Auth: true, pipeline.Budget: true, pipeline.BadOutput: false, pipeline.Invalid: false} {
		if got := runFatal(classed(code)) != nil; got != want {
			t.Errorf("%s: got %v", code, got)
		}
	}
	if runFatal(nil) != nil {
		t.Error("no error ends a run")
	}
}

func TestTracked(t *testing.T) {
	art := articleOf("He was hit by 11 bullets in a back during the opening of the exhibition.")
	e := pipeline.Edit{Span: pipeline.Span{Sentence: "p1s1", Start: 28, End: 29}, Before: "a", After: "the"}
	if got := tracked(art, e); got != "…as hit by 11 bullets in [a → the] back during the opening…" {
		t.Error(got)
	}
	e.Span.Sentence = "p9s9"
	if got := tracked(art, e); got != "[a → the]" {
		t.Error(got)
	}
}

func TestLineDiff(t *testing.T) {
	a := "1\n2\n3\n4\n5\n6\n7\n8\n"
	b := "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"
	want := "@@\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n+9\n"
	if got := lineDiff(a, b); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := lineDiff(a, a); got != "" {
		t.Errorf("got\n%s", got)
	}
	if got := lineDiff("", "1\n"); got != "+1\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestVersion(t *testing.T) {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789"}, {Key: "vcs.modified", Value: "true"}}}
	info.Main.Version = "v1.2.3"
	if got := version(info, true); !strings.HasPrefix(got, "dragoman v1.2.3 (0123456, changed) go") {
		t.Error(got)
	}
	if got := version(nil, false); !strings.HasPrefix(got, "dragoman unversioned go") {
		t.Error(got)
	}
}

func TestUnits(t *testing.T) {
	for want, ids := range map[string][]string{"-": nil, "a b": {"a", "b"}, "a … d (4)": {"a", "b", "c", "d"}} {
		if got := units(ids); got != want {
			t.Errorf("%v: got %s", ids, got)
		}
	}
}

// What came of a batch is never wider than a terminal, however much it was.
func TestNarrow(t *testing.T) {
	head := []string{"articles", "done", "flagged", "failed", "stopped", "unchanged", "calls", "stored", "spent"}
	for name, c := range map[string]struct {
		figures []string
		lines   int
	}{
		"few":  {[]string{"3", "3", "0", "0", "0", "0", "24", "0", "nothing"}, 2},
		"some": {[]string{"3", "3", "0", "0", "0", "0", "24", "0", "12,345 tokens, price unknown"}, 3},
		"many": {[]string{"1,000,000", "998,000", "1,000", "500", "500", "0", "8,000,000", "1,000", "1,234.5678 EUR, 5,123,456,789 tokens"}, 3},
	} {
		var b strings.Builder
		if err := narrow(&b, [][]string{head, c.figures}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) != c.lines {
			t.Errorf("%s: %d lines, want %d\n%s", name, len(lines), c.lines, b.String())
		}
		for _, line := range lines {
			if len(line) > tableWidth {
				t.Errorf("%s: %d columns\n%s", name, len(line), line)
			}
		}
		for _, figure := range append(c.figures, head...) {
			if !strings.Contains(b.String(), figure) {
				t.Errorf("%s: %q is missing\n%s", name, figure, b.String())
			}
		}
	}
}

func TestShort(t *testing.T) {
	for in, want := range map[string]string{"sha256:0123456789abcdef": "sha256:0123456789ab", "abc": "abc", "": ""} {
		if got := short(in); got != want {
			t.Errorf("%s: got %s", in, got)
		}
	}
}

func TestIsLocal(t *testing.T) {
	for url, want := range map[string]bool{"http://127.0.0.1:8080/v1": true, "http://localhost/v1": true, "http://[::1]:1/v1": true, "https://api.openai.com/v1": false, "http://10.0.0.2/v1": false, ":": false} {
		if got := isLocal(url); got != want {
			t.Errorf("%s: got %v", url, got)
		}
	}
}

func TestEditions(t *testing.T) {
	doc := docWith(pipeline.Translated)
	doc.Translations = append(doc.Translations, pipeline.Translation{Lang: language.Turkish})
	if got := strings.Join(outdir.Editions(doc), " "); got != "en ru tr" {
		t.Error(got)
	}
}
