package check

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

func TestT14OneEntryOfTheSheet(t *testing.T) {
	ru, tr := language.Russian, language.Turkish
	for _, tc := range []struct {
		name, source string
		lang         language.Tag
		form         string
		want         []string // check and severity
		message      string
	}{
		{"transcribed", "Halil Berkant", ru, "Халил Беркант", nil, ""},
		{"copied into Turkish", "Halil Berkant", tr, "Halil Berkant", nil, ""},
		{"one word", "Lindqvist", ru, "Линдквист", nil, ""},
		{"no form", "Halil Berkant", ru, "", nil, ""},
		{"a form of spaces", "Halil Berkant", ru, "  ", nil, ""},
		{"translated whole", "Red Sea", ru, "Красное море", []string{"T14 minor"}, "sound"},
		{"an established form", "Köln", ru, "Кёльн", nil, ""},
		{"a person in Latin letters", "Halil Berkant", ru, "Halil Berkant", []string{"T14 major"}, "script"},
		{"one word in Latin letters", "Lindqvist", ru, "Lindqvist", []string{"T14 minor"}, "script"},
		{"a brand of capitals", "BBC", ru, "BBC", nil, ""},
		{"a brand with a capital inside", "YouTube", ru, "YouTube", nil, ""},
		{"Cyrillic in Turkish", "Halil Berkant", tr, "Халил Беркант", []string{"T12 major", "T12 major", "T14 major"}, "script"},
		{"a sentence", "Halil Berkant", ru, "Конечно! Это имя пишется так: Халил Беркант", []string{"T14 major"}, "more than"},
		{"a list", "Berkant", ru, "Беркант|Берканд", []string{"T14 major"}, "more than"},
		{"markup", "Berkant", ru, "<b>Беркант</b>", []string{"T14 major"}, "more than"},
		{"a line break", "Berkant", ru, "Беркант\nБерканда", []string{"T14 major"}, "more than"},
		{"a mark that its source has", "Yahoo!", ru, "Яху!", nil, ""},
		{"far too long", "Berk", ru, "Берк из города на самом берегу моря", []string{"T14 major"}, "more than"},
		{"a number of its own", "Halil Berkant", ru, "Халил Беркант 2", []string{"T14 major"}, "number"},
		{"the number of its source", "Boeing 737", ru, "Боинг 737", nil, ""},
		{"a word left out", "Halil Berkant", ru, "Халил", []string{"T14 minor"}, "leaves out"},
		{"the first name left out", "Halil Berkant", ru, "Беркант", []string{"T14 minor"}, "leaves out"},
		{"a common word left out", "Berkant Company", ru, "Беркант", nil, ""},
		{"unlike its source", "Lindqvist", ru, "Борода", []string{"T14 minor"}, "does not sound"},
		{"letters of two scripts", "Berkant", ru, "Беркaнт", []string{"T12 major"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := Name(tc.source, tc.lang, tc.form)
			var got []string
			for _, f := range fs {
				got = append(got, f.Check+" "+string(f.Severity))
				if f.Stage != "names" || f.Lang != tc.lang.String() || f.Span.Sentence != tc.source {
					t.Errorf("got %+v", f)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q: %+v", got, tc.want, fs)
			}
			if m := messageOf(fs, "T14"); !strings.Contains(m, tc.message) {
				t.Errorf("message %q, want %q in it", m, tc.message)
			}
			vetFindings(t, fs, tc.form)
		})
	}
}

// Where a Turkish name is doubted, its transcription is suggested.
func TestADoubtedNameHasASuggestion(t *testing.T) {
	for _, tc := range []struct {
		source, form string
		lang         language.Tag
		want         string
	}{
		{"Şükrü Tanır", "Танир", language.Russian, "Шюкрю Таныр"},
		{"Çetin", "Борода", language.Russian, "Четин"},
		{"Lindqvist", "Борода", language.Russian, ""},
	} {
		fs := Name(tc.source, tc.lang, tc.form)
		if len(fs) == 0 || fs[len(fs)-1].Suggest != tc.want {
			t.Errorf("%s as %q: %+v", tc.source, tc.form, fs)
		}
	}
}

func TestNameSheetJudgesEveryForm(t *testing.T) {
	form := func(source, ru, tr string) pipeline.Name {
		return pipeline.Name{Source: source, Forms: map[string]string{"ru": ru, "tr": tr}}
	}
	sheet := []pipeline.Name{
		form("Halil Berkant", "Халил Беркант", "Halil Berkant"),
		form("Ingrid Lindqvist", "Халил Беркант", "Ingrid Lindqvist"),
		form("Sinop", "", "Sinop"),
		{Source: "Samsun"},
	}
	var got []string
	for _, f := range NameSheet(sheet, language.Russian) {
		got = append(got, f.Span.Sentence+" "+string(f.Severity))
	}
	if !slices.Contains(got, "Ingrid Lindqvist major") {
		t.Errorf("another entry's form is not found: %q", got)
	}
	for _, g := range got {
		if !strings.HasPrefix(g, "Ingrid") {
			t.Errorf("a right form is doubted: %q", g)
		}
	}
	if fs := NameSheet(sheet, language.Turkish); len(fs) != 0 {
		t.Errorf("Turkish: %+v", fs)
	}
	if fs := NameSheet(nil, language.Russian); len(fs) != 0 {
		t.Errorf("nothing: %+v", fs)
	}
}

// Half of a person's name may not keep its letters; a brand that is part of no
// other name may.
func TestHalfANameIsNoBrand(t *testing.T) {
	half := pipeline.Name{Source: "Lindqvist", Forms: map[string]string{"ru": "Lindqvist"}}
	whole := pipeline.Name{Source: "Ingrid Lindqvist"}
	if got := worstOfNames(NameAmong(half, []pipeline.Name{half}, language.Russian)); got != pipeline.Minor {
		t.Errorf("alone: %q", got)
	}
	if got := worstOfNames(NameAmong(half, []pipeline.Name{half, whole}, language.Russian)); got != pipeline.Major {
		t.Errorf("beside the whole name: %q", got)
	}
}

func worstOfNames(fs []pipeline.Finding) pipeline.Severity {
	worst := pipeline.Severity("")
	for _, f := range fs {
		if f.Severity.Rank() > worst.Rank() {
			worst = f.Severity
		}
	}
	return worst
}

// sheetPair is a sentence with a names sheet of one entry.
func sheetPair(source, target string, lang language.Tag, name, form string) pipeline.Pair {
	return pipeline.Pair{
		ID: "p3s1", Source: source, Target: target, Lang: lang,
		Names: []pipeline.Name{{Source: name, Forms: map[string]string{lang.String(): form}}},
	}
}

func TestT14TheSheetInASentence(t *testing.T) {
	ru, tr := language.Russian, language.Turkish
	for _, tc := range []struct {
		name           string
		lang           language.Tag
		source, target string
		entry, form    string
		want           []string
	}{
		{"as on the sheet", ru, "Berkant spoke to them.", "С ними говорил Беркант.", "Berkant", "Беркант", nil},
		{"inflected", ru, "They wrote to Berkant.", "Они написали Берканту.", "Berkant", "Беркант", nil},
		{"another spelling", ru, "Berkant spoke to them.", "С ними говорил Бэркант.", "Berkant", "Беркант", []string{"major Бэркант"}},
		{"missing", ru, "Berkant spoke to them.", "С ними говорил он.", "Berkant", "Беркант", []string{"minor"}},
		{"the surname alone", ru, "Halil Berkant spoke.", "Говорил Беркант.", "Halil Berkant", "Халил Беркант", nil},
		{"the first name alone", ru, "Halil Berkant spoke.", "Говорил Халил.", "Halil Berkant", "Халил Беркант", []string{"minor"}},
		{"not in the source", ru, "The pilot spoke.", "Говорил лётчик.", "Berkant", "Беркант", nil},
		{"part of another word", ru, "Berkantville voted.", "Город проголосовал.", "Berkant", "Беркант", nil},
		{"no form for the language", ru, "Berkant spoke.", "Говорил он.", "Berkant", "", nil},
		{"a brand in Latin letters", ru, "He told Reuters so.", "Он сказал это «Рейтер».", "Reuters", "Reuters", []string{"minor"}},
		{"copied into Turkish", tr, "Berkant spoke to them.", "Onlarla Berkant konuştu.", "Berkant", "Berkant", nil},
		{"with an apostrophe", tr, "They wrote to Berkant.", "Berkant'a yazdılar.", "Berkant", "Berkant", nil},
		{"missing in Turkish", tr, "Berkant spoke to them.", "Onlarla o konuştu.", "Berkant", "Berkant", []string{"minor"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := Pair(sheetPair(tc.source, tc.target, tc.lang, tc.entry, tc.form))
			if got := ofCheck(fs, "T14", tc.target); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q: %+v", got, tc.want, fs)
			}
			vetFindings(t, fs, tc.target)
		})
	}
}

func TestT14MessagesQuoteTheSheet(t *testing.T) {
	fs := Pair(sheetPair("Berkant spoke.", "Говорил Бэркант.", language.Russian, "Berkant", "Беркант"))
	if m := messageOf(fs, "T14"); !strings.Contains(m, `"Бэркант"`) || !strings.Contains(m, `"Беркант"`) {
		t.Errorf("another spelling: %q", m)
	}
	fs = Pair(sheetPair("Berkant spoke.", "Говорил он.", language.Russian, "Berkant", "Беркант"))
	if m := messageOf(fs, "T14"); !strings.Contains(m, "missing") || !strings.Contains(m, `"Беркант"`) {
		t.Errorf("missing: %q", m)
	}
}

// Without a sheet a name is looked for by its letters or its sound.
func TestT14WithoutASheet(t *testing.T) {
	ru, tr := language.Russian, language.Turkish
	for _, tc := range []struct {
		name           string
		lang           language.Tag
		source, target string
		want           []string
	}{
		{"by its sound", ru, "The pilot met Halil Berkant in the old harbour.", "Лётчик встретил Халила Берканта в старой гавани.", nil},
		{"by its letters", tr, "The pilot met Halil Berkant in the old harbour.", "Pilot eski limanda Halil Berkant'la buluştu.", nil},
		{"lost", ru, "The pilot met Halil Berkant in the old harbour.", "Лётчик встретил в старой гавани одного друга.", []string{"minor Halil"}},
		{"lost in Turkish", tr, "The pilot met Halil Berkant in the old harbour.", "Pilot eski limanda bir dostuyla buluştu.", []string{"minor Halil"}},
		{"half of it lost", tr, "The pilot met Halil Berkant in the old harbour.", "Pilot eski limanda Halil ile buluştu.", []string{"minor Berkant"}},
		{"a country has a name of its own", ru, "The pilot met them in Germany last week.", "Лётчик встретил их на той неделе в ФРГ.", nil},
		{"a people has too", ru, "The pilot met a Dutch crew in the harbour.", "Лётчик встретил в гавани экипаж из Голландии.", nil},
		{"a first word may be no name", ru, "Wreckers met the pilot in the harbour.", "Лётчика встретили в гавани мародёры.", nil},
		{"three letters are too few", ru, "The pilot met old Ali in the harbour.", "Лётчик встретил в гавани старика.", nil},
		{"capitals are an abbreviation", ru, "The pilot told the OSCE about the harbour.", "Лётчик рассказал о гавани наблюдателям.", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := Pair(pipeline.Pair{ID: "p3s1", Source: tc.source, Target: tc.target, Lang: tc.lang})
			if got := ofCheck(fs, "T14", tc.source); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q: %+v", got, tc.want, fs)
			}
		})
	}
}

func TestFindName(t *testing.T) {
	for _, tc := range []struct {
		lang         *locale.Locale
		target, part string
		near, exact  string
	}{
		{locale.Russian, "Он видел Берканта.", "Berkant", "Берканта", ""},
		{locale.Russian, "Он видел Беркант.", "Berkant", "Беркант", "Беркант"},
		{locale.Russian, "Он видел Линдквиста и Халила.", "Halil", "Халила", "Халила"},
		{locale.Russian, "Он видел друга.", "Berkant", "", ""},
		{locale.Russian, "Он видел Berkant там.", "Berkant", "Berkant", "Berkant"},
		{locale.Turkish, "Onu Berkant'ta gördü.", "Berkant", "Berkant'ta", "Berkant'ta"},
		{locale.Turkish, "Onu orada gördü.", "Berkant", "", ""},
		{locale.Turkish, "Gazete Çetin'i yazdı.", "Cetin", "Çetin'i", "Çetin'i"},
	} {
		txt := facts.Of(tc.target, tc.lang)
		k, ok := findName(txt, tc.part)
		if k.Text != tc.near || ok != (tc.near != "") {
			t.Errorf("%s in %q: %q", tc.part, tc.target, k.Text)
		}
		if k, ok := findExact(txt, tc.part); tc.exact != "" && (k.Text != tc.exact || !ok) {
			t.Errorf("%s in %q, exactly: %q", tc.part, tc.target, k.Text)
		}
	}
}

func TestFindNearLeavesTakenWords(t *testing.T) {
	txt := facts.Of("Там был Беркант.", locale.Russian)
	findNear := func(taken map[string]string) bool {
		_, ok := find(txt, "Berkant", limits().NearName, taken)
		return ok
	}
	if !findNear(nil) {
		t.Error("free: not found")
	}
	if !findNear(map[string]string{"беркант": "Berkant"}) {
		t.Error("its own: not found")
	}
	if findNear(map[string]string{"беркант": "Berkand"}) {
		t.Error("another name's: found")
	}
}

func TestHoldsWord(t *testing.T) {
	for _, tc := range []struct {
		text, piece string
		want        bool
	}{
		{"Berk came.", "Berk", true},
		{"Berkant came.", "Berk", false},
		{"Old Berkant and Berk.", "Berk", true},
		{"Berk's boat", "Berk", true},
		{"(Berk)", "Berk", true},
		{"McBerk", "Berk", false},
		{"Berkç", "Berk", false},
		{"çBerk", "Berk", false},
		{"", "Berk", false},
	} {
		if got := holdsWord(tc.text, tc.piece); got != tc.want {
			t.Errorf("%q in %q: %v", tc.piece, tc.text, got)
		}
	}
}

func TestPartsOfNames(t *testing.T) {
	for source, want := range map[string]string{"Halil Berkant": "Berkant", "Berkant": "Berkant", "": "", " Halil  Berkant ": "Berkant"} {
		if got := lastWord(source); got != want {
			t.Errorf("%q: %q", source, got)
		}
	}
	for source, want := range map[string]bool{"AP": true, "CNNTurk": true, "iPhone": true, "Reuters": false, "A": false, "": false, "Al Jazeera": false, "Rolls-Royce": false, "Şok": false} {
		if got := brand(source); got != want {
			t.Errorf("%q: %v", source, got)
		}
	}
	for _, tc := range []struct{ source, form, want string }{
		{"Boeing 737", "Боинг 737", ""}, {"Boeing 737", "Боинг 747", "4"}, {"Berkant", "1. Беркант", "1"}, {"Berkant", "Беркант", ""},
	} {
		if got := strayDigits(tc.source, tc.form); got != tc.want {
			t.Errorf("%q as %q: %q", tc.source, tc.form, got)
		}
	}
	names := []pipeline.Name{{Source: "Ayla"}, {Source: "Ayla Berkant"}, {Source: "Berk"}}
	var got []string
	for _, n := range longestFirst(names) {
		got = append(got, n.Source)
	}
	if !slices.Equal(got, []string{"Ayla Berkant", "Ayla", "Berk"}) || names[0].Source != "Ayla" {
		t.Errorf("got %q of %+v", got, names)
	}
}
