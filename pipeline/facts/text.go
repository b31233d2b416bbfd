package facts

import (
	"slices"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline/locale"
)

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
	folds       []string // of the tokens, see Fold
	skels       []string // of the tokens, see Skel
	hashes      []uint64 // of the words, see Hashes
}

// Of reads a text in a language.
func Of(text string, loc *locale.Locale) *Text {
	return &Text{Raw: text, Loc: loc, Tokens: scan(text, loc)}
}

// Slice is a part of a text that starts and ends between tokens, without
// reading it again. Offsets count from its start.
func (t *Text) Slice(s Span) *Text {
	lo, _ := slices.BinarySearchFunc(t.Tokens, s.Start, func(k Token, at int) int { return k.Start - at })
	hi := lo
	for hi < len(t.Tokens) && t.Tokens[hi].End <= s.End {
		hi++
	}
	t.makeForms()
	out := &Text{Raw: t.Raw[s.Start:s.End], Loc: t.Loc, folds: t.folds[lo:hi], skels: t.skels[lo:hi]}
	out.Tokens = slices.Clone(t.Tokens[lo:hi])
	for i := range out.Tokens {
		out.Tokens[i].Start -= s.Start
		out.Tokens[i].End -= s.Start
	}
	if len(out.Tokens) > 0 {
		out.Tokens[0].Glued = false
	}
	return out
}

// makeForms makes room for the folded forms and the skeletons of the tokens,
// which a text shares with its slices.
func (t *Text) makeForms() {
	if t.folds == nil {
		n := len(t.Tokens)
		forms := make([]string, 2*n)
		t.folds, t.skels = forms[:n:n], forms[n:]
	}
}

// Fold is token i as [FoldName] writes it.
func (t *Text) Fold(i int) string {
	t.makeForms()
	if t.folds[i] == "" {
		t.folds[i] = FoldName(t.Tokens[i].Text)
	}
	return t.folds[i]
}

// Skel is the skeleton of token i, without what follows an apostrophe.
func (t *Text) Skel(i int) string {
	t.makeForms()
	if t.skels[i] == "" {
		var small [32]byte
		t.skels[i] = string(append(appendSkeleton(small[:0], Bare(t.Tokens[i].Text)), '.'))
	}
	return t.skels[i][:len(t.skels[i])-1]
}

// Hashes are the hashes of the words in lower case, in order, for finding
// rows of words again.
func (t *Text) Hashes() []uint64 {
	if t.hashes == nil {
		t.hashes = make([]uint64, 0, len(t.Tokens))
		for i := range t.Tokens {
			if t.Tokens[i].Kind == Word {
				t.hashes = append(t.hashes, hash(t.Tokens[i].Lower))
			}
		}
	}
	return t.hashes
}

// TokenHash is the hash of token i: of a word in lower case, of anything else
// as it stands.
func (t *Text) TokenHash(i int) uint64 {
	if k := &t.Tokens[i]; k.Kind == Word {
		return hash(k.Lower)
	}
	return hash(t.Tokens[i].Text)
}

// HashEnglish is the hash of a word in lower case by the rules of English,
// whatever the language of its text, for holding it against an English source.
func HashEnglish(k *Token) uint64 {
	if !k.Upper && k.Lower == k.Text {
		return hash(k.Text)
	}
	return hashLower(k.Text)
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// hashLower is the hash of a text in lower case.
func hashLower(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return hash(strings.ToLower(s))
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
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
			n += utf8.RuneCountInString(t.Tokens[i].Text)
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
