package check

import (
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// Bead is a group of source sentences and the group of target sentences that
// translates it. An empty source or target span is a sentence without a
// counterpart.
//
// Doubt is in units of the aligner's cost (a negative logarithm of likelihood):
// where it is small, nothing can be said about a sentence lost or added.
type Bead struct {
	Source, Target           facts.Span  // in the two texts
	SourceCount, TargetCount int         // sentences in each
	source, target           *facts.Text // of a single sentence, already read
	Doubt                    float64     // of a lone sentence: how much worse the best alignment without one is
}

// Alignment is which sentences of two texts belong together.
type Alignment struct{ Beads []Bead }

// piece is one sentence as the aligner sees it.
type piece struct {
	facts.Span
	text    *facts.Text
	runes   float64
	numbers []facts.Number
	names   []nameKey
	caps    []nameKey
	ends    rune
}

// nameKey is a capitalised word in the two forms it is found by.
type nameKey struct{ fold, skel string }

// Align finds which sentences of a translation belong to which of its source,
// by their lengths, their numbers, their names and their end marks. Paragraphs
// that are as many on both sides are aligned one by one.
func Align(src, tgt string, lang language.Tag) Alignment {
	loc, ok := locale.For(lang)
	if !ok {
		loc = locale.English
	}
	return align(facts.Of(src, locale.English), facts.Of(tgt, loc))
}

// align is [Align] of two texts that were read before.
func align(src, tgt *facts.Text) Alignment {
	a, b := blocksOf(src.Raw), blocksOf(tgt.Raw)
	var out Alignment
	if len(a) == len(b) && len(a) > 1 {
		for i := range a {
			one := alignSpan(src, tgt, a[i], b[i])
			out.Beads = append(out.Beads, one.Beads...)
		}
		return out
	}
	if len(a) > 1 && len(b) > 1 {
		return alignBlocks(src, tgt, a, b)
	}
	return alignSpan(src, tgt, facts.Span{End: len(src.Raw)}, facts.Span{End: len(tgt.Raw)})
}

// alignBlocks pairs the paragraphs first where they are not as many, and then
// the sentences within.
func alignBlocks(src, tgt *facts.Text, a, b []facts.Span) Alignment {
	ps, pt := make([]piece, len(a)), make([]piece, len(b))
	for i := range a {
		ps[i] = pieceOf(src, a[i])
	}
	for i := range b {
		pt[i] = pieceOf(tgt, b[i])
	}
	var out Alignment
	for _, x := range joinLone(run(ps, pt, meanOf(tgt.Loc), true).beads(ps, pt)) {
		if x.SourceCount == 0 || x.TargetCount == 0 {
			x.Doubt = limits().SureParagraph
			out.Beads = append(out.Beads, x)
			continue
		}
		out.Beads = append(out.Beads, alignSpan(src, tgt, x.Source, x.Target).Beads...)
	}
	return out
}

func meanOf(loc *locale.Locale) float64 {
	if loc.Length.Mean == 0 {
		return 1
	}
	return loc.Length.Mean
}

// blocksOf are the lines of a text that hold something.
func blocksOf(s string) []facts.Span {
	var out []facts.Span
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '\n')
		if j < 0 {
			j = len(s) - i
		}
		if strings.TrimSpace(s[i:i+j]) != "" {
			out = append(out, facts.Span{Start: i, End: i + j})
		}
		i += j + 1
	}
	return out
}

func alignSpan(src, tgt *facts.Text, a, b facts.Span) Alignment {
	ps, pt := piecesOf(src, a), piecesOf(tgt, b)
	free := run(ps, pt, meanOf(tgt.Loc), true)
	al := Alignment{Beads: joinLone(free.beads(ps, pt))}
	if al.lone() {
		al.doubt(run(ps, pt, meanOf(tgt.Loc), false).cost - free.cost)
	}
	return al
}

// joinLone makes one group of a lone source sentence and a lone target
// sentence side by side: they are likelier a free translation than one lost
// and one added.
func joinLone(bs []Bead) []Bead {
	var out []Bead
	for _, b := range bs {
		if n := len(out); n > 0 {
			p := &out[n-1]
			if p.TargetCount == 0 && b.SourceCount == 0 {
				p.Target, p.TargetCount, p.target = b.Target, b.TargetCount, b.target
				continue
			}
			if p.SourceCount == 0 && b.TargetCount == 0 {
				p.Source, p.SourceCount, p.source = b.Source, b.SourceCount, b.source
				continue
			}
		}
		out = append(out, b)
	}
	return out
}

// doubt notes how sure the lone sentences are.
func (a Alignment) doubt(d float64) {
	for i := range a.Beads {
		if b := &a.Beads[i]; b.SourceCount == 0 || b.TargetCount == 0 {
			b.Doubt = d
		}
	}
}

// lone reports whether a sentence stands without a counterpart.
func (a Alignment) lone() bool {
	for _, b := range a.Beads {
		if b.SourceCount == 0 || b.TargetCount == 0 {
			return true
		}
	}
	return false
}

func piecesOf(t *facts.Text, at facts.Span) []piece {
	var out []piece
	for _, blk := range blocksOf(t.Raw[at.Start:at.End]) {
		for _, r := range segment.Split(t.Raw[at.Start+blk.Start:at.Start+blk.End], t.Loc) {
			s := facts.Span{Start: at.Start + blk.Start + r.Start, End: at.Start + blk.Start + r.End}
			out = append(out, pieceOf(t, s))
		}
	}
	return out
}

func pieceOf(whole *facts.Text, s facts.Span) piece {
	t := whole.Slice(s)
	p := piece{Span: s, text: t, runes: float64(utf8.RuneCountInString(t.Raw)), ends: endMark(t)}
	for _, n := range t.Numbers() {
		if n.Form == facts.Digits && !n.Vague {
			p.numbers = append(p.numbers, n)
		}
	}
	if t.Loc == locale.English {
		for _, n := range t.Names() {
			if n.Place || n.Initial && len(n.Parts) == 1 {
				continue
			}
			for _, part := range n.Parts {
				p.names = append(p.names, nameKey{facts.FoldName(part), facts.Skeleton(part)})
			}
		}
		return p
	}
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Kind == facts.Word && k.Upper && len(k.Text) > 2 {
			p.caps = append(p.caps, nameKey{t.Fold(i), t.Skel(i)})
		}
	}
	return p
}

// path is the cheapest way through the grid of sentences.
type path struct {
	cost  float64
	moves []move // from the start
}

type move struct{ a, b int }

// priced is a bead that is tried, with its price.
type priced struct {
	move
	price float64
}

// moves are the beads tried, in the order in which the first of equals wins.
func moves(l *thresholds) [8]priced {
	return [8]priced{
		{move{1, 1}, 0},
		{move{2, 1}, l.AlignJoin},
		{move{1, 2}, l.AlignJoin},
		{move{1, 0}, l.AlignLost},
		{move{0, 1}, l.AlignAdded},
		{move{2, 2}, l.AlignPairs},
		{move{3, 1}, l.AlignTriple},
		{move{1, 3}, l.AlignTriple},
	}
}

// run finds the cheapest path. Without lone sentences, every sentence must
// have a counterpart where that is possible at all.
func run(ps, pt []piece, mean float64, lone bool) path {
	n, m := len(ps), len(pt)
	inf := math.Inf(1)
	l := limits()
	tried := moves(l)
	width := 2*l.AlignBand + 1 + abs(n-m)
	cost := make([][]float64, n+1)
	from := make([][]uint8, n+1)
	lo := func(i int) int { return max(0, i*m/max(n, 1)-width) }
	for i := 0; i <= n; i++ {
		cost[i] = make([]float64, min(m, i*m/max(n, 1)+width)-lo(i)+1)
		from[i] = make([]uint8, len(cost[i]))
		for j := range cost[i] {
			cost[i][j] = inf
		}
	}
	at := func(i, j int) float64 {
		if i < 0 || j < lo(i) || j-lo(i) >= len(cost[i]) {
			return inf
		}
		return cost[i][j-lo(i)]
	}
	cost[0][0] = 0
	for i := 0; i <= n; i++ {
		for k := range cost[i] {
			j := lo(i) + k
			for q, mv := range tried {
				if mv.a > i || mv.b > j {
					continue
				}
				base := at(i-mv.a, j-mv.b)
				if math.IsInf(base, 1) {
					continue
				}
				price := mv.price
				if mv.a == 0 || mv.b == 0 {
					if !lone {
						price += 1000
					}
				} else {
					price += beadCost(l, ps[i-mv.a:i], pt[j-mv.b:j], mean)
				}
				if c := base + price; c < cost[i][k] {
					cost[i][k], from[i][k] = c, uint8(q)
				}
			}
		}
	}
	p := path{cost: at(n, m)}
	for i, j := n, m; i > 0 || j > 0; {
		if j < lo(i) || j-lo(i) >= len(cost[i]) || math.IsInf(cost[i][j-lo(i)], 1) {
			return path{cost: inf}
		}
		mv := tried[from[i][j-lo(i)]].move
		p.moves = append(p.moves, mv)
		i, j = i-mv.a, j-mv.b
	}
	for i, j := 0, len(p.moves)-1; i < j; i, j = i+1, j-1 {
		p.moves[i], p.moves[j] = p.moves[j], p.moves[i]
	}
	return p
}

func abs(n int) int { return max(n, -n) }

// beadCost is how unlikely it is that the sentences belong together.
func beadCost(l *thresholds, a, b []piece, mean float64) float64 {
	la, lb := 0.0, 0.0
	for i := range a {
		la += a[i].runes
	}
	for i := range b {
		lb += b[i].runes
	}
	x := math.Log((lb + 8) / (la*mean + 8))
	variance := l.AlignLongSpread + l.AlignShortSpread/(la+10)
	c := min(x*x/(2*variance), l.AlignLengthMost)
	lostN, lostT := unmatchedNumbers(a, b), unmatchedNumbers(b, a)
	c += l.AlignLostNumber*float64(lostN) + l.AlignNewNumber*float64(lostT)
	c += l.AlignLostName * float64(min(unmatchedNames(a, b), l.AlignNamesMost))
	if ea, eb := a[len(a)-1].ends, b[len(b)-1].ends; (ea == '?') != (eb == '?') {
		c += l.AlignQuestion
	}
	return c
}

func unmatchedNumbers(a, b []piece) int {
	n := 0
	for i := range a {
	next:
		for _, x := range a[i].numbers {
			for j := range b {
				for _, y := range b[j].numbers {
					if x.Agrees(y) {
						continue next
					}
				}
			}
			n++
		}
	}
	return n
}

func unmatchedNames(a, b []piece) int {
	n := 0
	for i := range a {
	next:
		for _, x := range a[i].names {
			for j := range b {
				for _, y := range b[j].caps {
					if nameMatches(x, y) {
						continue next
					}
				}
			}
			n++
		}
	}
	return n
}

func nameMatches(x, y nameKey) bool {
	if strings.HasPrefix(y.fold, x.fold) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(y.fold)
	return r >= 0x400 && x.skel != "" && y.skel != "" && x.skel[0] == y.skel[0] && facts.Distance(x.skel, y.skel) <= limits().NearName
}

// beads turns the moves of a path into spans.
func (p path) beads(ps, pt []piece) []Bead {
	var out []Bead
	i, j := 0, 0
	for _, mv := range p.moves {
		b := Bead{SourceCount: mv.a, TargetCount: mv.b}
		if mv.a == 1 {
			b.source = ps[i].text
		}
		if mv.b == 1 {
			b.target = pt[j].text
		}
		if mv.a > 0 {
			b.Source = facts.Span{Start: ps[i].Start, End: ps[i+mv.a-1].End}
		}
		if mv.b > 0 {
			b.Target = facts.Span{Start: pt[j].Start, End: pt[j+mv.b-1].End}
		}
		out = append(out, b)
		i, j = i+mv.a, j+mv.b
	}
	return out
}
