package facts_test

import (
	"testing"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// The same statement in three languages: every number of the English has its
// answer in the others.
func TestNumbersAgreeAcrossLanguages(t *testing.T) {
	for _, c := range [][3]string{
		{"It rose by 20%.", "Выросло на 20 %.", "%20 arttı."},
		{"It rose by 20 percent.", "Выросло на 20%.", "Yüzde 20 arttı."},
		{"It rose by twenty percent.", "Выросло на двадцать процентов.", "Yüzde yirmi arttı."},
		{"It starts at 8:30 p.m.", "Начало в 20:30.", "20.30'da başlıyor."},
		{"It starts at 1am.", "Начало в 01:00.", "01.00'de başlıyor."},
		{"1.5 million people", "1,5 млн человек", "1,5 milyon kişi"},
		{"1.5 million people", "1 500 000 человек", "1.500.000 kişi"},
		{"1,500,000 people", "1,5 миллиона человек", "1,5 milyon kişi"},
		{"twenty-five years", "25 лет", "25 yıl"},
		{"25 years", "двадцать пять лет", "yirmi beş yıl"},
		{"the 19th century", "XIX век", "19. yüzyıl"},
		{"the 1970s", "1970-е годы", "1970'ler"},
		{"the mid-Sixties", "середина 60-х", "60'lı yılların ortası"},
		{"December 19, 2016", "19 декабря 2016 года", "19 Aralık 2016"},
		{"December 19, 2016", "19.12.2016", "19.12.2016"},
		{"£3,000–£5,000", "от 3 до 5 тысяч фунтов", "3 ila 5 bin sterlin"},
		{"from 3 to 5 million", "3–5 млн", "3-5 milyon"},
		{"half a million", "500 000", "500.000"},
		{"a quarter of the town", "четверть города", "kentin çeyreği"},
		{"2½ hours", "2,5 часа", "2 buçuk saat"},
		{"a 45-year-old man", "45-летний мужчина", "45 yaşındaki adam"},
		{"eleven of them", "11 из них", "on biri"},
		{"World War II", "Вторая мировая война", "İkinci Dünya Savaşı"},
	} {
		source := facts.Numbers(c[0], en)
		if len(source) == 0 {
			t.Errorf("%q: no number", c[0])
		}
		for i, loc := range []*locale.Locale{ru, tr} {
			target := facts.Numbers(c[i+1], loc)
			for _, n := range source {
				if !answered(n, target) {
					t.Errorf("%q (%s) of %q has no answer in %q (%s)", n.Text, values(n), c[0], c[i+1], firsts(target))
				}
			}
		}
	}
}

// A wrong figure has no answer.
func TestNumbersDisagreeAcrossLanguages(t *testing.T) {
	for _, c := range []struct {
		loc            *locale.Locale
		source, target string
	}{
		{ru, "20%", "30 %"},
		{tr, "20%", "yüzde 2"},
		{ru, "8:30 p.m.", "21:30"},
		{tr, "8:45 p.m.", "20.30"},
		{ru, "1.5 million", "15 млн"},
		{tr, "1.5 million", "1,5 milyar"},
		{ru, "twenty-five", "тридцать шесть"},
		{tr, "the 1970s", "1980'ler"},
		{ru, "the 19th century", "XX век"},
		{ru, "2016", "2017"},
		{tr, "1,234", "1.235"},
		{ru, "0.75", "0,57"},
	} {
		for _, n := range facts.Numbers(c.source, en) {
			if target := facts.Numbers(c.target, c.loc); answered(n, target) {
				t.Errorf("%q (%s) is answered by %q (%s)", n.Text, values(n), c.target, firsts(target))
			}
		}
	}
}

func answered(n facts.Number, in []facts.Number) bool {
	for _, m := range in {
		if n.Agrees(m) {
			return true
		}
	}
	return false
}

func TestNumberSpans(t *testing.T) {
	for _, c := range []struct {
		loc        *locale.Locale
		text, want string
	}{
		{en, "It cost $1.5 million in 2016.", "1.5 million | 2016"},
		{en, "one hundred and five people", "one hundred and five"},
		{en, "the 21st of May", "21st | May"},
		{en, "the 1970s were loud", "1970s"},
		{en, "He paid $5, then left.", "5"},
		{en, "a 6-foot wall", "6"},
		{ru, "стоило 1 234,5 рубля", "1 234,5"},
		{ru, "2 с половиной часа", "2 с половиной"},
		{ru, "в 2016-м году", "2016-м"},
		{ru, "45-летний мужчина", "45-летний"},
		{tr, "2016'da 40 bin kişi", "2016'da | 40 bin"},
		{tr, "2 buçuk saat", "2 buçuk"},
		{ru, "19.12.2016", "19 | 12 | 2016"},
	} {
		if got := numbersIn(t, c.text, facts.Numbers(c.text, c.loc)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCurrencyStandsOutsideTheNumber(t *testing.T) {
	for _, text := range []string{"$20", "€20", "£20", "20 dollars", "20 €", "USD 20", "₺20", "20$"} {
		ns := facts.Numbers(text, en)
		if len(ns) != 1 || ns[0].Values[0] != 20 || ns[0].Text != "20" {
			t.Errorf("%q: %s", text, firsts(ns))
		}
	}
}

func TestRangesShareTheirScale(t *testing.T) {
	for _, c := range []struct {
		loc    *locale.Locale
		text   string
		shared bool // the first number may be in millions
	}{
		{en, "3–5 million", true},
		{en, "from 3 to 5 million", true},
		{en, "$3-$5 million", true},
		{en, "3 or 5 million", true},
		{en, "3 cars and 5 million people", false},
		{en, "3 boats, 5 million gulls", false},
		{ru, "от 3 до 5 миллионов", true},
		{ru, "3—5 млн", true},
		{ru, "3–5\u00a0млн", true},
		{ru, "3–5\u202fмлн", true},
		{en, "3-5-million", true},
		{ru, "3 лодки и 5 миллионов чаек", false},
		{tr, "3 ila 5 milyon", true},
		{tr, "3 ya da 5 milyon", true},
		{tr, "3 tekne ve 5 milyon martı", false},
	} {
		ns := facts.Numbers(c.text, c.loc)
		if len(ns) != 2 {
			t.Errorf("%q: %s", c.text, firsts(ns))
			continue
		}
		if got := ns[0].Agrees(facts.Number{Values: []float64{3e6}}); got != c.shared {
			t.Errorf("%q: the first is %s, shared %v", c.text, values(ns[0]), got)
		}
		if !ns[0].Agrees(facts.Number{Values: []float64{3}}) || !ns[1].Agrees(facts.Number{Values: []float64{5e6}}) {
			t.Errorf("%q: %s and %s", c.text, values(ns[0]), values(ns[1]))
		}
	}
}

func TestSecondYearOfAPair(t *testing.T) {
	for text, want := range map[string]bool{
		"the 2016/17 season": true, "in 2016-17": true, "in 2016–17": true,
		"in 2016 - 17": false, "20/17": false,
	} {
		ns := facts.Numbers(text, en)
		last := ns[len(ns)-1]
		if got := last.Agrees(facts.Number{Values: []float64{2017}}); got != want || !last.Agrees(facts.Number{Values: []float64{17}}) {
			t.Errorf("%q: %s", text, values(last))
		}
	}
}

func TestVagueNumbers(t *testing.T) {
	for _, c := range []struct {
		loc   *locale.Locale
		text  string
		vague bool
	}{
		{en, "one of them", true},
		{en, "the first of them", true},
		{en, "half of them", true},
		{en, "World War II", true},
		{en, "in May", true},
		{en, "two of them", false},
		{en, "seven of them", false},
		{en, "a million of them", false},
		{en, "5 of them", false},
		{ru, "один из них", true},
		{ru, "первый из них", true},
		{ru, "семь из них", false},
		{tr, "biri", true},
		{tr, "birinci", true},
		{tr, "yedi", false},
		{en, "the site 247sports", true},
	} {
		ns := facts.Numbers(c.text, c.loc)
		if len(ns) != 1 || ns[0].Vague != c.vague {
			t.Errorf("%q: %s, want one number, vague %v", c.text, firsts(ns), c.vague)
		}
	}
}

func TestTheWordForOneAlone(t *testing.T) {
	for _, c := range []struct {
		loc  *locale.Locale
		text string
		want bool
	}{
		{en, "one man", true},
		{en, "two men", false},
		{en, "the first man", false},
		{en, "1 man", false},
		{en, "one hundred men", false},
		{tr, "bir adam", true},
		{tr, "iki adam", false},
		{ru, "один человек", true},
		{ru, "два человека", false},
	} {
		ns := facts.Numbers(c.text, c.loc)
		if len(ns) != 1 || ns[0].One != c.want {
			t.Errorf("%q: %+v, want One %v", c.text, ns, c.want)
		}
	}
}

func TestDesignationsAreCodes(t *testing.T) {
	for text, want := range map[string]bool{
		"a B-52 bomber": true, "the G20 met": true, "an F-16": true, "a MiG-29": true, "the A4 road": true,
		"20 planes": false, "in mid-2016": false, "page 20": false,
	} {
		ns := facts.Numbers(text, en)
		if len(ns) != 1 || ns[0].Code != want {
			t.Errorf("%q: %s, want one number, code %v", text, firsts(ns), want)
		}
	}
}

func TestUnitsOfMeasure(t *testing.T) {
	for _, c := range []struct {
		loc  *locale.Locale
		text string
		want int
	}{
		{en, "5 miles away", 1},
		{en, "a 6-foot wall", 1},
		{en, "10 pounds of flour", 1},
		{en, "5 km away", 2},
		{en, "20 °C", 2},
		{en, "the rope is 5 m long", 2},
		{en, "ten kilometres away", 2},
		{en, "5 people", 0},
		{en, "5.", 0},
		{ru, "в 5 милях отсюда", 1},
		{ru, "в 5 км отсюда", 2},
		{ru, "20 градусов", 2},
		{ru, "5 человек", 0},
		{tr, "5 mil uzakta", 1},
		{tr, "5 kilometre uzakta", 2},
		{tr, "5 kişi", 0},
	} {
		ns := facts.Numbers(c.text, c.loc)
		if len(ns) != 1 || ns[0].Measure != c.want {
			t.Errorf("%q: %+v, want measure %d", c.text, ns, c.want)
		}
	}
	if ns := facts.Numbers("5 to 10 miles", en); len(ns) != 2 || ns[0].Measure != 1 {
		t.Errorf("the unit of a range holds for its first number: %+v", ns)
	}
}

// A row of digits that may be two numbers keeps its parts.
func TestPartsOfJoinedDigits(t *testing.T) {
	ns := facts.Numbers("В доме 12 300 жильцов.", ru)
	if len(ns) != 1 || ns[0].Values[0] != 12300 || len(ns[0].Parts) != 2 || ns[0].Parts[0] != 12 || ns[0].Parts[1] != 300 {
		t.Errorf("%+v", ns)
	}
	if ns := facts.Numbers("В доме 300 жильцов.", ru); len(ns) != 1 || len(ns[0].Parts) != 0 {
		t.Errorf("one number has parts: %+v", ns)
	}
}

// Digits in groups that no rule knows stay apart: a telephone number keeps
// each of its groups.
func TestPhoneNumbersKeepTheirGroups(t *testing.T) {
	for _, c := range []struct {
		loc        *locale.Locale
		text, want string
	}{
		{en, "Call +1 555 0142.", "1 555 142"},
		{en, "Call 555-0142.", "555 142"},
		{en, "Call (212) 555-0142.", "212 555 142"},
		{ru, "Звоните 8-495-555-01-42.", "8 495 555 1 42"},
		{tr, "0312 555 01 42", "312 555 1 42"},
	} {
		if got := firsts(facts.Numbers(c.text, c.loc)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
