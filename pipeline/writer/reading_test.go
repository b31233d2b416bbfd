package writer_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// reading is one edition of a document.
func reading(t *testing.T, doc *pipeline.Document, lang string) writer.Reading {
	t.Helper()
	for _, r := range writer.Readings(doc) {
		if r.Lang == lang {
			return r
		}
	}
	t.Fatalf("there is no edition in %s", lang)
	return writer.Reading{}
}

// said are the sentences of a reading by id.
func said(t *testing.T, r writer.Reading) map[string]writer.Said {
	t.Helper()
	out := map[string]writer.Said{}
	for _, p := range slices.Concat(r.Article, r.Summary) {
		for _, row := range p.Rows {
			for _, s := range row {
				if _, doubled := out[s.ID]; doubled {
					t.Errorf("%s: %s stands there twice", r.Lang, s.ID)
				}
				out[s.ID] = s
			}
		}
	}
	return out
}

// remarks are what stands beside the sentences of a reading, in order.
func remarks(passages []writer.Passage) []string {
	var out []string
	for _, p := range passages {
		for _, b := range p.Beside {
			if b.Quote != "" {
				out = append(out, b.Label+" "+b.Quote)
			}
			out = append(out, b.Why...)
		}
	}
	return out
}

// follows checks that the texts stand in a page one after the other.
func follows(t *testing.T, what, page string, texts []string) {
	t.Helper()
	for _, text := range texts {
		_, after, found := strings.Cut(page, text)
		if !found {
			t.Errorf("%s: %q does not stand there, or not in its order", what, text)
			return
		}
		page = after
	}
}

func TestReadingsSayWhatTheMarkdownSays(t *testing.T) {
	for name, doc := range samples() {
		for _, r := range writer.Readings(doc) {
			page := strings.ReplaceAll(write(t, writer.Markdown(r.Lang), doc), `\`, "")
			what := name + " in " + r.Lang
			var sentences []string
			for _, p := range slices.Concat(r.Article, r.Summary) {
				if p.Label != "" {
					sentences = append(sentences, p.Label)
				}
				for _, row := range p.Rows {
					for _, s := range row {
						sentences = append(sentences, s.String())
					}
				}
			}
			follows(t, what, page, sentences)
			follows(t, what, page, remarks(r.Article))
			follows(t, what, page, remarks(r.Summary))
			follows(t, what, strings.ReplaceAll(page, "**", ""), slices.Concat(r.Gaps, []string{r.DisclosureTitle, r.Disclosure}))
			if (r.News != "") != (doc.Revision != nil) || !strings.Contains(page, r.News) {
				t.Errorf("%s: the news are %q", what, r.News)
			}
			if r.Prompts != "" {
				follows(t, what, page, []string{r.Disclosure, r.Prompts})
			}
			if strings.Contains(page, "⚠") != (r.Banner != "" || len(r.Gaps) > 0) {
				t.Errorf("%s: the marks differ: %q %q", what, r.Banner, r.Gaps)
			}
		}
	}
}

func TestReadingsHaveEverySentence(t *testing.T) {
	for name, doc := range samples() {
		var want []string
		for b, s := range doc.Normalized.Sentences() {
			if b.Kind != pipeline.Boilerplate {
				want = append(want, s.ID)
			}
		}
		if doc.Summary != nil {
			for _, s := range doc.Summary.Sentences {
				want = append(want, s.ID)
			}
		}
		readings := writer.Readings(doc)
		if len(readings) != len(doc.Translations)+1 || readings[0].Lang != "en" {
			t.Errorf("%s: %d editions, the first in %s", name, len(readings), readings[0].Lang)
		}
		for _, r := range readings {
			got := said(t, r)
			for _, id := range want {
				if got[id].Text == "" {
					t.Errorf("%s in %s: %s is not there", name, r.Lang, id)
				}
				delete(got, id)
			}
			for id := range got {
				t.Errorf("%s in %s: %s is there", name, r.Lang, id)
			}
		}
	}
}

func TestReadingsMarkWhatFailed(t *testing.T) {
	doc := rich()
	keep(doc, 0, "p9s2", "")
	keep(doc, 0, "p11s1", "")
	r := reading(t, doc, "ru")
	got := said(t, r)
	for id, want := range map[string]writer.Said{
		"p3s2":   {ID: "p3s2", Text: "[не переведено: p3s2]", Missing: true},
		"p6s1":   {ID: "p6s1", Text: "Прозвучало не менее восемнадцати выстрелов.", Note: "⚠"},
		"p9s2":   {ID: "p9s2", Text: "8"},
		"p11s1":  {ID: "p11s1", Text: "He became ambassador in July 2013.", Note: "[оставлено как в оригинале: p11s1]", Source: true},
		"sum.k3": {ID: "sum.k3", Text: "[не переведено: sum.k3]", Missing: true},
		"p7s1":   {ID: "p7s1", Text: "Разбил несколько фотографий."},
	} {
		if got[id] != want {
			t.Errorf("%s: got %+v, want %+v", id, got[id], want)
		}
	}
	if want := []string{"Не переведено: p3s2, sum.k3", "Отмечено знаком ⚠, проверку не прошло: p6s1"}; !slices.Equal(r.Gaps, want) {
		t.Errorf("gaps: %q", r.Gaps)
	}
	beside := remarks(r.Article)
	for _, want := range []string{
		"Оригинал (p3s2): \"An unknown attacker started firing chaotically,\" she told.",
		"⚠ p3s2: no answer after two re-asks",
		"⚠ p3s2, критическое: No translation came back.",
		"⚠ p6s1, серьёзное: The source says eight; the translation says eighteen.",
	} {
		if !slices.Contains(beside, want) {
			t.Errorf("%q does not stand beside: %q", want, beside)
		}
	}
}

func TestReadingsTellWhatGatesElsewhere(t *testing.T) {
	doc := cleanDoc()
	doc.Findings = []pipeline.Finding{
		finding("T08", "accuracy/omission", "translate", "tr", "", pipeline.Major, "Two sentences are one."),
		finding("T04", "accuracy/mistranslation", "translate", "tr", "p6s1", pipeline.Critical, "Eight is not eighteen."),
		finding("T12", "fluency", "translate", "tr", "p7s1", pipeline.Minor, "Small."),
		finding("T08", "accuracy/omission", "translate", "ru", "p7s1", pipeline.Major, "Another edition's."),
	}
	doc.Findings[3].Waived = "so be it"
	if got, want := reading(t, doc, "tr").Against, []string{"kritik p6s1 T04: Eight is not eighteen.", "ciddi T08: Two sentences are one."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, lang := range []string{"en", "ru"} {
		if got := reading(t, doc, lang).Against; got != nil {
			t.Errorf("%s: %q", lang, got)
		}
	}
	fail(doc, 1, "p6s1", "On sekiz el.")
	if got, want := reading(t, doc, "tr").Against, []string{"ciddi T08: Two sentences are one."}; !slices.Equal(got, want) {
		t.Errorf("what stands beside its sentence stands twice: %q", got)
	}
}

func TestReadingsGroupListsAndTables(t *testing.T) {
	var shape []string
	for _, p := range reading(t, cleanDoc(), "en").Article {
		row := string(p.Kind)
		for _, r := range p.Rows {
			row += " " + strings.Repeat("x", len(r))
		}
		shape = append(shape, row)
	}
	want := []string{
		"dateline x", "headline x", "keywords x", "lead x", "paragraph xx", "paragraph xx", "heading x", "quote x",
		"listItem x x", "tableRow xx xx", "caption x", "paragraph x",
	}
	if !slices.Equal(shape, want) {
		t.Errorf("got %q", shape)
	}
}

func TestTeasers(t *testing.T) {
	doc := rich()
	lead := "Посол России в Турции Андрей Карлов был застрелен вечером 19 декабря во время выступления на выставке."
	if got := reading(t, doc, "ru").Teaser; got != lead {
		t.Errorf("the summary's lead: %q", got)
	}
	fail(doc, 0, "p1s1", "Плохо.")
	doc.Summary = nil
	doc.Translations[0].Summary = nil
	if got := reading(t, doc, "ru").Teaser; got != "Плохо. ⚠" {
		t.Errorf("the article's lead: %q", got)
	}
	doc = normalizedOnly()
	doc.Normalized.Body = doc.Normalized.Body[4:]
	r := reading(t, doc, "en")
	if r.Headline != "" || !strings.HasPrefix(r.Teaser, "Russia's ambassador to Ankara has been shot") {
		t.Errorf("the first paragraph: %q under %q", r.Teaser, r.Headline)
	}
}

func TestASummaryThatFailedIsSaid(t *testing.T) {
	doc := rich()
	doc.Summary = nil
	r := reading(t, doc, "tr")
	if s := said(t, r)["sum"]; s.Text != "[çevrilmedi: sum]" || !s.Missing {
		t.Errorf("got %+v", s)
	}
	if got := reading(t, normalizedOnly(), "en").Summary; got != nil {
		t.Errorf("a summary that nobody asked for: %+v", got)
	}
}

func TestReadingsOfNothing(t *testing.T) {
	if got := writer.Readings(&pipeline.Document{}); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

// texts are all strings of a value.
func texts(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Slice:
		var out []string
		for i := range v.Len() {
			out = append(out, texts(v.Index(i))...)
		}
		return out
	case reflect.Struct:
		var out []string
		for i := range v.NumField() {
			out = append(out, texts(v.Field(i))...)
		}
		return out
	}
	return nil
}

func TestReadingsAreClean(t *testing.T) {
	hostile := slices.Concat(markdownPayloads(), htmlPayloads(), []string{"a\u202eb\x00c\x1b[31m\u2028d\ufffe\U000e0041"})
	for _, payload := range hostile {
		for _, r := range writer.Readings(poisoned(payload)) {
			for _, text := range texts(reflect.ValueOf(r)) {
				if strings.ContainsFunc(text, func(c rune) bool {
					return unicode.IsControl(c) || c >= 0x202A && c <= 0x202E || c == 0x2028 || c == 0xFFFE
				}) {
					t.Errorf("%s: %q is not clean", r.Lang, text)
				}
			}
		}
	}
}
