package facts_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// seeds are texts with something of every kind.
var seeds = []string{
	"", " ", "'", "’", "\"", "«", "„“", "½", "1/", "1/2", "2 1/2", "12.12.", "1..2", "1,,2", "%", "№ 5", "@", "#", "a@", "@a", "a@b.c",
	"On May 3, 2016, Pavel Drozdov's 1.5 million boats didn't sail at 8:30 p.m., he said.",
	"“We ‘may’ sail,” she said; «нет», — ответил он, а 2 с половиной млн ушли в XIX веке.",
	"%20'si 1970'lerde 2 buçuk milyon, öne sürülüyor; hiçbiri 20.30'da değil.",
	"http://a.example/x_(y). www. #Storm2016 crew@example.org 2016-17 3–5 million",
	"e\u0301\u0301 \u0301 İIıi ẞß ǅ 日本 \U0001F6A2 \xff\xfe\x80 a\xffb",
	strings.Repeat("9", 400) + " 1.1." + strings.Repeat("9", 400), "½12.12s 1,5½ ½½ 9.9.9½ 12:30½",
	"I II III XIX ХІХ one two three thousand and and hundred-and",
	"the Sixties, mid-'60s; 24:00 25:61 0:0 1:2:3 ::: 5:",
	"миллион миллионов миллиардов тысяч тысяч", "yüz bin milyon milyar buçuk buçuk",
}

// holds tests that spans lie in the text, on the edges of characters, in order
// and apart.
func holds(t *testing.T, what, text string, spans []facts.Span) {
	t.Helper()
	end := 0
	for _, s := range spans {
		if s.Start < end || s.End <= s.Start || s.End > len(text) {
			t.Fatalf("%s of %q: span %v after %d", what, text, s, end)
		}
		if utf8.ValidString(text) && (!utf8.RuneStart(text[s.Start]) || s.End < len(text) && !utf8.RuneStart(text[s.End])) {
			t.Fatalf("%s of %q: span %v cuts a character", what, text, s)
		}
		end = s.End
	}
}

// allFacts reads everything and tests every span.
func allFacts(t *testing.T, text string, loc *locale.Locale) {
	t.Helper()
	x := facts.Of(text, loc)
	spans := map[string][]facts.Span{}
	for _, k := range x.Tokens {
		spans["tokens"] = append(spans["tokens"], k.Span)
		if text[k.Start:k.End] != k.Text {
			t.Fatalf("%q: token %+v", text, k)
		}
	}
	for _, n := range x.Numbers() {
		spans["numbers"] = append(spans["numbers"], n.Span)
		if len(n.Values) == 0 || text[n.Start:n.End] != n.Text || !n.Agrees(n) && n.Values[0] == n.Values[0] {
			t.Fatalf("%q: number %+v", text, n)
		}
	}
	for _, n := range x.Names() {
		spans["names"] = append(spans["names"], n.Span)
		if len(n.Parts) == 0 || text[n.Start:n.End] != n.Text {
			t.Fatalf("%q: name %+v", text, n)
		}
	}
	for _, q := range x.Quotations() {
		spans["quotations"] = append(spans["quotations"], q.Span)
		if q.Inner.Start < q.Start || q.Inner.End > q.End || q.Inner.Start > q.Inner.End {
			t.Fatalf("%q: quotation %+v", text, q)
		}
	}
	for _, k := range x.Links() {
		spans["links"] = append(spans["links"], k.Span)
	}
	for what, ms := range map[string][]facts.Mention{"negations": x.Negations(), "hedges": x.Hedges(), "attributions": x.Attributions()} {
		for _, m := range ms {
			spans[what] = append(spans[what], m.Span)
			if text[m.Start:m.End] != m.Text || m.Key == "" {
				t.Fatalf("%q: %s %+v", text, what, m)
			}
		}
	}
	for what, s := range spans {
		holds(t, what, text, s)
	}
	covered(t, text, x.Tokens)
}

// covered tests that nothing but space stands between tokens.
func covered(t *testing.T, text string, toks []facts.Token) {
	t.Helper()
	at := 0
	for i := 0; i <= len(toks); i++ {
		next := len(text)
		if i < len(toks) {
			next = toks[i].Start
			if toks[i].Glued != (i > 0 && next == at) {
				t.Fatalf("%q: token %q glued %v", text, toks[i].Text, toks[i].Glued)
			}
		}
		if gap := text[at:next]; strings.TrimSpace(gap) != "" {
			t.Fatalf("%q: %q is in no token", text, gap)
		}
		if i < len(toks) {
			at = toks[i].End
		}
	}
}

func TestFactsOfEverySeed(t *testing.T) {
	for _, a := range seeds {
		for _, b := range seeds {
			for _, loc := range locale.All() {
				allFacts(t, a+" "+b, loc)
				allFacts(t, a+b, loc)
			}
		}
	}
}

// Every way to cut a text short leaves a text that can be read.
func TestFactsOfEveryPrefix(t *testing.T) {
	for _, s := range seeds {
		for i := range len(s) + 1 {
			for _, loc := range locale.All() {
				allFacts(t, s[:i], loc)
				allFacts(t, s[i:], loc)
			}
		}
	}
}

// What stands in another paragraph changes nothing: facts of two sentences are
// the facts of the first and then of the second.
func TestFactsAddUp(t *testing.T) {
	a, b := "Pavel Drozdov did not sell 1.5 million boats.", "Lena Marsh said “no” at 8:30."
	both := a + "\n\n" + b
	if got, want := numbersIn(t, both, facts.Numbers(both, en)), numbersIn(t, a, facts.Numbers(a, en))+" | "+numbersIn(t, b, facts.Numbers(b, en)); got != want {
		t.Errorf("numbers %q, want %q", got, want)
	}
	if got, want := namesIn(t, both, facts.Names(both, en)), namesIn(t, a, facts.Names(a, en))+" | "+namesIn(t, b, facts.Names(b, en)); got != want {
		t.Errorf("names %q, want %q", got, want)
	}
}

// The work grows with the text and not with its square: allocations, which no
// clock and no other process can change, say so.
func TestWorkIsLinear(t *testing.T) {
	for _, s := range []string{
		"Pavel Drozdov did not sell 1.5 million boats at 8:30 p.m., he said. ",
		"“", "'a ", "1 234 ", "A. ", "one hundred and ", "a@", "«a» ", "Van der ", "3–5 million ",
	} {
		work := func(n int) float64 {
			text := strings.Repeat(s, n)
			return testing.AllocsPerRun(1, func() {
				x := facts.Of(text, en)
				x.Numbers()
				x.Names()
				x.Quotations()
				x.Negations()
				x.Hedges()
				x.Attributions()
			})
		}
		if small, big := work(100), work(1000); big > 20*small+200 {
			t.Errorf("%q: %.0f allocations for 100, %.0f for 1000", s, small, big)
		}
	}
}

// A text is read once: the second question gives the first answer.
func TestFactsAreKept(t *testing.T) {
	x := facts.Of("Pavel Drozdov said “no” to 5 boats.", en)
	if len(x.Numbers()) != 1 || len(x.Names()) != 1 || len(x.Quotations()) != 1 || len(x.Hashes()) != 6 {
		t.Fatalf("%v %v %v", x.Numbers(), x.Names(), x.Quotations())
	}
	if n := testing.AllocsPerRun(10, func() {
		x.Numbers()
		x.Names()
		x.Quotations()
		x.Hashes()
		x.Fold(0)
		x.Skel(0)
	}); n > 0.5 {
		t.Errorf("%.1f allocations for facts that are kept", n)
	}
}

func FuzzFacts(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, loc := range locale.All() {
			allFacts(t, text, loc)
		}
	})
}
