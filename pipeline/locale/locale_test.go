package locale_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline/locale"
)

func TestFor(t *testing.T) {
	for _, c := range []struct {
		tag  string
		want *locale.Locale
	}{
		{"en", locale.English},
		{"en-GB", locale.English},
		{"en-US", locale.English},
		{"ru", locale.Russian},
		{"ru-RU", locale.Russian},
		{"ru-Cyrl-KZ", locale.Russian},
		{"tr", locale.Turkish},
		{"tr-TR", locale.Turkish},
		{"tr-Latn-CY", locale.Turkish},
		{"und", nil},
		{"und-Cyrl", nil},
		{"und-TR", nil},
		{"und-GB", nil},
		{"mul", nil},
		{"zxx", nil},
		{"de", nil},
		{"uk", nil},
		{"az", nil},
		{"bg", nil},
		{"fr-CA", nil},
	} {
		got, ok := locale.For(language.MustParse(c.tag))
		if got != c.want || ok != (c.want != nil) {
			t.Errorf("%s: %v %v", c.tag, got, ok)
		}
	}
	if _, ok := locale.For(language.Tag{}); ok {
		t.Error("the zero tag has a language")
	}
	if _, ok := locale.For(language.Und); ok {
		t.Error("und has a language")
	}
}

func TestAll(t *testing.T) {
	all := locale.All()
	if len(all) != 3 || all[0] != locale.English {
		t.Fatalf("%d languages, the first %s", len(all), all[0].Name)
	}
	for _, l := range all {
		if got, ok := locale.For(l.Tag); !ok || got != l {
			t.Errorf("%s is not found by its own tag", l.Name)
		}
	}
	all[0] = nil
	if locale.All()[0] != locale.English {
		t.Error("a caller may change the languages of the others")
	}
}

// What every language must say of itself.
func TestValuesOfEveryLanguage(t *testing.T) {
	for _, l := range locale.All() {
		if l.Name == "" || l.Script == nil || strings.ContainsRune(l.Group, l.Decimal) || l.Group == "" {
			t.Errorf("%s: script %v, decimal %q, groups %q", l.Name, l.Script != nil, l.Decimal, l.Group)
		}
		if q := l.Quotes; q.Open == "" || q.Close == "" || q.InnerOpen == "" || q.InnerClose == "" || q.Open == q.InnerOpen {
			t.Errorf("%s: quotes %+v", l.Name, q)
		}
		if strings.Count(l.MissingAs, "%s") != 1 || strings.Contains(fmt.Sprintf(l.MissingAs, "p1s1"), "%!") {
			t.Errorf("%s: %q does not take one sentence id", l.Name, l.MissingAs)
		}
		seen := map[string]bool{}
		for m := time.January; m <= time.December; m++ {
			seen[l.Month(m)] = true
		}
		for d := time.Sunday; d <= time.Saturday; d++ {
			seen[l.Weekday(d)] = true
		}
		if len(seen) != 19 || seen[""] {
			t.Errorf("%s: %d names of months and days", l.Name, len(seen))
		}
		for _, word := range []string{l.Month(time.May), l.Weekday(time.Friday)} {
			if own, other := locale.Letters(word, l.Script); own == 0 || other != 0 {
				t.Errorf("%s: %q is not in its script", l.Name, word)
			}
		}
	}
}

func TestCalendarOutOfRange(t *testing.T) {
	for _, l := range locale.All() {
		if l.Month(0) != "" || l.Month(13) != "" || l.Month(-1) != "" || l.Weekday(-1) != "" || l.Weekday(7) != "" {
			t.Errorf("%s names a month or day that is none", l.Name)
		}
		if l.Month(time.January) != l.Months[0] || l.Month(time.December) != l.Months[11] || l.Weekday(time.Saturday) != l.Weekdays[6] {
			t.Errorf("%s: the ends of the year or week", l.Name)
		}
	}
}

// A month is told in Russian by its genitive, in Turkish with a capital.
func TestMonthsAsARunningDateWritesThem(t *testing.T) {
	for _, c := range []struct {
		loc  *locale.Locale
		want string
	}{
		{locale.English, "May Friday"}, {locale.Russian, "мая пятница"}, {locale.Turkish, "Mayıs Cuma"},
	} {
		if got := c.loc.Month(time.May) + " " + c.loc.Weekday(time.Friday); got != c.want {
			t.Errorf("%s: %q", c.loc.Name, got)
		}
	}
}

func TestBounds(t *testing.T) {
	if locale.English.Length != (locale.Bounds{}) {
		t.Error("English has no bounds against itself")
	}
	for _, l := range []*locale.Locale{locale.Russian, locale.Turkish} {
		b := l.Length
		ordered := []float64{b.Min, b.WholeMin, b.Mean, b.WholeMax, b.Max}
		if !slices.IsSorted(ordered) || b.Min <= 0 || b.From < 20 {
			t.Errorf("%s: %+v: an article strays less than a sentence, around the mean", l.Name, b)
		}
	}
}

func TestWords(t *testing.T) {
	l := locale.English
	if got := l.Words("no-such-list"); got != nil {
		t.Errorf("a list that is not there has %q", got)
	}
	if got := l.Words("../ru/negations"); got != nil {
		t.Errorf("a list of another language is reached by its path: %q", got)
	}
	words := l.Words("negations")
	if !slices.Contains(words, "not") || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "#") || w == "" }) {
		t.Errorf("%q", words)
	}
	if !l.Set("negations")["not"] || l.Set("negations")["boat"] || len(l.Set("negations")) != len(words) {
		t.Errorf("the set is %v", l.Set("negations"))
	}
	if len(l.Set("no-such-list")) != 0 {
		t.Error("the set of a list that is not there has entries")
	}
}

// Lists are read once, whoever asks first.
func TestListsAreReadOnceByAnyNumberOfReaders(t *testing.T) {
	var wg sync.WaitGroup
	firsts := make([]*string, 16)
	for i := range firsts {
		wg.Go(func() {
			firsts[i] = &locale.Turkish.Words("hedges")[0]
			locale.Turkish.Lookup("yedi")
			locale.Turkish.Phrases("hedges")
			locale.Turkish.Set("hedges")
		})
	}
	wg.Wait()
	for _, p := range firsts {
		if p != firsts[0] {
			t.Fatal("a list was read twice")
		}
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		loc   *locale.Locale
		word  string
		class locale.Class
		value float64
	}{
		{locale.English, "seven", locale.Cardinal, 7},
		{locale.English, "seventh", locale.Ordinal, 7},
		{locale.English, "million", locale.Scale, 1e6},
		{locale.English, "half", locale.Fraction, 0.5},
		{locale.English, "december", locale.Month, 12},
		{locale.English, "sunday", locale.Weekday, 0},
		{locale.English, "never", locale.Negation, 0},
		{locale.English, "failed", locale.WeakNegation, 0},
		{locale.English, "allegedly", locale.Hedge, 0},
		{locale.English, "said", locale.Report, 0},
		{locale.English, "the", locale.Function, 0},
		{locale.English, "president", locale.Title, 0},
		{locale.English, "russian", locale.Demonym, 0},
		{locale.English, "turkey", locale.Place, 0},
		{locale.English, "new-york", locale.Place, 0},
		{locale.English, "euro", locale.Unit, 2},
		{locale.English, "he", locale.Pronoun, 0},
		{locale.English, "miles", locale.Measure, 1},
		{locale.English, "km", locale.Measure, 2},
		{locale.English, "hundreds", locale.Indefinite, 0},
		{locale.English, "academy", locale.Generic, 0},
		{locale.Russian, "семь", locale.Cardinal, 7},
		{locale.Russian, "седьмой", locale.Ordinal, 7},
		{locale.Russian, "млрд", locale.Scale, 1e9},
		{locale.Russian, "полтора", locale.Fraction, 1.5},
		{locale.Russian, "четверть", locale.Fraction, 0.25},
		{locale.Russian, "декабря", locale.Month, 12},
		{locale.Russian, "понедельника", locale.Weekday, 1}, // понедельник*
		{locale.Russian, "не", locale.Negation, 0},
		{locale.Russian, "якобы", locale.Hedge, 0},
		{locale.Russian, "сообщили", locale.Report, 0}, // сообщ*
		{locale.Russian, "долларами", locale.Unit, 1},
		{locale.Russian, "метров", locale.Measure, 2},
		{locale.Turkish, "yedi", locale.Cardinal, 7},
		{locale.Turkish, "yedinci", locale.Ordinal, 7},
		{locale.Turkish, "milyarlık", locale.Scale, 1e9},
		{locale.Turkish, "buçuk", locale.Fraction, 0.5},
		{locale.Turkish, "aralık", locale.Month, 12},
		{locale.Turkish, "aralık'ta", locale.Month, 12},
		{locale.Turkish, "pazartesiye", locale.Weekday, 1}, // and not pazar
		{locale.Turkish, "değil", locale.Negation, 0},
		{locale.Turkish, "muhtemelen", locale.Hedge, 0},
		{locale.Turkish, "açıkladılar", locale.Report, 0},
		{locale.Turkish, "dolarlık", locale.Unit, 1},
	} {
		e := c.loc.Lookup(c.word)
		if !e.Is(c.class) || c.value != 0 && e.Value != c.value {
			t.Errorf("%s %q: class %b, value %v; want %b, %v", c.loc.Name, c.word, e.Class, e.Value, c.class, c.value)
		}
	}
}

func TestLookupOfWordsThatAreNowhere(t *testing.T) {
	for _, l := range locale.All() {
		for _, w := range []string{"", "x", "qqqq", "\xff", "ш\xff", "日本", "*", "stem*"} {
			if e := l.Lookup(w); e.Class != 0 || e.Value != 0 {
				t.Errorf("%s %q: %+v", l.Name, w, e)
			}
		}
	}
	if locale.English.Lookup("drozdov").Class != 0 || locale.English.Lookup("notable").Is(locale.Negation) {
		t.Error("a word that begins like another is of its class")
	}
	if locale.English.Lookup("Seven").Class != 0 {
		t.Error("a word is looked up as it stands, in lower case")
	}
}

// A whole word wins over a stem, and the longer stem over the shorter.
func TestLookupPrefersTheWholeWord(t *testing.T) {
	r := locale.Russian
	if e := r.Lookup("миллион"); !e.Is(locale.Scale) || e.Is(locale.Measure) { // мил* is miles
		t.Errorf("миллион is of class %b", e.Class)
	}
	if e := r.Lookup("милями"); !e.Is(locale.Measure) || e.Value != 1 {
		t.Errorf("милями is %+v", e)
	}
	if e := r.Lookup("пятидесятилетний"); e.Value != 50 { // and not пятилет*
		t.Errorf("пятидесятилетний is %v", e.Value)
	}
}

func TestEntryIs(t *testing.T) {
	e := locale.Entry{Class: locale.Scale | locale.Indefinite}
	if !e.Is(locale.Scale) || !e.Is(locale.Scale|locale.Month) || e.Is(locale.Month) || (locale.Entry{}).Is(^locale.Class(0)) {
		t.Error("an entry is of any of the classes asked for, and no other")
	}
}

func TestPhrases(t *testing.T) {
	for _, c := range []struct {
		loc  *locale.Locale
		list string
		want string
	}{
		{locale.English, "hedges", "believed to"},
		{locale.English, "reports", "according to"},
		{locale.Russian, "hedges", "скорее всего"},
		{locale.Turkish, "hedges", "öne sürül*"},
	} {
		found := false
		for _, p := range c.loc.Phrases(c.list).Starting(c.want) {
			found = found || strings.Join(p, " ") == c.want
			if len(p) < 2 {
				t.Errorf("%s %s: %q is no phrase", c.loc.Name, c.list, p)
			}
		}
		if !found {
			t.Errorf("%s %s: no %q", c.loc.Name, c.list, c.want)
		}
	}
	for _, w := range append(locale.English.Words("months"), "may") {
		if got := locale.English.Phrases("months").Starting(w); len(got) != 0 {
			t.Errorf("the forms of a month are phrases: %q", got)
		}
	}
	if got := locale.English.Phrases("no-such-list").Starting("as"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestLower(t *testing.T) {
	for _, c := range []struct {
		loc       *locale.Locale
		text, low string
	}{
		{locale.English, "ISTANBUL", "istanbul"},
		{locale.Turkish, "ISTANBUL", "ıstanbul"},
		{locale.Turkish, "İSTANBUL", "istanbul"},
		{locale.Turkish, "IĞDIR", "ığdır"},
		{locale.Turkish, "ÇŞÖÜĞ", "çşöüğ"},
		{locale.Turkish, "ilgi", "ilgi"},
		{locale.Turkish, "ılık", "ılık"},
		{locale.Russian, "ЁЛКА И Ѐ", "ёлка и ѐ"},
		{locale.Russian, "АЯ", "ая"},
		{locale.Russian, "рукаJ", "рукаj"},
		{locale.Russian, "яё", "яё"},
		{locale.English, "ÉTÉ", "été"},
		{locale.English, "ÑandÚ", "ñandú"},
		{locale.English, "", ""},
		{locale.English, "42 — !", "42 — !"},
		{locale.English, "Ω", "ω"},
		{locale.English, "ЖЏ ѠѢ", "жџ ѡѣ"},
	} {
		if got := c.loc.Lower(c.text); got != c.low {
			t.Errorf("%s %q: %q, want %q", c.loc.Name, c.text, got, c.low)
		}
	}
}

// Every letter has its small letter by the rules of the Unicode standard; in
// Turkish the two i stand apart.
func TestLowerOfEveryLetter(t *testing.T) {
	for r := rune(0); r <= 0x2fff; r++ {
		if r == 'İ' || r == 'I' || !unicode.IsLetter(r) {
			continue
		}
		for _, l := range locale.All() {
			if got := l.Lower(string(r)); got != string(unicode.ToLower(r)) {
				t.Fatalf("%s %q: %q", l.Name, r, got)
			}
			if got := l.Lower("я" + string(r) + "é"); got != "я"+string(unicode.ToLower(r))+"é" {
				t.Fatalf("%s %q inside: %q", l.Name, r, got)
			}
		}
	}
}

func TestLowerLeavesSmallTextAlone(t *testing.T) {
	text := "the лодка and çağrı"
	for _, l := range locale.All() {
		if n := testing.AllocsPerRun(10, func() { l.Lower(text) }); n > 0 {
			t.Errorf("%s: %.0f allocations for a text without capitals", l.Name, n)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"seven", "понедельниками", "aralık'ta", "\xff\xd0", "ё", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		for _, l := range locale.All() {
			low := l.Lower(word)
			if l.Lookup(low) != l.Lookup(low) {
				t.Errorf("%q has two entries", low)
			}
			if again := l.Lower(low); again != low && l != locale.English {
				t.Errorf("%s %q: %q and then %q", l.Name, word, low, again)
			}
		}
	})
}

func ExampleFor() {
	l, ok := locale.For(language.MustParse("ru-RU"))
	fmt.Println(l.Name, ok)
	_, ok = locale.For(language.Und)
	fmt.Println(ok)
	// Output:
	// Russian true
	// false
}

func ExampleLocale_Lookup() {
	e := locale.Turkish.Lookup("yedi")
	fmt.Println(e.Is(locale.Cardinal), e.Value)
	// Output: true 7
}
