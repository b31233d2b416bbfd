package llmtest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A name is transliterated, the longest group of letters first.
func TestNamesInCyrillic(t *testing.T) {
	for name, want := range map[string]string{
		"Karlov": "Карлов", "Ankara": "Анкара", "Shukhov": "Шухов", "Zhenya": "Женя", "Khrushchev": "Хрущев", "Yalta": "Ялта", "Yuri": "Юри",
		"Yoko": "Йоко", "Yeltsin": "Елцин", "Churchill": "Чурчилл", "Schmidt": "Шмидт", "Kitchen": "Кичен", "Thomas": "Томас", "Philip": "Филип", "Quito": "Квито",
		"Erdogan": "Эрдоган", "Elena": "Элена", "Lee": "Ли", "Moore": "Муре", "Celtic": "Целтик", "Cindy": "Цинди", "Nancy": "Нанци", "Carl": "Карл",
		"Jay": "Джай", "Max": "Макс", "William": "Виллиам", "Mustafa": "Мустафа", "Çelik": "Челик", "Şahin": "Шахин", "Gökçe": "Гокче", "Kılıç": "Кылыч",
		"İzmir": "Измир", "Müller": "Муллер", "Łódź": "Лодз", "Señor": "Сеньор", "Strauß": "Страусс", "O'Brien": "О'Бриен", "D’Arcy": "Д’Арци",
		"Лесна": "Лесна", "Saint-Denis": "Саинт-Денис",
	} {
		if got := Name("ru", name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// Every Latin letter of the languages in the news has Cyrillic ones.
func TestNoLatinLetterIsLeftInARussianWord(t *testing.T) {
	latin := regexp.MustCompile(`\p{Latin}`)
	for _, r := range "abcdefghijklmnopqrstuvwxyzçşğıöüâîûáàäãåæéèêëíïñóôõøúßčšžćłńśżźęąýřěůùòìđőűțșþœ" {
		for _, s := range []style{nominal, title, plain} {
			if got := spellRussian("b"+string(r)+"n", s); latin.MatchString(got) {
				t.Errorf("%q in style %d: %s", r, s, got)
			}
		}
	}
}

func TestEndingsOfRussianWords(t *testing.T) {
	for _, w := range []string{"harbour", "tree", "thousand", "photo", "sky", "queen", "barge", "ferry", "pier", "quay"} {
		name, head, word := spellRussian(w, nominal), spellRussian(w, title), spellRussian(w, plain)
		if !strings.HasPrefix(head, name) || !strings.HasPrefix(word, name) {
			t.Errorf("%s: the stem is lost: %s %s %s", w, name, head, word)
		}
		if ending := strings.TrimPrefix(word, name); ending == "" || !slices.Contains(append(slices.Clone(afterConsonant), afterVowel...), ending) {
			t.Errorf("%s: the ending %q of %s is none of the list", w, ending, word)
		}
		if ending := strings.TrimPrefix(head, name); ending != "" && ending != "ы" {
			t.Errorf("%s with a capital ends in %q", w, ending)
		}
		if word != spellRussian(w, plain) {
			t.Errorf("%s is spelled in two ways", w)
		}
	}
	if got := spellRussian("x", plain); got != "кс" {
		t.Errorf("one letter takes an ending: %s", got)
	}
}

// Turkish vowels are all front or all back within a respelled word, and no
// letter is left that Turkish does not write.
func TestTurkishWordsKeepTheHarmony(t *testing.T) {
	for _, w := range []string{"station", "school", "church", "night", "thousand", "photo", "queen", "sky", "tree", "harbour", "window", "exhibition", "judge", "city"} {
		for _, s := range []style{plain, title} {
			got := spellTurkish(w, s)
			back, front := strings.ContainsAny(got, "aıou"), strings.ContainsAny(got, "eiöü")
			if back && front {
				t.Errorf("%s: %s has vowels of both kinds", w, got)
			}
			if strings.ContainsAny(got, "wxq") || strings.Contains(got, "ph") || strings.Contains(got, "th") {
				t.Errorf("%s: %s has letters that Turkish has not", w, got)
			}
			if got == w {
				t.Errorf("%s stays English", w)
			}
		}
		if got := spellTurkish(w, nominal); got != w {
			t.Errorf("the name %s became %s", w, got)
		}
	}
}

func TestTurkishGenitive(t *testing.T) {
	for name, want := range map[string]string{
		"Karlov": "Karlov'un", "Ankara": "Ankara'nın", "Ekim": "Ekim'in", "Köln": "Köln'ün", "Ordu": "Ordu'nun", "Merkel": "Merkel'in",
		"Gül": "Gül'ün", "İzmir": "İzmir'in", "Tokyo": "Tokyo'nun", "Kars": "Kars'ın", "Kırklareli": "Kırklareli'nin", "Işık": "Işık'ın",
	} {
		if got := possessiveTurkish(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for source, want := range map[string]string{
		"Karlov's body lay there.": "Karlov'un ", "Ankara's mayor spoke.": "Ankara'nın ", "Karlov’s body lay there.": "Karlov'un ",
	} {
		if got := Translate("tr", source); !has(got, want) {
			t.Errorf("%q has no %q", got, want)
		}
	}
}

func TestTurkishCapitals(t *testing.T) {
	for source, want := range map[string]string{
		"IT WILL NOT RAIN IN IZMIR": "BU OLACAK DEĞİL ", "Istanbul": "İstanbul", "it came.": "bu ", "It came.": "Bu ",
	} {
		if got := Translate("tr", source); !has(got, want) {
			t.Errorf("%s: %q has no %q", source, got, want)
		}
	}
}

func TestContractionsAreCut(t *testing.T) {
	for w, want := range map[string]string{
		"Karlov's": "Karlov s", "we'll": "we ll", "they're": "they re", "I've": "I ve", "he'd": "he d", "I'm": "I m", "KARLOV'S": "KARLOV s", "he’s": "he s",
		"O'Brien": "O'Brien ", "rock'n'roll": "rock'n'roll ", "don't": "don't ", "'s": "'s ", "plain": "plain ",
	} {
		stem, ending := cutContraction(w)
		if got := stem + " " + ending; got != want {
			t.Errorf("%s: %q, want %q", w, got, want)
		}
	}
}

// "He's" is no possession: nothing belongs to him.
func TestPronounsTakeNoGenitive(t *testing.T) {
	for source, want := range map[string]string{"He's here.": "O ", "It's here.": "Bu ", "Who's there?": "Ki "} {
		if got := Translate("tr", source); has(got, "'") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", source, got)
		}
	}
}

func TestLoud(t *testing.T) {
	for text, want := range map[string]bool{
		"ENVOY KILLED IN ANKARA":                 true,
		"ENVOY KILLED IN Ankara":                 true,
		"The FBI told CNN.":                      false,
		"FBI CNN":                                false, // two words are no headline
		"FBI, CNN, BBC and NBC were told of it.": false, // half of the words at most
		"Envoy killed in Ankara":                 false,
		"I A B C":                                false, // single letters are no words
		"":                                       false,
	} {
		if got := loud(scan(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A headline in capitals stays one, in the target's letters; an abbreviation in
// ordinary prose is no headline.
func TestAHeadlineInCapitalsStaysOne(t *testing.T) {
	for _, source := range []string{"ENVOY KILLED IN ANKARA", "MINISTERS WILL NOT MEET IN GENEVA THIS WEEK", "TWO SAILORS ARE HURT IN LESNA"} {
		for _, to := range []string{"ru", "tr"} {
			got := Translate(to, source)
			if strings.ContainsFunc(got, unicode.IsLower) {
				t.Errorf("%s: %s", to, got)
			}
		}
	}
	if got := Translate("ru", "The FBI told the reporters."); strings.ToUpper(got) == got {
		t.Errorf("%s", got)
	}
}

func TestCommonWords(t *testing.T) {
	for w, want := range map[string]bool{"walking": true, "government": true, "reporters": true, "information": true, "karlov": false, "ankara": false, "ring": false, "ted": false} {
		if got := common(w); got != want {
			t.Errorf("%s: %v", w, got)
		}
	}
}

// No spelled word means something by chance: the checks would count it as a
// number or a negation.
func TestSpellingHitsNoWordWithAMeaning(t *testing.T) {
	for to, v := range map[string]voice{"ru": russian(), "tr": turkish()} {
		for w := range commonWords() {
			if _, known := v.lookup(w); known {
				continue
			}
			if got := v.spelled(w, plain); v.lex.reserved[got] {
				t.Errorf("%s: %s is spelled %s, a word of the dictionary", to, w, got)
			}
		}
	}
}

func TestTheDictionaryIsWhole(t *testing.T) {
	for _, line := range lines("data/words.txt") {
		if n := strings.Count(line, "|"); n != 2 {
			t.Errorf("%q has %d columns", line, n+1)
		}
		for _, col := range strings.Split(line, "|") {
			if strings.TrimSpace(col) == "" {
				t.Errorf("%q has an empty column", line)
			}
		}
	}
	for to, lex := range dictionaries() {
		other := regexp.MustCompile(`[A-Za-z]`)
		if to == "tr" {
			other = regexp.MustCompile(`[wxqWXQ]|\p{Cyrillic}`)
		}
		for english, word := range lex.words {
			if word != leaveOut && other.MatchString(word) {
				t.Errorf("%s: %q is %q, in letters of another language", to, english, word)
			}
			if english != strings.TrimSpace(english) {
				t.Errorf("%q", english)
			}
		}
	}
	if lines("data/none.txt") != nil {
		t.Error("lines of a file that is not there")
	}
}

// Every word whose meaning a check looks at has its real translation.
func TestNegationsAndHedgesHaveTheirMeaning(t *testing.T) {
	for _, tc := range []struct{ source, ru, tr string }{
		{"He didn't come.", "не ", "değil"},
		{"He did not come.", "не ", "değil"},
		{"Nobody came.", "Никто не ", "Hiç kimse değil"},
		{"Nothing happened.", "Ничего не ", "Hiçbir şey değil"},
		{"He never came.", "никогда не ", "asla değil"},
		{"No, he said.", "Нет, ", "Hiçbir, "},
		{"He came without him.", "без ", "olmadan"},
		{"He can't go.", "не может", "değil"},
		{"We won't go.", "не будет", "olmayacak"},
		{"Police have not confirmed it.", " не ", "değil"},
		{"It may rain.", "может", "olabilir"},
		{"It might rain.", "мог бы", "olabilir"},
		{"He reportedly fled.", "как сообщается", "iddiaya göre"},
		{"He allegedly fled.", "предположительно", "iddiaya göre"},
		{"Reportedly, he fled.", "Как сообщается,", "İddiaya göre,"},
		{"He claimed that.", "утверждал", "iddia etti"},
		{"According to police he fled.", "Согласно", "Göre"},
	} {
		if got := Translate("ru", tc.source); !has(got, tc.ru) {
			t.Errorf("ru: %q has no %q", got, tc.ru)
		}
		if got := Translate("tr", tc.source); !has(got, tc.tr) {
			t.Errorf("tr: %q has no %q", got, tc.tr)
		}
	}
}

// Other languages are written as Turkish is, variants as their language.
func TestVoices(t *testing.T) {
	const s = "The attacker didn't shoot Karlov at 8:30 p.m."
	for tag, like := range map[string]string{"ru-RU": "ru", "RU": "ru", "ru-Latn": "ru", "tr-CY": "tr", "de": "tr", "": "tr", "und": "tr", "rus": "tr"} {
		if got, want := Translate(tag, s), Translate(like, s); got != want {
			t.Errorf("%q: %s, want %s", tag, got, want)
		}
	}
}
