// Package reader turns bytes into articles: plain text, Markdown and HTML.
//
// A reader gives blocks in the order of the input, each with one sentence
// without an id that holds the raw text of that part, and with the kind that
// the format itself states. The rest is found by package normalize. A table's
// row is one block of kind TableRow whose cells are joined by " | ".
//
// # Promises
//
// Bytes are never decoded by a silent guess, see [Decode]. What is no prose
// (program code) stays in the article as Boilerplate, and the article's
// Noticed says so. Errors are of type *pipeline.Error with code Invalid and a
// hint.
package reader

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// MaxBytes is the largest input that is read. The longest newspaper pages
// with all their markup have a tenth of it.
const MaxBytes = 16 << 20

// For returns the reader for a file by the ending of its name: .txt and .text,
// .md and .markdown, .html, .htm and .xhtml. A name without an ending, and "-"
// (standard input), gets Sniff.
func For(name string) (pipeline.Reader, error) {
	switch ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, "\\", "/"))); ext {
	case ".txt", ".text":
		return Text, nil
	case ".md", ".markdown":
		return Markdown, nil
	case ".html", ".htm", ".xhtml":
		return HTML, nil
	case "":
		return Sniff, nil
	default:
		return nil, invalid(name, fmt.Errorf("no reader for %q files", ext), "give a .txt, .md or .html file, or the text on standard input")
	}
}

// Sniff reads input whose format no name tells: HTML where it begins with a
// tag, a doctype or an XML declaration, else plain text. Markdown is not
// guessed: its marks occur in plain text too.
func Sniff(r io.Reader, name string) ([]*pipeline.Article, error) {
	raw, err := slurp(r, name)
	if err != nil {
		return nil, err
	}
	head := raw[:min(len(raw), 1024)]
	head = bytes.ReplaceAll(head, []byte{0}, nil) // UTF-16
	start := strings.ToLower(strings.TrimLeftFunc(string(head), func(r rune) bool {
		return unicode.IsSpace(r) || r == '\ufeff' || r == unicode.ReplacementChar
	}))
	for _, tag := range []string{"<!doctype html", "<html", "<?xml", "<head", "<body", "<article", "<main", "<!--", "<p>", "<p ", "<div", "<h1", "<meta", "<section"} {
		if strings.HasPrefix(start, tag) {
			return HTML(bytes.NewReader(raw), name)
		}
	}
	return Text(bytes.NewReader(raw), name)
}

// slurp reads the whole input, up to MaxBytes.
func slurp(r io.Reader, name string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return nil, invalid(name, fmt.Errorf("reading the input: %w", err), "")
	case len(raw) > MaxBytes:
		return nil, invalid(name, fmt.Errorf("the input is larger than %d MiB", MaxBytes>>20), "an article is expected, not an archive: split it")
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, invalid(name, errors.New("the input is empty"), "check that the file was saved and the pipe had something to say")
	}
	return raw, nil
}

// article is a new article with the blocks read from an input of that name.
func article(name string, d decoded, blocks []pipeline.Block) (*pipeline.Article, error) {
	if !strings.ContainsFunc(d.text, unicode.IsLetter) || len(blocks) == 0 {
		return nil, invalid(name, errors.New("the input holds no text"), "")
	}
	a := &pipeline.Article{ID: articleID(name), InLanguage: language.Und, Body: blocks}
	if d.guessed {
		a.Noticed = append(a.Noticed, pipeline.Finding{
			Check: "N03", Category: "linguistic conventions/character encoding", Severity: pipeline.Minor,
			Message: fmt.Sprintf("the input does not say its encoding; it was read as %s, which is a guess", d.charset),
			Suggest: "save the file as UTF-8",
		})
	}
	return a, nil
}

// articleID makes a name that is safe as a folder's: the file's without its
// ending, in letters, digits, dots, hyphens and underscores.
func articleID(name string) string {
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	base = strings.TrimSuffix(base, path.Ext(base))
	id := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '.', r == '-', r == '_':
			return r
		case unicode.IsSpace(r):
			return '-'
		}
		return -1
	}, base)
	id = strings.Trim(id, ".-")
	if len(id) > 80 {
		id = strings.ToValidUTF8(id[:80], "")
	}
	if id == "" {
		return "article"
	}
	return id
}

// block is a block of one raw sentence.
func block(kind pipeline.Kind, text string) pipeline.Block {
	return pipeline.Block{Kind: kind, Sentences: []pipeline.Sentence{{Text: text}}}
}

func invalid(name string, err error, hint string) error {
	return &pipeline.Error{Code: pipeline.Invalid, Stage: "read", Unit: name, Hint: hint, Err: err}
}
