package check

import (
	"fmt"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// emptyTarget is T03 for an answer that is none.
func emptyTarget(v *view) {
	if strings.TrimSpace(v.p.Target) != "" || strings.TrimSpace(v.p.Source) == "" {
		return
	}
	v.broken = true
	v.add(report{
		check: "T03", category: "accuracy/untranslated", severity: pipeline.Critical,
		message: "The answer is empty: the sentence has no translation.",
	})
}

// untranslated is T03: the source came back as it was, or part of it did.
func untranslated(v *view) {
	l := limits()
	if abs(v.srcRunes-v.tgtRunes) < l.SameLength && plainWords(v.src) >= l.EnglishWords && strings.EqualFold(fold(v.p.Source), fold(v.p.Target)) {
		v.broken = true
		v.add(report{
			check: "T03", category: "accuracy/untranslated", severity: pipeline.Critical,
			message: fmt.Sprintf("The answer repeats the English source; a translation into %s was expected.", v.loc.Name),
		})
		return
	}
	at, n := copiedRun(v)
	if n >= l.CopiedRun {
		v.add(report{
			check: "T03", category: "accuracy/untranslated", severity: pipeline.Major, at: at,
			message: fmt.Sprintf("%q was left in English; it must be translated into %s.", clip(v.p.Target[at.Start:at.End]), v.loc.Name),
		})
		return
	}
	had := len(v.findings)
	if leftWords(v); len(v.findings) == had && v.loc.Script == unicode.Cyrillic {
		latinWords(v)
	}
	if v.loc.Script == unicode.Cyrillic {
		latinPlaces(v)
	}
}

// plainWords counts the words of an English text that no translation keeps:
// in lower case, of three letters or more, outside addresses.
func plainWords(t *facts.Text) int {
	n := 0
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Kind == facts.Word && !k.Upper && len(k.Text) > 2 {
			n++
		}
	}
	return n
}

// copiedRun is the longest run of source words that stands in the target too,
// counting only words in lower case; the run may hold names and signs.
func copiedRun(v *view) (facts.Span, int) {
	if v.loc.Script == unicode.Cyrillic && !hasLatin(v.tgt) {
		return facts.Span{}, 0
	}
	best, bestN := facts.Span{}, 0
	tgt := v.targetWords()
	start, n := 0, 0
	for i, k := range tgt {
		switch {
		case v.isForeign(k.Span):
			start, n = i+1, 0
		case i > 0 && start < i && v.copiedPair(i):
			if !k.Upper && !k.Lex.Is(locale.Cardinal) {
				n++
			}
		default:
			start, n = i, 0
			if !k.Upper {
				n = 1
			}
		}
		if n > bestN && start <= i {
			best, bestN = facts.Span{Start: tgt[start].Start, End: k.End}, n
		}
	}
	return best, bestN
}

// hasLatin reports whether a text has a word in Latin letters.
func hasLatin(t *facts.Text) bool {
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Kind == facts.Word && k.Text[0] < 0x80 {
			return true
		}
	}
	return false
}

func wordsOf(t *facts.Text) []*facts.Token {
	out := make([]*facts.Token, 0, len(t.Tokens))
	for i := range t.Tokens {
		if t.Tokens[i].Kind == facts.Word {
			out = append(out, &t.Tokens[i])
		}
	}
	return out
}

// latinWords is T03 in a Cyrillic target: words in lower-case Latin letters
// outside quotations and addresses. Three in a row are a piece left in
// English; one is a doubt.
func latinWords(v *view) {
	ws := v.targetWords()
	run, first := 0, 0
	var doubt *facts.Token
	for i, k := range ws {
		if !isLatin(k.Text) {
			run = 0
			continue
		}
		if k.Upper || len(k.Text) < 2 || k.Glued && k.Start > 0 && v.p.Target[k.Start-1] <= '9' || v.isForeign(k.Span) || insideLatinName(ws, i) {
			continue
		}
		if run == 0 {
			first = k.Start
		}
		if run++; run >= limits().LatinRun {
			v.add(report{
				check: "T03", category: "accuracy/untranslated", severity: pipeline.Major, at: facts.Span{Start: first, End: k.End},
				message: fmt.Sprintf("%q was left in Latin letters; it must be translated into %s.", clip(v.p.Target[first:k.End]), v.loc.Name),
			})
			return
		}
		if doubt == nil && !v.tgt.InQuotation(k.Span) && !v.mayStay(ws, i) {
			doubt = k
		}
	}
	if doubt != nil {
		v.add(report{
			check: "T03", category: "accuracy/untranslated", severity: pipeline.Minor, at: doubt.Span,
			message: fmt.Sprintf("The word %q stands in Latin letters in a %s sentence.", doubt.Text, v.loc.Name),
		})
	}
}

// latinPlaces is T03 for a country, a city or a people that a Cyrillic target
// leaves in Latin letters outside a longer Latin name, a quotation and brackets:
// these have a name in every language.
func latinPlaces(v *view) {
	if !hasLatin(v.tgt) {
		return
	}
	quoted := v.quotedWhole()
	ws := v.targetWords()
	for i, k := range ws {
		if !k.Upper || !isLatin(k.Text) || k.Text == strings.ToUpper(k.Text) || i > 0 && isLatin(ws[i-1].Text) || i+1 < len(ws) && isLatin(ws[i+1].Text) {
			continue
		}
		if !locale.English.Lookup(strings.ToLower(k.Text)).Is(locale.Place|locale.Demonym) || quoted(k.Span) || v.mayStay(ws, i) || v.bracketed(k) {
			continue
		}
		v.add(report{
			check: "T03", category: "accuracy/untranslated", severity: pipeline.Major, at: k.Span,
			message: fmt.Sprintf("%q was left in Latin letters; %s has a name of its own for it.", k.Text, v.loc.Name),
		})
		return
	}
}

// bracketed reports whether a word stands between brackets, as a title or an
// abbreviation in its own letters does.
func (v *view) bracketed(k *facts.Token) bool {
	open := strings.LastIndexAny(v.p.Target[:k.Start], "([")
	return open >= 0 && !strings.ContainsAny(v.p.Target[open+1:k.Start], ")]")
}

// insideLatinName reports whether a word in lower case stands between two
// capitalised Latin words, as in "Marks and Spencer".
func insideLatinName(ws []*facts.Token, i int) bool {
	return i > 0 && i+1 < len(ws) && ws[i-1].Upper && isLatin(ws[i-1].Text) && isLatin(ws[i+1].Text) && (ws[i+1].Upper || i+2 < len(ws) && ws[i+2].Upper && isLatin(ws[i+2].Text))
}

func isLatin(s string) bool {
	for _, r := range s {
		if r >= 0x80 && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return false
		}
	}
	return true
}

// fold makes texts comparable: no spaces at the ends, one space between words.
func fold(s string) string {
	if isFolded(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isFolded reports whether a text has no white space but single spaces between
// its words.
func isFolded(s string) bool {
	spaced := true // a space stands before, or nothing
	for _, r := range s {
		if r != ' ' && unicode.IsSpace(r) || r == ' ' && spaced {
			return false
		}
		spaced = r == ' '
	}
	return s == "" || !spaced
}

// clip shortens a quoted piece for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}
