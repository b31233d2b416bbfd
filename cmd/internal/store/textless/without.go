package textless

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/cmd/internal/store"
)

// Without is an account without one article: the words of every object in it
// that names the article in one of its fields are gone, in the place of its id
// stands a digest, and nothing in that of its names, which are addresses, paths,
// and what else is told from every other word. Found says whether there was any of
// it.
func Without(report json.RawMessage, article string, names ...string) (out json.RawMessage, found bool) {
	dec := json.NewDecoder(bytes.NewReader(report))
	dec.UseNumber()
	var v any
	if len(report) == 0 || dec.Decode(&v) != nil {
		return report, false
	}
	f := &forgotten{article: article, names: slices.DeleteFunc(slices.Clone(names), func(n string) bool { return len(n) < shortest })}
	if len(article) >= shortest {
		f.names = append(f.names, article)
	}
	slices.SortFunc(f.names, func(a, b string) int { return len(b) - len(a) }) // one may begin another
	if v, found = f.without(v); !found {
		return report, false
	}
	b, err := json.Marshal(v)
	if err != nil {
		return report, false
	}
	return b, true
}

// shortest is how long a name is, in bytes, that is looked for within lines: a
// shorter one may be a word.
const shortest = 8

// forgotten is an article that is taken out of an account.
type forgotten struct {
	article string
	names   []string // the longest first
}

// naming are the fields that hold the id of an article.
var naming = []string{"document", "article", "about", "key", "id", "item"}

// without takes the article out of a value, which it changes.
func (f *forgotten) without(v any) (_ any, found bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, f.object(v)
	case []any:
		for i, field := range v {
			clean, had := f.without(field)
			v[i], found = clean, found || had
		}
		return v, found
	case string:
		line := f.line(v)
		return line, line != v
	}
	return v, false
}

func (f *forgotten) object(v map[string]any) (found bool) {
	named := false
	for _, field := range v {
		if s, ok := field.(string); ok && (s == f.article || slices.Contains(f.names, s)) {
			named = true
		}
	}
	for name, field := range v {
		if slices.Contains(f.names, name) { // a list by name
			delete(v, name)
			found = true
			continue
		}
		words, is := field.(string)
		instead, may := wordy[strings.ToLower(name)]
		switch {
		case named && is && may && words != "" && words != instead && words != f.article:
			v[name], found = instead, true
		case is && words == f.article && slices.Contains(naming, strings.ToLower(name)):
			v[name], found = store.Purged(f.article), true
		default:
			clean, had := f.without(field)
			v[name], found = clean, found || had
		}
	}
	return found
}

// line is a text with something in the place of every name in it.
func (f *forgotten) line(s string) string {
	for _, name := range f.names {
		var b strings.Builder
		for rest := s; ; {
			i := strings.Index(rest, name)
			if i < 0 {
				b.WriteString(rest)
				break
			}
			end := i + len(name)
			if inWord(rest[:i], rest[end:]) {
				b.WriteString(rest[:end])
			} else {
				b.WriteString(rest[:i] + "(purged)")
			}
			rest = rest[end:]
		}
		s = b.String()
	}
	return s
}

// inWord reports whether a name between two texts is only a part of a longer one.
func inWord(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, n := utf8.DecodeRuneInString(after)
	second, _ := utf8.DecodeRuneInString(after[n:])
	goesOn := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_/%=&", r)
	}
	return unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune("-_", last) ||
		goesOn(first) || strings.ContainsRune(".?#~", first) && goesOn(second)
}
