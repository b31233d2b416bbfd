package check

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// The practical transcription from Turkish, letter by letter and rule by rule.
func TestTranscribeRuleByRule(t *testing.T) {
	for rule, names := range map[string]map[string]string{
		"e is э at the start, after a vowel and behind a hyphen": {
			"Eskişehir": "Эскишехир", "Emre Şen": "Эмре Шен", "Şen Emel": "Шен Эмель", "Şen-Emre": "Шен-Эмре", "Şuera": "Шуэра",
		},
		"ı is и after c, ç, j, ş and y": {
			"Şırnak": "Ширнак", "Açıköz": "Ачикёз", "Acıgöl": "Аджигёль", "Kırşan": "Кыршан", "Iğdır": "Ыгдыр", "Işık": "Ышик",
		},
		"i is и, dotted or not": {"İzmiş": "Измиш", "Şişli": "Шишли"},
		"ö is о at the start and ё after a consonant": {
			"Özal": "Озал", "Özgür": "Озгюр", "Köprülü": "Кёпрюлю", "Ali Öz": "Али Оз", "Kaya-Öz": "Кая-Оз",
		},
		"ü is у at the start and ю after a consonant": {
			"Ürgüp": "Ургюп", "Üsküdar": "Ускюдар", "Ümit": "Умит", "Kaya-Ünal": "Кая-Унал", "Gürsel": "Гюрсель",
		},
		"c is дж, ç ч, ş ш, j ж, h х": {
			"Cüneş": "Джюнеш", "Çorum": "Чорум", "Şahin": "Шахин", "Müjde": "Мюжде", "Muğla": "Мугла", "Hülya": "Хюлья",
		},
		"l is soft after a front vowel, before a consonant or at the end": {
			"Gönül": "Гёнюль", "Gülay Öz": "Гюлай Оз", "Yüksel": "Юксель", "Şelale": "Шелале", "Akgül": "Акгюль", "Yıldız": "Йылдыз", "Çelik": "Челик",
		},
		"y with a vowel behind it": {
			"Yaşar": "Яшар", "Yüce": "Юдже", "Ayşe": "Айше", "Yeşim": "Ешим", "Yozgatlı": "Йозгатлы", "Yörük": "Йёрюк", "Ayyıldız": "Аййылдыз",
		},
		"ğ is й after a front vowel and г after a back one": {
			"Çiğdem": "Чийдем", "Beyoğlu": "Бейоглу", "Doğu": "Догу", "Ağrı": "Агры", "Eğin": "Эйин", "Değer": "Дейер", "Uludağ": "Улудаг",
		},
		"a circumflex changes no letter": {"Şâkir": "Шакир", "Şûra": "Шура", "Şirvanî": "Ширвани"},
		"capitals stay":                  {"ŞOK": "ШОК", "Şeker Çetin": "Шекер Четин", "çay": "чай"},
	} {
		t.Run(rule, func(t *testing.T) {
			for name, want := range names {
				if got := Transcribe(name, language.Russian); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// A name is transcribed into Russian only, and only if its letters say that it
// is Turkish.
func TestTranscribeKeepsToTurkishNames(t *testing.T) {
	for _, tc := range []struct {
		name string
		lang language.Tag
	}{
		{"Lindqvist", language.Russian},
		{"Deniz Kaya", language.Russian},
		{"", language.Russian},
		{"Çetin", language.Turkish},
		{"Çetin", language.English},
		{"Çetin", language.Und},
		{"Çetin", language.Ukrainian},
	} {
		if got := Transcribe(tc.name, tc.lang); got != "" {
			t.Errorf("%q into %s: %q", tc.name, tc.lang, got)
		}
	}
	if got := Transcribe("Çetin", language.MustParse("ru-RU")); got != "Четин" {
		t.Errorf("with a region: %q", got)
	}
}

// Every letter of the Turkish alphabet has a Russian one in every place.
func TestTranscribeLeavesNoLatinLetter(t *testing.T) {
	const letters = "abcçdefgğhıijklmnoöprsştuüvyzâîû"
	for _, a := range letters {
		for _, b := range letters {
			name := "Ş" + string(a) + string(b) + string(unicode.ToUpper(a)) + "-" + string(b)
			for _, r := range Transcribe(name, language.Russian) {
				if unicode.Is(unicode.Latin, r) {
					t.Fatalf("%s: %s", name, Transcribe(name, language.Russian))
				}
			}
		}
	}
}

// A transcription sounds like its name, so that the check of the sheet takes it.
func TestATranscriptionPassesTheSheet(t *testing.T) {
	for _, name := range []string{"Şükrü Tanır", "Çetin", "Özgür Kılıç", "Gönül Yücel", "Beyoğlu", "Müjde Çağlar", "Ümit Şahin", "Işık", "Kâzım Öz"} {
		form := Transcribe(name, language.Russian)
		if form == "" {
			t.Errorf("%s: nothing", name)
			continue
		}
		if fs := Name(name, language.Russian, form); len(fs) != 0 {
			t.Errorf("%s as %q: %+v", name, form, fs)
		}
	}
}

func TestStem(t *testing.T) {
	for _, tc := range []struct{ lang, word, want string }{
		{"ru", "Москва", "москв"},
		{"ru", "Ярославль", "ярославл"},
		{"ru", "Мария", "мар"},
		{"ru", "Беркант", "беркант"},
		{"ru", "Соболев", "соболев"},
		{"ru", "Липецк", "липецк"},
		{"ru", "Донец", "дон"},
		{"ru", "Городок", "город"},
		{"ru", "Орёл", "орел"},
		{"ru", "посол", "пос"},
		{"ru", "Нью", "нью"},
		{"ru", "Оя", "оя"},
		{"ru", "", ""},
		{"tr", "Zonguldak", "zongulda"},
		{"tr", "Turgut", "turgu"},
		{"tr", "Recep", "rece"},
		{"tr", "Genç", "gen"},
		{"tr", "Sinop", "sino"},
		{"tr", "Samsun", "samsun"},
		{"tr", "Ak", "ak"},
		{"tr", "Çok", "cok"},
		{"tr", "İzmir", "izmir"},
		{"en", "Harbours", "harbours"},
		{"", "Ёлка", "елка"},
	} {
		if got := Stem(tc.word, tc.lang); got != tc.want {
			t.Errorf("%s in %q: %q, want %q", tc.word, tc.lang, got, tc.want)
		}
	}
}

// A stem starts every inflected form of its word, and not those of another.
func TestAStemStartsTheForms(t *testing.T) {
	for _, tc := range []struct {
		lang, word string
		forms      []string
		others     []string
	}{
		{"ru", "Москва", []string{"Москвы", "Москве", "Москву", "Москвой"}, []string{"Минск", "Моста"}},
		{"ru", "посол", []string{"посла", "послу", "послом", "послы"}, []string{"палата"}},
		{"ru", "Донец", []string{"Донца", "Донцу"}, []string{"Дуная"}},
		{"ru", "Беркант", []string{"Берканта", "Беркантом"}, []string{"Берлина"}},
		{"tr", "Zonguldak", []string{"Zonguldak'ta", "Zonguldağa", "Zonguldak"}, []string{"Zonguç"}},
		{"tr", "kitap", []string{"kitabı", "kitaptan", "kitaplar"}, []string{"kira"}},
		{"tr", "ağaç", []string{"ağacı", "ağaçlar"}, []string{"ağır"}},
	} {
		stem := Stem(tc.word, tc.lang)
		for _, f := range tc.forms {
			if !strings.HasPrefix(facts.FoldName(f), stem) {
				t.Errorf("%q does not start %q", stem, f)
			}
		}
		for _, f := range tc.others {
			if strings.HasPrefix(facts.FoldName(f), stem) {
				t.Errorf("%q starts %q", stem, f)
			}
		}
	}
}

func TestFormInWantsEveryWord(t *testing.T) {
	for _, tc := range []struct {
		loc                   *locale.Locale
		target, form, missing string
	}{
		{locale.Russian, "Он встретил Халила Берканта.", "Халил Беркант", ""},
		{locale.Russian, "Он встретил Берканта, отца Халила.", "Халил Беркант", ""},
		{locale.Russian, "Он встретил Берканта.", "Халил Беркант", "Халил"},
		{locale.Russian, "Он встретил Халила.", "Халил Беркант", "Беркант"},
		{locale.Russian, "Он живёт в Нью-Йорке.", "Нью-Йорк", ""},
		{locale.Russian, "Газета «Новая волна» пишет.", "«Новая волна»", ""},
		{locale.Russian, "В газете «Новой волны» пишут.", "«Новая волна»", ""},
		{locale.Russian, "Ничего.", "", ""},
		{locale.Russian, "Ничего.", "«»", ""},
		{locale.Russian, "", "Беркант", "Беркант"},
		{locale.Turkish, "Zonguldağa gitti.", "Zonguldak", ""},
		{locale.Turkish, "Samsun'a gitti.", "Zonguldak", "Zonguldak"},
		{locale.Turkish, "İZMİR'de kaldı.", "İzmir", ""},
	} {
		missing, ok := formIn(facts.Of(tc.target, tc.loc), tc.form)
		if missing != tc.missing || ok != (tc.missing == "") {
			t.Errorf("%q in %q: %q %v", tc.form, tc.target, missing, ok)
		}
	}
}

func TestNameDistanceAndLostParts(t *testing.T) {
	for _, tc := range []struct {
		source, form string
		near         bool
		lost         string
	}{
		{"Halil Berkant", "Халил Беркант", true, ""},
		{"Halil Berkant", "Берканта", true, "Halil"},
		{"Halil Berkant", "Халил", true, "Berkant"},
		{"Halil Berkant", "Halil Berkant", true, ""},
		{"Lindqvist", "Борода", false, ""},
		{"Ingrid-Marie Lindqvist", "Линдквист", true, "Ingrid Marie"},
		{"Lindqvist Foundation", "Линдквист", true, ""},
		{"Oya", "Оя", true, ""},
	} {
		if got := nameDistance(tc.source, tc.form) <= 0.5; got != tc.near {
			t.Errorf("%s as %q: distance %.2f", tc.source, tc.form, nameDistance(tc.source, tc.form))
		}
		if got := strings.Join(namePartsLost(tc.source, tc.form), " "); got != tc.lost {
			t.Errorf("%s as %q: lost %q, want %q", tc.source, tc.form, got, tc.lost)
		}
	}
}
