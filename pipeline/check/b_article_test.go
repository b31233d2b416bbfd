package check

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// answered is a translated sentence of an edition.
func answered(id, src, hyp string) pipeline.Unit {
	return pipeline.Unit{ID: id, Source: src, Target: hyp, State: pipeline.Translated}
}

// toldAll writes findings as "CHECK severity sentence lang text".
func toldAll(units []pipeline.Unit, findings []pipeline.Finding) []string {
	var out []string
	for _, f := range findings {
		s := strings.Join([]string{f.Check, string(f.Severity), f.Span.Sentence, f.Lang}, " ")
		for _, u := range units {
			if u.ID == f.Span.Sentence && f.Span.Len() > 0 && f.Span.End <= len(u.Target) {
				s += " " + u.Target[f.Span.Start:f.Span.End]
			}
		}
		out = append(out, s)
	}
	return out
}

func equalRows(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// twoEditions is a document of one sentence in both languages.
func twoEditions(ru, tr pipeline.Unit) *pipeline.Document {
	return &pipeline.Document{Translations: []pipeline.Translation{
		{Lang: language.Russian, Article: []pipeline.Unit{ru}},
		{Lang: language.Turkish, Article: []pipeline.Unit{tr}},
	}}
}

// T25: the edition that differs from the source and from the other edition is
// the one that is named.
func TestEditionsThatDisagree(t *testing.T) {
	for _, tc := range []struct {
		name, src, ru, tr string
		want              []string
	}{
		{
			"both agree",
			"The 12 boats did not sink.",
			"Двенадцать лодок не утонули.",
			"On iki tekne batmadı.",
			nil,
		},
		{
			"a number word is another in Russian",
			"The 12 boats came home.",
			"Домой вернулись тринадцать лодок.",
			"On iki tekne eve döndü.",
			[]string{"T25 minor p1s1 ru тринадцать"},
		},
		{
			"a number word is another in Turkish",
			"The 12 boats came home.",
			"Домой вернулись двенадцать лодок.",
			"On üç tekne eve döndü.",
			[]string{"T25 minor p1s1 tr On üç"},
		},
		{
			"both have the same other number",
			"The 12 boats came home.",
			"Домой вернулись тринадцать лодок.",
			"On üç tekne eve döndü.",
			nil,
		},
		{
			"figures are judged by T04",
			"The 12 boats came home.",
			"Домой вернулись 13 лодок.",
			"12 tekne eve döndü.",
			nil,
		},
		{
			"a source without numbers tells nothing",
			"The boats came home.",
			"Домой вернулись тринадцать лодок.",
			"Tekneler eve döndü.",
			nil,
		},
		{
			"the denial is lost in Russian",
			"The boats did not sink.",
			"Лодки утонули.",
			"Tekneler batmadı.",
			[]string{"T25 minor p1s1 ru"},
		},
		{
			"the denial is lost in Turkish",
			"The boats did not sink.",
			"Лодки не утонули.",
			"Tekneler battı.",
			[]string{"T25 minor p1s1 tr"},
		},
		{
			"a denial is added in Russian",
			"The boats sank.",
			"Лодки не утонули.",
			"Tekneler battı.",
			[]string{"T25 neutral p1s1 ru"},
		},
		{
			"lost in both: they agree",
			"The boats did not sink.",
			"Лодки утонули.",
			"Tekneler battı.",
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ru, tr := answered("p1s1", tc.src, tc.ru), answered("p1s1", tc.src, tc.tr)
			var got []string
			for _, f := range Editions(twoEditions(ru, tr)) {
				u := ru
				if f.Lang == "tr" {
					u = tr
				}
				got = append(got, toldAll([]pipeline.Unit{u}, []pipeline.Finding{f})...)
			}
			equalRows(t, got, tc.want...)
			inSummary := &pipeline.Document{Translations: []pipeline.Translation{
				{Lang: language.Russian, Summary: []pipeline.Unit{ru}},
				{Lang: language.Turkish, Summary: []pipeline.Unit{tr}},
			}}
			if n := len(Editions(inSummary)); n != len(tc.want) {
				t.Errorf("in the summary: %d findings", n)
			}
		})
	}
}

// Only sentences that are done in both editions, of one source, are held
// against each other.
func TestEditionsAreComparedWhereBothAreDone(t *testing.T) {
	const src = "The boats did not sink."
	ru, tr := answered("p1s1", src, "Лодки утонули."), answered("p1s1", src, "Tekneler batmadı.")
	for _, tc := range []struct {
		name string
		ru   pipeline.Unit
		tr   pipeline.Unit
		want int
	}{
		{"both done", ru, tr, 1},
		{"one failed", pipeline.Unit{ID: ru.ID, Source: src, Target: ru.Target, State: pipeline.Failed}, tr, 0},
		{"the other kept", ru, pipeline.Unit{ID: tr.ID, Source: src, Target: tr.Target, State: pipeline.Kept}, 0},
		{"signed off counts", pipeline.Unit{ID: ru.ID, Source: src, Target: ru.Target, State: pipeline.Final}, tr, 1},
		{"another id", ru, answered("p1s2", src, tr.Target), 0},
		{"another source", ru, answered("p1s1", "The boats never sank at all.", tr.Target), 0},
		{"spaces are no other source", ru, answered("p1s1", "The boats  did not sink. ", tr.Target), 1},
	} {
		if got := Editions(twoEditions(tc.ru, tc.tr)); len(got) != tc.want {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
	one := &pipeline.Document{Translations: []pipeline.Translation{{Lang: language.Russian, Article: []pipeline.Unit{ru}}}}
	if got := Editions(one); got != nil {
		t.Errorf("one edition alone: %+v", got)
	}
}

// T15: a name in two spellings within one edition.
func TestSpellings(t *testing.T) {
	sources := []string{"Some people asked Nora Kelbrook about those strange lights again.", "The keeper then saw Owen Kelbrook standing there without any hat."}
	for _, tc := range []struct {
		name string
		lang language.Tag
		hyp  [2]string
		want []string
	}{
		{"one spelling", language.Russian, [2]string{"Об этом спросили Нору Келбрук.", "Смотритель видел там Оуэна Келбрука."}, nil},
		{"two spellings", language.Russian, [2]string{"Об этом спросили Нору Келбрук.", "Смотритель видел там Оуэна Кольброка."}, []string{"T15 minor p1s2 ru Кольброка"}},
		{"lost in the second", language.Russian, [2]string{"Об этом спросили Нору Келбрук.", "Смотритель видел его там."}, nil},
		{"one spelling with endings", language.Turkish, [2]string{"Nora Kelbrook'a bunu sordular.", "Bekçi, Owen Kelbrook'u orada gördü."}, nil},
		{"English wants nothing", language.English, [2]string{"They asked Nora Kelbrook.", "He saw Owen Kolbrock."}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := &pipeline.Translation{Lang: tc.lang, Article: []pipeline.Unit{answered("p1s1", sources[0], tc.hyp[0]), answered("p1s2", sources[1], tc.hyp[1])}}
			got := Spellings(&pipeline.Document{}, tr)
			equalRows(t, toldAll(tr.Article, got), tc.want...)
			for _, f := range got {
				if f.Suggest != "Келбрук" || !strings.Contains(f.Message, `"Kelbrook"`) {
					t.Errorf("%+v", f)
				}
			}
			sheet := &pipeline.Document{Names: []pipeline.Name{{Source: "Nora Kelbrook"}}}
			if got := Spellings(sheet, tr); len(got) != 0 {
				t.Errorf("a name of the sheet is T14's: %+v", got)
			}
			for i := range tr.Article {
				tr.Article[i].State = pipeline.Failed
			}
			if got := Spellings(&pipeline.Document{}, tr); len(got) != 0 {
				t.Errorf("sentences that failed are judged: %+v", got)
			}
		})
	}
}

// T07 of a whole edition: letters against letters, within the bounds of the
// language, from 400 letters on.
func TestEditionLength(t *testing.T) {
	for _, tc := range []struct {
		name        string
		lang        language.Tag
		source, hyp int
		want        bool
	}{
		{"Russian, at the lower bound", language.Russian, 1000, 900, false},
		{"Russian, below it", language.Russian, 1000, 899, true},
		{"Russian, at the upper bound", language.Russian, 1000, 1300, false},
		{"Russian, above it", language.Russian, 1000, 1301, true},
		{"Turkish, at the lower bound", language.Turkish, 1000, 860, false},
		{"Turkish, below it", language.Turkish, 1000, 859, true},
		{"Turkish, at the upper bound", language.Turkish, 1000, 1200, false},
		{"Turkish, above it", language.Turkish, 1000, 1201, true},
		{"too short an article", language.Russian, 399, 100, false},
		{"just long enough", language.Russian, 400, 100, true},
		{"a language without bounds", language.German, 1000, 100, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := &pipeline.Translation{Lang: tc.lang, Article: []pipeline.Unit{
				answered("p1s1", letters("boat", tc.source-100), letters("йод", tc.hyp-50)),
				answered("p1s2", letters("ship", 100), letters("бот", 50)),
				{ID: "p1s3", Source: letters("boat", 5000), State: pipeline.Failed},
			}}
			got := Edition(&pipeline.Document{}, tr)
			if (len(got) == 1) != tc.want || len(got) > 1 {
				t.Fatalf("%+v", got)
			}
			if tc.want && (got[0].Check != "T07" || got[0].Severity != pipeline.Minor || got[0].Span != (pipeline.Span{}) || got[0].Lang != tc.lang.String()) {
				t.Errorf("%+v", got[0])
			}
		})
	}
}

// T22 of a whole edition: one answer for two sentences that are far apart.
func TestEditionWithOneAnswerTwice(t *testing.T) {
	const long = "Лодки вернулись домой лишь поздно вечером."
	for _, tc := range []struct {
		name  string
		units []pipeline.Unit
		want  []string
	}{
		{
			"the same answer to two sources",
			[]pipeline.Unit{answered("p1s1", "The boats came home late.", long), answered("p2s1", "Dark it was.", "Было темно."), answered("p3s1", "The crew was fed.", long)},
			[]string{"T22 major p3s1 ru"},
		},
		{
			"spaces do not part them",
			[]pipeline.Unit{answered("p1s1", "The boats came home late.", long), answered("p3s1", "The crew was fed.", " "+strings.ReplaceAll(long, " ", "  "))},
			[]string{"T22 major p3s1 ru"},
		},
		{
			"three times",
			[]pipeline.Unit{answered("p1s1", "The boats came home late.", long), answered("p2s1", "The crew was fed.", long), answered("p3s1", "The pier was shut.", long)},
			[]string{"T22 major p2s1 ru", "T22 major p3s1 ru"},
		},
		{
			"the source stands twice too",
			[]pipeline.Unit{answered("p1s1", "The boats came home late.", long), answered("p3s1", "The boats  came home late.", long)},
			nil,
		},
		{
			"a short answer may come twice",
			[]pipeline.Unit{answered("p1s1", "Yes.", "Да, конечно."), answered("p3s1", "Of course.", "Да, конечно.")},
			nil,
		},
		{
			"a failed sentence is none",
			[]pipeline.Unit{{ID: "p1s1", Source: "The boats came home late.", Target: long, State: pipeline.Failed}, answered("p3s1", "The crew was fed.", long)},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := &pipeline.Translation{Lang: language.Russian, Article: tc.units}
			equalRows(t, toldAll(tc.units, Edition(&pipeline.Document{}, tr)), tc.want...)
		})
	}
}

// T22 of one sentence: the neighbour's answer, or what fits the neighbour.
func TestAnswerOfANeighbour(t *testing.T) {
	own := "In 1962 Nora Kelbrook bought 14 boats."
	next := "In 1987 Owen Whitby sold 35 lamps."
	for _, tc := range []struct {
		name, hyp     string
		before, after *pipeline.Pair
		want          string
	}{
		{"its own answer", "В 1962 году Нора Келбрук купила 14 лодок.", nil, &pipeline.Pair{ID: "p1s3", Source: next, Target: "В 1987 году Оуэн Уитби продал 35 ламп."}, ""},
		{"the next one's answer", "В 1987 году Оуэн Уитби продал 35 ламп.", nil, &pipeline.Pair{ID: "p1s3", Source: next, Target: "В 1987 году Оуэн Уитби продал 35 ламп."}, "major"},
		{"the one before's answer", "В 1987 году Оуэн Уитби продал 35 ламп.", &pipeline.Pair{ID: "p1s1", Source: next, Target: "В 1987 году Оуэн Уитби продал 35 ламп."}, nil, "major"},
		{"what fits the next one, not yet answered", "В 1987 году Оуэн Уитби продал 35 ламп.", nil, &pipeline.Pair{ID: "p1s3", Source: next}, "major"},
		{"without neighbours nothing is said", "В 1987 году Оуэн Уитби продал 35 ламп.", nil, nil, ""},
		{"the neighbour has the same source", "В 1962 году Нора Келбрук купила 14 лодок.", nil, &pipeline.Pair{ID: "p1s3", Source: own, Target: "В 1962 году Нора Келбрук купила 14 лодок."}, ""},
		{"the neighbour took this one's answer", "В 1962 году Нора Келбрук купила 14 лодок.", nil, &pipeline.Pair{ID: "p1s3", Source: next, Target: "В 1962 году Нора Келбрук купила 14 лодок."}, ""},
		{"an empty neighbour", "В 1962 году Нора Келбрук купила 14 лодок.", &pipeline.Pair{ID: "p1s1"}, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pipeline.Pair{ID: "p1s2", Source: own, Target: tc.hyp, Lang: language.Russian, Before: tc.before, After: tc.after}
			if got := told("T22", p, Pair(p)); got != tc.want {
				t.Errorf("got %q, want %q: %+v", got, tc.want, Pair(p))
			}
			if tc.want == "" {
				return
			}
			for _, f := range Pair(p) {
				n := tc.before
				if n == nil {
					n = tc.after
				}
				if f.Check == "T22" && !strings.Contains(f.Message, n.ID) {
					t.Errorf("the message does not name %s: %s", n.ID, f.Message)
				}
			}
		})
	}
}
