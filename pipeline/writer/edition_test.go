package writer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// tiny is a document with a headline, a paragraph of two sentences, and a
// Russian edition.
func tiny() *pipeline.Document {
	art := &pipeline.Article{ID: "tiny", Body: []pipeline.Block{
		{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: "One"}}},
		{ID: "p1", Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: "Two."}, {ID: "p1s2", Text: "3"}}},
	}}
	unit := func(id, source, target string) pipeline.Unit {
		return pipeline.Unit{ID: id, Source: source, Target: target, State: pipeline.Translated}
	}
	return &pipeline.Document{
		Source: art, Normalized: art, Corrected: art,
		Corrections: []pipeline.Unit{unit("h1s1", "One", "One"), unit("p1s1", "Two.", "Two."), unit("p1s2", "3", "3")},
		Summary: &pipeline.Summary{Sentences: []pipeline.SummarySentence{
			{ID: "sum.h", Text: "One and two", Product: pipeline.SummaryHeadline, Evidence: []string{"h1s1"}},
		}},
		Translations: []pipeline.Translation{{
			Lang:    language.Russian,
			Article: []pipeline.Unit{unit("h1s1", "One", "Один"), unit("p1s1", "Two.", "Два."), unit("p1s2", "3", "3")},
			Summary: []pipeline.Unit{unit("sum.h", "One and two", "Один и два")},
		}},
		Origin: pipeline.Origin{Author: pipeline.AIAutonomous, Model: "m"},
	}
}

func TestLineSaysHowASentenceStands(t *testing.T) {
	for _, c := range []struct {
		name                      string
		unit                      *pipeline.Unit // nil: none
		text                      string
		missing, marked, asSource bool
	}{
		{"done", &pipeline.Unit{ID: "p1s1", Target: "Два.", State: pipeline.Translated}, "Два.", false, false, false},
		{"reviewed", &pipeline.Unit{ID: "p1s1", Target: "Два.", State: pipeline.Reviewed}, "Два.", false, false, false},
		{"final", &pipeline.Unit{ID: "p1s1", Target: "Два.", State: pipeline.Final}, "Два.", false, false, false},
		{"kept with a form", &pipeline.Unit{ID: "p1s1", Target: "2", State: pipeline.Kept}, "2", false, false, false},
		{"kept without one", &pipeline.Unit{ID: "p1s1", State: pipeline.Kept}, "", false, false, true},
		{"failed with an answer", &pipeline.Unit{ID: "p1s1", Target: "Три.", State: pipeline.Failed}, "Три.", false, true, false},
		{"failed without one", &pipeline.Unit{ID: "p1s1", State: pipeline.Failed}, "", true, false, false},
		{"done, but empty", &pipeline.Unit{ID: "p1s1", State: pipeline.Translated}, "", true, false, false},
		{"not worked on", &pipeline.Unit{ID: "p1s1", Target: "?", State: pipeline.Initial}, "", true, false, false},
		{"not there", nil, "", true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := tiny()
			us := &d.Translations[0].Article
			*us = slices.DeleteFunc(*us, func(u pipeline.Unit) bool { return u.ID == "p1s1" })
			if c.unit != nil {
				*us = append(*us, *c.unit)
			}
			e, ok := editionOf(d, "ru")
			if !ok {
				t.Fatal("no edition")
			}
			l := e.line(pipeline.Sentence{ID: "p1s1", Text: "Two."})
			if l.Text != c.text || l.missing() != c.missing || l.marked() != c.marked || l.asSource() != c.asSource || l.Source != "Two." {
				t.Errorf("got %+v: missing %v, marked %v, as source %v", l, l.missing(), l.marked(), l.asSource())
			}
			untold, marked := e.gaps()
			if slices.Contains(untold, "p1s1") != c.missing || slices.Contains(marked, "p1s1") != c.marked {
				t.Errorf("untold %v, marked %v", untold, marked)
			}
		})
	}
}

func TestTheFirstOfTwoUnitsStands(t *testing.T) {
	d := tiny()
	d.Translations[0].Article = append(d.Translations[0].Article, pipeline.Unit{ID: "p1s1", Target: "Ещё раз.", State: pipeline.Translated})
	e, _ := editionOf(d, "ru")
	if l := e.line(pipeline.Sentence{ID: "p1s1", Text: "Two."}); l.Text != "Два." {
		t.Errorf("got %q", l.Text)
	}
}

func TestGapsOfASummaryThatNeverCame(t *testing.T) {
	d := tiny()
	d.Summary = nil
	if e, _ := editionOf(d, "ru"); func() bool { u, _ := e.gaps(); return len(u) > 0 }() {
		t.Error("a summary that nobody asked for is missed")
	}
	d.Findings = []pipeline.Finding{{Check: "M00", Stage: "summarize", Severity: pipeline.Critical}}
	e, _ := editionOf(d, "ru")
	if untold, _ := e.gaps(); !slices.Equal(untold, []string{"sum"}) {
		t.Errorf("untold %v", untold)
	}
	var b strings.Builder
	if err := Markdown("ru")(&b, d); err != nil || !strings.Contains(b.String(), "## Краткое содержание\n\n\\[не переведено: sum\\]") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	b.Reset()
	if err := HTML(&b, d); err != nil || !strings.Contains(b.String(), "[not done: sum]") {
		t.Errorf("the report does not say it: %v", err)
	}
}

func TestPlaces(t *testing.T) {
	p := placesOf(tiny())
	last := -1
	for _, id := range []string{"", "h1s1", "p1s1", "p1s2", "sum.h", "unknown"} {
		if n := p.of(id); n <= last {
			t.Errorf("%q stands at %d, after %d", id, n, last)
		} else {
			last = n
		}
	}
	if p.of("unknown") != p.of("another") {
		t.Error("two unknown places differ")
	}
}

func TestSortFindings(t *testing.T) {
	at := func(id string, sev pipeline.Severity, sentence string, start int, lang, waived string) pipeline.Finding {
		return pipeline.Finding{ID: id, Severity: sev, Span: pipeline.Span{Sentence: sentence, Start: start}, Lang: lang, Waived: waived}
	}
	want := []pipeline.Finding{
		at("a", pipeline.Critical, "sum.h", 0, "", ""),
		at("b", pipeline.Major, "", 0, "", ""),
		at("c", pipeline.Major, "p1s1", 2, "", ""),
		at("d", pipeline.Major, "p1s1", 7, "ru", ""),
		at("e", pipeline.Major, "p1s1", 7, "tr", ""),
		at("f", pipeline.Major, "p1s1", 7, "tr", ""),
		at("g", pipeline.Minor, "h1s1", 0, "", ""),
		at("h", pipeline.Neutral, "h1s1", 0, "", ""),
		at("i", "odd", "h1s1", 0, "", ""),
		at("j", pipeline.Critical, "h1s1", 0, "", "a reason"),
		at("k", pipeline.Neutral, "h1s1", 0, "", "a reason"),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	sortFindings(got, placesOf(tiny()))
	for i := range want {
		if got[i].ID != want[i].ID {
			t.Errorf("at %d: %s, want %s", i, got[i].ID, want[i].ID)
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.FixedZone("EET", 2*60*60))
	for lang, want := range map[string]string{
		"en": "3 February 2026, 02:05 UTC", "ru": "3 февраля 2026, 02:05 UTC", "tr": "3 Şubat 2026, 02:05 UTC", "de": "3 February 2026, 02:05 UTC",
	} {
		if got := labelsFor(lang).date(at); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	for lang, want := range map[string]string{"en": "date not stated", "ru": "дата не указана", "tr": "tarih belirtilmemiş"} {
		if got := labelsFor(lang).date(time.Time{}); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func TestDisclosureNamesWhatIsNotKnown(t *testing.T) {
	d := tiny()
	d.Origin = pipeline.Origin{Author: pipeline.AIAssisted}
	for lang, want := range map[string]string{
		"en": "(model: not stated) and signed off by a person (role: not stated; date not stated)",
		"ru": "(модель: не указано); текст проверен и утверждён человеком (роль: не указано; дата не указана)",
		"tr": "(model: belirtilmemiş), metin bir insan tarafından gözden geçirilip onaylanmıştır (görevi: belirtilmemiş; tarih belirtilmemiş)",
	} {
		if got := labelsFor(lang).disclosure(d); !strings.Contains(got, want) {
			t.Errorf("%s: %q", lang, got)
		}
	}
	d.Origin.Author = ""
	if got := english().disclosure(d); got != english().NoModel {
		t.Errorf("without a trace: %q", got)
	}
	d.Trace = []pipeline.Step{{Sent: 1}}
	if got := english().disclosure(d); !strings.Contains(got, "ai-autonomous") {
		t.Errorf("with a trace and no author: %q", got)
	}
}

func TestPromptsOf(t *testing.T) {
	d := &pipeline.Document{Trace: []pipeline.Step{
		{Prompt: "translate/article@1", Digest: "sha256:22", Lang: "tr"},
		{Prompt: "correct/edits@1", Digest: "sha256:11"},
		{Prompt: "correct/edits@1", Digest: "sha256:11"},
		{Prompt: "correct/edits@1", Digest: "sha256:10"},
		{Prompt: "translate/article@1", Digest: "sha256:22", Lang: "ru"},
	}}
	for lang, want := range map[string]string{
		"":   "correct/edits@1 (sha256:10) correct/edits@1 (sha256:11) translate/article@1 (sha256:22)",
		"en": "correct/edits@1 (sha256:10) correct/edits@1 (sha256:11)",
		"ru": "correct/edits@1 (sha256:10) correct/edits@1 (sha256:11) translate/article@1 (sha256:22)",
	} {
		var got []string
		for _, p := range promptsOf(d, lang) {
			got = append(got, p.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", lang, got, want)
		}
	}
	for in, want := range map[string]string{
		"sha256:0123456789abcdef0123": "sha256:0123456789abcdef", "sha256:01": "sha256:01", "odd": "odd", "": "",
	} {
		if got := shortDigest(in); got != want {
			t.Errorf("shortDigest(%q) = %q, want %q", in, got, want)
		}
	}
}
