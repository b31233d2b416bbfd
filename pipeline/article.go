package pipeline

import (
	"iter"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Article is one news item, with fields named as in schema.org NewsArticle.
// Headline, Dateline and Keywords are read from their blocks.
type Article struct {
	ID            string       `json:"id"`                     // stable name of the article, safe as a folder name
	URL           string       `json:"url,omitempty"`          // where it was published, if known
	DatePublished time.Time    `json:"datePublished,omitzero"` // from the dateline or the page's metadata; zero if unknown
	InLanguage    language.Tag `json:"inLanguage"`             // BCP 47; und if unknown
	Body          []Block      `json:"body"`                   // everything, in order

	// Noticed is what the reader found out about the input: a guessed
	// encoding, text that is kept but not prose. normalize hands it on.
	Noticed []Finding `json:"-"`
}

// Kind says what part of an article a block is.
type Kind string

// The kinds of block.
const (
	Dateline    Kind = "dateline"    // weekday, date, time and zone line
	Headline    Kind = "headline"    // title
	Keywords    Kind = "keywords"    // comma-separated line of subjects
	Lead        Kind = "lead"        // first paragraph
	Paragraph   Kind = "paragraph"   // body paragraph
	Heading     Kind = "heading"     // subheading within the body
	Quote       Kind = "quote"       // block quotation
	ListItem    Kind = "listItem"    // one item of a list
	TableRow    Kind = "tableRow"    // one row of a table; each cell is a sentence
	Caption     Kind = "caption"     // figure or table caption
	Boilerplate Kind = "boilerplate" // widget text such as "latest news"; kept in the document, not exported
)

// Block is one part of an article. Its id is a letter for its kind and a
// number: "h1" headline, "d1" dateline, "k1" keywords, "b1" boilerplate, and
// "p1", "p2" … for everything else, counted together in order.
type Block struct {
	ID        string     `json:"id"`
	Kind      Kind       `json:"kind"`
	Sentences []Sentence `json:"sentences"`
}

// Text is the block's text: its sentences joined by one space, or by " | "
// where they are the cells of a table row.
func (b Block) Text() string {
	sep := " "
	if b.Kind == TableRow {
		sep = " | "
	}
	parts := make([]string, len(b.Sentences))
	for i, s := range b.Sentences {
		parts[i] = s.Text
	}
	return strings.Join(parts, sep)
}

// Sentence is the smallest piece that is asked for, accounted for and judged.
type Sentence struct {
	ID   string `json:"id"`   // block id, "s" and the sentence's number in its block: "p3s2"
	Text string `json:"text"` // NFC, no markup, no line breaks
}

// Span is a half-open range of UTF-8 bytes in one sentence's text.
type Span struct {
	Sentence string `json:"sentence"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
}

// Len is the span's length in bytes.
func (s Span) Len() int { return s.End - s.Start }

// Repair is one change that normalize made, with the named rule that made it.
// Offsets are UTF-8 bytes of the decoded input text.
type Repair struct {
	Rule   string `json:"rule"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Sentences yields every sentence with the block it stands in, in order.
func (a *Article) Sentences() iter.Seq2[Block, Sentence] {
	return func(yield func(Block, Sentence) bool) {
		for _, b := range a.Body {
			for _, s := range b.Sentences {
				if !yield(b, s) {
					return
				}
			}
		}
	}
}

// Sentence finds a sentence by its id.
func (a *Article) Sentence(id string) (Sentence, bool) {
	for _, s := range a.Sentences() {
		if s.ID == id {
			return s, true
		}
	}
	return Sentence{}, false
}

// First is the text of the first block of a kind, or "".
func (a *Article) First(k Kind) string {
	for _, b := range a.Body {
		if b.Kind == k {
			return b.Text()
		}
	}
	return ""
}

// Map returns a copy of the article whose sentence texts are what f makes of
// them. Ids, kinds and order stay.
func (a *Article) Map(f func(Block, Sentence) string) *Article {
	out := *a
	out.Body = make([]Block, len(a.Body))
	for i, b := range a.Body {
		nb := b
		nb.Sentences = make([]Sentence, len(b.Sentences))
		for j, s := range b.Sentences {
			nb.Sentences[j] = Sentence{ID: s.ID, Text: f(b, s)}
		}
		out.Body[i] = nb
	}
	return &out
}
