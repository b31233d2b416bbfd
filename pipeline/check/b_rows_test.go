package check

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// alignCase is a text, its translation, and the groups that belong together,
// written as counts of sentences: "1-1 2-1 1-0".
type alignCase struct {
	name, lang, src, hyp, want string
}

const (
	lampEN = "The lamp on the northern tower went out at 9 p.m. on Friday."
	lampRU = "В пятницу в 21:00 на северной башне погасла лампа."
	lampTR = "Kuzey kulesindeki lamba cuma günü saat 21.00'de söndü."
	boatEN = "Nora Whitby saw 14 boats leave the harbour before the storm."
	boatRU = "Нора Уитби видела, как перед штормом из гавани вышли 14 лодок."
	boatTR = "Nora Whitby, fırtınadan önce 14 teknenin limandan ayrıldığını gördü."
	cookEN = "Did the cook on board know how deep the water was?"
	cookRU = "Знал ли кок на борту, насколько глубока вода?"
	cookTR = "Gemideki aşçı suyun ne kadar derin olduğunu biliyor muydu?"
	coalEN = "The company Marsh Brothers lost 320 tonnes of coal that night."
	coalRU = "Компания «Марш бразерс» потеряла в ту ночь 320 тонн угля."
	coalTR = "Marsh Brothers şirketi o gece 320 ton kömür kaybetti."
	restEN = "By morning everybody was asleep and the sea was flat again."
	restRU = "К утру все спали, а море снова было спокойным."
	restTR = "Sabaha doğru herkes uyumuş, deniz yeniden durulmuştu."
)

func joined(parts ...string) string { return strings.Join(parts, " ") }

// Which sentences belong together where one is lost, added, parted or joined.
func TestAlign(t *testing.T) {
	all := joined(lampEN, boatEN, cookEN, coalEN, restEN)
	for _, tc := range []alignCase{
		{"one for one", "ru", all, joined(lampRU, boatRU, cookRU, coalRU, restRU), "1-1 1-1 1-1 1-1 1-1"},
		{"one for one", "tr", all, joined(lampTR, boatTR, cookTR, coalTR, restTR), "1-1 1-1 1-1 1-1 1-1"},
		{"the first is lost", "ru", all, joined(boatRU, cookRU, coalRU, restRU), "1-0 1-1 1-1 1-1 1-1"},
		{"the first is lost", "tr", all, joined(boatTR, cookTR, coalTR, restTR), "1-0 1-1 1-1 1-1 1-1"},
		{"one in the middle is lost", "ru", all, joined(lampRU, boatRU, coalRU, restRU), "1-1 1-1 1-0 1-1 1-1"},
		{"one in the middle is lost", "tr", all, joined(lampTR, boatTR, coalTR, restTR), "1-1 1-1 1-0 1-1 1-1"},
		{"the last is lost", "ru", all, joined(lampRU, boatRU, cookRU, coalRU), "1-1 1-1 1-1 1-1 1-0"},
		{"the last is lost", "tr", all, joined(lampTR, boatTR, cookTR, coalTR), "1-1 1-1 1-1 1-1 1-0"},
		{"one is added", "ru", joined(boatEN, coalEN), joined(boatRU, lampRU, coalRU), "1-1 0-1 1-1"},
		{"one is added", "tr", joined(lampEN, restEN, coalEN), joined(lampTR, restTR, boatTR, coalTR), "1-1 1-1 0-1 1-1"},
		{
			"two became one", "ru", joined(lampEN, boatEN, coalEN),
			joined("В пятницу в 21:00 на северной башне погасла лампа, а Нора Уитби видела, как перед штормом из гавани вышли 14 лодок.", coalRU),
			"2-1 1-1",
		},
		{
			"one became two", "tr", joined(lampEN, boatEN, coalEN),
			joined(lampTR, "Nora Whitby pencereden bakıyordu.", "Fırtınadan önce 14 tekne limandan ayrıldı.", coalTR),
			"1-1 1-2 1-1",
		},
		{"nothing to align with", "ru", lampEN, "", "1-0"},
		{"nothing to align", "ru", "", lampRU, "0-1"},
		{"nothing at all", "ru", "", "", ""},
		{"one sentence", "tr", lampEN, lampTR, "1-1"},
		{"paragraphs, as many", "ru", lampEN + "\n\n" + boatEN + " " + cookEN, lampRU + "\n\n" + boatRU + " " + cookRU, "1-1 1-1 1-1"},
		{"a paragraph is lost", "ru", lampEN + "\n" + boatEN + "\n" + coalEN, lampRU + "\n" + coalRU, "1-1 1-0 1-1"},
		{"a paragraph is added", "tr", lampEN + "\n" + coalEN, lampTR + "\n" + boatTR + "\n" + coalTR, "1-1 0-1 1-1"},
		{"one paragraph for two", "tr", lampEN + "\n" + coalEN, lampTR + " " + coalTR, "1-1 1-1"},
		{"a language without a locale", "de", lampEN + " " + coalEN, "Die Lampe auf dem Nordturm ging am Freitag um 21 Uhr aus. Die Firma Marsh Brothers verlor in jener Nacht 320 Tonnen Kohle.", "1-1 1-1"},
	} {
		t.Run(tc.lang+"/"+tc.name, func(t *testing.T) {
			al := Align(tc.src, tc.hyp, language.MustParse(tc.lang))
			if got := countsOf(al); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			covers(t, al, tc.src, tc.hyp)
		})
	}
}

func countsOf(al Alignment) string {
	var out []string
	for _, b := range al.Beads {
		out = append(out, string(rune('0'+b.SourceCount))+"-"+string(rune('0'+b.TargetCount)))
	}
	return strings.Join(out, " ")
}

// covers wants the groups to hold both texts in order, each letter once.
func covers(t *testing.T, al Alignment, src, hyp string) {
	t.Helper()
	side := func(name, text string, of func(Bead) (facts.Span, int)) {
		at := 0
		for _, b := range al.Beads {
			s, n := of(b)
			if n == 0 {
				if s.Start != s.End {
					t.Errorf("%s: a group without sentences has the range %v", name, s)
				}
				continue
			}
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("%s: %v follows %d", name, s, at)
			}
			if gap := text[at:s.Start]; strings.TrimSpace(gap) != "" {
				t.Errorf("%s: %q is in no group", name, gap)
			}
			at = s.End
		}
		if rest := text[at:]; strings.TrimSpace(rest) != "" {
			t.Errorf("%s: %q is in no group", name, rest)
		}
	}
	side("source", src, func(b Bead) (facts.Span, int) { return b.Source, b.SourceCount })
	side("target", hyp, func(b Bead) (facts.Span, int) { return b.Target, b.TargetCount })
}

// However sentences are lost, doubled and parted into lines, the groups hold
// both texts.
func TestAlignCoversBothTexts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 4))
	source := []string{lampEN, boatEN, cookEN, coalEN, restEN}
	target := map[string][]string{"ru": {lampRU, boatRU, cookRU, coalRU, restRU}, "tr": {lampTR, boatTR, cookTR, coalTR, restTR}}
	draw := func(from []string) string {
		var b strings.Builder
		for range rnd.IntN(9) {
			b.WriteString(from[rnd.IntN(len(from))])
			b.WriteString([]string{" ", " ", " ", "\n", "\n\n", "  "}[rnd.IntN(6)])
		}
		return b.String()
	}
	for range 60 {
		for lang, from := range target {
			src, hyp := draw(source), draw(from)
			al := Align(src, hyp, language.MustParse(lang))
			covers(t, al, src, hyp)
			for _, b := range al.Beads {
				if b.SourceCount == 0 && b.TargetCount == 0 {
					t.Errorf("a group of nothing: %+v", b)
				}
			}
		}
	}
}

// Whole texts: what is found, where, and whether it flags the row.
func TestRowsInRussian(t *testing.T) {
	src := joined(lampEN, boatEN, cookEN, coalEN, restEN)
	judgeRows(t, "ru", []rowCase{
		{"good", src, joined(lampRU, boatRU, cookRU, coalRU, restRU), "", false},
		{"a number changed", src, joined(lampRU, strings.Replace(boatRU, "14", "41", 1), cookRU, coalRU, restRU), "T04 major 41", true},
		{"a sentence is lost", src, joined(lampRU, boatRU, coalRU, restRU), "T01 major", true},
		{"a sentence is added", joined(boatEN, coalEN), joined(boatRU, lampRU, coalRU), "T01 minor " + lampRU, false},
		{"a sentence at the end is added", joined(lampEN, boatEN), joined(lampRU, boatRU, coalRU), "T01 major " + coalRU, true},
		{"a sentence twice", src, joined(lampRU, boatRU, boatRU, cookRU, coalRU, restRU), "T01 minor " + boatRU + " | T22 major " + strings.TrimSuffix(boatRU, "."), true},
		{"cut in the middle of a word", src, strings.TrimSuffix(joined(lampRU, boatRU, cookRU, coalRU, restRU), "ойным."), "T09 major к", true},
		{"a sentence left in English", src, joined(lampRU, boatRU, cookRU, coalEN, restRU), "T02 critical " + coalEN + " | T03 major The company Marsh Brothers lost 320 tonnes of coal that night", true},
		{"a question became a statement", src, joined(lampRU, boatRU, strings.Replace(cookRU, "?", ".", 1), coalRU, restRU), "T09 minor " + strings.Replace(cookRU, "?", ".", 1), false},
		{"a stray character", src, joined(lampRU, boatRU, cookRU, strings.Replace(coalRU, "угля", "угля\u202e", 1), restRU), "T23 major \u202e", true},
		{"a word of two scripts", src, joined(lampRU, boatRU, cookRU, coalRU, strings.Replace(restRU, "море", "мope", 1)), "T12 major мope", true},
		{"another weekday", src, joined(strings.Replace(lampRU, "пятницу", "субботу", 1), boatRU, cookRU, coalRU, restRU), "T06 major субботу", true},
		{"a denial is only a remark", "The lamp was not lit. The sea was calm.", "Лампа горела. Море было спокойным.", "", false},
		{"nothing against nothing", "", "", "", false},
	})
}

func TestRowsInTurkish(t *testing.T) {
	src := joined(lampEN, boatEN, cookEN, coalEN, restEN)
	judgeRows(t, "tr", []rowCase{
		{"good", src, joined(lampTR, boatTR, cookTR, coalTR, restTR), "", false},
		{"a number changed", src, joined(lampTR, strings.Replace(boatTR, "14", "41", 1), cookTR, coalTR, restTR), "T04 major 41", true},
		{"a sentence is lost", src, joined(lampTR, boatTR, coalTR, restTR), "T01 major", true},
		{"a sentence is added", joined(lampEN, restEN, coalEN), joined(lampTR, restTR, boatTR, coalTR), "T01 minor " + boatTR, false},
		{"a sentence at the end is added", joined(lampEN, boatEN), joined(lampTR, boatTR, coalTR), "T01 major " + coalTR, true},
		{"cut in the middle of a word", src, strings.TrimSuffix(joined(lampTR, boatTR, cookTR, coalTR, restTR), "muştu."), "T09 major l", true},
		{"a sentence left in English", src, joined(lampTR, boatTR, cookTR, coalEN, restTR), "T02 critical " + coalEN + " | T03 major The company Marsh Brothers lost 320 tonnes of coal that night", true},
		{"a Cyrillic word", src, joined(lampTR, boatTR, cookTR, coalTR, strings.Replace(restTR, "deniz", "море", 1)), "T12 major море", true},
		{"another weekday", src, joined(strings.Replace(lampTR, "cuma", "salı", 1), boatTR, cookTR, coalTR, restTR), "T06 major salı", true},
		{"a refusal", src, "Üzgünüm, ancak bu isteğe yardımcı olamam.", "T20 major", true},
	})
}

// A text in another language is told as a whole, before anything of a part.
func TestRowInAnotherLanguage(t *testing.T) {
	src := joined(lampEN, boatEN, cookEN, coalEN, restEN)
	for lang, hyp := range map[string]string{
		"ru": joined(lampTR, boatTR, cookTR, coalTR, restTR),
		"tr": joined(lampRU, boatRU, cookRU, coalRU, restRU),
	} {
		r := PairRow(Row{ID: "r", Lang: lang, Source: src, Target: hyp})
		if f := r.Findings[0]; !r.Flagged || f.Check != "T02" || f.Severity != pipeline.Critical || f.Span != (RowSpan{0, len(hyp)}) {
			t.Errorf("%s: %+v", lang, r.Findings)
		}
		for _, f := range r.Findings {
			if f.Check == "T01" || f.Check == "T04" || f.Check == "T14" {
				t.Errorf("%s: a part of it is judged: %+v", lang, f)
			}
		}
	}
}

// Paragraphs are aligned first; a place is in bytes of the whole text.
func TestRowsOfParagraphs(t *testing.T) {
	src := lampEN + "\n\n" + boatEN + " " + cookEN + "\n\n" + coalEN + "\n" + restEN
	judgeRows(t, "ru", []rowCase{
		{"good", src, lampRU + "\n\n" + boatRU + " " + cookRU + "\n\n" + coalRU + "\n" + restRU, "", false},
		{"a paragraph is lost", src, lampRU + "\n\n" + boatRU + " " + cookRU + "\n" + restRU, "T01 major", true},
		{"a fault in the last", src, lampRU + "\n\n" + boatRU + " " + cookRU + "\n\n" + strings.Replace(coalRU, "320", "230", 1) + "\n" + restRU, "T04 major 230", true},
		{"a paragraph of talk behind", src, lampRU + "\n\n" + boatRU + " " + cookRU + "\n\n" + coalRU + "\n" + restRU + "\n\nПеревод выполнен в деловом стиле.", "T20 major Перевод выполнен в деловом стиле.", true},
	})
	judgeRows(t, "tr", []rowCase{
		{"good", src, lampTR + "\n\n" + boatTR + " " + cookTR + "\n\n" + coalTR + "\n" + restTR, "", false},
		{"a fault in the last", src, lampTR + "\n\n" + boatTR + " " + cookTR + "\n\n" + strings.Replace(coalTR, "320", "230", 1) + "\n" + restTR, "T04 major 230", true},
		{"a paragraph is lost", src, lampTR + "\n\n" + boatTR + " " + cookTR + "\n" + restTR, "T01 major", true},
	})
}

// Where the alignment is not sure, a lost sentence is a remark and flags
// nothing: "can't judge".
func TestLoneSentencesThatAreInDoubt(t *testing.T) {
	for _, tc := range []struct {
		name string
		bead Bead
		want pipeline.Severity
	}{
		{"sure", Bead{Source: facts.Span{End: 60}, SourceCount: 1, Doubt: 3}, pipeline.Major},
		{"at the bound", Bead{Source: facts.Span{End: 60}, SourceCount: 1, Doubt: limits().LoneDoubt}, pipeline.Major},
		{"not sure", Bead{Source: facts.Span{End: 60}, SourceCount: 1, Doubt: 0.1}, pipeline.Neutral},
		{"a scrap", Bead{Source: facts.Span{End: limits().LoneBytes - 1}, SourceCount: 1, Doubt: 3}, pipeline.Neutral},
		{"no scrap any more", Bead{Source: facts.Span{End: limits().LoneBytes}, SourceCount: 1, Doubt: 3}, pipeline.Major},
		{"added, sure", Bead{Target: facts.Span{End: 30}, TargetCount: 1, Doubt: 3}, pipeline.Major},
		{"added, not sure", Bead{Target: facts.Span{End: 30}, TargetCount: 1, Doubt: 0.1}, pipeline.Neutral},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := &rowJudge{row: Row{Source: lampEN, Target: lampRU}, al: Alignment{Beads: []Bead{tc.bead}}}
			j.loneSentences()
			if len(j.findings) != 1 || j.findings[0].Check != "T01" || j.findings[0].Severity != tc.want {
				t.Errorf("%+v", j.findings)
			}
		})
	}
}

// A lost sentence is put where its translation would stand.
func TestPlaceOfALostSentence(t *testing.T) {
	hyp := joined(lampRU, boatRU, coalRU, restRU)
	r := PairRow(Row{ID: "r", Lang: "ru", Source: joined(lampEN, boatEN, cookEN, coalEN, restEN), Target: hyp})
	want := len(joined(lampRU, boatRU))
	for _, f := range r.Findings {
		if f.Check == "T01" {
			if f.Span != (RowSpan{want, want}) || !strings.Contains(f.Message, "Did the cook") {
				t.Errorf("%+v, want it at %d", f, want)
			}
			return
		}
	}
	t.Errorf("%+v", r)
}

// A row without findings has an empty list, not none: it is written as [].
func TestRowWithoutFindingsHasAnEmptyList(t *testing.T) {
	if r := PairRow(Row{ID: "r", Lang: "ru", Source: lampEN, Target: lampRU}); r.Findings == nil || len(r.Findings) > 0 {
		t.Errorf("%#v", r.Findings)
	}
}
