package check

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Which words of a name must be found again without a names sheet.
func TestWhichNamesMustStand(t *testing.T) {
	for _, tc := range []struct {
		name, source, part string
		want               bool
	}{
		{"a surname", "The pilot met Halil Berkant there.", "Berkant", true},
		{"a first name", "The pilot met Halil Berkant there.", "Halil", true},
		{"three letters", "The pilot met Oya Berkant there.", "Oya", false},
		{"an ending of English words", "The pilot met the Zandarians there.", "Zandarians", false},
		{"a common word of names", "The pilot joined the Berkant Foundation there.", "Foundation", false},
		{"the name beside it", "The pilot joined the Berkant Foundation there.", "Berkant", true},
		{"a plural abbreviation", "The pilot met the MLAs there again.", "MLAs", false},
		{"joined to a people", "The pilot met the Balto-Russian crew there.", "Balto", false},
		{"joined to a people by its ending", "The pilot met the Balto-Zandarian crew there.", "Balto", false},
		{"joined to a name", "The pilot met Berkant-Lindqvist there again.", "Berkant", true},
		{"a row of four", "The pilot met Halil Berkant Lindqvist Zeybek there.", "Berkant", false},
		{"a headline", "Pilot Meets Berkant Again Before Storm", "Berkant", false},
		{"one word that starts the sentence", "Berkant met the pilot there.", "Berkant", false},
	} {
		v := newView(pipeline.Pair{ID: "p1s1", Source: tc.source, Target: "Что-то.", Lang: language.Russian})
		found := false
		for _, n := range v.src.Names() {
			for _, part := range n.Parts {
				found = found || part == tc.part && v.mustStand(n, part)
			}
		}
		if found != tc.want {
			t.Errorf("%s: %v for %q, names %+v", tc.name, found, tc.part, v.src.Names())
		}
	}
}

func TestClipBytesCutsNoCharacter(t *testing.T) {
	const text = "aşçьb"
	for n := range len(text) + 2 {
		got := clipBytes(text, n)
		if len(got) > n || !utf8.ValidString(got) || text[:len(got)] != got {
			t.Errorf("%d bytes: %q", n, got)
		}
		if n < len(text) && utf8.RuneStart(text[n]) && len(got) != n {
			t.Errorf("%d bytes: %q is too short", n, got)
		}
	}
}

// The plural s of a name may be left out by a translation, and one word of it
// answers no two names.
func TestNameMatchFound(t *testing.T) {
	match := func(target string, names ...string) *nameMatch {
		m := &nameMatch{texts: []*facts.Text{facts.Of(target, locale.Russian)}, taken: map[string]string{}}
		for _, n := range names {
			if k, ok := findExact(m.texts[0], n); ok {
				m.taken[k.Lower] = n
			}
		}
		return m
	}
	if !match("Там был Беркант.").found("Berkant") {
		t.Error("a name is not found")
	}
	if !match("Там была семья Беркант.").found("Berkants") {
		t.Error("a plural is not found")
	}
	if m := match("Там был Беркант.", "Berkant"); !m.found("Berkant") || m.found("Berkind") {
		t.Error("one word answers two names")
	}
	if match("Там никого не было.").found("Berkant") {
		t.Error("a name is found where none is")
	}
}

// A neighbour of a group may hold its name.
func TestANameMayStandInANeighbour(t *testing.T) {
	v := newView(pipeline.Pair{ID: "p1s1", Source: "The pilot met Halil Berkant in the harbour.", Target: "Лётчик встретил его в гавани.", Lang: language.Russian})
	v.around = []around{{target: facts.Of("Халил Беркант ждал.", locale.Russian)}}
	lostNames(v)
	if len(v.findings) != 0 {
		t.Errorf("%+v", v.findings)
	}
	v.around = nil
	lostNames(v)
	if got := ofCheck(v.findings, "T14", v.p.Source); len(got) != 1 || got[0] != "minor Halil" {
		t.Errorf("got %q", got)
	}
}

// A name that the whole text has twice may be a pronoun here, and one on the
// sheet is judged by the sheet.
func TestLostNamesKeepsSilent(t *testing.T) {
	pair := pipeline.Pair{ID: "p1s1", Source: "The pilot met Berkant in the harbour.", Target: "Лётчик встретил его в гавани.", Lang: language.Russian}
	often := newView(pair)
	often.rowNames = map[string]int{"Berkant": 2}
	lostNames(often)
	if len(often.findings) != 0 {
		t.Errorf("named twice: %+v", often.findings)
	}
	once := newView(pair)
	once.rowNames = map[string]int{"Berkant": 1}
	lostNames(once)
	if len(once.findings) != 1 {
		t.Errorf("named once: %+v", once.findings)
	}
	pair.Names = []pipeline.Name{{Source: "Sinop"}}
	sheet := newView(pair)
	lostNames(sheet)
	if len(sheet.findings) != 0 {
		t.Errorf("with a sheet: %+v", sheet.findings)
	}
}
