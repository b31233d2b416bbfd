package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// sheetNames is T14 against the names sheet: a name of the source has a form
// on the sheet, and the target writes another one, or none.
func sheetNames(v *view) {
	done, lang := "", v.p.Lang.String()
	for _, n := range longestFirst(v.namesIn(v.p.Names, lang)) {
		form := n.Forms[lang]
		if strings.Contains(done, n.Source) {
			continue
		}
		done += " " + n.Source
		missing, ok := formIn(v.tgt, form)
		if ok {
			continue
		}
		sev, message := pipeline.Minor, fmt.Sprintf("The name %q is missing; the names sheet writes it %q.", n.Source, form)
		at := facts.Span{}
		if len(strings.Fields(form)) > 1 && wordIn(v.tgt, lastWord(form)) {
			continue // the surname stands alone, as the desk may write it
		}
		if k, found := findName(v.tgt, lastWord(n.Source)); found && !foreign(v.loc, form) {
			sev, at = pipeline.Major, k.Span
			message = fmt.Sprintf("The name %q is written %q; the names sheet writes it %q (in whatever case the sentence needs).", n.Source, k.Text, form)
		}
		v.add(report{
			check: "T14", category: "terminology/inconsistentWithTermbase", severity: sev, at: at, message: message, suggest: missing,
		})
	}
}

// namesIn are the names of a sheet that stand in the source and have a form in
// the language.
func (v *view) namesIn(sheet []pipeline.Name, lang string) []pipeline.Name {
	var out []pipeline.Name
	for _, n := range sheet {
		if n.Forms[lang] != "" && holdsWord(v.p.Source, n.Source) {
			out = append(out, n)
		}
	}
	return out
}

// brand reports whether a name is one word with capitals inside (AP, CNNTurk):
// such are printed in their own letters everywhere.
func brand(name string) bool {
	return !strings.ContainsAny(name, " -") && strings.IndexFunc(name[min(1, len(name)):], unicode.IsUpper) >= 0
}

// foreign reports whether a form keeps the letters of another script. A name
// that is then written in the language's own is no fault.
func foreign(loc *locale.Locale, form string) bool {
	if loc.Script == nil {
		return false
	}
	own, other := locale.Letters(form, loc.Script)
	return own == 0 && other > 0
}

func longestFirst(names []pipeline.Name) []pipeline.Name {
	out := slices.Clone(names)
	slices.SortStableFunc(out, func(a, b pipeline.Name) int { return len(b.Source) - len(a.Source) })
	return out
}

func lastWord(s string) string {
	f := strings.Fields(s)
	if len(f) == 0 {
		return ""
	}
	return f[len(f)-1]
}

// holdsWord reports whether a piece stands in a text with no letter right
// before or after it.
func holdsWord(text, piece string) bool {
	for i := 0; ; {
		j := strings.Index(text[i:], piece)
		if j < 0 {
			return false
		}
		a, b := i+j, i+j+len(piece)
		if (a == 0 || !isWordRune(lastRune(text[:a]))) && (b == len(text) || !isWordRune(text[b:])) {
			return true
		}
		i = b
	}
}

func lastRune(s string) string {
	if s == "" {
		return ""
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	return string(r)
}

// Name judges one entry of the names sheet: the form must be in the script of
// its language, hold no more than a name, and sound like its source. A form
// that sounds unlike is a doubt, for a name may have an established form.
func Name(source string, lang language.Tag, form string) []pipeline.Finding {
	v := newView(pipeline.Pair{ID: source, Source: source, Target: form, Lang: lang})
	v.stage = "names"
	if strings.TrimSpace(form) == "" {
		return nil
	}
	controls(v)
	mixedScript(v)
	if strings.ContainsAny(form, "\n{}[]<>|:;?!") && !strings.ContainsAny(source, "\n{}[]<>|:;?!") || v.tgtRunes > limits().FormTimes*v.srcRunes+limits().FormMore {
		v.add(report{
			check: "T14", category: "terminology/wrongTerm", severity: pipeline.Major,
			message: fmt.Sprintf("%q is more than the form of a name.", clip(form)),
		})
		return v.findings
	}
	if foreign(v.loc, form) {
		if brand(source) {
			return v.findings
		}
		sev := pipeline.Minor // a brand may keep its letters
		if v.loc.Script == unicode.Latin || len(v.src.Names()) > 0 && len(v.src.Names()[0].Parts) > 1 {
			sev = pipeline.Major
		}
		v.add(report{
			check: "T14", category: "terminology/wrongTerm", severity: sev,
			message: fmt.Sprintf("The form %q of the name %q is not in the script of %s.", form, source, v.loc.Name),
		})
		return v.findings
	}
	if stray := strayDigits(source, form); stray != "" {
		v.add(report{
			check: "T14", category: "terminology/wrongTerm", severity: pipeline.Major,
			message: fmt.Sprintf("The form %q has a number that the name %q does not have.", form, source),
		})
	}
	if lost := namePartsLost(source, form); len(lost) > 0 {
		v.add(report{
			check: "T14", category: "terminology/wrongTerm", severity: pipeline.Minor, suggest: Transcribe(source, lang),
			message: fmt.Sprintf("The form %q leaves out %q of the name %q.", form, strings.Join(lost, " "), source),
		})
	}
	if far := nameDistance(source, form); far > limits().UnlikeForm {
		v.add(report{
			check: "T14", category: "terminology/wrongTerm", severity: pipeline.Minor, suggest: Transcribe(source, lang),
			message: fmt.Sprintf("The form %q does not sound like the name %q.", form, source),
		})
	}
	return v.findings
}

// nameDistance is the least distance between a word of the source name and a
// word of the form.
func nameDistance(source, form string) float64 {
	best := 1.0
	for _, s := range strings.FieldsFunc(source, isNameGap) {
		for _, f := range strings.FieldsFunc(form, isNameGap) {
			if strings.HasPrefix(facts.FoldName(f), facts.FoldName(s)) {
				return 0
			}
			a, b := facts.Skeleton(s), facts.Skeleton(f)
			if a == "" && b == "" {
				return 0
			}
			best = min(best, facts.Distance(a, b))
		}
	}
	return best
}

func isNameGap(r rune) bool {
	return unicode.IsSpace(r) || r == '-' || r == '«' || r == '»' || r == '"'
}

// NameSheet judges a whole sheet: each entry by [NameAmong].
func NameSheet(names []pipeline.Name, lang language.Tag) []pipeline.Finding {
	var out []pipeline.Finding
	for _, n := range names {
		if n.Forms[lang.String()] != "" {
			out = append(out, NameAmong(n, names, lang)...)
		}
	}
	return out
}

// NameAmong judges one entry of a sheet by [Name], and holds its form against
// the other names: it must be nearest to its own.
func NameAmong(n pipeline.Name, sheet []pipeline.Name, lang language.Tag) []pipeline.Finding {
	form := n.Forms[lang.String()]
	out := Name(n.Source, lang, form)
	if loc, ok := locale.For(lang); ok && foreign(loc, form) && partOfAnother(n, sheet) {
		for i := range out {
			out[i].Severity = pipeline.Major // half of a person's name is no brand
		}
		return out
	}
	own := nameDistance(n.Source, form)
	if own < limits().NearName {
		return out
	}
	for _, m := range sheet {
		if m.Source == n.Source || nameDistance(n.Source, m.Source) < limits().NearName || nameDistance(m.Source, form) >= limits().OthersForm {
			continue
		}
		v := newView(pipeline.Pair{ID: n.Source, Source: n.Source, Target: form, Lang: lang})
		v.stage = "names"
		v.add(report{
			check: "T14", category: "terminology/wrongTerm", severity: pipeline.Major,
			message: fmt.Sprintf("The form %q given for %q is that of %q.", form, n.Source, m.Source),
		})
		return append(out, v.findings...)
	}
	return out
}

// partOfAnother reports whether a name is one word of a longer name of the
// sheet.
func partOfAnother(n pipeline.Name, sheet []pipeline.Name) bool {
	for _, m := range sheet {
		if m.Source != n.Source && slices.Contains(strings.Fields(m.Source), n.Source) {
			return true
		}
	}
	return false
}

// strayDigits are the digits of a form that its name does not have.
func strayDigits(source, form string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) && !strings.ContainsRune(source, r) {
			return r
		}
		return -1
	}, form)
}

// namePartsLost are the words of a name of several that no word of the form
// sounds like, where the form has fewer words. A common word in it ("Agency")
// is translated or left out at will.
func namePartsLost(source, form string) []string {
	words := strings.FieldsFunc(source, isNameGap)
	if len(strings.FieldsFunc(form, isNameGap)) >= len(words) {
		return nil
	}
	var lost []string
	for _, w := range words {
		if !locale.English.Lookup(strings.ToLower(w)).Is(locale.Generic|locale.Function) && nameDistance(w, form) > limits().UnlikeForm {
			lost = append(lost, w)
		}
	}
	return lost
}
