package llmtest

import (
	"fmt"
	"strings"
	"testing"
)

func has(s, part string) bool { return strings.Contains(s, part) }

var kindNames = map[kind]string{space: "_", word: "w", short: "s", figure: "f", verbatim: "v", opening: "o", closing: "c", mark: "m"}

// pieced is a text as its pieces: the letter of the kind and the text.
func pieced(text string) string {
	var parts []string
	for _, p := range scan(text) {
		if p.kind == space {
			continue
		}
		parts = append(parts, kindNames[p.kind]+":"+p.text)
	}
	return strings.Join(parts, " ")
}

func TestScan(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"words", "He said no.", "w:He w:said w:no m:."},
		{"letters of other languages", "Çavuşoğlu und Müller", "w:Çavuşoğlu w:und w:Müller"},
		{"a letter with its accent apart", "cafe\u0301 x", "w:cafe\u0301 w:x"},
		{"an apostrophe inside", "don't o’clock", "w:don't w:o’clock"},
		{"a possession", "Karlov's", "w:Karlov's"},
		{"a plural's possession", "the brothers' house", "w:the w:brothers m:' w:house"},
		{"a hyphen parts words", "well-known", "w:well m:- w:known"},
		{"numbers", "1,365.5 and 7.", "f:1,365.5 w:and f:7 m:."},
		{"a number and a comma", "In 2016, he", "w:In f:2016 m:, w:he"},
		{"an ordinal", "the 19th.", "w:the f:19th m:."},
		{"a decade", "the 1970s", "w:the f:1970s"},
		{"percent", "20% or 20 % or 20 percent or 20 per cent.", "f:20% w:or f:20 % w:or f:20 percent w:or f:20 per cent m:."},
		{"times", "8 a.m. or 8:30 pm", "f:8 a.m. w:or f:8:30 pm"},
		{"a unit", "5km away", "f:5km w:away"},
		{"money", "$1.5 million", "m:$ f:1.5 w:million"},
		{"an address on the web", "See https://a.org/x?b=1.", "w:See v:https://a.org/x?b=1 m:."},
		{"in brackets", "(www.a.org/x)", "m:( v:www.a.org/x m:)"},
		{"mail", "a.b+c@d-e.org!", "v:a.b+c@d-e.org m:!"},
		{"handles and tags", "@desk_1 #G20 #Лесна", "v:@desk_1 v:#G20 v:#Лесна"},
		{"a site", "on example.com today", "w:on v:example.com w:today"},
		{"a full stop without its space", "left.He", "w:left m:. w:He"},
		{"codes", "B-52 COVID-19 G20 A4 737MAX 4K", "v:B-52 v:COVID-19 v:G20 v:A4 v:737MAX v:4K"},
		{"initials", "the U.S. and U.S.A.", "w:the s:U.S. w:and s:U.S.A."},
		{"titles", "Mr. Dr. Gen. and vs. it", "s:Mr. s:Dr. s:Gen. w:and s:vs. w:it"},
		{"double marks", `"We win," he said.`, `o:" w:We w:win m:, c:" w:he w:said m:.`},
		{"curly marks", "“We” ‘win’", "o:“ w:We c:” o:‘ w:win c:’"},
		{"marks of other languages", "«Да» „Ja”", "o:« w:Да c:» o:„ w:Ja c:”"},
		{"single marks", "'Go' he said", "o:' w:Go c:' w:he w:said"},
		{"a mark inside a mark", `"'Go'"`, `o:" o:' w:Go c:' c:"`},
		{"a mark alone at the end", `he "`, `w:he c:"`},
		{"after a bracket", `("Go")`, `m:( o:" w:Go c:" m:)`},
		{"dashes", "a - b – c — d", "w:a m:- w:b m:– w:c m:— w:d"},
		{"an ellipsis", "so…", "w:so m:…"},
		{"nothing", "", ""},
		{"space only", " \t\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := pieced(tc.text); got != tc.want {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
		})
	}
}

// Each run of white space is one piece, so that one space is written for it.
func TestSpaceIsOnePiece(t *testing.T) {
	for _, text := range []string{"a b", "a  b", "a\t\nb", "a\u00a0b", "a \u2009 b"} {
		if p := scan(text); len(p) != 3 || p[1].kind != space {
			t.Errorf("%q: %v", text, p)
		}
		if got := Translate("tr", strings.ReplaceAll("Ankara b Lesna", " b ", text[1:len(text)-1])); got != "Ankara Lesna" {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestBalanced(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "plain": true, `"a"`: true, `"a`: false, `a"`: false, "(a)": true, "(a": false, "a)": false,
		`("a")`: true, `"a (b" c)`: true, "“a”": true, "“a": false, "‘a’": true, "the brothers' house": true, "don't": true,
	} {
		if got := balanced(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestFirstRunesAndHalves(t *testing.T) {
	for _, tc := range []struct {
		text string
		n    int
		want string
	}{{"Лесна", 0, ""}, {"Лесна", 2, "Ле"}, {"Лесна", 5, "Лесна"}, {"Лесна", 9, "Лесна"}, {"", 3, ""}, {"a\U0001F6A2b", 2, "a\U0001F6A2"}} {
		if got := firstRunes(tc.text, tc.n); got != tc.want {
			t.Errorf("%d of %q: %q", tc.n, tc.text, got)
		}
	}
	for text, want := range map[string]string{"": "", "a": "", "ab": "a", "Лесна": "Ле", "abcd": "ab"} {
		if got := half(text); got != want {
			t.Errorf("half of %q: %q", text, got)
		}
	}
}

func TestTokensAreFourRunes(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 4: 1, 5: 2, 8: 2, 400: 100} {
		for _, letter := range []string{"x", "ж", "\U0001F6A2"} {
			if got := tokens(strings.Repeat(letter, n)); got != want {
				t.Errorf("%d of %s: %d", n, letter, got)
			}
		}
	}
}

// choose spreads words over the endings and never changes its mind.
func TestChoose(t *testing.T) {
	for n := 1; n <= 8; n++ {
		hits := make([]int, n)
		for i := range 400 {
			w := fmt.Sprintf("word%d", i)
			at := choose(w, n)
			if at != choose(w, n) || at < 0 || at >= n {
				t.Fatalf("%s of %d: %d", w, n, at)
			}
			hits[at]++
		}
		for at, count := range hits {
			if count < 400/n/3 {
				t.Errorf("%d of %d is chosen %d times in 400", at, n, count)
			}
		}
	}
}
