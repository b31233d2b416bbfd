package writer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

func TestMarkdownRefusesALanguageItDoesNotHave(t *testing.T) {
	for lang, doc := range map[string]*pipeline.Document{"de": rich(), "": rich(), "ru": normalizedOnly(), "en": {}} {
		err := writer.Markdown(lang)(&bytes.Buffer{}, doc)
		if pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%q: error %v", lang, err)
		}
	}
}

// holds checks what must and what may not be in a text.
func holds(t *testing.T, text string, want, wantNot []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not there", w)
		}
	}
	for _, w := range wantNot {
		if strings.Contains(text, w) {
			t.Errorf("%q is there", w)
		}
	}
}

func TestMarkdownMarksWhatFailed(t *testing.T) {
	for _, c := range []struct {
		name, lang    string
		change        func(d *pipeline.Document)
		want, wantNot []string
	}{
		{
			"no answer", "ru", func(d *pipeline.Document) { fail(d, 0, "p3s2", "") },
			[]string{`\[не переведено: p3s2\]`, "> Оригинал (p3s2): \"An unknown attacker", "⚠ p3s2: gone", "**⚠ Не переведено:** p3s2"},
			nil,
		},
		{
			"no answer in Turkish", "tr", func(d *pipeline.Document) { fail(d, 1, "h1s1", "") },
			[]string{`# \[çevrilmedi: h1s1\]`, "> Kaynak metin (h1s1): 'Don't forget"},
			nil,
		},
		{
			"a bad answer", "tr", func(d *pipeline.Document) { fail(d, 1, "p3s1", "Kötü çeviri.") },
			[]string{"Kötü çeviri. ⚠ Zaharova", "> ⚠ p3s1: gone", "denetimden geçmedi:** p3s1"},
			[]string{"hastily"},
		},
		{
			"a unit is missing", "ru", func(d *pipeline.Document) { d.Translations[0].Article = d.Translations[0].Article[:3] },
			[]string{`**\[не переведено: p1s1\]**`, "> Оригинал (p1s1): Attacker reportedly"},
			[]string{"\n**Attacker"},
		},
		{
			"a unit never worked on", "ru", func(d *pipeline.Document) { d.Translations[0].Article[3].State = pipeline.Initial },
			[]string{`**\[не переведено: p1s1\]**`},
			[]string{"застрелив"},
		},
		{
			"a cell without an answer", "ru", func(d *pipeline.Document) { fail(d, 0, "p9s1", "") },
			[]string{"| Агентство | Выстрелы |\n| --- | --- |\n| \\[не переведено: p9s1\\] | 8 |\n\n> Оригинал (p9s1): AP\n"},
			nil,
		},
		{
			"kept, with words", "ru", func(d *pipeline.Document) { keep(d, 0, "p9s1", "") },
			[]string{`| AP \[оставлено как в оригинале: p9s1\] | 8 |`},
			nil,
		},
		{
			"kept, without words", "tr", func(d *pipeline.Document) { keep(d, 1, "p9s2", "") },
			[]string{"| AP | 8 |"},
			[]string{"bırakıldı"},
		},
		{
			"kept in another form", "tr", func(d *pipeline.Document) { keep(d, 1, "d1s1", "19.12.2016") },
			[]string{"*19.12.2016*"},
			[]string{"bırakıldı"},
		},
		{
			"not corrected", "en", func(d *pipeline.Document) { d.Corrections[5].State, d.Corrections[5].Target = pipeline.Failed, "" },
			[]string{`\[not done: p2s2\]`, "> Source (p2s2): Andrey Karlov was speaking"},
			nil,
		},
		{
			"corrected, with doubt", "en", func(d *pipeline.Document) { d.Corrections[5].State = pipeline.Failed },
			[]string{"Uatoday. ⚠", "> ⚠ p2s2: "},
			nil,
		},
		{
			"not summarized", "en", func(d *pipeline.Document) { d.Summary.Sentences[2].Text = "" },
			[]string{`- \[not done: sum.k1\] *(rests on p2s2)*`},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := cleanDoc()
			c.change(d)
			holds(t, write(t, writer.Markdown(c.lang), d), c.want, c.wantNot)
		})
	}
}

// fail makes a translated sentence fail; keep leaves it by a rule.
func fail(d *pipeline.Document, lang int, id, target string) {
	u := unit(d, lang, id)
	u.State, u.Target, u.Note = pipeline.Failed, target, "gone"
}

func keep(d *pipeline.Document, lang int, id, target string) {
	u := unit(d, lang, id)
	u.State, u.Target, u.Note = pipeline.Kept, target, "a rule"
}

func unit(d *pipeline.Document, lang int, id string) *pipeline.Unit {
	us := d.Translations[lang].Article
	for i := range us {
		if us[i].ID == id {
			return &us[i]
		}
	}
	return &pipeline.Unit{}
}

func TestMarkdownNeverExportsBoilerplate(t *testing.T) {
	for _, lang := range []string{"en", "ru", "tr"} {
		holds(t, write(t, writer.Markdown(lang), rich()), nil, []string{"latest news", "b1s1"})
	}
}

func TestMarkdownDisclosure(t *testing.T) {
	for _, c := range []struct {
		lang, author string
		want         string
	}{
		{"en", "ai-autonomous", "No person has reviewed it. Status: ai-autonomous."},
		{"en", "ai-assisted", "signed off by a person (role: night editor; 22 November 2026, 17:05 UTC). Status: ai-assisted."},
		{"ru", "ai-autonomous", "Человек этот текст не проверял. Статус: ai-autonomous."},
		{"ru", "ai-assisted", "текст проверен и утверждён человеком (роль: night editor; 22 ноября 2026, 17:05 UTC). Статус: ai-assisted."},
		{"tr", "ai-autonomous", "Bu metni hiç kimse gözden geçirmemiştir. Durum: ai-autonomous."},
		{"tr", "ai-assisted", "(görevi: night editor; 22 Kasım 2026, 17:05 UTC). Durum: ai-assisted."},
		{"tr", "pseudo", "Yayımlanamaz. Durum: pseudo."},
	} {
		d := cleanDoc()
		d.Origin.Author = pipeline.Author(c.author)
		text := write(t, writer.Markdown(c.lang), d)
		holds(t, text, []string{c.want, "gpt-sample-2026", "sha256:0a1b2c3d0a1b2c3d"}, nil)
		if again := strings.Count(text, "⚠ "); (c.author == "pseudo") != (again == 2) {
			t.Errorf("%s %s: %d banners", c.lang, c.author, again)
		}
	}
	for lang, want := range map[string]string{"en": "EXAMPLE. ", "ru": "ПРИМЕР. ", "tr": "ÖRNEK. "} {
		if n := strings.Count(write(t, writer.Markdown(lang), authored()), "> **⚠ "+want); n != 2 {
			t.Errorf("%s: %d banners on replies written by hand", lang, n)
		}
	}
	holds(t, write(t, writer.Markdown("en"), normalizedOnly()), []string{"No AI model has worked on this text."}, []string{"## Corrections", "Provenance"})
}

func TestMarkdownFindingsInReadingOrder(t *testing.T) {
	d := cleanDoc()
	waived := finding("T09", "x", "translate", "tr", "d1s1", pipeline.Critical, "five")
	waived.Waived = "it is right"
	d.Findings = []pipeline.Finding{
		finding("T01", "x", "translate", "tr", "sum.h", pipeline.Minor, "four"),
		waived,
		finding("T02", "x", "translate", "tr", "p2s1", pipeline.Minor, "three"),
		finding("T03", "x", "translate", "tr", "p3s1", pipeline.Critical, "one"),
		finding("T04", "x", "translate", "tr", "", pipeline.Minor, "two"),
		finding("T05", "x", "translate", "ru", "", pipeline.Major, "another language"),
	}
	text := write(t, writer.Markdown("tr"), d)
	last := -1
	for _, word := range []string{": one", ": two", ": three", ": four", ": five"} {
		i := strings.Index(text, word)
		if i <= last {
			t.Errorf("%q stands at %d, after %d", word, i, last)
		}
		last = i
	}
	holds(t, text, []string{"*Editör tarafından geçerli sayılmadı:* it is right"}, []string{"another language"})
}

// headings are the headings of a tree: level and text.
func headings(t *testing.T, src string) []string {
	t.Helper()
	tree, _ := render(t, src)
	var out []string
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			var b strings.Builder
			for c := h.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					b.Write(t.Value([]byte(src)))
				}
			}
			out = append(out, strings.Repeat("#", h.Level)+" "+b.String())
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Levels 1 and 2 are ours but for the headline: an article cannot bring a
// section of its own.
func TestMarkdownHeadings(t *testing.T) {
	want := map[string]string{
		"en": "### What witnesses saw|## Summary|## Corrections|## Proposals|## Queries|## Findings|## Provenance|## Disclosure",
		"ru": "### Что видели свидетели|## Краткое содержание|## Замечания|## О происхождении текста",
		"tr": "### Tanıklar ne gördü|## Özet|## Bulgular|## Metnin kaynağı hakkında",
	}
	for lang, w := range want {
		got := headings(t, write(t, writer.Markdown(lang), rich()))
		if len(got) == 0 || !strings.HasPrefix(got[0], "# ") || strings.Join(got[1:], "|") != w {
			t.Errorf("%s: %q", lang, got)
		}
	}
}

func TestMarkdownTablesOfUnevenRows(t *testing.T) {
	d := normalizedOnly()
	d.Normalized.Body = []pipeline.Block{
		block("p1", pipeline.TableRow, "a | b", "c"),
		block("p2", pipeline.TableRow, "d"),
		block("p3", pipeline.TableRow, "e", "f", "g"),
		block("p4", pipeline.ListItem, "one", "two"),
		block("p5", pipeline.Quote, "> said"),
		block("p6", pipeline.Quote, "again"),
	}
	holds(t, write(t, writer.Markdown("en"), d), []string{
		"| a \\| b | c |  |\n| --- | --- | --- |\n| d |  |  |\n| e | f | g |\n",
		"- one two\n",
		"> \\> said\n\n> again\n",
	}, nil)
}

func TestMarkdownOfALanguageWithoutLabels(t *testing.T) {
	d := cleanDoc()
	d.Translations[0].Lang = language.German
	fail(d, 0, "p3s1", "")
	holds(t, write(t, writer.Markdown("de"), d), []string{`\[not done: p3s1\]`, "## Disclosure", "> Source (p3s1):"}, nil)
}

func TestMarkdownCorrections(t *testing.T) {
	d := rich()
	text := write(t, writer.Markdown("en"), d)
	holds(t, text, []string{
		"| p3s1 | hastily → *(nothing)* | style | Loaded adverb. | rejected |",
		"| p2s2 | in a back from a close distance → in the back at close range | wordChoice | The idiom is “at close range”. | accepted |",
		"| p2s2 | Turkish media say, according to Uatoday → Turkish media said, Uatoday reported | style | Two attributions in one sentence. | C11: touches an attribution |",
		"- h1s1: “11 bullets”: The body says at least eight shots. (e-",
		"- p5s1: Who is speaking here, the witness or the attacker? (f-",
	}, nil)
	d.Edits = nil
	d.Findings = nil
	holds(t, write(t, writer.Markdown("en"), d), []string{"## Corrections\n\nNone.\n", "No findings."}, []string{"## Proposals", "## Queries"})
}

// render gives what a Markdown reader makes of a text, and the tree.
func render(t *testing.T, src string) (ast.Node, string) {
	t.Helper()
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))
	var b bytes.Buffer
	if err := md.Convert([]byte(src), &b); err != nil {
		t.Fatal(err)
	}
	return md.Parser().Parse(text.NewReader([]byte(src))), b.String()
}

// shapeOf lists the kinds of all nodes, texts left out.
func shapeOf(t *testing.T, n ast.Node) string {
	t.Helper()
	var kinds []string
	err := ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() != ast.KindText && n.Kind() != ast.KindString {
			kinds = append(kinds, n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(kinds, " ")
}

// A hostile text in every field of a document changes nothing in the shape of
// what a Markdown reader sees.
func TestMarkdownCannotBeInjected(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		tame, _ := render(t, write(t, writer.Markdown(lang), poisoned("harmless")))
		want := shapeOf(t, tame)
		for _, p := range append(markdownPayloads(), htmlPayloads()...) {
			tree, html := render(t, write(t, writer.Markdown(lang), poisoned(p)))
			if got := shapeOf(t, tree); got != want {
				t.Errorf("%s: %q changes the shape:\n got %s\nwant %s", lang, p, got, want)
			}
			for _, tag := range []string{"<a ", "<img", "<script", "<svg", "<iframe", "<!--"} {
				if strings.Contains(html, tag) {
					t.Errorf("%s: %q makes %s", lang, p, tag)
				}
			}
		}
	}
}
