package llmtest

import (
	"embed"
	"strings"
	"sync"
)

//go:embed data
var data embed.FS

// spellOut in a column of the dictionary says that the word is spelled letter
// by letter in that language; leaveOut that it is left out.
const (
	spellOut = "="
	leaveOut = "-"
)

// lexicon is the dictionary of one target language.
type lexicon struct {
	words    map[string]string // English, as in the file, to the target's words
	reserved map[string]bool   // single words with a meaning, which spelling must not hit by chance
}

// dictionaries are read from data/words.txt once.
var dictionaries = sync.OnceValue(func() map[string]lexicon {
	out := map[string]lexicon{
		"ru": {words: map[string]string{}, reserved: map[string]bool{}},
		"tr": {words: map[string]string{}, reserved: map[string]bool{}},
	}
	for _, line := range lines("data/words.txt") {
		cols := strings.Split(line, "|")
		if len(cols) != 3 {
			continue
		}
		key := strings.TrimSpace(cols[0])
		for i, lang := range []string{"ru", "tr"} {
			word := strings.TrimSpace(cols[i+1])
			if word == spellOut {
				continue
			}
			out[lang].words[key] = word
			for _, w := range strings.Fields(strings.ToLower(word)) {
				out[lang].reserved[w] = true
			}
		}
	}
	return out
})

// commonWords are English words that are no names even with a capital.
var commonWords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, line := range lines("data/common.txt") {
		for _, w := range strings.Fields(line) {
			set[w] = true
		}
	}
	return set
})

// lines are the lines of a word list without remarks and blank lines.
func lines(name string) []string {
	raw, err := data.ReadFile(name)
	if err != nil {
		return nil // cannot happen: the file is embedded
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// suffixes that a common English word may end in and a name hardly does.
var commonEndings = []string{"ing", "ed", "tion", "tions", "ment", "ments", "ness", "ally", "ously", "ers", "ible", "able", "ities"}

// common reports whether an English word, in lower case, is known to be no
// name.
func common(lower string) bool {
	if commonWords()[lower] {
		return true
	}
	for _, e := range commonEndings {
		if len(lower) > len(e)+2 && strings.HasSuffix(lower, e) {
			return true
		}
	}
	return false
}
