package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
)

// proposal is an edit as a model gives it.
func proposal(before, after string) pipeline.Edit {
	return pipeline.Edit{Before: before, After: after, Category: "grammar", Reason: "a test"}
}

func TestEditsStandInTheOrderOfTheSentence(t *testing.T) {
	s := pipeline.Sentence{ID: "p2s1", Text: "The crew were tired and the boat were lost near a old quay."}
	kept, findings := Edits(s, []pipeline.Edit{
		proposal("a old", "an old"), proposal("boat were", "boat was"), proposal("crew were", "crew was"),
	})
	if got := applyAll(s.Text, kept); got != "The crew was tired and the boat was lost near an old quay." || len(findings) != 0 {
		t.Errorf("got %q, %+v", got, findings)
	}
	if !slices.IsSortedFunc(kept, func(a, b pipeline.Edit) int { return a.Span.Start - b.Span.Start }) {
		t.Errorf("kept %+v", kept)
	}
}

func TestC09KeepsTheFirstOfOverlappingEdits(t *testing.T) {
	s := pipeline.Sentence{ID: "p2s1", Text: "The crew were very tired of waiting at the quay."}
	for _, tc := range []struct {
		name    string
		es      []pipeline.Edit
		kept    string
		dropped int
	}{
		{"the same place", []pipeline.Edit{proposal("were", "was"), proposal("were", "is")}, "were>was", 1},
		{"one within the other", []pipeline.Edit{proposal("very tired", "quite exhausted"), proposal("tired", "weary")}, "very tired>quite exhausted", 1},
		{"one across the other", []pipeline.Edit{proposal("tired of", "weary from"), proposal("very tired", "rather worn")}, "very tired>rather worn", 1},
		{"the same edit twice is no fault", []pipeline.Edit{proposal("were", "was"), proposal("were", "was")}, "were>was", 0},
		{"the same edit in other words", []pipeline.Edit{proposal("were", "was"), proposal("crew were very", "crew was very")}, "were>was", 0},
		{"touching", []pipeline.Edit{proposal("quay", "pier"), proposal(".", "!")}, "quay>pier .>!", 0},
		{"side by side", []pipeline.Edit{proposal("very", "quite"), proposal("tired", "weary")}, "very>quite tired>weary", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kept, findings := Edits(s, tc.es)
			var got []string
			for _, e := range kept {
				got = append(got, e.Before+">"+e.After)
			}
			if strings.Join(got, " ") != tc.kept {
				t.Errorf("kept %q, want %q", got, tc.kept)
			}
			if n := len(ofCheck(findings, "C09", s.Text)); n != tc.dropped || len(findings) != n {
				t.Errorf("%d overlaps told, want %d: %+v", n, tc.dropped, findings)
			}
			vetFindings(t, findings, s.Text)
		})
	}
}

// What is no edit comes back as a remark that quotes it, a query as a minor
// finding.
func TestEditsTellsWhatItLeavesOut(t *testing.T) {
	s := pipeline.Sentence{ID: "p2s1", Text: "The crew were tired."}
	long := strings.Repeat("very ", 30) + "tired"
	kept, findings := Edits(s, []pipeline.Edit{
		proposal("pilot", "crew"),
		proposal("tired", "tired"),
		proposal("tired", "so\ntired"),
		proposal(long, "tired"),
		{Before: "crew", Category: "query", Reason: "Which crew?"},
	})
	if len(kept) != 0 {
		t.Errorf("kept %+v", kept)
	}
	want := []string{"C01 neutral", "C09 neutral", "C08 neutral", "C01 neutral", "query minor"}
	var got []string
	for _, f := range findings {
		got = append(got, f.Check+" "+string(f.Severity))
		if f.Stage != "correct" || f.Side != pipeline.SourceSide || f.Span.Sentence != "p2s1" {
			t.Errorf("got %+v", f)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	vetFindings(t, findings, s.Text)
	if m := findings[0].Message; !strings.Contains(m, `"pilot"`) || !strings.Contains(m, `"crew"`) || !strings.HasSuffix(m, ".") {
		t.Errorf("message %q", m)
	}
	if m := findings[3].Message; !strings.Contains(m, "…") || len(m) > 220 {
		t.Errorf("a long piece is quoted whole: %q", m)
	}
	if findings[0].ID == findings[3].ID {
		t.Error("two edits left out have one id")
	}
}

func TestEditsOfNothing(t *testing.T) {
	kept, findings := Edits(pipeline.Sentence{ID: "p1s1", Text: "It rained."}, nil)
	if len(kept) != 0 || len(findings) != 0 {
		t.Errorf("%+v %+v", kept, findings)
	}
	kept, findings = Edits(pipeline.Sentence{ID: "p1s1"}, []pipeline.Edit{proposal("a", "b")})
	if len(kept) != 0 || len(findings) != 1 {
		t.Errorf("%+v %+v", kept, findings)
	}
}

// plankWords is a sentence of n words that no rule protects.
func plankWords(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "plank" + strings.Repeat("y", i+1)
	}
	return out
}

// rewritten is the sentence of n such words with edits of the given lengths,
// side by side, each of which replaces all its words.
func rewritten(n int, lengths ...int) []pipeline.Edit {
	words := plankWords(n)
	var es []pipeline.Edit
	at := 0
	for _, l := range lengths {
		before := strings.Join(words[at:at+l], " ")
		es = append(es, proposal(before, strings.ReplaceAll(before, "plank", "board")))
		at += l
	}
	kept, _ := Edits(pipeline.Sentence{ID: "p1s1", Text: strings.Join(words, " ")}, es)
	return kept
}

// C07 at its bounds: three words are always a correction; beyond them, 35 % of
// the sentence.
func TestC07AtItsBounds(t *testing.T) {
	for _, tc := range []struct {
		words   int
		lengths []int
		applied bool
	}{
		{3, []int{3}, true},
		{3, []int{1, 1, 1}, true},
		{4, []int{4}, false},
		{8, []int{3}, true},
		{11, []int{4}, false},
		{12, []int{4}, true},
		{20, []int{7}, true},
		{20, []int{8}, false},
		{20, []int{3, 4}, true},
		{20, []int{4, 4}, false},
		{20, []int{1, 1, 1, 1, 1, 1, 1}, true},
		{20, []int{1, 1, 1, 1, 1, 1, 1, 1}, false},
		{100, []int{35}, true},
		{100, []int{36}, false},
	} {
		t.Run(fmt.Sprint(tc.words, tc.lengths), func(t *testing.T) {
			kept := rewritten(tc.words, tc.lengths...)
			if len(kept) != len(tc.lengths) {
				t.Fatalf("kept %d of %d edits", len(kept), len(tc.lengths))
			}
			for _, e := range kept {
				if (e.State == pipeline.Applied) != tc.applied {
					t.Errorf("%q is %s: %s", e.Before, e.State, e.Held)
				}
				if !tc.applied && !strings.HasPrefix(e.Held, "C07: the edits rewrite ") {
					t.Errorf("held because %q", e.Held)
				}
			}
		})
	}
}

// Edits that are held for another reason neither count nor lose their reason.
func TestC07LeavesHeldEditsAlone(t *testing.T) {
	s := pipeline.Sentence{ID: "p1s1", Text: "The 4 men swam to a small quay."}
	kept, _ := Edits(s, []pipeline.Edit{proposal("4 men", "5 people"), proposal("swam", "went"), proposal("a small quay", "some tiny pier")})
	if len(kept) != 3 {
		t.Fatalf("kept %+v", kept)
	}
	for i, want := range []string{"C02", "C07", "C07"} {
		if kept[i].State != pipeline.Proposed || !strings.HasPrefix(kept[i].Held, want) {
			t.Errorf("%q is %s: %s, want %s", kept[i].Before, kept[i].State, kept[i].Held, want)
		}
	}
	kept, _ = Edits(s, []pipeline.Edit{proposal("The 4 men swam", "Those 5 people went"), proposal("a small", "some tiny")})
	if len(kept) != 2 || kept[1].State != pipeline.Applied {
		t.Errorf("a held edit counts as rewriting: %+v", kept)
	}
}

func TestChangedWordsCountsWordsOnly(t *testing.T) {
	for _, tc := range []struct {
		before, after string
		want          int
	}{
		{"goes", "went", 1},
		{"in a back", "in the back", 1},
		{"media,", "media", 0},
		{"monday", "Monday", 0},
		{"to swim slowly", "to slowly swim", 0},
		{"very very tired", "very tired", 1},
		{"tired", "quite tired of it", 3},
		{"tired ", "", 1},
		{"don't", "don’t", 1},
		{"well known", "well-known", 2},
		{"— he", "– he", 0},
		{"çok eski", "çok yeni", 1},
		{"14 men", "14 man", 1},
	} {
		if got := changedWords(proposal(tc.before, tc.after)); got != tc.want {
			t.Errorf("%q to %q: %d words, want %d", tc.before, tc.after, got, tc.want)
		}
	}
}
