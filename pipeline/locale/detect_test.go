package locale_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline/locale"
)

// The same short news in seven languages.
var sentences = map[language.Tag][]string{
	language.English: {
		"The captain left the harbour before the storm and nobody knows where the boat is.",
		"Two sailors were found on the beach this morning, the coast guard said.",
		"It was not clear whether the ferry would sail again on Monday.",
		"Prices of fish have risen because the boats stay in the harbour.",
		"“We have never seen such waves,” said the oldest of the fishermen.",
	},
	language.Russian: {
		"Капитан вышел из порта до шторма, и никто не знает, где теперь лодка.",
		"Двух моряков нашли утром на берегу, сообщила береговая охрана.",
		"Пока неясно, выйдет ли паром в море в понедельник.",
		"Рыба подорожала, потому что лодки остаются в гавани.",
		"«Мы никогда не видели таких волн», — сказал старейший из рыбаков.",
	},
	language.Turkish: {
		"Kaptan fırtınadan önce limandan ayrıldı ve teknenin nerede olduğunu kimse bilmiyor.",
		"Sahil güvenlik, iki denizcinin bu sabah kıyıda bulunduğunu açıkladı.",
		"Feribotun pazartesi günü yeniden sefere çıkıp çıkmayacağı belli değil.",
		"Tekneler limanda kaldığı için balık fiyatları yükseldi.",
		"En yaşlı balıkçı, böyle dalgaları hiç görmediklerini söyledi.",
	},
	language.Ukrainian: {
		"Капітан вийшов із порту перед штормом, і ніхто не знає, де тепер човен.",
		"Двох моряків знайшли вранці на березі, повідомила берегова охорона.",
		"Риба подорожчала, бо човни залишаються в гавані.",
	},
	language.Bulgarian: {
		"Капитанът напусна пристанището преди бурята и никой не знае къде е лодката.",
		"Двама моряци са били намерени тази сутрин на брега, съобщи бреговата охрана.",
		"Рибата поскъпна, защото лодките остават в пристанището.",
	},
	language.Azerbaijani: {
		"Kapitan fırtınadan əvvəl limandan çıxdı və heç kim qayığın harada olduğunu bilmir.",
		"Sahil mühafizəsi iki dənizçinin bu səhər sahildə tapıldığını bildirdi.",
		"Qayıqlar limanda qaldığı üçün balığın qiyməti qalxdı.",
	},
	language.German: {
		"Der Kapitän verließ den Hafen vor dem Sturm, und niemand weiß, wo das Schiff ist.",
		"Zwei Matrosen wurden heute Morgen am Strand gefunden, teilte die Küstenwache mit.",
		"Der Fisch ist teurer geworden, weil die Boote im Hafen bleiben.",
	},
}

func TestDetect(t *testing.T) {
	for tag, texts := range sentences {
		for _, text := range texts {
			if g := locale.Detect(text); g.Tag != tag || !g.Certain {
				t.Errorf("%q: %v %v, want %v", text, g.Tag, g.Certain, tag)
			}
		}
		all := strings.Join(texts, " ")
		if g := locale.Detect(all); g.Tag != tag || !g.Certain {
			t.Errorf("all of %v: %v %v", tag, g.Tag, g.Certain)
		}
	}
}

// A language that is not judged is not taken for English.
func TestDetectOtherLanguages(t *testing.T) {
	for _, text := range []string{
		"Le capitaine a quitté le port avant la tempête et personne ne sait où se trouve le bateau.",
		"Les marins sont restés dans le port parce que la mer était trop forte ce matin.",
		"Nous avons perdu deux bateaux, mais tout le monde est vivant.",
		"La ministre a déclaré que les travaux commenceraient au printemps.",
		"El capitán salió del puerto antes de la tormenta y nadie sabe dónde está el barco.",
		"Los marineros se quedaron en el puerto porque el mar estaba muy agitado esta mañana.",
		"Il capitano ha lasciato il porto prima della tempesta e nessuno sa dove sia la nave.",
		"Căpitanul a părăsit portul înainte de furtună și nimeni nu știe unde este barca.",
		"Ο καπετάνιος έφυγε από το λιμάνι πριν από την καταιγίδα.",
		"غادر القبطان الميناء قبل العاصفة ولا أحد يعرف أين القارب.",
		"船长在暴风雨之前离开了港口，没有人知道船在哪里。",
	} {
		if g := locale.Detect(text); g.Certain || g.Tag != language.Und {
			t.Errorf("%q is judged %v", text, g.Tag)
		}
	}
}

func TestDetectCannotJudge(t *testing.T) {
	for _, text := range []string{
		"", " ", "42", "2016-12-19", "!?", "OK", "Oslo", "Да", "Drozdov", "http://x.example",
		"Pavel Drozdov, Lena Marsh", "the of and", "🚢🚢🚢",
	} {
		if g := locale.Detect(text); g.Certain || g.Tag != language.Und {
			t.Errorf("%q is judged %v", text, g.Tag)
		}
	}
}

// Names in another script, and a quoted title, do not change the language.
func TestDetectLooksPastNamesAndTitles(t *testing.T) {
	for _, c := range []struct {
		text string
		want language.Tag
	}{
		{"Капитан парома Lena Marsh не вернулся из плавания, сообщила охрана.", language.Russian},
		{"Книга «The Old Man and the Sea» снова стала самой читаемой в этом году.", language.Russian},
		{`"The Old Man and the Sea" bu yıl yine en çok okunan kitap oldu.`, language.Turkish},
		{"The novel «Старик и море» was again the most widely read book of this year.", language.English},
		{"The ferry of Çağrı Yıldırım was found near the coast.", language.English},
	} {
		if g := locale.Detect(c.text); g.Tag != c.want || !g.Certain {
			t.Errorf("%q: %v %v, want %v", c.text, g.Tag, g.Certain, c.want)
		}
	}
}

// Space around and between words, a dash before, a stop less: all the same.
func TestDetectIgnoresSpacingAndMarks(t *testing.T) {
	for tag, texts := range sentences {
		for _, text := range texts {
			for _, same := range []string{"  " + text + "\n", strings.ReplaceAll(text, " ", "  "), strings.TrimRight(text, "."), "— " + text} {
				if g := locale.Detect(same); g.Tag != tag {
					t.Errorf("%q: %v, want %v", same, g.Tag, tag)
				}
			}
		}
	}
}

func TestLetters(t *testing.T) {
	for _, c := range []struct {
		text       string
		script     *unicode.RangeTable
		own, other int
	}{
		{"", unicode.Latin, 0, 0},
		{"42, — !", unicode.Latin, 0, 0},
		{"boat", unicode.Latin, 4, 0},
		{"boat", unicode.Cyrillic, 0, 4},
		{"лодка boat", unicode.Cyrillic, 5, 4},
		{"лодка boat", unicode.Latin, 4, 5},
		{"Çağrı", unicode.Latin, 5, 0},
		{"船 boat", unicode.Latin, 4, 1},
		{"@[`{", unicode.Latin, 0, 0}, // beside the letters of ASCII
		{"AZaz", unicode.Latin, 4, 0},
	} {
		if own, other := locale.Letters(c.text, c.script); own != c.own || other != c.other {
			t.Errorf("%q: %d and %d, want %d and %d", c.text, own, other, c.own, c.other)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, texts := range sentences {
		f.Add(texts[0])
	}
	f.Add("\xff\xfe «\xc3\x28» \"")
	f.Add("“«“”»")
	f.Fuzz(func(t *testing.T, text string) {
		g := locale.Detect(text)
		if g.Certain == (g.Tag == language.Und) {
			t.Errorf("%q: %v, certain %v", text, g.Tag, g.Certain)
		}
		if again := locale.Detect(text); again != g {
			t.Errorf("%q: %v and then %v", text, g.Tag, again.Tag)
		}
	})
}

func ExampleDetect() {
	fmt.Println(locale.Detect("Никто не знает, где теперь лодка.").Tag)
	fmt.Println(locale.Detect("Oslo").Certain)
	// Output:
	// ru
	// false
}

// TestHasLetter holds HasLetter against the count of [locale.Letters].
func TestHasLetter(t *testing.T) {
	for _, text := range []string{"", "12 — …", "Karlov", "Карлов", "12ö", "ё", "Ankara'da Карлов", "漢字", "\xff"} {
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic} {
			own, _ := locale.Letters(text, script)
			if got := locale.HasLetter(text, script); got != (own > 0) {
				t.Errorf("%q: %v with %d letters", text, got, own)
			}
		}
	}
}
