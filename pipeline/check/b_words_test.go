package check

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// T16: apostrophes before the endings of names of persons.
func TestTurkishApostrophes(t *testing.T) {
	judgePairs(t, "T16", "tr", []pairCase{
		{"with its apostrophe", "They praised Nora Whitby.", "Nora Whitby'nin adını andılar.", ""},
		{"with a curly one", "They praised Nora Whitby.", "Nora Whitby’nin adını andılar.", ""},
		{"locative", "They believed in Owen Marsh.", "Umutları Owen Marshta idi.", "minor Marshta"},
		{"genitive", "It was the house of Nora Whitby.", "Burası Nora Whitbynin eviydi.", "minor Whitbynin"},
		{"dative", "They gave it to Nora Whitby.", "Onu Nora Whitbyye verdiler.", "minor Whitbyye"},
		{"ablative", "They took it from Owen Marsh.", "Onu Owen Marshtan aldılar.", "minor Marshtan"},
		{"accusative", "They saw Nora Whitby.", "Nora Whitbyyi gördüler.", "minor Whitbyyi"},
		{"behind a title", "They asked President Marsh.", "Başkan Marshtan istediler.", "minor Marshtan"},
		{"a first name alone is not judged", "They asked Marsh.", "Onlar Marshtan istediler.", ""},
		{"a plural takes none", "The Owen Marsh family came.", "Owen Marshlar geldi.", ""},
		{"a derived word takes none", "They met Owen Marsh.", "Owen Marshlı günlerdi.", ""},
	})
}

// What T16 suggests is the name, an apostrophe, and its ending.
func TestSuggestedApostrophe(t *testing.T) {
	p := pipeline.Pair{ID: "p1s1", Lang: language.Turkish, Source: "It was the house of Nora Whitby.", Target: "Burası Nora Whitbynin eviydi."}
	for _, f := range Pair(p) {
		if f.Check == "T16" && f.Suggest == "Whitby'nin" && strings.Contains(f.Message, "Whitby'nin") {
			return
		}
	}
	t.Errorf("%+v", Pair(p))
}

// T16: Turkish places with English letters.
func TestTurkishPlaces(t *testing.T) {
	for _, tc := range []struct{ word, want string }{
		{"Istanbul", "İstanbul"},
		{"Istanbul'da", "İstanbul'da"},
		{"Izmir’den", "İzmir’den"},
		{"Izmit", "İzmit"},
		{"Iskenderun", "İskenderun"},
		{"Incirlik'te", "İncirlik'te"},
		{"Turkiye'nin", "Türkiye'nin"},
		{"Diyarbakir", "Diyarbakır"},
		{"Canakkale", "Çanakkale"},
		{"İstanbul", ""},
		{"Türkiye", ""},
		{"Istanbulspor", ""},
		{"Ankara", ""},
	} {
		if got, ok := dottedCity(tc.word); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s becomes %q, want %q", tc.word, got, tc.want)
		}
	}
	judgePairs(t, "T16", "tr", []pairCase{
		{"a dotted capital", "He left Izmir.", "İzmir'den ayrıldı.", ""},
		{"an undotted capital", "He left Izmir.", "Izmir'den ayrıldı.", "minor Izmir'den"},
		{"two of them", "From Istanbul to Diyarbakir.", "Istanbul'dan Diyarbakir'a.", "minor Istanbul'dan | minor Diyarbakir'a"},
		{"a club is no city", "Istanbulspor won.", "Istanbulspor kazandı.", ""},
	})
	judgePairs(t, "T16", "ru", []pairCase{
		{"Russian is not judged by it", "The \"Istanbul\" sailed.", "Судно «Istanbul» вышло в море.", ""},
	})
}

// T16: Turkish without its own letters, from 200 letters on.
func TestTurkishWithoutItsLetters(t *testing.T) {
	const plain = "Kaptan uzun zaman gemide kaldi ve limandaki adamlara bakti. "
	source := strings.Repeat("The captain stayed on board for a long time and watched the men. ", 6)
	for _, tc := range []struct {
		name, hyp string
		want      int
	}{
		{"200 letters and none of them Turkish", strings.Repeat(plain, 5), 1},
		{"one of them is", strings.Repeat(plain, 5) + "Işık.", 0},
		{"too few letters to tell", strings.Repeat(plain, 3), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := newView(pipeline.Pair{ID: "p1s1", Source: source, Target: tc.hyp, Lang: language.Turkish})
			turkishForm(v)
			if len(v.findings) != tc.want || tc.want == 1 && v.findings[0].Severity != pipeline.Major {
				t.Errorf("%d letters: %+v", v.tgt.Letters(), v.findings)
			}
		})
	}
}

// glossaryCase is one term of a glossary, a pair, and the quoted part of each
// message that is wanted.
type glossaryCase struct {
	name     string
	lang     language.Tag
	term     Term
	src, hyp string
	want     []string
}

func judgeGlossary(t *testing.T, cases []glossaryCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			p := pipeline.Pair{ID: "p1s2", Source: tc.src, Target: tc.hyp, Lang: tc.lang}
			got := Glossary(p, []Term{tc.term})
			wellFormed(t, p, got)
			if len(got) != len(tc.want) {
				t.Fatalf("%d findings, want %d: %+v", len(got), len(tc.want), got)
			}
			for i, f := range got {
				if f.Check != "T17" || f.Severity != pipeline.Major || !strings.Contains(f.Message, tc.want[i]) || f.Suggest != first(tc.term.Targets) {
					t.Errorf("%+v, want %s", f, tc.want[i])
				}
			}
		})
	}
}

// T17: the glossary, in any inflection; forbidden forms; languages.
func TestGlossaryInRussian(t *testing.T) {
	judgeGlossary(t, []glossaryCase{
		{
			"Russian, base form", language.Russian,
			Term{Source: "harbour master", Lang: language.Russian, Targets: []string{"капитан порта"}},
			"The harbour master resigned.", "Капитан порта подал в отставку.", nil,
		},
		{
			"Russian, inflected", language.Russian,
			Term{Source: "harbour master", Lang: language.Russian, Targets: []string{"капитан порта"}},
			"They thanked the harbour master.", "Они поблагодарили капитана порта.", nil,
		},
		{
			"Russian, a fleeting vowel", language.Russian,
			Term{Source: "ambassador", Lang: language.Russian, Targets: []string{"посол"}},
			"They met the ambassador.", "Они встретились с послом.", nil,
		},
		{
			"Russian, missing", language.Russian,
			Term{Source: "harbour master", Lang: language.Russian, Targets: []string{"капитан порта"}},
			"The harbour master resigned.", "Начальник гавани подал в отставку.",
			[]string{`"капитан порта"`},
		},
		{
			"Russian, one word of two is missing", language.Russian,
			Term{Source: "harbour master", Lang: language.Russian, Targets: []string{"капитан порта"}},
			"The harbour master resigned.", "Капитан гавани подал в отставку.",
			[]string{`"капитан порта"`},
		},
		{
			"any of the forms will do", language.Russian,
			Term{Source: "vessel", Lang: language.Russian, Targets: []string{"судно", "корабль"}},
			"The vessel sank.", "Кораблю не повезло.", nil,
		},
		{
			"both forms are named", language.Russian,
			Term{Source: "vessel", Lang: language.Russian, Targets: []string{"судно", "корабль"}},
			"The vessel sank.", "Лодка утонула.",
			[]string{`"судно or корабль"`},
		},
	})
}

func TestGlossaryInTurkish(t *testing.T) {
	judgeGlossary(t, []glossaryCase{
		{
			"Turkish, softened", language.Turkish,
			Term{Source: "book", Lang: language.Turkish, Targets: []string{"kitap"}},
			"She wrote the book.", "Kitabı o yazdı.", nil,
		},
		{
			"Turkish, missing", language.Turkish,
			Term{Source: "book", Lang: language.Turkish, Targets: []string{"kitap"}},
			"She wrote the book.", "Romanı o yazdı.",
			[]string{`"kitap"`},
		},
		{
			"a plural in the source", language.Turkish,
			Term{Source: "book", Lang: language.Turkish, Targets: []string{"kitap"}},
			"She wrote books.", "Romanlar yazdı.",
			[]string{`"kitap"`},
		},
		{
			"a longer word is another", language.Turkish,
			Term{Source: "book", Lang: language.Turkish, Targets: []string{"kitap"}},
			"The booking failed.", "Rezervasyon yapılamadı.", nil,
		},
		{
			"case does not count", language.Turkish,
			Term{Source: "Book", Lang: language.Turkish, Targets: []string{"Kitap"}},
			"BOOK sales rose.", "Kitap satışları arttı.", nil,
		},
	})
}

// What a term is asked of, and what must not stand for it.
func TestGlossaryLanguagesAndForbiddenForms(t *testing.T) {
	judgeGlossary(t, []glossaryCase{
		{
			"not in the source", language.Russian,
			Term{Source: "harbour master", Lang: language.Russian, Targets: []string{"капитан порта"}},
			"The mayor resigned.", "Мэр подал в отставку.", nil,
		},
		{
			"of another language", language.Russian,
			Term{Source: "book", Lang: language.Turkish, Targets: []string{"kitap"}},
			"She wrote the book.", "Она написала роман.", nil,
		},
		{
			"of every language", language.Russian,
			Term{Source: "Reed & Sons", Lang: language.Und, Targets: []string{"Reed & Sons"}},
			"Reed & Sons closed.", "Фирма закрылась.",
			[]string{`"Reed & Sons"`},
		},
		{
			"forbidden", language.Russian,
			Term{Source: "vessel", Lang: language.Russian, Forbidden: []string{"посудина"}},
			"The vessel sank.", "Посудину не спасли.",
			[]string{`"посудина"`},
		},
		{
			"forbidden and missing", language.Russian,
			Term{Source: "vessel", Lang: language.Russian, Targets: []string{"судно"}, Forbidden: []string{"посудина"}},
			"The vessel sank.", "Посудину не спасли.",
			[]string{`"посудина"`, `"судно"`},
		},
		{
			"forbidden only where the term stands", language.Russian,
			Term{Source: "vessel", Lang: language.Russian, Forbidden: []string{"посудина"}},
			"The pot broke.", "Посудина разбилась.", nil,
		},
		{
			"an empty forbidden form is none", language.Russian,
			Term{Source: "vessel", Lang: language.Russian, Forbidden: []string{""}},
			"The vessel sank.", "Судно утонуло.", nil,
		},
	})
}

// The findings of a glossary stand in its order; without one there are none.
func TestGlossaryKeepsItsOrder(t *testing.T) {
	p := pipeline.Pair{ID: "p1s1", Lang: language.Russian, Source: "The keeper lit the lamp.", Target: "Он зажёг свет."}
	terms := []Term{
		{Source: "lamp", Targets: []string{"лампа"}},
		{Source: "keeper", Targets: []string{"смотритель"}},
	}
	var got []string
	for _, f := range Glossary(p, terms) {
		got = append(got, f.Suggest)
	}
	if !slices.Equal(got, []string{"лампа", "смотритель"}) {
		t.Errorf("%v", got)
	}
	if fs := Glossary(p, nil); len(fs) != 0 {
		t.Errorf("%v", fs)
	}
}

// What stays of a word when it is inflected.
func TestStemIsWhatInflectedFormsShare(t *testing.T) {
	for _, tc := range []struct {
		lang, word string
		forms      []string // start with the stem
		others     []string // do not
	}{
		{"ru", "смотритель", []string{"смотрителя", "смотрителями", "смотрителем"}, []string{"смотрели"}},
		{"ru", "лампа", []string{"лампой", "ламп", "лампы"}, []string{"лапа"}},
		{"ru", "посол", []string{"послом", "послу"}, []string{"писал"}},
		{"ru", "отец", []string{"отец"}, []string{"мать"}},
		{"ru", "мэр", []string{"мэра", "мэры"}, []string{"мера"}},
		{"tr", "kitap", []string{"kitabı", "kitaplar"}, []string{"katip"}},
		{"tr", "ağaç", []string{"ağacı", "ağaçta"}, []string{"açık"}},
		{"tr", "köpek", []string{"köpeği", "köpekler"}, []string{"köprü"}},
		{"tr", "deniz", []string{"denizde", "denizin"}, []string{"derin"}},
		{"en", "lamp", []string{"lamps"}, []string{"lame"}},
	} {
		stem := Stem(tc.word, tc.lang)
		for _, f := range tc.forms {
			if !strings.HasPrefix(Stem(f, "en"), stem) {
				t.Errorf("%s does not start with %q, the stem of %s", f, stem, tc.word)
			}
		}
		for _, o := range tc.others {
			if strings.HasPrefix(Stem(o, "en"), stem) {
				t.Errorf("%s starts with %q, the stem of %s", o, stem, tc.word)
			}
		}
	}
}

// T18: the source denies and the translation does not.
func TestLostDenial(t *testing.T) {
	judgePairs(t, "T18", "ru", []pairCase{
		{"not", "The boat did not sink.", "Лодка не утонула.", ""},
		{"a short form, lost", "The boat did not sink.", "Лодка утонула.", "neutral source:not"},
		{"a short form, lost", "The boat didn't sink.", "Лодка утонула.", "neutral source:didn't"},
		{"no", "There was no wind.", "Ветра не было.", ""},
		{"never", "She never sailed.", "Она никогда не ходила под парусом.", ""},
		{"never, lost", "She never sailed.", "Она ходила под парусом.", "neutral source:never"},
		{"without", "He left without a word.", "Он ушёл молча.", "neutral source:without"},
		{"without, kept", "He left without a word.", "Он ушёл без единого слова.", ""},
		{"nobody", "Nobody came.", "Никто не пришёл.", ""},
		{"nobody, lost", "Nobody came.", "Пришли все.", "neutral source:Nobody"},
		{"a weak denial answers", "The boat did not arrive.", "Прибытие лодки отменили.", "neutral source:not"},
		{"no denial in the source", "The boat sank.", "Лодка утонула.", ""},
		{"a denial only in the target", "The boat stayed afloat.", "Лодка не утонула.", ""},
	})
	judgePairs(t, "T18", "tr", []pairCase{
		{"an ending", "The boat did not sink.", "Tekne batmadı.", ""},
		{"an ending of the present", "The boat does not sink.", "Tekne batmıyor.", ""},
		{"an aorist", "The boat does not sink.", "Tekne batmaz.", ""},
		{"a participle", "The men who did not sail slept.", "Denize açılmayan adamlar uyudu.", ""},
		{"a word", "It is not a boat.", "Bu bir tekne değil.", ""},
		{"there is none", "There was no wind.", "Rüzgâr yoktu.", ""},
		{"without", "He left without a hat.", "Şapkasız çıktı.", ""},
		{"lost", "The boat did not sink.", "Tekne battı.", "neutral source:not"},
		{"nobody, lost", "Nobody came.", "Herkes geldi.", "neutral source:Nobody"},
		{"no denial in the source", "The boat sank.", "Tekne battı.", ""},
	})
}

// T24: what the source lays to somebody else became a fact.
func TestLostHedge(t *testing.T) {
	judgePairs(t, "T24", "ru", []pairCase{
		{"reportedly, kept", "The captain reportedly slept.", "Капитан, как сообщается, спал.", ""},
		{"reportedly, lost", "The captain reportedly slept.", "Капитан спал.", "minor source:reportedly"},
		{"allegedly, kept", "He allegedly sold the boat.", "Он якобы продал лодку.", ""},
		{"allegedly, lost", "He allegedly sold the boat.", "Он продал лодку.", "minor source:allegedly"},
		{"alleged, lost", "The alleged smuggler slept.", "Контрабандист спал.", "minor source:alleged"},
		{"supposedly, by a word of doubt", "The boat supposedly sank.", "Лодка, вероятно, утонула.", ""},
		{"according to, kept", "According to the crew, it sank.", "По словам экипажа, она утонула.", ""},
		{"according to, by a verb", "According to the crew, it sank.", "Экипаж сообщил, что она утонула.", ""},
		{"according to, lost", "According to the crew, it sank.", "Она утонула.", "neutral source:According to"},
		{"a weak hedge is not missed", "The boat may have sunk.", "Лодка утонула.", ""},
		{"none in the source", "The captain slept.", "Капитан спал.", ""},
	})
	judgePairs(t, "T24", "tr", []pairCase{
		{"reportedly, kept", "The captain reportedly slept.", "Kaptanın uyuduğu bildirildi.", ""},
		{"by the ending of hearsay", "The captain reportedly slept.", "Kaptan uyumuş.", ""},
		{"reportedly, lost", "The captain reportedly slept.", "Kaptan uyudu.", "minor source:reportedly"},
		{"allegedly, kept", "He allegedly sold the boat.", "Tekneyi sattığı iddia edildi.", ""},
		{"allegedly, lost", "He allegedly sold the boat.", "Tekneyi sattı.", "minor source:allegedly"},
		{"according to, kept", "According to the crew, it sank.", "Mürettebata göre battı.", ""},
		{"according to, lost", "According to the crew, it sank.", "Tekne battı.", "neutral source:According to"},
	})
}
