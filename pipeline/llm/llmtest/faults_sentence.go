package llmtest

import (
	"encoding/json"
	"strings"
	"unicode"
)

// applyToSentence spoils one property of a keyed answer.
func (f *armed) applyToSentence(q ask, res *response) {
	at := f.property(q, res.props)
	if at < 0 {
		return
	}
	props := append([]pair(nil), res.props...)
	switch f.Kind {
	case KeyLost:
		props = append(props[:at], props[at+1:]...)
	case KeyDoubled:
		if q.task == "correct/edits" { // the neighbour's edits: none of them fits here
			props[at].value = list([]json.RawMessage{edit("words that stand in another sentence", "other words")})
			break
		}
		props[at].value = f.neighbourOf(props, at)
	case DuplicateKey:
		props = append(props, pair{props[at].key, q.damage(SentenceGerman, props[at])})
	default:
		props[at].value = q.damage(f.Kind, props[at])
	}
	res.props = props
	if len(props) == 0 {
		res.content = "{}"
	}
}

// property is the place of the property to spoil.
func (f *armed) property(q ask, props []pair) int {
	key := f.Key
	if key == "" && f.Sentence != "" && !strings.HasPrefix(q.task, "summarize/") {
		key = q.keyOf(f.Sentence)
	}
	for i, p := range props {
		if p.key == key {
			return i
		}
	}
	if q.task == "summarize/brief" {
		return min(1, len(props)-1)
	}
	return min(0, len(props)-1)
}

// neighbourOf is the value beside a property. Asked alone later, the sentence
// gets the same wrong value again.
func (f *armed) neighbourOf(props []pair, at int) json.RawMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case at+1 < len(props):
		f.neighbour = props[at+1].value
	case at > 0:
		f.neighbour = props[at-1].value
	case f.neighbour == nil:
		f.neighbour = props[at].value
	}
	return f.neighbour
}

// damage is a spoiled value in place of a property's good one.
func (q ask) damage(kind Kind, good pair) json.RawMessage {
	switch {
	case q.task == "correct/edits":
		source := q.sourceOf(good.key)
		return list([]json.RawMessage{edit(source, damageText(kind, "en", source, source))})
	case strings.HasPrefix(q.task, "summarize/"):
		return q.damageSummary(kind, good)
	}
	return raw(damageText(kind, q.to, q.sourceOf(good.key), text(good.value)))
}

// edit is a proposal that rewrites a sentence.
func edit(before, after string) json.RawMessage {
	return json.RawMessage(written([]pair{{"before", raw(before)}, {"after", raw(after)}, {"category", raw("grammar")}, {"reason", raw("wrong")}}))
}

// damageSummary spoils the text of a summary sentence, the first of a list.
func (q ask) damageSummary(kind Kind, good pair) json.RawMessage {
	var many []json.RawMessage
	if json.Unmarshal(good.value, &many) == nil && len(many) > 0 {
		many[0] = q.damageSummary(kind, pair{good.key, many[0]})
		return list(many)
	}
	props, err := object(good.value)
	if err != nil {
		return raw(damageText(kind, "en", text(good.value), text(good.value)))
	}
	for i, p := range props {
		if p.key == "text" {
			props[i].value = raw(damageText(kind, "en", text(p.value), text(p.value)))
		}
	}
	return json.RawMessage(written(props))
}

// sourceOf is the sentence or name that a key asks about.
func (q ask) sourceOf(key string) string {
	for _, list := range [][]pair{q.sentences, q.names} {
		for _, p := range list {
			if p.key == key {
				return text(p.value)
			}
		}
	}
	return ""
}

// damageText spoils one text in a language.
func damageText(kind Kind, lang, source, good string) string {
	switch kind {
	case SentenceEnglish:
		if lang == "en" {
			return Translate("ru", source)
		}
		return source
	case SentenceUkrainian:
		return Ukrainian(source)
	case SentenceGerman:
		if g := German(source); g != source {
			return g
		}
		return "der " + source + "er"
	case SentenceLost:
		words := strings.Fields(good)
		if len(words) < 2 {
			return half(good)
		}
		return strings.Join(words[:(len(words)+2)/3], " ")
	case DigitsChanged:
		return changeDigits(good)
	case Repetition:
		words := strings.Fields(good)
		words = words[:min(5, len(words))]
		return strings.Repeat(strings.Join(words, " ")+" ", 40)
	}
	return good
}

// changeDigits adds one to every digit but 9; a text without digits gets a
// number.
func changeDigits(s string) string {
	if strings.IndexFunc(s, unicode.IsDigit) < 0 {
		return "47 " + s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '8' {
			return r + 1
		}
		return r
	}, s)
}

// inEnglish is an answer in which nothing was translated: every sentence as it
// was sent. Where the task is to write English, it is plain text and no JSON.
func (q ask) inEnglish() string {
	if q.to != "" {
		props := append(append([]pair(nil), q.sentences...), q.names...)
		return written(props)
	}
	var parts []string
	for _, p := range q.sentences {
		parts = append(parts, text(p.value))
	}
	return strings.Join(parts, " ")
}

// Ukrainian is a sentence in pseudo-Ukrainian: the letters and function words
// that tell Ukrainian from Russian.
func Ukrainian(text string) string {
	words := strings.Fields(Translate("ru", text))
	for i, w := range words {
		bare := strings.Trim(w, `.,;:!?«»"`)
		u, ok := ukrainianWords[strings.ToLower(bare)]
		if !ok {
			u = ukrainianLetters.Replace(bare)
		} else if startsUpper(bare) {
			u = russian().capital(u)
		}
		words[i] = strings.Replace(w, bare, u, 1)
	}
	return strings.Join(words, " ")
}

var ukrainianLetters = strings.NewReplacer("и", "і", "ы", "и", "э", "є", "ё", "йо", "ъ", "'", "И", "І", "Ы", "И", "Э", "Є")

var ukrainianWords = map[string]string{
	"и": "та", "в": "у", "из": "із", "с": "зі", "что": "що", "как": "як", "это": "це", "он": "він", "она": "вона", "они": "вони", "был": "був",
	"были": "були", "его": "його", "её": "її", "их": "їх", "который": "який", "от": "від", "есть": "є", "сказал": "сказав", "когда": "коли",
	"если": "якщо", "но": "але", "или": "або", "после": "після", "также": "також", "этот": "цей", "при": "біля", "о": "про",
}

// German is a sentence in pseudo-German.
func German(text string) string {
	var b strings.Builder
	for _, p := range scan(text) {
		g, ok := germanWords[strings.ToLower(p.text)]
		switch {
		case p.kind != word:
			g = p.text
		case ok && startsUpper(p.text):
			g = turkish().capital(g)
		case !ok && !startsUpper(p.text):
			g = strings.NewReplacer("c", "k", "sh", "sch", "y", "ie").Replace(p.text) + "en"
		case !ok:
			g = p.text
		}
		b.WriteString(g)
	}
	return b.String()
}

var germanWords = map[string]string{
	"the": "der", "a": "ein", "an": "eine", "of": "von", "in": "in", "on": "auf", "at": "bei", "to": "zu", "from": "aus", "by": "durch",
	"with": "mit", "for": "für", "about": "über", "after": "nach", "before": "vor", "and": "und", "or": "oder", "but": "aber", "that": "dass",
	"which": "welche", "who": "der", "he": "er", "she": "sie", "it": "es", "they": "sie", "his": "sein", "her": "ihr", "their": "ihre",
	"is": "ist", "are": "sind", "was": "war", "were": "waren", "be": "sein", "been": "gewesen", "has": "hat", "have": "haben", "had": "hatte",
	"not": "nicht", "no": "kein", "as": "als", "when": "wenn", "will": "wird", "also": "auch", "said": "sagte", "says": "sagt", "one": "ein",
	"during": "während", "several": "mehrere", "according": "laut", "this": "dieser", "you": "Sie", "don't": "nicht", "reportedly": "angeblich",
}
