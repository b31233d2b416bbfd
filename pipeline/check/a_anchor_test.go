package check

import (
	"strings"
	"testing"

	"dragoman/pipeline"
)

func TestAnchorFindsTheOnlyPlace(t *testing.T) {
	for _, tc := range []struct {
		name, text, before string
		start              int
		ok                 bool
	}{
		{"the only word", "The ferry sank.", "ferry", 4, true},
		{"at the start", "Ferry lines stopped.", "Ferry", 0, true},
		{"at the end", "The crew left", "left", 9, true},
		{"the whole sentence", "It rained.", "It rained.", 0, true},
		{"several words", "The ferry left the old quay.", "the old", 15, true},
		{"a sign", "He came, and sat.", ",", 7, true},
		{"a word also inside another", "He can scan it.", "can", 3, true},
		{"only inside a word", "She rewrote it.", "write", 0, false},
		{"once inside a word", "She rewrites it.", "write", 6, true},
		{"twice inside words", "Rewriting, unwritten.", "writ", 0, false},
		{"twice as a word", "the dog and the cat", "the", 0, false},
		{"overlapping itself", "aaa", "aa", 0, false},
		{"absent", "The ferry sank.", "boat", 0, false},
		{"other case", "The ferry sank.", "the", 0, false},
		{"nothing", "The ferry sank.", "", 0, false},
		{"in nothing", "", "ferry", 0, false},
		{"longer than the text", "It", "It rained", 0, false},
		{"beside letters of two bytes", "Özgür çok yorgun.", "çok", 8, true},
		{"inside a Turkish word only", "Özgürlük geldi.", "gür", 3, true},
		{"a digit is part of a word", "A380 and 380 men", "380", 9, true},
		{"an underscore is too", "a_b b", "b", 4, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start, ok := Anchor(tc.text, tc.before)
			if start != tc.start || ok != tc.ok {
				t.Errorf("got %d %v, want %d %v", start, ok, tc.start, tc.ok)
			}
		})
	}
}

func TestC01NeedsAnAnchor(t *testing.T) {
	for _, tc := range []struct{ name, text, before, after, want string }{
		{"once", "The ship have left the bay.", "have", "has", "applied"},
		{"absent", "The ship have left the bay.", "had", "has", "C01"},
		{"twice", "The ship left the bay near the cape.", "the", "a", "C01"},
		{"twice, told apart by its words", "The ship left the bay near the cape.", "near the", "near a", "applied"},
		{"nothing to replace", "The ship left.", "", "quickly", "C09"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if v := judged(tc.text, tc.before, tc.after); ruleOf(v) != tc.want {
				t.Errorf("got %q %q", v.Drop, v.Hold)
			}
		})
	}
	for want, v := range map[string]Verdict{
		"more than once": judged("One man saw one man.", "man", "men"),
		"does not stand": judged("One man came.", "woman", "women"),
	} {
		if !strings.Contains(v.Drop, want) {
			t.Errorf("the reason %q does not say that it %s", v.Drop, want)
		}
	}
}

// A span that fits the text settles which of several places is meant; one that
// does not is no help and does no harm.
func TestC01TakesASpanThatFits(t *testing.T) {
	text := "A boat passed a boat."
	for _, tc := range []struct {
		name       string
		start, end int
		want       string
		at         int
	}{
		{"the first", 2, 6, "applied", 2},
		{"the second", 16, 20, "applied", 16},
		{"of other text", 3, 7, "C01", 0},
		{"beyond the end", 16, 90, "C01", 0},
		{"before the start", -4, 6, "C01", 0},
		{"backwards", 6, 2, "C01", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := pipeline.Edit{Before: "boat", After: "ship", Category: "wordChoice", Span: pipeline.Span{Start: tc.start, End: tc.end}}
			v := Edit(pipeline.Sentence{ID: "p1s1", Text: text}, e)
			if ruleOf(v) != tc.want {
				t.Fatalf("got %q %q", v.Drop, v.Hold)
			}
			if tc.want == "applied" && v.Edit.Span != (pipeline.Span{Sentence: "p1s1", Start: tc.at, End: tc.at + 4}) {
				t.Errorf("span %+v", v.Edit.Span)
			}
		})
	}
}

func TestC09DropsWhatChangesNothing(t *testing.T) {
	text := "The crew  was very tired."
	for _, tc := range []struct{ name, before, after, want string }{
		{"the same", "crew", "crew", "C09"},
		{"one space more", "very tired", "very  tired", "C09"},
		{"one space less", "crew  was", "crew was", "C09"},
		{"spaces around", "very", " very ", "C09"},
		{"a line break", "very tired", "very\ntired", "C09"},
		{"a line break and a word", "very tired", "quite\ntired", "C08"},
		{"a tab and a word", "very tired", "quite\ttired", "C08"},
		{"a carriage return and a word", "very tired", "quite\rtired", "C08"},
		{"a word", "very", "quite", "applied"},
		{"a deletion", "very ", "", "applied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if v := judged(text, tc.before, tc.after); ruleOf(v) != tc.want {
				t.Errorf("got %q %q", v.Drop, v.Hold)
			}
		})
	}
}

// What before and after share at their ends is taken off, a whole word at a
// time.
func TestShrinkShowsOnlyWhatChanges(t *testing.T) {
	for _, tc := range []struct {
		name, text, before, after string
		wantBefore, wantAfter     string
	}{
		{"one word in the middle", "He was hit in a back.", "hit in a back", "hit in the back", "a", "the"},
		{"the first word", "He were hit.", "were hit", "was hit", "were", "was"},
		{"the last word", "They has left.", "They has", "They have", "has", "have"},
		{"part of a word stays whole", "The boats leaves now.", "leaves now", "leave now", "leaves", "leave"},
		{"an addition keeps the word behind it", "He went to school by bus.", "went to", "went home to", "to", "home to"},
		{"a removal keeps the word behind it", "He went on home.", "went on home", "went home", "on home", "home"},
		{"an addition with no word behind it", "He went to school.", "went ", "went back ", "went ", "went back "},
		{"a removal with no word behind it", "He went on home.", "went on ", "went ", "went on ", "went "},
		{"nothing shared", "He goes.", "goes", "went", "goes", "went"},
		{"a sign at the end of a word", "She told media, that he fled.", "told media, that", "told media that", "media,", "media"},
		{"letters of two bytes", "Çok eski evi gördü biri.", "Çok eski evi gördü", "Çok eski yeri gördü", "evi", "yeri"},
		{"words change places", "He only eats fish.", "only eats", "eats only", "only eats", "eats only"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := judged(tc.text, tc.before, tc.after).Edit
			if e.Before != tc.wantBefore || e.After != tc.wantAfter {
				t.Errorf("got %q to %q", e.Before, e.After)
			}
			if got := tc.text[e.Span.Start:e.Span.End]; got != e.Before {
				t.Errorf("the span holds %q", got)
			}
			whole := strings.Replace(tc.text, tc.before, tc.after, 1)
			if got := applyAll(tc.text, []pipeline.Edit{e}); got != whole {
				t.Errorf("applied: %q, want %q", got, whole)
			}
		})
	}
}

// What is left of an edit once the shared words are off may be no edit.
func TestShrinkLeavesNoEditOfSpaces(t *testing.T) {
	e := pipeline.Edit{Before: "a b c", After: "a  b c", Span: pipeline.Span{Start: 3, End: 8}}
	if got, why := shrink(e); !strings.HasPrefix(why, "C09") {
		t.Errorf("got %+v, %q", got, why)
	}
	if v := judged("He saw a b c here.", "a b c", "a  b c"); ruleOf(v) != "C09" {
		t.Errorf("got %q", v.Drop)
	}
}

func TestQueriesProposeNothing(t *testing.T) {
	text := "The headline counts eleven men, and the mayor’s office – eight."
	for _, tc := range []struct {
		name string
		e    pipeline.Edit
		at   string
	}{
		{"by its category", pipeline.Edit{Before: "eleven", After: "eleven", Category: "query", Reason: "Eleven or eight?"}, "eleven"},
		{"a query that proposes is still a query", pipeline.Edit{Before: "eleven", After: "eight", Category: "query", Reason: "Eleven or eight?"}, "eleven"},
		{"by its form", pipeline.Edit{Before: "eight", After: "eight", Reason: "Who counted?"}, "eight"},
		{"about no place", pipeline.Edit{Category: "query", Reason: "Where was it?"}, ""},
		{"about a place that is not there", pipeline.Edit{Before: "nine", Category: "query", Reason: "Where was it?"}, ""},
		{"beside letters of several bytes", pipeline.Edit{Before: "mayor’s", Category: "query", Reason: "Which mayor?"}, "mayor’s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := Edit(pipeline.Sentence{ID: "h1s1", Text: text}, tc.e)
			if v.Finding == nil || v.Drop == "" || v.Hold != "" {
				t.Fatalf("got %+v", v)
			}
			f := *v.Finding
			vetFindings(t, []pipeline.Finding{f}, text)
			if f.Check != Query || f.Severity != pipeline.Minor || f.Stage != "correct" || f.Side != pipeline.SourceSide || f.Span.Sentence != "h1s1" {
				t.Errorf("got %+v", f)
			}
			if f.Message != tc.e.Reason || text[f.Span.Start:f.Span.End] != tc.at {
				t.Errorf("%q at %q, want %q", f.Message, text[f.Span.Start:f.Span.End], tc.at)
			}
		})
	}
}

func TestAQueryNeedsAQuestion(t *testing.T) {
	s := pipeline.Sentence{ID: "p1s1", Text: "Eight men came."}
	v := Edit(s, pipeline.Edit{Before: "Eight", After: "Eight", Category: "query"})
	if v.Finding != nil || ruleOf(v) != "C09" {
		t.Errorf("got %+v", v)
	}
	v = Edit(s, pipeline.Edit{Before: "Eight", After: "Eight", Category: "grammar", Reason: "none"})
	if v.Finding != nil || ruleOf(v) != "C09" {
		t.Errorf("an edit with a category and no change is taken for a query: %+v", v)
	}
}

// A judged edit carries its place, its id and its state, and the id changes
// with what it is about.
func TestAJudgedEditIsFilledIn(t *testing.T) {
	text := "The crew were rescued by 2 boats."
	free, held := judged(text, "were", "was"), judged(text, "2 boats", "3 boats")
	if free.Edit.State != pipeline.Applied || free.Edit.Held != "" {
		t.Errorf("got %+v", free.Edit)
	}
	if held.Edit.State != pipeline.Proposed || held.Edit.Held != held.Hold || held.Hold == "" {
		t.Errorf("got %+v", held.Edit)
	}
	ids := map[string]string{}
	for name, v := range map[string]Verdict{
		"free": free, "held": held,
		"another word":     judged(text, "were", "are"),
		"another place":    judged("Now the crew were rescued by 2 boats.", "were", "was"),
		"another sentence": judged("The crew were rescued by 2 ships.", "were", "was"),
	} {
		if !strings.HasPrefix(v.Edit.ID, "e-") || v.Edit.Span.Sentence != "p4s2" || v.Edit.Reason != "a test" {
			t.Errorf("%s: %+v", name, v.Edit)
		}
		if other, taken := ids[v.Edit.ID]; taken {
			t.Errorf("%s and %s have one id", name, other)
		}
		ids[v.Edit.ID] = name
	}
	if again := judged(text, "were", "was"); again.Edit.ID != free.Edit.ID {
		t.Error("the id of one edit is not stable")
	}
	if wide := judged(text, "crew were rescued", "crew was rescued"); wide.Edit.ID != free.Edit.ID {
		t.Error("one change proposed with more words around it has another id")
	}
}
