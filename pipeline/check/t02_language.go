package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// targetLang is T02: the answer is in another language or another script.
func targetLang(v *view) {
	if v.plainly() {
		return
	}
	prose := v.prose()
	g := locale.Detect(prose)
	base, _ := v.p.Lang.Base()
	got, _ := g.Tag.Base()
	if g.Certain && got != base {
		v.broken = true
		v.add(report{
			check: "T02", category: "accuracy/untranslated", severity: pipeline.Critical,
			message: fmt.Sprintf("The answer is in %s; %s was expected.", languageName(g.Tag.String()), v.loc.Name),
		})
		return
	}
	if v.loc.Script == nil || locale.HasLetter(prose, v.loc.Script) {
		return
	}
	own, other := locale.Letters(prose, v.loc.Script)
	if own == 0 && other >= limits().OtherLetters && plainWords(v.src) >= limits().EnglishWords {
		v.broken = true
		v.add(report{
			check: "T02", category: "accuracy/untranslated", severity: pipeline.Major,
			message: fmt.Sprintf("The answer has no letter of the script of %s.", v.loc.Name),
		})
	}
}

// plainly reports whether the target is so clearly in its language that it
// need not be weighed: a word of Russian has ы, э or ё and none a letter of
// Ukrainian alone; a word of Turkish in lower case has ı, ğ or ş and none a
// letter of Azerbaijani alone; and few words are in another script.
func (v *view) plainly() bool {
	if v.loc != locale.Russian && v.loc != locale.Turkish {
		return false
	}
	own, words, latin := 0, 0, 0
	if v.plain && v.loc == locale.Russian {
		own = 1 // of a text that is plainly Russian, a piece need not show it again
	}
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		if k.Kind != facts.Word {
			continue
		}
		words++
		switch mark := letterMark(k.Lower, v.loc == locale.Russian); {
		case mark < 0 && (!k.Upper || v.loc == locale.Russian):
			return false
		case mark > 0 && (!k.Upper || v.loc == locale.Russian):
			own++
		}
		if v.loc == locale.Russian && k.Text[0] < 0x80 && !k.Upper {
			latin++
		}
	}
	l := limits()
	return own > 0 && l.PlainLatin*latin <= words && (v.plain || l.PlainMarks*own >= words)
}

// letterMark is 1 for a word with a letter that marks the language, -1 for one
// with a letter of a neighbour, else 0.
func letterMark(w string, russian bool) int {
	mark := 0
	for _, r := range w {
		switch r {
		case 'і', 'ї', 'є', 'ґ', 'ў', 'ъ':
			if russian {
				return -1
			}
		case 'ə', 'x', 'q', 'w':
			if !russian {
				return -1
			}
		case 'ы', 'э', 'ё':
			if russian {
				mark = 1
			}
		case 'ı', 'ğ', 'ş':
			if !russian {
				mark = 1
			}
		}
	}
	return mark
}

func languageName(tag string) string {
	switch tag {
	case "en":
		return "English"
	case "ru":
		return "Russian"
	case "tr":
		return "Turkish"
	case "uk":
		return "Ukrainian"
	case "bg":
		return "Bulgarian"
	case "az":
		return "Azerbaijani"
	case "de":
		return "German"
	}
	return "another language"
}
