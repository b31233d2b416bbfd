package facts_test

import (
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/facts"
)

// The name in Latin letters and its transcription sound alike.
func TestTranscriptionsShareASkeleton(t *testing.T) {
	for _, c := range [][2]string{
		{"Drozdov", "Дроздов"},
		{"Pavel", "Павел"},
		{"Lena", "Лена"},
		{"Karim", "Карим"},
		{"Boris", "Борис"},
		{"Marina", "Марина"},
		{"Dmitry", "Дмитрий"},
		{"Philip", "Филип"},
		{"Çelik", "Челик"},
		{"Şahin", "Шахин"},
		{"Oslo", "Осло"},
		{"Zoran", "Зоран"},
		{"Anna", "Анна"},
	} {
		if a, b := facts.Skeleton(c[0]), facts.Skeleton(c[1]); a != b {
			t.Errorf("%s is %q, %s is %q", c[0], a, c[1], b)
		}
	}
}

func TestOtherNamesHaveOtherSkeletons(t *testing.T) {
	for _, c := range [][2]string{
		{"Drozdov", "Петров"}, {"Lena", "Марина"}, {"Karim", "Борис"}, {"Oslo", "Берген"}, {"Marsh", "Смит"},
	} {
		if d := facts.Distance(facts.Skeleton(c[0]), facts.Skeleton(c[1])); d <= 0.34 {
			t.Errorf("%s and %s are %.2f apart", c[0], c[1], d)
		}
	}
}

// An inflected form stays near its name.
func TestInflectedFormsStayNear(t *testing.T) {
	for _, c := range [][2]string{
		{"Drozdov", "Дроздова"},
		{"Drozdov", "Дроздовым"},
		{"Drozdov", "Дроздову"},
		{"Lena", "Лены"},
		{"Marina", "Мариной"},
		{"Karim", "Каримом"},
	} {
		if d := facts.Distance(facts.Skeleton(c[0]), facts.Skeleton(c[1])); d > 0.34 {
			t.Errorf("%s and %s are %.2f apart", c[0], c[1], d)
		}
	}
}

func TestSkeletonOfNothing(t *testing.T) {
	for _, s := range []string{"", "aeiou", "Ая", "ьъ", "42", "'"} {
		if got := facts.Skeleton(s); got != "" {
			t.Errorf("%q: %q", s, got)
		}
	}
	if facts.Skeleton("Anna") != facts.Skeleton("Ana") {
		t.Error("a doubled consonant counts once")
	}
	if facts.Skeleton("Nina") == facts.Skeleton("Na") {
		t.Error("a vowel parts two consonants")
	}
}

// Letters that are read in two ways give a second skeleton.
func TestSkeletons(t *testing.T) {
	for _, c := range [][2]string{
		{"George", "Джордж"},
		{"Gibson", "Джибсон"},
		{"Michael", "Микаэль"},
		{"Shaw", "Шо"},
		{"Max", "Макс"},
		{"Knight", "Найт"},
		{"Wright", "Райт"},
		{"Hugo", "Уго"},
		{"Jung", "Юнг"},
		{"Tatjana", "Татьяна"},
		{"Moritz", "Мориц"},
	} {
		all := facts.Skeletons(c[0])
		want := facts.Skeleton(c[1])
		near := slices.ContainsFunc(all, func(s string) bool { return facts.Distance(s, want) <= 0.26 })
		if all[0] != facts.Skeleton(c[0]) || !near {
			t.Errorf("%s has %q, none near %s (%q)", c[0], all, c[1], want)
		}
	}
	if got := facts.Skeletons("Lena"); len(got) != 1 {
		t.Errorf("Lena is read in one way: %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"", "", 0},
		{"", "kt", 1},
		{"kt", "", 1},
		{"kt", "kt", 0},
		{"kt", "sm", 1},
		{"ktl", "ktm", 1.0 / 3},
		{"ktlm", "kt", 0.5},
		{"kt", "ktlm", 0.25}, // an ending costs half
		{"ktl", "tkl", 2.0 / 3},
		{"ktl", "kl", 1.0 / 3},
		{strings.Repeat("k", 40), strings.Repeat("k", 39) + "t", 1.0 / 40}, // longer than any name
		{strings.Repeat("k", 23), strings.Repeat("k", 22) + "t", 1.0 / 23},
		{strings.Repeat("k", 24), strings.Repeat("k", 23) + "t", 1.0 / 24},
	} {
		if got := facts.Distance(c.a, c.b); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%q to %q: %.3f, want %.3f", c.a, c.b, got, c.want)
		}
	}
}

func TestFoldName(t *testing.T) {
	for _, same := range [][]string{
		{"İstanbul", "Istanbul", "istanbul", "ıstanbul", "ISTANBUL"},
		{"Çağrı", "Cagri", "ÇAĞRI", "çağri"},
		{"Şükrü", "Sukru", "SÜKRÜ"},
		{"Göran", "Goran"},
		{"Zoë", "Zoe"},
		{"Muñoz", "Munoz"},
		{"Walęsa"}, // ę has no fold: it stays
		{"Пётр", "Петр", "ПЕТР"},
	} {
		for _, s := range same {
			if facts.FoldName(s) != facts.FoldName(same[0]) {
				t.Errorf("%s is %q, %s is %q", s, facts.FoldName(s), same[0], facts.FoldName(same[0]))
			}
		}
	}
	if facts.FoldName("Lena") == facts.FoldName("Lina") {
		t.Error("other letters stay apart")
	}
	for _, s := range []string{"Çağrı", "Пётр", "O'Brien", "Göran Æ"} {
		if once := facts.FoldName(s); facts.FoldName(once) != once {
			t.Errorf("%s folds twice to something else", s)
		}
	}
	if strings.ContainsAny(facts.FoldName("ŞĞÜÖÇİI"), "ŞĞÜÖÇİIşğüöçı") {
		t.Errorf("a Turkish letter is left: %q", facts.FoldName("ŞĞÜÖÇİI"))
	}
}
