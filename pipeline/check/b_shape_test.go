package check

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// letters is a text of just so many letters, in words, with a stop at its end.
func letters(word string, n int) string {
	s := []rune(strings.Repeat(word+" ", n))
	out := s[:n-1]
	if out[n-2] == ' ' {
		out[n-2] = 'я'
	}
	return string(out) + "."
}

// T07: just inside and just outside of each bound, for a long and a short
// source. The texts are nonsense; only their lengths count here.
func TestLengthBounds(t *testing.T) {
	for _, tc := range []struct {
		name        string
		lang        language.Tag
		source, hyp int // letters
		want        string
	}{
		{"Russian, at the lower bound", language.Russian, 100, 62, ""},
		{"Russian, below it", language.Russian, 100, 61, "major"},
		{"Russian, at the upper bound", language.Russian, 100, 175, ""},
		{"Russian, above it", language.Russian, 100, 176, "minor"},
		{"Russian, far above it", language.Russian, 100, 246, "major"},
		{"Russian, not yet far above it", language.Russian, 100, 244, "minor"},
		{"Russian, short, at the wider lower bound", language.Russian, 50, 25, ""},
		{"Russian, short, below it", language.Russian, 50, 24, "major"},
		{"Russian, short, at the wider upper bound", language.Russian, 50, 109, ""},
		{"Russian, short, above it", language.Russian, 50, 110, "minor"},
		{"Russian, too short for a ratio", language.Russian, 39, 12, ""},
		{"Russian, a short source and next to nothing", language.Russian, 39, 9, "minor"},
		{"Russian, of a word nothing is expected", language.Russian, 12, 2, ""},
		{"Russian, short, at the bound of a doubt", language.Russian, 19, 63, ""},
		{"Russian, short, above it", language.Russian, 19, 64, "minor"},
		{"Russian, short, at the bound of a fault", language.Russian, 19, 83, "minor"},
		{"Russian, short, above that", language.Russian, 19, 84, "major"},
		{"Turkish, a headline and a paragraph", language.Turkish, 19, 150, "major"},
		{"Russian, just long enough to judge", language.Russian, 40, 8, "major"},
		{"Turkish, at the lower bound", language.Turkish, 100, 62, ""},
		{"Turkish, below it", language.Turkish, 100, 61, "major"},
		{"Turkish, at the upper bound", language.Turkish, 100, 165, ""},
		{"Turkish, above it", language.Turkish, 100, 166, "minor"},
		{"Turkish, far above it", language.Turkish, 100, 232, "major"},
		{"Turkish, short, at the wider upper bound", language.Turkish, 50, 103, ""},
		{"Turkish, short, above it", language.Turkish, 50, 104, "minor"},
		{"a language without bounds", language.German, 100, 20, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pipeline.Pair{ID: "p1s1", Source: letters("boat", tc.source), Target: letters("йод", tc.hyp), Lang: tc.lang}
			v := newView(p)
			if v.srcRunes != tc.source || v.tgtRunes != tc.hyp {
				t.Fatalf("the case has %d and %d letters", v.srcRunes, v.tgtRunes)
			}
			lengthRatio(v)
			if got := told("T07", p, v.findings); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// T07 counts letters, not bytes: a Russian text has twice as many bytes.
func TestLengthIsCountedInLetters(t *testing.T) {
	const src = "The keeper of the lighthouse wrote in his diary every evening that nobody had come to see him."
	judgePairs(t, "T07", "ru", []pairCase{
		{
			"a usual translation",
			src,
			"Смотритель маяка каждый вечер записывал в дневник, что никто так и не пришёл его навестить.",
			"",
		},
		{
			"half of it",
			src,
			"Смотритель маяка вёл дневник и скучал.",
			"major",
		},
		{
			"with an addition",
			src,
			"Смотритель маяка каждый вечер записывал в дневник, что никто так и не пришёл его навестить, и что он по-прежнему совсем один на этом холодном, далёком и никому не нужном острове среди бурного и очень опасного в это время года моря.",
			"minor",
		},
	})
	judgePairs(t, "T07", "tr", []pairCase{
		{
			"a usual translation",
			src,
			"Deniz fenerinin bekçisi her akşam günlüğüne kimsenin kendisini görmeye gelmediğini yazıyordu.",
			"",
		},
		{
			"half of it",
			src,
			"Bekçi kimsenin gelmediğini yazdı.",
			"major",
		},
	})
}

// T08: sentences parted or joined by more than one.
func TestSentenceCount(t *testing.T) {
	const src = "The ferry was late, the pier was wet, and the captain, who had not slept, was angry."
	judgePairs(t, "T08", "ru", []pairCase{
		{
			"one for one",
			src,
			"Паром опоздал, причал был мокрым, а капитан, который не спал, был зол.",
			"",
		},
		{
			"two for one",
			src,
			"Паром опоздал, причал был мокрым. А капитан, который не спал, был зол.",
			"",
		},
		{
			"three for one",
			src,
			"Паром опоздал. Причал был мокрым. А капитан, который не спал, был зол.",
			"neutral",
		},
		{
			"a short text is not counted",
			"It was late, wet and dark out.",
			"Поздно. Мокро. Темно.",
			"",
		},
	})
	judgePairs(t, "T08", "tr", []pairCase{
		{
			"two for one",
			src,
			"Vapur gecikti, iskele ıslaktı. Uyumamış olan kaptan da öfkeliydi.",
			"",
		},
		{
			"three for one",
			src,
			"Vapur gecikti. İskele ıslaktı. Uyumamış olan kaptan da öfkeliydi.",
			"neutral",
		},
		{
			"one for three",
			"The ferry was late. The pier was wet. The captain had not slept.",
			"Vapur gecikti, iskele ıslaktı ve kaptan uyumamıştı.",
			"neutral",
		},
	})
}

// T09: what the sentence ends with.
func TestEndMarks(t *testing.T) {
	judgePairs(t, "T09", "ru", []pairCase{
		{"stop for stop", "The pier is closed.", "Причал закрыт.", ""},
		{"dots for a stop", "The pier is closed.", "Причал закрыт…", ""},
		{"stop before a closing mark", "\"The pier is closed.\"", "«Причал закрыт».", ""},
		{"a colon counts as a stop", "He said this:", "Он сказал вот что.", ""},
		{"question for question", "Is the pier closed?", "Причал закрыт?", ""},
		{"question in quotation marks", "\"Is the pier closed?\"", "«Причал закрыт?»", ""},
		{"a question became a statement", "Is the pier closed?", "Причал закрыт.", "minor"},
		{"a statement became a question", "The pier is closed.", "Причал закрыт?", "minor"},
		{"the question stands elsewhere", "\"Is it closed?\" he asked.", "Он спросил: «Закрыто?»", ""},
		{"a call became a statement", "Close the pier!", "Закройте причал.", ""},
		{"no mark", "The pier is closed.", "Этот причал закрыт", "minor т"},
		{"no mark in either", "Pier closed", "Причал закрыт", ""},
		{"a mark that the source has not", "Pier closed", "Причал закрыт.", ""},
		{"no mark and much too short", "The old pier on the northern shore is closed.", "Старый причал на", "major а"},
		{"a comma at the end", "The pier is closed.", "Этот причал закрыт,", "minor ,"},
		{"a bracket behind the stop", "(The pier is closed.)", "(Причал закрыт.)", ""},
	})
	judgePairs(t, "T09", "tr", []pairCase{
		{"stop for stop", "The pier is closed.", "İskele kapalı.", ""},
		{"question for question", "Is the pier closed?", "İskele kapalı mı?", ""},
		{"a question became a statement", "Is the pier closed?", "İskele kapalı.", "minor"},
		{"a statement became a question", "The pier is closed.", "İskele kapalı mı?", "minor"},
		{"no mark", "The pier is closed.", "Eski iskele kapalı", "minor ı"},
		{"no mark and much too short", "The old pier on the northern shore is closed.", "Kuzey kıyısındaki", "major i"},
		{"stop outside of the marks", "\"The pier is closed.\"", "\"İskele kapalı\".", ""},
	})
}

// T10: a quotation of four words or more without any mark.
func TestLostQuotation(t *testing.T) {
	judgePairs(t, "T10", "ru", []pairCase{
		{"kept", "\"The water rose very fast,\" he said.", "«Вода поднялась очень быстро», — сказал он.", ""},
		{"kept in other marks", "\"The water rose very fast,\" he said.", "“Вода поднялась очень быстро”, — сказал он.", ""},
		{"told in other words", "\"The water rose very fast,\" he said.", "Он сказал, что вода поднялась очень быстро.", "neutral source:\"The water rose very fast,\""},
		{"three words are few", "\"Water rose fast,\" he said.", "Он сказал, что вода быстро поднялась.", ""},
		{"just four", "\"Water rose very fast,\" he said.", "Он сказал, что вода поднялась очень быстро.", "neutral source:\"Water rose very fast,\""},
		{"never closed in the source", "\"The water rose very fast, he said.", "Вода поднялась очень быстро, сказал он.", ""},
		{"curly marks", "“The water rose very fast,” he said.", "Он сказал, что вода поднялась очень быстро.", "neutral source:“The water rose very fast,”"},
	})
	judgePairs(t, "T10", "tr", []pairCase{
		{"kept", "\"The water rose very fast,\" he said.", "\"Su çok hızlı yükseldi\" dedi.", ""},
		{"told in other words", "\"The water rose very fast,\" he said.", "Suyun çok hızlı yükseldiğini söyledi.", "neutral source:\"The water rose very fast,\""},
	})
}

// T11: marks of the target that do not pair.
func TestUnpairedMarks(t *testing.T) {
	judgePairs(t, "T11", "ru", []pairCase{
		{"paired", "\"It sank,\" he said.", "«Он утонул», — сказал он.", ""},
		{"nested", "\"The ship 'Mary' sank,\" he said.", "«Корабль „Мэри“ утонул», — сказал он.", ""},
		{"one mark closes two", "\"He read 'The Sea'\"", "«Он читал «Море»", ""},
		{"never closed", "\"It sank,\" he said.", "«Он утонул, — сказал он.", "minor «"},
		{"never opened", "\"It sank,\" he said.", "Он утонул», — сказал он.", "minor »"},
		{"the source is open too", "\"It sank, he said.", "«Он утонул, — сказал он.", ""},
		{"straight mark alone", "\"It sank,\" he said.", "\"Он утонул, — сказал он.", "minor \""},
		{"a low mark alone", "\"It sank,\" he said.", "„Он утонул, — сказал он.", "minor „"},
		{"curly mark alone", "\"It sank,\" he said.", "“Он утонул, — сказал он.", "minor “"},
		{"inches are no quotation", "A 5\" pipe and a 7\" pipe.", "Труба 5\" и ещё одна 7\" труба.", ""},
		{"bracket never closed", "The ship (a yacht) sank.", "Корабль (яхта утонул.", "minor ("},
		{"bracket never opened", "The ship (a yacht) sank.", "Корабль яхта) утонул.", "minor )"},
		{"square bracket", "The ship [sic] sank.", "Корабль [так утонул.", "minor ["},
		{"the source's bracket is open too", "The ship (a yacht sank.", "Корабль (яхта утонул.", ""},
		{"a mark of a list", "a) ships b) boats", "а) корабли б) лодки", ""},
		{"sentences in brackets", "(It sank.)", "(Он утонул.)", ""},
	})
	judgePairs(t, "T11", "tr", []pairCase{
		{"paired", "\"It sank,\" he said.", "\"Battı\" dedi.", ""},
		{"never closed", "\"It sank,\" he said.", "\"Battı dedi.", "minor \""},
		{"never opened", "\"It sank,\" he said.", "Battı” dedi.", "minor ”"},
		{"the source is open too", "\"It sank, he said.", "\"Battı, dedi.", ""},
		{"bracket never closed", "The ship (a yacht) sank.", "Gemi (bir yat battı.", "minor ("},
	})
}

// T11 is judged for a paragraph: a quotation may run over several sentences.
func TestMarksPairOverAParagraph(t *testing.T) {
	const src = "The keeper said: \"The lamp went out. I lit it again. Then I slept.\" The boats came home safely."
	judgeRows(t, "ru", []rowCase{
		{
			"over several sentences",
			src,
			"Смотритель сказал: «Лампа погасла. Я зажёг её снова. Потом я уснул». Лодки благополучно вернулись домой.",
			"", false,
		},
		{
			"never closed, within one sentence",
			"The keeper said \"the lamp went out\" and slept. The boats came home safely that night.",
			"Смотритель сказал: «лампа погасла, и уснул. Лодки той ночью благополучно вернулись домой.",
			"T11 minor «", false,
		},
		{
			"open on both sides",
			"The keeper said: \"The lamp went out. I lit it again.",
			"Смотритель сказал: «Лампа погасла. Я зажёг её снова.",
			"", false,
		},
	})
	judgeRows(t, "tr", []rowCase{
		{
			"over several sentences",
			src,
			"Bekçi şöyle dedi: \"Lamba söndü. Onu yeniden yaktım. Sonra uyudum.\" Tekneler sağ salim eve döndü.",
			"", false,
		},
		{
			"never closed, within one sentence",
			"The keeper said \"the lamp went out\" and slept. The boats came home safely that night.",
			"Bekçi \"lamba söndü dedi ve uyudu. Tekneler o gece sağ salim eve döndü.",
			"T11 minor \"", false,
		},
	})
}

// T13: a word of grammar twice; other words, and words that are rightly
// doubled, may stand.
func TestDoubledWords(t *testing.T) {
	judgePairs(t, "T13", "ru", []pairCase{
		{"a preposition twice", "He works at the port.", "Он работает на на причале.", "minor на на"},
		{"a conjunction twice", "He works and sings.", "Он работает, но но не поёт.", "minor но но"},
		{"in other case", "On the pier he sings.", "На на причале он поёт.", "minor На на"},
		{"parted by a comma", "He sang and sang.", "Он пел и, и пел.", ""},
		{"what may be doubled", "So, so, he said.", "Так так, сказал он.", ""},
		{"that, that", "He knew that what was lost was lost.", "Он знал, что то, что что пропало, пропало.", ""},
		{"a word that is none of grammar", "He went far away.", "Он ушёл далеко далеко.", ""},
		{"a capital letter alone", "Vitamin C and C again.", "Гепатит С с осложнением.", ""},
		{"only the first is told", "He works at the port and at the mill.", "Он работает на на причале и в в мельнице.", "minor на на"},
	})
	judgePairs(t, "T13", "tr", []pairCase{
		{"a postposition twice", "He works for the port.", "Liman için için çalışıyor.", "minor için için"},
		{"a conjunction twice", "He works but sings.", "Çalışıyor ama ama şarkı söylüyor.", "minor ama ama"},
		{"often", "He comes here often.", "Buraya sık sık gelir.", ""},
		{"slowly", "He came slowly.", "Yavaş yavaş geldi.", ""},
		{"one by one", "They came one by one.", "Bir bir geldiler.", ""},
		{"separately", "They came separately.", "Ayrı ayrı geldiler.", ""},
		{"various", "He told various things.", "Başka başka şeyler anlattı.", ""},
		{"day by day", "It grew day by day.", "Gün gün büyüdü.", ""},
		{"a verb doubled", "He ran and ran.", "Koşa koşa geldi.", ""},
	})
}
