package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// turkishForm is T16: an inflected name without its apostrophe, a Turkish city
// with an English I, and a text without any Turkish letter.
func turkishForm(v *view) {
	if v.loc != locale.Turkish {
		return
	}
	asciiTurkish(v)
	names := map[string]bool{}
	for _, n := range v.src.Names() {
		if len(n.Parts) > 1 || n.Titled {
			names[n.Parts[len(n.Parts)-1]] = true
		}
	}
	for i := range v.tgt.Tokens {
		k := &v.tgt.Tokens[i]
		if k.Kind != facts.Word || !k.Upper {
			continue
		}
		if want, ok := dottedCity(k.Text); ok {
			v.add(report{
				check: "T16", category: "localeConvention", severity: pipeline.Minor, at: k.Span, suggest: want,
				message: fmt.Sprintf("%q is written %q in Turkish.", k.Text, want),
			})
			continue
		}
		if name, ending, ok := glued(k.Text, names); ok {
			v.add(report{
				check: "T16", category: "fluency/punctuation", severity: pipeline.Minor, at: k.Span, suggest: name + "'" + ending,
				message: fmt.Sprintf("The ending of the name %q wants an apostrophe: %s'%s.", name, name, ending),
			})
		}
	}
}

func asciiTurkish(v *view) {
	if v.tgt.Letters() < limits().TurkishLetters || strings.ContainsAny(v.p.Target, "çğışöüÇĞİŞÖÜ") {
		return
	}
	v.add(report{
		check: "T16", category: "fluency/characterEncoding", severity: pipeline.Major,
		message: "The text has none of the letters ç, ğ, ı, ö, ş, ü: it seems to be Turkish without its letters.",
	})
}

// dottedCity gives the right spelling of a Turkish place written with an
// English I, or of Türkiye without its dots.
func dottedCity(w string) (string, bool) {
	for _, l := range turkishPlaces() {
		english, turkish, _ := strings.Cut(l, " = ")
		if rest, ok := strings.CutPrefix(w, english); ok && (rest == "" || isApostropheStart(rest)) {
			return turkish + rest, true
		}
	}
	return "", false
}

// turkishPlaces are the places, "English = Turkish".
var turkishPlaces = list("turkish-places")

func isApostropheStart(s string) bool {
	return strings.HasPrefix(s, "'") || strings.HasPrefix(s, "’")
}

// caseEndings are the endings that are parted from a name by an apostrophe.
var caseEndings = listSet("turkish-case-endings")

// glued reports whether a word is one of the names with an ending and no
// apostrophe between them.
func glued(w string, names map[string]bool) (name, ending string, ok bool) {
	for n := range names {
		if rest, cut := strings.CutPrefix(w, n); cut && len(n) > 3 && caseEndings()[rest] {
			return n, rest, true
		}
	}
	return "", "", false
}
