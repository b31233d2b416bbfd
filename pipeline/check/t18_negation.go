package check

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// negationLost is T18: the source denies and the translation has no word or
// ending of denial. A remark: it is wrong on one good sentence in two hundred.
func negationLost(v *view) {
	ns := v.src.Negations()
	if len(ns) == 0 || denies(v.tgt, true) {
		return
	}
	v.add(report{
		check: "T18", category: "accuracy/mistranslation", severity: pipeline.Neutral, at: ns[0].Span, source: true,
		message: fmt.Sprintf("The source denies (%q) and the translation seems not to.", ns[0].Text),
	})
}

// denies reports whether a text has a word of denial, with weak also one that
// denies without a negative particle.
func denies(t *facts.Text, weak bool) bool {
	if len(t.Negations()) > 0 {
		return true
	}
	for i := range t.Tokens {
		if weak && t.Tokens[i].Lex.Is(locale.WeakNegation) {
			return true
		}
	}
	return weak && deniesBySuffix(t)
}

// deniesBySuffix finds the Turkish endings that deny: -ma- before an ending of
// the verb, -sız.
func deniesBySuffix(t *facts.Text) bool {
	if t.Loc.Tag != locale.Turkish.Tag {
		return false
	}
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != facts.Word || len(k.Lower) < limits().DenialBytes {
			continue
		}
		for _, s := range turkishDenials() {
			if strings.Contains(k.Lower, s) {
				return true
			}
		}
	}
	return false
}

var turkishDenials = list("turkish-denials")
