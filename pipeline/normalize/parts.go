package normalize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// Bounds of the grammar of headers and footers. The sample they were set on
// has a headline of 138 characters and a keywords line of eleven items with
// 1.2 words each, nine of which occur in the body.
const (
	headerBlocks    = 6   // the header lies within the first blocks
	headlineRunes   = 160 // the longest headline
	keywordCommas   = 3   // the fewest commas of a keywords line
	keywordWords    = 3   // the most words of its items, on average
	boilerplateRune = 60  // the longest line of a widget
)

// recognise gives the blocks that the reader took for paragraphs the kinds
// they have as parts of an article. What the format itself said stands.
func recognise(blocks []pipeline.Block) {
	header := headerEnd(blocks)
	body := strings.ToLower(text(blocks[header:]))
	if markKeywords(blocks[:header], body) {
		headerEnd(blocks) // a headline or a dateline may stand behind the keywords
	}
	markBoilerplate(blocks)
	markLead(blocks)
}

// headerEnd marks dateline, headline and the candidates around them and
// returns the number of blocks that can belong to the header.
func headerEnd(blocks []pipeline.Block) int {
	headline := index(blocks, pipeline.Headline)
	end := min(len(blocks), headerBlocks)
	for i := range end {
		b := &blocks[i]
		if b.Kind == pipeline.Headline || b.Kind == pipeline.Keywords || b.Kind == pipeline.Dateline {
			continue
		}
		if b.Kind != pipeline.Paragraph {
			return i
		}
		line := b.Text()
		if _, ok := locale.ParseDateline(line); ok && index(blocks, pipeline.Dateline) < 0 {
			b.Kind = pipeline.Dateline
			continue
		}
		if keywordsLine(line) || byline(line) {
			continue
		}
		if headline < 0 && isHeadline(line) && i+1 < len(blocks) {
			b.Kind = pipeline.Headline
			headline = i
			continue
		}
		return i
	}
	return end
}

// isHeadline: one short line without a final stop.
func isHeadline(line string) bool {
	last := lastMark(line)
	return utf8.RuneCountInString(line) <= headlineRunes && !strings.ContainsRune(".…;,:", last) &&
		strings.ContainsFunc(line, unicode.IsLetter)
}

// lastMark is the last character, closing quotes and brackets left out.
func lastMark(line string) rune {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(line, "\"'”’»)] "))
	return r
}

// keywordsLine: several short items between commas, and no final stop.
func keywordsLine(line string) bool {
	items := keywordItems(line)
	if len(items) <= keywordCommas || strings.ContainsRune(".!?…", lastMark(line)) {
		return false
	}
	return len(strings.Fields(strings.Join(items, " "))) <= keywordWords*len(items)
}

// keywordItems are the items of a line, without the label "Keywords:".
func keywordItems(line string) []string {
	if label, rest, ok := strings.Cut(line, ":"); ok {
		switch strings.ToLower(strings.TrimSpace(label)) {
		case "keywords", "tags", "topics", "key words":
			line = rest
		}
	}
	var out []string
	for item := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// markKeywords marks the first keywords line of the header of which at least
// half the items occur in the body.
func markKeywords(header []pipeline.Block, body string) bool {
	if index(header, pipeline.Keywords) >= 0 {
		return false
	}
	for i := range header {
		line := header[i].Text()
		if header[i].Kind != pipeline.Paragraph || !keywordsLine(line) {
			continue
		}
		items := keywordItems(line)
		found := 0
		for _, item := range items {
			if strings.Contains(body, strings.ToLower(item)) {
				found++
			}
		}
		if 2*found >= len(items) {
			header[i].Kind = pipeline.Keywords
			return true
		}
	}
	return false
}

// markBoilerplate marks the paragraphs that are nothing but the line of a
// widget. The list is closed: nothing is taken for one by its place or length.
func markBoilerplate(blocks []pipeline.Block) {
	known := locale.English.Set("boilerplate")
	for i := range blocks {
		switch blocks[i].Kind {
		case pipeline.Paragraph, pipeline.Heading, pipeline.ListItem:
		default:
			continue
		}
		line := blocks[i].Text()
		if len(line) > boilerplateRune {
			continue
		}
		line = strings.ToLower(strings.ReplaceAll(line, "’", "'"))
		if known[strings.TrimRight(line, " 0123456789:.…»›>|-")] {
			blocks[i].Kind = pipeline.Boilerplate
		}
	}
}

// markLead marks the first paragraph after the header, a byline left out.
func markLead(blocks []pipeline.Block) {
	if index(blocks, pipeline.Lead) >= 0 {
		return
	}
	for i := range blocks {
		if blocks[i].Kind == pipeline.Paragraph && !byline(blocks[i].Text()) {
			blocks[i].Kind = pipeline.Lead
			return
		}
	}
}

// byline: "By Jane Doe", "By Jane Doe, Ankara".
func byline(line string) bool {
	rest, ok := strings.CutPrefix(line, "By ")
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && unicode.IsUpper(r) && len(strings.Fields(line)) <= 9 && !strings.ContainsRune(".!?", lastMark(line))
}

// index is the place of the first block of a kind, or -1.
func index(blocks []pipeline.Block, k pipeline.Kind) int {
	for i := range blocks {
		if blocks[i].Kind == k {
			return i
		}
	}
	return -1
}

// text is the blocks' text with blank lines between.
func text(blocks []pipeline.Block) string {
	parts := make([]string, len(blocks))
	for i, b := range blocks {
		parts[i] = b.Text()
	}
	return strings.Join(parts, blockBreak)
}
