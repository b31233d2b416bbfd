package locale_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline/locale"
)

// A short line is judged where its letters and words leave no doubt.
func TestDetectShortLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want language.Tag
	}{
		{"The boat is in the harbour", language.English},
		{"What the captain said", language.English},
		{"Лодка всё ещё в гавани", language.Russian},
		{"Что сказал нам капитан", language.Russian},
		{"Tekne hâlâ limanda bekliyor", language.Turkish},
		{"Kaptan bize ne söyledi?", language.Turkish},
		{"Човен і досі в гавані", language.Ukrainian},
		{"Qayıq hələ də limandadır", language.Azerbaijani},
		{"Das Boot ist noch im Hafen", language.German},
	} {
		if g := locale.Detect(c.text); g.Tag != c.want || !g.Certain {
			t.Errorf("%q: %v %v, want %v", c.text, g.Tag, g.Certain, c.want)
		}
	}
}

// An edition in the neighbour's language is never taken for the one asked for.
func TestDetectTellsNeighboursApart(t *testing.T) {
	neighbours := map[language.Tag]language.Tag{
		language.Ukrainian: language.Russian, language.Bulgarian: language.Russian,
		language.Azerbaijani: language.Turkish, language.German: language.English,
	}
	for tag, asked := range neighbours {
		for _, text := range sentences[tag][:2] {
			for w := range strings.FieldsSeq(text) { // a word less, even the telling one
				if g := locale.Detect(strings.Replace(text, w, "", 1)); g.Tag == asked {
					t.Errorf("%q without %q is %v", text, w, g.Tag)
				}
			}
		}
	}
}

// Half of one language and half of another is no text of a third.
func TestDetectMixedText(t *testing.T) {
	for a, as := range sentences {
		for b, bs := range sentences {
			if g := locale.Detect(as[0] + " " + bs[0]); g.Certain && g.Tag != a && g.Tag != b {
				t.Errorf("%v and %v together are %v", a, b, g.Tag)
			}
		}
	}
}

// The words of grammar that English is known by are none of Turkish, where
// "her", "in" and "on" would count for both; likewise Bulgarian and Russian.
func TestGrammarWordsTellTheLanguage(t *testing.T) {
	all := lists(t)
	for _, c := range []struct {
		a, b string
		most int // words that both really write
	}{
		{"en/function-words", "tr/function-words", 3},
		{"en/function-words", "detect/de", 8},
		{"ru/function-words", "detect/bg-only", 0},
		{"detect/bg", "detect/bg-only", 36},
	} {
		var both []string
		for _, e := range all[c.a] {
			if slices.ContainsFunc(all[c.b], func(f entry) bool { return f.text == e.text }) {
				both = append(both, e.text)
			}
		}
		if len(all[c.a]) == 0 || len(all[c.b]) == 0 || len(both) > c.most {
			t.Errorf("%s and %s share %q", c.a, c.b, both)
		}
	}
}

// Abbreviations are written without their last stop and without a space.
func TestAbbreviations(t *testing.T) {
	for name, entries := range lists(t) {
		if !strings.HasPrefix(path.Base(name), "abbreviations") {
			continue
		}
		for _, e := range entries {
			if strings.HasSuffix(e.text, ".") {
				t.Errorf("%s:%d: %q ends in its stop", name, e.line, e.text)
			}
		}
	}
	for _, c := range []struct {
		loc  *locale.Locale
		list string
		word string
	}{
		{locale.English, "abbreviations", "Mr"},
		{locale.English, "abbreviations-number", "No"},
		{locale.English, "abbreviations-final", "U.S"},
		{locale.Turkish, "abbreviations", "Dr"},
	} {
		if !c.loc.Set(c.list)[c.word] {
			t.Errorf("%s %s: no %q", c.loc.Name, c.list, c.word)
		}
	}
}

// The detection reads lists of its own, which no language offers as its own.
func TestDetectListsBelongToNoLanguage(t *testing.T) {
	for name := range lists(t) {
		if path.Dir(name) != "detect" {
			continue
		}
		for _, l := range locale.All() {
			if l.Words(path.Base(name)) != nil {
				t.Errorf("%s has a list %s", l.Name, path.Base(name))
			}
		}
	}
}
