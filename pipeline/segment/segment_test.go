package segment_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// Each case is written with "¦" where a sentence ends.
var cases = map[string]struct {
	loc   *locale.Locale
	texts []string
}{
	"full stops": {locale.English, []string{
		"The envoy left. ¦ The guests stayed.",
		"One sentence alone",
		"Prices rose by 3.5 per cent to $1,200.50.",
		"He wrote to press.office@example.com and waited. ¦ Nobody answered.",
	}},
	"question and exclamation marks": {locale.English, []string{
		"Who knew? ¦ Nobody did! ¦ The court will ask.",
		"Really?! ¦ Yes.",
	}},
	"titles and initials": {locale.English, []string{
		"Mr. Karlov spoke with Gen. Tosun and Dr. A. B. Celik. ¦ He left at noon.",
		"J. R. R. Tolkien and P.D. James wrote in English.",
		"He met Harry S. Truman. ¦ They talked.",
	}},
	"abbreviations that may end a sentence": {locale.English, []string{
		"The attack drew condemnations from the U.S. and the U.K. ¦ They came at once.",
		"The U.S. Senate met at 5 p.m. Monday.",
		"They met at 5 p.m. ¦ The talks were short.",
		"Acme Inc. Chairman Lee resigned. ¦ Globex Corp. ¦ However, it stayed.",
		"She was born on Jan. 20, 1990. ¦ He was born in Dec. ¦ They met later.",
		"St. Petersburg is far from Mt. Fuji.",
	}},
	"abbreviations before a number": {locale.English, []string{
		"See No. 10 and pp. 4-6.",
		"\"No. ¦ We will not go,\" she said.",
	}},
	"lower case after a stop": {locale.English, []string{
		"The so-called approx. value is low.",
		"He asked why... and got no answer.",
	}},
	"quotation marks": {locale.English, []string{
		"\"This is great.\" ¦ She held the book out.",
		"He said it was \"revenge for Aleppo.\" ¦ Later he left.",
		"\"Where is he?\" Karlov asked. ¦ Nobody knew.",
		"“We go on.” ¦ “So do we.”",
		"(He had been there before.) ¦ The door was open.",
	}},
	"ellipses": {locale.English, []string{
		"I never meant that... ¦ She left the store.",
		"Ozone has declined [...] across the land.",
		"“Nothing [...]” (Smith 55).",
		"It ends here. . . . ¦ Next comes more.",
	}},
	"notes": {locale.English, []string{
		"He is a saint.[1] ¦ The emperor was not.",
	}},
	"list items": {locale.English, []string{
		"1. The first item",
		"- One thing. ¦ Another thing.",
	}},
	"russian abbreviations": {locale.Russian, []string{
		"В 2012 г. Виктор жил в г. Волгоград на ул. Мира.",
		"Площадь комнаты 14 кв.м. ¦ Она мала.",
		"Это было примерно в 3300 году до н. э. ¦ Жили они на холмах.",
		"Он продал хлеб, мясо, рыбу и т.д. ¦ Потом он ушёл.",
		"Уважаемый проф. Семёнов! ¦ Сдайте отчёт до 20.10 в срок.",
		"Ему сказали это в США. ¦ Карлов промолчал.",
		"См. рис. 5 и стр. 12.",
	}},
	"russian initials": {locale.Russian, []string{
		"Л.Н. Толстой и А. И. Семёнов выступали. ¦ Их слушали.",
	}},
	"russian dialogue": {locale.Russian, []string{
		"«К чему ты готовишься? — спросила мама. — Завтра ведь выходной».",
		"«Я приду поздно», — сказал Андрей. ¦ Он ушёл.",
		"— Готов? ¦ — Готов.",
	}},
	"turkish ordinals": {locale.Turkish, []string{
		"19. yüzyılda başladı. ¦ Sonra bitti.",
		"Savaş 1. Dünya Savaşı sonunda bitti.",
		"II. Abdülhamid tahttaydı. ¦ Tahtı bıraktı.",
		"Olay 2016. ¦ Karar çıktı.",
		"Takım 3. ¦ Bu iyi bir sonuç.",
	}},
	"turkish abbreviations": {locale.Turkish, []string{
		"Sayın Prof. Dr. Ali Kaya konuştu. ¦ Av. Can dinledi.",
		"Elma, armut vb. meyveler satılıyor. ¦ Alan çok.",
		"T.C. Dışişleri Bakanlığı açıkladı. ¦ İstanbul sessiz kaldı.",
		"Erhan A. tarafından yapıldı.",
	}},
	"turkish finite verb before a small letter": {locale.Turkish, []string{
		"Karakola giderek şikâyetçi oldu. ¦ sorgusu sürüyor.",
	}},
}

func TestSplit(t *testing.T) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, want := range c.texts {
				text := strings.ReplaceAll(want, " ¦", "")
				if got := strings.Join(segment.Texts(text, c.loc), " ¦ "); got != want {
					t.Errorf("\n got %s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestSplitPartsParagraphs(t *testing.T) {
	for text, want := range map[string]int{
		"No stop here\n\nnor here":        2,
		"One line\nand its rest":          1,
		"Buy:\n- milk\n- bread and salt.": 3,
		"One\u2029two":                    2,
		"":                                0,
		" \n\n\t ":                        0,
		"\n\nSpaces around. \n\n":         1,
		"one\n \t\n\ntwo\n\n\n\nthree":    3,
		"Steps\n1. Open it\n2. Close it":  3,
	} {
		if got := segment.Split(text, nil); len(got) != want {
			t.Errorf("%q: %d sentences, want %d: %v", text, len(got), want, got)
		}
	}
}

func TestSplitTakesNilForEnglish(t *testing.T) {
	if got := len(segment.Split("Mr. Karlov left. He did.", nil)); got != 2 {
		t.Errorf("%d sentences, want 2", got)
	}
}

// promises holds the ranges of a text against what the package promises.
func promises(t *testing.T, text string, loc *locale.Locale) {
	t.Helper()
	at := 0
	for i, r := range segment.Split(text, loc) {
		switch {
		case r.Start < at || r.End <= r.Start || r.End > len(text):
			t.Fatalf("%q: range %d is %v after %d", text, i, r, at)
		case strings.TrimFunc(text[at:r.Start], unicode.IsSpace) != "":
			t.Fatalf("%q: %q is in no range", text, text[at:r.Start])
		case strings.TrimFunc(text[r.Start:r.End], unicode.IsSpace) != text[r.Start:r.End]:
			t.Fatalf("%q: range %d is not trimmed", text, i)
		}
		if i > 0 && !strings.Contains(text[at:r.Start], "\n") && !strings.Contains(text[at:r.Start], "\u2029") && loc != locale.Turkish {
			if first, _ := utf8.DecodeRuneInString(text[r.Start:]); unicode.IsLower(first) {
				t.Fatalf("%q: break before the small letter at %d", text, r.Start)
			}
		}
		at = r.End
	}
	if strings.TrimFunc(text[at:], unicode.IsSpace) != "" {
		t.Fatalf("%q: %q is in no range", text, text[at:])
	}
}

// words are what random texts are made of.
var words = []string{
	"Karlov", "said", "U.S.", "Mr.", "5", "No.", "p.m.", "...", "?", "!\"", "\"", "«", "»", "—", "(", ")", "\n", "\n\n", "\t", "\u00a0",
	"г.", "т.", "д.", "Он", "İstanbul", "5.", "II.", "vb.", "dedi.", "[1]", "1)", "- ", "é", "日本。", ". . .", "’", "a", "\u2029", "\xff", "",
}

func TestSplitKeepsItsPromisesOnRandomText(t *testing.T) {
	seed := uint32(1)
	next := func(n int) int { // a linear congruential generator: the same texts every time
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	for range 5000 {
		var sb strings.Builder
		for range next(14) {
			sb.WriteString(words[next(len(words))])
			if next(3) > 0 {
				sb.WriteByte(' ')
			}
		}
		for _, loc := range locale.All() {
			promises(t, sb.String(), loc)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, c := range cases {
		for _, text := range c.texts {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, loc := range locale.All() {
			promises(t, text, loc)
		}
	})
}

func ExampleSplit() {
	text := "Mr. Karlov was shot in Ankara. He died at 8 p.m. The U.S. condemned the attack."
	for _, r := range segment.Split(text, locale.English) {
		fmt.Println(r.Start, r.End, text[r.Start:r.End])
	}
	// Output:
	// 0 30 Mr. Karlov was shot in Ankara.
	// 31 48 He died at 8 p.m.
	// 49 79 The U.S. condemned the attack.
}
