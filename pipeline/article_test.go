package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
)

// item is an article of every shape that a block can have.
func item() *pipeline.Article {
	return &pipeline.Article{ID: "lesna", URL: "https://example.com/lesna", Body: []pipeline.Block{
		{ID: "d1", Kind: pipeline.Dateline, Sentences: []pipeline.Sentence{{ID: "d1s1", Text: "Monday, 3 May 2021"}}},
		{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: "Barge hits pier"}}},
		{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{
			{ID: "p1s1", Text: "The port of Lesna was closed."},
			{ID: "p1s2", Text: "Nobody was hurt."},
		}},
		{ID: "p2", Kind: pipeline.TableRow, Sentences: []pipeline.Sentence{
			{ID: "p2s1", Text: "Ferry"}, {ID: "p2s2", Text: ""}, {ID: "p2s3", Text: "9:00"},
		}},
		{ID: "p3", Kind: pipeline.Heading},
		{ID: "p4", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{{ID: "p4s1", Text: "A second lead."}}},
	}}
}

func TestTextOfABlock(t *testing.T) {
	for _, tc := range []struct {
		name string
		kind pipeline.Kind
		in   []string
		want string
	}{
		{"no sentence", pipeline.Paragraph, nil, ""},
		{"one", pipeline.Headline, []string{"Barge hits pier"}, "Barge hits pier"},
		{"two", pipeline.Paragraph, []string{"One.", "Two."}, "One. Two."},
		{"a row of a table", pipeline.TableRow, []string{"Ferry", "9:00"}, "Ferry | 9:00"},
		{"an empty cell keeps its place", pipeline.TableRow, []string{"Ferry", "", "9:00"}, "Ferry |  | 9:00"},
		{"one cell", pipeline.TableRow, []string{"Ferry"}, "Ferry"},
		{"a list item is prose", pipeline.ListItem, []string{"One.", "Two."}, "One. Two."},
		{"the text is not touched", pipeline.Quote, []string{" a  b ", "\u00a0c"}, " a  b  \u00a0c"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := pipeline.Block{Kind: tc.kind}
			for _, s := range tc.in {
				b.Sentences = append(b.Sentences, pipeline.Sentence{Text: s})
			}
			if got := b.Text(); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestSentencesAreGivenInOrderAndTheLoopMayStop(t *testing.T) {
	var got []string
	for b, s := range item().Sentences() {
		if !strings.HasPrefix(s.ID, b.ID) {
			t.Errorf("%s is given with block %s", s.ID, b.ID)
		}
		got = append(got, s.ID)
	}
	if want := []string{"d1s1", "h1s1", "p1s1", "p1s2", "p2s1", "p2s2", "p2s3", "p4s1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for n := 1; n <= len(got); n++ {
		seen := 0
		for range item().Sentences() {
			if seen++; seen == n {
				break
			}
		}
		if seen != n {
			t.Errorf("stopped after %d, saw %d", n, seen)
		}
	}
	for range (&pipeline.Article{}).Sentences() {
		t.Error("an empty article has a sentence")
	}
}

func TestSentenceIsFoundByItsWholeID(t *testing.T) {
	for id, want := range map[string]string{"p1s2": "Nobody was hurt.", "h1s1": "Barge hits pier", "p2s2": ""} {
		if s, ok := item().Sentence(id); !ok || s.Text != want || s.ID != id {
			t.Errorf("%s: %+v, %v", id, s, ok)
		}
	}
	for _, id := range []string{"", "p1", "p1s", "p1s3", "P1S2", "p1s22"} {
		if s, ok := item().Sentence(id); ok || s != (pipeline.Sentence{}) {
			t.Errorf("%q: %+v", id, s)
		}
	}
}

func TestFirstOfAKind(t *testing.T) {
	for kind, want := range map[pipeline.Kind]string{
		pipeline.Headline: "Barge hits pier",
		pipeline.Dateline: "Monday, 3 May 2021",
		pipeline.Lead:     "The port of Lesna was closed. Nobody was hurt.",
		pipeline.TableRow: "Ferry |  | 9:00",
		pipeline.Heading:  "",
		pipeline.Keywords: "",
	} {
		if got := item().First(kind); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

func TestMapChangesTextsAndNothingElse(t *testing.T) {
	src := item()
	got := src.Map(func(b pipeline.Block, s pipeline.Sentence) string { return b.ID + ":" + s.Text })
	if got.ID != src.ID || got.URL != src.URL || len(got.Body) != len(src.Body) {
		t.Fatalf("%+v", got)
	}
	for i, b := range got.Body {
		was := src.Body[i]
		if b.ID != was.ID || b.Kind != was.Kind || len(b.Sentences) != len(was.Sentences) {
			t.Errorf("block %d: %+v", i, b)
		}
		for j, s := range b.Sentences {
			if want := b.ID + ":" + was.Sentences[j].Text; s.ID != was.Sentences[j].ID || s.Text != want {
				t.Errorf("%+v, want text %q", s, want)
			}
		}
	}
	if fmt.Sprint(src) != fmt.Sprint(item()) {
		t.Error("the article it was made of has changed")
	}
	got.Body[0].Sentences[0].Text = "changed"
	got.Body[1].ID = "changed"
	if fmt.Sprint(src) != fmt.Sprint(item()) {
		t.Error("the copy shares its blocks with the original")
	}
}

func TestLenOfASpanIsInBytes(t *testing.T) {
	text := "Порт закрыт"
	s := pipeline.Span{Sentence: "p1s1", Start: strings.Index(text, "закрыт"), End: len(text)}
	if s.Len() != 12 || text[s.Start:s.End] != "закрыт" {
		t.Errorf("%d bytes: %q", s.Len(), text[s.Start:s.End])
	}
	if (pipeline.Span{Start: 4, End: 4}).Len() != 0 {
		t.Error("an empty range has a length")
	}
}
