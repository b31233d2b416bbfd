package writer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// revisedDoc is a clean document of a text that had another form before.
func revisedDoc() *pipeline.Document {
	d := cleanDoc()
	d.Revision = &pipeline.Revision{
		Of: "sha256:" + strings.Repeat("5ca1ab1e", 8), Date: time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC),
		Changed: []string{"h1s1", "p2s2"}, Added: []string{"p11s1"}, Moved: []string{"p10s1"},
		Removed: []pipeline.RemovedSentence{{ID: "p3s3", Text: "He was 62 & *well known*."}, {ID: "p4s1", Text: "<b>More</b> soon."}},
	}
	return d
}

func TestMarkdownOfARevision(t *testing.T) {
	for _, c := range []struct {
		lang          string
		change        func(r *pipeline.Revision)
		want, wantNot []string
	}{
		{
			"en", nil,
			[]string{
				"> Updated. Sentences: changed 2 (h1s1, p2s2), new 1 (p11s1), moved 1 (p10s1), removed 2. The edition before: 21 November 2026, 08:30 UTC.",
				"## Removed since the edition before\n\n- p3s3: He was 62 & \\*well known\\*.\n- p4s1: \\<b\\>More\\</b\\> soon.\n",
			},
			nil,
		},
		{
			"ru", nil,
			[]string{"> Обновлено. Предложения: изменено 2 (h1s1, p2s2), добавлено 1 (p11s1), перемещено 1 (p10s1), удалено 2. Предыдущая версия: 21 ноября 2026, 08:30 UTC."},
			[]string{"Updated", "Removed", "well known"},
		},
		{
			"tr", nil,
			[]string{"> Güncellendi. Cümleler: değişen 2 (h1s1, p2s2), yeni 1 (p11s1), yeri değişen 1 (p10s1), çıkarılan 2. Önceki sürüm: 21 Kasım 2026, 08:30 UTC."},
			[]string{"Updated", "Removed", "well known"},
		},
		{
			"en", func(r *pipeline.Revision) { r.Added, r.Moved, r.Removed, r.Date = nil, nil, nil, time.Time{} },
			[]string{"> Updated. Sentences: changed 2 (h1s1, p2s2). The edition before: date not stated."},
			[]string{"new 0", "Removed"},
		},
		{
			"ru", func(r *pipeline.Revision) { r.Changed, r.Added, r.Moved = nil, nil, nil },
			[]string{"> Обновлено. Предложения: удалено 2. Предыдущая версия:"},
			nil,
		},
	} {
		d := revisedDoc()
		if c.change != nil {
			c.change(d.Revision)
		}
		t.Run(c.lang, func(t *testing.T) { holds(t, write(t, writer.Markdown(c.lang), d), c.want, c.wantNot) })
	}
}

// TestWithoutARevision holds that a document without a revision is written as
// if there were none: taking one away leaves no trace.
func TestWithoutARevision(t *testing.T) {
	without := revisedDoc()
	without.Revision = nil
	for name, w := range map[string]pipeline.Writer{"html": writer.HTML, "json": writer.JSON, "en": writer.Markdown("en"), "ru": writer.Markdown("ru"), "tr": writer.Markdown("tr")} {
		if write(t, w, without) != write(t, w, cleanDoc()) {
			t.Errorf("%s differs", name)
		}
		if write(t, w, revisedDoc()) == write(t, w, cleanDoc()) {
			t.Errorf("%s does not show the revision", name)
		}
	}
}

func TestHTMLOfARevision(t *testing.T) {
	page := write(t, writer.HTML, revisedDoc())
	for id, word := range map[string]string{"h1s1": "changed", "p2s2": "changed", "p11s1": "new", "p10s1": "moved", "p2s1": ""} {
		_, row, _ := strings.Cut(page, fmt.Sprintf(`<div class="row " id=%q>`, id))
		row, _, _ = strings.Cut(row, `<div class="row `)
		if mark := `<span class="chip">` + word + `</span> since the edition before`; strings.Contains(row, mark) != (word != "") || strings.Contains(row, "since the edition before") != (word != "") {
			t.Errorf("%s is not marked %q: %.300s", id, word, row)
		}
	}
	holds(t, page, []string{
		"Updated. Sentences: changed 2 (h1s1, p2s2), new 1",
		"<li>p3s3: <del>He was 62 &amp; *well known*.</del></li><li>p4s1: <del>&lt;b&gt;More&lt;/b&gt; soon.</del></li>",
		"The edition before: <code>sha256:5ca1ab1e5ca1ab1e",
	}, []string{"<b>More"})
}

func TestReadJSONOfARevision(t *testing.T) {
	s, good := compiled(t), write(t, writer.JSON, revisedDoc())
	for _, c := range []struct{ old, new, want string }{
		{`"p11s1"
    ]`, `"p99s1"
    ]`, `/revision/added/0: sentence "p99s1" is not in the article`},
		{`"p11s1"
    ]`, `"p2s2"
    ]`, "named twice"},
		{`"of": "sha256:`, `"from": "sha256:`, "/revision"},
		{`"removed": [`, `"removed": null, "x": [`, "/revision"},
		{`"date": "2026-11-21`, `"date": "someday`, ""},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%q is not there to be changed", c.old)
		}
		_, err := writer.ReadJSON(strings.NewReader(bad))
		if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.new, err, c.want)
		}
		if !strings.Contains(c.want, "sentence") && !strings.Contains(c.want, "twice") && judge(t, s, bad) == nil {
			t.Errorf("%s: the schema takes it", c.new)
		}
	}
	d := revisedDoc()
	d.Normalized = nil
	if _, err := writer.ReadJSON(strings.NewReader(write(t, writer.JSON, d))); err == nil {
		t.Error("a revision of no article is taken")
	}
	d = cleanDoc()
	d.Revision = &pipeline.Revision{}
	holds(t, write(t, writer.JSON, d), []string{`"changed": [],`, `"removed": []`}, []string{`"date": "0001`})
}
