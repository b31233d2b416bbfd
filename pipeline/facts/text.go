package facts

import "dragoman/pipeline/locale"

// Text is a text that was read once. Its methods work each kind of fact out at
// the first call and keep it; a Text is not safe for use by several goroutines
// at once.
type Text struct {
	Raw    string
	Loc    *locale.Locale
	Tokens []Token

	numbers     []Number
	haveNumbers bool
	quotes      []Quotation
	haveQuotes  bool
	names       []Name
	haveNames   bool
}

// Of reads a text in a language.
func Of(text string, loc *locale.Locale) *Text {
	return &Text{Raw: text, Loc: loc, Tokens: scan(text, loc)}
}

// Numbers are the numbers of the text, in order. See [Number].
func (t *Text) Numbers() []Number {
	if !t.haveNumbers {
		t.numbers, t.haveNumbers = readNumbers(t), true
	}
	return t.numbers
}

// Quotations are the quotations of the text, in order.
func (t *Text) Quotations() []Quotation {
	if !t.haveQuotes {
		t.quotes, t.haveQuotes = readQuotations(t), true
	}
	return t.quotes
}

// Names are the proper names of the text, in order.
func (t *Text) Names() []Name {
	if !t.haveNames {
		t.names, t.haveNames = readNames(t), true
	}
	return t.names
}

// Links are the addresses of the text: URLs, e-mail addresses, handles and
// hashtags, as tokens.
func (t *Text) Links() []Token {
	var out []Token
	for _, k := range t.Tokens {
		if k.Kind == Link {
			out = append(out, k)
		}
	}
	return out
}

// Letters counts the letters of the words.
func (t *Text) Letters() int {
	n := 0
	for i := range t.Tokens {
		if t.Tokens[i].Kind == Word {
			for range t.Tokens[i].Text {
				n++
			}
		}
	}
	return n
}

// Numbers finds the numbers of a text.
func Numbers(text string, loc *locale.Locale) []Number { return Of(text, loc).Numbers() }

// Quotations finds the quotations of a text in any of the languages known.
func Quotations(text string) []Quotation { return Of(text, locale.English).Quotations() }

// Names finds the proper names of a text.
func Names(text string, loc *locale.Locale) []Name { return Of(text, loc).Names() }

// URLs finds the addresses of a text: URLs, e-mail addresses, handles and
// hashtags.
func URLs(text string) []Token { return Of(text, locale.English).Links() }

// Negations finds the words of a text that deny.
func Negations(text string, loc *locale.Locale) []Mention { return Of(text, loc).Negations() }

// Hedges finds the words that make a statement less than certain.
func Hedges(text string, loc *locale.Locale) []Mention { return Of(text, loc).Hedges() }

// Attributions finds the words of saying: who a statement is laid to.
func Attributions(text string, loc *locale.Locale) []Mention { return Of(text, loc).Attributions() }
