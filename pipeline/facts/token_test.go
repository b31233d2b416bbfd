package facts_test

import (
	"strings"
	"testing"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// kinds writes the tokens of a text, each with the letter of its kind: w word,
// d digits, l link, s sign; ~ where no space stands before.
func kinds(x *facts.Text) string {
	var out []string
	for _, k := range x.Tokens {
		s := string("wdls"[k.Kind]) + ":" + k.Text
		if k.Glued {
			s = "~" + s
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{" \t\n\u00a0", ""},
		{"Boats sank.", "w:Boats w:sank ~s:."},
		{"don't o’clock", "w:don't w:o’clock"},
		{"sailors' oars", "w:sailors ~s:' w:oars"},
		{"'tis", "s:' ~w:tis"},
		{"1,234.5", "d:1,234.5"},
		{"1,234.", "d:1,234 ~s:."},
		{"20:30.", "d:20:30 ~s:."},
		{"5%", "d:5 ~s:%"},
		{"2½", "d:2½"},
		{"B-52", "w:B ~s:- ~d:52"},
		{"G20", "w:G ~d:20"},
		{"2016'da", "d:2016 ~s:' ~w:da"},
		{"a—b", "w:a ~s:— ~w:b"},
		{"«Да»", "s:« ~w:Да ~s:»"},
		{"e\u0301te\u0301", "w:e\u0301te\u0301"},
		{"@crew go", "l:@crew w:go"},
		{"http://a.example, go", "l:http://a.example ~s:, w:go"},
		{"日本", "w:日本"},
		{"🚢 sinks", "s:🚢 w:sinks"},
		{"a\xffb", "w:a ~s:\xff ~w:b"},
	} {
		if got := kinds(facts.Of(c.text, en)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTokenCasing(t *testing.T) {
	for _, c := range []struct {
		loc   *locale.Locale
		text  string
		lower string
		upper bool
	}{
		{en, "ISTANBUL", "istanbul", true},
		{tr, "ISPARTA", "ısparta", true},
		{tr, "İSTANBUL", "istanbul", true},
		{tr, "Çağrı", "çağrı", true},
		{ru, "ЁЛКА", "ёлка", true},
		{ru, "ёлка", "ёлка", false},
		{en, "boat", "boat", false},
		{en, "iPhone", "iphone", false},
	} {
		x := facts.Of(c.text, c.loc)
		if len(x.Tokens) != 1 || x.Tokens[0].Lower != c.lower || x.Tokens[0].Upper != c.upper {
			t.Errorf("%s %q: %+v", c.loc.Tag, c.text, x.Tokens)
		}
	}
}

func TestTokensKnowTheirWords(t *testing.T) {
	x := facts.Of("Seven Russian boats did not sail on Monday", en)
	for i, class := range []locale.Class{locale.Cardinal, locale.Demonym, 0, 0, locale.Negation, 0, 0, locale.Weekday} {
		if class != 0 && !x.Tokens[i].Lex.Is(class) {
			t.Errorf("%q is of class %b, want %b", x.Tokens[i].Text, x.Tokens[i].Lex.Class, class)
		}
	}
	if x.Tokens[0].Lex.Value != 7 || x.Tokens[7].Lex.Value != 1 {
		t.Errorf("seven is %v, Monday %v", x.Tokens[0].Lex.Value, x.Tokens[7].Lex.Value)
	}
}

func TestLettersOfAText(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "42!": 0, "Boats sank.": 9, "Да, 5 лодок": 7, "İğne": 4, "see http://a.example": 3,
	} {
		if got := facts.Of(text, en).Letters(); got != want {
			t.Errorf("%q: %d letters, want %d", text, got, want)
		}
	}
}

// A part of a text says what the same part read alone says.
func TestSliceSaysWhatAFreshReadingSays(t *testing.T) {
	text := `The crew met in Oslo. “We lost 1.5 million,” Lena Marsh said. They did not sail on May 3.`
	whole := facts.Of(text, en)
	whole.Numbers()
	whole.Names()
	for _, part := range []string{
		"The crew met in Oslo.", "“We lost 1.5 million,” Lena Marsh said.", "They did not sail on May 3.",
		"Lena Marsh said", text,
	} {
		at := strings.Index(text, part)
		got, want := whole.Slice(facts.Span{Start: at, End: at + len(part)}), facts.Of(part, en)
		if got.Raw != part || kinds(got) != kinds(want) {
			t.Errorf("%q: %q, want %q", part, kinds(got), kinds(want))
		}
		if a, b := numbersIn(t, part, got.Numbers()), numbersIn(t, part, want.Numbers()); a != b {
			t.Errorf("%q: numbers %q, want %q", part, a, b)
		}
		if a, b := namesIn(t, part, got.Names()), namesIn(t, part, want.Names()); a != b {
			t.Errorf("%q: names %q, want %q", part, a, b)
		}
		if a, b := mentionsIn(t, part, got.Negations()), mentionsIn(t, part, want.Negations()); a != b {
			t.Errorf("%q: negations %q, want %q", part, a, b)
		}
	}
	if whole.Tokens[0].Start != 0 || whole.Tokens[5].Start == 0 {
		t.Error("slicing moved the tokens of the whole")
	}
	inner := facts.Of("(boat sank)", en).Slice(facts.Span{Start: 1, End: 10})
	if got := kinds(inner); got != "w:boat w:sank" {
		t.Errorf("a slice begins without a space before it: %q", got)
	}
	if empty := whole.Slice(facts.Span{Start: 3, End: 3}); len(empty.Tokens) != 0 {
		t.Errorf("an empty slice has tokens: %q", kinds(empty))
	}
}

func TestHashesOfWords(t *testing.T) {
	a, b := facts.Of("Boats, SANK at 5!", en), facts.Of("boats sank 7 AT", en)
	if len(a.Hashes()) != 3 || len(b.Hashes()) != 3 {
		t.Fatalf("%d and %d words", len(a.Hashes()), len(b.Hashes()))
	}
	for i := range a.Hashes() {
		if a.Hashes()[i] != b.Hashes()[i] {
			t.Errorf("word %d differs", i)
		}
	}
	c := facts.Of("boat sank at", en)
	if c.Hashes()[0] == a.Hashes()[0] {
		t.Error("boat and boats share a hash")
	}
}

func TestTokenHash(t *testing.T) {
	x := facts.Of("Boat boat 5 5 . ,", en)
	same := func(i, j int) bool { return x.TokenHash(i) == x.TokenHash(j) }
	if !same(0, 1) || !same(2, 3) || same(4, 5) || same(0, 2) {
		t.Error("equal tokens share a hash, others do not")
	}
}

// A word copied from an English source is found again in a Turkish text, where
// its I has another small letter.
func TestHashEnglish(t *testing.T) {
	source, target := facts.Of("Inca", en), facts.Of("Inca inca ınca", tr)
	want := source.Hashes()[0]
	for i, equal := range []bool{true, true, false} {
		if got := facts.HashEnglish(&target.Tokens[i]) == want; got != equal {
			t.Errorf("%q: %v", target.Tokens[i].Text, got)
		}
	}
	if target.Hashes()[0] == want {
		t.Error("the Turkish hash of Inca is that of ınca")
	}
}

func TestFoldAndSkeletonOfATokenAreKept(t *testing.T) {
	x := facts.Of("Çağrı'nın teknesi 5", tr)
	for range 2 {
		if x.Fold(0) != facts.FoldName("Çağrı'nın") || x.Fold(1) != "teknesi" || x.Fold(2) != "5" {
			t.Errorf("folded: %q %q %q", x.Fold(0), x.Fold(1), x.Fold(2))
		}
		if x.Skel(0) != facts.Skeleton("Çağrı") || x.Skel(1) != facts.Skeleton("teknesi") || x.Skel(2) != "" {
			t.Errorf("skeletons: %q %q %q", x.Skel(0), x.Skel(1), x.Skel(2))
		}
	}
}
