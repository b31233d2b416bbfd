package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// summaryNames is M03: a name of the summary that the article does not have.
func summaryNames(v *summaryView) {
	have := nameWords(v.whole)
	for _, n := range v.text.Names() {
		for _, part := range n.Parts {
			if n.Initial && part == n.Parts[0] && (len(n.Parts) == 1 || v.knownWord(part)) || inArticle(have, part) || aliasOf(have, n.Text) {
				continue
			}
			at := n.Start + max(strings.Index(v.s.Text[n.Start:], part), 0)
			v.say("M03", "accuracy/addition", pipeline.Major, facts.Span{Start: at, End: at + len(part)}, fmt.Sprintf("The name %q is not in the article.", part))
			break
		}
	}
	for _, k := range v.text.Tokens {
		if k.Kind == facts.Word && k.Lex.Is(locale.Demonym|locale.Month|locale.Weekday) && k.Upper && !inArticle(have, facts.Bare(k.Text)) && !aliasOf(have, k.Text) {
			v.say("M03", "accuracy/addition", pipeline.Major, k.Span, fmt.Sprintf("The word %q has no ground in the article.", k.Text))
		}
	}
}

// knownWord reports whether a word that starts a sentence is a common one.
func (v *summaryView) knownWord(w string) bool {
	return v.loc.Lookup(strings.ToLower(w)).Is(locale.Common | locale.Generic | locale.Function | locale.Report | locale.Place)
}

// nameWords are all words of a text, folded, without possessive endings and
// with abbreviations as one word: U.S. is us.
func nameWords(t *facts.Text) map[string]bool {
	have := map[string]bool{}
	abbr := ""
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind == facts.Word {
			f := facts.FoldName(facts.Bare(k.Text))
			have[f] = true
			if len(k.Text) == 1 && k.Upper {
				abbr += f
				have[abbr] = true
				continue
			}
		} else if k.Text == "." && abbr != "" {
			continue
		}
		abbr = ""
	}
	return have
}

// inArticle looks a word up, also without a plural, an adjective's ending, or
// as the stem of one.
func inArticle(have map[string]bool, w string) bool {
	f := facts.FoldName(w)
	if have[f] || have[f+"s"] || have[strings.TrimSuffix(f, "s")] || have[strings.TrimSuffix(f, "es")] {
		return true
	}
	if len(f) < 5 {
		return false
	}
	stem := f[:len(f)-1-len(f)/5]
	for _, end := range []string{"", "n", "an", "ian", "ish", "ese", "a", "ia", "e", "y", "i", "land", "ns", "ans", "ians"} {
		if have[stem+end] || have[f+end] {
			return true
		}
	}
	base := strings.TrimSuffix(strings.TrimSuffix(f, "s"), "ian") // Egyptian, Canadians, Hungarian
	return len(base) >= 4 && len(base) < len(f)-1 && (have[base] || have[base+"a"] || have[base+"y"])
}

// aliases are pairs of names for one thing.
var aliases = list("aliases")

// aliasOf reports whether the article has another name for the same: each line
// of the list holds names that may stand for each other.
func aliasOf(have map[string]bool, name string) bool {
	f := facts.FoldName(name)
	for _, line := range aliases() {
		names := strings.Split(line, "=")
		in := false
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
			in = in || names[i] == f
		}
		if !in {
			continue
		}
		for _, n := range names {
			all := true
			for _, w := range strings.Fields(n) {
				all = all && have[w]
			}
			if all && n != f {
				return true
			}
		}
	}
	return false
}
