package normalize

import (
	"strings"

	"dragoman/pipeline"
)

// buffer is a text under repair that knows where every byte of it came from.
// Its pieces follow each other without a gap in the source and in the text.
type buffer struct {
	source string
	text   string
	pieces []piece
}

// piece is one stretch of a text and what became of it: kept as it was
// (rules == ""), or replaced by text in the name of rules.
type piece struct {
	from, to int // in the text before
	text     string
	rules    string
}

// edit replaces the bytes start to end of the buffer's present text.
type edit struct {
	start, end int
	after      string
}

func newBuffer(s string) *buffer {
	b := &buffer{source: s, text: s}
	if s != "" {
		b.pieces = []piece{{to: len(s), text: s}}
	}
	return b
}

// apply makes the edits, which are in order and do not overlap, in the name of
// a rule. An edit that touches what an earlier rule replaced becomes one
// repair with it, under both names.
func (b *buffer) apply(rule string, edits []edit) {
	var next []piece
	at := 0
	for _, e := range edits {
		if e.start > at {
			next = append(next, piece{from: at, to: e.start, text: b.text[at:e.start]})
		}
		next = append(next, piece{from: e.start, to: e.end, text: e.after, rules: rule})
		at = e.end
	}
	if at < len(b.text) {
		next = append(next, piece{from: at, to: len(b.text), text: b.text[at:]})
	}
	b.pieces = compose(b.pieces, next)
	var sb strings.Builder
	for _, p := range b.pieces {
		sb.WriteString(p.text)
	}
	b.text = sb.String()
}

// compose follows first (source to text) and then second (text to new text)
// and returns the pieces that lead from source to new text.
func compose(first, second []piece) []piece {
	var out []piece
	for len(first) > 0 || len(second) > 0 {
		switch {
		case len(first) > 0 && first[0].text == "": // a deletion stays one
			out = append(out, first[0])
			first = first[1:]
		case len(second) > 0 && second[0].from == second[0].to: // an insertion
			at := 0
			if len(first) > 0 {
				at = first[0].from
			} else if len(out) > 0 {
				at = out[len(out)-1].to
			}
			out = append(out, piece{from: at, to: at, text: second[0].text, rules: second[0].rules})
			second = second[1:]
		case first[0].rules == "" && second[0].rules == "":
			n := min(len(first[0].text), second[0].to-second[0].from)
			var a, b piece
			a, first = split(first, n)
			b, second = split(second, n)
			out = append(out, piece{from: a.from, to: a.to, text: b.text})
		default:
			var p piece
			p, first, second = merge(first, second)
			out = append(out, p)
		}
	}
	return out
}

// merge takes as many pieces from both lists as belong to one replacement.
func merge(first, second []piece) (piece, []piece, []piece) {
	out := piece{from: first[0].from, to: first[0].from}
	firstEnd, secondEnd := 0, 0 // bytes of the text between that are taken
	later := ""
	takeFirst := func(limit int) {
		a := first[0]
		if a.rules == "" && len(a.text) > limit {
			a, first = split(first, limit)
		} else {
			first = first[1:]
		}
		firstEnd += len(a.text)
		out.to = a.to
		out.rules = joinRules(out.rules, a.rules)
	}
	takeSecond := func(limit int) {
		b := second[0]
		if n := b.to - b.from; b.rules == "" && n > limit {
			b, second = split(second, limit)
		} else {
			second = second[1:]
		}
		secondEnd += b.to - b.from
		out.text += b.text
		later = joinRules(later, b.rules)
	}
	if first[0].rules != "" {
		takeFirst(0)
	} else {
		takeSecond(0)
	}
	for firstEnd != secondEnd {
		if firstEnd < secondEnd {
			takeFirst(secondEnd - firstEnd)
		} else {
			takeSecond(firstEnd - secondEnd)
		}
	}
	out.rules = joinRules(out.rules, later)
	return out, first, second
}

// split cuts n bytes off the first piece, which is a kept one. The rest of it
// takes its place in the list.
func split(list []piece, n int) (piece, []piece) {
	p := list[0]
	if n >= len(p.text) {
		return p, list[1:]
	}
	list[0] = piece{from: p.from + n, to: p.to, text: p.text[n:]}
	return piece{from: p.from, to: p.from + n, text: p.text[:n]}, list
}

// joinRules names both rules, each once: "mojibake+ligature".
func joinRules(a, b string) string {
	if a == "" {
		return b
	}
	for name := range strings.SplitSeq(b, "+") {
		if name != "" && !contains(a, name) {
			a += "+" + name
		}
	}
	return a
}

func contains(rules, name string) bool {
	for r := range strings.SplitSeq(rules, "+") {
		if r == name {
			return true
		}
	}
	return false
}

// repairs are the changes against the source, in order.
func (b *buffer) repairs() []pipeline.Repair {
	var out []pipeline.Repair
	for _, p := range b.pieces {
		before := b.source[p.from:p.to]
		if p.rules == "" || before == p.text {
			continue
		}
		out = append(out, pipeline.Repair{Rule: p.rules, Start: p.from, End: p.to, Before: before, After: p.text})
	}
	return out
}

// Apply makes repairs to the text they were logged against. It is the inverse
// reading of the log: Apply(s, repairs) is the repaired text.
func Apply(s string, repairs []pipeline.Repair) string {
	var sb strings.Builder
	at := 0
	for _, r := range repairs {
		sb.WriteString(s[at:r.Start])
		sb.WriteString(r.After)
		at = r.End
	}
	sb.WriteString(s[at:])
	return sb.String()
}
