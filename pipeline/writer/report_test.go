package writer

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

func TestStageRowAddsUp(t *testing.T) {
	for total := range 40 {
		for failed := range total + 1 {
			for kept := range total - failed + 1 {
				s := StageAccount{Total: total, Done: total - failed - kept, Kept: kept, Failed: make([]string, failed)}
				v := stageRow(s, "")
				if total == 0 {
					continue
				}
				if v.DoneWidth+v.KeptWidth+v.FailedWidth != 100 || v.DoneWidth < 0 || v.FailedWidth < 0 || v.FailedX != v.DoneWidth+v.KeptWidth && failed > 0 {
					t.Fatalf("%d of %d failed, %d kept: %+v", failed, total, kept, v)
				}
				if (v.FailedWidth > 0) != (failed > 0) {
					t.Fatalf("%d of %d failed, and the bar shows %d %%", failed, total, v.FailedWidth)
				}
			}
		}
	}
}

func TestTitle(t *testing.T) {
	art := func(id string, kind pipeline.Kind, text string) *pipeline.Article {
		return &pipeline.Article{ID: id, Body: []pipeline.Block{{Kind: kind, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: text}}}}}
	}
	for _, c := range []struct {
		doc  pipeline.Document
		want string
	}{
		{pipeline.Document{}, "Untitled article"},
		{pipeline.Document{Source: art("a-file", pipeline.Paragraph, "x")}, "a-file"},
		{pipeline.Document{Normalized: art("id", pipeline.Headline, "As written")}, "As written"},
		{pipeline.Document{Normalized: art("id", pipeline.Headline, "As written"), Corrected: art("id", pipeline.Headline, "As corrected")}, "As corrected"},
		{pipeline.Document{Normalized: art("", pipeline.Headline, " \u200B ")}, "Untitled article"},
	} {
		if got := newReport(&c.doc).Title; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestReportGridHasAColumnForEachEdition(t *testing.T) {
	langs := []string{"ru", "tr", "de", "fr", "uk", "az", "kk"}
	for n := range len(langs) + 1 {
		d := tiny()
		one := d.Translations[0]
		d.Translations = nil
		for _, l := range langs[:n] {
			one.Lang = language.MustParse(l)
			d.Translations = append(d.Translations, one)
		}
		r := newReport(d)
		if want := fmt.Sprintf("columns-%d", min(n+1, 4)); r.Columns != want || len(r.Editions) != n {
			t.Errorf("%d editions: class %s, want %s", n, r.Columns, want)
		}
		for i, e := range r.Editions {
			if e.Class != fmt.Sprintf("l%d", i+1) {
				t.Errorf("edition %d has the class %s", i, e.Class)
			}
		}
		for _, b := range r.Blocks {
			for _, row := range b.Rows {
				if len(row.Targets) != n {
					t.Errorf("%d editions, %d cells in %s", n, len(row.Targets), row.ID)
				}
			}
		}
	}
	if got := newReport(tiny()).Editions[0].Name; got != "Russian" {
		t.Errorf("named %q", got)
	}
	if got := languageName(language.German); got != "de" {
		t.Errorf("a language that we do not know is named %q", got)
	}
}

func TestFindingsHaveOnePlace(t *testing.T) {
	for _, c := range []struct {
		name    string
		finding pipeline.Finding
		where   string
	}{
		{"of the source", pipeline.Finding{Span: pipeline.Span{Sentence: "p1s1"}}, "p1s1 English"},
		{"of an edition", pipeline.Finding{Span: pipeline.Span{Sentence: "p1s1"}, Lang: "ru"}, "p1s1 Russian"},
		{"of an edition that is not there", pipeline.Finding{Span: pipeline.Span{Sentence: "p1s1"}, Lang: "tr"}, "p1s1 English"},
		{"of the source language", pipeline.Finding{Span: pipeline.Span{Sentence: "p1s1"}, Lang: "en"}, "p1s1 English"},
		{"of the summary", pipeline.Finding{Stage: "summarize", Span: pipeline.Span{Sentence: "sum.h"}}, "sum.h English"},
		{"of its translation", pipeline.Finding{Stage: "translate", Lang: "ru", Span: pipeline.Span{Sentence: "sum.h"}}, "sum.h Russian"},
		{"of all", pipeline.Finding{}, "whole"},
		{"of a name", pipeline.Finding{Stage: "names", Lang: "ru", Span: pipeline.Span{Sentence: "Karlov"}}, "name Karlov"},
		{"of a name that is not on the sheet", pipeline.Finding{Stage: "names", Span: pipeline.Span{Sentence: "Lavrov"}}, "elsewhere"},
		{"of nothing we have", pipeline.Finding{Span: pipeline.Span{Sentence: "p9s9"}}, "elsewhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := tiny()
			d.Names = []pipeline.Name{{Source: "Karlov"}, {Source: "Karlov"}}
			c.finding.ID = "f-0123456789ab"
			d.Findings = []pipeline.Finding{c.finding}
			r := newReport(d)
			if got := placesIn(r); !slices.Equal(got, []string{c.where}) {
				t.Errorf("stands in %q, want %q", got, c.where)
			}
			if len(r.Findings) != 1 {
				t.Error("is not in the list of all")
			}
		})
	}
}

// placesIn lists where the findings of a report stand.
func placesIn(r report) []string {
	var out []string
	row := func(v rowView) {
		for _, c := range append([]cell{v.Source}, v.Targets...) {
			for range c.Findings {
				out = append(out, v.ID+" "+c.Name)
			}
		}
	}
	for _, g := range r.Summary {
		for _, v := range g.Rows {
			row(v.rowView)
		}
	}
	for _, b := range r.Blocks {
		for _, v := range b.Rows {
			row(v)
		}
	}
	for range r.Whole {
		out = append(out, "whole")
	}
	for range r.Elsewhere {
		out = append(out, "elsewhere")
	}
	for _, n := range r.Names {
		for range n.Findings {
			out = append(out, "name "+n.Source)
		}
	}
	return out
}

func TestEditsAreNeverLost(t *testing.T) {
	d := tiny()
	d.Edits = []pipeline.Edit{
		{ID: "e-1", Span: pipeline.Span{Sentence: "p1s1", End: 3}, Before: "Two", After: "2", State: pipeline.Applied},
		{ID: "e-2", Span: pipeline.Span{Sentence: "p9s9", End: 3}, Before: "Six", After: "6", State: pipeline.Applied},
		{ID: "e-3", Span: pipeline.Span{Sentence: "sum.h", End: 3}, Before: "One", After: "1", State: pipeline.Applied},
		{ID: "e-4", Before: "One", After: "1", State: pipeline.Proposed},
	}
	r := newReport(d)
	var loose []string
	for _, e := range r.LooseEdits {
		loose = append(loose, e.Where)
	}
	if !slices.Equal(loose, []string{"(no sentence)", "sum.h", "p9s9"}) {
		t.Errorf("loose: %q", loose)
	}
	if n := len(r.Blocks[1].Rows[0].Source.Notes); n != 1 {
		t.Errorf("%d notes beside the sentence", n)
	}
}

func TestRunsOfBlocksAreLabelledOnce(t *testing.T) {
	d := tiny()
	for i, k := range []pipeline.Kind{
		pipeline.ListItem, pipeline.ListItem, pipeline.TableRow, pipeline.ListItem, pipeline.Paragraph, pipeline.Paragraph,
		pipeline.Boilerplate, "odd\" kind", "",
	} {
		id := fmt.Sprintf("p%d", i+2)
		d.Normalized.Body = append(d.Normalized.Body, pipeline.Block{ID: id, Kind: k, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: "x"}}})
	}
	var got []string
	for _, b := range newReport(d).Blocks[2:] {
		got = append(got, b.Label+"/"+b.Class)
	}
	want := []string{
		"list item/k-listItem", "/k-listItem run", "table row/k-tableRow", "list item/k-listItem", "/k-paragraph", "/k-paragraph",
		"boilerplate, not exported/k-boilerplate", "odd\" kind/", "/k-",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestTodos(t *testing.T) {
	d := tiny()
	d.Translations[0].Article[0].State = pipeline.Failed
	d.Translations[0].Article[1] = pipeline.Unit{ID: "p1s1", State: pipeline.Failed}
	d.Translations[0].Article[2].ID = "p7s7"
	d.Edits = []pipeline.Edit{
		{ID: "e-000001", Span: pipeline.Span{Sentence: "p1s1", End: 3}, Before: "Two", After: "2", State: pipeline.Proposed},
		{ID: "e-000002", Span: pipeline.Span{Sentence: "h1s1", End: 3}, Before: "One", After: "One", State: pipeline.Proposed},
		{ID: "e-000003", Span: pipeline.Span{Sentence: "h1s1", End: 3}, Before: "One", After: "1", State: pipeline.Applied},
	}
	d.Findings = []pipeline.Finding{
		{ID: "f-000001", Check: "query", Stage: "correct", Span: pipeline.Span{Sentence: "p1s2"}},
		{ID: "f-000002", Check: "query", Stage: "correct", Span: pipeline.Span{Sentence: "p1s2"}, Waived: "known"},
	}
	d.Summary = nil
	var got []string
	for _, x := range newReport(d).Account.Todo {
		var links []string
		for _, l := range x.Links {
			links = append(links, l.Text+">"+l.Anchor)
		}
		got = append(got, x.Level+": "+x.Text+": "+strings.Join(links, " "))
	}
	want := []string{
		"critical: translate article into Russian: not accounted for: p1s2>p1s2",
		"critical: translate article into Russian: doubled or out of place: p7s7>",
		"critical: translate article into Russian: no answer: p1s1>p1s1",
		"major: translate article into Russian: did not pass the checks: h1s1>h1s1",
		"minor: Edits that only a person may accept: p1s1>e-000001",
		"minor: Queries of the copy desk: h1s1>e-000002 p1s2>f-000001",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSteps(t *testing.T) {
	d := tiny()
	d.Trace = []pipeline.Step{
		{Stage: "correct", Usage: pipeline.Usage{InputTokens: 12345, OutputTokens: 6, Known: true}, Cost: &pipeline.Money{Micros: 1500000, Currency: "USD"}, DurationMS: 1840, Temperature: 0.4},
		{Stage: "translate", Usage: pipeline.Usage{InputTokens: 10}, Units: []string{"p1s1", "p1s2"}, DurationMS: 99},
	}
	s := newReport(d).Steps
	if s[0].Input != "12,345" || s[0].Cost != "1.5000 USD" || s[0].Time != "1.8 s" || s[0].Temperature != "0.4" || s[0].Number != 1 {
		t.Errorf("first: %+v", s[0])
	}
	if s[1].Input != "≈ 10" || s[1].Cost != "unknown" || s[1].Time != "0.0 s" || s[1].Units != "p1s1, p1s2" {
		t.Errorf("second: %+v", s[1])
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -5: "-5", -1234: "-1,234", -123456: "-123,456"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSqueezeStyle(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"/* a */\n  b { c: d }\n\n":        "b { c: d }",
		"a{}/* x */b{}/* y\n z */\n  c{}":  "a{}b{}\nc{}",
		"a{} /* never closed":              "a{}",
		"@media x {\n  a { b: c; }\n}\n\n": "@media x {\na { b: c; }\n}",
	} {
		if got := squeezeStyle(in); got != want {
			t.Errorf("squeezeStyle(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFilledLeavesTheDocumentAlone(t *testing.T) {
	d := tiny()
	d.Names = []pipeline.Name{{Source: "x"}}
	d.Summary.Sentences[0].Evidence = nil
	d.Normalized.Body[0].Sentences = nil
	before, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	f := filled(d)
	after, err := json.Marshal(d)
	if err != nil || string(before) != string(after) {
		t.Error("the document was changed")
	}
	if f.Names[0].Forms == nil || f.Summary.Sentences[0].Evidence == nil || f.Normalized.Body[0].Sentences == nil || f.Edits == nil {
		t.Error("a list is still nil")
	}
	if got := filled(&pipeline.Document{}); got.Source != nil || got.Summary != nil {
		t.Error("what is not there was made up")
	}
}

func TestEscapeUnsafe(t *testing.T) {
	for in, want := range map[string]string{
		"{\n \"a\": \"b\"\n}": "{\n \"a\": \"b\"\n}",
		"\x7f":                `\u007f`,
		"\u009b\u202e":        `\u009b\u202e`,
		"\U000E0041":          `\udb40\udc41`,
		"Çavuşoğlu Ё 😀":       "Çavuşoğlu Ё 😀",
		"\uFFFE":              `\ufffe`,
	} {
		got := string(escapeUnsafe([]byte(in)))
		if got != want {
			t.Errorf("escapeUnsafe(%q) = %q, want %q", in, got, want)
		}
		var back string
		if !strings.Contains(in, "{") && (json.Unmarshal([]byte(`"`+got+`"`), &back) != nil || back != in) {
			t.Errorf("%q comes back as %q", in, back)
		}
	}
}

// Writers keep nothing between two documents and change none.
func TestWritersArePure(t *testing.T) {
	d := tiny()
	want := *tiny()
	for name, w := range map[string]pipeline.Writer{"json": JSON, "html": HTML, "en": Markdown("en"), "ru": Markdown("ru")} {
		var first, second strings.Builder
		if err := w(&first, d); err != nil {
			t.Fatal(err)
		}
		if err := w(&second, d); err != nil || first.String() != second.String() {
			t.Errorf("%s: two texts of one document, error %v", name, err)
		}
		if !reflect.DeepEqual(*d, want) {
			t.Errorf("%s changed the document", name)
		}
	}
}

// A long article with a long history stays a matter of one pass.
func TestLongArticles(t *testing.T) {
	const n = 5000
	d := tiny()
	for i := range n {
		id := fmt.Sprintf("p%d", i+2)
		d.Normalized.Body = append(d.Normalized.Body, pipeline.Block{ID: id, Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: "A sentence."}}})
		d.Corrections = append(d.Corrections, pipeline.Unit{ID: id + "s1", Target: "A sentence.", State: pipeline.Translated})
		d.Translations[0].Article = append(d.Translations[0].Article, pipeline.Unit{ID: id + "s1", Target: "Предложение.", State: pipeline.Translated})
		d.Findings = append(d.Findings, pipeline.Finding{ID: fmt.Sprintf("f-%06d", i), Severity: pipeline.Minor, Lang: "ru", Span: pipeline.Span{Sentence: id + "s1"}})
	}
	for name, w := range map[string]pipeline.Writer{"json": JSON, "html": HTML, "en": Markdown("en"), "ru": Markdown("ru")} {
		var b strings.Builder
		if err := w(&b, d); err != nil || strings.Count(b.String(), "p5001s1") == 0 && name != "en" {
			t.Errorf("%s: error %v, %d bytes", name, err, b.Len())
		}
	}
	if a := AccountOf(d); !a.Complete() && len(a.Stages[0].Missing) > 0 {
		t.Errorf("%s", a.Verdict())
	}
}
