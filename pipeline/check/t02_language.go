package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// targetLang is T02: the answer is in another language or another script.
func targetLang(v *view) {
	if v.plainly() {
		return
	}
	g := locale.Detect(v.prose())
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
	if v.loc.Script == nil {
		return
	}
	own, other := locale.Letters(v.prose(), v.loc.Script)
	if own == 0 && other >= 4 && plainWords(v.src) >= 2 {
		v.broken = true
		v.add(report{
			check: "T02", category: "accuracy/untranslated", severity: pipeline.Major,
			message: fmt.Sprintf("The answer has no letter of the script of %s.", v.loc.Name),
		})
	}
}

// plainly reports whether the target is so clearly in its language that it
// need not be weighed: Russian has ы, э or ё and no letter of Ukrainian alone;
// Turkish has two words in lower case with ı, ğ or ş and no letter of
// Azerbaijani alone.
func (v *view) plainly() bool {
	own := 0
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		if k.Kind != facts.Word {
			continue
		}
		switch v.loc {
		case locale.Russian:
			if k.Text[0] < 0x80 && !k.Upper || strings.ContainsAny(k.Lower, "іїєґўъ") {
				return false
			}
			if strings.ContainsAny(k.Lower, "ыэё") {
				own++
			}
		case locale.Turkish:
			if strings.ContainsAny(k.Lower, "əxqw") && !k.Upper {
				return false
			}
			if !k.Upper && strings.ContainsAny(k.Text, "ığş") {
				own++
			}
		default:
			return false
		}
	}
	return own >= 2 && own*12 >= len(v.tgt.Tokens)
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
