package llmtest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// corpus is every kind of sentence at once: what is true of all of them is a
// rule of the pseudo model.
func corpus() []string {
	return append(slices.Clone(sample),
		"Shares of the bank fell 7.5% on Tuesday, wiping $1.2 billion off its value.",
		"The index closed at 10,482.3 points, its lowest since March 2009.",
		`"We don't know why," the spokeswoman said. "Nobody told us."`,
		"More than 2,000 people, among them 43 children, were moved to the base by 6 p.m. on Friday.",
		"Police have not confirmed reports that one of the men allegedly wrote to editor@example.org.",
		"Details are at https://example.org/news/2016?id=7, the agency said.",
		"Why did he go to Kyiv?", "Help!", "He waited…", "“We win,” he said; “you lose.”", "He wrote: 'never again'.",
		"MINISTERS WILL NOT MEET IN GENEVA THIS WEEK", "The B-52 landed at 4:15 a.m. beside a G20 flag.",
		"A list: one, two (three), four - five – six — seven.", "The 19th man of the 1970s won 3-1.",
	)
}

func both(t *testing.T, f func(t *testing.T, to, source, got string)) {
	t.Helper()
	for _, to := range []string{"ru", "tr"} {
		for _, s := range corpus() {
			f(t, to, s, Translate(to, s))
		}
	}
}

func TestNoSentenceStaysAsItIs(t *testing.T) {
	both(t, func(t *testing.T, to, source, got string) {
		if got == source || strings.TrimSpace(got) == "" || got != strings.TrimSpace(got) {
			t.Errorf("%s: %q", to, got)
		}
	})
}

func TestSpacesAreSingle(t *testing.T) {
	both(t, func(t *testing.T, to, source, got string) {
		if has(got, "  ") || has(got, " .") || has(got, " ,") || strings.ContainsAny(got, "\n\t") {
			t.Errorf("%s: %q", to, got)
		}
	})
}

// The digits of a number stay, in their order; only a time of the twelve-hour
// clock has others.
func TestNumbersKeepTheirDigits(t *testing.T) {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, s)
	}
	both(t, func(t *testing.T, to, source, got string) {
		if has(source, "p.m.") || has(source, "a.m.") {
			return
		}
		if digits(source) != digits(got) {
			t.Errorf("%s: %q became %q", to, source, got)
		}
	})
}

func TestEndMarksAreKept(t *testing.T) {
	last := func(s string) string {
		s = strings.TrimRight(s, `"”’'»`)
		return lastRune(s)
	}
	both(t, func(t *testing.T, to, source, got string) {
		mark := last(source)
		if !strings.ContainsAny(mark, ".!?…") {
			return
		}
		if end := last(got); end != mark {
			t.Errorf("%s: %q ends in %q", to, got, end)
		}
	})
}

// What the reader clicks stays byte for byte.
func TestAddressesStay(t *testing.T) {
	address := regexp.MustCompile(`https?://[^\s,]+|[\w.]+@[\w.]+\w|B-52|G20`)
	found := 0
	both(t, func(t *testing.T, to, source, got string) {
		for _, a := range address.FindAllString(source, -1) {
			found++
			if !has(got, a) {
				t.Errorf("%s: %q has no %s", to, got, a)
			}
		}
	})
	if found < 8 {
		t.Errorf("only %d addresses were looked for", found)
	}
}

// Every quotation is opened and closed in the marks of the language, as often
// as in the source.
func TestQuotationMarks(t *testing.T) {
	both(t, func(t *testing.T, to, source, got string) {
		opens, closes := 0, 0
		for _, p := range scan(source) {
			switch p.kind {
			case opening:
				opens++
			case closing:
				closes++
			}
		}
		if to == "tr" {
			if n := strings.Count(got, `"`); n != opens+closes || strings.ContainsAny(got, "“”«»„") {
				t.Errorf("tr: %q has %d marks, the source %d", got, n, opens+closes)
			}
			return
		}
		if strings.Count(got, "«") != opens || strings.Count(got, "»") != closes || strings.ContainsAny(got, "\"“”„‘’") {
			t.Errorf("ru: %q, want %d and %d marks", got, opens, closes)
		}
		if strings.Contains(got, ",»") || strings.Contains(got, ".»") {
			t.Errorf("ru: a stop stands inside the mark: %q", got)
		}
	})
}

func TestRussianDashesStandBetweenSpaces(t *testing.T) {
	for source, want := range map[string]string{
		"He came - late.": " — ", "He came – late.": " — ", "He came — late.": " — ", "He came—late.": " — ",
		"It ended 3-1.": "3-1", "a well-known man": "-",
	} {
		got := Translate("ru", source)
		if !has(got, want) || has(got, "  ") || want != " — " && has(got, "—") {
			t.Errorf("%s: %q has no %q", source, got, want)
		}
	}
}

// A sentence begins with a capital where its source does, the dropped article
// before it or not.
func TestFirstLetters(t *testing.T) {
	for _, source := range []string{"The port closed.", "A port closed.", "Port closed.", "the port closed.", "a port closed.", "An ox came.", `"The port closed," he said.`, "(The port closed.)"} {
		for _, to := range []string{"ru", "tr"} {
			got := Translate(to, source)
			first := func(s string) rune {
				i := strings.IndexFunc(s, unicode.IsLetter)
				return []rune(s[i:])[0]
			}
			if unicode.IsUpper(first(got)) != unicode.IsUpper(first(source)) {
				t.Errorf("%s: %q became %q", to, source, got)
			}
		}
	}
	if got := Translate("ru", "Then I came."); has(got, "Я") {
		t.Errorf("a Russian I in the middle has a capital: %q", got)
	}
	if got := Translate("ru", "I came."); !strings.HasPrefix(got, "Я ") {
		t.Errorf("%q", got)
	}
}

// What stands in the sentence depends on the sentence alone: the same word has
// the same form in each.
func TestOneWordHasOneForm(t *testing.T) {
	for _, to := range []string{"ru", "tr"} {
		form := strings.Fields(Translate(to, "the harbour burned"))[0]
		for _, s := range []string{"a harbour near the town", "He saw the harbour.", "(harbour)", "harbour, 7"} {
			if got := Translate(to, s); !has(got, form) {
				t.Errorf("%s: %q has no %q", to, got, form)
			}
		}
	}
}

// A translation is never taken for another sentence's: all of them differ.
func TestSentencesStayDifferent(t *testing.T) {
	for _, to := range []string{"ru", "tr"} {
		seen := map[string]string{}
		for _, s := range corpus() {
			got := Translate(to, s)
			if other, dup := seen[got]; dup {
				t.Errorf("%s: %q and %q are both %q", to, other, s, got)
			}
			seen[got] = s
		}
	}
}

// The faults in one sentence are faults: each is another text than the good
// one, in the way its name says.
func TestDamagedTexts(t *testing.T) {
	both(t, func(t *testing.T, to, source, good string) {
		if len(strings.Fields(good)) < 4 {
			return
		}
		for _, kind := range []Kind{SentenceEnglish, SentenceUkrainian, SentenceGerman, SentenceLost, DigitsChanged, Repetition} {
			bad := damageText(kind, to, source, good)
			if bad == good || bad != damageText(kind, to, source, good) {
				t.Errorf("%s, %s: %q", to, kind, bad)
			}
		}
		if lost := damageText(SentenceLost, to, source, good); !strings.HasPrefix(strings.Join(strings.Fields(good), " "), lost) || len(strings.Fields(lost)) > len(strings.Fields(good))/2+1 {
			t.Errorf("%s: lost: %q of %q", to, lost, good)
		}
		if loop := damageText(Repetition, to, source, good); strings.Count(loop, strings.Fields(good)[0]) < 40 {
			t.Errorf("%s: no loop: %q", to, loop)
		}
	})
	if got := damageText(SentenceLost, "ru", "Help!", "Помогите!"); got != "Помо" {
		t.Errorf("half of one word is %q", got)
	}
	if got := damageText(KeyLost, "ru", "a", "good"); got != "good" {
		t.Errorf("a fault of keys has changed the text: %q", got)
	}
	if got := damageText(SentenceEnglish, "en", "The port closed.", "x"); got != Translate("ru", "The port closed.") {
		t.Errorf("what is no English in an English answer is %q", got)
	}
	if got := damageText(SentenceGerman, "en", "Oslo", "x"); got != "der Osloer" {
		t.Errorf("a name in German is %q", got)
	}
}

func TestGermanAndUkrainian(t *testing.T) {
	for source, want := range map[string]string{
		"He said no.":               "Er sagte kein.",
		"Don't go, you said.":       "Nicht goen, Sie sagte.",
		"The attacker shot Karlov.": "Der attakkeren schoten Karlov.",
		"11 men":                    "11 menen",
	} {
		if got := German(source); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for source, want := range map[string]string{"He said no.": "Він сказав нет.", "Don't go, you said.": "Не гоних, ви сказав."} {
		if got := Ukrainian(source); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, s := range corpus() {
		if got := Ukrainian(s); strings.ContainsAny(got, "ыэъёЫЭЪЁ") {
			t.Errorf("Russian letters in %q", got)
		}
	}
}
