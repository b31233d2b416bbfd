package facts_test

import (
	"slices"
	"testing"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// reading is a text and the likeliest value of each of its numbers, in order.
type reading struct{ text, want string }

func readings(t *testing.T, loc *locale.Locale, cases []reading) {
	t.Helper()
	for _, c := range cases {
		ns := facts.Numbers(c.text, loc)
		if got := firsts(ns); got != c.want {
			t.Errorf("%s %q: %q, want %q", loc.Tag, c.text, got, c.want)
		}
		numbersIn(t, c.text, ns)
	}
}

func TestNumbersInDigits(t *testing.T) {
	readings(t, en, []reading{
		{"No figure stands here.", ""},
		{"The bridge is 7 metres wide.", "7"},
		{"They counted 1,234 boats.", "1234"},
		{"They counted 1,234,567 boats.", "1234567"},
		{"It fell by 0.75 per cent.", "0.75"},
		{"It rose to 1,234.5 points.", "1234.5"},
		{"It rose to 12,345.67 points.", "12345.67"},
		{"The year 2016 was dry.", "2016"},
		{"Aged 45, he retired.", "45"},
		{"He is 45.", "45"},
		{"They won (3-1).", "3 1"},
		{"In 2014, 2015 and 2016 it rained.", "2014 2015 2016"},
		{"A 10-year-old boy.", "10"},
		{"½ of the town", "0.5"},
		{"2½ hours", "2.5"},
		{"2 1/2 hours", "2.5"},
		{"1/2 of it", "0.5"},
		{"two and a half", "2.5"},
		{"2 and a half years", "2.5"},
	})
	readings(t, ru, []reading{
		{"Здесь нет цифр.", ""},
		{"Насчитали 1 234 лодки.", "1234"},
		{"Насчитали 1\u00a0234\u00a0567 лодок.", "1234567"},
		{"Насчитали 12\u202f500 лодок.", "12500"},
		{"Насчитали 12\u2009500 лодок.", "12500"},
		{"Выросло до 1 234,5 пункта.", "1234.5"},
		{"Упало на 0,75 процента.", "0.75"},
		{"Прошло 2 с половиной часа.", "2.5"},
		{"В 2016 году 300 человек уехали.", "2016 300"},
		{"Между 5 и 10 домами.", "5 10"},
		{"Комнаты 12 и 3456.", "12 3456"},
		{"Дома 12 30 и 7.", "12 30 7"},
	})
	readings(t, tr, []reading{
		{"Burada rakam geçmiyor.", ""},
		{"1.234 tekne sayıldı.", "1234"},
		{"1.234.567 tekne sayıldı.", "1234567"},
		{"Yüzde 0,75 düştü.", "0.75"},
		{"1.234,5 puana çıktı.", "1234.5"},
		{"2 buçuk saat sürdü.", "2.5"},
		{"2016'da 300 kişi gitti.", "2016 300"},
	})
}

func TestNumbersWithScaleWords(t *testing.T) {
	readings(t, en, []reading{
		{"It cost 1.5 million dollars.", "1500000"},
		{"It cost $1.5m.", "1500000"},
		{"It cost $3bn last year.", "3000000000"},
		{"It cost 20k.", "20000"},
		{"a $5-million ship", "5000000"},
		{"40 thousand letters", "40000"},
		{"2 dozen eggs", "24"},
		{"3 hundred sheep", "300"},
		{"1.2 trillion yen", "1200000000000"},
		{"The rope is 5 m long.", "5"},
	})
	readings(t, ru, []reading{
		{"Стоило 1,5 млн долларов.", "1500000"},
		{"Стоило 3 млрд рублей.", "3000000000"},
		{"Около 40 тыс. писем.", "40000"},
		{"Около 40 тысяч писем.", "40000"},
		{"Бюджет 1,2 триллиона иен.", "1200000000000"},
		{"Подвиг 5-миллионной армии.", "5"},
	})
	readings(t, tr, []reading{
		{"Maliyeti 1,5 milyon dolar oldu.", "1500000"},
		{"Maliyeti 3 milyar lirayı buldu.", "3000000000"},
		{"40 bin mektup geldi.", "40000"},
		{"1,2 trilyonluk bütçe", "1200000000000"},
	})
}

func TestNumbersInWords(t *testing.T) {
	readings(t, en, []reading{
		{"Seven ships sailed.", "7"},
		{"twenty-five people", "25"},
		{"one hundred and five people", "105"},
		{"two thousand three hundred and forty", "2340"},
		{"three million", "3000000"},
		{"four or five days", "4 5"},
		{"ninety-nine balloons and eleven kites", "99 11"},
		{"the twenty-first time", "21"},
		{"half of the town", "0.5"},
		{"zero tolerance", "0"},
		{"two dozen", "24"},
		{"half a million people", "500000"},
		{"a quarter million people", "250000"},
		{"a million people", "1000000"},
		{"two and a half million people", "2500000"},
		{"two and a boat", "2"},
		{"hundreds of people", ""},
		{"thousands marched", ""},
		{"two hundreds", "200"},
	})
	readings(t, ru, []reading{
		{"Семь кораблей вышли в море.", "7"},
		{"двадцать пять человек", "25"},
		{"сто пять человек", "105"},
		{"две тысячи триста сорок", "2340"},
		{"три миллиона", "3000000"},
		{"четыре или пять дней", "4 5"},
		{"в двадцать первый раз", "21"},
		{"половина города", "0.5"},
		{"полтора часа", "1.5"},
		{"полтора миллиона", "1500000"},
		{"полмиллиона", "500000"},
		{"два с половиной миллиона", "2500000"},
		{"десятилетний мальчик", "10"},
		{"тысячи людей вышли", ""},
	})
	readings(t, tr, []reading{
		{"Yedi gemi denize açıldı.", "7"},
		{"yirmi beş kişi", "25"},
		{"yüz beş kişi", "105"},
		{"iki bin üç yüz kırk", "2340"},
		{"üç milyon", "3000000"},
		{"dört ya da beş gün", "4 5"},
		{"yirmi birinci kez", "21"},
		{"kentin yarısı", "0.5"},
		{"on biri", "11"},
		{"yarım milyon", "500000"},
		{"iki buçuk milyon", "2500000"},
		{"bir buçuk saat", "1.5"},
		{"binlerce insan yürüdü", ""},
	})
}

func TestOrdinalNumbers(t *testing.T) {
	readings(t, en, []reading{
		{"on the 21st floor", "21"},
		{"the 2nd, 3rd and 4th men", "2 3 4"},
		{"the third time", "3"},
		{"the fortieth president", "40"},
	})
	readings(t, ru, []reading{
		{"на 21-м этаже", "21"},
		{"2-й и 3-я", "2 3"},
		{"в третий раз", "3"},
		{"сороковой президент", "40"},
	})
	readings(t, tr, []reading{
		{"21'inci katta", "21"},
		{"üçüncü kez", "3"},
		{"kırkıncı başkan", "40"},
	})
}

func TestRomanNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"the XIX century":        "19",
		"World War II ended":     "2",
		"Elizabeth II":           "2",
		"Charles I was there":    "1",
		"I was there":            "",
		"Louis XIV and Louis XV": "14 15",
		"chapter IV":             "4",
		"the XL size":            "40",
		"vitamin C":              "",
	} {
		ns := facts.Numbers(text, en)
		if got := firsts(ns); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for _, n := range ns {
			if n.Form != facts.Roman || !n.Vague {
				t.Errorf("%q: %q is form %d, vague %v", text, n.Text, n.Form, n.Vague)
			}
		}
	}
	readings(t, ru, []reading{
		{"в XIX веке", "19"},                // Latin letters
		{"в \u0425I\u0425 веке", "19"},      // Cyrillic Х, Latin I
		{"в \u0425\u0406\u0425 веке", "19"}, // Cyrillic Х and І
		{"Людовик \u0425IV", "14"},
	})
}

// A time of day is apart from every other number.
func TestTimeOf(t *testing.T) {
	seen := map[float64]bool{}
	for h := range 24 {
		for m := range 60 {
			v := facts.TimeOf(h, m)
			if v >= 0 || seen[v] {
				t.Fatalf("%02d:%02d is %v, taken or not apart", h, m, v)
			}
			seen[v] = true
		}
	}
	if facts.TimeOf(24, 0) != facts.TimeOf(0, 0) {
		t.Error("24:00 is not midnight")
	}
}

// A number has all the values it may be read as.
func TestNumberMayBeReadAs(t *testing.T) {
	at := facts.TimeOf
	for _, c := range []struct {
		loc  *locale.Locale
		text string
		yes  []float64
		no   []float64
	}{
		{en, "8:30 p.m.", []float64{at(20, 30)}, []float64{8.30, 830, 8}},
		{en, "8:30pm", []float64{at(20, 30)}, []float64{at(21, 30)}},
		{en, "8:30 a.m.", []float64{at(8, 30)}, []float64{at(9, 30)}},
		{en, "8 p.m.", []float64{at(20, 0), 20, 8}, []float64{at(21, 0)}},
		{en, "12 p.m.", []float64{at(12, 0), 12}, []float64{at(13, 0)}},
		{en, "12 a.m.", []float64{at(0, 0), 0}, nil},
		{en, "20:43", []float64{at(20, 43)}, []float64{at(8, 43), 20}},
		{en, "24:00", []float64{at(0, 0)}, []float64{at(1, 0)}},
		{en, "45:30", []float64{45, 30}, []float64{at(21, 30)}},
		{en, "12:30", []float64{at(12, 30), at(0, 30)}, nil},
		{en, "12345.678", []float64{12345.678}, []float64{12345678}},
		{ru, "2 тысячи", []float64{2000}, []float64{2}},
		{en, "2 decades", []float64{20, 2}, nil},
		{en, "the Twenties", []float64{20, 1920}, nil},
		{tr, "20.30", []float64{at(20, 30), 20.3}, []float64{2030}},
		{ru, "20:30", []float64{at(20, 30)}, nil},
		{en, "1.234", []float64{1.234, 1234}, []float64{234}},
		{tr, "1.234", []float64{1.234, 1234}, nil},
		{en, "0.234", []float64{0.234}, []float64{234}},
		{en, "the 1970s", []float64{1970, 70}, []float64{1970.5, 19}},
		{en, "the 1900s", []float64{1900, 20}, []float64{19}},
		{ru, "1970-х", []float64{1970, 70}, nil},
		{tr, "1970'ler", []float64{1970, 70}, nil},
		{en, "the 60s", []float64{60, 1960}, nil},
		{ru, "60-е", []float64{60, 1960}, nil},
		{tr, "60'lı", []float64{60, 1960}, nil},
		{en, "the Sixties", []float64{60, 1960}, nil},
		{en, "the sixties", []float64{60}, []float64{1960}},
		{en, "two decades", []float64{20, 2}, []float64{10.5}},
		{en, "twelve dozen", []float64{144, 12}, nil},
		{ru, "1,5 млн", []float64{1.5e6}, []float64{1.5, 1.5e9}},
		{en, "2 1/2", []float64{2.5}, nil},
		{en, "1.5 million", []float64{1.5e6}, []float64{1.5}},
	} {
		ns := facts.Numbers(c.text, c.loc)
		if len(ns) != 1 {
			t.Errorf("%s %q: %d numbers: %s", c.loc.Tag, c.text, len(ns), firsts(ns))
			continue
		}
		for _, v := range c.yes {
			if !ns[0].Agrees(facts.Number{Values: []float64{v}}) {
				t.Errorf("%s %q: %s, without %s", c.loc.Tag, c.text, values(ns[0]), value(v))
			}
		}
		for _, v := range c.no {
			if ns[0].Agrees(facts.Number{Values: []float64{v}}) {
				t.Errorf("%s %q: %s, with %s", c.loc.Tag, c.text, values(ns[0]), value(v))
			}
		}
	}
}

func TestAgrees(t *testing.T) {
	of := func(vs ...float64) facts.Number { return facts.Number{Values: vs} }
	for _, c := range []struct {
		a, b facts.Number
		want bool
	}{
		{of(5), of(5), true},
		{of(5), of(6), false},
		{of(5, 6), of(7, 6), true},
		{of(), of(5), false},
		{of(0.1 + 0.2), of(0.3), true},
		{of(1e12), of(1e12 + 1e6), false},
		{of(0), of(0), true},
		{of(1.0 / 3), of(0.3333333333), true},
		{of(0.33), of(0.3333333333), false},
	} {
		if c.a.Agrees(c.b) != c.want || c.b.Agrees(c.a) != c.want {
			t.Errorf("%v and %v: want %v both ways", c.a.Values, c.b.Values, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	readings(t, en, []reading{
		{"on December 19, 2016", "12 19 2016"},
		{"on 19 Dec 2016", "19 12 2016"},
		{"in May", "5"},
		{"She may come.", "5"},
		{"2016-12-19", "2016 12 19"},
	})
	readings(t, ru, []reading{
		{"19 декабря 2016 года", "19 12 2016"},
		{"19.12.2016", "19 12 2016"},
		{"в мае", "5"},
	})
	readings(t, tr, []reading{
		{"19 Aralık 2016", "19 12 2016"},
		{"19.12.2016", "19 12 2016"},
		{"Mayıs'ta", "5"},
	})
	two := facts.Numbers("Письмо от 05.03.98 пропало.", ru)
	if got := firsts(two); got != "5 3 98" {
		t.Fatalf("05.03.98: %s", got)
	}
	if !slices.Contains(two[2].Values, 1998) || !slices.Contains(two[2].Values, 2098) {
		t.Errorf("a year of two digits is %s", values(two[2]))
	}
	if two[0].Vague || !two[1].Vague || two[2].Vague {
		t.Error("of a date in figures the month alone need not be answered")
	}
}

func TestDayBesideMonth(t *testing.T) {
	for _, c := range []struct {
		loc  *locale.Locale
		text string
		day  string // the digits marked
	}{
		{en, "December 19, 2016", "19"},
		{en, "19 December 2016", "19"},
		{ru, "19 декабря 2016 года", "19"},
		{tr, "19 Aralık 2016", "19"},
		{en, "19 people came", ""},
		{en, "December 2016", ""},
		{en, "In December the town sold 19 boats", ""},
	} {
		got := ""
		for _, n := range facts.Numbers(c.text, c.loc) {
			if n.Day {
				got += n.Text
			}
		}
		if got != c.day {
			t.Errorf("%q: day %q, want %q", c.text, got, c.day)
		}
	}
}
