package locale_test

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"dragoman/pipeline/locale"
)

// cased are the lists that hold words as they are written, not in lower case.
var cased = []string{"abbreviations", "abbreviations-final", "abbreviations-number", "starters"}

// valued are the lists whose lines are "value: form form …".
var valued = []string{"numbers", "ordinals", "scales", "fractions", "months", "weekdays", "units", "measures"}

// sorted are the lists kept in the order of their letters; the others are
// grouped by what they mean.
var sorted = []string{"en/demonyms", "en/hyphenheads", "en/starters"}

// entry is one line of a list.
type entry struct {
	text string
	line int
}

// lists reads every word list of the package, by folder and name: "en/titles".
func lists(t *testing.T) map[string][]entry {
	t.Helper()
	out := map[string][]entry{}
	data := os.DirFS("data")
	err := fs.WalkDir(data, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, isList := strings.CutSuffix(p, ".txt")
		if !isList {
			t.Errorf("%s is no list", p)
		}
		f, err := data.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		for n := 1; s.Scan(); n++ {
			if text, _, _ := strings.Cut(s.Text(), "#"); strings.TrimSpace(text) != "" {
				out[name] = append(out[name], entry{strings.TrimSpace(text), n})
			}
		}
		return s.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// languageOf is the language a list belongs to, by its folder.
func languageOf(name string) *locale.Locale {
	for _, l := range locale.All() {
		if path.Dir(name) == l.Tag.String() {
			return l
		}
	}
	return locale.English // data/detect: lower case by the rules of no language
}

func TestEveryListHasEntries(t *testing.T) {
	all := lists(t)
	if len(all) < 50 {
		t.Errorf("%d lists", len(all))
	}
	for _, l := range locale.All() {
		for name, entries := range all {
			if path.Dir(name) != l.Tag.String() {
				continue
			}
			words := l.Words(path.Base(name))
			if len(words) == 0 || len(words) != len(entries) || words[0] != entries[0].text {
				t.Errorf("%s has %d entries, the file %d", name, len(words), len(entries))
			}
		}
	}
}

func TestListEntriesAreUnique(t *testing.T) {
	for name, entries := range lists(t) {
		seen := map[string]int{}
		for _, e := range entries {
			if before := seen[e.text]; before > 0 {
				t.Errorf("%s:%d: %q stands in line %d already", name, e.line, e.text, before)
			}
			seen[e.text] = e.line
		}
	}
}

func TestListEntriesAreClean(t *testing.T) {
	for name, entries := range lists(t) {
		for _, e := range entries {
			switch {
			case !utf8.ValidString(e.text):
				t.Errorf("%s:%d: %q is not UTF-8", name, e.line, e.text)
			case !norm.NFC.IsNormalString(e.text):
				t.Errorf("%s:%d: %q is not in normal form C", name, e.line, e.text)
			case strings.Contains(e.text, "  ") || strings.ContainsRune(e.text, '\t'):
				t.Errorf("%s:%d: %q has a wide gap", name, e.line, e.text)
			case strings.ContainsFunc(e.text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
				t.Errorf("%s:%d: %q has a character that is not seen", name, e.line, e.text)
			case strings.Contains(strings.TrimSuffix(strings.ReplaceAll(e.text, "* ", " "), "*"), "*"):
				t.Errorf("%s:%d: %q: * stands at the end of a word", name, e.line, e.text)
			case slices.Contains(strings.Fields(strings.ReplaceAll(e.text, ":", " ")), "*"):
				t.Errorf("%s:%d: %q holds for every word", name, e.line, e.text)
			}
		}
	}
}

func TestListsAreInLowerCase(t *testing.T) {
	for name, entries := range lists(t) {
		if slices.Contains(cased, path.Base(name)) {
			continue
		}
		for _, e := range entries {
			if low := languageOf(name).Lower(e.text); low != e.text {
				t.Errorf("%s:%d: %q, in lower case %q", name, e.line, e.text, low)
			}
		}
	}
}

func TestSortedLists(t *testing.T) {
	all := lists(t)
	for _, name := range sorted {
		if len(all[name]) == 0 {
			t.Errorf("no list %s", name)
		}
		if !slices.IsSortedFunc(all[name], func(a, b entry) int { return strings.Compare(a.text, b.text) }) {
			t.Errorf("%s is not sorted", name)
		}
	}
}

// A word has the letters of its language: a Latin c among Cyrillic letters is
// never found.
func TestWordsAreInOneScript(t *testing.T) {
	for name, entries := range lists(t) {
		for _, e := range entries {
			for w := range strings.FieldsSeq(e.text) {
				latin, cyrillic := false, false
				for _, r := range w {
					latin = latin || unicode.Is(unicode.Latin, r)
					cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, r)
				}
				if latin && cyrillic {
					t.Errorf("%s:%d: %q is in two scripts", name, e.line, w)
				}
			}
		}
	}
}

// A form stands once in a list of values, so that it has one value.
func TestValuedLists(t *testing.T) {
	for name, entries := range lists(t) {
		if !slices.Contains(valued, path.Base(name)) {
			continue
		}
		of := map[string]float64{}
		for _, e := range entries {
			head, rest, ok := strings.Cut(e.text, ":")
			v, err := strconv.ParseFloat(head, 64)
			forms := strings.Fields(rest)
			if !ok || err != nil || len(forms) == 0 {
				t.Errorf("%s:%d: %q is no value with forms", name, e.line, e.text)
				continue
			}
			for i, f := range forms {
				if slices.Contains(forms[:i], f) {
					t.Errorf("%s:%d: %q twice", name, e.line, f)
				}
				if before, ok := of[f]; ok {
					t.Errorf("%s:%d: %q is %v here and %v before", name, e.line, f, v, before)
				}
			}
			for _, f := range forms {
				of[f] = v
			}
		}
	}
}

// Lists without values hold no colon, which would be read as one.
func TestPlainListsHoldNoValues(t *testing.T) {
	for name, entries := range lists(t) {
		if slices.Contains(valued, path.Base(name)) {
			continue
		}
		for _, e := range entries {
			if strings.Contains(e.text, ":") {
				t.Errorf("%s:%d: %q", name, e.line, e.text)
			}
		}
	}
}

// Every language has the lists the checks rest on, and none is missing from
// one language by a slip of its name.
func TestEveryLanguageHasTheListsOfMeaning(t *testing.T) {
	for _, l := range locale.All() {
		for _, list := range append([]string{
			"negations", "weak-negations", "hedges", "reports", "function-words", "indefinite",
			"abbreviations", "abbreviations-final", "abbreviations-number", "starters",
		}, valued...) {
			if len(l.Words(list)) == 0 {
				t.Errorf("%s has no %s", l.Name, list)
			}
		}
	}
}

// Months and weekdays are whole, and the calendar of a language is in its lists.
func TestCalendarListsAreWhole(t *testing.T) {
	for _, l := range locale.All() {
		if n := len(l.Words("months")); n != 12 {
			t.Errorf("%s: %d months", l.Name, n)
		}
		if n := len(l.Words("weekdays")); n != 7 {
			t.Errorf("%s: %d weekdays", l.Name, n)
		}
		for i, name := range l.Months {
			if e := l.Lookup(l.Lower(name)); !e.Is(locale.Month) || e.Value != float64(i+1) {
				t.Errorf("%s: %s is month %v", l.Name, name, e.Value)
			}
		}
		for i, name := range l.Weekdays {
			if e := l.Lookup(l.Lower(name)); !e.Is(locale.Weekday) || e.Value != float64(i) {
				t.Errorf("%s: %s is weekday %v", l.Name, name, e.Value)
			}
		}
	}
}

// The units of the languages count the same currencies.
func TestUnitsAgreeAcrossLanguages(t *testing.T) {
	for _, c := range [][3]string{
		{"dollar", "долларов", "dolar"},
		{"euro", "евро", "euro"},
		{"sterling", "стерлингов", "sterlin"},
		{"yen", "иен", "yen"},
		{"roubles", "рублей", "ruble"},
		{"lira", "лир", "lira"},
		{"yuan", "юаней", "yuan"},
		{"francs", "франков", "frank"},
		{"rupees", "рупий", "rupi"},
		{"kroner", "крон", "kron"},
	} {
		want := locale.English.Lookup(c[0])
		for i, l := range locale.All() {
			if e := l.Lookup(c[i]); !e.Is(locale.Unit) || e.Value != want.Value {
				t.Errorf("%s %q is unit %v, in English %v", l.Name, c[i], e.Value, want.Value)
			}
		}
	}
}
