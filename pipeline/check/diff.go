package check

import (
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
)

// EditsOf finds the edits that turn a source into its corrected text: the
// differing words, each with the word beside it where one is only added. They
// have spans in the source and go through [Edits] like proposals of a model.
func EditsOf(source, corrected string) []pipeline.Edit {
	a, b := splitWords(source), splitWords(corrected)
	var changes []change
	i, j := 0, 0
	for _, m := range append(commonWords(source, corrected, a, b), [2]int{len(a), len(b)}) {
		if m[0] > i || m[1] > j {
			c := change{i, m[0], j, m[1]}.widen(a, b)
			if n := len(changes); n > 0 && c.i0 < changes[n-1].i1 {
				c.i0, c.j0 = changes[n-1].i0, changes[n-1].j0 // both took the word between them
				changes = changes[:n-1]
			}
			changes = append(changes, c)
		}
		i, j = m[0]+1, m[1]+1
	}
	var out []pipeline.Edit
	for _, c := range changes {
		out = append(out, editAt(source, corrected, a, b, c))
	}
	return out
}

type word struct{ start, end int }

// change is where words [i0, i1) of the source became [j0, j1) of the corrected
// text.
type change struct{ i0, i1, j0, j1 int }

// widen takes a word beside the change along where words are only added or
// removed, or where the space before or behind them becomes another.
func (c change) widen(a, b []word) change {
	left := func() bool { return c.i0 > 0 && c.j0 > 0 }
	right := func() bool { return c.i1 < len(a) && c.j1 < len(b) }
	if left() && (c.i0 == c.i1 || c.j0 == c.j1 || gapBefore(a, c.i0) != gapBefore(b, c.j0)) {
		c.i0, c.j0 = c.i0-1, c.j0-1
	}
	if right() && (c.i0 == c.i1 || c.j0 == c.j1 || gapBefore(a, c.i1) != gapBefore(b, c.j1)) {
		c.i1, c.j1 = c.i1+1, c.j1+1
	}
	return c
}

// gapBefore reports whether a space stands before word i.
func gapBefore(ws []word, i int) bool { return i > 0 && ws[i].start > ws[i-1].end }

// splitWords cuts at white space, and parts signs from words.
func splitWords(s string) []word {
	var out []word
	start := -1
	flush := func(i int) {
		if start >= 0 {
			out = append(out, word{start, i})
			start = -1
		}
	}
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			flush(i)
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' || r == '’':
			if start < 0 {
				start = i
			}
		default:
			flush(i)
			_, n := utf8.DecodeRuneInString(s[i:])
			out = append(out, word{i, i + n})
		}
	}
	flush(len(s))
	return out
}

// editAt makes the edit of a change.
func editAt(source, corrected string, a, b []word, c change) pipeline.Edit {
	e := pipeline.Edit{Category: "grammar"}
	if c.i1 > c.i0 {
		e.Span.Start, e.Span.End = a[c.i0].start, a[c.i1-1].end
		e.Before = source[e.Span.Start:e.Span.End]
	}
	if c.j1 > c.j0 {
		e.After = corrected[b[c.j0].start:b[c.j1-1].end]
	}
	return e
}

// maxGrid bounds the table of a comparison, in cells. Beyond it only what the
// texts share at both ends is common, and the rest is one edit.
const maxGrid = 4_000_000

// commonWords is a longest common row of words, as pairs of indices.
func commonWords(source, corrected string, a, b []word) [][2]int {
	same := func(i, j int) bool {
		return source[a[i].start:a[i].end] == corrected[b[j].start:b[j].end]
	}
	var head, tail [][2]int
	lo := 0
	for lo < len(a) && lo < len(b) && same(lo, lo) {
		head = append(head, [2]int{lo, lo})
		lo++
	}
	ea, eb := len(a), len(b)
	for ea > lo && eb > lo && same(ea-1, eb-1) {
		ea, eb = ea-1, eb-1
		tail = append(tail, [2]int{ea, eb})
	}
	for i, j := 0, len(tail)-1; i < j; i, j = i+1, j-1 {
		tail[i], tail[j] = tail[j], tail[i]
	}
	return append(append(head, middle(lo, ea, eb, same)...), tail...)
}

// middle is the common row of words [lo, ea) and [lo, eb).
func middle(lo, ea, eb int, same func(i, j int) bool) [][2]int {
	n, m := ea-lo, eb-lo
	if n == 0 || m == 0 || n*m > maxGrid {
		return nil
	}
	rows := make([][]int32, n+1)
	for i := range rows {
		rows[i] = make([]int32, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if same(lo+i, lo+j) {
				rows[i][j] = rows[i+1][j+1] + 1
			} else {
				rows[i][j] = max(rows[i+1][j], rows[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case same(lo+i, lo+j):
			out = append(out, [2]int{lo + i, lo + j})
			i, j = i+1, j+1
		case rows[i+1][j] >= rows[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
