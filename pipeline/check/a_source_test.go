package check

import (
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
)

// headed is an article with a headline and paragraphs of one sentence each.
func headed(headline string, sentences ...string) *pipeline.Article {
	art := storyOf(sentences...)
	h := pipeline.Block{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: headline}}}
	art.Body = append([]pipeline.Block{h}, art.Body...)
	return art
}

func TestS01Numbers(t *testing.T) {
	for _, tc := range []struct {
		name, headline string
		body           []string
		want           []string
	}{
		{"in the body", "Ferry with 212 on board sinks", []string{"A ferry with 212 passengers sank."}, nil},
		{"as a word", "Ferry with 12 on board sinks", []string{"A ferry with twelve passengers sank."}, nil},
		{"in a later paragraph", "12 drown", []string{"A ferry sank.", "The dead are 12."}, nil},
		{"with a scale word", "Ferry cost 3 million", []string{"It cost 3,000,000 euros."}, nil},
		{"another figure", "Ferry with 221 on board sinks", []string{"A ferry with 212 passengers sank."}, []string{"minor 221"}},
		{"another word", "Eleven drown", []string{"A ferry sank; twelve people drowned."}, []string{"minor Eleven"}},
		{"two", "11 drown, 4 saved", []string{"A ferry sank."}, []string{"minor 11", "minor 4"}},
		{"behind letters of two bytes", "Şile’de: 11 drown", []string{"A ferry sank."}, []string{"minor 11"}},
		{"no number", "Ferry sinks", []string{"A ferry with 212 passengers sank."}, nil},
		{"no body", "Ferry with 212 on board sinks", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := Source(headed(tc.headline, tc.body...))
			if got := ofCheck(fs, "S01", tc.headline); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			vetFindings(t, fs, tc.headline)
			for _, f := range fs {
				if f.Span.Sentence != "h1s1" || f.Side != pipeline.SourceSide || f.Stage != "normalize" || f.Lang != "" {
					t.Errorf("got %+v", f)
				}
			}
		})
	}
}

// Keywords are held against the body like a headline; datelines, boilerplate
// and the headline itself are no body.
func TestS01WhatIsTheBody(t *testing.T) {
	of := func(id string, kind pipeline.Kind, text string) pipeline.Block {
		return pipeline.Block{ID: id, Kind: kind, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: text}}}
	}
	body := of("p1", pipeline.Paragraph, "A ferry sank with 212 passengers.")
	for _, tc := range []struct {
		name   string
		blocks []pipeline.Block
		want   int
	}{
		{"keywords without", []pipeline.Block{of("k1", pipeline.Keywords, "ferry, 14 dead"), body}, 1},
		{"keywords with", []pipeline.Block{of("k1", pipeline.Keywords, "ferry, 212 saved"), body}, 0},
		{"a headline is no ground for keywords", []pipeline.Block{of("h1", pipeline.Headline, "14 dead"), of("k1", pipeline.Keywords, "14 dead"), body}, 2},
		{"a dateline is no ground", []pipeline.Block{of("h1", pipeline.Headline, "19 dead"), of("d1", pipeline.Dateline, "Monday, 19 December 2016"), body}, 1},
		{"boilerplate is no ground", []pipeline.Block{of("h1", pipeline.Headline, "14 dead"), of("b1", pipeline.Boilerplate, "14 comments"), body}, 1},
		{"a caption is ground", []pipeline.Block{of("h1", pipeline.Headline, "14 dead"), of("p2", pipeline.Caption, "The 14 dead."), body}, 0},
		{"a list item is ground", []pipeline.Block{of("h1", pipeline.Headline, "14 dead"), of("p2", pipeline.ListItem, "14 dead"), body}, 0},
		{"a body with other numbers is judged by nothing", []pipeline.Block{body, of("p2", pipeline.Paragraph, "The 14 dead.")}, 0},
	} {
		got := 0
		for _, f := range Source(&pipeline.Article{Body: tc.blocks}) {
			if f.Check == "S01" {
				got++
			}
		}
		if got != tc.want {
			t.Errorf("%s: %d findings, want %d", tc.name, got, tc.want)
		}
	}
}

func TestS02MarksThatDoNotPair(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string // the pairs named
	}{
		{"straight", `He said "it sank" there.`, nil},
		{"one straight", `He said "it sank there.`, []string{`""`}},
		{"three straight", `He said "it" sank "there.`, []string{`""`}},
		{"curly", "He said “it sank” there.", nil},
		{"an opening curly one", "He said “it sank there.", []string{"“”"}},
		{"a closing curly one", "He said it sank” there.", []string{"“”"}},
		{"brackets", "It sank (near Sinop) there.", nil},
		{"an opening bracket", "It sank (near Sinop there.", []string{"()"}},
		{"a closing bracket", "It sank near Sinop) there.", []string{"()"}},
		{"square brackets", "It sank [near Sinop there.", []string{"[]"}},
		{"guillemets", "He said «it sank there.", []string{"«»"}},
		{"both pairs", "He said “it sank (there.", []string{"“”", "()"}},
		{"an apostrophe pairs with nothing", "It’s the crew's ferry.", nil},
		{"none", "It sank.", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := Source(storyOf(tc.text))
			var got []string
			for _, f := range fs {
				if f.Check != "S02" || f.Severity != pipeline.Neutral || f.Span.Sentence != "p1s1" || f.Span.Len() != 0 {
					t.Errorf("got %+v", f)
				}
				got = append(got, strings.Fields(f.Message)[2])
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			vetFindings(t, fs, tc.text)
		})
	}
}

// Marks pair within a paragraph, over its sentences, and not beyond it.
func TestS02MarksPairWithinAParagraph(t *testing.T) {
	open, shut := `"It is late. We go home.`, `Nobody is there," he said.`
	if fs := Source(storyOf(open + " " + shut)); len(fs) != 0 {
		t.Errorf("in one paragraph: %+v", fs)
	}
	if fs := Source(storyOf(open, shut)); len(fs) != 2 || fs[0].Span.Sentence != "p1s1" || fs[1].Span.Sentence != "p2s1" || fs[0].ID == fs[1].ID {
		t.Errorf("in two: %+v", fs)
	}
	art := storyOf(open)
	art.Body[0].Kind = pipeline.Boilerplate
	if fs := Source(art); len(fs) != 0 {
		t.Errorf("in boilerplate: %+v", fs)
	}
	if fs := Source(&pipeline.Article{Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Paragraph}}}); len(fs) != 0 {
		t.Errorf("in a block without sentences: %+v", fs)
	}
}

func TestS02TwoSpeakers(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"said, according to", `"It sank," the pilot said, according to a diver.`, []string{"neutral said, according to"}},
		{"told, according to", `"It sank," the pilot told, according to a diver.`, []string{"neutral told, according to"}},
		{"without a quotation", "It sank, the pilot said, according to a diver.", nil},
		{"words between", `"It sank," the pilot said of the ferry, according to a diver.`, nil},
		{"one speaker", `"It sank," the pilot said.`, nil},
		{"the other way round", `According to a diver, the pilot said "it sank".`, nil},
		{"another verb", `"It sank," the pilot claimed, according to a diver.`, nil},
	} {
		fs := Source(storyOf(tc.text))
		if got := ofCheck(fs, "S02", tc.text); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
		vetFindings(t, fs, tc.text)
	}
	art := storyOf(`"It sank," the pilot said, according to a diver.`)
	art.Body[0].Kind = pipeline.Boilerplate
	if fs := Source(art); len(fs) != 0 {
		t.Errorf("in boilerplate: %+v", fs)
	}
}

// A row is a summary with no evidence named: its sentences are held against the
// whole article.
func TestSummaryRowTable(t *testing.T) {
	var lines []string
	for _, s := range harbour().Sentences() {
		lines = append(lines, s.Text)
	}
	article := strings.Join(lines, "\n")
	for _, tc := range []struct {
		name, summary string
		want          []string
		flagged       bool
	}{
		{"right", "A ferry with 212 passengers ran aground near Sinop. Divers rescued three children.", nil, false},
		{"empty", "", nil, false},
		{"a number", "A ferry ran aground. It had 221 passengers.", []string{"M02 major 221"}, true},
		{"a name", "A ferry ran aground near Trabzon.", []string{"M03 major Trabzon"}, true},
		{"a quotation", "A ferry ran aground. “We gave up,” divers said.", []string{"M04 major “We gave up,”"}, true},
		{"a start", "They rescued three children.", []string{"M06 minor They"}, false},
		{"a start of the second sentence", "Divers came. They rescued three children.", nil, false},
		{"cut", "A ferry ran aground near", []string{"T09 major A ferry ran aground near"}, true},
		{"two sentences, two faults", "A ferry hit Trabzon. It had 221 passengers.", []string{"M03 major Trabzon", "M02 major 221"}, true},
		{"behind letters of two bytes", "A ferry near the café ran aground. It’s said that it had 99 passengers.", []string{"M02 major 99"}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := SummaryRow(SummaryText{ID: "row 7", Article: article, Summary: tc.summary})
			var got []string
			for _, f := range r.Findings {
				vetSpan(t, f.Check, pipeline.Span{Start: f.Span.Start, End: f.Span.End}, tc.summary)
				got = append(got, f.Check+" "+string(f.Severity)+" "+tc.summary[f.Span.Start:f.Span.End])
			}
			if !slices.Equal(got, tc.want) || r.Flagged != tc.flagged || r.ID != "row 7" || r.Findings == nil {
				t.Errorf("got %q %v, want %q", got, r.Flagged, tc.want)
			}
		})
	}
}

func TestArticleOfMakesAParagraphALine(t *testing.T) {
	art := articleOf("It sank. Nobody came.\n\n  \nThe end.")
	var got []string
	for b, s := range art.Sentences() {
		got = append(got, b.ID+" "+s.ID+" "+s.Text)
		if b.Kind != pipeline.Paragraph {
			t.Errorf("%s is a %s", b.ID, b.Kind)
		}
	}
	if !slices.Equal(got, []string{"p1 p1s1 It sank.", "p1 p1s2 Nobody came.", "p2 p2s1 The end."}) {
		t.Errorf("got %q", got)
	}
	if n := len(articleOf("").Body); n != 0 {
		t.Errorf("nothing has %d blocks", n)
	}
}
