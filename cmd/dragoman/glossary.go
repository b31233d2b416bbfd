package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline/check"
	"dragoman/pipeline/locale"
)

// glossaryHelp is the format of a glossary in the help of the commands that
// take one.
const glossaryHelp = "A glossary is a table, TSV or CSV, in UTF-8, with a header: source, lang, target, forbidden, in any\n" +
	"order; lang and forbidden may be left out. In target and forbidden | separates forms, the preferred\n" +
	"one first; any inflection of a form is right. An empty lang is every language. A term may have only\n" +
	"forbidden forms.   source<TAB>lang<TAB>target<TAB>forbidden\n" +
	"                   ceasefire<TAB>ru<TAB>прекращение огня|перемирие<TAB>"

// maxGlossary bounds a glossary file: a large desk's has some 10,000 terms, or
// 1 MB.
const maxGlossary = 16 << 20

// byteOrderMark is what some spreadsheets put before a table.
const byteOrderMark = "\ufeff"

// readGlossary reads the terms of a file; "" has none. Whatever it does not
// understand is an error with file:line:col.
func readGlossary(name string) ([]check.Term, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, badUsage("", "reading the glossary: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxGlossary+1))
	if err != nil {
		return nil, badUsage("", "reading the glossary: %w", err)
	}
	if len(b) > maxGlossary {
		return nil, badUsage("", "%s:1:1: is larger than a glossary can be (16 MiB)", name)
	}
	terms, err := parseGlossary(name, string(b))
	if err != nil {
		return nil, &usageError{err: err, hint: "a glossary is a TSV or CSV table with the header source, lang, target, forbidden"}
	}
	return terms, nil
}

// parseGlossary reads the text of a glossary.
func parseGlossary(name, text string) ([]check.Term, error) {
	text = strings.TrimPrefix(text, byteOrderMark)
	for i, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("%s:%d:1: is not UTF-8; save the table in that encoding", name, i+1)
		}
	}
	g := &glossaryReader{file: name, rows: csv.NewReader(strings.NewReader(text)), seen: map[string]int{}}
	g.rows.Comma = separator(name, text)
	if err := g.header(); err != nil {
		return nil, err
	}
	var terms []check.Term
	for {
		row, err := g.rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			g.errs = append(g.errs, g.syntax(err))
			if !errors.Is(err, csv.ErrFieldCount) {
				break // what follows a broken quotation mark is not known to be a row
			}
			continue
		}
		terms = append(terms, g.term(row))
	}
	if err := errors.Join(g.errs...); err != nil {
		return nil, err
	}
	return terms, nil
}

// separator is what parts the columns: as the name says, else a tab where the
// header has one.
func separator(name, text string) rune {
	header, _, _ := strings.Cut(text, "\n")
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tsv", ".tab":
		return '\t'
	case ".csv":
		if strings.Contains(header, ";") && !strings.Contains(header, ",") {
			return ';' // a spreadsheet where the comma parts decimals
		}
		return ','
	}
	if strings.Contains(header, "\t") {
		return '\t'
	}
	return ','
}

// glossaryReader collects every problem of one file.
type glossaryReader struct {
	file    string
	rows    *csv.Reader
	columns []string
	seen    map[string]int // line of the first entry, by source and language
	errs    []error
}

// fail notes a problem in a column of the row that was read last.
func (g *glossaryReader) fail(column int, format string, args ...any) {
	line, col := g.rows.FieldPos(column)
	g.errs = append(g.errs, fmt.Errorf("%s:%d:%d: %s", g.file, line, col, fmt.Sprintf(format, args...)))
}

// syntax gives the parser's error the usual place.
func (g *glossaryReader) syntax(err error) error {
	p, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return fmt.Errorf("%s:1:1: %w", g.file, err)
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return fmt.Errorf("%s:%d:1: must have %d columns like the header", g.file, p.Line, len(g.columns))
	}
	return fmt.Errorf("%s:%d:%d: %w", g.file, p.Line, p.Column, p.Err)
}

// header reads the names of the columns.
func (g *glossaryReader) header() error {
	row, err := g.rows.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:1:1: is empty; a glossary begins with a header: source, lang, target, forbidden", g.file)
	}
	if err != nil {
		return g.syntax(err)
	}
	for i, name := range row {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains([]string{"source", "lang", "target", "forbidden"}, name):
			g.fail(i, "unknown column %q; there are source, lang, target and forbidden", name)
		case slices.Contains(g.columns, name):
			g.fail(i, "the column %s stands here a second time", name)
		}
		g.columns = append(g.columns, name)
	}
	if !slices.Contains(g.columns, "source") {
		g.fail(0, "the header has no column source")
	}
	if !slices.Contains(g.columns, "target") && !slices.Contains(g.columns, "forbidden") {
		g.fail(0, "the header has neither target nor forbidden")
	}
	return errors.Join(g.errs...)
}

// term reads one row.
func (g *glossaryReader) term(row []string) check.Term {
	var t check.Term
	source := 0
	for i, name := range g.columns {
		value := strings.TrimSpace(row[i])
		switch name {
		case "source":
			t.Source, source = value, i
		case "lang":
			t.Lang = g.lang(i, value)
		case "target":
			t.Targets = g.forms(i, value)
		case "forbidden":
			t.Forbidden = g.forms(i, value)
		}
	}
	key := strings.ToLower(t.Source) + "\x00" + t.Lang.String()
	line, _ := g.rows.FieldPos(0)
	switch first := g.seen[key]; {
	case t.Source == "":
		g.fail(source, "the term has no source")
	case len(t.Targets) == 0 && len(t.Forbidden) == 0:
		g.fail(source, "%q has neither a target nor a forbidden form", t.Source)
	case first != 0:
		g.fail(source, "%q stands here a second time for this language; the first is in line %d", t.Source, first)
	}
	for _, f := range t.Forbidden {
		if slices.Contains(t.Targets, f) {
			g.fail(source, "%q is both a target and forbidden for %q", f, t.Source)
		}
	}
	g.seen[key] = line
	return t
}

// lang reads a language; that of a region (tr-TR) is the one dragoman writes.
func (g *glossaryReader) lang(column int, value string) language.Tag {
	if value == "" {
		return language.Und
	}
	tag, err := language.Parse(value)
	if err != nil {
		g.fail(column, "lang must be a language tag such as ru or tr, not %q", value)
		return language.Und
	}
	if l, ok := locale.For(tag); ok {
		return l.Tag
	}
	return tag
}

// forms reads forms with | between them.
func (g *glossaryReader) forms(column int, value string) []string {
	if value == "" {
		return nil
	}
	var out []string
	for _, f := range strings.Split(value, "|") {
		f = strings.TrimSpace(f)
		switch {
		case f == "":
			g.fail(column, "a form is empty in %q", value)
		case slices.Contains(out, f):
			g.fail(column, "the form %q stands twice in %q", f, value)
		default:
			out = append(out, f)
		}
	}
	return out
}
