package locale

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Class says what the lists of a language know of a word. A word may be of
// several classes.
type Class uint32

// The classes of words, each from the list of that name under data.
const (
	Cardinal     Class = 1 << iota // numbers.txt: a number word; Value
	Ordinal                        // ordinals.txt: a word for a place in a row; Value
	Scale                          // scales.txt: thousand, million …; Value
	Fraction                       // fractions.txt: half, quarter …; Value
	Month                          // months.txt; Value 1 to 12
	Weekday                        // weekdays.txt; Value 0 (Sunday) to 6
	Negation                       // negations.txt
	WeakNegation                   // weak-negations.txt: words that deny without a negative particle
	Hedge                          // hedges.txt: reportedly, allegedly …
	Report                         // reports.txt: verbs and nouns of saying
	Function                       // function-words.txt: words of grammar, and of no other language judged here
	Title                          // titles.txt: Mr., President …
	Demonym                        // demonyms.txt: Russian, Turkish …
	Common                         // common.txt: words that may start a sentence with a capital and are no names
	Place                          // places.txt: countries and cities with a name of their own in each language
	Unit                           // units.txt: currencies; Value is its number in that list
	Pronoun                        // pronouns.txt: words that point back
	Measure                        // measures.txt; Value 1 for miles, feet, pounds …, 2 for metric units
	Indefinite                     // indefinite.txt: hundreds, thousands … standing alone
	Generic                        // generic.txt: common words that stand in names and are translated there
)

var classLists = []struct {
	class Class
	list  string
}{
	{Cardinal, "numbers"},
	{Ordinal, "ordinals"},
	{Scale, "scales"},
	{Fraction, "fractions"},
	{Month, "months"},
	{Weekday, "weekdays"},
	{Negation, "negations"},
	{WeakNegation, "weak-negations"},
	{Hedge, "hedges"},
	{Report, "reports"},
	{Function, "function-words"},
	{Title, "titles"},
	{Demonym, "demonyms"},
	{Common, "common"},
	{Place, "places"},
	{Unit, "units"},
	{Pronoun, "pronouns"},
	{Measure, "measures"},
	{Indefinite, "indefinite"},
	{Generic, "generic"},
}

// Entry is what the lists know of one word.
type Entry struct {
	Class Class
	Value float64 // of a number word, a scale, a month …; 0 elsewhere
}

// Is reports whether the word is of any of the classes.
func (e Entry) Is(c Class) bool { return e.Class&c != 0 }

// lexicon is every list of a language in one table, so that a word is looked
// up once.
type lexicon struct {
	words    map[string]Entry
	sizes    [bucket + 1]bool    // of the keys of prefixes, in bytes
	prefixes map[uint32][]prefix // written "stem*" in the lists, by their first bytes, the longest first
}

type prefix struct {
	stem string
	Entry
}

// bucket is how many bytes of a stem its bucket is found by: two Cyrillic
// letters or four Latin ones. Shorter stems have buckets of their own.
const bucket = 4

// Lookup is what the language's lists know of a word in lower case. An entry
// written "stem*" in a list holds for every word that starts with the stem;
// the longest stem wins, and a whole word wins over a stem.
func (l *Locale) Lookup(lower string) Entry {
	x := l.lexicon()
	if e, ok := x.words[lower]; ok {
		return e
	}
	for n := min(bucket, len(lower)); n > 0; n-- {
		if !x.sizes[n] {
			continue
		}
		for _, p := range x.prefixes[bucketKey(lower[:n])] {
			if strings.HasPrefix(lower, p.stem) {
				return p.Entry
			}
		}
	}
	return Entry{}
}

// bucketKey is one number for the bytes of a key: no byte of a word is zero, so
// keys of different sizes differ.
func bucketKey(s string) uint32 {
	key := uint32(0)
	for i := 0; i < len(s); i++ {
		key = key<<8 | uint32(s[i])
	}
	return key
}

func (l *Locale) lexicon() *lexicon {
	if x := l.lex.Load(); x != nil {
		return x
	}
	l.lex.CompareAndSwap(nil, l.buildLexicon())
	return l.lex.Load()
}

func (l *Locale) buildLexicon() *lexicon {
	x := &lexicon{words: map[string]Entry{}, prefixes: map[uint32][]prefix{}}
	stems := map[string]Entry{}
	for _, cl := range classLists {
		for _, line := range l.Words(cl.list) {
			x.add(stems, cl.class, line)
		}
	}
	for stem, e := range stems {
		key := stem[:min(bucket, len(stem))]
		x.sizes[len(key)] = true
		at := bucketKey(key)
		x.prefixes[at] = append(x.prefixes[at], prefix{stem, e})
	}
	for _, ps := range x.prefixes {
		slices.SortFunc(ps, func(a, b prefix) int { return len(b.stem) - len(a.stem) })
	}
	return x
}

// add takes one line of a list: "value: form form …", or one form alone (which
// may not hold a space; phrases are left to [Locale.Phrases]).
func (x *lexicon) add(stems map[string]Entry, class Class, line string) {
	value := 0.0
	forms := []string{line}
	if head, rest, ok := strings.Cut(line, ":"); ok {
		v, err := strconv.ParseFloat(strings.TrimSpace(head), 64)
		if err != nil {
			return
		}
		value, forms = v, strings.Fields(rest)
	} else if strings.Contains(line, " ") {
		return
	}
	for _, f := range forms {
		into := x.words
		if stem, ok := strings.CutSuffix(f, "*"); ok {
			into, f = stems, stem
		}
		e := into[f]
		if e.Value == 0 {
			e.Value = value
		}
		e.Class |= class
		into[f] = e
	}
}

// Phrases are phrases, each as its words, by their first letters. A word
// "stem*" stands for every word that starts with the stem.
type Phrases struct{ by map[rune][][]string }

// Starting are the phrases whose first letter is that of a word, in the order
// of their list.
func (p Phrases) Starting(word string) [][]string {
	r, _ := utf8.DecodeRuneInString(word)
	return p.by[r]
}

// Phrases are the entries of a list that hold a space.
func (l *Locale) Phrases(list string) Phrases {
	once, ok := l.lists.Load("phrases:" + list)
	if !ok {
		once, _ = l.lists.LoadOrStore("phrases:"+list, sync.OnceValue(func() Phrases {
			by := map[rune][][]string{}
			for _, w := range l.Words(list) {
				if f := strings.Fields(w); len(f) > 1 && !strings.Contains(w, ":") {
					r, _ := utf8.DecodeRuneInString(f[0])
					by[r] = append(by[r], f)
				}
			}
			return Phrases{by}
		}))
	}
	return once.(func() Phrases)()
}

// Lower is a word in lower case by the rules of the language: in Turkish I
// becomes ı and İ becomes i. It returns its argument where nothing changes.
func (l *Locale) Lower(s string) string {
	if !hasUpper(s) {
		return s
	}
	if l != Turkish {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case 'I':
			return 'ı'
		case 'İ':
			return 'i'
		}
		return unicode.ToLower(r)
	}, s)
}

// hasUpper reports whether a text has a capital letter.
func hasUpper(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			return true
		case c < 0x80:
		case c == 0xd0 && i+1 < len(s): // Cyrillic: Ѐ to Я are d0 80 to d0 af
			if s[i+1] < 0xb0 {
				return true
			}
			i++
		case c == 0xd1 && i+1 < len(s) && s[i+1] < 0x90: // р to я and ѐ to џ
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if unicode.IsUpper(r) || unicode.IsTitle(r) {
				return true
			}
			i += n - 1
		}
	}
	return false
}
