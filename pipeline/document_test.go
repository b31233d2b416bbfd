package pipeline_test

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

func TestSeveritiesAreOrdered(t *testing.T) {
	order := []pipeline.Severity{"neutral", "minor", "major", "critical"}
	if !slices.Equal(pipeline.Severities, order) {
		t.Fatalf("%v", pipeline.Severities)
	}
	for i, a := range order {
		if a.Rank() != i {
			t.Errorf("%s has rank %d", a, a.Rank())
		}
		for j, b := range order {
			if a.AtLeast(b) != (i >= j) {
				t.Errorf("%s at least %s: %v", a, b, a.AtLeast(b))
			}
		}
	}
	for _, unknown := range []pipeline.Severity{"", "Major", "fatal"} {
		if unknown.Rank() != -1 || unknown.AtLeast(pipeline.Neutral) {
			t.Errorf("%q has rank %d", unknown, unknown.Rank())
		}
	}
}

func TestWhichFindingsGate(t *testing.T) {
	for _, tc := range []struct {
		severity pipeline.Severity
		waived   string
		failOn   pipeline.Severity
		want     bool
	}{
		{pipeline.Neutral, "", pipeline.Major, false},
		{pipeline.Minor, "", pipeline.Major, false},
		{pipeline.Major, "", pipeline.Major, true},
		{pipeline.Critical, "", pipeline.Major, true},
		{pipeline.Major, "", pipeline.Critical, false},
		{pipeline.Neutral, "", pipeline.Neutral, true},
		{pipeline.Critical, "it is a joke", pipeline.Major, false},
		{pipeline.Critical, "it is a joke", pipeline.Neutral, false},
		{"unheard of", "", pipeline.Neutral, false},
	} {
		f := pipeline.Finding{Severity: tc.severity, Waived: tc.waived}
		if got := f.Gates(tc.failOn); got != tc.want {
			t.Errorf("%s, waived %q, fail on %s: %v", tc.severity, tc.waived, tc.failOn, got)
		}
	}
}

func TestStates(t *testing.T) {
	done := map[pipeline.State]bool{pipeline.Translated: true, pipeline.Reviewed: true, pipeline.Final: true}
	for _, s := range []pipeline.State{pipeline.Initial, pipeline.Translated, pipeline.Reviewed, pipeline.Final, pipeline.Kept, pipeline.Failed, ""} {
		if s.Done() != done[s] {
			t.Errorf("%q done: %v", s, s.Done())
		}
	}
	inText := map[pipeline.EditState]bool{pipeline.Applied: true, pipeline.Accepted: true}
	for _, s := range []pipeline.EditState{pipeline.Applied, pipeline.Proposed, pipeline.Accepted, pipeline.Rejected, ""} {
		if (pipeline.Edit{State: s}).InText() != inText[s] {
			t.Errorf("an edit that is %q stands in the text: %v", s, inText[s])
		}
	}
}

func TestWaive(t *testing.T) {
	findings := func() []pipeline.Finding {
		return []pipeline.Finding{{ID: "f-1"}, {ID: "f-2"}, {ID: "f-3", Waived: "by another file"}, {ID: "f-1"}, {ID: ""}}
	}
	for _, tc := range []struct {
		name      string
		decisions *pipeline.Decisions
		want      []string
	}{
		{"no decisions", nil, []string{"", "", "by another file", "", ""}},
		{"empty decisions", &pipeline.Decisions{}, []string{"", "", "by another file", "", ""}},
		{
			"with a reason, wherever it is found",
			&pipeline.Decisions{Findings: map[string]pipeline.Decision{"f-1": {State: "waived", Reason: "a quotation"}}},
			[]string{"a quotation", "", "by another file", "a quotation", ""},
		},
		{
			"a waiver without a reason still waives",
			&pipeline.Decisions{Findings: map[string]pipeline.Decision{"f-2": {State: "waived"}}},
			[]string{"", "no reason given", "by another file", "", ""},
		},
		{
			"another word is no waiver",
			&pipeline.Decisions{Findings: map[string]pipeline.Decision{"f-1": {State: "accepted", Reason: "x"}, "f-2": {State: "Waived", Reason: "x"}, "f-3": {}}},
			[]string{"", "", "by another file", "", ""},
		},
		{
			"a decision about an edit is none about a finding",
			&pipeline.Decisions{Edits: map[string]pipeline.Decision{"f-1": {State: "waived", Reason: "x"}}},
			[]string{"", "", "by another file", "", ""},
		},
		{
			"a finding nobody has now",
			&pipeline.Decisions{Findings: map[string]pipeline.Decision{"f-9": {State: "waived", Reason: "x"}}},
			[]string{"", "", "by another file", "", ""},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := findings()
			tc.decisions.Waive(got)
			for i, f := range got {
				if f.Waived != tc.want[i] {
					t.Errorf("finding %d: %q, want %q", i, f.Waived, tc.want[i])
				}
			}
		})
	}
}

func TestMoneyIsWrittenWithFourDecimals(t *testing.T) {
	for _, tc := range []struct {
		micros int64
		want   string
	}{
		{0, "0.0000 USD"},
		{100, "0.0001 USD"},
		{12_300, "0.0123 USD"},
		{1_000_000, "1.0000 USD"},
		{1_000_100, "1.0001 USD"},
		{12_345_678, "12.3457 USD"},
		{49, "0.0000 USD"},
		{50, "0.0001 USD"},
		{149, "0.0001 USD"},
		{999_949, "0.9999 USD"},
		{999_950, "1.0000 USD"},
		{-100, "-0.0001 USD"},
		{-12_300, "-0.0123 USD"},
		{-1_500_000, "-1.5000 USD"},
		{-49, "0.0000 USD"},
		{-50, "-0.0001 USD"},
		{987_654_321_000_000, "987654321.0000 USD"},
	} {
		if got := (pipeline.Money{Micros: tc.micros, Currency: "USD"}).String(); got != tc.want {
			t.Errorf("%d micros: %s, want %s", tc.micros, got, tc.want)
		}
	}
	if got := fmt.Sprint(pipeline.Money{Micros: 5_000_000, Currency: "EUR"}); got != "5.0000 EUR" {
		t.Errorf("printed: %s", got)
	}
}

func TestUsageAdds(t *testing.T) {
	a := pipeline.Usage{InputTokens: 100, OutputTokens: 20, CachedTokens: 50, Known: true}
	b := pipeline.Usage{InputTokens: 7, OutputTokens: 3, CachedTokens: 1, Known: true}
	if got, want := a.Add(b), (pipeline.Usage{InputTokens: 107, OutputTokens: 23, CachedTokens: 51, Known: true}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if a.Add(b) != b.Add(a) {
		t.Error("the order counts")
	}
	guess := pipeline.Usage{InputTokens: 1}
	for _, sum := range []pipeline.Usage{a.Add(guess), guess.Add(a), guess.Add(guess)} {
		if sum.Known {
			t.Errorf("a sum with an estimate in it is known: %+v", sum)
		}
	}
	if a.InputTokens != 100 {
		t.Error("adding has changed a summand")
	}
}

func TestSentencesOfAProduct(t *testing.T) {
	s := &pipeline.Summary{Sentences: []pipeline.SummarySentence{
		{ID: "sum.h", Product: pipeline.SummaryHeadline},
		{ID: "sum.k1", Product: pipeline.KeyPoint},
		{ID: "sum.s1", Product: pipeline.Short},
		{ID: "sum.k2", Product: pipeline.KeyPoint},
	}}
	for product, want := range map[pipeline.Product][]string{
		pipeline.SummaryHeadline: {"sum.h"},
		pipeline.KeyPoint:        {"sum.k1", "sum.k2"},
		pipeline.Short:           {"sum.s1"},
		pipeline.Long:            nil,
	} {
		var got []string
		for _, x := range s.Of(product) {
			got = append(got, x.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", product, got, want)
		}
	}
	var none *pipeline.Summary
	if none.Of(pipeline.KeyPoint) != nil {
		t.Error("no summary has a key point")
	}
}

func TestTranslationIsFoundByItsTag(t *testing.T) {
	doc := &pipeline.Document{Translations: []pipeline.Translation{
		{Lang: language.Russian}, {Lang: language.MustParse("tr-CY")}, {Lang: language.Turkish, Article: []pipeline.Unit{{ID: "p1s1"}}},
	}}
	tr, ok := doc.Translation("tr")
	if !ok || len(tr.Article) != 1 {
		t.Fatalf("%+v, %v", tr, ok)
	}
	tr.Article[0].Target = "Liman kapatıldı."
	if doc.Translations[2].Article[0].Target == "" {
		t.Error("what is found is a copy")
	}
	tr.Summary = []pipeline.Unit{{ID: "sum.h"}}
	if len(doc.Translations[2].Summary) != 1 {
		t.Error("what is found is a copy")
	}
	for _, lang := range []string{"", "de", "TR", "tr-TR", "und"} {
		if tr, ok := doc.Translation(lang); ok || tr != nil {
			t.Errorf("%q: %+v", lang, tr)
		}
	}
}
