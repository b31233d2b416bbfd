package reader

import (
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// Text reads plain text. Blank lines part blocks. Lines that follow each other
// are one block where they were wrapped to a width, and blocks of their own
// where they were not, as the lines above an article are.
func Text(r io.Reader, name string) ([]*pipeline.Article, error) {
	raw, err := slurp(r, name)
	if err != nil {
		return nil, err
	}
	d, err := decode(raw, "")
	if err != nil {
		return nil, named(err, name)
	}
	var blocks []pipeline.Block
	for _, p := range paragraphs(d.text) {
		kind := pipeline.Paragraph
		if bullet.MatchString(p) {
			kind = pipeline.ListItem
		}
		blocks = append(blocks, block(kind, p))
	}
	a, err := article(name, d, blocks)
	if err != nil {
		return nil, err
	}
	return []*pipeline.Article{a}, nil
}

// named puts the input's name into an error that does not have it yet.
func named(err error, name string) error {
	if e, ok := err.(*pipeline.Error); ok && e.Unit == "" {
		e.Unit = name
	}
	return err
}

// lineBreak is every kind of line break. U+0085 is left out: in a text that
// was decoded wrongly it is half a letter.
var lineBreak = regexp.MustCompile("\r\n?|\n|\u2028")

// bullet is the mark of a list item that no sentence begins with.
var bullet = regexp.MustCompile(`^(?:[•‣⁃∙▪●◦]|[*-])[ \t]+\S`)

// paragraphs cuts a text into the raw texts of its blocks.
func paragraphs(text string) []string {
	var out []string
	for section := range strings.SplitSeq(text, "\u2029") {
		width := pageWidth(section)
		var lines []string
		flush := func() {
			out = append(out, unwrapped(lines, width)...)
			lines = nil
		}
		for _, line := range lineBreak.Split(section, -1) {
			if strings.TrimSpace(line) == "" {
				flush()
				continue
			}
			lines = append(lines, line)
		}
		flush()
	}
	return out
}

// Text wrapped by a program fills its lines. A page is taken for wrapped where
// its longest line has 40 to 120 characters.
const (
	narrowest = 40
	widest    = 120
)

// pageWidth is the length of the longest line, or 0 where the text is not
// wrapped.
func pageWidth(text string) int {
	longest := 0
	for _, line := range lineBreak.Split(text, -1) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimSpace(line)))
	}
	if longest < narrowest || longest > widest {
		return 0
	}
	return longest
}

// unwrapped joins the lines of one paragraph, with their line breaks, and
// keeps the others apart.
func unwrapped(lines []string, width int) []string {
	var out []string
	for i, line := range lines {
		if i > 0 && continues(lines[i-1], line, width) {
			out[len(out)-1] += "\n" + line
			continue
		}
		out = append(out, line)
	}
	return out
}

// continues reports whether a line goes on with the paragraph of the one
// before: with a small letter, or because the line before had no room for its
// first word.
func continues(before, line string, width int) bool {
	before, line = strings.TrimSpace(before), strings.TrimSpace(line)
	if bullet.MatchString(line) {
		return false
	}
	if _, ok := locale.ParseDateline(before); ok {
		return false
	}
	first, _ := utf8.DecodeRuneInString(line)
	if unicode.IsLower(first) {
		return true
	}
	word, _, _ := strings.Cut(line, " ")
	return width > 0 && utf8.RuneCountInString(before)+1+utf8.RuneCountInString(word) > width
}
