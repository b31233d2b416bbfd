package writer

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline"
)

// piece is a run of a sentence: plain text, a tracked change, or a highlighted
// place. Texts are clean.
type piece struct {
	Kind   string // text, edit or mark
	Text   string // of text and mark
	Before string // of edit
	After  string
	State  string // of edit: applied, proposed, accepted, rejected or query
	Number int    // of edit: of its note
	Anchor string // of edit: its note; of mark: its finding
	Level  string // of mark: the severity
}

// note is one edit as it is listed beneath its sentence.
type note struct {
	piece
	Category, Reason, Held string
	Floating               bool // it could not be shown within the text
}

// track cuts a sentence into plain runs and its edits, which must be in order
// of place. An edit that does not fit the text, or that overlaps one that is
// shown, is listed only; those in the text go first.
func track(text string, edits []pipeline.Edit) ([]piece, []note) {
	shown := make([]bool, len(edits))
	for _, inText := range []bool{true, false} {
		for i, e := range edits {
			if e.InText() == inText && fits(text, e.Span, e.Before) && !overlaps(edits, shown, e.Span) {
				shown[i] = true
			}
		}
	}
	var pieces []piece
	var notes []note
	at := 0
	for i, e := range edits {
		p := piece{
			Kind: "edit", Before: tidy(e.Before), After: tidy(e.After), State: string(e.State), Number: i + 1, Anchor: anchor(e.ID),
		}
		if isQuery(e) {
			p.State = "query"
		}
		notes = append(notes, note{piece: p, Category: spaced(e.Category), Reason: clean(e.Reason), Held: clean(e.Held), Floating: !shown[i]})
		if !shown[i] {
			continue
		}
		pieces = append(pieces, textPiece(text[at:e.Span.Start])...)
		at = e.Span.End
		if !e.InText() { // the text stays: keep its last spaces out of the change
			p.Before = strings.TrimRight(p.Before, " ")
			at = e.Span.Start + len(strings.TrimRight(e.Before, " "))
		}
		pieces = append(pieces, p)
	}
	return append(pieces, textPiece(text[at:])...), notes
}

func textPiece(s string) []piece {
	if s = tidy(s); s == "" {
		return nil
	}
	return []piece{{Kind: "text", Text: s}}
}

// fits reports whether a span is a place of the text, between characters, that
// holds want; an empty want is any text.
func fits(text string, s pipeline.Span, want string) bool {
	if s.Start < 0 || s.End < s.Start || s.End > len(text) || !onBoundary(text, s.Start) || !onBoundary(text, s.End) {
		return false
	}
	return want == text[s.Start:s.End]
}

func onBoundary(text string, i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }

// overlaps reports whether a span meets one that is shown already. Two
// insertions at one place do not meet, nor does one at the edge of another edit.
func overlaps(edits []pipeline.Edit, shown []bool, s pipeline.Span) bool {
	for i, e := range edits {
		if shown[i] && e.Span.Start < s.End && s.Start < e.Span.End {
			return true
		}
	}
	return false
}

// highlight cuts a text at the places of its findings; of two that overlap the
// first in the list is shown.
func highlight(text string, side pipeline.Side, findings []pipeline.Finding) []piece {
	var spans []pipeline.Span
	var marks []piece
	for _, f := range findings {
		s := f.Span
		if f.Side != side || f.Waived != "" || s.Len() <= 0 || s.End > len(text) || !fits(text, s, text[max(s.Start, 0):s.End]) {
			continue
		}
		if slices.ContainsFunc(spans, func(o pipeline.Span) bool { return o.Start < s.End && s.Start < o.End }) {
			continue
		}
		spans = append(spans, s)
		marks = append(marks, piece{Kind: "mark", Text: tidy(text[s.Start:s.End]), Anchor: anchor(f.ID), Level: level(f)})
	}
	order := make([]int, len(spans))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(spans[a].Start, spans[b].Start) })
	var out []piece
	at := 0
	for _, i := range order {
		out = append(out, textPiece(text[at:spans[i].Start])...)
		out = append(out, marks[i])
		at = spans[i].End
	}
	return append(out, textPiece(text[at:])...)
}
