package locale

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Guess is the language a text seems to be in. Tag is und, and Certain false,
// where the text is too short or too mixed to judge.
type Guess struct {
	Tag     language.Tag
	Certain bool
}

// Letters counts the letters of a text that are of a script, and the others.
func Letters(text string, script *unicode.RangeTable) (own, other int) {
	for _, r := range text {
		switch {
		case r < 0x80:
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				if script == unicode.Latin {
					own++
				} else {
					other++
				}
			}
		case !unicode.IsLetter(r):
		case unicode.Is(script, r):
			own++
		default:
			other++
		}
	}
	return own, other
}

// HasLetter reports whether a text has a letter of a script.
func HasLetter(text string, script *unicode.RangeTable) bool {
	for _, r := range text {
		switch {
		case r < 0x80:
			if script == unicode.Latin && r|0x20 >= 'a' && r|0x20 <= 'z' {
				return true
			}
		case unicode.IsLetter(r) && unicode.Is(script, r):
			return true
		}
	}
	return false
}

// Detect says what language a text is in, of English, Russian and Turkish and
// the languages they are taken for: Ukrainian, Bulgarian, Azerbaijani and
// German. It weighs letters that one of them has alone, words of grammar and
// endings. A text of fewer than 12 letters, or one between two languages, is
// not judged.
func Detect(text string) Guess {
	return detectOver(text, 12)
}

func detectOver(text string, least int) Guess {
	if out := outsideQuotes(text); out != "" {
		s := weigh(out)
		if g := s.guess(); s.letters >= quotedAside && g.Certain {
			return g
		}
	}
	s := weigh(text)
	if s.letters < least {
		return Guess{}
	}
	return s.guess()
}

// guess is the language that clearly leads, if one does.
func (s *scores) guess() Guess {
	s.ruleOut()
	best, second := 0, -1
	for i := 1; i < len(s.score); i++ {
		if s.score[i] > s.score[best] {
			best, second = i, best
		} else if second < 0 || s.score[i] > s.score[second] {
			second = i
		}
	}
	margin := s.score[best] - s.score[second]
	if s.score[best] < 0.75 || margin < 0.5 || margin < 0.12*s.score[best] {
		return Guess{}
	}
	if s.score[best] < thinnest[best]*float64(s.letters-thinFrom) {
		return Guess{}
	}
	return Guess{Tag: judged[best].tag, Certain: true}
}

// thinnest is what each letter beyond the first thinFrom, which may be all
// names, must give the language. English and Turkish score about an eighth of
// a point a letter in their own sentences, and take up to a third of that from
// languages that are not judged: English from French, Turkish from Spanish.
// Measured: one in three hundred of their own sentences falls short.
var thinnest = [7]float64{en: 0.04, tr: 0.025}

const thinFrom = 16

// quotedAside is how many letters must stand outside quotation marks for what
// is inside, which may be a title in another language, not to count.
const quotedAside = 20

// outsideQuotes is a text without what stands in quotation marks; "" where
// nothing does, or where the marks do not pair.
func outsideQuotes(text string) string {
	if !strings.ContainsAny(text, "\"«“") {
		return ""
	}
	out := make([]byte, 0, len(text))
	depth, from := 0, 0 // from is where the piece outside that is being read starts
	for i, r := range text {
		was := depth
		switch r {
		case '"':
			depth = 1 - min(depth, 1)
		case '«', '“':
			depth++
		case '»', '”':
			depth = max(0, depth-1)
		default:
			continue
		}
		if was == 0 {
			out = append(out, text[from:i]...)
		}
		from = i + utf8.RuneLen(r)
	}
	if depth != 0 {
		return ""
	}
	return string(append(out, text[from:]...))
}

// ruleOut lowers what a language scores where the text lacks the letters it
// can hardly do without: ə is every twelfth letter of Azerbaijani, і every
// fifteenth of Ukrainian, ъ every fiftieth of Bulgarian. Where a third of the
// letters is Cyrillic, the Latin words in between are names.
func (s *scores) ruleOut() {
	if s.schwas == 0 {
		s.score[az] *= 0.3
	}
	if s.ukrainian == 0 {
		s.score[uk] *= 0.3
	}
	if s.hardSigns == 0 {
		s.score[bg] *= 0.6
	}
	s.score[bg] += 0.7 * float64(s.bulgarian)
	if 3*s.cyrillic > s.letters {
		s.score[en], s.score[tr], s.score[az], s.score[de] = 0, 0, 0, 0
	}
}

// scores is what speaks for each language of the table judged.
type scores struct {
	score     [7]float64
	letters   int
	cyrillic  int // of the letters
	schwas    int // ə
	ukrainian int // і ї є ґ
	hardSigns int // ъ
	bulgarian int // words that Russian has not
}

// The languages weighed, in the order of scores.
const (
	en = iota
	tr
	az
	de
	ru
	uk
	bg
)

type judgedLanguage struct {
	tag   language.Tag
	words func() map[string]bool
	ends  []string // endings of words, each worth half a word of grammar
	inner []string // pieces of words, worth a quarter
}

var judged = [7]judgedLanguage{
	en: {
		tag: language.English, words: wordSet("en/function-words"),
		ends:  []string{"ing", "tion", "ed", "ly", "ment", "ness", "'s", "’s", "ers", "ies", "ght", "ck", "ous", "able", "ship", "ss", "ward", "ith"},
		inner: []string{"th", "wh", "sh", "ee", "oo", "ck", "ou", "ph", "qu", "w", "x"},
	},
	tr: {
		tag: language.Turkish, words: wordSet("tr/function-words"),
		ends: []string{
			"lar", "ler", "ları", "leri", "yor", "mış", "miş", "muş", "müş", "dır", "dir", "dur", "dür", "nın", "nin", "nun", "nün", "lık", "lik", "luk", "lük",
			"acak", "ecek", "arak", "erek", "ması", "mesi", "dan", "den", "tan", "ten", "ında", "inde", "una", "üne", "mak", "mek", "ndı", "ldı", "ldi", "rdı", "rdi", "ıyor", "sı", "sü", "ğı", "ği", "lı", "lü", "cı", "dığı", "diği",
		},
		inner: []string{"ğ", "ış", "uy", "yı", "aş", "eş", "ıl", "üz", "ür"},
	},
	az: {
		tag: language.Azerbaijani, words: wordSet("detect/az"),
		ends:  []string{"lər", "dən", "də", "nə", "lıq", "maq", "mək", "yə", "dır"},
		inner: []string{"ə", "x", "q"},
	},
	de: {
		tag: language.German, words: wordSet("detect/de"),
		ends:  []string{"ung", "lich", "keit", "heit", "isch", "ischen", "cht", "chen", "ern", "eln", "ieren", "schaft", "tet", "ßen"},
		inner: []string{"sch", "ß", "ä", "ei", "ie", "cht", "tz"},
	},
	ru: {
		tag: language.Russian, words: wordSet("ru/function-words"),
		ends:  []string{"ый", "ого", "ому", "ыми", "ых", "ться", "тся", "лся", "лась", "лись", "ость", "ости", "ение", "ения", "ению", "ние", "ния", "ий", "ие", "ая", "ую", "ные", "ной", "ей", "ет", "ют", "ла", "ли", "ает", "ия", "ии", "ов", "ем"},
		inner: []string{"ы", "э", "ё", "ъе", "ъя"},
	},
	uk: {
		tag: language.Ukrainian, words: wordSet("detect/uk"),
		ends:  []string{"ння", "ться", "ого", "ій", "ість", "ості", "ти", "ють", "ими", "их", "ею"},
		inner: []string{"і", "ї", "є", "ґ"},
	},
	bg: {
		tag: language.Bulgarian, words: wordSet("detect/bg"),
		ends:  []string{"ът", "ят", "ите", "ният", "ските", "ията", "ата", "ства", "ваме", "нето"},
		inner: []string{"ъ", "щ"},
	},
}

// bulgarianOnly are words of grammar of Bulgarian that Russian has not.
var bulgarianOnly = wordSet("detect/bg-only")

// wordSet reads a list of words of grammar at its first use.
func wordSet(path string) func() map[string]bool {
	return onceSet("data/" + path + ".txt")
}
