package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// leftWords is T03 for single words: a word in lower case that stands in the
// English source and was copied. In a Cyrillic target it is a fault, or a doubt
// where nothing shows that it is English and no term of another language. In a
// Latin one the two languages share words, so that only those count which have
// the shape of English or stand in its lists; two of them nearby, or a word of
// grammar, are a fault, and one alone is a doubt.
func leftWords(v *view) {
	latin := v.loc.Script == unicode.Latin
	if v.loc.Script == nil || !latin && !hasLatin(v.tgt) {
		return // nothing is known of the language, or no word is in Latin letters
	}
	ws := v.targetWords()
	quoted := v.quotedWhole()
	left := func(i int) bool {
		k := ws[i]
		if k.Upper || len(k.Text) < 2 || !latin && !isLatin(k.Text) || latin && k.Lex.Class != 0 {
			return false
		}
		found := v.copied(i) && (!latin || v.looksEnglish(k)) || latin && v.copiedStem(k)
		return found && !quoted(k.Span) && !v.mayStay(ws, i)
	}
	near := limits().NearWords // may lie between two of one sentence
	var doubt *facts.Token
	doubtAt := 0
	for i := 0; i < len(ws); i++ {
		if !left(i) {
			continue
		}
		first, sure := ws[i], 0
		if doubt != nil && i-doubtAt <= near && doubt.Lower != first.Lower {
			sure++
		}
		for from := i; ; i++ {
			if latin && isGrammar(ws[i]) || !latin && len(ws[i].Text) > 2 && knownEnglish(ws[i]) || i > from {
				sure++
			}
			if i+1 == len(ws) || !left(i+1) {
				break
			}
		}
		if sure > 0 {
			v.leftInEnglish(pipeline.Major, facts.Span{Start: first.Start, End: ws[i].End})
			return
		}
		if doubt == nil || i-doubtAt > near {
			doubt, doubtAt = first, i
		}
	}
	if doubt != nil {
		v.leftInEnglish(pipeline.Minor, doubt.Span)
	}
}

func (v *view) leftInEnglish(sev pipeline.Severity, at facts.Span) {
	v.add(report{
		check: "T03", category: "accuracy/untranslated", severity: sev, at: at,
		message: fmt.Sprintf("%q was left in English; it must be translated into %s.", clip(v.p.Target[at.Start:at.End]), v.loc.Name),
	})
}

// copied reports whether word i of the target stands in the source.
func (v *view) copied(i int) bool { return v.sourceWord(v.englishHash(i)) >= 0 }

// copiedStem reports whether a word in lower case is one of the source with an
// ending behind an apostrophe, which Turkish has behind names only: "crane'ı".
func (v *view) copiedStem(k *facts.Token) bool {
	stem := facts.Bare(k.Lower)
	if len(stem) < 4 || len(stem) == len(k.Lower) || v.loc.Set("loans")[stem] || endsForeign(stem) {
		return false
	}
	return v.sourceWord(facts.HashEnglish(&facts.Token{Text: stem, Lower: stem})) >= 0
}

// sourceWord is which word of the source has a hash, the first of them; -1
// where none has.
func (v *view) sourceWord(h uint64) int {
	if v.srcWords == nil {
		src := v.src.Hashes()
		v.srcWords = make(map[uint64]int, len(src))
		for i := len(src) - 1; i >= 0; i-- {
			v.srcWords[src[i]] = i
		}
	}
	if i, ok := v.srcWords[h]; ok {
		return i
	}
	return -1
}

// copiedPair reports whether word i of the target and the word before it stand
// side by side in the source, or in a neighbour's.
func (v *view) copiedPair(i int) bool {
	if v.srcPairs == nil {
		v.srcPairs = make(map[uint64]bool, len(v.src.Tokens))
		v.addPairs(v.src)
		for _, near := range []*pipeline.Pair{v.p.Before, v.p.After} {
			if near != nil && (v.loc.Script != unicode.Cyrillic || hasLatin(v.tgt)) {
				v.addPairs(facts.Of(near.Source, v.src.Loc))
			}
		}
	}
	v.englishHash(i)
	return v.srcPairs[rowHash(v.tgtHashes[i-1:i+1])]
}

func (v *view) addPairs(t *facts.Text) {
	src := t.Hashes()
	for j := 1; j < len(src); j++ {
		v.srcPairs[rowHash(src[j-1:j+1])] = true
	}
}

// englishHash is the hash of word i of the target, for holding it against the
// words of the source.
func (v *view) englishHash(i int) uint64 {
	if v.tgtHashes == nil {
		ws := v.targetWords()
		v.tgtHashes = make([]uint64, len(ws))
		for j, k := range ws {
			v.tgtHashes[j] = facts.HashEnglish(k)
		}
	}
	return v.tgtHashes[i]
}

// targetWords are the words of the target in order.
func (v *view) targetWords() []*facts.Token {
	if v.tgtWords == nil {
		v.tgtWords = wordsOf(v.tgt)
	}
	return v.tgtWords
}

// keptLatin are words in lower case that a text in another script may keep, and
// wordMarkers those beside which the source only speaks of a word.
var (
	keptLatin   = listSet("latin-kept")
	wordMarkers = listSet("word-markers")
)

// mayStay reports whether something speaks for a copied word to stay as it is:
// a capital inside, a code or a name it is part of, the names sheet, or that the source only
// speaks of the word.
func (v *view) mayStay(ws []*facts.Token, i int) bool {
	k := ws[i]
	if !k.Upper && k.Lower != k.Text || keptLatin()[k.Lower] || v.isForeign(k.Span) || v.gluedToCode(k) || v.inLatinName(ws, i) {
		return true
	}
	for _, n := range v.p.Names {
		if holdsWord(n.Source, k.Text) || holdsWord(n.Forms[v.p.Lang.String()], k.Text) {
			return true
		}
	}
	return v.spokenOf(i)
}

// gluedToCode reports whether a word is joined to figures or, by a sign other
// than a bracket or a quotation mark, to another word: wi-fi, and/or, 5mm.
func (v *view) gluedToCode(k *facts.Token) bool {
	const signs = "-./_@&+0123456789"
	raw := v.p.Target
	return k.Start > 1 && strings.IndexByte(signs, raw[k.Start-1]) >= 0 && raw[k.Start-2] != ' ' ||
		k.End+1 < len(raw) && strings.IndexByte(signs, raw[k.End]) >= 0 && raw[k.End+1] != ' '
}

// inLatinName reports whether a word belongs to a name in Latin letters: it
// follows a capitalised word as in the source ("Stadium of", "Newport on the"),
// or is "the" before one.
func (v *view) inLatinName(ws []*facts.Token, i int) bool {
	name := func(j int) bool { return j >= 0 && j < len(ws) && ws[j].Upper && isLatin(ws[j].Text) }
	joined := func(j int) bool { return j > 0 && v.copiedPair(j) }
	switch {
	case joined(i) && (name(i-1) || joined(i-1) && name(i-2)):
		return true
	case ws[i].Lower == "the":
		return name(i + 1)
	}
	return insideLatinName(ws, i)
}

// spokenOf reports whether the source speaks of the word instead of using it:
// "known as massebot", "the Latin civis, meaning citizen", or three words of
// it in quotation marks.
func (v *view) spokenOf(i int) bool {
	at := v.sourceWord(v.englishHash(i))
	if at < 0 {
		return false
	}
	if v.srcList == nil {
		v.srcList = wordsOf(v.src)
	}
	reach := limits().SpokenWords
	for _, w := range v.srcList[max(0, at-reach):min(at+reach, len(v.srcList))] {
		if wordMarkers()[w.Lower] {
			return true
		}
	}
	qs := v.src.Quotations()
	q, _ := slices.BinarySearchFunc(qs, v.srcList[at].Start, func(q facts.Quotation, at int) int { return q.End - at - 1 })
	return q < len(qs) && qs[q].Start < v.srcList[at].Start && qs[q].Words <= limits().TermWords
}

// quotedWhole tells, for places that come in order, whether they lie in a
// quotation of the target that is no prose of its language: without a letter of
// its script, or, where the scripts are the same, a term of up to three words
// that the source has too.
func (v *view) quotedWhole() func(facts.Span) bool {
	qs := v.tgt.Quotations()
	return func(s facts.Span) bool {
		for len(qs) > 0 && qs[0].End <= s.Start {
			qs = qs[1:]
		}
		if len(qs) == 0 || qs[0].Start >= s.End {
			return false
		}
		inner := v.p.Target[qs[0].Inner.Start:qs[0].Inner.End]
		if v.loc.Script != unicode.Latin {
			own, _ := locale.Letters(inner, v.loc.Script)
			return own == 0
		}
		return qs[0].Words <= limits().TermWords && strings.Contains(v.p.Source, trimQuote(inner))
	}
}

// isGrammar reports whether a word is one of English grammar.
func isGrammar(k *facts.Token) bool { return locale.English.Lookup(k.Lower).Is(locale.Function) }

// otherTongue are endings of words of other languages that English sources use
// as terms: soprano, civis.
var otherTongue = list("foreign-endings")

// knownEnglish reports whether a copied word in Latin letters is English: the
// lists know it, or its singular, or it has the shape of English, or it does
// not end as terms from other languages do.
func knownEnglish(k *facts.Token) bool {
	one := strings.TrimSuffix(k.Lower, "s")
	if locale.English.Lookup(k.Lower).Class != 0 || len(one) > 3 && locale.English.Lookup(one).Class != 0 || locale.English.HasShape(k.Lower) {
		return true
	}
	return !endsForeign(k.Lower)
}

func endsForeign(w string) bool {
	for _, e := range otherTongue() {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// looksEnglish reports whether a word of a text in the same script is English
// and no word of the language: of English grammar, of the lists of English, or
// of its shape, and no loan.
func (v *view) looksEnglish(k *facts.Token) bool {
	w := k.Lower
	if v.loc.Set("loans")[w] {
		return false
	}
	return len(w) > 3 && locale.English.Lookup(w).Is(locale.Generic|locale.Common|locale.Report|locale.Hedge) || locale.English.HasShape(w) || isGrammar(k)
}
