package llmtest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestTranslate(t *testing.T) {
	tests := []struct {
		name, source string
		ru, tr       []string // pieces that must stand in the result
	}{
		{"names", "Andrey Karlov met Mevlüt Çavuşoğlu.", []string{"Андрей Карлов", "Мевлут Чавушоглу."}, []string{"Andrey Karlov", "Mevlüt Çavuşoğlu."}},
		{"possession", "Karlov's body lay in Turkey's capital.", []string{"Карлов "}, []string{"Karlov'un", "Türkiye'nin"}},
		{"grouped number", "It cost 1,365,200.5 dollars.", []string{"1\u00a0365\u00a0200,5"}, []string{"1.365.200,5"}},
		{"decimal", "It rose 7.5 points.", []string{"7,5"}, []string{"7,5"}},
		{"year and plain number", "In 2016 he wrote 12 books.", []string{"2016", "12"}, []string{"2016", "12"}},
		{"percent", "Some 20% and 30 percent agreed.", []string{"20%", "30 процентов"}, []string{"%20", "yüzde 30"}},
		{"ordinal and decade", "The 19th man of the 1970s.", []string{"19-й", "1970-х"}, []string{"19'inci", "1970'ler"}},
		{"afternoon", "He spoke at 8:30 p.m. on Friday.", []string{"20:30 ", "Пятница"}, []string{"20:30 ", "Cuma"}},
		{"midnight at the end", "He came at 12 a.m.", []string{"0:00."}, []string{"0:00."}},
		{"unit", "They ran 5km.", []string{"5 "}, []string{"5 km."}},
		{"money", "It paid $1.5 million.", []string{"$1,5 миллионов"}, []string{"$1,5 milyon"}},
		{"money, glued", "€3.1billion and £5m, then $2bn.", []string{"€3,1 миллиардов", "£5 миллионов", "$2 миллиардов"}, []string{"€3,1 milyar", "£5 milyon", "$2 milyar"}},
		{"number words", "At least eight shots, then eleven.", []string{"восемь", "одиннадцать"}, []string{"sekiz", "on bir"}},
		{"address", "See https://example.com/a?b=1, or a.b@example.org.", []string{"https://example.com/a?b=1,", "a.b@example.org."}, []string{"https://example.com/a?b=1,", "a.b@example.org."}},
		{"handle, tag and site", "Ask @desk about #G20 on example.com today.", []string{"@desk", "#G20", "example.com "}, []string{"@desk", "#G20", "example.com "}},
		{"code", "A B-52 and COVID-19 at the G20.", []string{"B-52", "COVID-19", "G20."}, []string{"B-52", "COVID-19", "G20."}},
		{"negation", "He didn't say no, and never will.", []string{"не ", "нет", "икогда не"}, []string{"değil", "hiçbir", "asla"}},
		{"hedge", "He reportedly fled, according to police.", []string{"как сообщается", "согласно"}, []string{"iddiaya göre", "göre"}},
		{"quotation", `He said "we win." Then he left.`, []string{"«", "»."}, []string{`"biz`, `."`}},
		{"curly quotation", "“We win,” he said.", []string{"«Мы", "»,"}, []string{`"Biz`, `,"`}},
		{"single quotation", "'Don't forget': man shot.", []string{"«Не ", "»:"}, []string{`"Değil `, `":`}},
		{"plural possession is no quotation", "The brothers' house fell.", []string{"Бротерсым хоу"}, []string{"Brotars"}},
		{"dash", "He came - late.", []string{" — "}, []string{" - "}},
		{"end marks", "Who is he? He!", []string{"? ", "!"}, []string{"? ", "!"}},
		{"abbreviated country", "Both the U.S. and the U.K. agreed.", []string{"США и", "Великобритания "}, []string{"ABD ve", "Birleşik Krallık "}},
		{"abbreviation at the end", "He left the U.S.", []string{"США."}, []string{"ABD."}},
		{"title", "Mr. Karlov met Dr. Who.", []string{"г-н Карлов", "д-р. "}, []string{"Bay Karlov", "Dr. "}},
		{"letters", "The FBI told CNN.", []string{"ФБИ", "КНН."}, []string{"FBI", "CNN."}},
		{"headline in capitals", "ENVOY KILLED IN ANKARA", []string{"АНКАРА"}, []string{"ANKARA"}},
		{"words in a headline in capitals", "WE WILL NOT LEAVE ANKARA", []string{"МЫ БУДЕТ НЕ "}, []string{"BİZ OLACAK DEĞİL "}},
		{"article first", "The attacker left.", []string{"Аттакер"}, []string{"Attak"}},
		{"article after a full stop", "He left. The end came.", []string{". Э"}, nil},
		{"only words that fall", "A.", []string{"А."}, []string{"A."}},
		{"other scripts stay", "Карлов said привет.", []string{"Карлов", "привет."}, []string{"Карлов"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, want := range tt.ru {
				if got := Translate("ru", tt.source); !strings.Contains(got, want) {
					t.Errorf("ru: %q has no %q", got, want)
				}
			}
			for _, want := range tt.tr {
				if got := Translate("tr", tt.source); !strings.Contains(got, want) {
					t.Errorf("tr: %q has no %q", got, want)
				}
			}
		})
	}
}

// sample is prose with everything that is hard about news.
var sample = []string{
	"'Don't forget Aleppo': Russian ambassador to Turkey Andrey Karlov killed in Ankara and was hit by 11 bullets in a back - video of incident",
	"Attacker reportedly talked about the situation in Aleppo after he shot the ambassador.",
	"Andrey Karlov was speaking at an exhibition in the Turkey's capital when he was hit by multiple shots in a back from a close distance, Turkish media say, according to Uatoday.",
	`"Today during a public event in Ankara an unknown attacker started firing chaotically, as a result of which the Russian ambassador in Turkey was wounded," she told.`,
	`Karlov was several minutes into a speech at the embassy-sponsored photo exhibition in the capital when a man wearing a suit and tie shouted "Allahu Akbar" and fired at least eight shots, according to an AP photographer in the audience.`,
	"Mr. Karlov, who started his career as a diplomat in 1976, worked extensively in North Korea over three decades, before moving to Ankara in 2007, according to a biography on the Russian Embassy's website.",
	"He became ambassador in July 2013.",
	"Meanwhile, the attack drew condemnations from both the U.S. and the U.K.",
}

func TestTranslateWritesInTheTargetsLetters(t *testing.T) {
	latin := regexp.MustCompile(`\p{Latin}`)
	for _, s := range sample {
		if got := Translate("ru", s); latin.MatchString(got) {
			t.Errorf("Latin letters in %q", got)
		}
		if got := Translate("tr", s); strings.ContainsAny(got, "wxq") && !strings.ContainsFunc(got, unicode.IsUpper) {
			t.Errorf("letters that Turkish has not in %q", got)
		}
	}
}

func TestTranslateKeepsTheLength(t *testing.T) {
	for _, to := range []string{"ru", "tr"} {
		source, target := 0, 0
		for _, s := range sample {
			source += len([]rune(s))
			target += len([]rune(Translate(to, s)))
		}
		if r := float64(target) / float64(source); r < 0.92 || r > 1.15 {
			t.Errorf("%s: %.2f of the source's length", to, r)
		}
	}
}

func TestName(t *testing.T) {
	tests := []struct{ name, ru, tr string }{
		{"Andrey Karlov", "Андрей Карлов", "Andrey Karlov"},
		{"Mevlüt Çavuşoğlu", "Мевлут Чавушоглу", "Mevlüt Çavuşoğlu"},
		{"Maria Zakharova", "Мариа Захарова", "Maria Zakharova"},
		{"CNNTurk", "Кннтурк", "CNNTurk"},
		{"U.S.", "США", "ABD"},
		{"Moscow", "Москов", "Moskova"},
		{"The Hague", "Хагуе", "Hague"},
		{"However", "", ""},
		{"attacker", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		if got := Name("ru", tt.name); got != tt.ru {
			t.Errorf("ru: %q is %q, want %q", tt.name, got, tt.ru)
		}
		if got := Name("tr", tt.name); got != tt.tr {
			t.Errorf("tr: %q is %q, want %q", tt.name, got, tt.tr)
		}
	}
}

func TestNamesStandInTranslations(t *testing.T) {
	names := []string{"Andrey Karlov", "Karlov", "Ankara", "Aleppo", "North Korea", "Russian Embassy", "Uatoday", "U.S.", "U.K."}
	for _, s := range sample {
		for _, n := range names {
			if !strings.Contains(s, n) {
				continue
			}
			for _, to := range []string{"ru", "tr"} {
				if form := Name(to, n); form == "" || !strings.Contains(Translate(to, s), form) {
					t.Errorf("%s: %q (%q) is not in %q", to, n, form, Translate(to, s))
				}
			}
		}
	}
}

func TestScanLosesNothing(t *testing.T) {
	for _, s := range append(slices.Clone(sample), "", "  ", "a\u0301 ’tis “x” (1,2.3:4) don’t — €5m/£6bn …", "\xff broken") {
		var b strings.Builder
		for _, p := range scan(s) {
			if p.text == "" {
				t.Fatalf("an empty piece in %q", s)
			}
			b.WriteString(p.text)
		}
		if b.String() != s {
			t.Errorf("%q became %q", s, b.String())
		}
	}
}

func FuzzTranslate(f *testing.F) {
	for _, s := range sample {
		f.Add(s)
	}
	f.Add("1,2,3 5.m. U.S.A.'s ’ “")
	f.Fuzz(func(t *testing.T, s string) {
		for _, to := range []string{"ru", "tr", "de"} {
			a, b := Translate(to, s), Translate(to, s)
			if a != b {
				t.Errorf("%q: two answers", s)
			}
		}
	})
}
