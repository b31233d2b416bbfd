package normalize

import (
	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// Rule is one named way in which a text may be changed. No text is changed
// but by a rule, and the log of repairs names it.
type Rule struct {
	Name    string // as it stands in the log
	Changes string // what it changes, in one line
	Letters bool   // it may change letters or digits; no other rule does

	find func(s string, c *scope) []edit
}

// scope is what a rule may know beside the text.
type scope struct {
	loc      *locale.Locale
	evidence map[string]int // codec to how surely the whole article was read in it
}

// Rules are all rules, in the order in which they are applied. The whole table
// is gone through until nothing changes, so that normalizing twice is the same
// as normalizing once.
func Rules() []Rule {
	return []Rule{
		{"terminal-escape", "removes colour codes and other escape sequences of terminals", true, findEscapes},
		{"markup", "removes the tags of HTML left in running text", true, findTags},
		{"html-entity", "writes the character for an entity such as &rsquo;", true, findEntities},
		{"mojibake", "decodes UTF-8 that was read in another encoding", true, findMojibake},
		{"mojibake-lost", "writes U+FFFD for mojibake with a byte missing", true, findLost},
		{"c1-control", "writes the windows-1252 character for a C1 control", true, findC1},
		{"line-break", "writes a line feed for every other kind of line break", false, findBreaks},
		{"control", "removes control characters", false, findControls},
		{"zero-width", "removes characters nobody sees, byte order marks among them", false, findZeroWidth},
		{"soft-hyphen", "removes soft hyphens", false, findSoftHyphens},
		{"bidi", "removes marks of writing direction from text that has only one", false, findBidi},
		{"tag-character", "removes tag characters, which hide ASCII from the reader", false, findTagCharacters},
		{"nfc", "composes letters with their accents (Unicode NFC)", true, findNFC},
		{"ligature", "writes fi for the single character ﬁ, and its like", true, findLigatures},
		{"full-width", "writes ASCII for full-width letters, digits and marks", true, findFullWidth},
		{"homoglyph", "writes the letter of the word's own alphabet for a look-alike", true, findHomoglyphs},
		{"end-of-line-hyphen", "joins a word that was divided at the end of a line", false, findDivided},
		{"hard-wrap", "joins lines of one paragraph", false, findWraps},
		{"blank-lines", "keeps one blank line between paragraphs", false, findBlankLines},
		{"edge-space", "removes white space at both ends of a line", false, findEdges},
		{"odd-space", "writes an ordinary space for no-break, thin and wide ones and tabs", false, findOddSpaces},
		{"double-space", "keeps one space between words", false, findDoubleSpaces},
		{"space-before-mark", "removes the space before a comma or a full stop", false, findSpacedMarks},
		{"space-after-stop", "puts the missing space between two sentences", false, findMissingSpaces},
	}
}

// rounds is how often the table is gone through at most. Two are enough for
// all damage seen; three layers of mojibake under entities take four.
const rounds = 12

// layers is how often one rule is applied in a row: mojibake of mojibake must
// be undone before anything else looks at what is between.
const layers = 6

// Text normalizes one running English text: no header or footer grammar, no
// sentences. The repairs' offsets are bytes of s, and Apply(s, repairs) is the
// text returned. Text(Text(s)) is Text(s). Line breaks within a paragraph go,
// those between paragraphs become one blank line.
func Text(s string) (string, []pipeline.Repair) {
	return clean(s, &scope{loc: locale.English, evidence: evidence(s)})
}

// clean runs the table over a text.
func clean(s string, c *scope) (string, []pipeline.Repair) {
	b := newBuffer(s)
	rules := Rules()
	for range rounds {
		before := b.text
		for _, r := range rules {
			for range layers {
				edits := r.find(b.text, c)
				if len(edits) == 0 {
					break
				}
				b.apply(r.Name, edits)
			}
		}
		if b.text == before {
			break
		}
	}
	return b.text, b.repairs()
}
