package check

import (
	"fmt"
	"math"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// neighbours is T22: the answer is the neighbour's answer once more, or it
// fits the neighbour's source and not its own.
func neighbours(v *view) {
	if v.p.Before == nil && v.p.After == nil {
		return
	}
	own := newAnchors(v.src)
	ownHits := own.hits(v.tgt)
	for _, n := range []*pipeline.Pair{v.p.Before, v.p.After} {
		if n == nil || n.Source == "" || fold(n.Source) == fold(v.p.Source) {
			continue
		}
		if n.Target != "" && v.tgtRunes >= limits().TwinLetters && fold(n.Target) == fold(v.p.Target) && !v.ownOnly(n, own, ownHits) {
			v.add(report{
				check: "T22", category: "accuracy/mistranslation", severity: pipeline.Major,
				message: fmt.Sprintf("The answer is the same as that of %s, whose source is another.", n.ID),
			})
			return
		}
		if v.belongsTo(n, own, ownHits) {
			v.add(report{
				check: "T22", category: "accuracy/mistranslation", severity: pipeline.Major,
				message: fmt.Sprintf("The numbers and names of this answer are those of %s, and its own are missing: it belongs to another sentence.", n.ID),
			})
			return
		}
	}
}

// ownOnly reports whether the target is clearly this sentence's and not the
// neighbour's, so that the neighbour is the one that is wrong: it has all
// anchors of its own and lacks some of the neighbour's; or, where there are
// none, its length fits this source and not the other.
func (v *view) ownOnly(n *pipeline.Pair, own anchors, ownHits int) bool {
	neighbour := facts.Of(n.Source, v.src.Loc)
	theirs := newAnchors(neighbour)
	mine, only := own.without(theirs), theirs.without(own)
	switch {
	case mine.count() == 0 && only.count() == 0:
		return misfit(v.srcRunes, v.tgtRunes)+limits().ClearFit < misfit(utf8.RuneCountInString(n.Source), v.tgtRunes)
	case ownHits < own.count():
		return false
	case only.count() == 0:
		return mine.count() > 0
	}
	return only.hits(v.tgt) < only.count()
}

// misfit is how far a target's length is from its source's, as a ratio.
func misfit(source, target int) float64 {
	return math.Abs(math.Log(float64(max(target, 1)) / float64(max(source, 1))))
}

// belongsTo reports whether the target holds the anchors of a neighbour and
// not its own. It takes two anchors, or one number, that only the neighbour
// has.
func (v *view) belongsTo(n *pipeline.Pair, own anchors, ownHits int) bool {
	if ownHits > 0 || own.count() == 0 && v.srcRunes > limits().NoAnchorLetters {
		return false
	}
	theirs := newAnchors(facts.Of(n.Source, v.src.Loc)).without(own)
	if theirs.count() == 0 {
		return false
	}
	hits, enough := theirs.hits(v.tgt), limits().OthersAnchors
	switch {
	case own.count() == 0:
		return hits >= enough && hits == theirs.count()
	case hits >= enough || len(theirs.numbers) > 0 && hits == theirs.count():
		return 2*hits > theirs.count()
	}
	return false
}

// anchors are what can be found again in a translation: numbers in digits, and
// the skeletons of names.
type anchors struct {
	numbers []facts.Number
	names   []string // name parts, as written
}

func newAnchors(t *facts.Text) anchors {
	var a anchors
	for _, n := range t.Numbers() {
		if n.Form == facts.Digits && !n.Vague {
			a.numbers = append(a.numbers, n)
		}
	}
	for _, n := range t.Names() {
		if n.Place || n.Initial && len(n.Parts) == 1 {
			continue
		}
		if p := n.Parts[len(n.Parts)-1]; len(facts.Skeleton(p)) >= limits().NameConsonants {
			a.names = append(a.names, p)
		}
	}
	return a
}

func (a anchors) count() int { return len(a.numbers) + len(a.names) }

// without leaves out what b has too.
func (a anchors) without(b anchors) anchors {
	var out anchors
	out.numbers, _ = diffNumbers(a.numbers, b.numbers)
	for _, n := range a.names {
		shared := false
		for _, m := range b.names {
			shared = shared || facts.FoldName(m) == facts.FoldName(n)
		}
		if !shared {
			out.names = append(out.names, n)
		}
	}
	return out
}

// hits counts the anchors that a target holds.
func (a anchors) hits(t *facts.Text) int {
	missing := unanswered(a.numbers, t.Numbers())
	n := len(a.numbers) - len(missing)
	for _, name := range a.names {
		if _, ok := findName(t, name); ok {
			n++
		}
	}
	return n
}
