package check

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/normalize"
	"dragoman/pipeline/reader"
)

// fixture is one case of fixtures/checks: fields by name, and what is wanted.
type fixture struct {
	fields map[string]string
	want   []string
}

func parseFixture(data string) fixture {
	f := fixture{fields: map[string]string{}}
	for line := range strings.Lines(data) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ":")
		if !ok {
			continue
		}
		value = strings.ReplaceAll(strings.TrimPrefix(value, " "), `\n`, "\n")
		if key == "want" {
			f.want = append(f.want, value)
		} else {
			f.fields[key] = value
		}
	}
	return f
}

// TestFixtures runs every case of fixtures/checks. The first part of a case's
// name says what is judged; "good" cases want no finding of the file's check.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/checks/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("reading fixtures: %v, %d files", err, len(files))
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		id := strings.ToUpper(strings.SplitN(name, "-", 2)[0])
		for _, f := range txtar.Parse(raw).Files {
			t.Run(name+"/"+f.Name, func(t *testing.T) {
				judgeFixture(t, id, f.Name, parseFixture(string(f.Data)))
			})
		}
	}
}

func judgeFixture(t *testing.T, id, name string, f fixture) {
	t.Helper()
	switch kind, _, _ := strings.Cut(name, "/"); kind {
	case "edit":
		judgeEditFixture(t, f)
	case "edits":
		judgeEditsFixture(t, f)
	case "news", "text":
		judgeNewsFixture(t, kind, f)
	case "row":
		res := PairRow(Row{ID: "r", Lang: f.fields["lang"], Source: f.fields["src"], Target: f.fields["hyp"]})
		var got []said
		for _, x := range res.Findings {
			got = append(got, said{x.Check, x.Severity, f.fields["hyp"][x.Span.Start:x.Span.End]})
		}
		compare(t, id, f.want, got)
	case "sum":
		art := articleOf(strings.ReplaceAll(f.fields["article"], " | ", "\n"))
		p := pipeline.Product(f.fields["product"])
		s := pipeline.SummarySentence{ID: "sum.k1", Text: f.fields["text"], Evidence: strings.Fields(f.fields["evidence"]), Product: p}
		compare(t, "M", f.want, saidOf(Summary(art, s, Budgets()[p]), f.fields["text"], ""))
	case "article":
		judgeArticleFixture(t, id, f)
	case "editions":
		judgeEditionsFixture(t, id, f)
	case "terms":
		p := pairOf(f)
		compare(t, id, f.want, saidOf(Glossary(p, []Term{termOf(f.fields["terms"])}), p.Target, p.Source))
	case "source":
		art := articleOf(strings.ReplaceAll(f.fields["article"], " | ", "\n"))
		art.Body[0].Kind = pipeline.Headline
		compare(t, "S", f.want, saidOf(Source(art), "", art.Body[0].Text()))
	default:
		p := pairOf(f)
		compare(t, id, f.want, saidOf(Pair(p), p.Target, p.Source))
	}
}

// judgeArticleFixture judges an edition of the sentences parted by " | ".
func judgeArticleFixture(t *testing.T, id string, f fixture) {
	t.Helper()
	tr := &pipeline.Translation{Lang: language.MustParse(f.fields["lang"])}
	hyps := strings.Split(f.fields["hyp"], " | ")
	for i, src := range strings.Split(f.fields["src"], " | ") {
		tr.Article = append(tr.Article, answered(strconv.Itoa(i), src, hyps[i]))
	}
	var got []said
	for _, x := range Spellings(&pipeline.Document{}, tr) {
		i, _ := strconv.Atoi(x.Span.Sentence)
		got = append(got, said{x.Check, x.Severity, hyps[i][x.Span.Start:x.Span.End]})
	}
	compare(t, id, f.want, got)
}

// judgeEditionsFixture holds two editions of one sentence against each other.
func judgeEditionsFixture(t *testing.T, id string, f fixture) {
	t.Helper()
	ru, tr := answered("p1s1", f.fields["src"], f.fields["ru"]), answered("p1s1", f.fields["src"], f.fields["tr"])
	doc := twoEditions(ru, tr)
	if a, b, ok := strings.Cut(f.fields["names"], "="); ok {
		doc.Names = []pipeline.Name{{Source: strings.TrimSpace(a), Forms: map[string]string{"ru": strings.TrimSpace(b)}}}
	}
	var got []said
	for _, x := range Editions(doc) {
		g := saidOf([]pipeline.Finding{x}, f.fields[x.Lang], f.fields["src"])[0]
		g.text = strings.TrimSpace(x.Lang + " " + g.text)
		got = append(got, g)
	}
	compare(t, id, f.want, got)
}

// termOf reads "source = form / form ! forbidden / forbidden".
func termOf(s string) Term {
	list := func(s string) []string {
		var out []string
		for _, x := range strings.Split(s, "/") {
			if x = strings.TrimSpace(x); x != "" {
				out = append(out, x)
			}
		}
		return out
	}
	source, rest, _ := strings.Cut(s, "=")
	right, wrong, _ := strings.Cut(rest, "!")
	return Term{Source: strings.TrimSpace(source), Targets: list(right), Forbidden: list(wrong)}
}

func pairOf(f fixture) pipeline.Pair {
	p := pipeline.Pair{ID: "p1s2", Source: f.fields["src"], Target: f.fields["hyp"], Lang: language.MustParse(f.fields["lang"])}
	for _, n := range strings.Split(f.fields["names"], ";") {
		if a, b, ok := strings.Cut(n, "="); ok {
			p.Names = append(p.Names, pipeline.Name{Source: strings.TrimSpace(a), Forms: map[string]string{p.Lang.String(): strings.TrimSpace(b)}})
		}
	}
	for key, at := range map[string]**pipeline.Pair{"before": &p.Before, "after": &p.After} {
		if a, b, ok := strings.Cut(f.fields[key], "=>"); ok {
			*at = &pipeline.Pair{ID: key, Source: strings.TrimSpace(a), Target: strings.TrimSpace(b), Lang: p.Lang}
		}
	}
	return p
}

// said is a finding as a fixture writes it.
type said struct {
	check    string
	severity pipeline.Severity
	text     string // at its span
}

func saidOf(fs []pipeline.Finding, target, source string) []said {
	var out []said
	for _, f := range fs {
		text := target
		if f.Side == pipeline.SourceSide {
			text = source
		}
		if f.Span.End <= len(text) {
			text = text[f.Span.Start:f.Span.End]
		}
		out = append(out, said{f.Check, f.Severity, text})
	}
	return out
}

// compare wants each "CHECK severity [text]" among the findings, and where
// nothing is wanted, no finding of the file's check.
func compare(t *testing.T, id string, want []string, got []said) {
	t.Helper()
	for _, w := range want {
		parts := strings.SplitN(w, " ", 3)
		found := false
		for _, g := range got {
			found = found || g.check == parts[0] && string(g.severity) == parts[1] && (len(parts) < 3 || g.text == parts[2])
		}
		if !found {
			t.Errorf("wanted %q, got %v", w, got)
		}
	}
	if len(want) > 0 {
		return
	}
	for _, g := range got {
		if strings.HasPrefix(g.check, id) || g.severity.AtLeast(pipeline.Major) {
			t.Errorf("wanted no finding, got %v", g)
		}
	}
}

func judgeEditFixture(t *testing.T, f fixture) {
	t.Helper()
	s := pipeline.Sentence{ID: "p1s1", Text: f.fields["text"]}
	v := Edit(s, pipeline.Edit{Before: f.fields["before"], After: f.fields["after"], Category: f.fields["category"], Reason: "test"})
	got := "applied"
	switch {
	case v.Drop != "":
		got = "drop " + v.Drop[:3]
	case v.Hold != "":
		got = "hold " + v.Hold[:3]
	}
	if got != f.want[0] {
		t.Errorf("wanted %s, got %s (%s%s)", f.want[0], got, v.Drop, v.Hold)
	}
	if v.Drop == "" {
		if at := s.Text[v.Edit.Span.Start:v.Edit.Span.End]; at != v.Edit.Before {
			t.Errorf("the span holds %s and the edit replaces %s", strconv.Quote(at), strconv.Quote(v.Edit.Before))
		}
	}
}

// judgeEditsFixture judges several edits of one sentence, "before => after"
// parted by " | ", and wants for each in the order of the sentence "applied" or
// "hold" and the rule.
func judgeEditsFixture(t *testing.T, f fixture) {
	t.Helper()
	var es []pipeline.Edit
	for _, x := range strings.Split(f.fields["edits"], " | ") {
		before, after, _ := strings.Cut(x, " => ")
		es = append(es, pipeline.Edit{Before: before, After: after, Category: "grammar", Reason: "test"})
	}
	kept, _ := Edits(pipeline.Sentence{ID: "p1s1", Text: f.fields["text"]}, es)
	var got []string
	for _, e := range kept {
		rule, _, held := strings.Cut(e.Held, ":")
		if !held {
			got = append(got, string(e.State))
			continue
		}
		got = append(got, "hold "+rule)
	}
	if !slices.Equal(got, f.want) {
		t.Errorf("wanted %q, got %q: %+v", f.want, got, kept)
	}
}

// judgeNewsFixture judges an input as a reader and normalize do. Its text is
// written as in Go, so that \xe9 is a byte. "text" cases want the normalized
// text; for all of them, to normalize once more changes nothing (N01).
func judgeNewsFixture(t *testing.T, kind string, f fixture) {
	t.Helper()
	input, err := strconv.Unquote(`"` + strings.ReplaceAll(f.fields["input"], "\n", `\n`) + `"`)
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text" {
		out, _ := normalize.Text(input)
		again, repairs := normalize.Text(out)
		if !slices.Equal(f.want, []string{strconv.Quote(out)}) || again != out || len(repairs) > 0 {
			t.Errorf("wanted %s, got %q, then %q by %v", f.want, out, again, repairs)
		}
		return
	}
	arts, err := reader.Sniff(strings.NewReader(input), f.fields["name"])
	if err != nil {
		t.Fatal(err)
	}
	res, err := normalize.Article(arts[0])
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, s := range res.Article.Sentences() {
		text[s.ID] = s.Text
		if again, repairs := normalize.Text(s.Text); again != s.Text {
			t.Errorf("normalized again, %q is %q by %v", s.Text, again, repairs)
		}
	}
	var got []said
	for _, x := range res.Findings {
		at := text[x.Span.Sentence]
		if x.Span.Len() > 0 {
			at = at[x.Span.Start:x.Span.End]
		}
		got = append(got, said{x.Check, x.Severity, at})
	}
	compare(t, "N", f.want, got)
}
