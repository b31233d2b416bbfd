package check

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Tidy mends what can be mended without a doubt in a translation: invisible
// characters, Latin letters inside Cyrillic words, spaces before punctuation,
// doubled spaces, and in Russian a hyphen that stands for a dash and straight
// quotation marks that pair. Every change is in the log, with offsets in the
// text given. It is idempotent.
func Tidy(text string, lang language.Tag) (string, []pipeline.Repair) {
	loc, ok := locale.For(lang)
	if !ok {
		return text, nil
	}
	out, log := tidyOnce(text, loc)
	for range mostPasses {
		next, more := tidyOnce(out, loc)
		if len(more) == 0 {
			return out, log
		}
		out, log = next, joinRepairs(text, log, more)
	}
	return out, log
}

// mostPasses bounds how often a mended text is looked at again: a character
// taken out may leave a word to mend.
const mostPasses = 8

func tidyOnce(text string, loc *locale.Locale) (string, []pipeline.Repair) {
	t := tidier{text: text}
	t.characters()
	if loc == locale.Russian && hasScript(text, unicode.Latin) {
		t.words(facts.Of(text, loc))
	}
	t.spaces()
	if loc == locale.Russian {
		t.dashes()
		t.quotes(loc)
	}
	return t.apply()
}

// joinRepairs moves the repairs of a second pass to their places in the first
// text. One that touches what the first pass changed takes its place there.
func joinRepairs(text string, first, second []pipeline.Repair) []pipeline.Repair {
	out := slices.Clone(first)
	for _, r := range second {
		start, end := backTo(first, r.Start, false), backTo(first, r.End, true)
		r.Start, r.End = start, max(start, end)
		r.Before = text[r.Start:r.End]
		out = slices.DeleteFunc(out, func(o pipeline.Repair) bool { return o.Start >= r.Start && o.End <= r.End && o.End > o.Start })
		out = append(out, r)
	}
	sortRepairs(out)
	return out
}

// backTo is the place in the first text of a place in the mended one; behind
// says that a place inside a change is meant as its end.
func backTo(log []pipeline.Repair, at int, behind bool) int {
	shift := 0
	for _, r := range log {
		start := r.Start + shift
		end := start + len(r.After)
		switch {
		case at < start || at == start && (!behind || start < end): // an end right before a change is none inside it
			return at - shift
		case at < end || at == end && behind:
			if behind {
				return r.End
			}
			return r.Start
		}
		shift += len(r.After) - (r.End - r.Start)
	}
	return at - shift
}

// tidier collects changes of one text.
type tidier struct {
	text    string
	repairs []pipeline.Repair
}

func (t *tidier) change(rule string, start, end int, after string) {
	t.repairs = append(t.repairs, pipeline.Repair{Rule: rule, Start: start, End: end, Before: t.text[start:end], After: after})
}

func (t *tidier) characters() {
	for i, r := range t.text {
		if badRune(r) == "an invisible character" {
			t.change("invisible", i, i+sizeAt(t.text, i), "")
		}
	}
}

func (t *tidier) words(text *facts.Text) {
	for i := range text.Tokens {
		k := &text.Tokens[i]
		if k.Kind != facts.Word {
			continue
		}
		if latin, cyr, _ := scriptsOf(k.Text); latin && cyr {
			if w := unmix(k.Text); w != "" && isCyrillic(w) {
				t.change("mixedScript", k.Start, k.End, w)
			}
		}
	}
}

func (t *tidier) spaces() {
	for i := 0; i+1 < len(t.text); i++ {
		if t.text[i] != ' ' {
			continue
		}
		j := i
		for j < len(t.text) && t.text[j] == ' ' {
			j++
		}
		switch {
		case j < len(t.text) && strings.IndexByte(",.;:!?)", t.text[j]) >= 0 && i > 0 && (j+1 == len(t.text) || t.text[j+1] == ' ' || t.text[j] == ','):
			t.change("spaceBeforeMark", i, j, "")
		case j-i > 1:
			t.change("doubleSpace", i, j, " ")
		}
		i = j
	}
}

func (t *tidier) dashes() {
	for i := 0; ; {
		j := strings.Index(t.text[i:], " - ")
		if j < 0 {
			return
		}
		at := i + j + 1
		before, after := lastRune(t.text[:at-1]), t.text[at+2:]
		if !isDigitStart(before) || !isDigitStart(after) {
			t.change("dash", at, at+1, "—")
		}
		i = at + 1
	}
}

func isDigitStart(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// quotes turns straight marks that pair into those of the language.
func (t *tidier) quotes(loc *locale.Locale) {
	if n := strings.Count(t.text, "\""); n == 0 || n%2 != 0 || strings.ContainsAny(t.text, "«»„“”") {
		return
	}
	for _, q := range facts.Of(t.text, loc).Quotations() {
		if q.Open == '"' && q.Closed {
			t.change("quotes", q.Start, q.Start+1, loc.Quotes.Open)
			t.change("quotes", q.End-1, q.End, loc.Quotes.Close)
		}
	}
}

// apply makes the changes that do not overlap an earlier one.
func (t *tidier) apply() (string, []pipeline.Repair) {
	if len(t.repairs) == 0 {
		return t.text, nil
	}
	sortRepairs(t.repairs)
	var b strings.Builder
	var done []pipeline.Repair
	at := 0
	for _, r := range t.repairs {
		if r.Start < at {
			continue
		}
		b.WriteString(t.text[at:r.Start])
		b.WriteString(r.After)
		at = r.End
		done = append(done, r)
	}
	b.WriteString(t.text[at:])
	return b.String(), done
}

func sortRepairs(rs []pipeline.Repair) {
	slices.SortStableFunc(rs, func(a, b pipeline.Repair) int { return a.Start - b.Start })
}
