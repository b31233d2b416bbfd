package main

import (
	"html"
	"os"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline/check"
	"dragoman/pipeline/reader"
)

// place is where a finding stands in a file. Lines and columns count from 1,
// columns in characters; 0 is not known.
type place struct {
	line, col, endLine, endCol int
	start, end                 int  // bytes of the file
	bytes                      bool // start and end are known
}

// placesIn finds the findings of a text in the file that it was read from. A
// reader takes marks and line breaks out of a text: what cannot be found again
// has no place.
func placesIn(name, text string, findings []check.RowFinding) []place {
	places := make([]place, len(findings))
	if len(findings) == 0 {
		return places
	}
	raw, shift, ok := rawOf(name, text)
	if !ok {
		return places
	}
	at := trace(text, raw)
	starts := lineStarts(raw)
	for i, f := range findings {
		first, last := f.Span.Start, max(f.Span.Start, f.Span.End-1)
		if first >= len(text) {
			first, last = len(text)-1, len(text)-1
		}
		if first < 0 || last >= len(text) || at[first] < 0 || at[last] < 0 {
			continue
		}
		from, to := at[first], at[last]+1
		if f.Span.End <= f.Span.Start {
			to = from
		}
		p := place{start: from + shift, end: to + shift, bytes: shift >= 0}
		p.line, p.col = lineOf(raw, starts, from)
		p.endLine, p.endCol = lineOf(raw, starts, to)
		places[i] = p
	}
	return places
}

// rawOf is the decoded text of a file. shift is what to add to an offset in it
// to have one in the file's bytes, negative where the file is not UTF-8.
// Standard input is what was read of it.
func rawOf(name, text string) (raw string, shift int, ok bool) {
	if name == "-" {
		return text, 0, true
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", 0, false
	}
	if utf8.Valid(b) {
		trimmed := strings.TrimPrefix(string(b), byteOrderMark)
		return trimmed, len(b) - len(trimmed), true
	}
	raw, _, err = reader.Decode(b, "")
	return raw, -len(raw) - 1, err == nil
}

// trace finds each line of a text in the raw file, one after the other, and
// gives the place of every byte in it, -1 where a line is not found.
func trace(text, raw string) []int {
	at := make([]int, len(text))
	for i := range at {
		at[i] = -1
	}
	from, cursor := 0, 0
	for line := range strings.Lines(text) {
		if end, found, ok := traceLine(strings.TrimSuffix(line, "\n"), raw, cursor); ok {
			copy(at[from:], found)
			cursor = end
			if strings.HasSuffix(line, "\n") {
				at[from+len(line)-1] = min(end, len(raw)-1)
			}
		}
		from += len(line)
	}
	return at
}

// maxStarts bounds how many places a line is tried at.
const maxStarts = 64

// traceLine finds one line behind the cursor: where it ends, and the place of
// each of its bytes.
func traceLine(line, raw string, cursor int) (end int, at []int, ok bool) {
	word := line
	if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); i > 0 {
		word = line[:i]
	} else if i == 0 {
		_, size := utf8.DecodeRuneInString(line)
		word = line[:size]
	}
	if word == "" {
		return 0, nil, false
	}
	at = make([]int, len(line))
	for range maxStarts {
		i := strings.Index(raw[cursor:], word)
		if i < 0 {
			break
		}
		if end, ok := match(line, raw, cursor+i, at); ok {
			return end, at, true
		}
		cursor += i + len(word)
	}
	return 0, nil, false
}

// match holds a line against the raw text from a place on: any white space is
// any other, and marks of Markdown and HTML are passed over.
func match(line, raw string, start int, at []int) (end int, ok bool) {
	j := start
	for i := 0; i < len(line); {
		if j >= len(raw) {
			return 0, false
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		got, width := utf8.DecodeRuneInString(raw[j:])
		if n := entity(raw[j:], r); n > 0 {
			got, width = r, n
		}
		same := r == got || unicode.IsSpace(r) && unicode.IsSpace(got)
		switch {
		case same:
			for k := range size {
				at[i+k] = j + min(k, width-1)
			}
			i, j = i+size, j+width
		case unicode.IsSpace(got):
			j += width
		default:
			n := markup(raw[j:])
			if n == 0 {
				return 0, false
			}
			j += n
		}
	}
	return j, true
}

// entity is how long the HTML entity is that a text begins with and that
// stands for a character, 0 for none.
func entity(raw string, want rune) int {
	if raw[0] != '&' {
		return 0
	}
	end := strings.IndexByte(raw[:min(len(raw), 12)], ';')
	if end < 0 || html.UnescapeString(raw[:end+1]) != string(want) {
		return 0
	}
	return end + 1
}

// markup is how long the mark is that a text begins with, 0 for none.
func markup(raw string) int {
	switch raw[0] {
	case '*', '_', '`', '#', '>', '[', '\\', '~':
		return 1
	case ']':
		if end := strings.IndexByte(raw, ')'); strings.HasPrefix(raw, "](") && end > 0 {
			return end + 1
		}
		return 1
	case '<':
		return strings.IndexByte(raw, '>') + 1
	}
	return 0
}

// lineStarts are the offsets at which lines begin.
func lineStarts(raw string) []int {
	starts := []int{0}
	for i := range len(raw) {
		if raw[i] == '\n' || raw[i] == '\r' && (i+1 == len(raw) || raw[i+1] != '\n') {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// lineOf is the line and the column of an offset.
func lineOf(raw string, starts []int, at int) (line, col int) {
	line = sort.SearchInts(starts, at+1)
	return line, utf8.RuneCountInString(raw[starts[line-1]:at]) + 1
}
