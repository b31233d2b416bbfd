package check

import (
	"testing"

	"dragoman/pipeline"
)

// An article, a comma or a dummy "it" beside an attribution is no change of
// who says it; punctuation is no rewriting.
func TestSmallWordsBesideAnAttributionAreApplied(t *testing.T) {
	for _, tc := range []struct {
		name, text, before, after string
		state                     pipeline.EditState
	}{
		{"an article goes", "He fled, according to a footage released on Dutch website", "a footage", "footage", pipeline.Applied},
		{"an article comes", "He fled, according to spokesman of the Dutch police.", "spokesman", "a spokesman", pipeline.Applied},
		{"it names nobody", "Later added, that he fled.", "Later", "It was later", pipeline.Applied},
		{"it names the agency", "Anadolu said he fled.", "Anadolu", "It", pipeline.Proposed},
		{"a speaker changes", "He fled, according to the police.", "the police", "the army", pipeline.Proposed},
		{"a reporting verb changes", "He fled, she told.", "told", "said", pipeline.Proposed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kept, findings := Edits(pipeline.Sentence{ID: "p1s1", Text: tc.text}, []pipeline.Edit{{Before: tc.before, After: tc.after, Category: "grammar", Reason: "x"}})
			if len(kept) != 1 || kept[0].State != tc.state {
				t.Errorf("%+v %+v", kept, findings)
			}
		})
	}
}

func TestPunctuationIsNoRewriting(t *testing.T) {
	kept, _ := Edits(pipeline.Sentence{ID: "p1s1", Text: "Later added, that the attacker reportedly shouted \"Stop!\""}, []pipeline.Edit{
		{Before: "Later", After: "It was later", Category: "grammar", Reason: "no subject"},
		{Before: "added,", After: "added", Category: "punctuation", Reason: "no comma before that"},
		{Before: "shouted", After: "shouted,", Category: "punctuation", Reason: "comma before a quotation"},
	})
	for _, e := range kept {
		if e.State != pipeline.Applied {
			t.Errorf("%q is %s: %s", e.Before, e.State, e.Held)
		}
	}
}
