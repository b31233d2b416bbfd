package check

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// T02: another language, or another script, than was asked for.
func TestOtherLanguageThanRussian(t *testing.T) {
	const src = "The council decided on Tuesday to repair the old bridge across the river before winter."
	judgePairs(t, "T02", "ru", []pairCase{
		{
			"plain Russian",
			src,
			"Во вторник совет решил отремонтировать старый мост через реку до наступления зимы.",
			"",
		},
		{
			"Russian with the letters of Russian alone",
			src,
			"Во вторник члены совета объявили, что эту старую переправу через реку отремонтируют до зимы.",
			"",
		},
		{
			"Ukrainian",
			src,
			"У вівторок рада вирішила відремонтувати старий міст через річку до настання зими, і це її рішення є остаточним.",
			"critical",
		},
		{
			"Bulgarian",
			src,
			"Във вторник съветът реши да ремонтира стария мост над реката преди зимата и да го отвори за движение.",
			"critical",
		},
		{
			"German",
			src,
			"Der Rat hat am Dienstag beschlossen, die alte Brücke über den Fluss noch vor dem Winter zu reparieren.",
			"critical",
		},
		{
			"Turkish",
			src,
			"Meclis salı günü, nehrin üzerindeki eski köprüyü kıştan önce onarmaya karar verdi ve ödenek ayırdı.",
			"critical",
		},
		{
			"another English sentence",
			src,
			"On Tuesday it was agreed that the bridge should be mended in time for the cold months of the year.",
			"critical",
		},
		{
			"Chinese",
			src,
			"市议会周二决定在冬天之前修复河上的旧桥。",
			"major",
		},
		{
			"too short to tell",
			"Good morning.",
			"Добро утро.",
			"",
		},
		{
			"a name alone stays Latin",
			"Nokia",
			"Nokia",
			"",
		},
		{
			"a title in Latin letters within Russian",
			"Her album \"The Silver Road Home\" came out in May.",
			"Её альбом «The Silver Road Home» вышел в мае.",
			"",
		},
		{
			"short, without a letter of the script",
			"They went home early.",
			"Gingen heim.",
			"major",
		},
	})
}

func TestOtherLanguageThanTurkish(t *testing.T) {
	const src = "The council decided on Tuesday to repair the old bridge across the river before winter."
	judgePairs(t, "T02", "tr", []pairCase{
		{
			"plain Turkish",
			src,
			"Meclis salı günü, nehrin üzerindeki eski köprüyü kıştan önce onarmaya karar verdi.",
			"",
		},
		{
			"Turkish without its own letters",
			src,
			"Meclis, nehir üzerindeki eski köprüyü onarmaya karar verdi ve bunun için gerekli ödenek de bulundu.",
			"",
		},
		{
			"Azerbaijani",
			src,
			"Şura çərşənbə axşamı qışdan əvvəl çayın üzərindəki köhnə körpünü təmir etmək qərarına gəldi və bunun üçün vəsait ayırdı.",
			"critical",
		},
		{
			"German",
			src,
			"Der Rat hat am Dienstag beschlossen, die alte Brücke über den Fluss noch vor dem Winter zu reparieren.",
			"critical",
		},
		{
			"Russian",
			src,
			"Во вторник совет решил отремонтировать старый мост через реку до наступления зимы.",
			"critical",
		},
		{
			"another English sentence",
			src,
			"On Tuesday it was agreed that the bridge should be mended in time for the cold months of the year.",
			"critical",
		},
		{
			"too short to tell",
			"Good morning.",
			"Sabahınız xeyir.",
			"",
		},
		{
			"Arabic",
			src,
			"قرر المجلس يوم الثلاثاء إصلاح الجسر القديم فوق النهر قبل الشتاء.",
			"major",
		},
		{
			"an English title within Turkish",
			"Her album \"The Silver Road Home\" came out in May.",
			"Sanatçının \"The Silver Road Home\" albümü mayısta çıktı.",
			"",
		},
	})
}

// What is in another language is no translation: nothing finer is said of it.
func TestAnswerInAnotherLanguageEndsTheJudgement(t *testing.T) {
	p := pipeline.Pair{
		ID: "p1s2", Lang: language.Russian,
		Source: "On 12 May the council gave 300,000 pounds to Peter Marlowe for the bridge at https://bridge.example.org.",
		Target: "Der Rat hat gestern beschlossen, die alte Brücke über den Fluss noch vor dem Winter zu reparieren",
	}
	got := Pair(p)
	if len(got) != 1 || got[0].Check != "T02" || !strings.Contains(got[0].Message, "German") || !strings.Contains(got[0].Message, "Russian") {
		t.Errorf("%+v", got)
	}
}

// T03: nothing, the source again, or a piece of it.
func TestUntranslatedIntoRussian(t *testing.T) {
	judgePairs(t, "T03", "ru", []pairCase{
		{
			"empty",
			"The ferry was late.",
			"",
			"critical",
		},
		{
			"spaces alone",
			"The ferry was late.",
			" \n\t\u00a0",
			"critical",
		},
		{
			"an empty source wants nothing",
			"",
			"",
			"",
		},
		{
			"a name alone is the same in any language",
			"Volvo Penta AB",
			"Volvo Penta AB",
			"",
		},
		{
			"a piece left in English",
			"The ferry was late because of heavy fog over the bay, the captain said.",
			"Паром опоздал because of heavy fog над заливом, сказал капитан.",
			"major because of heavy fog",
		},
		{
			"Latin words that the source has not",
			"The ferry was late, the captain said.",
			"Паром опоздал due to weather conditions, сказал капитан.",
			"major due to weather",
		},
		{
			"one word copied",
			"The new startup sells old boats.",
			"Новый startup продаёт старые лодки.",
			"major startup",
		},
		{
			"one Latin word that the source has not is a doubt",
			"The new company sells old boats.",
			"Новый startup продаёт старые лодки.",
			"minor startup",
		},
		{
			"a Latin word in quotation marks",
			"He calls it \"soul\" music.",
			"Он называет это музыкой «soul».",
			"",
		},
		{
			"a small word inside a Latin name",
			"She works for Marks and Spencer in Leeds.",
			"Она работает в Marks and Spencer в Лидсе.",
			"",
		},
		{
			"an address is no English",
			"Write to desk@harbour.example.org now.",
			"Пишите сейчас на desk@harbour.example.org.",
			"",
		},
		{
			"a brand with a small letter first",
			"She bought an iPad there.",
			"Она купила там iPad.",
			"",
		},
		{
			"a unit glued to its number",
			"The cable is 5mm thick.",
			"Толщина кабеля 5mm.",
			"",
		},
		{
			"a title may stand in English",
			"The song \"Walking on the Silent Shore\" won.",
			"Победила песня «Walking on the Silent Shore».",
			"",
		},
		{
			"a long quotation that is no title may not",
			"On the square in front of the town hall he said once more that \"we will never come back\" and left.",
			"На площади перед зданием городской администрации он ещё раз сказал, что «we will never come back», и ушёл.",
			"major we will never come back",
		},
	})
}

func TestUntranslatedIntoTurkish(t *testing.T) {
	judgePairs(t, "T03", "tr", []pairCase{
		{
			"empty",
			"The ferry was late.",
			"   ",
			"critical",
		},
		{
			"the source again, too short to tell its language",
			"Ferry strike ends",
			"Ferry strike ends",
			"critical",
		},
		{
			"a piece left in English",
			"The ferry was late because of heavy fog over the bay, the captain said.",
			"Kaptan, vapurun because of heavy fog gecikmeli olarak körfeze vardığını söyledi.",
			"major because of heavy fog",
		},
		{
			"two words in a row may be a term",
			"The club plays heavy metal on Fridays.",
			"Kulüpte cuma günleri heavy metal çalınıyor.",
			"",
		},
		{
			"a name of many words",
			"The Royal Society of the Northern Isles met.",
			"The Royal Society of the Northern Isles toplandı.",
			"",
		},
		{
			"words that both languages have",
			"The bar is on the pier.",
			"İskelede bir bar var.",
			"",
		},
		{
			"a single English word is not told from a loan",
			"The new startup sells old boats.",
			"Yeni startup eski tekneler satıyor.",
			"",
		},
		{
			"a title may stand in English",
			"The song \"Walking on the Silent Shore\" won.",
			"\"Walking on the Silent Shore\" şarkısı kazandı.",
			"",
		},
	})
}

// In Russian the same is told by the script (T02); in a text without ids T03
// comes first.
func TestSourceAgainInARow(t *testing.T) {
	for _, lang := range []string{"ru", "tr"} {
		judgeRows(t, lang, []rowCase{
			{
				"the source again",
				"The ferry was late again on Friday. Nobody complained.",
				"The ferry was late again on Friday. Nobody complained.",
				"T03 critical", true,
			},
			{
				"nothing at all",
				"The ferry was late again on Friday.",
				" ",
				"T03 critical", true,
			},
			{
				"nothing for nothing",
				" ",
				"",
				"", false,
			},
		})
	}
	judgePair(t, "T02", pipeline.Pair{ID: "p1s1", Source: "Ferry strike ends", Target: "Ferry strike ends", Lang: language.Russian}, "major")
}

// T12: letters of two scripts in one word, and scripts that belong to neither
// side.
func TestMixedScriptsInRussian(t *testing.T) {
	judgePairs(t, "T12", "ru", []pairCase{
		{
			"clean",
			"The sea was calm.",
			"Море было спокойным.",
			"",
		},
		{
			"a Latin capital for its twin",
			"The captain slept.",
			"Kапитан спал.",
			"major Kапитан",
		},
		{
			"a Latin letter inside",
			"The captain slept on the deck.",
			"Капитан спaл на палубе.",
			"major спaл",
		},
		{
			"two such words",
			"The captain slept on the deck.",
			"Кaпитан спал на пaлубе.",
			"major Кaпитан | major пaлубе",
		},
		{
			"a Latin word beside Russian ones",
			"The Volvo was towed.",
			"Volvo увезли на буксире.",
			"",
		},
		{
			"a Latin name with an ending behind a hyphen",
			"The BMW driver fled.",
			"Водитель BMW скрылся.",
			"",
		},
		{
			"a mixed word of the source",
			"The sign reads VIP-зал in large letters.",
			"На вывеске крупно написано: VIP-зал.",
			"",
		},
		{
			"Greek letters may mix",
			"The α-test was positive.",
			"Тест α-частиц дал положительный результат.",
			"",
		},
		{
			"a Latin letter in a century",
			"The mill is from the 19th century.",
			"Мельница построена в ХIХ веке.",
			"major ХIХ",
		},
		{
			"Han",
			"The sea was calm.",
			"Море было 平静.",
			"major 平静",
		},
		{
			"Arabic",
			"The sea was calm.",
			"Море было هادئ.",
			"major هادئ",
		},
		{
			"Georgian",
			"The sea was calm.",
			"Море было მშვიდი.",
			"major მშვიდი",
		},
		{
			"Hebrew",
			"The sea was calm.",
			"Море было שקט.",
			"major שקט",
		},
		{
			"Thai",
			"The sea was calm.",
			"Море было สงบ.",
			"major สงบ",
		},
		{
			"a script that the source shows too",
			"The character 海 means sea.",
			"Иероглиф 海 означает «море».",
			"",
		},
	})
}

func TestMixedScriptsInTurkish(t *testing.T) {
	judgePairs(t, "T12", "tr", []pairCase{
		{
			"clean",
			"The sea was calm.",
			"Deniz sakindi.",
			"",
		},
		{
			"a Cyrillic letter inside",
			"The sea was calm.",
			"Dеniz sakindi.",
			"major Dеniz",
		},
		{
			"a Cyrillic word",
			"The sea was calm yesterday.",
			"Deniz dün спокойно idi.",
			"major спокойно",
		},
		{
			"a Cyrillic word of the source",
			"The sign reads Порт in large letters.",
			"Tabelada büyük harflerle Порт yazıyor.",
			"",
		},
		{
			"Hangul",
			"The sea was calm.",
			"Deniz 잔잔 idi.",
			"major 잔잔",
		},
		{
			"Devanagari",
			"The sea was calm.",
			"Deniz कमल idi.",
			"major कमल",
		},
		{
			"letters with marks of other Latin languages",
			"Łukasz Kowalczyk met Håkan Åkesson.",
			"Łukasz Kowalczyk, Håkan Åkesson ile görüştü.",
			"",
		},
		{
			"kana",
			"The sea was calm.",
			"Deniz しずか idi.",
			"major しずか",
		},
	})
}

// A word of two scripts is mended where every stray letter has a twin.
func TestSuggestionForAWordOfTwoScripts(t *testing.T) {
	for _, tc := range []struct{ word, want string }{
		{"Oни", "Они"},
		{"Kапитан", "Капитан"},
		{"спaл", "спал"},
		{"pаte", "pate"}, // one Cyrillic letter in a Latin word
		{"Dеniz", "Deniz"},
		{"дomг", ""},  // m has no twin in lower case
		{"жzжжж", ""}, // z has none at all
	} {
		if got := unmix(tc.word); got != tc.want {
			t.Errorf("%q becomes %q, want %q", tc.word, got, tc.want)
		}
	}
}
