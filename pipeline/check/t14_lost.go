package check

import (
	"fmt"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// lostNames is T14 without a names sheet: a name of the source that is neither
// copied nor written by its sound. It is a doubt only, for a name may have a
// form of its own in the target's language, or a pronoun in its place.
func lostNames(v *view) {
	if len(v.p.Names) > 0 {
		return
	}
	var m *nameMatch
	for _, n := range v.src.Names() {
		for _, part := range n.Parts {
			if !v.mustStand(n, part) || v.oftenElsewhere(part) || v.loc.Script == unicode.Cyrillic && len(facts.Skeleton(part)) < limits().NameConsonants {
				continue // of one consonant too little is heard
			}
			if m == nil {
				m = v.matchNames()
			}
			if m.found(part) {
				continue
			}
			i := max(strings.Index(v.p.Source[n.Start:], part), 0)
			v.add(report{
				check: "T14", category: "accuracy/omission", severity: pipeline.Minor, source: true,
				at:      facts.Span{Start: n.Start + i, End: n.Start + i + len(part)},
				message: fmt.Sprintf("The name %q of the source was not found in the translation.", part),
			})
			return
		}
	}
}

// nameMatch is which words of a target answer which names of its source. A
// word that answers one name exactly answers no other.
type nameMatch struct {
	texts []*facts.Text
	taken map[string]string // the word, to the name it answers exactly
	heard map[string]*sound // the names looked for
}

// sound is a name as it is looked for, made once.
func (m *nameMatch) sound(part string) *sound {
	s := m.heard[part]
	if s == nil {
		if m.heard == nil {
			m.heard = map[string]*sound{}
		}
		s = soundOf(part)
		m.heard[part] = s
	}
	return s
}

// matchNames gives the words that are exactly one name of the source to it.
func (v *view) matchNames() *nameMatch {
	m := &nameMatch{texts: []*facts.Text{v.tgt}, taken: map[string]string{}}
	for _, a := range v.around {
		m.texts = append(m.texts, a.target)
	}
	for _, n := range v.src.Names() {
		for _, part := range n.Parts {
			for _, t := range m.texts {
				if k, ok := m.sound(part).find(t, 0, nil); ok && m.taken[k.Lower] == "" {
					m.taken[k.Lower] = part
					break
				}
			}
		}
	}
	return m
}

// found reports whether a word answers the name, without its plural s too.
func (m *nameMatch) found(part string) bool {
	for _, by := range m.taken {
		if by == part {
			return true
		}
	}
	for _, t := range m.texts {
		if _, ok := m.sound(part).find(t, limits().NearName, m.taken); ok {
			return true
		}
	}
	stem, ok := strings.CutSuffix(part, "s")
	return ok && len(stem) > 3 && m.found(stem)
}

// mustStand reports whether a word of a name is one that a translation keeps
// or transcribes: no common word, no place or people with a name of its own in
// each language, no capital that only starts a sentence or a headline.
func (v *view) mustStand(n facts.Name, part string) bool {
	if n.Place || n.Initial && len(n.Parts) == 1 || len(part) < limits().NameBytes || strings.ContainsAny(part, "'’") || titleCased(v.src, n) {
		return false
	}
	low := strings.ToLower(part)
	e := v.src.Loc.Lookup(low)
	if e.Is(locale.Generic|locale.Common|locale.Place|locale.Demonym|locale.Title|locale.Function|locale.Report|locale.Cardinal|locale.Ordinal|locale.Month|locale.Weekday) || isPluralAcronym(part) || part == strings.ToUpper(part) && v.loc.Script != unicode.Latin || v.joinedToPlace(n, part) {
		return false
	}
	for _, s := range commonEndings() {
		stem, ok := strings.CutSuffix(low, s)
		if ok && (len(s) > 1 || v.src.Loc.Lookup(stem).Is(locale.Generic|locale.Common|locale.Place|locale.Demonym)) {
			return false
		}
	}
	return true
}

// commonEndings are endings of words that a translation need not keep as names.
var commonEndings = list("common-endings")

// isPluralAcronym: MLAs, ATMs.
func isPluralAcronym(w string) bool {
	stem, ok := strings.CutSuffix(w, "s")
	return ok && stem == strings.ToUpper(stem)
}

// joinedToPlace reports whether the word is joined by a hyphen to a place or a
// people, as in Austro-Hungarian.
func (v *view) joinedToPlace(n facts.Name, part string) bool {
	i := strings.Index(v.p.Source[n.Start:], part+"-")
	if i < 0 || n.Start+i > n.End {
		return false
	}
	rest := facts.Of(clipBytes(v.p.Source[n.Start+i+len(part)+1:], 40), v.src.Loc)
	if len(rest.Tokens) == 0 {
		return false
	}
	next := &rest.Tokens[0]
	return next.Lex.Is(locale.Demonym|locale.Place|locale.Generic) || strings.HasSuffix(next.Lower, "ian") || strings.HasSuffix(next.Lower, "ese") || strings.HasSuffix(next.Lower, "ish")
}

func clipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// titleCased reports whether a name stands in a row of capitalised words as
// headlines have them: the line it stands in is written so, or the name has
// four words or more.
func titleCased(t *facts.Text, n facts.Name) bool {
	if len(n.Parts) > limits().HeadlineParts {
		return true
	}
	up, low, reach := 0, 0, limits().HeadlineReach
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Word || len(k.Text) < 4 || k.Start < n.Start-reach || k.Start > n.End+reach {
			continue
		}
		if k.Upper {
			up++
		} else {
			low++
		}
	}
	return up > low
}

// oftenElsewhere reports whether the whole text names it twice: then the
// translation may say "he", or has another form for it throughout.
func (v *view) oftenElsewhere(part string) bool { return v.rowNames[part] > 1 }
