package writer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
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
	Gap    string // of edit: the space that an insertion ends with
}

// note is one edit as it is listed beneath its sentence.
type note struct {
	piece
	Category, Reason, Held string
	Floating               bool // it could not be shown within the text
}

// track cuts a sentence into its edits, which must be in order of place, and
// the runs between them, with their marks. An edit that does not fit the text, or that overlaps one that is
// shown, is listed only; those in the text go first.
func track(text string, edits []pipeline.Edit, marks []mark) ([]piece, []note) {
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
		place, after := narrow(e)
		p.Before, p.After = tidy(text[place.Start:place.End]), tidy(after)
		if word := strings.TrimRight(p.After, " "); p.Before == "" && word != "" && word != p.After {
			p.After, p.Gap = word, " "
		}
		pieces = append(pieces, run(text, at, place.Start, marks)...)
		pieces = append(pieces, p)
		at = place.End
	}
	return append(pieces, run(text, at, len(text), marks)...), notes
}

// narrow is the part of an edit that changes something: its place without what
// both sides share at their ends. A query has but one side. Where nothing comes
// in its place, the spaces at its end are left out too: they stand between the
// words in either case.
func narrow(e pipeline.Edit) (place pipeline.Span, after string) {
	place, after = e.Span, e.After
	if !isQuery(e) {
		head, tail := common(e.Before, e.After)
		place.Start, place.End = place.Start+head, place.End-tail
		after = after[head : len(after)-tail]
	}
	rest := e.Before[place.Start-e.Span.Start : place.End-e.Span.Start]
	if word := strings.TrimRight(rest, " "); !e.InText() || after == "" && word != "" {
		place.End -= len(rest) - len(word)
	}
	return place, after
}

// common measures what the two sides of an edit share at their ends, in bytes
// and in whole words: of "the Turkey's" and "Turkey's" only "the " is shown as
// deleted. A mark of punctuation is a word of its own.
func common(before, after string) (head, tail int) {
	b, a := tokens(before), tokens(after)
	for len(b) > 0 && len(a) > 0 && b[0] == a[0] {
		head += len(b[0])
		b, a = b[1:], a[1:]
	}
	for len(b) > 0 && len(a) > 0 && b[len(b)-1] == a[len(a)-1] {
		tail += len(b[len(b)-1])
		b, a = b[:len(b)-1], a[:len(a)-1]
	}
	return head, tail
}

// tokens cuts a text into words (letters, digits, marks, apostrophes) and
// single characters of any other sort.
func tokens(s string) []string {
	var out []string
	start := 0
	for i, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || r == '’' {
			continue
		}
		if start < i {
			out = append(out, s[start:i])
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		start = i + size
		out = append(out, s[i:start])
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
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

// mark is a place that a finding points at.
type mark struct {
	pipeline.Span
	anchor, level string
}

// marksOf are the places of a text that open findings on one side point at, in
// order. Of two that overlap the first in the list counts.
func marksOf(text string, side pipeline.Side, findings []pipeline.Finding) []mark {
	var out []mark
	for _, f := range findings {
		s := f.Span
		if f.Side != side || f.Waived != "" || s.Len() <= 0 || s.End > len(text) || !fits(text, s, text[max(s.Start, 0):s.End]) {
			continue
		}
		if !slices.ContainsFunc(out, func(o mark) bool { return o.Start < s.End && s.Start < o.End }) {
			out = append(out, mark{s, anchor(f.ID), level(f)})
		}
	}
	slices.SortFunc(out, func(a, b mark) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// run cuts a part of a text at its marks; a mark that reaches beyond the part is
// shown as far as it goes.
func run(text string, from, to int, marks []mark) []piece {
	var out []piece
	for _, m := range marks {
		start, end := max(m.Start, from), min(m.End, to)
		if start >= end {
			continue
		}
		out = append(out, textPiece(text[from:start])...)
		out = append(out, piece{Kind: "mark", Text: tidy(text[start:end]), Anchor: m.anchor, Level: m.level})
		from = end
	}
	return append(out, textPiece(text[from:to])...)
}
