package llmtest

import (
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// voice is how the pseudo model writes one language.
type voice struct {
	lex        lexicon
	spell      func(english string, style style) string // one word in the target's letters
	possessive func(stem string) string                 // "Karlov's" from the target's "Karlov"
	upper      func(string) string
	number     func(digits, tail string) string
	quotes     [2]string // opening and closing
	inner      [2]string // the same for single marks
	stopAfter  bool      // a full stop or comma stands after the closing mark
	spacedDash bool      // dashes stand between spaces
	loud       bool      // the sentence is in capitals, as some headlines are
}

// style is the kind of word to be spelled.
type style int

const (
	plain   style = iota // a common word in lower case: takes an ending
	title                // a common word with a capital: takes a vowel at most
	nominal              // a name: letters only
)

// voiceOf finds the voice of a language by its base; every language that is
// not known is written as Turkish is.
func voiceOf(to string) voice {
	base, _, _ := strings.Cut(strings.ToLower(to), "-")
	if base == "ru" {
		return russian()
	}
	return turkish()
}

// Translate is the pseudo-translation of one English sentence into a language
// ("ru", "tr"; any other tag is written as Turkish is). It depends on nothing
// but its two arguments. Numbers keep their values in the target's notation,
// addresses and codes stay as they are, names come out as [Name] writes them,
// and quotation and end marks keep their places.
func Translate(to, text string) string {
	v := voiceOf(to)
	pieces := scan(text)
	v.loud = loud(pieces)
	out := v.render(pieces, true, true)
	if !hasLetter(out) && hasLetter(text) {
		out = v.render(pieces, true, false)
	}
	return out
}

// Name is the form of a name in a language, as [Translate] writes it inside a
// sentence; "" where the text is no name: without a capital, or all of it
// words of the dictionary.
func Name(to, name string) string {
	v := voiceOf(to)
	proper := false
	for _, p := range scan(name) {
		if p.kind != word && p.kind != short {
			continue
		}
		_, known := v.lookup(strings.TrimSuffix(p.text, "."))
		r, _ := utf8.DecodeRuneInString(p.text)
		if unicode.IsUpper(r) && (!known || countries[to][strings.ToLower(p.text)]) {
			proper = true
		}
	}
	if !proper {
		return ""
	}
	return strings.TrimRight(v.render(scan(name), false, true), " .")
}

// render writes the pieces in the target. A sentence begins with a capital
// where its source does; drop leaves out the words that the dictionary leaves
// out.
func (v voice) render(pieces []piece, sentence, drop bool) string {
	var b strings.Builder
	capital := false // the word left out had a capital
	for i := 0; i < len(pieces); i++ {
		p := pieces[i]
		if p.kind == word {
			if phrase, n := v.phrase(pieces[i:]); n > 0 {
				b.WriteString(v.cased(phrase, p.text))
				i += n - 1
				continue
			}
		}
		if drop && v.left(p) {
			capital = sentence && startsUpper(p.text) && (capital || begins(b.String()))
			if i+1 < len(pieces) && pieces[i+1].kind == space {
				i++
			}
			continue
		}
		s := v.piece(pieces, i)
		if p.text == "I" && sentence && !begins(b.String()) {
			s = strings.ToLower(s)
		}
		if capital && p.kind == word {
			s, capital = v.capital(s), false
		}
		b.WriteString(s)
	}
	return b.String()
}

// phrase is the dictionary's entry for the two words that come next, and how
// many pieces they are.
func (v voice) phrase(next []piece) (string, int) {
	if len(next) < 3 || next[1].kind != space || next[2].kind != word {
		return "", 0
	}
	s, ok := v.lex.words[strings.ToLower(next[0].text)+" "+strings.ToLower(next[2].text)]
	if !ok {
		return "", 0
	}
	return s, 3
}

// left reports whether the dictionary leaves a word out.
func (v voice) left(p piece) bool {
	if p.kind != word {
		return false
	}
	s, ok := v.lookup(p.text)
	return ok && s == leaveOut
}

// piece writes one piece.
func (v voice) piece(pieces []piece, i int) string {
	p := pieces[i]
	switch p.kind {
	case space:
		return " "
	case word:
		return v.word(p.text)
	case short:
		return v.short(p.text, i == len(pieces)-1 || pieces[i+1].kind == closing)
	case figure:
		return v.figure(p.text, i == len(pieces)-1, i > 0 && strings.Contains("$€£¥", pieces[i-1].text))
	case opening:
		return v.quote(p.text, 0)
	case closing:
		if v.stopAfter && i > 0 && isStop(pieces[i-1]) {
			return v.quote(p.text, 1) + pieces[i-1].text
		}
		return v.quote(p.text, 1)
	case mark:
		return v.mark(pieces, i)
	}
	return p.text
}

// isStop reports whether a piece is a mark that some languages put after a
// closing quotation mark.
func isStop(p piece) bool { return p.kind == mark && (p.text == "." || p.text == ",") }

// mark writes a character that is no word, number or quotation mark.
func (v voice) mark(pieces []piece, i int) string {
	p := pieces[i]
	spaced := i > 0 && i+1 < len(pieces) && pieces[i-1].kind == space && pieces[i+1].kind == space
	switch {
	case (p.text == "'" || p.text == "’") && i > 0 && pieces[i-1].kind == word:
		return "" // a plural's possession
	case v.stopAfter && isStop(p) && i+1 < len(pieces) && pieces[i+1].kind == closing:
		return "" // written after the quotation mark
	case v.spacedDash && spaced && (p.text == "-" || p.text == "–"):
		return "—"
	case v.spacedDash && p.text == "—" && !spaced:
		return " — "
	}
	return p.text
}

// quote writes a quotation mark; side 0 opens, 1 closes.
func (v voice) quote(source string, side int) string {
	if strings.ContainsAny(source, "'‘’") {
		return v.inner[side]
	}
	return v.quotes[side]
}

// lookup finds a word in the dictionary, as it stands or in lower case. A word
// in capitals is an abbreviation and found only as it stands.
func (v voice) lookup(w string) (string, bool) {
	w = strings.ReplaceAll(w, "’", "'")
	if s, ok := v.lex.words[w]; ok {
		return s, true
	}
	if !v.loud && utf8.RuneCountInString(w) > 1 && len(w) < 5 && strings.ToUpper(w) == w {
		return "", false
	}
	s, ok := v.lex.words[strings.ToLower(w)]
	return s, ok
}

// word writes one word: by the dictionary, without an English ending of
// possession or contraction, or spelled.
func (v voice) word(w string) string {
	if s, ok := v.lookup(w); ok && s != leaveOut {
		return v.cased(s, w)
	}
	if r, _ := utf8.DecodeRuneInString(w); !unicode.Is(unicode.Latin, r) {
		return w
	}
	stem, ending := cutContraction(w)
	if ending != "" {
		out := v.word(stem)
		if ending == "s" && !pronouns[strings.ToLower(stem)] {
			out = v.possessive(out)
		}
		return out
	}
	lower := strings.ToLower(w)
	if strings.ToUpper(w) == w && utf8.RuneCountInString(w) > 1 {
		return v.capitals(w)
	}
	if !startsUpper(w) {
		if hasUpper(w) {
			return v.spell(w, nominal)
		}
		return v.spelled(lower, plain)
	}
	if common(lower) {
		return v.capital(v.spelled(lower, title))
	}
	return v.capital(v.spell(w, nominal))
}

// capitals writes a word that is all capitals: an abbreviation letter by
// letter, a longer word as in a headline.
func (v voice) capitals(w string) string {
	lower := strings.ToLower(w)
	switch {
	case (len(w) >= 5 || v.loud) && common(lower):
		return v.upper(v.spelled(lower, title))
	case len(w) >= 5:
		return v.upper(v.spell(w, nominal))
	}
	var b strings.Builder
	for _, r := range w {
		b.WriteString(v.upper(v.spell(string(r), nominal)))
	}
	return b.String()
}

// spelled is spell, kept away from words that mean something in the target.
func (v voice) spelled(lower string, s style) string {
	out := v.spell(lower, s)
	if v.lex.reserved[out] {
		out += v.spell("a", nominal)
	}
	return out
}

// short writes an abbreviation; the full stop stays where it ends the text.
func (v voice) short(s string, last bool) string {
	bare := strings.TrimSuffix(s, ".")
	if w, ok := v.lex.words[strings.ToLower(bare)]; ok {
		if last || !strings.Contains(bare, ".") && w != "г-н" && w != "г-жа" && !strings.HasPrefix(w, "Bay") {
			w += "."
		}
		return w
	}
	var b strings.Builder
	for part := range strings.SplitSeq(s, ".") {
		if part != "" {
			b.WriteString(v.capital(v.spell(strings.ToLower(part), nominal)) + ".")
		}
	}
	return b.String()
}

// cased gives the target the capital of its source word, or all of them.
func (v voice) cased(target, source string) string {
	if v.loud && len(source) > 1 && strings.ToUpper(source) == source {
		return v.upper(target)
	}
	if startsUpper(source) {
		return v.capital(target)
	}
	return target
}

// capital is the text with a capital first letter.
func (v voice) capital(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return v.upper(s[:size]) + s[size:]
}

// pronouns take 's for "is", never for possession.
var pronouns = map[string]bool{
	"he": true, "she": true, "it": true, "that": true, "there": true, "what": true, "who": true, "here": true, "where": true, "let": true,
}

// countries are dictionary words that are names all the same.
var countries = map[string]map[string]bool{
	"ru": {"us": true, "uk": true, "u.s.": true, "u.k.": true, "u.n.": true, "usa": true, "un": true, "eu": true},
	"tr": {
		"us": true, "uk": true, "u.s.": true, "u.k.": true, "u.n.": true, "usa": true, "un": true, "eu": true,
		"russia": true, "turkey": true, "syria": true, "iran": true, "iraq": true, "germany": true, "france": true, "england": true,
		"britain": true, "america": true, "europe": true, "china": true, "ukraine": true, "moscow": true, "istanbul": true,
		"australia": true, "canada": true, "japan": true, "india": true,
	},
}

// cutContraction parts "Karlov's" and "we'll" into the word and its ending.
func cutContraction(w string) (stem, ending string) {
	i := strings.LastIndexAny(w, "'’")
	if i <= 0 {
		return w, ""
	}
	_, size := utf8.DecodeRuneInString(w[i:])
	switch end := strings.ToLower(w[i+size:]); end {
	case "s", "ll", "re", "ve", "d", "m":
		return w[:i], end
	}
	return w, ""
}

// loud reports whether more than half of a sentence's words, and at least
// three, are in capitals.
func loud(pieces []piece) bool {
	words, capitals := 0, 0
	for _, p := range pieces {
		if p.kind == word && utf8.RuneCountInString(p.text) > 1 {
			words++
			if strings.ToUpper(p.text) == p.text {
				capitals++
			}
		}
	}
	return capitals >= 3 && capitals*2 > words
}

// choose picks one of n by a word, always the same one for the same word.
func choose(w string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(w))
	return int(h.Sum32() % uint32(n))
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

func hasUpper(s string) bool  { return strings.IndexFunc(s, unicode.IsUpper) >= 0 }
func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// begins reports whether a new sentence begins behind the text so far.
func begins(s string) bool {
	s = strings.TrimRight(s, " «„“(\"")
	return s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, ":")
}
