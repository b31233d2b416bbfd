package check

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// T19: addresses stand unchanged; a hashtag may be translated.
func TestAddresses(t *testing.T) {
	judgePairs(t, "T19", "ru", []pairCase{
		{"a URL", "See https://port.example.org/tides.", "См. https://port.example.org/tides.", ""},
		{"a slash at the end does not count", "See https://port.example.org/tides/ now.", "См. https://port.example.org/tides сейчас.", ""},
		{"another path", "See https://port.example.org/tides now.", "См. https://port.example.org/tide сейчас.", "major https://port.example.org/tide"},
		{"another host", "See https://port.example.org now.", "См. https://port.example.net сейчас.", "major https://port.example.net"},
		{"translated", "See https://port.example.org/tides now.", "См. https://port.example.org/приливы сейчас.", "major https://port.example.org/приливы"},
		{"lost", "See https://port.example.org now.", "См. сайт порта.", "major source:https://port.example.org"},
		{"made up", "See the site of the port.", "См. https://port.example.org.", "major https://port.example.org"},
		{"twice in the source and once in the target", "https://a.example.org or https://a.example.org now.", "https://a.example.org сейчас.", "major source:https://a.example.org"},
		{"an e-mail address", "Write to tides@example.org.", "Пишите на tides@example.org.", ""},
		{"another e-mail address", "Write to tides@example.org.", "Пишите на tide@example.org.", "major tide@example.org"},
		{"a handle", "As @harbour_news wrote.", "Как написали @harbour_news.", ""},
		{"a handle lost", "As @harbour_news wrote.", "Как написали в сети.", "major source:@harbour_news"},
		{"a hashtag", "They wrote #calmsea under it.", "Под ним написали #calmsea.", ""},
		{"a hashtag lost is a doubt", "They wrote #calmsea under it.", "Под ним написали «тихое море».", "minor source:#calmsea"},
		{"a hashtag made up", "They wrote it under the photo.", "Под фото написали #море.", "minor #море"},
		{"two of them, one changed", "See https://a.example.org and https://b.example.org now.", "См. https://a.example.org и https://c.example.org сейчас.", "major https://c.example.org"},
	})
	judgePairs(t, "T19", "tr", []pairCase{
		{"a URL", "See https://port.example.org/tides.", "Bkz. https://port.example.org/tides.", ""},
		{"another path", "See https://port.example.org/tides now.", "Şimdi bkz. https://port.example.org/tide", "major https://port.example.org/tide"},
		{"lost", "Write to tides@example.org.", "Bize yazın.", "major source:tides@example.org"},
		{"a handle with an ending", "It was written by @harbour_news.", "@harbour_news'un yazdığına göre.", ""},
		{"made up", "Read the report.", "Raporu https://port.example.org adresinde okuyun.", "major https://port.example.org"},
	})
}

// T20: the model talks before, behind or around its answer.
func TestChatterInRussian(t *testing.T) {
	const src = "The lamp went out at night."
	judgePairs(t, "T20", "ru", []pairCase{
		{"none", src, "Ночью лампа погасла.", ""},
		{"an opener in English", src, "Here is the translation: Ночью лампа погасла.", "major Here is the translation:"},
		{"an opener in Russian", src, "Вот перевод: Ночью лампа погасла.", "major Вот перевод:"},
		{"an opener on its own line", src, "Конечно, вот ваш текст:\nНочью лампа погасла.", "major Конечно, вот ваш текст:"},
		{"a label", src, "Перевод: Ночью лампа погасла.", "major Перевод:"},
		{"a label in English", src, "Russian translation: Ночью лампа погасла.", "major Russian translation:"},
		{"a greeting", src, "Хорошо! Ночью лампа погасла.", "major Хорошо!"},
		{"a remark behind", src, "Ночью лампа погасла. Примечание: сохранён порядок слов.", "major Примечание:"},
		{"a remark in brackets", src, "Ночью лампа погасла. (Примечание: сохранён порядок слов.)", "major (Примечание:"},
		{"a remark in English", src, "Ночью лампа погасла.\nLet me know if you need more.", "major Let me know if you need more."},
		{"an offer", src, "Ночью лампа погасла. Надеюсь, это поможет!", "major Надеюсь, это поможет!"},
		{"a line of its own about the work", src, "Ночью лампа погасла.\nПеревод выполнен в деловом стиле.", "major Перевод выполнен в деловом стиле."},
		{"a refusal", src, "К сожалению, я не могу выполнить этот запрос.", "major К сожалению, я не могу выполнить этот запрос."},
		{"a refusal in English", src, "I'm sorry, but I can't do that.", "major I'm sorry, but I can't do that."},
		{"a code fence", src, "```\nНочью лампа погасла.\n```", "major ```"},
		{"a tag", src, "<translation>Ночью лампа погасла.</translation>", "major <translation>"},
		{"a closing tag", src, "Ночью лампа погасла.</s>", "major </s>"},
		{"a token of a model", src, "Ночью лампа погасла.<|end|>", "major <|end|>"},
		{"bold marks", src, "**Ночью лампа погасла.**", "major **"},
		{"JSON", src, "{\"s1\": \"Ночью лампа погасла.\"}", "major {\""},
		{"a heading mark", src, "# Ночью лампа погасла.", "major # "},
	})
}

func TestChatterInTurkish(t *testing.T) {
	const src = "The lamp went out at night."
	judgePairs(t, "T20", "tr", []pairCase{
		{"none", src, "Lamba gece söndü.", ""},
		{"an opener in English", src, "Sure, here it is: Lamba gece söndü.", "major Sure, here it is:"},
		{"an opener in Turkish", src, "İşte çeviri: Lamba gece söndü.", "major İşte çeviri:"},
		{"a label", src, "Çeviri: Lamba gece söndü.", "major Çeviri:"},
		{"a greeting", src, "Elbette! Lamba gece söndü.", "major Elbette!"},
		{"a remark behind", src, "Lamba gece söndü. Çevirmenin notu: söz dizimi korundu.", "major Çevirmenin notu:"},
		{"a note", src, "Lamba gece söndü. Not: söz dizimi korundu.", "major Not: söz dizimi korundu."},
		{"an offer", src, "Lamba gece söndü. Umarım bu çeviri işinize yarar.", "major Umarım bu çeviri işinize yarar."},
		{"a refusal", src, "Üzgünüm, bu metinle ilgili bir şey yapamam.", "major Üzgünüm, bu metinle ilgili bir şey yapamam."},
		{"a fence", src, "```json Lamba gece söndü. ```", "major ```"},
		{"a tag", src, "<p>Lamba gece söndü.</p>", "major <p>"},
		{"bold marks", src, "**Lamba gece söndü.**", "major **"},
	})
}

// What looks like talk and is text: the source says it too.
func TestWhatIsNoChatter(t *testing.T) {
	judgePairs(t, "T20", "ru", []pairCase{
		{"of course", "Of course the lamp went out.", "Конечно, лампа погасла.", ""},
		{"here", "Here is the lamp that went out.", "Вот лампа, которая погасла.", ""},
		{"a call", "Good! The lamp is lit again.", "Хорошо! Лампа снова горит.", ""},
		{"a colon", "The result: the lamp went out.", "Результат: лампа погасла.", ""},
		{"a sentence about translating", "The translation of the diary: a long story.", "Перевод дневника: долгая история.", ""},
		{"a note of the source", "The lamp went out. Note: it was old.", "Лампа погасла. Примечание: она была старой.", ""},
		{"an apology that is told", "I'm sorry, but I lost the lamp.", "Извините, но я потерял лампу.", ""},
		{"a comparison sign", "It holds if 2 < 3 and 5 > 4.", "Это верно, если 2 < 3 и 5 > 4.", ""},
		{"markup of the source", "He wrote <b>lamp</b> there.", "Он написал там <b>лампа</b>.", ""},
		{"bold marks of the source", "**Lamp** for sale", "**Лампа** на продажу", ""},
		{"a note in the middle", "Note: the lamp is old.", "Примечание: лампа старая.", ""},
		{"a corrected course", "The captain corrected his course.", "Капитан внёс правку в курс.", ""},
	})
	judgePairs(t, "T20", "tr", []pairCase{
		{"of course", "Of course the lamp went out.", "Elbette lamba söndü.", ""},
		{"here", "Here is the lamp that went out.", "İşte sönen lamba.", ""},
		{"a colon", "The result: the lamp went out.", "Sonuç: lamba söndü.", ""},
		{"a wheel turned", "The keeper turned the wheel.", "Bekçi çarkı çevirdi.", ""},
		{"not as a grade", "He got a bad grade.", "Kötü bir not aldı.", ""},
		{"a sentence about translating", "The translation of the diary: a long story.", "Günlüğün çevirisi: uzun bir hikâye.", ""},
	})
}

// A refusal is no translation: nothing finer is said of it.
func TestRefusalEndsTheJudgement(t *testing.T) {
	p := pipeline.Pair{
		ID: "p1s1", Lang: language.Turkish,
		Source: "At 9 p.m. Nora Whitby lit 40 lamps.",
		Target: "Üzgünüm, ancak bu konuda yardımcı olamam.",
	}
	v := newView(p)
	if chatter(v); !v.broken {
		t.Error("the sentence is judged on")
	}
	if got := Pair(p); len(got) != 1 || got[0].Check != "T20" {
		t.Errorf("%+v", got)
	}
}

// T21: runs of words said over and over, and how often is too often.
func TestLoops(t *testing.T) {
	const src = "The crew could not agree on a course."
	judgePairs(t, "T21", "ru", []pairCase{
		{"none", src, "Экипаж не смог договориться о курсе.", ""},
		{"a word five times", src, "Экипаж спорил спорил спорил спорил спорил.", "critical спорил спорил спорил спорил спорил"},
		{"a word four times", src, "Экипаж спорил, спорил, спорил, спорил о курсе.", ""},
		{"two words five times", src, "и так и так и так и так и так", "critical и так и так и так и так и так"},
		{
			"four words three times", src,
			"Экипаж спорил о курсе, экипаж спорил о курсе, экипаж спорил о курсе.",
			"critical Экипаж спорил о курсе, экипаж спорил о курсе, экипаж спорил о курсе",
		},
		{
			"four words twice", src,
			"Экипаж спорил о курсе, экипаж спорил о курсе.",
			"",
		},
		{
			"a phrase four times among others", src,
			"Экипаж так и не смог решить. Утром экипаж так и не смог лечь. Днём экипаж так и не смог встать. Ночью экипаж так и не смог уйти.",
			"critical экипаж так и не смог",
		},
		{
			"the source repeats it too",
			"Row, row, row, row, row, they sang.",
			"Греби, греби, греби, греби, греби, пели они.",
			"",
		},
	})
	judgePairs(t, "T21", "tr", []pairCase{
		{"none", src, "Mürettebat rota konusunda anlaşamadı.", ""},
		{"a word five times", src, "Mürettebat tartıştı tartıştı tartıştı tartıştı tartıştı.", "critical tartıştı tartıştı tartıştı tartıştı tartıştı"},
		{
			"five words three times", src,
			"mürettebat rota konusunda uzun tartıştı mürettebat rota konusunda uzun tartıştı mürettebat rota konusunda uzun tartıştı",
			"critical mürettebat rota konusunda uzun tartıştı mürettebat rota konusunda uzun tartıştı mürettebat rota konusunda uzun tartıştı",
		},
		{"a word twice", src, "Mürettebat uzun uzun tartıştı.", ""},
	})
}

// T23: characters that are no text, and those that are.
func TestControlCharacters(t *testing.T) {
	for _, tc := range []struct{ name, char, want string }{
		{"a broken character", "\ufffd", "major"},
		{"a bell", "\u0007", "major"},
		{"an escape", "\u001b", "major"},
		{"delete", "\u007f", "major"},
		{"a C1 control", "\u0085", "major"},
		{"an embedding", "\u202a", "major"},
		{"an override", "\u202e", "major"},
		{"an isolate", "\u2066", "major"},
		{"the end of an isolate", "\u2069", "major"},
		{"a left-to-right mark", "\u200e", "major"},
		{"a right-to-left mark", "\u200f", "major"},
		{"a tag letter", "\U000e0041", "major"},
		{"the end of tags", "\U000e007f", "major"},
		{"a space of no width", "\u200b", "neutral"},
		{"a word joiner", "\u2060", "neutral"},
		{"a byte order mark", "\ufeff", "neutral"},
		{"a soft hyphen", "\u00ad", "neutral"},
		{"a tab", "\t", ""},
		{"a line break", "\n", ""},
		{"a no-break space", "\u00a0", ""},
		{"a joiner of emoji", "\U0001f468\u200d\U0001f469", ""},
		{"a variation of an emoji", "\u2764\ufe0f", ""},
		{"a flag of letters", "\U0001f1f9\U0001f1f7", ""},
	} {
		for lang, text := range map[string][2]string{"ru": {"Лампа ", " погасла."}, "tr": {"Lamba ", " söndü."}} {
			t.Run(lang+"/"+tc.name, func(t *testing.T) {
				p := pipeline.Pair{ID: "p1s1", Source: "The lamp went out.", Target: text[0] + tc.char + text[1], Lang: language.MustParse(lang)}
				want := tc.want
				if want != "" {
					want += " " + tc.char
				}
				v := newView(p)
				controls(v)
				wellFormed(t, p, v.findings)
				if got := told("T23", p, v.findings); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

// The invisible characters of the source may stand; only the first bad
// character is told, with its number.
func TestControlCharactersAreToldOnce(t *testing.T) {
	p := pipeline.Pair{ID: "p1s1", Source: "The light\u00adhouse went out.", Target: "Маяк\u00ad погас.", Lang: language.Russian}
	if got := Pair(p); told("T23", p, got) != "" {
		t.Errorf("%+v", got)
	}
	p.Target = "Маяк\u202e по\u0007гас."
	var messages []string
	for _, f := range Pair(p) {
		if f.Check == "T23" {
			messages = append(messages, f.Message)
		}
	}
	if len(messages) != 1 || !strings.Contains(messages[0], "U+202E") {
		t.Errorf("%q", messages)
	}
	p.Target = "Маяк по\xffгас."
	if got := told("T23", p, Pair(p)); got != "major \xff" {
		t.Errorf("a byte that is no character: %q", got)
	}
}
