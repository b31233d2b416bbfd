package check

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// The lists of chatter: pieces that start an answer, words that start one
// where more speaks for it, remarks behind an answer, refusals, and words
// about the work of translating.
var (
	openers   = list("chatter-openers")
	softStart = list("chatter-soft")
	closings  = list("chatter-closings")
	refusals  = list("refusals")
	meta      = list("chatter-meta")
)

// chatter is T20: the model talks about its work, refuses it, or leaves marks
// of its format around it. It is found by form first (a label, a tag, a fence,
// a greeting that ends with a colon, none of which the source has), and by
// phrases second.
func chatter(v *view) {
	t := strings.TrimSpace(v.p.Target)
	if t == "" {
		return
	}
	for _, c := range []func(*view, string) bool{refusal, tags, label, greeting, remark, edgeMarks} {
		if c(v, t) {
			return
		}
	}
}

func (v *view) chat(piece, message string) bool {
	i := max(0, strings.Index(v.p.Target, piece))
	v.add(report{
		check: "T20", category: "accuracy/addition", severity: pipeline.Major,
		at: facts.Span{Start: i, End: min(len(v.p.Target), i+len(piece))}, message: message,
	})
	return true
}

// refusal finds an answer that starts by declining.
func refusal(v *view, t string) bool {
	low := lowStart(t)
	if phraseAt(low, refusals()) == "" || phraseAt(lowStart(v.p.Source), refusals()) != "" {
		return false
	}
	v.broken = true
	return v.chat(firstSentence(t), fmt.Sprintf("%q is a refusal, not a translation.", clip(firstSentence(t))))
}

// tags finds fences and markup that the source has not.
func tags(v *view, t string) bool {
	if strings.Contains(t, "```") && !strings.Contains(v.p.Source, "```") {
		return v.chat("```", "The answer holds a code fence.")
	}
	if strings.ContainsRune(v.p.Source, '<') {
		return false
	}
	i := strings.IndexByte(t, '<')
	if i < 0 || i+1 >= len(t) {
		return false
	}
	if c := t[i+1]; c == '/' || c == '|' || c|0x20 >= 'a' && c|0x20 <= 'z' {
		if end := strings.IndexByte(t[i:], '>'); end > 0 && end < limits().TagBytes {
			return v.chat(t[i:i+end+1], fmt.Sprintf("The answer holds the tag %q, which the source has not.", t[i:i+end+1]))
		}
	}
	return false
}

// label finds a piece before a colon, at the very start, that speaks of the
// translation: "Russian translation:".
func label(v *view, t string) bool {
	head := firstLine(t)
	i := strings.IndexByte(head, ':')
	if i < 1 || i > limits().LabelBytes || len(strings.Fields(head[:i])) > limits().LabelWords {
		return false
	}
	if j := strings.IndexByte(firstLine(v.p.Source), ':'); j > 0 && j < 2*i && !strings.HasSuffix(head, ":") {
		return false
	}
	name := lastSentence(head[:i+1]) // the label may stand behind the answer: "…. Note: …"
	if !speaksOf(name, meta()) || aboutTranslation(v.p.Source) {
		return false
	}
	return v.chat(name, fmt.Sprintf("%q is a label of the answer, not a translation.", clip(name)))
}

// greeting finds "Sure!", "Here is …:" and their like before the answer.
func greeting(v *view, t string) bool {
	low := lowStart(t)
	if phraseAt(low, openers()) != "" && phraseAt(lowStart(v.p.Source), openers()) == "" {
		return v.chat(firstSentence(t), fmt.Sprintf("%q is the model talking about its answer, not a translation.", clip(firstSentence(t))))
	}
	if phraseAt(low, softStart()) == "" || phraseAt(lowStart(v.p.Source), softStart()) != "" {
		return false
	}
	first := firstSentence(t)
	if len([]rune(first)) > limits().GreetingLetters || aboutTranslation(v.p.Source) {
		return false
	}
	if strings.HasSuffix(first, ":") && !strings.HasSuffix(firstSentence(v.p.Source), ":") || strings.HasSuffix(first, "!") && !strings.Contains(firstSentence(v.p.Source), "!") || speaksOf(first, meta()) {
		return v.chat(first, fmt.Sprintf("%q is the model talking to its user, not a translation.", clip(first)))
	}
	return false
}

// remark finds a note or an offer behind the answer: a last piece that starts
// like one, or a last line more than the source has that speaks of the work.
func remark(v *view, t string) bool {
	extra, most := len(blocksOf(t)) > len(blocksOf(v.p.Source)), limits().RemarkLetters
	for i, piece := range tail(t) {
		low := lowStart(piece)
		if phraseAt(low, closings()) != "" && phraseAt(lowStart(lastSentence(v.p.Source)), closings()) == "" && len([]rune(piece)) < most && !aboutTranslation(v.p.Source) {
			return v.chat(piece, fmt.Sprintf("%q is the model's remark on its answer.", clip(piece)))
		}
		if i == 0 && extra && speaksOf(piece, meta()) && len([]rune(piece)) < most && !aboutTranslation(v.p.Source) {
			return v.chat(piece, fmt.Sprintf("%q has no counterpart in the source and speaks of the translation.", clip(piece)))
		}
	}
	return false
}

// edgeMarks finds Markdown or JSON around an answer whose source has none.
func edgeMarks(v *view, t string) bool {
	for _, m := range []string{"**", "__", "# ", "## ", "> ", "{\"", "[\"", "- **", "[INST]"} {
		if strings.HasPrefix(t, m) && !strings.Contains(v.p.Source, strings.TrimSpace(m)) {
			return v.chat(m, fmt.Sprintf("The answer starts with the mark %q, which the source has not.", m))
		}
	}
	return false
}

// aboutTranslation reports whether the source itself speaks of translating, so
// that such words in the answer mean nothing.
func aboutTranslation(source string) bool { return speaksOf(source, meta()) }

// speaksOf reports whether a text holds a word that starts with one of the
// stems.
func speaksOf(text string, stems []string) bool {
	low := strings.ToLower(text)
	for _, s := range stems {
		for i := 0; ; {
			j := strings.Index(low[i:], s)
			if j < 0 {
				break
			}
			if at := i + j; at == 0 || !isWordRune(lastRune(low[:at])) {
				return true
			}
			i += j + len(s)
		}
	}
	return false
}

// phraseAt is the phrase that a text starts with, as whole words.
func phraseAt(low string, phrases []string) string {
	for _, p := range phrases {
		if strings.HasPrefix(low, p) {
			if rest := low[len(p):]; rest == "" || !isWordRune(rest) {
				return p
			}
		}
	}
	return ""
}

// longestPhrase bounds the phrases of the lists, in bytes.
const longestPhrase = 96

// lowStart is the start of a text in lower case, without marks before it.
func lowStart(s string) string {
	s = strings.TrimLeft(s, "\"'«“*#>-—–_ ([\n")
	if len(s) > longestPhrase {
		s = s[:longestPhrase]
	}
	return strings.ToLower(s)
}

func isWordRune(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || r >= '0' && r <= '9' || isLetterRune(r)
}

// tail are the last pieces of a text, from the outermost: its last line, its
// last sentence, and its last bracket.
func tail(t string) []string {
	out := []string{strings.TrimSpace(t[strings.LastIndexByte(t, '\n')+1:])}
	if s := lastSentence(t); s != out[0] {
		out = append(out, s)
	}
	if i := strings.LastIndexAny(t, "(["); i > 0 && len(t)-i < limits().BracketBytes {
		out = append(out, t[i:])
	}
	return out
}

// longestTail is how far back the end of a text is looked at, in bytes.
const longestTail = 1200

// lastSentence is what follows the last end of a sentence inside a text.
func lastSentence(t string) string {
	t = strings.TrimSpace(t)
	if len(t) > longestTail {
		cut := len(t) - longestTail
		for cut < len(t) && !utf8.RuneStart(t[cut]) {
			cut++
		}
		t = t[cut:]
	}
	for i := len(t) - 1; i > 0; i-- {
		if t[i] == '\n' || t[i] == ' ' && endsSentence(t[:i]) {
			return strings.TrimSpace(t[i+1:])
		}
	}
	return t
}

// endsSentence reports whether a text ends with an end mark, or with one and
// what closes behind it.
func endsSentence(t string) bool {
	for range 2 {
		if t == "" {
			return false
		}
		switch t[len(t)-1] {
		case '.', '!', '?':
			return true
		}
		rest := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(t, "\""), "»"), ")")
		if rest == t {
			return false
		}
		t = rest
	}
	return false
}

// firstSentence ends at the first end mark or colon before a space.
func firstSentence(t string) string {
	t = firstLine(t)
	for i := 0; i+1 < len(t); i++ {
		if strings.IndexByte(".!?:", t[i]) >= 0 && t[i+1] == ' ' {
			return t[:i+1]
		}
	}
	return t
}

func firstLine(t string) string {
	t = strings.TrimSpace(t)
	if i := strings.IndexByte(t, '\n'); i >= 0 {
		return t[:i]
	}
	return t
}
