package normalize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The discipline of this rule: text that was decoded rightly is never touched.
// A sequence of characters that could be one misread UTF-8 character is
// decoded only if it is bad as it stands (a symbol inside a word, a capital
// after a small letter, a control character) and good afterwards (a letter or
// a mark that people write). How bad is a score; what scores too little alone
// is decoded where the rest of the article was surely read in that encoding.

// sure is the score from which a sequence counts by itself. Windows-1252 is
// by far the commonest mistake; the others need one sign more.
func (c codec) sure() int {
	if c.western() {
		return 1
	}
	return 2
}

// evidence scores the whole text for every codec.
func evidence(s string) map[string]int {
	out := map[string]int{}
	if isASCII(s) {
		return out
	}
	for _, c := range codecs {
		for _, h := range c.hits(s) {
			if h.score >= c.sure() {
				out[c.name] += h.score
			}
		}
	}
	return out
}

// hit is a sequence with its score.
type hit struct {
	sequence
	score int
}

// findMojibake decodes with the codec that explains most of the text.
func findMojibake(s string, c *scope) []edit {
	edits, _ := bestCodec(s, c, false)
	return edits
}

// findLost marks the sequences that lack a byte.
func findLost(s string, c *scope) []edit {
	edits, _ := bestCodec(s, c, true)
	return edits
}

// bestCodec returns the edits of the codec with the highest score.
func bestCodec(s string, c *scope, lost bool) ([]edit, string) {
	if isASCII(s) {
		return nil, ""
	}
	var best []edit
	top, name := 0, ""
	for _, codec := range codecs {
		hits := codec.hits(s)
		near := c.evidence[codec.name]
		total := 0
		var edits []edit
		for _, h := range hits {
			if h.score < codec.sure() && (near < 2 || h.score < 0) || (h.out == utf8.RuneError) != lost {
				continue
			}
			total += 1 + max(h.score, 0)
			edits = append(edits, edit{h.start, h.end, string(h.out)})
		}
		if !lost && codec.western() {
			edits = append(edits, eaten(s, near, &total)...)
		}
		if total > top {
			best, top, name = sorted(edits), total, codec.name
		}
	}
	return best, name
}

// hits are the plausible sequences of a text, in order, with the runs of
// adjacent ones scored together.
func (c codec) hits(s string) []hit {
	var out []hit
	run := 0 // index in out where the present run begins
	for i := 0; i < len(s); {
		q, ok := c.at(s, i)
		if !ok || !plausible(q, c) {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			continue
		}
		if len(out) > 0 && out[len(out)-1].end != q.start {
			run = len(out)
		}
		out = append(out, hit{q, c.score(s, q)})
		raise(out[run:])
		i = q.end
	}
	return out
}

// raise scores a run of adjacent sequences: three in a row are no accident,
// and two bad ones are worse together.
func raise(run []hit) {
	switch {
	case len(run) >= 3:
		for k := range run {
			run[k].score = max(run[k].score, 2)
		}
	case len(run) == 2 && run[0].score > 0 && run[1].score > 0:
		run[0].score++
		run[1].score++
	}
}

// score says how bad a sequence is as it stands.
func (c codec) score(s string, q sequence) int {
	prev, _ := utf8.DecodeLastRuneInString(s[:q.start])
	next, _ := utf8.DecodeRuneInString(s[q.end:])
	score := c.leadScore(q, prev, next)
	before := q.lead
	nonLetters := 0
	for _, r := range q.conts {
		switch {
		case r == utf8.RuneError: // says nothing
		case r >= 0x80 && r < 0xa0:
			score += 2
		case unicode.Is(unicode.Sc, r):
			if unicode.IsLower(prev) || unicode.IsLower(next) || len(q.conts) > 1 {
				score++ // capitals with currency signs are a way of writing
			}
		case closes(r):
			if unicode.IsLetter(next) && !strings.ContainsRune("’–—\u00a0", r) {
				score++
			}
		case boxes(r):
			if unicode.IsLetter(prev) || unicode.IsLetter(next) {
				score++
			}
		case !unicode.IsLetter(r) && r != '™' || r == 'ƒ':
			score++
		case r == '™' && unicode.IsLetter(next):
			score++
		case unicode.IsUpper(r) && unicode.IsLower(before):
			score++
		}
		if !unicode.IsLetter(r) {
			nonLetters++
		}
		if foreign(r) && (unicode.IsLower(before) || unicode.IsLower(next) || !unicode.IsLetter(prev)) {
			score++
		}
		before = r
	}
	if len(q.conts) > 1 && nonLetters == len(q.conts) {
		score++
	}
	return score
}

// leadScore scores the first character of a sequence by what stands around it.
func (c codec) leadScore(q sequence, prev, next rune) int {
	score := 0
	first := q.conts[0]
	switch {
	case c.western() && (q.lead == 'Ã' || q.lead == 'Â'):
		if !closes(first) || !unicode.IsUpper(prev) || first == '\u00a0' && unicode.IsLower(next) {
			score++
		}
		if unicode.IsLower(prev) {
			score++
		}
	case unicode.IsUpper(q.lead) && unicode.IsLower(prev):
		score++
	case closes(q.lead) || strings.ContainsRune("“„«", q.lead):
		return -2 // quotes and dashes begin a sequence only in a row of them
	case !unicode.IsLetter(q.lead) || q.lead == 'ƒ':
		if unicode.IsLetter(prev) {
			score += 2
		} else if unicode.IsLetter(next) && unicode.IsLetter(first) {
			score++
		}
		if boxes(q.lead) && !unicode.IsLetter(prev) && !unicode.IsLetter(next) {
			score = -2 // a drawn table
		}
	}
	if unicode.IsLetter(prev) && unicode.Is(unicode.Cyrillic, q.lead) != unicode.Is(unicode.Cyrillic, prev) {
		score++
	}
	return score
}

// closes: marks that stand after a word in sound text.
func closes(r rune) bool { return strings.ContainsRune("…’”“‘–—»\u00a0", r) }

func boxes(r rune) bool { return r >= 0x2500 && r < 0x25a0 }

// foreign: letters of windows-1251 that no Russian or Ukrainian word has
// beside a small letter.
func foreign(r rune) bool { return strings.ContainsRune("ЂЃѓЉЊЌЋЏђљњќћџЎЈ", r) }

// plausible reports whether people write the character that a sequence stands
// for.
func plausible(q sequence, c codec) bool {
	r := q.out
	switch {
	case r == utf8.RuneError:
		return true
	case r < 0xa0:
		return c.western() && q.lead == 'Â'
	case r < 0x180, r >= 0x1a0 && r <= 0x1b0, r >= 0x218 && r <= 0x21b:
		return true // Latin, with what Vietnamese and Romanian need
	case r < 0x300:
		return r == 0x2bb || r == 0x2bc || r == 0x2c6 || r == 0x2dc
	case r < 0x370: // combining accents
		return r <= 0x331
	case r < 0x460:
		return unicode.IsLetter(r)
	case r < 0x530:
		return strings.ContainsRune("ґҐқҚғҒәӘөӨүҮұҰңҢһҺ", r)
	case r < 0x590:
		return unicode.Is(unicode.Armenian, r)
	case r >= 0xe000 && r < 0xf900, r >= 0xf0000:
		return false
	}
	return unicode.IsPrint(r) || r == '\ufeff' || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r)
}

var eatenEr = regexp.MustCompile("Ð [ÐÑ][\u0080-\u00bf\u0152-\u0192\u2018-\u203a\u20ac\u2122\ufffd]")

// eaten repairs what has lost its second half, a no-break space that became an
// ordinary one: "voilÃ le" is "voilà le", "Ð ÑƒÐº" is "Рук", and "5Â p.m." is
// "5 p.m.". The first asks for a small letter before, or for other mojibake in
// the article; the second for a misread Cyrillic letter behind; the third for
// other mojibake.
func eaten(s string, near int, total *int) []edit {
	var out []edit
	for _, m := range eatenEr.FindAllStringIndex(s, -1) {
		out = append(out, edit{m[0], m[0] + len("Ð "), "Р"})
		*total++
	}
	for i := 0; near >= 2; {
		k := strings.Index(s[i:], "Â ")
		if k < 0 {
			break
		}
		k += i
		i = k + len("Â ")
		if prev, _ := utf8.DecodeLastRuneInString(s[:k]); !unicode.IsUpper(prev) {
			out = append(out, edit{k, k + len("Â"), ""})
			*total++
		}
	}
	for i := 0; ; {
		k := strings.Index(s[i:], "Ã ")
		if k < 0 {
			return out
		}
		k += i
		i = k + len("Ã ")
		prev, _ := utf8.DecodeLastRuneInString(s[:k])
		alone := k == 0 || unicode.IsSpace(prev)
		if !unicode.IsLower(prev) && (!alone || near < 2) {
			continue
		}
		e := edit{k, k + len("Ã"), "à"}
		if alone && strings.HasPrefix(s[i:], "s ") { // Portuguese às
			e.end = i
		}
		out = append(out, e)
		*total++
	}
}
