package check

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// The lines of a text that hold something are its paragraphs.
func TestBlocksOf(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{" \n\t\n", nil},
		{"one", []string{"one"}},
		{"one\ntwo", []string{"one", "two"}},
		{"\n\none\n \ntwo\n", []string{"one", "two"}},
		{"лампа\n\nморе", []string{"лампа", "море"}},
	} {
		var got []string
		for _, b := range blocksOf(tc.in) {
			got = append(got, tc.in[b.Start:b.End])
		}
		if strings.Join(got, "|") != strings.Join(tc.want, "|") {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
	}
}

// A lost and an added sentence side by side are one free translation.
func TestJoinLone(t *testing.T) {
	lost := Bead{Source: facts.Span{End: 5}, SourceCount: 1}
	added := Bead{Target: facts.Span{End: 7}, TargetCount: 1}
	pair := Bead{Source: facts.Span{Start: 5, End: 9}, Target: facts.Span{Start: 7, End: 9}, SourceCount: 1, TargetCount: 1}
	for _, tc := range []struct {
		name string
		in   []Bead
		want string
	}{
		{"nothing", nil, ""},
		{"lost before added", []Bead{lost, added}, "1-1"},
		{"added before lost", []Bead{added, lost}, "1-1"},
		{"parted by a pair", []Bead{lost, pair, added}, "1-0 1-1 0-1"},
		{"two lost", []Bead{lost, lost}, "1-0 1-0"},
		{"two lost and one added", []Bead{lost, lost, added}, "1-0 1-1"},
		{"pairs stay", []Bead{pair, pair}, "1-1 1-1"},
	} {
		got := joinLone(tc.in)
		if s := countsOf(Alignment{Beads: got}); s != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, s, tc.want)
		}
	}
	if b := joinLone([]Bead{lost, added})[0]; b.Source != lost.Source || b.Target != added.Target {
		t.Errorf("the group has lost its places: %+v", b)
	}
}

// Doubt is noted on sentences without a counterpart, and on no other.
func TestDoubtIsOfLoneSentences(t *testing.T) {
	src, hyp := joined(lampEN, boatEN, cookEN, coalEN), joined(lampRU, boatRU, coalRU)
	lone := 0
	for _, b := range Align(src, hyp, language.Russian).Beads {
		if b.SourceCount > 0 && b.TargetCount > 0 {
			if b.Doubt != 0 {
				t.Errorf("a pair is doubted: %+v", b)
			}
			continue
		}
		lone++
		if b.Doubt < limits().LoneDoubt {
			t.Errorf("%q is plainly lost, and the doubt is %f", src[b.Source.Start:b.Source.End], b.Doubt)
		}
	}
	if lone != 1 {
		t.Errorf("%d lone sentences", lone)
	}
}

// A whole text repeated: the second place is the one that is told.
func TestRepeatedPiece(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"none", joined(lampRU, boatRU), ""},
		{"a sentence on end", joined(boatRU, boatRU), strings.TrimSuffix(boatRU, ".")},
		{"a sentence further on", joined(restRU, lampRU, restRU), strings.TrimSuffix(restRU, ".")},
		{"a formula", "Спасибо вам всем. Пришёл капитан. Спасибо вам всем.", ""},
		{"five words on end", "он снова зажёг старую лампу он снова зажёг старую лампу", "он снова зажёг старую лампу"},
		{"four words on end inside a sentence", "Ночью он зажёг старую лампу зажёг старую лампу и ушёл.", ""},
		{"a piece of a sentence further on", "Он долго смотрел на старую лампу и ушёл. Она тоже смотрела на старую лампу и ушла.", ""},
		{"a line", "Смотритель старого маяка спит\nКапитан\nСмотритель старого маяка спит", "Смотритель старого маяка спит"},
		{"nothing", "", ""},
		{"two words", "да да", ""},
	} {
		at, n := repeatedPiece(facts.Of(tc.in, locale.Russian))
		if got := tc.in[at.Start:at.End]; got != tc.want || (n > 0) != (tc.want != "") {
			t.Errorf("%s: %q of %d words, want %q", tc.name, got, n, tc.want)
		}
		if n > 0 && at.Start == strings.Index(tc.in, tc.want) {
			t.Errorf("%s: the first place is told", tc.name)
		}
	}
}

// What the source says twice may stand twice.
func TestRepetitionOfTheSource(t *testing.T) {
	judgeRows(t, "ru", []rowCase{
		{"both", joined(boatEN, lampEN, boatEN), joined(boatRU, lampRU, boatRU), "", false},
		{"the target alone", joined(boatEN, lampEN), joined(boatRU, boatRU, lampRU), "T01 major " + boatRU + " | T22 major " + strings.TrimSuffix(boatRU, "."), true},
	})
}

// Which words of an alignment's texts are one name.
func TestNameMatches(t *testing.T) {
	key := func(w string) nameKey { return nameKey{facts.FoldName(w), facts.Skeleton(w)} }
	for _, tc := range []struct {
		name, form string
		want       bool
	}{
		{"Kelbrook", "Kelbrook'un", true},
		{"Kelbrook", "Келбрука", true},
		{"Kelbrook", "Уитби", false},
		{"Kelbrook", "Whitby", false},
		{"Whitby", "Уитби", true},
		{"Nora", "Норе", true},
	} {
		if got := nameMatches(key(tc.name), key(tc.form)); got != tc.want {
			t.Errorf("%s as %s: %v", tc.name, tc.form, got)
		}
	}
}

// What stands in another language by right is no prose of the target.
func TestProse(t *testing.T) {
	for _, tc := range []struct{ name, src, hyp, want string }{
		{"nothing foreign", "The lamp.", "Лампа.", "Лампа."},
		{"an address", "See https://a.example.org now.", "См. https://a.example.org сейчас.", "См.   сейчас."},
		{"a title of the source", "They read \"The Cold Lamp\".", "Они читали «The Cold Lamp».", "Они читали « »."},
		{"a title that the source has not", "They read it.", "Они читали «The Cold Lamp».", "Они читали «The Cold Lamp»."},
		{"a sentence is no title", "He said \"the lamp was cold\".", "Он сказал «the lamp was cold».", "Он сказал «the lamp was cold»."},
	} {
		v := newView(pipeline.Pair{ID: "p1s1", Source: tc.src, Target: tc.hyp, Lang: language.Russian})
		if got := v.prose(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if again := v.prose(); again != tc.want {
			t.Errorf("%s: read again it is %q", tc.name, again)
		}
	}
}

func TestIsTitle(t *testing.T) {
	for in, want := range map[string]bool{
		"The Cold Lamp of Winter": true,
		"We will never come back": false,
		"Winter":                  true,
		"the of a":                false,
		"":                        false,
		"Half Capital half not":   true,
	} {
		if isTitle(in) != want {
			t.Errorf("%q is a title: %v", in, !want)
		}
	}
}

// The lists of data are read without their remarks; a list that is none is
// empty.
func TestLines(t *testing.T) {
	for _, name := range []string{
		"chatter-openers", "chatter-soft", "chatter-closings", "chatter-meta", "refusals", "reduplicates",
		"strong-hedges", "turkish-denials", "turkish-evidentials", "aliases", "unit-sizes",
	} {
		ls := lines(name)
		if len(ls) == 0 {
			t.Errorf("%s is empty", name)
		}
		for _, l := range ls {
			if l == "" || l[0] == '#' || strings.TrimSpace(l) != l || name != "aliases" && strings.ToLower(l) != l {
				t.Errorf("%s holds %q", name, l)
			}
		}
	}
	if got := lines("no-such-list"); got != nil {
		t.Errorf("%v", got)
	}
}
