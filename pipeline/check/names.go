package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/facts"
)

// findName looks for one word of an English name in a target: the word itself
// with any ending, or a word of the other script that sounds like it: good for
// seeing that a name is there, no proof that it is right.
func findName(t *facts.Text, part string) (facts.Token, bool) {
	return find(t, part, limits().NearName, nil)
}

// findExact is findName for a word that sounds just like the name.
func findExact(t *facts.Text, part string) (facts.Token, bool) {
	return find(t, part, 0, nil)
}

func find(t *facts.Text, part string, near float64, taken map[string]string) (facts.Token, bool) {
	return soundOf(part).find(t, near, taken)
}

// find looks for the name among the words of a text that answer no other name.
func (s *sound) find(t *facts.Text, near float64, taken map[string]string) (facts.Token, bool) {
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Word || !s.matches(t, i, near) {
			continue
		}
		if by := taken[k.Lower]; by == "" || by == s.name {
			return *k, true
		}
	}
	return facts.Token{}, false
}

// matches reports whether token i, a word, may be the name.
func (s *sound) matches(t *facts.Text, i int, near float64) bool {
	if !t.Tokens[i].Upper {
		return s.startsAdjective(t, i)
	}
	return strings.HasPrefix(t.Fold(i), s.fold) || s.hears(t, i, near)
}

// sound is a name with its skeletons, worked out when they are needed.
type sound struct {
	name, fold string
	own        string // its own skeleton
	haveOwn    bool
	skels      []string
}

func soundOf(name string) *sound { return &sound{name: name, fold: facts.FoldName(name)} }

// skeleton is the first of all.
func (s *sound) skeleton() string {
	if !s.haveOwn {
		s.own, s.haveOwn = facts.Skeleton(s.name), true
	}
	return s.own
}

func (s *sound) all() []string {
	if s.skels == nil {
		s.skels = facts.Skeletons(s.name)
	}
	return s.skels
}

// startsAdjective reports whether a Cyrillic word in lower case is built on
// the name: "ньюпортское".
func (s *sound) startsAdjective(t *facts.Text, i int) bool {
	k := &t.Tokens[i]
	if len(s.name) < 4 || len(k.Text) < 2*len(s.name) || !isCyrillic(k.Text) {
		return false
	}
	skel := s.skeleton()
	return len(skel) >= 3 && strings.HasPrefix(t.Skel(i), skel)
}

// hears reports whether a capitalised word sounds like the name. In the same
// script only a spelling of its own may differ (Shanghai, Şanghay).
func (s *sound) hears(t *facts.Text, i int, near float64) bool {
	skel := t.Skel(i)
	if !isCyrillic(t.Tokens[i].Text) {
		return len(skel) > 2 && t.Fold(i)[0] == s.fold[0] && facts.Distance(s.skeleton(), skel) < min(limits().NearLatin, near+0.01)
	}
	for _, x := range s.all() {
		if x == "" || skel == "" {
			if x == skel {
				return true
			}
			continue
		}
		if x == skel || near > 0 && skel[0] == x[0] && facts.Distance(x, skel) <= near {
			return true
		}
	}
	return false
}

func isCyrillic(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return isCyrillicLetter(r)
}

// formIn looks for the base form of a name in a target: each of its words must
// stand there in some inflected form. It gives the first word that does not.
func formIn(t *facts.Text, form string) (missing string, ok bool) {
	for _, w := range strings.FieldsFunc(form, func(r rune) bool { return unicode.IsSpace(r) || r == '-' }) {
		if !wordIn(t, w) {
			return w, false
		}
	}
	return "", true
}

func wordIn(t *facts.Text, w string) bool {
	stem := Stem(strings.Trim(w, "«»\"'“”„.,()"), t.Loc.Tag.String())
	if stem == "" {
		return true
	}
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind == facts.Sign {
			continue
		}
		if strings.HasPrefix(t.Fold(i), stem) {
			return true
		}
	}
	return false
}

// Stem is the part of a word that stays in its inflected forms, folded by
// [facts.FoldName]: in Russian without the ending, in Turkish without a last
// consonant that may soften.
func Stem(w, lang string) string {
	f := []rune(facts.FoldName(w))
	switch lang {
	case "ru":
		for len(f) > 3 && strings.ContainsRune("аяоеуюыиэйь", f[len(f)-1]) {
			f = f[:len(f)-1]
		}
		if n := len(f); n > 4 && (string(f[n-2:]) == "ец" || string(f[n-2:]) == "ок" || string(f[n-2:]) == "ел" || string(f[n-2:]) == "ол") {
			f = f[:n-2] // a vowel that comes and goes
		}
	case "tr":
		if n := len(f); n > 3 && strings.ContainsRune("pctk", f[n-1]) {
			f = f[:n-1]
		}
	}
	return string(f)
}
