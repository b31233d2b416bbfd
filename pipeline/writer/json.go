package writer

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"dragoman/pipeline"
)

//go:embed document.schema.json
var schema string

// Schema is the JSON Schema (draft 2020-12) of what [JSON] writes.
func Schema() string { return schema }

// JSON writes the whole document, indented, keys in a fixed order, as the
// published schema says. Texts stand as they are: no HTML escaping, but every
// control, bidi and tag character, U+2028 and U+2029 as \u escapes, so that the
// file is safe to print and to embed. Bytes that are not UTF-8 become U+FFFD.
func JSON(w io.Writer, doc *pipeline.Document) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(filled(doc)); err != nil {
		return fmt.Errorf("writing document: %w", err)
	}
	if _, err := w.Write(escapeUnsafe(buf.Bytes())); err != nil {
		return fmt.Errorf("writing document: %w", err)
	}
	return nil
}

// escapeUnsafe writes unsafe characters as \u escapes. In the encoder's output
// they can stand only within strings, but for its line breaks.
func escapeUnsafe(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		switch {
		case r == '\n' || !unsafe(r):
			out = append(out, in[:size]...)
		case r >= 0x10000:
			hi, lo := (r-0x10000)>>10+0xD800, (r-0x10000)&0x3FF+0xDC00
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		in = in[size:]
	}
	return out
}

// filled is a copy of the document in which no list is nil, so that an empty
// list is written as [] and never as null.
func filled(doc *pipeline.Document) *pipeline.Document {
	out := *doc
	out.Source, out.Normalized, out.Corrected = filledArticle(doc.Source), filledArticle(doc.Normalized), filledArticle(doc.Corrected)
	out.Repairs = orEmpty(doc.Repairs)
	out.Corrections = orEmpty(doc.Corrections)
	out.Edits = orEmpty(doc.Edits)
	out.Findings = orEmpty(doc.Findings)
	out.Trace = orEmpty(doc.Trace)
	if doc.Summary != nil {
		out.Summary = &pipeline.Summary{Sentences: make([]pipeline.SummarySentence, len(doc.Summary.Sentences))}
		for i, s := range doc.Summary.Sentences {
			s.Evidence = orEmpty(s.Evidence)
			out.Summary.Sentences[i] = s
		}
	}
	out.Names = make([]pipeline.Name, len(doc.Names))
	for i, n := range doc.Names {
		if n.Forms == nil {
			n.Forms = map[string]string{}
		}
		out.Names[i] = n
	}
	out.Translations = make([]pipeline.Translation, len(doc.Translations))
	for i, t := range doc.Translations {
		t.Article, t.Summary = orEmpty(t.Article), orEmpty(t.Summary)
		out.Translations[i] = t
	}
	if r := doc.Revision; r != nil {
		out.Revision = &pipeline.Revision{
			Of: r.Of, Date: r.Date,
			Changed: orEmpty(r.Changed), Added: orEmpty(r.Added), Moved: orEmpty(r.Moved), Removed: orEmpty(r.Removed),
		}
	}
	return &out
}

func filledArticle(a *pipeline.Article) *pipeline.Article {
	if a == nil {
		return nil
	}
	out := *a
	out.Body = make([]pipeline.Block, len(a.Body))
	for i, b := range a.Body {
		b.Sentences = orEmpty(b.Sentences)
		out.Body[i] = b
	}
	return &out
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
