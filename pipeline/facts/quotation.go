package facts

import (
	"strings"
	"unicode/utf8"
)

// Quotation is a passage between quotation marks.
type Quotation struct {
	Span        // with the marks
	Inner  Span // without
	Open   rune // the mark that opens it
	Closed bool // false: the closing mark is missing, Span runs to the end
	Words  int  // words inside
}

// closers says which marks may close what opened with a mark.
var closers = map[rune]string{
	'«': "»", '“': "”", '„': "“”\"", '‘': "’", '"': "\"”", '\'': "'’", '‹': "›",
}

// readQuotations finds the outermost quotations.
func readQuotations(t *Text) []Quotation {
	var out []Quotation
	open, mark, words := -1, rune(0), 0
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != Sign {
			if k.Kind == Word {
				words++
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(k.Text)
		if open < 0 {
			if closers[r] != "" && opens(t, i, r) {
				open, mark, words = i, r, 0
			} else if endsOnly(t, i, r) && len(out) == 0 {
				out = append(out, Quotation{Span: Span{0, k.End}, Inner: Span{0, k.Start}, Open: r, Words: words})
			}
			continue
		}
		if !strings.ContainsRune(closers[mark], r) || !closes(t, i, r) {
			continue
		}
		a := t.Tokens[open]
		out = append(out, Quotation{
			Span: Span{a.Start, k.Start + n}, Inner: Span{a.End, k.Start},
			Open: mark, Closed: true, Words: words,
		})
		open = -1
	}
	if open >= 0 && mark != '\'' && mark != '‘' {
		a := t.Tokens[open]
		out = append(out, Quotation{Span: Span{a.Start, len(t.Raw)}, Inner: Span{a.End, len(t.Raw)}, Open: mark, Words: words})
	}
	return out
}

// opens reports whether the mark at token i may open a quotation: straight and
// single marks only after a space or an opening sign, and before something.
func opens(t *Text, i int, r rune) bool {
	if r != '"' && r != '\'' && r != '‘' {
		return true
	}
	if i+1 >= len(t.Tokens) || !t.Tokens[i+1].Glued && r != '"' {
		return false
	}
	return i == 0 || !t.Tokens[i].Glued || strings.ContainsAny(t.Tokens[i-1].Text, "(—–-[«“\"'")
}

// endsOnly reports whether the mark at token i closes a quotation that opened in
// a sentence before.
func endsOnly(t *Text, i int, r rune) bool {
	return i > 0 && t.Tokens[i].Glued && (r == '"' || r == '”' || r == '»') && (i+1 >= len(t.Tokens) || !t.Tokens[i+1].Glued || t.Tokens[i+1].Kind == Sign)
}

// closes reports whether the mark at token i may close a quotation: a single
// mark stands after a word or a stop and before no letter.
func closes(t *Text, i int, r rune) bool {
	if r != '\'' && r != '’' {
		return true
	}
	if !t.Tokens[i].Glued {
		return false
	}
	return i+1 >= len(t.Tokens) || !t.Tokens[i+1].Glued || t.Tokens[i+1].Kind == Sign
}

// InQuotation reports whether a place of the text lies in a quotation, the
// marks included.
func (t *Text) InQuotation(s Span) bool {
	for _, q := range t.Quotations() {
		if s.Start < q.End && s.End > q.Start {
			return true
		}
	}
	return false
}
