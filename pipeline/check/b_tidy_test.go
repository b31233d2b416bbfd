package check

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// Each rule of Tidy, where it mends and where it leaves alone.
func TestTidyRules(t *testing.T) {
	for _, tc := range []struct {
		name, lang, in, want string
		rules                string // in order of place
	}{
		{"nothing to do", "ru", "«Лампа», — сказал он.", "«Лампа», — сказал он.", ""},
		{"empty", "ru", "", "", ""},
		{"a soft hyphen", "ru", "ма\u00adяк", "маяк", "invisible"},
		{"a space of no width", "tr", "de\u200bniz", "deniz", "invisible"},
		{"a byte order mark", "tr", "\ufeffDeniz", "Deniz", "invisible"},
		{"a joiner of emoji stays", "tr", "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469", ""},
		{"a Latin letter in a Russian word", "ru", "мaяк", "маяк", "mixedScript"},
		{"a Latin capital", "ru", "Mаяк погас", "Маяк погас", "mixedScript"},
		{"a Latin word stays", "ru", "яхта Mercedes", "яхта Mercedes", ""},
		{"a letter without a twin stays", "ru", "маzк", "маzк", ""},
		{"Turkish words are not touched", "tr", "Dеniz", "Dеniz", ""},
		{"a space before a comma", "ru", "маяк , море", "маяк, море", "spaceBeforeMark"},
		{"a space before a stop", "tr", "deniz .", "deniz.", "spaceBeforeMark"},
		{"spaces before a question mark", "tr", "deniz   ?", "deniz?", "spaceBeforeMark"},
		{"a space before a stop that starts something", "tr", "dosya .txt", "dosya .txt", ""},
		{"two spaces", "tr", "mavi  deniz", "mavi deniz", "doubleSpace"},
		{"three spaces", "ru", "синее   море", "синее море", "doubleSpace"},
		{"a no-break space stays", "ru", "5\u00a0км", "5\u00a0км", ""},
		{"a hyphen for a dash", "ru", "Маяк - это свет", "Маяк — это свет", "dash"},
		{"two of them", "ru", "Маяк - свет - море", "Маяк — свет — море", "dash dash"},
		{"a hyphen between figures", "ru", "5 - 7 км", "5 - 7 км", ""},
		{"a figure on one side only", "ru", "в 1962 - году", "в 1962 — году", "dash"},
		{"Turkish keeps its hyphen", "tr", "Deniz - mavi", "Deniz - mavi", ""},
		{"a hyphen without spaces", "ru", "какой-то маяк", "какой-то маяк", ""},
		{"straight marks that pair", "ru", "Судно \"Мария\" ушло", "Судно «Мария» ушло", "quotes quotes"},
		{"two quotations", "ru", "\"Да\" и \"нет\"", "«Да» и «нет»", "quotes quotes quotes quotes"},
		{"straight marks that do not pair", "ru", "Судно \"Мария ушло", "Судно \"Мария ушло", ""},
		{"mixed styles stay", "ru", "«Судно \"Мария\"»", "«Судно \"Мария\"»", ""},
		{"Turkish keeps straight marks", "tr", "\"Deniz\" dedi", "\"Deniz\" dedi", ""},
		{"several rules", "ru", "Мaяк  - \"свет\" .", "Маяк — «свет».", "mixedScript doubleSpace dash quotes quotes spaceBeforeMark"},
		{"a language that is not known", "de", "Der  Turm .", "Der  Turm .", ""},
	} {
		t.Run(tc.lang+"/"+tc.name, func(t *testing.T) {
			got, log := Tidy(tc.in, language.MustParse(tc.lang))
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			var rules []string
			for _, r := range log {
				rules = append(rules, r.Rule)
			}
			if s := strings.Join(rules, " "); s != tc.rules {
				t.Errorf("rules %q, want %q", s, tc.rules)
			}
			if again, more := Tidy(got, language.MustParse(tc.lang)); again != got || len(more) != 0 {
				t.Errorf("a second run gives %q: %v", again, more)
			}
		})
	}
}

// replay makes the changes of a log in the text it was made of.
func replay(t *testing.T, text string, log []pipeline.Repair) string {
	t.Helper()
	var b strings.Builder
	at := 0
	for _, r := range log {
		if r.Start < at || r.End < r.Start || r.End > len(text) {
			t.Fatalf("%+v follows byte %d of %q", r, at, text)
		}
		if text[r.Start:r.End] != r.Before {
			t.Errorf("the log says %q, the text has %q", r.Before, text[r.Start:r.End])
		}
		b.WriteString(text[at:r.Start] + r.After)
		at = r.End
	}
	return b.String() + text[at:]
}

// scraps are pieces that texts of any kind are put together from.
var scraps = []string{
	"маяк", "Мaяк", "deniz", "Dеniz", " ", "  ", " - ", "-", "—", "\"", "«", "»", "„", "“", ".", " .", ",", " ,", "?", "!", "(", ")",
	"\u00ad", "\u200b", "\ufeff", "\u202e", "\u00a0", "5", "1,5", "48 500", "%", "$", "\n", "https://a.example.org", "@a", "#b", "'da",
	"天气", "\U0001f468\u200d\U0001f469", "İ", "ı", "ё", "не", "не не", "reportedly", "Nora Kelbrook", "```", "<b>", ":", "…", "\xff",
}

// jumble is a text of scraps in an order that the seed alone decides.
func jumble(seed uint64, n int) string {
	var b strings.Builder
	for range n {
		seed = seed*6364136223846793005 + 1442695040888963407
		b.WriteString(scraps[(seed>>33)%uint64(len(scraps))])
		if seed>>60 > 6 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// lettersOnly are the letters and digits of a text, with those of Latin that
// look like Cyrillic ones as these.
func lettersOnly(s string) string {
	return twins.Replace(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s))
}

// Whatever the text is: a second run changes nothing, no letter or digit is
// another but for twins, and the log makes the result of the text.
func TestTidyHoldsItsPromises(t *testing.T) {
	for seed := range uint64(400) {
		in := jumble(seed, 3+int(seed%25))
		for _, lang := range []language.Tag{language.Russian, language.Turkish} {
			out, log := Tidy(in, lang)
			if again, more := Tidy(out, lang); again != out || len(more) > 0 {
				t.Errorf("%s %q: tidied twice: %q then %q", lang, in, out, again)
			}
			if lettersOnly(in) != lettersOnly(out) {
				t.Errorf("%s %q: other letters in %q", lang, in, out)
			}
			if got := replay(t, in, log); got != out {
				t.Errorf("%s %q: the log makes %q of it, Tidy %q: %+v", lang, in, got, out, log)
			}
			if utf8.ValidString(in) && !utf8.ValidString(out) {
				t.Errorf("%s %q: %q is not valid", lang, in, out)
			}
		}
	}
}

// Whatever the texts are: no panic, places inside the texts and on characters,
// ids that hold, and the same judgement twice.
func TestPairHoldsItsPromises(t *testing.T) {
	for seed := range uint64(300) {
		src, hyp := jumble(seed, 4+int(seed%20)), jumble(seed+7919, 4+int(seed%17))
		for _, lang := range []language.Tag{language.Russian, language.Turkish, language.German} {
			p := pipeline.Pair{ID: "p1s1", Source: src, Target: hyp, Lang: lang}
			a := Pair(p)
			wellFormed(t, p, a)
			if b := Pair(p); fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("two judgements differ: %v and %v", a, b)
			}
		}
	}
}

// The same for a text without ids.
func TestRowHoldsItsPromises(t *testing.T) {
	for seed := range uint64(200) {
		src, hyp := jumble(seed+31, 10+int(seed%40)), jumble(seed+104729, 10+int(seed%35))
		for _, lang := range []string{"ru", "tr", "xx-nonsense-", ""} {
			r := Row{ID: "r", Lang: lang, Source: src, Target: hyp}
			a := PairRow(r)
			worst := false
			for i, f := range a.Findings {
				onRunes(t, f.Check, hyp, f.Span.Start, f.Span.End)
				worst = worst || f.Severity.AtLeast(pipeline.Major)
				if i > 0 && f.Span.Start < a.Findings[i-1].Span.Start {
					t.Errorf("findings are not in order: %+v", a.Findings)
				}
			}
			if a.Flagged != worst {
				t.Errorf("flagged %v, and a finding gates: %v", a.Flagged, worst)
			}
			if b := PairRow(r); fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("two judgements differ: %v and %v", a, b)
			}
		}
	}
}

// A good pair that is cut anywhere, in the middle of a character too, is
// judged without a panic, and a cut that takes half of the text is flagged.
func TestCutAnywhere(t *testing.T) {
	for lang, text := range map[string][2]string{
		"ru": {
			"The keeper of the old lighthouse said on Friday that 48,500 visitors had come in 2011. \"I never count them,\" he told https://port.example.org.",
			"Смотритель старого маяка сообщил в пятницу, что в 2011 году пришли 48 500 посетителей. «Я их никогда не считаю», — сказал он изданию https://port.example.org.",
		},
		"tr": {
			"The keeper of the old lighthouse said on Friday that 48,500 visitors had come in 2011. \"I never count them,\" he told https://port.example.org.",
			"Eski deniz fenerinin bekçisi cuma günü, 2011'de 48.500 ziyaretçinin geldiğini söyledi. https://port.example.org sitesine \"Onları hiç saymam\" dedi.",
		},
	} {
		if r := PairRow(Row{ID: "whole", Lang: lang, Source: text[0], Target: text[1]}); r.Flagged {
			t.Errorf("%s: the whole text is flagged: %+v", lang, r.Findings)
		}
		for cut := range len(text[1]) {
			r := PairRow(Row{ID: "cut", Lang: lang, Source: text[0], Target: text[1][:cut]})
			for _, f := range r.Findings {
				onRunes(t, f.Check, text[1][:cut], f.Span.Start, f.Span.End)
			}
			if cut < len(text[1])/2 && !r.Flagged {
				t.Errorf("%s: %q is not flagged", lang, text[1][:cut])
			}
		}
	}
}
