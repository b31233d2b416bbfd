// Package locale is everything dragoman knows about a language: how it quotes,
// counts, abbreviates and negates, and how long its sentences are beside their
// English source.
//
// A language is one Go file with its values (en.go, ru.go, tr.go) and one
// folder of word lists (data/en, data/ru, data/tr): plain text, one entry a
// line, # before a remark. Adding a language adds one of each.
package locale

import (
	"embed"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"golang.org/x/text/language"
)

//go:embed data
var data embed.FS

// Locale is one language.
type Locale struct {
	Tag  language.Tag
	Name string // in English, as prompts name it: "Russian"

	Script  *unicode.RangeTable // of the language's letters
	Decimal rune                // decimal sign
	Group   string              // every sign that may part groups of three digits
	Quotes  Quotes
	Length  Bounds // against the English source; zero for English
	Calendar
	MissingAs string // what stands in an edition for a sentence without a translation; %s is the sentence id

	lex   atomic.Pointer[lexicon]
	lists sync.Map // list name to *sync.OnceValue result
}

// For finds a language by its base, so that "ru-RU" is "ru". It knows no
// language for a tag that names none, such as und, though the likeliest base
// of those is English.
func For(tag language.Tag) (*Locale, bool) {
	base, conf := tag.Base()
	if conf != language.Exact {
		return nil, false
	}
	for _, l := range All() {
		if b, _ := l.Tag.Base(); b == base {
			return l, true
		}
	}
	return nil, false
}

// All are the languages known, the source language first.
func All() []*Locale { return []*Locale{English, Russian, Turkish} }

// Words is one of the language's word lists, in the order of its file; nil
// where the language has no such list. The file is read once.
func (l *Locale) Words(list string) []string {
	once, ok := l.lists.Load(list)
	if !ok {
		once, _ = l.lists.LoadOrStore(list, sync.OnceValue(func() []string {
			return readList("data/" + l.Tag.String() + "/" + list + ".txt")
		}))
	}
	return once.(func() []string)()
}

// Set is a word list as a set.
func (l *Locale) Set(list string) map[string]bool {
	once, _ := l.lists.LoadOrStore("set:"+list, sync.OnceValue(func() map[string]bool {
		set := map[string]bool{}
		for _, w := range l.Words(list) {
			set[w] = true
		}
		return set
	}))
	return once.(func() map[string]bool)()
}

// HasShape reports whether a word in lower case has a piece of the list shapes:
// letters in an order that tells the language from those it is taken for. A
// word of two letters or fewer has no shape.
func (l *Locale) HasShape(lower string) bool {
	if len(lower) < 3 {
		return false
	}
	for _, s := range l.Words("shapes") {
		if end, last := strings.CutSuffix(s, "$"); last && len(lower) > len(end)+1 && strings.HasSuffix(lower, end) || !last && strings.Contains(lower, s) {
			return true
		}
	}
	return false
}

// onceSet is a word list as a set, read at its first use.
func onceSet(path string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		set := map[string]bool{}
		for _, w := range readList(path) {
			set[w] = true
		}
		return set
	})
}

// readList reads a list: one entry a line, # before a remark; nil where there
// is no such file.
func readList(path string) []string {
	raw, err := data.ReadFile(path)
	if err != nil {
		return nil
	}
	var words []string
	for line := range strings.Lines(string(raw)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			words = append(words, line)
		}
	}
	return words
}
