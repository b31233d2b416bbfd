// Package normalize is the first stage: it repairs the text of an article
// without a model, finds its parts, and splits it into sentences with ids.
//
// # Promises
//
// No text is changed but by a rule of [Rules], and every change is in the log
// with the rule's name and its exact place in the input. No letter and no
// digit is changed but by a rule that says so; quotation marks and dashes stay
// as they were written. Normalizing twice is normalizing once. Nothing is
// lost: every letter and digit of the input is in a block, widgets' lines
// included.
//
// # What is noticed
//
// Cases of each are in fixtures/checks/n-articles.txtar. `make measure` holds the
// repairs against rows of damaged text; how often a finding is wrong was not
// measured, for any of them.
//
// N01 is the promise above and no finding: the tests hold it, and the
// measurement on 339 rows.
//
// N02: text read in the wrong encoding was repaired, or a character is lost
// (U+FFFD). Damage that makes other honest words is not seen.
//
// N03, by the reader: the input does not say its encoding and it was guessed. A
// declared encoding is believed, also where it is wrong.
//
// N04: the weekday is not that of the date, or there is no headline. Which of
// weekday and date is wrong it does not know, and dates inside the text are not
// looked at.
//
// N05, by the reader too: what is kept but is not part of the story, such as the
// line of a widget, or what of a page was not read. A widget's line that reads
// as a sentence stays in the story.
//
// N06: invisible characters were removed. Those that join an emoji stay.
//
// N07: a sentence is in another language. Short ones cannot be judged.
package normalize

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// stage is this stage's name in errors and findings.
const stage = "normalize"

// blockBreak stands between the raw texts of an article's blocks in the text
// that the repairs' offsets count in.
const blockBreak = "\n\n"

// Result is an article ready for the stages with a model.
type Result struct {
	Article  *pipeline.Article  // blocks with ids and kinds, sentences with ids
	Repairs  []pipeline.Repair  // what was changed, in order; offsets in Source(src)
	Findings []pipeline.Finding // N02 to N06, and what the reader noticed
}

// Source is the text that the offsets of an article's repairs count in: the
// raw texts of its blocks, as the reader gave them, with a blank line between.
// Apply(Source(src), repairs) is the normalized text of the same blocks.
func Source(src *pipeline.Article) string { return text(src.Body) }

// Article normalizes an article as a reader gave it. The error is a
// *pipeline.Error with code Invalid where there is no text, or where the text
// is certainly not English; its message names the language.
func Article(src *pipeline.Article) (Result, error) {
	whole := Source(src)
	if !strings.ContainsFunc(whole, unicode.IsLetter) {
		return Result{}, &pipeline.Error{Code: pipeline.Invalid, Stage: stage, Unit: src.ID, Err: errors.New("the article has no text"), Hint: "check that the file holds the article and not only its frame"}
	}
	if err := english(src.ID, whole); err != nil {
		return Result{}, err
	}
	scope := &scope{loc: locale.English, evidence: evidence(whole)}
	art := *src
	art.Body, art.Noticed, art.InLanguage = nil, nil, language.English
	var repairs []pipeline.Repair
	at := 0
	for _, b := range src.Body {
		raw := b.Text()
		cleaned, log := clean(raw, scope)
		for _, r := range log {
			r.Start += at
			r.End += at
			repairs = append(repairs, r)
		}
		at += len(raw) + len(blockBreak)
		art.Body = append(art.Body, blocks(b.Kind, cleaned)...)
	}
	if len(art.Body) == 0 {
		return Result{}, &pipeline.Error{Code: pipeline.Invalid, Stage: stage, Unit: src.ID, Err: errors.New("the article has no text")}
	}
	recognise(art.Body)
	number(art.Body)
	if d, ok := locale.ParseDateline(art.First(pipeline.Dateline)); ok && art.DatePublished.IsZero() {
		art.DatePublished, _ = d.Time()
	}
	res := Result{Article: &art, Repairs: repairs}
	res.Findings = append(noticed(src), findings(res)...)
	return res, nil
}

// blocks makes blocks of a cleaned text: one, or several where a blank line or
// the line of a list item is left in it.
func blocks(kind pipeline.Kind, cleaned string) []pipeline.Block {
	var out []pipeline.Block
	for part := range strings.SplitSeq(cleaned, blockBreak) {
		for i, line := range strings.Split(part, "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			k := kind
			if k == "" {
				k = pipeline.Paragraph
			}
			if i > 0 && k == pipeline.Paragraph {
				k = pipeline.ListItem
			}
			out = append(out, pipeline.Block{Kind: k, Sentences: []pipeline.Sentence{{Text: line}}})
		}
	}
	return out
}

// number splits the blocks into sentences and gives both their ids.
func number(blocks []pipeline.Block) {
	counts := map[string]int{}
	for i := range blocks {
		b := &blocks[i]
		letter := letterOf(b.Kind)
		counts[letter]++
		b.ID = fmt.Sprintf("%s%d", letter, counts[letter])
		raw := b.Sentences[0].Text
		b.Sentences = nil
		for _, s := range sentences(b.Kind, raw) {
			b.Sentences = append(b.Sentences, pipeline.Sentence{ID: fmt.Sprintf("%ss%d", b.ID, len(b.Sentences)+1), Text: s})
		}
	}
}

// letterOf is the letter that a block's id begins with.
func letterOf(k pipeline.Kind) string {
	switch k {
	case pipeline.Dateline:
		return "d"
	case pipeline.Headline:
		return "h"
	case pipeline.Keywords:
		return "k"
	case pipeline.Boilerplate:
		return "b"
	}
	return "p"
}

// sentences cuts a block's text: prose into sentences, a table's row into cells,
// and leaves the lines of the header and of widgets whole.
func sentences(k pipeline.Kind, text string) []string {
	switch k {
	case pipeline.Dateline, pipeline.Headline, pipeline.Keywords, pipeline.Boilerplate, pipeline.Heading:
		return []string{text}
	case pipeline.TableRow:
		return strings.Split(text, " | ")
	}
	return segment.Texts(text, locale.English)
}
