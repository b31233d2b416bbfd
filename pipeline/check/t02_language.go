package check

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// targetLang is T02: the answer is in another language or another script.
func targetLang(v *view) {
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
