package facts_test

import (
	"strings"
	"testing"

	"dragoman/pipeline/facts"
)

// inners writes what each quotation holds; an open one ends in "…".
func inners(t *testing.T, text string) string {
	t.Helper()
	var out []string
	for _, q := range facts.Quotations(text) {
		if q.Start < 0 || q.End > len(text) || q.Inner.Start < q.Start || q.Inner.End > q.End || q.Inner.Start > q.Inner.End {
			t.Fatalf("%q: span %v, inner %v", text, q.Span, q.Inner)
		}
		s := text[q.Inner.Start:q.Inner.End]
		if !q.Closed {
			s += "…"
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}

func TestQuotationsOfASentence(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`Nobody said a word.`, ``},
		{`"We sail at dawn," she said.`, `We sail at dawn,`},
		{`She said: "We sail at dawn."`, `We sail at dawn.`},
		{`“We sail at dawn,” she said, “or never.”`, `We sail at dawn, | or never.`},
		{`«Мы выходим на рассвете», — сказала она.`, `Мы выходим на рассвете`},
		{`Он читал «Словарь „трудных“ слов» вслух.`, `Словарь „трудных“ слов`},
		{`Er sagte „niemals“ und ging.`, `niemals`},
		{`"Şafakta yola çıkıyoruz" dedi.`, `Şafakta yola çıkıyoruz`},
		{`He called it 'a fine boat' and left.`, `a fine boat`},
		{`He called it ‘a fine boat’ and left.`, `a fine boat`},
		{`‹Là› and «ici»`, `Là | ici`},
		{`"One. Two! Three?" he counted.`, `One. Two! Three?`},
		{`"He told me 'never again' twice," she said.`, `He told me 'never again' twice,`},
		{`“He told me ‘never again’ twice,” she said.`, `He told me ‘never again’ twice,`},
		{`("Enough")`, `Enough`},
		{`A "first" and a "second".`, `first | second`},
		{`""`, ``},
	} {
		if got := inners(t, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

// An apostrophe opens and closes nothing.
func TestApostrophesAreNoQuotationMarks(t *testing.T) {
	for _, text := range []string{
		"It's the captain's boat and the sailors' oars.",
		"They don’t know the harbour’s depth.",
		"It was the summer of '69 and nobody cared.",
		"Ankara'da ve İzmir’de yağmur yağdı.",
		"Rock 'n' roll never dies.",
		"A 6' wall and a 9\" nail.",
		"O'Brien's",
		"'",
	} {
		for _, q := range facts.Quotations(text) {
			if q.Closed && q.Words > 1 {
				t.Errorf("%q: %q is taken for a quotation", text, text[q.Start:q.End])
			}
		}
	}
	if got := inners(t, `He said 'it's the captain's boat' and left.`); got != `it's the captain's boat` {
		t.Errorf("apostrophes inside single marks: %q", got)
	}
	if got := inners(t, `He said ‘it’s the captain’s boat’ and left.`); got != `it’s the captain’s boat` {
		t.Errorf("curly apostrophes inside single marks: %q", got)
	}
}

func TestUnbalancedQuotations(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`She said: "We sail at dawn.`, `We sail at dawn.…`},
		{`“We sail at dawn. The tide is right.`, `We sail at dawn. The tide is right.…`},
		{`«Мы выходим на рассвете`, `Мы выходим на рассвете…`},
		{`We sail at dawn," she said.`, `We sail at dawn,…`},
		{`The tide is right.”`, `The tide is right.…`},
		{`The tide is right.»`, `The tide is right.…`},
		{`"One" and "two`, `One | two…`},
		{`'lost`, ``},
		{`‘lost`, ``},
	} {
		if got := inners(t, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestQuotationFields(t *testing.T) {
	text := `Ada said, “We sail at dawn, in 2 boats,” and left.`
	qs := facts.Quotations(text)
	if len(qs) != 1 {
		t.Fatalf("%d quotations", len(qs))
	}
	q := qs[0]
	if got := text[q.Start:q.End]; got != `“We sail at dawn, in 2 boats,”` {
		t.Errorf("the span with its marks is %q", got)
	}
	if q.Open != '“' || !q.Closed || q.Words != 6 {
		t.Errorf("opened by %q, closed %v, %d words", q.Open, q.Closed, q.Words)
	}
}

func TestWordsOfTheSecondQuotation(t *testing.T) {
	qs := facts.Quotations(`She said "yes" and later "not at all".`)
	if len(qs) != 2 || qs[0].Words != 1 || qs[1].Words != 3 {
		t.Errorf("%+v", qs)
	}
}

func TestInQuotation(t *testing.T) {
	text := `He said "the boat sank" at noon.`
	x := facts.Of(text, en)
	for word, want := range map[string]bool{
		"He": false, "said": false, "boat": true, "the": true, "sank": true, `"the`: true, "noon": false,
	} {
		at := strings.Index(text, word)
		if got := x.InQuotation(facts.Span{Start: at, End: at + len(word)}); got != want {
			t.Errorf("%q in the quotation: %v", word, got)
		}
	}
	end := strings.Index(text, " at noon")
	if x.InQuotation(facts.Span{Start: end, End: end + 1}) {
		t.Error("what begins where the quotation ends lies outside")
	}
}

// The marks of each language may hold those of another language inside.
func TestNestedQuotationsAreOne(t *testing.T) {
	for _, text := range []string{
		`«Он сказал: "нет", и ушёл»`,
		`“He said: ‘no’, and left”`,
		`"O 'hayır' dedi ve gitti"`,
		`„Er rief ‚nein‘ und ging“`,
	} {
		qs := facts.Quotations(text)
		if len(qs) != 1 || qs[0].Start != 0 || qs[0].End != len(text) {
			t.Errorf("%s: %+v", text, qs)
		}
	}
}
