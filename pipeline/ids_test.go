package pipeline_test

import (
	"reflect"
	"regexp"
	"testing"

	"dragoman/pipeline"
)

// A decision that a person wrote down holds an id, so an id never changes: not
// by a new release, not on another machine.
func TestIDsAreTheSameForever(t *testing.T) {
	for _, tc := range []struct{ name, got, want string }{
		{"edit", pipeline.EditID("The port were closed.", 9, "were", "was"), "e-406b00e8d019"},
		{"edit that inserts", pipeline.EditID("He said no", 10, "", "."), "e-e85bebf3171a"},
		{"edit of nothing", pipeline.EditID("", 0, "", ""), "e-ad5980b508ef"},
		{"finding", pipeline.FindingID(finding(), "Two sailors.", "Три моряка."), "f-0c6d4f61edba"},
		{"finding about everything", pipeline.FindingID(pipeline.Finding{}, "", ""), "f-94379010b819"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, tc.got, tc.want)
		}
	}
}

func finding() pipeline.Finding {
	return pipeline.Finding{
		ID: "f-0", Check: "T04", Category: "accuracy/mistranslation", Severity: pipeline.Major,
		Stage: "translate", Lang: "ru", Side: pipeline.TargetSide,
		Span: pipeline.Span{Sentence: "p1s2", Start: 0, End: 6}, Message: "3 stands for 2", Suggest: "Два", Waived: "fine",
	}
}

func TestIDsAreShortAndSafeInAFileNameOrAnAddress(t *testing.T) {
	form := regexp.MustCompile(`^[ef]-[0-9a-f]{12}$`)
	for _, id := range []string{
		pipeline.EditID("«Да» / ../", 3, "а\n", "\x00"),
		pipeline.FindingID(finding(), "a/b", "?c=d"),
	} {
		if !form.MatchString(id) {
			t.Errorf("%q", id)
		}
	}
}

func TestEveryPartOfAnEditCounts(t *testing.T) {
	seen := map[string]string{}
	for _, tc := range []struct {
		name, sentence string
		start          int
		before, after  string
	}{
		{"as it is", "The port were closed.", 9, "were", "was"},
		{"another sentence", "The ports were closed.", 9, "were", "was"},
		{"another place", "The port were closed.", 10, "were", "was"},
		{"another text before", "The port were closed.", 9, "were ", "was"},
		{"another text after", "The port were closed.", 9, "were", "is"},
		{"before and after changed round", "The port were closed.", 9, "was", "were"},
		{"a letter moved from before to after", "The port were closed.", 9, "wer", "ewas"},
		{"a digit moved into the place", "The port were closed.9", 9, "were", "was"},
	} {
		id := pipeline.EditID(tc.sentence, tc.start, tc.before, tc.after)
		if other, dup := seen[id]; dup {
			t.Errorf("%s has the id of %s", tc.name, other)
		}
		seen[id] = tc.name
	}
}

// What a check says about a text is one finding; how grave it is thought to be,
// what is proposed, which number its sentence has, and whether it is waived may
// change without it becoming another one.
func TestWhatMakesAFindingAnotherOne(t *testing.T) {
	same := map[string]bool{"ID": true, "Category": true, "Severity": true, "Suggest": true, "Waived": true}
	base := pipeline.FindingID(finding(), "Two sailors.", "Три моряка.")
	typ := reflect.TypeFor[pipeline.Finding]()
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		f := finding()
		v := reflect.ValueOf(&f).Elem().Field(i)
		if name == "Span" {
			continue // below
		}
		v.SetString(v.String() + "x")
		if got := pipeline.FindingID(f, "Two sailors.", "Три моряка."); (got == base) != same[name] {
			t.Errorf("changing %s: %s, was %s", name, got, base)
		}
	}
	for name, change := range map[string]func(*pipeline.Span){
		"start": func(s *pipeline.Span) { s.Start = 1 },
		"end":   func(s *pipeline.Span) { s.End = 7 },
	} {
		f := finding()
		change(&f.Span)
		if pipeline.FindingID(f, "Two sailors.", "Три моряка.") == base {
			t.Errorf("the %s of the span does not count", name)
		}
	}
	moved := finding()
	moved.Span.Sentence = "p9s1"
	if pipeline.FindingID(moved, "Two sailors.", "Три моряка.") != base {
		t.Error("a paragraph put in front of the sentence loses the waiver")
	}
	if pipeline.FindingID(finding(), "Two sailors", "Три моряка.") == base || pipeline.FindingID(finding(), "Two sailors.", "Четыре моряка.") == base {
		t.Error("a waiver holds for another text")
	}
	if pipeline.FindingID(finding(), "Two", " sailors.") == pipeline.FindingID(finding(), "Two sailors.", "") {
		t.Error("source and target run together")
	}
}

func TestSpansOfDifferentEndsAreDifferentFindings(t *testing.T) {
	a, b := finding(), finding()
	a.Span.Start, a.Span.End = 1, 12
	b.Span.Start, b.Span.End = 11, 2
	if pipeline.FindingID(a, "s", "t") == pipeline.FindingID(b, "s", "t") {
		t.Error("the figures of a span run together")
	}
}
